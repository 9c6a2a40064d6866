#include "divergence/mixture_bounds.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "divergence/gaussian_divergence.h"
#include "num/cholesky.h"
#include "num/vector.h"

static const double LOG_TWO_PI = 1.8378770664093454836;
/* The alternation descends, and each of its values is a bound: it may stop anywhere. Many components get
 * fewer steps, some seconds of work in all. */
static const double ALTERNATION_TOLERANCE = 1e-13;
enum { ALTERNATIONS_MIN = 100, ALTERNATIONS_MAX = 20000, ALTERNATION_WORK = 2000000000 };

/* One table of pairs of components: divergences D_ab, or logs of products z_ab. */
struct table {
    const struct gaussian_mixture *f, *g;
    bool products;
    double *values; /* K_f x K_g, written */
    double *workspaces;
    size_t workspace_size; /* of one thread */
};

/* z_ab = log N(mu_a; nu_b, S_a + T_b); nan where the sum of the covariances overflows. */
static double log_product(const struct table *table, size_t a, size_t b, double *workspace) {
    size_t d = table->f->dimensions;
    double *sum = workspace, *other = workspace + d * d, *shift = other + d * d;
    gaussian_mixture_expand_covariance(table->f, a, sum);
    gaussian_mixture_expand_covariance(table->g, b, other);
    for (size_t i = 0; i < d * d; i++)
        sum[i] += other[i];
    for (size_t i = 0; i < d; i++)
        shift[i] = table->f->means[a * d + i] - table->g->means[b * d + i];
    if (cholesky_factor(d, sum) > 0)
        return NAN;
    cholesky_solve_lower(d, sum, 1, shift);
    double square = 0;
    for (size_t i = 0; i < d; i++)
        square += shift[i] * shift[i];
    return -0.5 * ((double)d * LOG_TWO_PI + cholesky_log_determinant(d, sum) + square);
}

static double divergence(const struct table *table, size_t a, size_t b, double *workspace) {
    size_t d = table->f->dimensions;
    double *factor_a = workspace, *factor_b = workspace + d * d;
    gaussian_mixture_expand_factor(table->f, a, factor_a);
    gaussian_mixture_expand_factor(table->g, b, factor_b);
    return gaussian_divergence_from_factors(d, table->f->means + a * d, factor_a, table->g->means + b * d,
                                            factor_b, factor_b + d * d);
}

/* parallel_body: row a of a table. */
static void fill_row(void *context, size_t a, size_t worker) {
    const struct table *table = context;
    double *workspace = table->workspaces + worker * table->workspace_size;
    for (size_t b = 0; b < table->g->components; b++)
        table->values[a * table->g->components + b] =
            table->products ? log_product(table, a, b, workspace) : divergence(table, a, b, workspace);
}

/* A table of K_f x K_g values, or NULL where memory fails. */
static double *make_table(const struct gaussian_mixture *f, const struct gaussian_mixture *g, bool products,
                          size_t threads, struct error *error) {
    size_t d = f->dimensions;
    struct table table = {.f = f, .g = g, .products = products};
    table.workspace_size = 2 * d * d + GAUSSIAN_DIVERGENCE_WORKSPACE(d);
    table.values = memory_matrix(error, f->components, g->components, sizeof(double));
    table.workspaces = memory_matrix(error, threads, table.workspace_size, sizeof(double));
    if (table.values == NULL || table.workspaces == NULL) {
        free(table.values);
        table.values = NULL;
    } else {
        parallel_for(threads, f->components, fill_row, &table);
    }
    free(table.workspaces);
    return table.values;
}

/* LSE_b(log v_b + sign x_b) */
static double weighted_log_sum(const struct gaussian_mixture *g, double sign, const double *row) {
    double largest = -INFINITY, sum = 0;
    for (size_t b = 0; b < g->components; b++)
        largest = fmax(largest, g->log_weights[b] + sign * row[b]);
    if (largest == -INFINITY)
        return -INFINITY;
    for (size_t b = 0; b < g->components; b++)
        sum += exp(g->log_weights[b] + sign * row[b] - largest);
    return largest + log(sum);
}

/* H_a = log |2 pi e S_a| / 2 */
static double entropy(const struct gaussian_mixture *f, size_t a) {
    return 0.5 * (double)f->dimensions - f->normalisers[a];
}

/* The four that differ in which tables they take: sum w_a [LSE over f + entropy_sign H_a - LSE over g]. */
static int log_sum_forms(enum mixture_bounds_method method, const struct gaussian_mixture *f,
                         const struct gaussian_mixture *g, size_t threads, double *result,
                         struct error *error) {
    bool own_products = method == MIXTURE_BOUNDS_PRODUCT || method == MIXTURE_BOUNDS_UPPER;
    bool other_products = method == MIXTURE_BOUNDS_PRODUCT || method == MIXTURE_BOUNDS_LOWER;
    double entropy_sign = (own_products ? 1 : 0) - (other_products ? 1 : 0);
    double *own = make_table(f, f, own_products, threads, error);
    double *other = own != NULL ? make_table(f, g, other_products, threads, error) : NULL;
    if (other == NULL) {
        free(own);
        return -1;
    }
    double sum = 0;
    for (size_t a = 0; a < f->components; a++) {
        if (f->weights[a] == 0)
            continue;
        double from_f = weighted_log_sum(f, own_products ? 1 : -1, own + a * f->components);
        double from_g = weighted_log_sum(g, other_products ? 1 : -1, other + a * g->components);
        sum += f->weights[a] * (from_f + entropy_sign * entropy(f, a) - from_g);
    }
    free(own);
    free(other);
    *result = sum;
    return 0;
}

