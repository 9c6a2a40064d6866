#include "trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_mutation.h"
#include "input.h"

enum { PROCESSOR_SECONDS = 20, SECONDS_MAX = 120, FILE_BYTES_MAX = 8 << 20 };

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

void trial_remove_folder(const char *path) {
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

char *trial_join(char *path, const char *folder, const char *name) {
    snprintf(path, TRIAL_PATH_SIZE, "%.*s/%.*s", TRIAL_PATH_SIZE - NAME_MAX - 2, folder, NAME_MAX, name);
    return path;
}

static char *take(const char *path, size_t *length) {
    FILE *stream = fopen(path, "rb");
    char *bytes = NULL;
    *length = 0;
    if (stream == NULL)
        return NULL;
    size_t room = 4096;
    bytes = malloc(room + 1);
    for (size_t got; bytes != NULL && (got = fread(bytes + *length, 1, room - *length, stream)) > 0;) {
        *length += got;
        if (*length == room)
            bytes = realloc(bytes, (room *= 2) + 1);
    }
    fclose(stream);
    input_require(bytes != NULL, "there is memory");
    bytes[*length] = '\0';
    return bytes;
}

/* Puts one file of the pool where the filter meets it, half the times changed. */
static void place_file(const struct trial_folders *folders, struct trial *trial, const char *name,
                       const char *target) {
    char source[TRIAL_PATH_SIZE];
    trial_join(source, folders->pool, name);
    if (chance_once_in(&trial->chance, 2))
        file_mutation_change(&trial->chance, source, target);
    else
        file_mutation_copy(source, target);
}

void trial_place_files(const struct trial_folders *folders, struct trial trial) {
    char path[TRIAL_PATH_SIZE], work[TRIAL_PATH_SIZE];
    struct dirent **entries;
    int count = scandir(folders->pool, &entries, NULL, alphasort);
    int input = 2 + (int)chance_below(&trial.chance, (size_t)count - 2);
    trial_remove_folder(trial.folder);
    input_require(mkdir(trial.folder, 0700) == 0 && mkdir(trial_join(work, trial.folder, "work"), 0700) == 0,
                  "a folder can be made");
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && command_line_names(&trial.line, name))
            place_file(folders, &trial, name, trial_join(path, work, name));
        if (i == input)
            place_file(folders, &trial, name, trial_join(path, trial.folder, "input"));
        free(entries[i]);
    }
    free(entries);
}

struct trial trial_make(const struct trial_folders *folders, const char *filter,
                        const struct command_table *table, size_t number) {
    struct trial trial = {.number = number, .filter = filter};
    struct chance chance = {input_hash(INPUT_HASH, trial.filter, strlen(trial.filter)) + number};
    command_line_make(&trial.line, table, &chance);
    trial.piped = chance_once_in(&chance, 2);
    trial.twice = chance_once_in(&chance, 4);
    trial.chance.state = chance.state;
    trial_join(trial.folder, folders->place, "trial");
    return trial;
}

/* Standard input: the file, or a pipe that holds what of it a pipe holds. */
static int open_input(const struct trial *trial) {
    char path[TRIAL_PATH_SIZE];
    int file = open(trial_join(path, trial->folder, "input"), O_RDONLY | O_CLOEXEC), ends[2];
    if (!trial->piped || file < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return file;
    static char bytes[INPUT_PIPE_MAX];
    ssize_t length = read(file, bytes, sizeof bytes);
    if (length > 0 && write(ends[1], bytes, (size_t)length) < 0)
        return file;
    close(ends[1]);
    close(file);
    return ends[0];
}

static int create(const struct trial *trial, const char *name) {
    char path[TRIAL_PATH_SIZE];
    return open(trial_join(path, trial->folder, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* In a child: becomes the filter, under limits. */
static _Noreturn void become_filter(const struct trial_folders *folders, const struct trial *trial,
                                    const char *threads) {
    char path[TRIAL_PATH_SIZE];
    const char *words[COMMAND_LINE_WORDS_MAX + 2] = {trial->filter};
    size_t count = 1;
    if (threads != NULL)
        words[count++] = threads;
    for (size_t i = 1; i < trial->line.count; i++)
        words[count++] = trial->line.words[i];
    int input = open_input(trial), output = create(trial, "output"), error = create(trial, "error");
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0 ||
        chdir(trial_join(path, trial->folder, "work")) < 0)
        _exit(126);
    setrlimit(RLIMIT_CPU, &(struct rlimit){PROCESSOR_SECONDS, PROCESSOR_SECONDS + 5});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){FILE_BYTES_MAX, FILE_BYTES_MAX});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGXFSZ, SIG_IGN);
    alarm(SECONDS_MAX);
    execv(trial_join(path, folders->bin, trial->filter), (char *const *)words);
    _exit(127);
}

struct trial_outcome trial_run(const struct trial_folders *folders, const struct trial *trial,
                               const char *threads) {
    struct trial_outcome outcome = {0};
    char path[TRIAL_PATH_SIZE];
    int status = 0;
    trial_place_files(folders, *trial);
    fflush(NULL);
    pid_t process = fork();
    input_require(process >= 0, "a process can be made");
    if (process == 0)
        become_filter(folders, trial, threads);
    struct rusage usage = {0};
    while (wait4(process, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    outcome.kilobytes = usage.ru_maxrss;
    outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    outcome.output = take(trial_join(path, trial->folder, "output"), &outcome.output_length);
    outcome.error = take(trial_join(path, trial->folder, "error"), &outcome.error_length);
    outcome.result = take(trial_join(path, trial->folder, "work/result"), &outcome.result_length);
    return outcome;
}

void trial_outcome_free(struct trial_outcome *outcome) {
    free(outcome->output);
    free(outcome->error);
    free(outcome->result);
}
