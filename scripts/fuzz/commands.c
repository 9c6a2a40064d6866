/* Runs filters with hostile command lines on hostile files, and judges what comes of it.
 *
 *     commands [-b BIN] [-k FOLDER] [-s SECONDS] [-f FIRST] [-n COUNT] [-v] [FILTER ...]
 *
 * -v shows each line with its status. Line FIRST, FIRST + 1, ... up to COUNT of them (usually 400), or as
 * many as SECONDS allow; all filters of BIN in turn where none is named. A line, the files it meets and its
 * standard input follow from its number and the filter alone, so that `-f NUMBER -n 1 FILTER` does it again.
 * What must hold of every line:
 *
 *   - the exit status is 0, 1, 2 or 3
 *   - time and memory are limited, but where the line asks for much by a number: those are counted as slow
 *   - each line on standard error begins with the filter's name; only one comes of an error, after notes
 *   - no file stays behind but those that were there or that the line names; no "result" of an error
 *   - other threads make the same bytes
 *
 * Sanitizers in the filters turn what they see into another exit status. With -k a finding's folder is kept:
 * command with what it said, input, and work/ as it was before the run. Prints as a test does (tests/run). */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command_line.h"
#include "input.h"
#include "trial.h"

enum {
    FILTERS_MAX = 100,
    COUNT_USUAL = 400,
    KILOBYTES_MAX = 1 << 20,
    FINDINGS_MAX = 1000,
    ERROR_SHOWN_MAX = 4000
};

static const char lines_path[] = "scripts/fuzz/corpus/commands/lines";

struct fuzzer {
    struct trial_folders folders;
    const char *keep; /* a folder for findings, or NULL */
    bool verbose;
    struct command_table *tables[FILTERS_MAX];
    const char *names[FILTERS_MAX];
    size_t filters, findings, slow, judged[4]; /* lines that ended with each status */
};

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
    char path[TRIAL_PATH_SIZE];
    DIR *entries = opendir(trial_join(path, trial->folder, "work"));
    found[0] = '\0';
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        if (entry->d_name[0] != '.' || strspn(entry->d_name, ".") != strlen(entry->d_name))
            if (access(trial_join(path, fuzzer->folders.pool, entry->d_name), F_OK) < 0 &&
                !command_line_names(&trial->line, entry->d_name))
                snprintf(found, sizeof found, "%s", entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return found[0] ? found : NULL;
}

