#include "density/adaptive_bandwidth.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static int evaluate_pilot(const struct kernel_density *density, const struct kernel_sums_settings *settings,
                          double *log_pilot, struct error *error) {
    struct kernel_sums *sums = kernel_sums_create(density, settings, error);
    if (sums == NULL)
        return -1;
    const struct kernel_sums_block block = {
        .count = density->count,
        .queries = density->whitened,
        .log_sum = log_pilot,
    };
    int status = kernel_sums_evaluate(sums, &block, error);
    kernel_sums_free(sums);
    return status;
}

int adaptive_bandwidth_set(struct kernel_density *density, double exponent,
                           const struct kernel_sums_settings *settings, struct error *error) {
    double log_mean = 0, *local = memory_array(error, density->count, sizeof *local);
    if (local == NULL)
        return -1;
    if (evaluate_pilot(density, settings, local, error) < 0) {
        free(local);
        return -1;
    }
    for (size_t i = 0; i < density->count; i++)
        if (density->weights[i] > 0)
            log_mean += density->weights[i] * local[i];
    for (size_t i = 0; i < density->count; i++)
        local[i] = local[i] > -INFINITY ? exp(-exponent * (local[i] - log_mean)) : 1;
    density->local = local;
    return 0;
}
