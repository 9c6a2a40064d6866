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

/* Powers of ten, or where there are fewer than three of them 1, 2 and 5 times each; only every n-th power
 * where that is still too many. */
static size_t logarithmic(const struct plot_axis *axis, size_t wanted, double *values) {
    double first = floor(log10(axis->low)), last = floor(log10(axis->high) + 1e-9);
    static const double factors[] = {1, 2, 5};
    size_t count = 0, used = last - first < 3 ? 3 : 1;
    double step = fmax(1, ceil((last - first) / (double)wanted));
    for (double exponent = first; exponent <= last; exponent += step) {
        for (size_t i = 0; i < used; i++) {
            double value = factors[i] * pow(10, exponent);
            if (value >= axis->low * (1 - 1e-9) && value <= axis->high * (1 + 1e-9) && count < wanted)
                values[count++] = value;
        }
    }
    return count;
}

size_t plot_ticks(const struct plot_axis *axis, size_t wanted, double values[PLOT_TICKS_MAX]) {
    wanted = wanted < PLOT_TICKS_MAX ? wanted : PLOT_TICKS_MAX;
    if (wanted == 0)
        return 0;
    size_t count = axis->logarithmic ? logarithmic(axis, wanted, values) : 0;
    return count >= 2 ? count : linear(axis, wanted, values);
}

size_t plot_ticks_step(size_t count, size_t most) {
    static const size_t factors[] = {2, 5, 10};
    size_t step = 1, power = 1;
    for (size_t k = 0; count / step > most; k++) {
        step = power * factors[k % 3];
        power = k % 3 == 2 ? step : power;
    }
    return step;
}

int plot_ticks_digits(const double *values, size_t count) {
    double digits = 1;
    for (size_t i = 1; i < count; i++) {
        double largest = fmax(fabs(values[i - 1]), fabs(values[i]));
        digits = fmax(digits, ceil(log10(largest / (values[i] - values[i - 1]))) + 1);
    }
    return (int)fmin(digits, 9);
}
