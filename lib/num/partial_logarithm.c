#include "num/partial_logarithm.h"

#include <assert.h>
#include <math.h>

#include "num/elementary.h"

void partial_logarithm_set(struct partial_sum *sum, size_t i, double logarithm, double carry) {
    assert(i < sum->count && sum->exponents != NULL);
    double *value = &sum->words[i];
    for (size_t word = 1; word < sum->word_count; word++)
        sum->words[word * sum->count + i] = 0;
    sum->exponents[i] = 0;
    if (!isfinite(logarithm)) {
        *value = elementary_exp(logarithm); /* 0, inf, nan */
        return;
    }
    double exponent = floor(logarithm * ELEMENTARY_LOG2_E);
    double rest = (logarithm - exponent * ELEMENTARY_LN2_HIGH) - exponent * ELEMENTARY_LN2_LOW;
    *value = elementary_exp(rest + carry);
    sum->exponents[i] = exponent;
}

double partial_logarithm_value(const struct partial_sum *sum, size_t i) {
    assert(i < sum->count && sum->exponents != NULL);
    double exponent = sum->exponents[i];
    double logarithm = elementary_log(sum->words[i]);
    if (!isfinite(logarithm))
        return logarithm;
    return exponent * ELEMENTARY_LN2_HIGH + (exponent * ELEMENTARY_LN2_LOW + logarithm);
}
