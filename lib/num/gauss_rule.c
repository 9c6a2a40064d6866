#include "num/gauss_rule.h"

#include <math.h>
#include <string.h>

#include "num/tridiagonal_eigen.h"

/* A symmetric tridiagonal matrix; beside[k] is entry (k, k + 1). */
struct tridiagonal {
    size_t order;
    double diagonal[GAUSS_RULE_MAX], beside[GAUSS_RULE_MAX];
};

/* Eigenvalues, ascending, and eigenvectors as rows. */
struct spectrum {
    double values[GAUSS_RULE_MAX], vectors[GAUSS_RULE_MAX][GAUSS_RULE_MAX];
};

static void find_spectrum(const struct tridiagonal *matrix, struct spectrum *spectrum) {
    double full[GAUSS_RULE_MAX * GAUSS_RULE_MAX] = {0}, vectors[GAUSS_RULE_MAX * GAUSS_RULE_MAX];
    double values[GAUSS_RULE_MAX], off[GAUSS_RULE_MAX];
    size_t n = matrix->order;
    for (size_t k = 0; k < n; k++) {
        full[k * n + k] = matrix->diagonal[k];
        if (k + 1 < n)
            full[k * n + k + 1] = full[(k + 1) * n + k] = matrix->beside[k];
    }
    tridiagonal_eigen(n, full, values, vectors, off);
    for (size_t k = 0; k < n; k++) {
        size_t rank = 0; /* eigenvalues of such a matrix are distinct */
        for (size_t l = 0; l < n; l++)
            rank += values[l] < values[k] || (l < k && values[l] == values[k]);
        spectrum->values[rank] = values[k];
        memcpy(spectrum->vectors[rank], vectors + k * n, n * sizeof *vectors);
    }
}

void gauss_rule_normal(size_t count, double *nodes, double *weights) {
    struct tridiagonal matrix = {.order = count};
    struct spectrum spectrum;
    for (size_t k = 0; k + 1 < count; k++)
        matrix.beside[k] = sqrt((double)(k + 1));
    find_spectrum(&matrix, &spectrum);
    for (size_t k = 0; k < count; k++) { /* symmetric, which rounding must not hide */
        size_t mirror = count - 1 - k;
        double left = spectrum.vectors[k][0], right = spectrum.vectors[mirror][0];
        nodes[k] = 0.5 * (spectrum.values[k] - spectrum.values[mirror]);
        weights[k] = 0.5 * (left * left + right * right);
    }
}

/* x' M y */
static double form(const struct tridiagonal *matrix, const double *x, const double *y) {
    double sum = 0;
    for (size_t k = 0; k < matrix->order; k++) {
        sum += matrix->diagonal[k] * x[k] * y[k];
        if (k + 1 < matrix->order)
            sum += matrix->beside[k] * (x[k] * y[k + 1] + x[k + 1] * y[k]);
    }
    return sum;
}

/* First-order perturbation: t_k' = v_k' M v_k, v_k' = sum_l v_l (v_l' M v_k) / (t_k - t_l). */
static void find_slopes(const struct tridiagonal *slope, const struct spectrum *spectrum, double *nodes,
                        double *weights) {
    for (size_t k = 0; k < slope->order; k++) {
        const double *own = spectrum->vectors[k];
        double first = 0;
        nodes[k] = form(slope, own, own);
        for (size_t l = 0; l < slope->order; l++)
            if (l != k)
                first += spectrum->vectors[l][0] * form(slope, spectrum->vectors[l], own) /
                         (spectrum->values[k] - spectrum->values[l]);
        weights[k] = 2 * own[0] * first;
    }
}

void gauss_rule_gamma(double shape, size_t count, double *nodes, double *weights, double *node_slopes,
                      double *weight_slopes) {
    struct tridiagonal matrix = {.order = count}, slope = {.order = count};
    struct spectrum spectrum;
    for (size_t k = 0; k < count; k++) {
        double step = (double)(k + 1);
        matrix.diagonal[k] = 2 * (double)k + shape;
        slope.diagonal[k] = 1;
        matrix.beside[k] = sqrt(step * (step - 1 + shape));
        slope.beside[k] = 0.5 * sqrt(step / (step - 1 + shape));
    }
    find_spectrum(&matrix, &spectrum);
    for (size_t k = 0; k < count; k++) {
        nodes[k] = spectrum.values[k];
        weights[k] = spectrum.vectors[k][0] * spectrum.vectors[k][0];
    }
    if (node_slopes != NULL && weight_slopes != NULL)
        find_slopes(&slope, &spectrum, node_slopes, weight_slopes);
}
