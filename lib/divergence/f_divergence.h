/* f-divergences between rows that are distributions (the generators: divergence/f_generator.h).
 *
 *     D_f(p || q) = sum_j q_j f(p_j / q_j),   q f(p / q) = q f(0) where p = 0, p f'(inf) where q = 0
 *
 * Each term is q f(p / q) - f'(1) (p - q), which is >= 0 and changes no sum of rows that both sum to 1. Terms
 * are made from p - q or log(p / q), not from f, so that they keep their digits however near p and q are;
 * those of alpha lose a factor 1 / |A - 1|. */
#ifndef DIVERGENCE_F_DIVERGENCE_H
#define DIVERGENCE_F_DIVERGENCE_H

#include "divergence/divergence_rows.h"
#include "divergence/f_generator.h"

/* The functions below cannot fail, allocate nothing, and may be called from several threads on separate rows.
 * No result may overlap the rows. */

/* The divergence of each row: rows values. */
void f_divergence_rows(const struct divergence_rows *rows, const struct f_generator *generator,
                       double *result);

/* h(p / q) of each entry: rows x columns; nan where both are 0. */
void f_divergence_weights(const struct divergence_rows *rows, const struct f_generator *generator,
                          double *result);

#endif
