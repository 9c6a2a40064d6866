/* Rows that are meant to be points of the simplex: entries >= 0 that sum to 1. */
#ifndef NUM_SIMPLEX_H
#define NUM_SIMPLEX_H

#include <stdbool.h>
#include <stddef.h>

/* How far a row's sum may be from 1. */
#define SIMPLEX_TOLERANCE 1e-6

enum simplex_fault_kind {
    SIMPLEX_NEGATIVE,   /* an entry below 0 */
    SIMPLEX_NOT_FINITE, /* an entry nan or inf; among logarithms and logits, nan or inf but not -inf */
    SIMPLEX_POSITIVE,   /* a logarithm of a probability above 1, beyond tolerance */
    SIMPLEX_SUM,        /* the row's sum is off, or cannot be made 1 */
};

/* What is wrong, first in the order of rows: an entry before the sum, the leftmost first. */
struct simplex_fault {
    enum simplex_fault_kind kind;
    size_t row, column; /* no column with SIMPLEX_SUM */
    double value;       /* the entry, or the sum */
};

/* Each function below goes over rows x columns values, row-major, and returns whether all rows are sound;
 * where not, fault tells the first that is not. */

/* Entries >= 0, row sums within SIMPLEX_TOLERANCE of 1. */
bool simplex_check(size_t rows, size_t columns, const double *p, struct simplex_fault *fault);

/* The same of rows that hold logarithms of such entries; the fault's value is the logarithm, or the sum of
 * exp. */
bool simplex_check_logarithms(size_t rows, size_t columns, const double *log_p, struct simplex_fault *fault);

/* Logits: finite or -inf, not all -inf (SIMPLEX_SUM, value 0). */
bool simplex_check_logits(size_t rows, size_t columns, const double *logits, struct simplex_fault *fault);

/* Divides each row of entries >= 0 by its sum, which must be neither 0 nor infinite; result may be x. The
 * rows before a fault are written. */
bool simplex_normalize(size_t rows, size_t columns, const double *x, double *result,
                       struct simplex_fault *fault);

#endif
