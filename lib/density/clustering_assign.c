#include "density/clustering_assign.h"

#include <math.h>

#include "base/memory.h"
#include "num/gaussian_mixture_density.h"

enum { BLOCK = 1024 };

int clustering_assign(const struct gaussian_mixture *mixture, size_t rows, const double *values, bool mixing,
                      double *terms, size_t *labels, struct error *error) {
    size_t components = mixture->components, d = mixture->dimensions;
    double *workspace = memory_array(error, gaussian_mixture_density_workspace(mixture), sizeof *workspace);
    if (workspace == NULL)
        return -1;
    for (size_t from = 0; from < rows; from += BLOCK)
        gaussian_mixture_density_terms(mixture, rows - from < BLOCK ? rows - from : BLOCK, values + from * d,
                                       terms + from * components, workspace);
    free(workspace);
    for (size_t i = 0; i < rows; i++) {
        double *row = terms + i * components;
        labels[i] = 0;
        for (size_t k = 0; k < components; k++) {
            if (!mixing && mixture->log_weights[k] > -INFINITY)
                row[k] -= mixture->log_weights[k];
            if (row[k] > row[labels[i]])
                labels[i] = k;
        }
    }
    return 0;
}

/* The row for component k. */
static size_t find_row(size_t components, size_t rows, const double *terms, const size_t *labels,
                       const size_t *sizes, size_t k) {
    size_t best = rows;
    for (size_t i = 0; i < rows; i++) {
        if (sizes[labels[i]] < 2)
            continue;
        if (best == rows || terms[i * components + k] > terms[best * components + k])
            best = i;
    }
    return best;
}

int clustering_assign_empty(size_t components, size_t rows, const double *terms, size_t *labels,
                            struct error *error) {
    size_t *sizes = memory_zeros(error, components, sizeof *sizes);
    if (sizes == NULL)
        return -1;
    for (size_t i = 0; i < rows; i++)
        sizes[labels[i]]++;
    for (size_t k = 0; k < components; k++) {
        if (sizes[k] > 0)
            continue;
        size_t row = find_row(components, rows, terms, labels, sizes, k);
        sizes[labels[row]]--;
        labels[row] = k;
        sizes[k]++;
    }
    free(sizes);
    return 0;
}
