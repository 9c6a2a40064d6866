/* Two blocks of rows that are distributions, and how a divergence, a sum over columns, goes over them. */
#ifndef DIVERGENCE_DIVERGENCE_ROWS_H
#define DIVERGENCE_DIVERGENCE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* What is compared: row i of p with row i of q. The caller has checked the rows (num/simplex.h). */
struct divergence_rows {
    size_t rows, columns;
    const double *p, *q;         /* rows x columns, row-major; one row where repeated */
    bool p_repeated, q_repeated; /* the one row goes with every row of the other */
    bool logarithms;             /* both hold logarithms of probabilities; -inf is probability 0 */
    double smooth;               /* A >= 0: (p + A) / (1 + columns A) takes the place of p, and q likewise */
};

/* By what a divergence is differentiated: the entries of p or q as they were given (before smoothing), or
 * logits x of which they are the softmax of x / temperature. */
enum divergence_gradient { GRADIENT_P, GRADIENT_Q, GRADIENT_P_LOGITS, GRADIENT_Q_LOGITS };

/* A kernel is given so many entries at a time at most: a few arrays of 4 KiB stay in L1. */
enum { DIVERGENCE_ROWS_PIECE = 512 };

/* Writes count <= DIVERGENCE_ROWS_PIECE terms, or derivatives, of the entries of p and q; they hold
 * logarithms where divergence_rows_in_logarithms. */
typedef void divergence_kernel(const void *settings, size_t count, const double *p, const double *q,
                               double *result);

/* Whether a kernel is given logarithms: smoothing takes them to probabilities first. */
bool divergence_rows_in_logarithms(const struct divergence_rows *rows);

/* The terms of each row, rows x columns; may not overlap p or q. */
void divergence_rows_terms(const struct divergence_rows *rows, divergence_kernel *kernel,
                           const void *settings, double *result);

/* Their sum, rows values: by halves in blocks, blocks compensated, so that its error does not grow with the
 * number of columns. */
void divergence_rows_sums(const struct divergence_rows *rows, divergence_kernel *kernel, const void *settings,
                          double *result);

/* Gradients, rows x columns. For GRADIENT_P and _Q the kernel writes the derivative by its own p and q. For
 * logits it writes x g, the derivative g by entry x times that entry (as its limit where x is 0), and the
 * result is x (g - sum x g) / temperature, the derivative through the softmax. */
void divergence_rows_gradient(const struct divergence_rows *rows, divergence_kernel *kernel,
                              const void *settings, enum divergence_gradient variable, double temperature,
                              double *result);

#endif
