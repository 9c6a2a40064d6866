#include "io/plot_ticks.h"

#include <math.h>

/* The smallest round number of at least `least` > 0. */
static double round_step(double least) {
    double power = pow(10, floor(log10(least))), rest = least / power;
    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

static size_t linear(const struct plot_axis *axis, size_t wanted, double *values) {
    double span = axis->high - axis->low, step = round_step(span / (double)wanted);
    double slack = 1e-9 * step;
    size_t count = 0;
    if (!(step > 0) || !isfinite(span))
        return 0;
    for (double k = ceil((axis->low - slack) / step); count < wanted && k * step <= axis->high + slack; k++) {
        if (count > 0 && k * step == values[count - 1])
            break;                        /* steps are lost beside such large numbers */
        values[count++] = k * step + 0.0; /* never -0 */
    }
    return count;
}

size_t plot_ticks(const struct plot_axis *axis, size_t wanted, double values[PLOT_TICKS_MAX]) {
    wanted = wanted < PLOT_TICKS_MAX ? wanted : PLOT_TICKS_MAX;
    double first = axis->logarithmic ? ceil(log10(axis->low) - 1e-9) : 0;
    double last = axis->logarithmic ? floor(log10(axis->high) + 1e-9) : 0;
    if (!axis->logarithmic || last - first < 1)
        return wanted > 0 ? linear(axis, wanted, values) : 0;
    double step = ceil((last - first + 1) / (double)wanted);
    size_t count = 0;
    for (double exponent = first; exponent <= last && count < wanted; exponent += step)
        values[count++] = pow(10, exponent);
    return count;
}
