/* The terms of distillation losses: what a student's outputs cost beside a teacher's or the labels, and the
 * exact derivative in the student's.
 *
 * Each kind of term is one struct distillation_kind: a name, keys with defaults, what it needs, and a
 * function. The kinds are listed in distillation_kinds.c; who adds one adds it there. The teacher is a
 * constant in every derivative. p and q below are the softmax of the teacher's and the student's logits over
 * the temperature t. */
#ifndef DIVERGENCE_DISTILLATION_TERM_H
#define DIVERGENCE_DISTILLATION_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum distillation_needs {
    DISTILLATION_LABELS = 1 << 0,
    DISTILLATION_TEACHER = 1 << 1,    /* the teacher's logits or, of a feature term, features */
    DISTILLATION_LOGITS = 1 << 2,     /* the student's logits */
    DISTILLATION_FEATURES = 1 << 3,   /* the student's features in place of logits */
    DISTILLATION_BATCH = 1 << 4,      /* rows depend on each other: the batch is part of the result */
    DISTILLATION_UNTEMPERED = 1 << 5, /* the softmax is taken at t = 1 whatever the temperature */
    DISTILLATION_NO_ROWS = 1 << 6,    /* the value of a batch is no sum over its rows */
    DISTILLATION_ANY_WIDTH = 1 << 8,  /* of the teacher's features, beside the student's */
    DISTILLATION_CENTERS = 1 << 7,    /* the class means of the teacher's features */
};

/* A number in [low, high], a word, whose value is its index, or the name of a file: 1 where it is given. */
struct distillation_key {
    const char *name; /* NULL ends a list */
    double value;     /* the default */
    double low, high;
    bool low_open, whole;
    const char *const *words; /* ended by NULL; NULL: a number */
    bool file;
};

enum { DISTILLATION_KEYS_MAX = 8 };

struct distillation_kind;

/* A term as asked for. */
struct distillation_term {
    const struct distillation_kind *kind;
    double weight; /* the schedule's factor included */
    double temperature;
    double keys[DISTILLATION_KEYS_MAX]; /* in the order of the kind's */
    char *file;                         /* that a key names, or NULL */
    double *table; /* what it holds, columns x columns: read by who runs the loss; or NULL */
};

/* What iterations have come to; terms only add to it. */
struct distillation_steps {
    bool unconverged; /* one fell short of its tolerance */
    double row_error; /* the largest |row sum - 1| of a plan times its rows */
};

/* Rows of a batch, all row-major. What no term needs may be NULL. */
struct distillation_batch {
    uint64_t first; /* rows before them, for messages */
    size_t rows;
    size_t columns;                  /* classes, of the logits */
    const double *teacher, *student; /* logits; the teacher's may be -inf, but not all of a row */
    const size_t *labels;            /* below columns, or below classes */
    size_t features, teacher_width;  /* columns of the student's features and of the teacher's */
    const double *teacher_features, *student_features;
    size_t classes;                   /* rows of centers */
    const double *centers;            /* classes x features, none of them 0 */
    struct distillation_steps *steps; /* of the terms that iterate; or NULL */
};

/* One row for a term of rows. */
struct distillation_row {
    size_t columns, label;
    double temperature;
    const double *teacher, *student;     /* logits */
    const double *p, *q, *log_p, *log_q; /* p and log_p are NULL where no teacher is needed */
    double *scratch, *room;              /* columns; 2 columns */
};

/* The loss of one row; its derivative in the student's logits is written to gradient (columns) unless that is
 * NULL. */
typedef double distillation_row_function(const struct distillation_term *term,
                                         const struct distillation_row *row, double *gradient);

/* The losses of a batch's rows, the term being their mean, to values. The derivative of their sum in the
 * student's logits (features of a feature term) is written to gradient unless that is NULL. Returns 0 or -1.
 */
typedef int distillation_batch_function(const struct distillation_term *term,
                                        const struct distillation_batch *batch, double *values,
                                        double *gradient, struct error *error);

struct distillation_kind {
    const char *name;
    unsigned needs;                 /* enum distillation_needs */
    double temperature;             /* its own default; 0: that of all terms */
    distillation_row_function *row; /* one of the two is NULL */
    distillation_batch_function *batch;
    const char *undefined; /* why a row's loss is nan, where it can be; or NULL */
    int (*check)(const struct distillation_term *term,
                 struct error *error);                            /* of the keys together; or NULL */
    unsigned (*more_needs)(const struct distillation_term *term); /* that keys ask for; or NULL */
    struct distillation_key keys[DISTILLATION_KEYS_MAX + 1];
};

/* All kinds, ended by NULL. */
extern const struct distillation_kind *const distillation_kinds[];

/* What the term needs, with its keys as they are. */
unsigned distillation_term_needs(const struct distillation_term *term);

/* log softmax(logits / t) and softmax, count values each. A logit of -inf has log -inf and 0. */
void distillation_term_softmax(size_t count, const double *logits, double temperature, double *logs,
                               double *values);

/* J(g) factor: result_c = factor q_c (g_c - sum_k q_k g_k), the derivative through a softmax. result may be
 * g. */
void distillation_term_through_softmax(size_t count, const double *q, const double *g, double factor,
                                       double *result);

/* Runs a term over the rows of a batch: the row function on each, or the batch function. */
int distillation_term_evaluate(const struct distillation_term *term, const struct distillation_batch *batch,
                               double *values, double *gradient, struct error *error);

#endif
