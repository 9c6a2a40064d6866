/* What a mixture's fit writes: the model, the table of the candidates, labels and responsibilities. */
#ifndef DENSITY_MIXTURE_OUTPUT_H
#define DENSITY_MIXTURE_OUTPUT_H

#include <stddef.h>

#include "base/error.h"
#include "density/mixture_choice.h"
#include "density/mixture_fit.h"
#include "density/mixture_step.h"

/* The model with its figures, those that are nan left out as not known, as num/gaussian_mixture_model.h reads
 * it. path NULL: standard output. */
__attribute__((warn_unused_result)) int mixture_output_model(const char *path, const struct mixture_fit *fit,
                                                             const struct mixture_criteria *criteria,
                                                             double total, struct error *error);

/* components,covariance,log_likelihood,parameters,bic,aic,icl of the candidates that did not fail, as CSV. */
__attribute__((warn_unused_result)) int mixture_output_table(const char *path, size_t count,
                                                             const struct mixture_candidate *candidates,
                                                             struct error *error);

/* A column `label` as CSV: the number, from 1, of the component of the greatest responsibility, 0 for noise;
 * given what a row has, where entries are missing: of none at all, the weights' own.
 * The mixture counts from the rows' centre. */
__attribute__((warn_unused_result)) int mixture_output_labels(const char *path,
                                                              const struct mixture_rows *rows,
                                                              const struct gaussian_mixture *mixture,
                                                              struct error *error);

/* Columns r1, r2, ... as CSV. They sum to 1, less what noise has. */
__attribute__((warn_unused_result)) int
mixture_output_responsibilities(const char *path, const struct mixture_rows *rows,
                                const struct gaussian_mixture *mixture, struct error *error);

#endif
