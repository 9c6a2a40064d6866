/* Runs a command line the way a user does: through the shell, in a directory of its own, with the filters
 * first in PATH.
 *
 * The filters are taken from the folder named by the environment's BIN (bin), test data from DATA
 * (tests/data); both are absolute when the command sees them. Locale, time zone and thread settings are those
 * of a clean machine. Standard input is a pipe; standard output and error are files. Where the harness itself
 * fails, the running cmocka test fails. */
#ifndef SUPPORT_FILTER_RUN_H
#define SUPPORT_FILTER_RUN_H

#include <stddef.h>

/* A file to put into the directory before the command runs. */
struct filter_file {
    const char *name;
    const char *text;
    size_t length; /* of text; 0: up to its zero byte */
};

/* What came of a command. */
struct filter_run {
    int status;           /* exit status; 128 + the signal where one ended the command (142: out of time) */
    char *output, *error; /* ended by a zero byte beyond their length */
    size_t output_length, error_length;
};

/* A fresh directory with these files (a list ended by a name of NULL; NULL: none). The caller hands the path
 * to filter_run_remove. */
char *filter_run_directory(const struct filter_file *files);

/* Removes the directory with all it holds, and frees its path. */
void filter_run_remove(char *directory);

/* Runs the command line to its end, at most two minutes; what it leaves running in the background is killed.
 *
 *   input  length bytes, fed through the pipe */
struct filter_run filter_run_command(const char *directory, const char *command, const char *input,
                                     size_t length);

void filter_run_free(struct filter_run *run);

#endif
