#include "num/student_t.h"

#include <math.h>
#include <stdbool.h>

#include "num/brent.h"
#include "num/gamma_ratio.h"
#include "num/incomplete_beta.h"
#include "num/normal_quantile.h"

static const double expanded_from = 1e5;

double student_t_log_density(double df, double dimensions, double square) {
    return gamma_ratio_log(0.5 * df, 0.5 * dimensions) - 0.5 * dimensions * log(df * M_PI) -
           0.5 * (df + dimensions) * log1p(square / df);
}

/* t^2 / (df + t^2) and df / (df + t^2), whatever the size of t. */
static void split(double df, double t, double *far, double *near) {
    double ratio = t / df * t;
    *near = 1 / (1 + ratio);
    *far = isinf(ratio) ? 1 : ratio * *near;
}

/* P(0 < T < t) for t >= 0 */
static double central(double df, double t) {
    double far, near;
    split(df, t, &far, &near);
    return 0.5 * incomplete_beta(0.5, 0.5 * df, far, near);
}

double student_t_upper(double df, double t) {
    double far, near;
    split(df, t, &far, &near);
    double half = 0.5 * incomplete_beta(0.5 * df, 0.5, near, far);
    return t >= 0 ? half : 1 - half;
}

struct goal {
    double df, mass;
    bool tail; /* mass is beyond t, else between 0 and t */
};

static double excess(void *context, double log_t) {
    const struct goal *goal = context;
    double t = exp(log_t);
    return goal->tail ? log(goal->mass / student_t_upper(goal->df, t))
                      : log(central(goal->df, t) / goal->mass);
}

static double expand(double df, double z) {
    double s = z * z;
    return z * (1 + ((s + 1) / 4 +
                     (((5 * s + 16) * s + 3) / 96 + (((3 * s + 19) * s + 17) * s - 15) / (384 * df)) / df) /
                        df);
}

double student_t_quantile(double df, double p) {
    if (!(p > 0 && p < 1) || p == 0.5 || df >= expanded_from)
        return expand(df, normal_quantile(p));
    double small = p < 0.5 ? p : 1 - p;
    struct goal goal = {df, small, true};
    if (small > 0.25)
        goal = (struct goal){df, 0.5 - small, false};
    double lower = -1, upper = 1;
    while (excess(&goal, lower) > 0)
        lower -= 8;
    while (excess(&goal, upper) < 0 && upper < 700)
        upper += 8;
    double t = exp(brent_root(excess, &goal, lower, upper, 1e-16).x);
    return p < 0.5 ? -t : t;
}
