/* Streams two matrices side by side and writes what a function of each pair of rows gives: a column, several,
 * or one number for all.
 *
 * Blocks of rows are checked and compared on several threads, in pieces whose size does not depend on their
 * number. */
#ifndef DIVERGENCE_ROW_DIVERGENCE_H
#define DIVERGENCE_ROW_DIVERGENCE_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "io/partial.h"
#include "io/partial_options.h"

/* Compares each row of p with the row of q beside it and writes rows x width values: those of a row,
 * those named, or one. */
typedef void row_divergence_function(const void *context, const struct divergence_rows *rows, double *result);

struct row_divergence {
    row_divergence_function *function;
    const void *context;
    const char *column;       /* the name of the result: "kl" */
    bool wide;                /* the result has a value for each column, not one for the row */
    const char *const *names; /* of a result of several values a row; NULL: one value, or wide */
    size_t names_count;
    bool square_root;                          /* print roots */
    const struct partial_description *partial; /* of the sums of --partial */
    /* Adds the options that matter for the result, but for those that all divergences share; NULL: none.
     * Returns 0 or -1. */
    int (*partial_options)(const void *context, struct partial_options *options, struct error *error);
};

/* Runs command's operands [P] Q through the function and writes the result as options say. Returns 0, or -1
 * with command->error set. */
int row_divergence_run(struct command *command, const struct divergence_options *options,
                       const struct row_divergence *divergence);

#endif
