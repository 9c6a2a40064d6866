/* Of rows that are numbers already: the columns asked for, and the policy on missing values (nan). */
#ifndef IO_ROW_CHOICE_H
#define IO_ROW_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/column_list.h"

struct row_choice {
    size_t width; /* of the rows that come */
    struct column_list list;
    bool straight; /* all columns, in order */
    enum missing_policy missing;
    uint64_t rows_skipped;

    /* The block last chosen. */
    double *values; /* where rows had to be put together anew */
    size_t value_capacity;
    size_t *origins; /* of each row, its index in the block that came; used where rows were skipped */
    size_t origin_capacity;
    bool skipped; /* some were */
};

/* Reads the lists of a format; the columns have no names. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int row_choice_open(struct row_choice *choice, size_t width,
                                                        const struct row_format *format, struct error *error);

/* Chooses from count rows. *chosen is rows itself, or the choice's own memory until the next call;
 * *chosen_count may be 0. Returns 0, or -1.
 *
 *   first  the number of the first row, for the message ("row 7: field 3: ...") */
__attribute__((warn_unused_result)) int row_choice_apply(struct row_choice *choice, const double *rows,
                                                         size_t count, uint64_t first, const double **chosen,
                                                         size_t *chosen_count, struct error *error);

/* Refuses a missing value, where the policy does, among count rows that are to stay as they came. */
__attribute__((warn_unused_result)) int row_choice_check(const struct row_choice *choice, const double *rows,
                                                         size_t count, uint64_t first, struct error *error);

/* The index, in the block that came, of a row of the block chosen. */
size_t row_choice_origin(const struct row_choice *choice, size_t row);

/* An all-zero choice is fine. */
void row_choice_close(struct row_choice *choice);

#endif
