/* Priors of a variance factor s > 0, the scale of a mixture of Gaussian processes.
 *
 *     invgamma:A,B    B^A / Gamma(A) s^(-A-1) exp(-B/s)
 *     gamma:A,B       B^A / Gamma(A) s^(A-1) exp(-B s)
 *     burr:C,K        C K s^(C-1) (1 + s^C)^(-K-1)
 *     halfcauchy:T    of r = sqrt(s): 2 / (pi T (1 + r^2/T^2))
 *     lognormal:M,S   log s is normal with mean M, standard deviation S
 *
 * All is said of t = log s, whose density is s times that of s. Source: Lee, Yun, Yang and Lee 2022, Scale
 * mixtures of neural network Gaussian processes, ICLR. */
#ifndef PROCESS_SCALE_PRIOR_H
#define PROCESS_SCALE_PRIOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/random.h"

enum scale_prior_kind {
    SCALE_PRIOR_INVERSE_GAMMA,
    SCALE_PRIOR_GAMMA,
    SCALE_PRIOR_BURR,
    SCALE_PRIOR_HALF_CAUCHY,
    SCALE_PRIOR_LOGNORMAL
};

enum { SCALE_PRIOR_PARAMETERS_MAX = 2 };

struct scale_prior {
    enum scale_prior_kind kind;
    double parameters[SCALE_PRIOR_PARAMETERS_MAX]; /* in the order written */
};

/* Reads "invgamma:2,2". Returns 0, or -1 with a usage error that begins with the option's name. */
__attribute__((warn_unused_result)) int scale_prior_parse(struct scale_prior *prior, const char *typed,
                                                          struct error *error);

/* The prior of that name with the parameters given, checked. Returns 0, or -1 with an error. */
__attribute__((warn_unused_result)) int scale_prior_set(struct scale_prior *prior, const char *name,
                                                        size_t count, const double *parameters,
                                                        struct error *error);

const char *scale_prior_name(const struct scale_prior *prior);
size_t scale_prior_count(const struct scale_prior *prior);

/* "invgamma.a", and whether it must be positive. */
const char *scale_prior_parameter(const struct scale_prior *prior, size_t index, bool *positive);

/* The log density of t = log s; slopes (count) are its derivatives in the parameters, or NULL. */
double scale_prior_log_density(const struct scale_prior *prior, double t, double *slopes);

/* E[s], which may be infinite. */
double scale_prior_mean(const struct scale_prior *prior);

/* A draw of log s. */
double scale_prior_draw(const struct scale_prior *prior, struct random_stream *stream);

#endif
