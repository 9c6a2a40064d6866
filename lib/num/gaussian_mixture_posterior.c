#include "num/gaussian_mixture_posterior.h"

#include <math.h>

#include "base/instruction_sets.h"
#include "num/elementary.h"

static double noise_term(const struct gaussian_mixture *mixture) {
    return mixture->noise_weight > 0 ? log(mixture->noise_weight) + mixture->noise_log_density : -INFINITY;
}

/* e_k becomes exp(e_k - largest). */
INSTRUCTION_SETS static void exponentials(size_t count, double largest, double *terms) {
    for (size_t k = 0; k < count; k++)
        terms[k] = elementary_exp(terms[k] - largest);
}

void gaussian_mixture_posterior_rows(const struct gaussian_mixture *mixture, size_t rows, double *terms,
                                     double *log_density) {
    size_t components = mixture->components;
    double noise = noise_term(mixture);
    for (size_t i = 0; i < rows; i++) {
        double *term = terms + i * components, largest = noise;
        for (size_t k = 0; k < components; k++)
            largest = term[k] > largest ? term[k] : largest;
        if (log_density != NULL)
            log_density[i] = largest;
        exponentials(components, largest, term);
        double sum = noise > -INFINITY ? elementary_exp(noise - largest) : 0;
        for (size_t k = 0; k < components; k++)
            sum += term[k];
        for (size_t k = 0; k < components; k++)
            term[k] /= sum;
        if (log_density != NULL && largest > -INFINITY)
            log_density[i] = largest + elementary_log(sum);
    }
}

void gaussian_mixture_posterior_labels(const struct gaussian_mixture *mixture, size_t rows,
                                       const double *terms, size_t stride, double *labels) {
    size_t components = mixture->components;
    double noise = noise_term(mixture);
    for (size_t i = 0; i < rows; i++) {
        const double *term = terms + i * components;
        size_t best = 0;
        for (size_t k = 1; k < components; k++)
            if (term[k] > term[best])
                best = k;
        if (noise == -INFINITY && term[best] == -INFINITY)
            labels[i * stride] = NAN;
        else
            labels[i * stride] = noise > term[best] ? 0 : (double)(best + 1);
    }
}
