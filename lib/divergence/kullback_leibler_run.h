/* What kldiv does with each kind of input: rows, Gaussians, mixture models; of samples, which of its methods.
 */
#ifndef DIVERGENCE_KULLBACK_LEIBLER_RUN_H
#define DIVERGENCE_KULLBACK_LEIBLER_RUN_H

#include "base/command.h"
#include "divergence/divergence_options.h"
#include "divergence/kullback_leibler.h"
#include "divergence/mixture_divergence.h"

/* Of samples up to gaussian, of models from mc on; those from variational to matched in the order of enum
 * mixture_bounds_method. */
enum kullback_leibler_method {
    KULLBACK_LEIBLER_RATIO,
    KULLBACK_LEIBLER_ADAPTIVE,
    KULLBACK_LEIBLER_KDE,
    KULLBACK_LEIBLER_GAUSSIAN,
    KULLBACK_LEIBLER_MC,
    KULLBACK_LEIBLER_VARIATIONAL,
    KULLBACK_LEIBLER_MATCHED = KULLBACK_LEIBLER_VARIATIONAL + 5,
    KULLBACK_LEIBLER_UNSCENTED,
    KULLBACK_LEIBLER_QUADRATURE
};

/* Their names, ended by NULL. */
extern const char *const kullback_leibler_run_methods[];

struct kullback_leibler_request {
    struct divergence_options common;
    struct kullback_leibler_settings divergence;
    struct mixture_divergence_settings draws; /* of models; filled in */
    double temperature;                       /* of logits; filled in */
    struct command *command;
};

/* Each reads command's operands and writes the result. Returns 0, or -1 with the command's error set. */
int kullback_leibler_run_rows(struct kullback_leibler_request *request);
int kullback_leibler_run_gaussians(const struct kullback_leibler_request *request);
int kullback_leibler_run_models(struct kullback_leibler_request *request);

#endif
