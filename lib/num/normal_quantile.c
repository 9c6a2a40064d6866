#include "num/normal_quantile.h"

#include <math.h>

enum { STEPS_MAX = 60 };

/* The quantile for p <= 1/2. */
static double lower_half(double p) {
    double logarithm = log(p), x = p > 0.1 ? 0 : -sqrt(-2 * logarithm);
    for (int i = 0; i < STEPS_MAX; i++) {
        double below = 0.5 * erfc(-x * M_SQRT1_2); /* Phi(x) */
        double density = exp(-0.5 * x * x) / sqrt(2 * M_PI);
        double step = p > 0.1 ? (below - p) / density : (log(below) - logarithm) * below / density;
        x -= step;
        if (fabs(step) <= 1e-16 * (1 + fabs(x)))
            break;
    }
    return x;
}

double normal_quantile(double p) {
    if (p == 0 || p == 1)
        return p == 0 ? -INFINITY : INFINITY;
    if (!(p > 0 && p < 1))
        return NAN;
    return p <= 0.5 ? lower_half(p) : -lower_half(1 - p);
}
