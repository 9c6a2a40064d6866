#include "process/scale_prior.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest_name.h"
#include "io/number_list.h"
#include "num/gamma_ratio.h"

static const struct family {
    const char *name;
    size_t count;
    const char *parameters[SCALE_PRIOR_PARAMETERS_MAX];
    bool positive[SCALE_PRIOR_PARAMETERS_MAX];
    const char *needs;
} families[] = {
    [SCALE_PRIOR_INVERSE_GAMMA] =
        {"invgamma", 2, {"invgamma.a", "invgamma.b"}, {true, true}, "two numbers > 0"},
    [SCALE_PRIOR_GAMMA] = {"gamma", 2, {"gamma.a", "gamma.b"}, {true, true}, "two numbers > 0"},
    [SCALE_PRIOR_BURR] = {"burr", 2, {"burr.c", "burr.k"}, {true, true}, "two numbers > 0"},
    [SCALE_PRIOR_HALF_CAUCHY] = {"halfcauchy", 1, {"halfcauchy.t", NULL}, {true, false}, "one number > 0"},
    [SCALE_PRIOR_LOGNORMAL] =
        {"lognormal", 2, {"lognormal.m", "lognormal.s"}, {false, true}, "two numbers, the second > 0"},
};

enum { FAMILIES = sizeof families / sizeof *families, TYPED_MAX = 40 };

static int find_family(const char *name, size_t length) {
    for (int i = 0; i < FAMILIES; i++)
        if (strlen(families[i].name) == length && memcmp(families[i].name, name, length) == 0)
            return i;
    return -1;
}

/* What was probably meant: a name that holds the word, else one spelled much alike; or NULL. */
static const char *meant(const char *word) {
    const char *names[FAMILIES];
    for (size_t i = 0; i < FAMILIES; i++) {
        names[i] = families[i].name;
        if (strlen(word) > 2 && strstr(names[i], word) != NULL)
            return names[i];
    }
    return nearest_name(word, names, FAMILIES);
}

static int refuse_name(const char *name, size_t length, struct error *error) {
    char word[TYPED_MAX + 1];
    snprintf(word, sizeof word, "%.*s", (int)(length > TYPED_MAX ? TYPED_MAX : length), name);
    const char *nearest = meant(word);
    if (nearest != NULL)
        return error_set_usage(error, "--scale-prior: unknown prior '%s' (did you mean %s?)", word, nearest);
    return error_set_usage(error, "--scale-prior: unknown prior '%s'", word);
}

static bool fits(const struct family *family, size_t count, const double *parameters) {
    if (count != family->count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(parameters[i]) || (family->positive[i] && !(parameters[i] > 0)))
            return false;
    return true;
}

static void set(struct scale_prior *prior, int kind, const double *parameters) {
    *prior = (struct scale_prior){.kind = (enum scale_prior_kind)kind};
    memcpy(prior->parameters, parameters, families[kind].count * sizeof *parameters);
}

int scale_prior_parse(struct scale_prior *prior, const char *typed, struct error *error) {
    size_t length = strcspn(typed, ":"), count = 0;
    double *parameters = NULL;
    int kind = find_family(typed, length);
    if (kind < 0)
        return refuse_name(typed, length, error);
    if (typed[length] != '\0' && typed[length + 1] != '\0' &&
        number_list_read("--scale-prior", typed + length + 1, &parameters, &count, error) < 0)
        return -1;
    bool good = fits(&families[kind], count, parameters);
    if (good)
        set(prior, kind, parameters);
    free(parameters);
    return good ? 0
                : error_set_usage(error, "--scale-prior: %s needs %s, got '%.*s'", families[kind].name,
                                  families[kind].needs, TYPED_MAX, typed);
}

int scale_prior_set(struct scale_prior *prior, const char *name, size_t count, const double *parameters,
                    struct error *error) {
    int kind = find_family(name, strlen(name));
    if (kind < 0)
        return error_set(error, "unknown prior '%.*s'", TYPED_MAX, name);
    if (!fits(&families[kind], count, parameters))
        return error_set(error, "%s needs %s", name, families[kind].needs);
    set(prior, kind, parameters);
    return 0;
}

const char *scale_prior_name(const struct scale_prior *prior) {
    return families[prior->kind].name;
}

