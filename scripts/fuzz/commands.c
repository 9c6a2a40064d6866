/* Runs filters with hostile command lines on hostile files, and judges what comes of it.
 *
 *     commands [-b BIN] [-k FOLDER] [-s SECONDS] [-f FIRST] [-n COUNT] [-v] [FILTER ...]
 *
 * -v shows each line with its status. Line FIRST, FIRST + 1, ... up to COUNT of them (usually 400), or as
 * many as SECONDS allow; all filters of BIN in turn where none is named. A line, the files it meets and its
 * standard input follow from its number and the filter alone, so that `-f NUMBER -n 1 FILTER` does it again.
 * What must hold of every line:
 *
 *   the exit status is 0, 1, 2 or 3, in limited processor time and memory (but for lines that ask for much by
 * a number, which are counted as slow) each line on standard error begins with the filter's name; only one
 * comes of an error, after notes no file stays behind but those that were there or that the line names; no
 * "result" of an error other threads make the same bytes
 *
 * Sanitizers in the filters turn what they see into another exit status. With -k a finding's folder is kept:
 * command with what it said, input, and work/ as it was before the run. Prints as a test does (tests/run). */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"
#include "file_mutation.h"
#include "input.h"

enum {
    PATH_SIZE = PATH_MAX + NAME_MAX,
    FILTERS_MAX = 100,
    PROCESSOR_SECONDS = 20,
    SECONDS_MAX = 120,
    FILE_BYTES_MAX = 8 << 20,
    COUNT_USUAL = 400,
    KILOBYTES_MAX = 1 << 20,
    FINDINGS_MAX = 1000,
    ERROR_SHOWN_MAX = 4000
};

static const char lines_path[] = "scripts/fuzz/corpus/commands/lines";

/* Folders, absolute, and what was asked. */
struct fuzzer {
    char bin[PATH_SIZE], place[PATH_SIZE], pool[PATH_SIZE];
    const char *keep;
    bool verbose;
    struct command_table *tables[FILTERS_MAX];
    const char *names[FILTERS_MAX];
    size_t filters, findings, slow, judged[4]; /* lines that ended with each status */
};

/* One line with what it meets. */
struct trial {
    size_t number;
    const char *filter;
    struct command_line line;
    struct chance chance; /* of the files */
    bool piped, twice;
    char folder[PATH_SIZE];
};

struct outcome {
    int status;
    long kilobytes;                /* of memory, at the most */
    char *output, *error, *result; /* result: NULL where there is none */
    size_t output_length, error_length, result_length;
};

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status, (void)type, (void)place;
    return remove(path);
}

static void remove_folder(const char *path) {
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static char *join(char *path, const char *folder, const char *name) {
    snprintf(path, PATH_SIZE, "%.*s/%.*s", PATH_SIZE - NAME_MAX - 2, folder, NAME_MAX, name);
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
static void place_file(const struct fuzzer *fuzzer, struct trial *trial, const char *name,
                       const char *target) {
    char source[PATH_SIZE];
    join(source, fuzzer->pool, name);
    if (chance_once_in(&trial->chance, 2))
        file_mutation_change(&trial->chance, source, target);
    else
        file_mutation_copy(source, target);
}

/* A fresh folder for the trial: work/ with the files that the line names, and input. */
static void place_files(const struct fuzzer *fuzzer, struct trial trial) {
    char path[PATH_SIZE], work[PATH_SIZE];
    struct dirent **entries;
    int count = scandir(fuzzer->pool, &entries, NULL, alphasort);
    int input = 2 + (int)chance_below(&trial.chance, (size_t)count - 2);
    remove_folder(trial.folder);
    input_require(mkdir(trial.folder, 0700) == 0 && mkdir(join(work, trial.folder, "work"), 0700) == 0,
                  "a folder can be made");
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && command_line_names(&trial.line, name))
            place_file(fuzzer, &trial, name, join(path, work, name));
        if (i == input)
            place_file(fuzzer, &trial, name, join(path, trial.folder, "input"));
        free(entries[i]);
    }
    free(entries);
}

static struct trial make_trial(const struct fuzzer *fuzzer, size_t number, size_t filter) {
    struct trial trial = {.number = number, .filter = fuzzer->names[filter]};
    struct chance chance = {input_hash(INPUT_HASH, trial.filter, strlen(trial.filter)) + number};
    command_line_make(&trial.line, fuzzer->tables[filter], &chance);
    trial.piped = chance_once_in(&chance, 2);
    trial.twice = chance_once_in(&chance, 4);
    trial.chance.state = chance.state;
    join(trial.folder, fuzzer->place, "trial");
    return trial;
}