static int matched(const struct gaussian_mixture *f, const struct gaussian_mixture *g, size_t threads,
                   double *result, struct error *error) {
    double *table = make_table(f, g, false, threads, error);
    if (table == NULL)
        return -1;
    double sum = 0;
    for (size_t a = 0; a < f->components; a++) {
        double least = INFINITY;
        for (size_t b = 0; b < g->components; b++)
            least = fmin(least, table[a * g->components + b] - g->log_weights[b]);
        if (f->weights[a] > 0)
            sum += f->weights[a] * (least + f->log_weights[a]);
    }
    free(table);
    *result = sum;
    return 0;
}

/* phi_ab = w_a psi_ab e^(-D_ab) / Z_a, Z_a = sum_b psi_ab e^(-D_ab). With this phi the objective is
 * sum_a w_a log(w_a / Z_a), which is returned. psi and phi share an array. */
static double update_phi(const struct gaussian_mixture *f, size_t columns, const double *affinity,
                         const double *least, double *phi) {
    double objective = 0;
    for (size_t a = 0; a < f->components; a++) {
        double *row = phi + a * columns, z = 0;
        if (f->weights[a] == 0)
            continue;
        for (size_t b = 0; b < columns; b++) {
            row[b] *= affinity[a * columns + b];
            z += row[b];
        }
        for (size_t b = 0; b < columns; b++)
            row[b] *= f->weights[a] / z;
        objective += f->weights[a] * (f->log_weights[a] - log(z) + least[a]);
    }
    return objective;
}

/* psi_ab = v_b phi_ab / sum_a phi_ab */
static void update_psi(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double *phi) {
    size_t columns = g->components;
    for (size_t b = 0; b < columns; b++) {
        double sum = 0;
        for (size_t a = 0; a < f->components; a++)
            sum += phi[a * columns + b];
        for (size_t a = 0; sum > 0 && a < f->components; a++)
            phi[a * columns + b] *= g->weights[b] / sum;
    }
}

static int variational_upper(const struct gaussian_mixture *f, const struct gaussian_mixture *g,
                             size_t threads, double *result, struct error *error) {
    size_t rows = f->components, columns = g->components;
    double *affinity = make_table(f, g, false, threads, error);
    double *phi = memory_matrix(error, rows, columns, sizeof *phi);
    double *least = memory_array(error, rows, sizeof *least);
    int status = affinity != NULL && phi != NULL && least != NULL ? 0 : -1;
    if (status < 0)
        goto done;
    /* e^-(D_ab - min_b D_ab): a factor for each a falls out of phi, and its log is put back. */
    for (size_t a = 0; a < rows; a++) {
        double *row = affinity + a * columns;
        least[a] = INFINITY;
        for (size_t b = 0; b < columns; b++)
            least[a] = g->weights[b] > 0 ? fmin(least[a], row[b]) : least[a];
        for (size_t b = 0; b < columns; b++) {
            row[b] = exp(least[a] - row[b]);
            phi[a * columns + b] = f->weights[a] * g->weights[b];
        }
    }
    double before = INFINITY, affordable = ALTERNATION_WORK / ((double)rows * (double)columns);
    double steps = fmin(fmax(affordable, ALTERNATIONS_MIN), ALTERNATIONS_MAX);
    for (double step = 0; step < steps; step++) {
        update_psi(f, g, phi);
        *result = update_phi(f, columns, affinity, least, phi);
        if (!(before - *result > ALTERNATION_TOLERANCE * (1 + fabs(*result))))
            break;
        before = *result;
    }
done:
    free(affinity);
    free(phi);
    free(least);
    return status;
}

int mixture_bounds_kl(enum mixture_bounds_method method, const struct gaussian_mixture *f,
                      const struct gaussian_mixture *g, size_t threads, double *divergence_out,
                      struct error *error) {
    switch (method) {
    case MIXTURE_BOUNDS_MATCHED:
        return matched(f, g, threads, divergence_out, error);
    case MIXTURE_BOUNDS_VARIATIONAL_UPPER:
        return variational_upper(f, g, threads, divergence_out, error);
    default:
        return log_sum_forms(method, f, g, threads, divergence_out, error);
    }
}

int mixture_bounds_js(enum mixture_bounds_method method, const struct gaussian_mixture *f,
                      const struct gaussian_mixture *g, double weight, size_t threads, double *divergence_out,
                      struct error *error) {
    double from_f = 0, from_g = 0;
    struct gaussian_mixture *m = gaussian_mixture_pool(f, g, weight, error);
    if (m == NULL)
        return -1;
    int status = mixture_bounds_kl(method, f, m, threads, &from_f, error);
    if (status == 0)
        status = mixture_bounds_kl(method, g, m, threads, &from_g, error);
    gaussian_mixture_free(m);
    *divergence_out = (1 - weight) * from_f + weight * from_g;
    return status;
}

int mixture_bounds_log_overlap(const struct gaussian_mixture *f, const struct gaussian_mixture *g,
                               size_t threads, double *overlap, struct error *error) {
    double *table = make_table(f, g, true, threads, error);
    double *rows = table == NULL ? NULL : memory_array(error, f->components, sizeof *rows);
    for (size_t a = 0; rows != NULL && a < f->components; a++)
        rows[a] = f->log_weights[a] + weighted_log_sum(g, 1, table + a * g->components);
    if (rows != NULL)
        *overlap = vector_log_sum_exp(f->components, rows);
    free(table);
    int status = rows == NULL ? -1 : 0;
    free(rows);
    return status;
}