size_t scale_prior_count(const struct scale_prior *prior) {
    return families[prior->kind].count;
}

const char *scale_prior_parameter(const struct scale_prior *prior, size_t index, bool *positive) {
    *positive = families[prior->kind].positive[index];
    return families[prior->kind].parameters[index];
}

/* log(1 + e^x) and its slope, for any x. */
static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

/* Gamma's density of t; the inverse gamma's is that of -t. With u = t - log(A/B) it is a (u - (e^u - 1)) and
 * what Stirling leaves of log Gamma: large shapes, whose u is small, keep their digits. */
static double gamma_density(const double *p, double t, double *slopes) {
    double a = p[0], u = t - log(a / p[1]), grown = expm1(u);
    if (slopes != NULL) {
        slopes[0] = u - gamma_ratio_excess_slope(a);
        slopes[1] = -a / p[1] * grown;
    }
    return a * (u - grown) - gamma_ratio_excess(a);
}

static double burr_density(const double *p, double t, double *slopes) {
    double c = p[0], k = p[1], plus = softplus(c * t);
    if (slopes != NULL) {
        slopes[0] = 1 / c + t - (k + 1) * t * logistic(c * t);
        slopes[1] = 1 / k - plus;
    }
    return log(c) + log(k) + c * t - (k + 1) * plus;
}

static double half_cauchy_density(const double *p, double t, double *slopes) {
    double away = t - 2 * log(p[0]);
    if (slopes != NULL)
        slopes[0] = (2 * logistic(away) - 1) / p[0];
    return 0.5 * away - log(M_PI) - softplus(away);
}

static double lognormal_density(const double *p, double t, double *slopes) {
    double z = (t - p[0]) / p[1];
    if (slopes != NULL) {
        slopes[0] = z / p[1];
        slopes[1] = (z * z - 1) / p[1];
    }
    return -0.5 * z * z - log(p[1]) - 0.5 * log(2 * M_PI);
}

double scale_prior_log_density(const struct scale_prior *prior, double t, double *slopes) {
    const double *p = prior->parameters;
    switch (prior->kind) {
    case SCALE_PRIOR_INVERSE_GAMMA:
        return gamma_density(p, -t, slopes);
    case SCALE_PRIOR_GAMMA:
        return gamma_density(p, t, slopes);
    case SCALE_PRIOR_BURR:
        return burr_density(p, t, slopes);
    case SCALE_PRIOR_HALF_CAUCHY:
        return half_cauchy_density(p, t, slopes);
    default:
        return lognormal_density(p, t, slopes);
    }
}

/* Burr: K B(K - 1/C, 1 + 1/C), by log Gamma. */
double scale_prior_mean(const struct scale_prior *prior) {
    const double *p = prior->parameters;
    switch (prior->kind) {
    case SCALE_PRIOR_INVERSE_GAMMA:
        return p[0] > 1 ? p[1] / (p[0] - 1) : INFINITY;
    case SCALE_PRIOR_GAMMA:
        return p[0] / p[1];
    case SCALE_PRIOR_BURR:
        return p[0] * p[1] > 1 ? exp(gamma_ratio_log_gamma(p[1] - 1 / p[0]) +
                                     gamma_ratio_log_gamma(1 + 1 / p[0]) - gamma_ratio_log_gamma(p[1]))
                               : INFINITY;
    case SCALE_PRIOR_HALF_CAUCHY:
        return INFINITY;
    default:
        return exp(p[0] + 0.5 * p[1] * p[1]);
    }
}

double scale_prior_draw(const struct scale_prior *prior, struct random_stream *stream) {
    const double *p = prior->parameters;
    switch (prior->kind) {
    case SCALE_PRIOR_INVERSE_GAMMA:
        return log(p[1]) - log(random_gamma(stream, p[0]));
    case SCALE_PRIOR_GAMMA:
        return log(random_gamma(stream, p[0])) - log(p[1]);
    case SCALE_PRIOR_BURR: /* 1 + s^C = u^(-1/K) */
        return log(expm1(-log(random_uniform(stream)) / p[1])) / p[0];
    case SCALE_PRIOR_HALF_CAUCHY:
        return 2 * log(p[0] * tan(0.5 * M_PI * random_uniform(stream)));
    default:
        return p[0] + p[1] * random_normal(stream);
    }
}
