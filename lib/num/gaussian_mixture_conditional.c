#include "num/gaussian_mixture_conditional.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/cholesky.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_derived.h"
#include "num/gaussian_mixture_posterior.h"

static bool contains(const size_t *columns, size_t count, size_t column) {
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

static int allocate(struct gaussian_mixture_conditional *conditional, size_t components,
                    struct error *error) {
    size_t g = conditional->given_count, h = conditional->other_count, slopes, covariances;
    if (!memory_product(h, g, &slopes) || !memory_product(h, h, &covariances))
        return error_set(error, "a mixture of %zu columns does not fit in memory", g + h);
    conditional->others = memory_array(error, h, sizeof *conditional->others);
    conditional->means = memory_matrix(error, components, h, sizeof(double));
    conditional->slopes = memory_matrix(error, components, slopes, sizeof(double));
    conditional->covariances = memory_matrix(error, components, covariances, sizeof(double));
    bool done = conditional->others != NULL && conditional->means != NULL && conditional->slopes != NULL &&
                conditional->covariances != NULL;
    return done ? 0 : -1;
}

/* Component k from the Cholesky factor of its covariance with the given columns first,
 *
 *     [ L_gg      ]      B = L_hg L_gg^-1,   V = L_hh L_hh^T,
 *     [ L_hg L_hh ]
 *
 * where V, a sum of products and no difference, stays positive definite.
 *
 *   order  the given columns, then the others
 *   room   3 d^2 values */
static int condition_component(struct gaussian_mixture_conditional *conditional,
                               const struct gaussian_mixture *mixture, size_t k, const size_t *order,
                               double *room, struct error *error) {
    size_t d = mixture->dimensions, g = conditional->given_count, h = conditional->other_count;
    double *covariance = room, *factor = room + d * d, *given = factor + d * d;
    double *slopes = conditional->slopes + k * h * g, *rest = conditional->covariances + k * h * h;
    gaussian_mixture_expand_covariance(mixture, k, covariance);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            factor[i * d + j] = covariance[order[i] * d + order[j]];
    if (cholesky_factor(d, factor) > 0)
        return error_set(error, "covariances: component %zu is not positive definite", k + 1);
    for (size_t i = 0; i < g; i++)
        memcpy(given + i * g, factor + i * d, g * sizeof *given);
    for (size_t i = 0; i < h; i++)
        memcpy(slopes + i * g, factor + (g + i) * d, g * sizeof *slopes);
    blas_solve_rows(g, given, true, h, slopes);
    for (size_t i = 0; i < h; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t l = 0; l <= j; l++)
                sum += factor[(g + i) * d + g + l] * factor[(g + j) * d + g + l];
            rest[i * h + j] = rest[j * h + i] = sum;
        }
        conditional->means[k * h + i] = mixture->means[k * d + order[g + i]];
    }
    return 0;
}

static int condition_all(struct gaussian_mixture_conditional *conditional,
                         const struct gaussian_mixture *mixture, const size_t *given, struct error *error) {
    size_t d = mixture->dimensions, g = conditional->given_count, placed = 0;
    double *room = memory_matrix(error, 3 * d, d, sizeof *room);
    size_t *order = memory_array(error, d, sizeof *order);
    int status = room == NULL || order == NULL ? -1 : blas_load_for(d, error);
    if (status == 0) {
        memcpy(order, given, g * sizeof *order);
        for (size_t j = 0; j < d; j++)
            if (!contains(given, g, j))
                order[g + placed++] = j;
        memcpy(conditional->others, order + g, placed * sizeof *order);
    }
    for (size_t k = 0; status == 0 && k < mixture->components; k++)
        status = condition_component(conditional, mixture, k, order, room, error);
    free(room);
    free(order);
    return status;
}

int gaussian_mixture_conditional_create(struct gaussian_mixture_conditional *conditional,
                                        const struct gaussian_mixture *mixture, const size_t *given,
                                        size_t count, struct error *error) {
    *conditional = (struct gaussian_mixture_conditional){.given_count = count};
    conditional->marginal = gaussian_mixture_derived_marginal(mixture, given, count, error);
    if (conditional->marginal == NULL)
        return -1;
    if (count == mixture->dimensions)
        error_set_usage(error, "all columns are given: none is left to be told");
    else {
        conditional->other_count = mixture->dimensions - count;
        if (allocate(conditional, mixture->components, error) == 0 &&
            condition_all(conditional, mixture, given, error) == 0)
            return 0;
    }
    gaussian_mixture_conditional_free(conditional);
    return -1;
}

