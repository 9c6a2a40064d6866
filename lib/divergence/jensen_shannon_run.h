/* What jsdiv does with each kind of input: rows, Gaussians, mixture models; of samples, which of its methods.
 */
#ifndef DIVERGENCE_JENSEN_SHANNON_RUN_H
#define DIVERGENCE_JENSEN_SHANNON_RUN_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/gaussian_pair.h"
#include "divergence/jensen_shannon.h"
#include "divergence/mixture_divergence.h"

/* Of samples up to gaussian, of models from mc on; those from variational to matched in the order of enum
 * mixture_bounds_method. */
enum jensen_shannon_method {
    JENSEN_SHANNON_RATIO,
    JENSEN_SHANNON_KDE,
    JENSEN_SHANNON_GAUSSIAN,
    JENSEN_SHANNON_MC,
    JENSEN_SHANNON_VARIATIONAL,
    JENSEN_SHANNON_QUADRATURE = JENSEN_SHANNON_VARIATIONAL + 6
};

/* Their names, ended by NULL. */
extern const char *const jensen_shannon_run_methods[];

struct jensen_shannon_request {
    struct divergence_options common;
    double weight;
    bool distance, joint, geometric;
    const char *weights;
    double temperature;                       /* of logits; filled in */
    struct mixture_divergence_settings draws; /* of models */
    struct command *command;
};

/* Two Gaussians: the geometric divergence, or as mixtures of one component each, by quadrature where that
 * serves, else by draws. Returns 0 or -1. */
__attribute__((warn_unused_result)) int jensen_shannon_run_pair(const struct jensen_shannon_request *request,
                                                                const struct gaussian_pair *pair,
                                                                struct mixture_divergence_estimate *estimate,
                                                                struct error *error);

/* Each reads command's operands and writes the result. Returns 0, or -1 with the command's error set. */
int jensen_shannon_run_rows(struct jensen_shannon_request *request);
int jensen_shannon_run_gaussians(const struct jensen_shannon_request *request);
int jensen_shannon_run_models(const struct jensen_shannon_request *request);

#endif
