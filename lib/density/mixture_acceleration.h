/* Steps of EM made longer by squared extrapolation (Varadhan and Roland 2008, Simple and globally convergent
 * methods for accelerating the convergence of any EM algorithm, Scandinavian Journal of Statistics 35,
 * 335-353).
 *
 * Of two steps t0 -> t1 -> t2, with r = t1 - t0 and v = t2 - 2 t1 + t0, the next parameters are
 *
 *     t0 - 2 a r + a^2 v,     a = -|r| / |v| (their scheme S3), not below a bound that good jumps widen,
 *
 * and t2 where a >= -1. Parameters are counted where no jump can leave their domain: logarithms of weights
 * and deviations, means and Cholesky factors over the columns' deviations. Whether the objective has risen is
 * for the caller to see, who may take the jump back. */
#ifndef DENSITY_MIXTURE_ACCELERATION_H
#define DENSITY_MIXTURE_ACCELERATION_H

#include <stdbool.h>

#include "base/error.h"
#include "density/mixture_maximise.h"
#include "num/gaussian_mixture.h"

struct mixture_acceleration;

/* For a fit of prepared mixtures under these constraints, kept by the caller; means are counted from the
 * rows' mean. NULL: error says why. */
struct mixture_acceleration *mixture_acceleration_create(const struct mixture_constraints *constraints,
                                                         struct error *error);

/* Takes note of the parameters that a step of EM has made: those made from where a jump led, or the first,
 * are t0. When t2 is there, *jumped tells whether the mixture was moved on, to be judged by the caller. A
 * mixture of other components than before begins again. Returns 0, or -1 (memory). */
__attribute__((warn_unused_result)) int mixture_acceleration_note(struct mixture_acceleration *acceleration,
                                                                  struct gaussian_mixture *mixture,
                                                                  bool *jumped, struct error *error);

/* Keeps the jump, or puts the mixture back to t2, which is the next t0. Returns 0, or -1 (memory). */
void mixture_acceleration_keep(struct mixture_acceleration *acceleration);
__attribute__((warn_unused_result)) int mixture_acceleration_undo(struct mixture_acceleration *acceleration,
                                                                  struct gaussian_mixture *mixture,
                                                                  struct error *error);

/* NULL does nothing. */
void mixture_acceleration_free(struct mixture_acceleration *acceleration);

#endif
