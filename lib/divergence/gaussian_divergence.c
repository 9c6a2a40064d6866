#include "divergence/gaussian_divergence.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/cholesky.h"

/* h(b^2) = b^2 - 1 - log b^2. Near 1, with u = b^2 - 1, the series u^2 (1/2 - u/3 + u^2/4 - ..): the plain
 * form loses what it keeps of u. */
static double variance_term(double b) {
    double u = (b - 1) * (b + 1);
    if (fabs(u) > 0.05)
        return u - 2 * log(b);
    double sum = 0;
    for (int k = 14; k >= 2; k--) /* 0.05^13 / 15 is below 1e-17 */
        sum = 1.0 / k - u * sum;
    return u * u * sum;
}

double gaussian_divergence_from_factors(size_t d, const double *mean_p, const double *factor_p,
                                        const double *mean_q, const double *factor_q, double *workspace) {
    /* Right sides are rows: row j holds column j of L_p, the last row the difference of the means. */
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++)
            workspace[j * d + i] = factor_p[i * d + j];
        workspace[d * d + i] = mean_q[i] - mean_p[i];
    }
    cholesky_solve_lower(d, factor_q, d + 1, workspace);

    double sum = 0;
    for (size_t j = 0; j < d; j++) {
        const double *column = workspace + j * d; /* of B */
        double shift = workspace[d * d + j];
        sum += variance_term(column[j]) + shift * shift;
        for (size_t i = j + 1; i < d; i++)
            sum += column[i] * column[i];
    }
    return sum / 2;
}

int gaussian_divergence_kl(const struct gaussian *p, const struct gaussian *q, double *divergence,
                           struct error *error) {
    size_t d = p->dimensions;
    double *workspace = memory_matrix(error, d + 1, d, sizeof *workspace);
    if (workspace == NULL)
        return -1;
    *divergence = gaussian_divergence_from_factors(d, p->mean, p->factor, q->mean, q->factor, workspace);
    free(workspace);
    return 0;
}

/* precision += share S^-1, vector += share S^-1 m. */
static int add_share(const struct gaussian *gaussian, double share, double *precision, double *vector,
                     struct error *error) {
    size_t d = gaussian->dimensions;
    double *inverse = memory_matrix(error, d, d, sizeof *inverse);
    if (inverse == NULL)
        return -1;
    memset(inverse, 0, d * d * sizeof *inverse);
    for (size_t i = 0; i < d; i++)
        inverse[i * d + i] = 1;
    cholesky_solve(d, gaussian->factor, d, inverse);
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j < d; j++) {
            precision[i * d + j] += share * inverse[i * d + j];
            vector[i] += share * inverse[i * d + j] * gaussian->mean[j];
        }
    }
    free(inverse);
    return 0;
}

/* The geometric mean g. */
static int geometric_mean(const struct gaussian *p, const struct gaussian *q, double weight,
                          struct gaussian *g, struct error *error) {
    size_t d = p->dimensions;
    int status = -1;
    double *precision = memory_matrix(error, d, d, sizeof *precision);
    double *covariance = memory_matrix(error, d, d, sizeof *covariance);
    double *mean = memory_zeros(error, d, sizeof *mean);
    if (precision == NULL || covariance == NULL || mean == NULL)
        goto done;
    memset(precision, 0, d * d * sizeof *precision);
    if (add_share(p, 1 - weight, precision, mean, error) < 0 ||
        add_share(q, weight, precision, mean, error) < 0)
        goto done;
    if (cholesky_factor(d, precision) > 0) {
        error_set(error, "the geometric mean's covariance is not finite");
        goto done;
    }
    memset(covariance, 0, d * d * sizeof *covariance);
    for (size_t i = 0; i < d; i++)
        covariance[i * d + i] = 1;
    cholesky_solve(d, precision, d, covariance);
    cholesky_solve(d, precision, 1, mean);
    status = gaussian_create(g, d, mean, covariance, error);
done:
    free(precision);
    free(covariance);
    free(mean);
    return status;
}

int gaussian_divergence_geometric(const struct gaussian *p, const struct gaussian *q, double weight,
                                  double *divergence, struct error *error) {
    struct gaussian g = {0};
    double from_p = 0, from_q = 0;
    if (geometric_mean(p, q, weight, &g, error) < 0)
        return -1;
    int status = gaussian_divergence_kl(p, &g, &from_p, error);
    if (status == 0)
        status = gaussian_divergence_kl(q, &g, &from_q, error);
    gaussian_free(&g);
    *divergence = (1 - weight) * from_p + weight * from_q;
    return status;
}