size_t gaussian_mixture_conditional_workspace(const struct gaussian_mixture_conditional *conditional,
                                              size_t rows) {
    return rows * conditional->marginal->components + conditional->given_count +
           gaussian_mixture_density_workspace(conditional->marginal);
}

/* m_ki; shift: x - mu_kg */
static double component_mean(const struct gaussian_mixture_conditional *conditional, size_t k, size_t i,
                             const double *shift) {
    size_t g = conditional->given_count, h = conditional->other_count;
    const double *slope = conditional->slopes + (k * h + i) * g;
    double sum = 0;
    for (size_t j = 0; j < g; j++)
        sum += slope[j] * shift[j];
    return conditional->means[k * h + i] + sum;
}

/* Takes component k into the running means and variances (West 1979, Comm. ACM 22); total: sum of the
 * weights so far, this one among them. */
static void add_component(const struct gaussian_mixture_conditional *conditional, size_t k, double weight,
                          double total, const double *shift, double *result) {
    size_t h = conditional->other_count;
    double step = weight / total;
    for (size_t i = 0; i < h; i++) {
        double variance = conditional->covariances[(k * h + i) * h + i];
        double difference = component_mean(conditional, k, i, shift) - result[2 * i];
        result[2 * i] += step * difference;
        if (step == 1)
            result[2 * i + 1] = variance;
        else
            result[2 * i + 1] += step * (variance - result[2 * i + 1] + (1 - step) * difference * difference);
    }
}

static void subtract(size_t count, const double *a, const double *b, double *difference) {
    for (size_t j = 0; j < count; j++)
        difference[j] = a[j] - b[j];
}

void gaussian_mixture_conditional_rows(const struct gaussian_mixture_conditional *conditional, size_t rows,
                                       const double *points, double *results, double *workspace) {
    const struct gaussian_mixture *marginal = conditional->marginal;
    size_t g = conditional->given_count, h = conditional->other_count, components = marginal->components;
    double *weights = workspace, *shift = weights + rows * components;
    gaussian_mixture_density_terms(marginal, rows, points, weights, shift + g);
    gaussian_mixture_posterior_rows(marginal, rows, weights, NULL);
    memset(results, 0, rows * 2 * h * sizeof *results);
    for (size_t row = 0; row < rows; row++) {
        double total = 0;
        for (size_t k = 0; k < components; k++) {
            double weight = weights[row * components + k];
            if (weight == 0)
                continue;
            total += weight;
            subtract(g, points + row * g, marginal->means + k * g, shift);
            add_component(conditional, k, weight, total, shift, results + row * 2 * h);
        }
    }
}

struct gaussian_mixture *
gaussian_mixture_conditional_mixture(const struct gaussian_mixture_conditional *conditional,
                                     const double *point, struct error *error) {
    const struct gaussian_mixture *marginal = conditional->marginal;
    size_t g = conditional->given_count, h = conditional->other_count, components = marginal->components;
    double *workspace =
        memory_array(error, gaussian_mixture_conditional_workspace(conditional, 1), sizeof *workspace);
    struct gaussian_mixture *mixture =
        workspace == NULL ? NULL : gaussian_mixture_create(components, h, GAUSSIAN_MIXTURE_FULL, error);
    if (mixture == NULL) {
        free(workspace);
        return NULL;
    }
    gaussian_mixture_density_terms(marginal, 1, point, mixture->weights, workspace);
    gaussian_mixture_posterior_rows(marginal, 1, mixture->weights, NULL);
    for (size_t k = 0; k < components; k++) {
        subtract(g, point, marginal->means + k * g, workspace);
        for (size_t i = 0; i < h; i++)
            mixture->means[k * h + i] = component_mean(conditional, k, i, workspace);
    }
    memcpy(mixture->covariances, conditional->covariances, components * h * h * sizeof(double));
    free(workspace);
    int status = 0;
    if (isnan(mixture->weights[0]))
        status = error_set(error, "the given values are too far from every component");
    if (status == 0 && gaussian_mixture_prepare(mixture, error) == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

void gaussian_mixture_conditional_free(struct gaussian_mixture_conditional *conditional) {
    gaussian_mixture_free(conditional->marginal);
    free(conditional->others);
    free(conditional->means);
    free(conditional->slopes);
    free(conditional->covariances);
    *conditional = (struct gaussian_mixture_conditional){0};
}
