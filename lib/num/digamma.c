#include "num/digamma.h"

#include <math.h>

static const double ASYMPTOTIC_FROM = 10;

/* log x - 1/(2x) - sum B_2k / (2k x^2k); the first term left out is below 1e-16 from x = 10 on. */
static double asymptotic(double x) {
    double z = 1 / (x * x);
    double series =
        z * (1.0 / 12 - z * (1.0 / 120 -
                             z * (1.0 / 252 -
                                  z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12)))))));
    return log(x) - 0.5 / x - series;
}

double digamma(double x) {
    if (!(x > 0))
        return x == 0 ? -INFINITY : NAN;
    double reciprocals = 0;
    for (; x < ASYMPTOTIC_FROM; x += 1)
        reciprocals += 1 / x;
    return x == INFINITY ? x : asymptotic(x) - reciprocals;
}