static void limit(int resource, rlim_t most) {
    setrlimit(resource, &(struct rlimit){most, most + 5});
}

/* Standard input: the file, or a pipe that holds what of it a pipe holds. */
static int open_input(const struct trial *trial) {
    char path[PATH_SIZE];
    int file = open(join(path, trial->folder, "input"), O_RDONLY), ends[2];
    if (!trial->piped || file < 0 || pipe(ends) < 0)
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
    char path[PATH_SIZE];
    return open(join(path, trial->folder, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

/* In a child: becomes the filter, under limits. `threads` goes first; NULL: as the line says. */
static _Noreturn void become_filter(const struct fuzzer *fuzzer, const struct trial *trial,
                                    const char *threads) {
    char path[PATH_SIZE];
    const char *words[COMMAND_LINE_WORDS_MAX + 2] = {trial->filter};
    size_t count = 1;
    if (threads != NULL)
        words[count++] = threads;
    for (size_t i = 1; i < trial->line.count; i++)
        words[count++] = trial->line.words[i];
    int input = open_input(trial), output = create(trial, "output"), error = create(trial, "error");
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0 ||
        chdir(join(path, trial->folder, "work")) < 0)
        _exit(126);
    closefrom(3);
    limit(RLIMIT_CPU, PROCESSOR_SECONDS);
    limit(RLIMIT_FSIZE, FILE_BYTES_MAX);
    limit(RLIMIT_CORE, 0);
    signal(SIGXFSZ, SIG_IGN);
    alarm(SECONDS_MAX);
    execv(join(path, fuzzer->bin, trial->filter), (char *const *)words);
    _exit(127);
}

static struct outcome run(const struct fuzzer *fuzzer, const struct trial *trial, const char *threads) {
    struct outcome outcome = {0};
    char path[PATH_SIZE];
    int status = 0;
    place_files(fuzzer, *trial);
    fflush(NULL);
    pid_t process = fork();
    input_require(process >= 0, "a process can be made");
    if (process == 0)
        become_filter(fuzzer, trial, threads);
    struct rusage usage = {0};
    while (wait4(process, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    outcome.kilobytes = usage.ru_maxrss;
    outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    outcome.output = take(join(path, trial->folder, "output"), &outcome.output_length);
    outcome.error = take(join(path, trial->folder, "error"), &outcome.error_length);
    outcome.result = take(join(path, trial->folder, "work/result"), &outcome.result_length);
    return outcome;
}

static void outcome_free(struct outcome *outcome) {
    free(outcome->output);
    free(outcome->error);
    free(outcome->result);
}

static bool has_word(const struct command_line *line, const char *start) {
    for (size_t i = 1; i < line->count; i++)
        if (strncmp(line->words[i], start, strlen(start)) == 0)
            return true;
    return false;
}

/* Lines on standard error, without those of a sanitizer about memory that was refused; -1: one of another. */
static int count_lines(const struct trial *trial, const char *error) {
    int count = 0;
    size_t length = strlen(trial->filter);
    for (const char *line = error; *line != '\0'; line = strchr(line, '\n') + 1) {
        bool own = strncmp(line, trial->filter, length) == 0 && line[length] == ':';
        if (!strchr(line, '\n') || (!own && !strstr(line, "Sanitizer failed to allocate")))
            return -1;
        count += own;
    }
    return count;
}

/* A file in work/ that is neither of the pool nor named by the line, or NULL. */
static const char *leftover(const struct fuzzer *fuzzer, const struct trial *trial) {
    static char found[NAME_MAX + 1];
    char path[PATH_SIZE];
    DIR *entries = opendir(join(path, trial->folder, "work"));
    found[0] = '\0';
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        if (entry->d_name[0] != '.' || strspn(entry->d_name, ".") != strlen(entry->d_name))
            if (access(join(path, fuzzer->pool, entry->d_name), F_OK) < 0 &&
                !command_line_names(&trial->line, entry->d_name))
                snprintf(found, sizeof found, "%s", entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return found[0] ? found : NULL;
}

/* What is wrong with an outcome, or NULL. */
static const char *objection(const struct fuzzer *fuzzer, const struct trial *trial,
                             const struct outcome *outcome) {
    /* whose lines on standard error are many, or a drawing */
    bool talks = has_word(&trial->line, "-v") || has_word(&trial->line, "--v") ||
                 has_word(&trial->line, "--prog") || has_word(&trial->line, "--te") ||
                 has_word(&trial->line, "--rep") || strcmp(trial->filter, "klplot") == 0;
    bool silent = has_word(&trial->line, "-q");
    int lines = count_lines(trial, outcome->error);
    if (outcome->status > 3)
        return "the exit status is none of 0, 1, 2, 3";
    if (leftover(fuzzer, trial) != NULL)
        return "a file is left behind";
    if ((outcome->status == 1 || outcome->status == 2) && outcome->result != NULL)
        return "the output has its name although the command failed";
    if ((outcome->status == 1 || outcome->status == 2) && lines == 0)
        return "no error line";
    if (lines < 0 && !talks)
        return "a line on standard error does not begin with the filter's name";
    if ((outcome->status == 1 || outcome->status == 2) && lines > 1 && silent && !talks)
        return "more than one error line";
    return NULL;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length) {
    return (a == NULL) == (b == NULL) && (a == NULL || (a_length == b_length && memcmp(a, b, a_length) == 0));
}

/* Whether three threads end otherwise; where figures of time are printed there is nothing to compare. */
static bool threads_differ(const struct fuzzer *fuzzer, const struct trial *trial,
                           const struct outcome *whole) {
    if (!trial->twice || whole->status == 1 || whole->status == 2 || has_word(&trial->line, "--rep"))
        return false;
    struct outcome other = run(fuzzer, trial, "-t3");
    bool same_bytes = other.status == whole->status &&
                      same(other.output, other.output_length, whole->output, whole->output_length) &&
                      same(other.result, other.result_length, whole->result, whole->result_length);
    outcome_free(&other);
    return !same_bytes;
}

/* Prints a word as a shell would have it. */
static void print_word(FILE *stream, const char *word) {
    bool plain = *word != '\0';
    for (const char *at = word; *at != '\0'; at++)
        plain &=
            strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=:,/@%", *at) != NULL;
    fprintf(stream, plain ? " %s" : " '%s'", word);
}

static void print_line(FILE *stream, const struct trial *trial) {
    fprintf(stream, "%s", trial->filter);
    for (size_t i = 1; i < trial->line.count; i++)
        print_word(stream, trial->line.words[i]);
    fprintf(stream, trial->piped ? " <input (a pipe)\n" : " <input\n");
}

static void report(const struct fuzzer *fuzzer, struct trial trial, const struct outcome *outcome,
                   const char *wrong) {
    char path[PATH_SIZE], name[NAME_MAX];
    printf("%s (status %d): -f %zu -n 1 %s\n  ", wrong, outcome->status, trial.number, trial.filter);
    print_line(stdout, &trial);
    printf("%.*s", ERROR_SHOWN_MAX, outcome->error);
    fflush(stdout);
    if (fuzzer->keep == NULL)
        return;
    snprintf(name, sizeof name, "%s-%zu", trial.filter, trial.number);
    join(trial.folder, fuzzer->keep, name);
    place_files(fuzzer, trial);
    FILE *command = fopen(join(path, trial.folder, "command"), "w");
    input_require(command != NULL, path);
    fprintf(command, "%s (status %d)\n", wrong, outcome->status);
    print_line(command, &trial);
    fprintf(command, "%s", outcome->error);
    fclose(command);
}

/* Returns 1 for a finding. */
static size_t try(struct fuzzer *fuzzer, size_t number, size_t filter) {
    struct trial trial = make_trial(fuzzer, number, filter);
    struct outcome outcome = run(fuzzer, &trial, NULL);
    bool out_of_time = outcome.status == 128 + SIGXCPU || outcome.status == 128 + SIGALRM;
    bool out_of_memory = outcome.kilobytes > KILOBYTES_MAX;
    bool slow = (out_of_time || out_of_memory) && command_line_asks_much(&trial.line);
    const char *wrong = slow ? NULL : objection(fuzzer, &trial, &outcome);
    if (out_of_time && wrong != NULL)
        wrong = "out of time";
    else if (out_of_memory && !slow)
        wrong = "more memory than small files need";
    fuzzer->slow += slow;
    if (fuzzer->verbose) {
        printf("%zu %d ", number, outcome.status);
        print_line(stdout, &trial);
    }
    if (outcome.status <= 3)
        fuzzer->judged[outcome.status]++;
    if (wrong == NULL && !slow && threads_differ(fuzzer, &trial, &outcome))
        wrong = "three threads make other bytes";
    if (wrong != NULL)
        report(fuzzer, trial, &outcome, wrong);
    else if (slow && fuzzer->keep != NULL)
        report(fuzzer, trial, &outcome, "slow, as asked");
    outcome_free(&outcome);
    return wrong != NULL;
}

/* The pool, made by the filters themselves. */
static void make_pool(struct fuzzer *fuzzer) {
    char command[4 * PATH_SIZE], here[PATH_SIZE];
    join(fuzzer->pool, fuzzer->place, "pool");
    input_require(getcwd(here, sizeof here) != NULL && mkdir(fuzzer->pool, 0700) == 0,
                  "a folder can be made");
    snprintf(command, sizeof command, "cd '%s' && BIN='%s' '%s/scripts/fuzz/pool'", fuzzer->pool, fuzzer->bin,
             here);
    input_require(system(command) == 0, "scripts/fuzz/pool makes files");
}

static int is_filter(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void load_tables(struct fuzzer *fuzzer, char **names, size_t count) {
    struct dirent **entries;
    if (count == 0) {
        int found = scandir(fuzzer->bin, &entries, is_filter, alphasort);
        for (int i = 0; i < found && fuzzer->filters < FILTERS_MAX; i++)
            fuzzer->names[fuzzer->filters++] = entries[i]->d_name;
    }
    for (size_t i = 0; i < count && fuzzer->filters < FILTERS_MAX; i++)
        fuzzer->names[fuzzer->filters++] = names[i];
    for (size_t i = 0; i < fuzzer->filters; i++)
        fuzzer->tables[i] = command_table_load(fuzzer->bin, fuzzer->names[i], lines_path, fuzzer->pool);
}

static void set_environment(void) {
    static const char *const unwanted[] = {"OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK", "LINES", "COLUMNS",
                                           "DISPLAY"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
    setenv("LC_ALL", "C", 1);
    setenv("TERM", "dumb", 1);
    setenv("ASAN_OPTIONS",
           "detect_leaks=1:exitcode=99:allocator_may_return_null=1:max_allocation_size_mb=512:hard_rss_limit_"
           "mb=3000",
           1);
    setenv("UBSAN_OPTIONS", "print_stacktrace=1:exitcode=99", 1);
}

int main(int argc, char **argv) {
    static struct fuzzer fuzzer;
    const char *bin = getenv("BIN"), *temporary = getenv("TMPDIR");
    size_t first = 1, count = COUNT_USUAL;
    time_t end = 0;
    for (int option; (option = getopt(argc, argv, "b:k:s:f:n:v")) != -1;) {
        if (option == 'b')
            bin = optarg;
        else if (option == 'k')
            fuzzer.keep = optarg;
        else if (option == 's')
            end = time(NULL) + atol(optarg);
        else if (option == 'v')
            fuzzer.verbose = true;
        else if (option == 'f')
            first = strtoul(optarg, NULL, 10);
        else if (option == 'n')
            count = strtoul(optarg, NULL, 10);
        else
            return 2;
    }
    printf("[ RUN      ] hostile command lines\n");
    set_environment();
    input_require(realpath(bin != NULL ? bin : "bin", fuzzer.bin) != NULL, "BIN is a folder");
    snprintf(fuzzer.place, sizeof fuzzer.place, "%s/kltools-fuzz-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    input_require(mkdtemp(fuzzer.place) != NULL, "a folder can be made");
    make_pool(&fuzzer);
    load_tables(&fuzzer, argv + optind, (size_t)(argc - optind));

    size_t number = first;
    while ((end ? time(NULL) < end : number < first + count) && fuzzer.findings < FINDINGS_MAX) {
        size_t turn = fuzzer.filters > 1 ? number % fuzzer.filters : 0;
        fuzzer.findings += try(&fuzzer, number, turn);
        number++;
    }
    remove_folder(fuzzer.place);
    printf(
        "%zu lines: %zu with status 0, %zu with 1, %zu with 2, %zu with 3; %zu slow as asked, %zu findings\n",
        number - first, fuzzer.judged[0], fuzzer.judged[1], fuzzer.judged[2], fuzzer.judged[3], fuzzer.slow,
        fuzzer.findings);
    printf(fuzzer.findings ? "[  FAILED  ] hostile command lines\n" : "[       OK ] hostile command lines\n");
    return fuzzer.findings != 0;
}