/* What is wrong with an outcome, or NULL. */
static const char *objection(const struct fuzzer *fuzzer, const struct trial *trial,
                             const struct trial_outcome *outcome) {
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
                           const struct trial_outcome *whole) {
    if (!trial->twice || whole->status == 1 || whole->status == 2 || has_word(&trial->line, "--rep"))
        return false;
    struct trial_outcome other = trial_run(&fuzzer->folders, trial, "-t3");
    bool same_bytes = other.status == whole->status &&
                      same(other.output, other.output_length, whole->output, whole->output_length) &&
                      same(other.result, other.result_length, whole->result, whole->result_length);
    trial_outcome_free(&other);
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

static void report(const struct fuzzer *fuzzer, struct trial trial, const struct trial_outcome *outcome,
                   const char *wrong) {
    char path[TRIAL_PATH_SIZE], name[NAME_MAX];
    printf("%s (status %d): -f %zu -n 1 %s\n  ", wrong, outcome->status, trial.number, trial.filter);
    print_line(stdout, &trial);
    printf("%.*s", ERROR_SHOWN_MAX, outcome->error);
    fflush(stdout);
    if (fuzzer->keep == NULL)
        return;
    snprintf(name, sizeof name, "%s-%zu", trial.filter, trial.number);
    trial_join(trial.folder, fuzzer->keep, name);
    trial_place_files(&fuzzer->folders, trial);
    FILE *command = fopen(trial_join(path, trial.folder, "command"), "w");
    input_require(command != NULL, path);
    fprintf(command, "%s (status %d)\n", wrong, outcome->status);
    print_line(command, &trial);
    fprintf(command, "%s", outcome->error);
    fclose(command);
}

/* Returns 1 for a finding. */
static size_t try(struct fuzzer *fuzzer, size_t number, size_t filter) {
    struct trial trial = trial_make(&fuzzer->folders, fuzzer->names[filter], fuzzer->tables[filter], number);
    struct trial_outcome outcome = trial_run(&fuzzer->folders, &trial, NULL);
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
    trial_outcome_free(&outcome);
    return wrong != NULL;
}

/* The pool, made by the filters themselves. */
static void make_pool(struct fuzzer *fuzzer) {
    char command[4 * TRIAL_PATH_SIZE], here[TRIAL_PATH_SIZE];
    trial_join(fuzzer->folders.pool, fuzzer->folders.place, "pool");
    input_require(getcwd(here, sizeof here) != NULL && mkdir(fuzzer->folders.pool, 0700) == 0,
                  "a folder can be made");
    snprintf(command, sizeof command, "cd '%s' && BIN='%s' '%s/scripts/fuzz/pool'", fuzzer->folders.pool,
             fuzzer->folders.bin, here);
    input_require(system(command) == 0, "scripts/fuzz/pool makes files");
}

static int is_filter(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void load_tables(struct fuzzer *fuzzer, char **names, size_t count) {
    struct dirent **entries;
    if (count == 0) {
        int found = scandir(fuzzer->folders.bin, &entries, is_filter, alphasort);
        for (int i = 0; i < found && fuzzer->filters < FILTERS_MAX; i++)
            fuzzer->names[fuzzer->filters++] = entries[i]->d_name;
        if (found >= 0)
            free(entries); /* the names stay for as long as the program runs */
    }
    for (size_t i = 0; i < count && fuzzer->filters < FILTERS_MAX; i++)
        fuzzer->names[fuzzer->filters++] = names[i];
    for (size_t i = 0; i < fuzzer->filters; i++)
        fuzzer->tables[i] =
            command_table_load(fuzzer->folders.bin, fuzzer->names[i], lines_path, fuzzer->folders.pool);
}

static void set_environment(void) {
    static const char *const unwanted[] = {"OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK", "LINES", "COLUMNS",
                                           "DISPLAY"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
    setenv("LC_ALL", "C", 1);
    setenv("TERM", "dumb", 1);
    setenv("ASAN_OPTIONS",
           "detect_leaks=1:detect_stack_use_after_return=1:exitcode=99:allocator_may_return_null=1:"
           "max_allocation_size_mb=512:hard_rss_limit_mb=3000",
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
    input_require(realpath(bin != NULL ? bin : "bin", fuzzer.folders.bin) != NULL, "BIN is a folder");
    snprintf(fuzzer.folders.place, sizeof fuzzer.folders.place, "%s/kltools-fuzz-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    input_require(mkdtemp(fuzzer.folders.place) != NULL, "a folder can be made");
    make_pool(&fuzzer);
    load_tables(&fuzzer, argv + optind, (size_t)(argc - optind));

    size_t number = first;
    while ((end ? time(NULL) < end : number < first + count) && fuzzer.findings < FINDINGS_MAX) {
        size_t turn = fuzzer.filters > 1 ? number % fuzzer.filters : 0;
        fuzzer.findings += try(&fuzzer, number, turn);
        number++;
    }
    trial_remove_folder(fuzzer.folders.place);
    printf(
        "%zu lines: %zu with status 0, %zu with 1, %zu with 2, %zu with 3; %zu slow as asked, %zu findings\n",
        number - first, fuzzer.judged[0], fuzzer.judged[1], fuzzer.judged[2], fuzzer.judged[3], fuzzer.slow,
        fuzzer.findings);
    printf(fuzzer.findings ? "[  FAILED  ] hostile command lines\n" : "[       OK ] hostile command lines\n");
    return fuzzer.findings != 0;
}
