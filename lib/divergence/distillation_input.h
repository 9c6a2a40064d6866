/* Matrices whose rows belong together, read side by side: a teacher's and a student's outputs, labels,
 * features. Memory is bounded by the rows asked for at a time. */
#ifndef DIVERGENCE_DISTILLATION_INPUT_H
#define DIVERGENCE_DISTILLATION_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/row_reader.h"

/* In the order in which they are opened and named by messages. */
enum distillation_role {
    DISTILLATION_TEACHER_ROWS,
    DISTILLATION_STUDENT_ROWS,
    DISTILLATION_TEACHER_FEATURES,
    DISTILLATION_STUDENT_FEATURES,
    DISTILLATION_LABEL_COLUMN,
    DISTILLATION_ROLES
};

struct distillation_input_settings {
    const char *paths[DISTILLATION_ROLES]; /* NULL: not read */
    const struct row_format *format;       /* of all but labels, which are one column as it is */
    bool any_width;        /* the teacher's features may have another width than the student's */
    bool probs, log_probs; /* what the teacher's and the student's rows hold, else logits */
    size_t classes;        /* labels are below it; 0: the student's columns, or any */
};

struct distillation_side {
    struct row_reader *reader; /* NULL: not read */
    size_t columns;
    double *rows; /* row_count x columns: those at hand */
    size_t capacity;
    size_t taken, block_rows; /* of the reader's block */
    double *prepared;         /* the block, where its rows are not logits yet */
    size_t prepared_capacity;
    bool ended;
};

struct distillation_input {
    const struct distillation_input_settings *settings;
    struct distillation_side sides[DISTILLATION_ROLES];
    size_t row_count; /* at hand, on all sides */
    size_t *labels;   /* row_count, where labels are read */
    size_t labels_capacity;
    uint64_t rows_before;
};

/* Opens all. The settings stay with the caller. Rows of the teacher and the student, and their features, must
 * be equally wide. Returns 0 or -1; distillation_input_close is right in either case. */
__attribute__((warn_unused_result)) int
distillation_input_open(struct distillation_input *input, const struct distillation_input_settings *settings,
                        struct error *error);

/* The next rows, `most` of them but at the end. Returns 1; 0: the end of all; -1: error, also where one ends
 * before another. */
__attribute__((warn_unused_result)) int distillation_input_next(struct distillation_input *input, size_t most,
                                                                struct error *error);

/* Rows that are known to follow, or -1. */
int64_t distillation_input_rows_ahead(const struct distillation_input *input);

/* Of an all-zero input nothing. */
void distillation_input_close(struct distillation_input *input);

#endif
