#include "num/trigamma.h"

double trigamma(double x) {
    /* Bernoulli numbers B_2, B_4, ..., B_16: at 10 the next term is below 1e-17. */
    static const double bernoulli[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                       5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
    double sum = 0;
    for (; x < 10; x++)
        sum += 1 / (x * x);
    double square = 1 / (x * x), series = 0;
    for (int k = (int)(sizeof bernoulli / sizeof *bernoulli) - 1; k >= 0; k--)
        series = (series + bernoulli[k]) * square;
    return sum + (1 + 0.5 / x + series) / x;
}
