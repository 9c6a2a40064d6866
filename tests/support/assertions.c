#include "support/assertions.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Equal, or both nan: what no tolerance is needed for. */
static bool matches(double actual, double expected) {
    return actual == expected || (isnan(actual) && isnan(expected));
}

static void report(double actual, double expected, double distance, double tolerance, const char *text,
                   const char *file, int line) {
    print_error("%s is %.17g, expected %.17g: off by %.3g, allowed %.3g\n", text, actual, expected, distance,
                tolerance);
    _fail(file, line);
}

void assertions_close(double actual, double expected, double tolerance, const char *text, const char *file,
                      int line) {
    if (matches(actual, expected))
        return;
    double distance = fabs(actual - expected) / fabs(expected);
    if (!isfinite(expected) || !(distance <= tolerance))
        report(actual, expected, distance, tolerance, text, file, line);
}

void assertions_within(double actual, double expected, double tolerance, const char *text, const char *file,
                       int line) {
    if (matches(actual, expected))
        return;
    double distance = fabs(actual - expected);
    if (!isfinite(expected) || !(distance <= tolerance))
        report(actual, expected, distance, tolerance, text, file, line);
}

/* Doubles in their order as unsigned integers: -inf lowest, -0 just below 0. */
static uint64_t ordinal(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (UINT64_C(1) << 63);
}

uint64_t assertions_distance(double a, double b) {
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : UINT64_MAX;
    uint64_t x = ordinal(a), y = ordinal(b);
    return x > y ? x - y : y - x;
}

void assertions_ulps(double actual, double expected, uint64_t ulps, const char *text, const char *file,
                     int line) {
    uint64_t distance = assertions_distance(actual, expected);
    if (distance > ulps || (isinf(expected) && distance != 0))
        report(actual, expected, (double)distance, (double)ulps, text, file, line);
}

void assertions_same_bits(const double *actual, const double *expected, size_t count, const char *text,
                          const char *file, int line) {
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&actual[i], &expected[i], sizeof actual[i]) == 0)
            continue;
        print_error("%s[%zu] is %.17g, expected the bits of %.17g\n", text, i, actual[i], expected[i]);
        _fail(file, line);
    }
}
