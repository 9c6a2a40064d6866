/* One run of a filter on a hostile command line: its folder, the run under limits, what came of it. All that
 * a trial is follows from the filter and a number. */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "chance.h"
#include "command_line.h"

enum { TRIAL_PATH_SIZE = PATH_MAX + NAME_MAX };

/* Absolute: the filters, where trials take place, the files they are given. */
struct trial_folders {
    char bin[TRIAL_PATH_SIZE], place[TRIAL_PATH_SIZE], pool[TRIAL_PATH_SIZE];
};

struct trial {
    size_t number;
    const char *filter;
    struct command_line line;
    struct chance chance; /* of the files */
    bool piped;           /* standard input is a pipe, not a file */
    bool twice;           /* is to be run with other threads as well */
    char folder[TRIAL_PATH_SIZE];
};

struct trial_outcome {
    int status;                    /* exit status, or 128 + the signal */
    long kilobytes;                /* of memory, at the most */
    char *output, *error, *result; /* result: of the file of that name, or NULL */
    size_t output_length, error_length, result_length;
};

struct trial trial_make(const struct trial_folders *folders, const char *filter,
                        const struct command_table *table, size_t number);

/* Makes the trial's folder afresh: work/ with the files that the line names, and input. */
void trial_place_files(const struct trial_folders *folders, struct trial trial);

/* Places the files and runs the filter in work/; `threads` is an option that goes first, or NULL. The caller
 * frees the outcome. */
struct trial_outcome trial_run(const struct trial_folders *folders, const struct trial *trial,
                               const char *threads);

void trial_outcome_free(struct trial_outcome *outcome);

/* Writes folder/name to path, which has room for TRIAL_PATH_SIZE. Returns path. */
char *trial_join(char *path, const char *folder, const char *name);

void trial_remove_folder(const char *path);

#endif
