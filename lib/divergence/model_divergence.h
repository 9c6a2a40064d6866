/* Reads two mixture models, compares them, and writes the value, with its standard error where it has one. */
#ifndef DIVERGENCE_MODEL_DIVERGENCE_H
#define DIVERGENCE_MODEL_DIVERGENCE_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/mixture_divergence.h"
#include "num/gaussian_mixture.h"

/* A divergence of g from f. Sets estimate's value and, where it was drawn, its standard error, which is 0
 * otherwise. Returns 0 or -1. */
typedef int model_divergence_function(const void *context, const struct gaussian_mixture *f,
                                      const struct gaussian_mixture *g,
                                      struct mixture_divergence_estimate *estimate, struct error *error);

/* Reads command's operands [P] Q, models of as many dimensions, and writes their divergence: one number, or
 * the columns `column` and standard_error where with_error. Returns 0, or -1 with command->error set. */
int model_divergence_run(struct command *command, const struct divergence_options *options,
                         model_divergence_function *function, const void *context, const char *column,
                         bool with_error);

/* Writes an estimate, given in nats, as model_divergence_run does. */
int model_divergence_write(struct command *command, const struct mixture_divergence_estimate *estimate,
                           const char *column, bool with_error);

/* The Monte Carlo settings that options and command say. */
struct mixture_divergence_settings model_divergence_draws(const struct command *command,
                                                          const struct divergence_options *options);

/* KL(f, g) by quadrature where weight is nan, else JS with that weight of g; says on standard error, and by
 * command->unconverged, where it fell short of its tolerance. Returns 0 or -1. */
int model_divergence_quadrature(struct command *command, const struct gaussian_mixture *f,
                                const struct gaussian_mixture *g, double weight, double *value,
                                struct error *error);

#endif
