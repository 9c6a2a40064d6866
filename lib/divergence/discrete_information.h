/* Plug-in (conditional) mutual information of columns of symbols: with f the relative frequencies,
 *
 *     I(X;Y|Z) = sum_xyz f(xyz) log( f(xyz) f(z) / (f(xz) f(yz)) ) = H(xz) + H(yz) - H(z) - H(xyz).
 *
 * Miller and Madow's correction (Miller 1955, Note on the bias of information estimates) adds (m - 1) / (2 n)
 * to each entropy H, m its number of cells that are not empty. */
#ifndef DIVERGENCE_DISCRETE_INFORMATION_H
#define DIVERGENCE_DISCRETE_INFORMATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/random.h"

struct discrete_information;

enum { DISCRETE_INFORMATION_ROWS_MAX = 94906265 }; /* its square is below 2^53 */

/* Of rows x, y, z, or x, y.
 *
 *   rows  count x columns, not kept; columns 2 or 3. Numbers are symbols, equal where the numbers are
 *
 * NULL: out of memory, or too many rows. */
struct discrete_information *discrete_information_create(size_t count, size_t columns, const double *rows,
                                                         struct error *error);

/* The information in nats, at least 0 unless it is corrected. */
double discrete_information_value(struct discrete_information *information, bool corrected);

/* Shuffles x among the rows of equal z. */
void discrete_information_shuffle(struct discrete_information *information, struct random_stream *stream);

/* NULL does nothing. */
void discrete_information_free(struct discrete_information *information);

#endif
