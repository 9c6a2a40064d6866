#include "density/kernel.h"

#include <math.h>

const char *const kernel_names[] = {"gaussian",   "epanechnikov", "biweight",    "triweight", "uniform",
                                    "triangular", "cosine",       "exponential", NULL};
const char *const kernel_form_names[] = {"radial", "product", NULL};

#define QUARTER_TURN (M_PI / 2)

/* What the constant, the variance and the roughness of a radial kernel are made of. */
struct profile_integrals {
    double log_mass;   /* log int_0^1 r^(d-1) k(r) dr */
    double log_square; /* log int r^(d-1) k(r)^2 dr */
    double variance;   /* int r^(d+1) k / (d int r^(d-1) k) */
};

static double log_beta(double a, double b) {
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* log of the unit sphere's surface in d dimensions, 2 for d = 1 */
static double log_surface(double d) {
    return log(2) + d / 2 * log(M_PI) - lgamma(d / 2);
}

/* int_0^1 r^n cos(pi r/2) dr, as int (1-u)^n sin(pi u/2) du, term by term: the series in r would cancel. */
static double cosine_moment(double n) {
    double term = QUARTER_TURN / ((n + 1) * (n + 2)), sum = 0;
    for (double k = 0; fabs(term) > 1e-18 * sum; k++) {
        sum += term;
        term *= -QUARTER_TURN * QUARTER_TURN / ((n + 2 * k + 3) * (n + 2 * k + 4));
    }
    return sum;
}

/* int_0^1 r^n cos(pi r/2)^2 dr, the same way. */
static double cosine_square_moment(double n) {
    double term = M_PI * M_PI / 2 / ((n + 1) * (n + 2) * (n + 3)), sum = 0;
    for (double k = 1; fabs(term) > 1e-18 * sum; k++) {
        sum += term;
        term *= -M_PI * M_PI / ((n + 2 * k + 2) * (n + 2 * k + 3));
    }
    return sum;
}

/* p of (1 - r^2)^p, or -1 */
static int polynomial_degree(enum kernel_name name) {
    switch (name) {
    case KERNEL_UNIFORM:
        return 0;
    case KERNEL_EPANECHNIKOV:
        return 1;
    case KERNEL_BIWEIGHT:
        return 2;
    case KERNEL_TRIWEIGHT:
        return 3;
    default:
        return -1;
    }
}

static struct profile_integrals integrate_profile(enum kernel_name name, double d) {
    double p = polynomial_degree(name);
    if (p >= 0) /* r^2 is Beta(d/2, p+1) */
        return (struct profile_integrals){log_beta(d / 2, p + 1) - log(2),
                                          log_beta(d / 2, 2 * p + 1) - log(2), 1 / (d + 2 * p + 2)};
    if (name == KERNEL_TRIANGULAR) /* r is Beta(d, 2) */
        return (struct profile_integrals){-log(d * (d + 1)), log(2 / (d * (d + 1) * (d + 2))),
                                          (d + 1) / ((d + 2) * (d + 3))};
    if (name == KERNEL_COSINE)
        return (struct profile_integrals){log(cosine_moment(d - 1)), log(cosine_square_moment(d - 1)),
                                          cosine_moment(d + 1) / (d * cosine_moment(d - 1))};
    if (name == KERNEL_EXPONENTIAL) /* r is Gamma(d) */
        return (struct profile_integrals){lgamma(d), lgamma(d) - d * log(2), d + 1};
    double log_mass = (d / 2 - 1) * log(2) + lgamma(d / 2);
    return (struct profile_integrals){log_mass, log_mass - d / 2 * log(2), 1};
}

/* log R(K), R the integral of K^2 */
static double log_roughness(const struct kernel *kernel) {
    double d = kernel->form == KERNEL_PRODUCT ? 1 : (double)kernel->dimensions;
    double factors = kernel->form == KERNEL_PRODUCT ? (double)kernel->dimensions : 1;
    struct profile_integrals integrals = integrate_profile(kernel->name, d);
    return factors * (integrals.log_square - 2 * integrals.log_mass - log_surface(d));
}

struct kernel kernel_make(enum kernel_name name, enum kernel_form form, size_t dimensions) {
    struct kernel kernel = {.name = name, .form = form, .dimensions = dimensions};
    if (name == KERNEL_GAUSSIAN || dimensions == 1)
        kernel.form = KERNEL_RADIAL;
    double d = (double)dimensions;
    if (name == KERNEL_GAUSSIAN)
        kernel.log_constant = -d / 2 * log(2 * M_PI);
    else if (kernel.form == KERNEL_PRODUCT)
        kernel.log_constant = d * kernel_make(name, KERNEL_RADIAL, 1).log_constant;
    else
        kernel.log_constant = -integrate_profile(name, d).log_mass - log_surface(d);
    return kernel;
}

bool kernel_compact(enum kernel_name name) {
    return name != KERNEL_GAUSSIAN && name != KERNEL_EXPONENTIAL;
}

double kernel_profile(enum kernel_name name, double squared) {
    if (kernel_compact(name) && !(squared <= KERNEL_RIM))
        return 0;
    if (kernel_compact(name) && squared > 1)
        squared = 1;
    double rest = 1 - squared;
    switch (name) {
    case KERNEL_GAUSSIAN:
        return exp(-squared / 2);
    case KERNEL_EPANECHNIKOV:
        return rest;
    case KERNEL_BIWEIGHT:
        return rest * rest;
    case KERNEL_TRIWEIGHT:
        return rest * rest * rest;
    case KERNEL_UNIFORM:
        return 1;
    case KERNEL_TRIANGULAR:
        return 1 - sqrt(squared);
    case KERNEL_COSINE:
        return sin(QUARTER_TURN * (1 - sqrt(squared))); /* 0, not 6e-17, at the rim */
    default:
        return exp(-sqrt(squared));
    }
}

double kernel_log_profile(enum kernel_name name, double squared) {
    if (name == KERNEL_GAUSSIAN)
        return -squared / 2;
    if (name == KERNEL_EXPONENTIAL)
        return -sqrt(squared);
    return log(kernel_profile(name, squared));
}

double kernel_log_slope(enum kernel_name name, double squared) {
    if (name == KERNEL_GAUSSIAN)
        return -0.5;
    int p = polynomial_degree(name);
    if (p == 0 || (kernel_compact(name) && !(squared <= 1)))
        return 0;
    if (p > 0)
        return -p / (1 - squared);
    if (squared == 0)
        return name == KERNEL_COSINE ? -QUARTER_TURN * QUARTER_TURN / 2 : 0;
    double r = sqrt(squared);
    if (name == KERNEL_TRIANGULAR)
        return -1 / (2 * r * (1 - r));
    if (name == KERNEL_COSINE)
        return -QUARTER_TURN * tan(QUARTER_TURN * r) / (2 * r);
    return -1 / (2 * r);
}

double kernel_log_value(const struct kernel *kernel, const double *z) {
    double sum = 0;
    for (size_t i = 0; i < kernel->dimensions; i++)
        sum += kernel->form == KERNEL_PRODUCT ? kernel_log_profile(kernel->name, z[i] * z[i]) : z[i] * z[i];
    if (kernel->form == KERNEL_RADIAL)
        sum = kernel_log_profile(kernel->name, sum);
    return kernel->log_constant + sum;
}

double kernel_variance(const struct kernel *kernel) {
    return integrate_profile(kernel->name, kernel->form == KERNEL_PRODUCT ? 1 : (double)kernel->dimensions)
        .variance;
}

double kernel_canonical_ratio(const struct kernel *kernel) {
    if (kernel->name == KERNEL_GAUSSIAN)
        return 1;
    double d = (double)kernel->dimensions;
    double log_gaussian_roughness = -d / 2 * log(4 * M_PI);
    return exp((log_roughness(kernel) - 2 * log(kernel_variance(kernel)) - log_gaussian_roughness) / (d + 4));
}
