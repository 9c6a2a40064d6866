#include "num/incomplete_beta.h"

#include <float.h>
#include <math.h>

#include "num/gamma_ratio.h"

/* The terms needed grow as the root of a + b: enough for 1e10. */
enum { TERMS_MAX = 1 << 20 };

static double away_from_zero(double value) {
    return fabs(value) < DBL_MIN / DBL_EPSILON ? DBL_MIN / DBL_EPSILON : value;
}

/* 1 / (1 + d_1 / (1 + d_2 / ...)) */
static double fraction(double a, double b, double x) {
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < TERMS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        double step = c * d;
        value *= step;
        if (fabs(step - 1) < DBL_EPSILON)
            break;
    }
    return value;
}

/* x^a (1 - x)^b / (a B(a, b)) times the fraction. */
static double tail(double a, double b, double x, double complement) {
    double front = a * log(x) + b * log(complement) + gamma_ratio_log(a > b ? a : b, a > b ? b : a) -
                   gamma_ratio_log_gamma(a > b ? b : a);
    return exp(front) / a * fraction(a, b, x);
}

double incomplete_beta(double a, double b, double x, double complement) {
    if (!(x > 0))
        return isnan(x) ? x : 0;
    if (!(complement > 0))
        return 1;
    if (x < (a + 1) / (a + b + 2))
        return tail(a, b, x, complement);
    return 1 - tail(b, a, complement, x);
}
