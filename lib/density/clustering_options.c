#include "density/clustering_options.h"

const char *const clustering_options_solvers[] = {"admm", "lowrank", NULL};

/* What belongs to this method alone, */
static const char *const own[] = {
    "outer",     "outer-tol",      "sdp-tol",           "sdp-max-iter", "sdp-solver", "rank",
    "subsample", "lambda-weights", "fixed-covariances", "history",      "max-memory"};

/* what it has no use for, */
static const char *const without[] = {"folds",          "noise", "restarts", "ridge",         "prior",
                                      "dirichlet",      "fix",   "weights",  "weight-column", "tolerance",
                                      "max-iterations", NULL};

/* and what fixed covariances say already. */
static const char *const of_fixed[] = {"components", "covariance", "init", "outer", "outer-tol", NULL};

const char *clustering_options_fixed(const struct clustering_options *options) {
    const char *fixed = options->fixed;
    return fixed != NULL && fixed[0] == '@' ? fixed + 1 : fixed;
}

int clustering_options_check(struct command *command, const struct clustering_options *options, bool sdp,
                             bool criterion_cv, bool identity) {
    struct error *error = &command->error;
    for (size_t i = 0; !sdp && i < sizeof own / sizeof *own; i++)
        if (command_given(command, own[i]))
            return error_set_usage(error, "--%s needs --method sdp", own[i]);
    if (!sdp)
        return identity ? error_set_usage(error, "--covariance identity needs --method sdp") : 0;
    if (command_refuse(command, without, "with --method sdp") < 0)
        return -1;
    if (criterion_cv)
        return error_set_usage(error, "--criterion cv has no meaning with --method sdp");
    if (options->mixing && identity)
        return error_set_usage(error, "--lambda-weights has no meaning with --covariance identity");
    if (command_given(command, "rank") && options->solver != CLUSTERING_SOLVER_LOWRANK)
        return error_set_usage(error, "--rank needs --sdp-solver lowrank");
    return options->fixed != NULL ? command_refuse(command, of_fixed, "with --fixed-covariances") : 0;
}
