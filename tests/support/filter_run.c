#include "support/filter_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/assertions.h"

enum { SECONDS_MAX = 120 };

static void require(int success, const char *what) {
    if (!success)
        fail_msg("%s: %s", what, strerror(errno));
}

static void write_file(const char *directory, const struct filter_file *file) {
    char *path;
    require(asprintf(&path, "%s/%s", directory, file->name) > 0, file->name);
    FILE *stream = fopen(path, "wb");
    free(path);
    require(stream != NULL, file->name);
    size_t length = file->length ? file->length : strlen(file->text);
    require(fwrite(file->text, 1, length, stream) == length && fclose(stream) == 0, file->name);
}

char *filter_run_directory(const struct filter_file *files) {
    const char *parent = getenv("TMPDIR");
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/kltools.XXXXXX", parent && *parent ? parent : "/tmp");
    require(mkdtemp(path) != NULL, path);
    for (; files && files->name; files++)
        write_file(path, files);
    return strdup(path);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

void filter_run_remove(char *directory) {
    require(nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0, directory);
    free(directory);
}

/* The folder named by a variable, or the usual one, as an absolute path. */
static void set_folder(const char *name, const char *usual) {
    const char *given = getenv(name);
    char path[PATH_MAX];
    if (realpath(given && *given ? given : usual, path))
        setenv(name, path, 1);
}

static void set_environment(void) {
    static const char *const unwanted[] = {"LANG",
                                           "LANGUAGE",
                                           "LC_NUMERIC",
                                           "OMP_NUM_THREADS",
                                           "OPENBLAS_NUM_THREADS",
                                           "SLURM_CPUS_PER_TASK",
                                           "LINES",
                                           "COLUMNS",
                                           "POSIXLY_CORRECT",
                                           "GETOPT_COMPATIBLE",
                                           "MALLOC_PERTURB_"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
    set_folder("BIN", "bin");
    set_folder("DATA", "tests/data");
    setenv("LC_ALL", "C", 1);
    setenv("TZ", "UTC", 1);
    setenv("TERM", "dumb", 1);

    const char *bin = getenv("BIN"), *rest = getenv("PATH");
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s:%s", bin ? bin : "bin", rest ? rest : "/usr/bin:/bin");
    setenv("PATH", path, 1);
}

/* In a child: becomes the shell. The alarm outlives exec. */
static _Noreturn void become_shell(const char *directory, const char *command, int input, int output,
                                   int error) {
    setpgid(0, 0);
    set_environment();
    signal(SIGPIPE, SIG_DFL);
    alarm(SECONDS_MAX);
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0 || chdir(directory) < 0)
        _exit(126);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* In a child: feeds the pipe, so that a command that does not read cannot hold the test up. */
static _Noreturn void become_feeder(int descriptor, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written <= 0)
            break;
        bytes += written;
        length -= (size_t)written;
    }
    _exit(0);
}

static int wait_for(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static char *read_back(FILE *stream, size_t *length) {
    require(fseek(stream, 0, SEEK_END) == 0, "a captured stream");
    *length = (size_t)ftell(stream);
    char *text = malloc(*length + 1);
    require(text != NULL, "a captured stream");
    rewind(stream);
    require(fread(text, 1, *length, stream) == *length, "a captured stream");
    text[*length] = '\0';
    fclose(stream);
    return text;
}

/* A temporary file that no program started from here inherits. */
static FILE *open_capture(void) {
    FILE *stream = tmpfile();
    require(stream != NULL && fcntl(fileno(stream), F_SETFD, FD_CLOEXEC) == 0, "a temporary file");
    return stream;
}

struct filter_run filter_run_command(const char *directory, const char *command, const char *input,
                                     size_t length) {
    struct filter_run run = {0};
    int ends[2];
    FILE *output = open_capture(), *error = open_capture();
    require(pipe2(ends, O_CLOEXEC) == 0, "a pipe");
    fflush(NULL);

    pid_t shell = fork();
    require(shell >= 0, "fork");
    if (shell == 0)
        become_shell(directory, command, ends[0], fileno(output), fileno(error));
    close(ends[0]);
    pid_t feeder = fork();
    require(feeder >= 0, "fork");
    if (feeder == 0)
        become_feeder(ends[1], input, length);
    close(ends[1]);

    run.status = wait_for(shell);
    kill(-shell, SIGKILL);
    kill(feeder, SIGKILL);
    wait_for(feeder);
    run.output = read_back(output, &run.output_length);
    run.error = read_back(error, &run.error_length);
    return run;
}

void filter_run_free(struct filter_run *run) {
    free(run->output);
    free(run->error);
    *run = (struct filter_run){0};
}
