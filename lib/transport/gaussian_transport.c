#include "transport/gaussian_transport.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/symmetric_eigen.h"

/* Matrices of one computation, dimension x dimension each. */
struct workspace {
    double *root;    /* A^(1/2) */
    double *product; /* A^(1/2) B A^(1/2) */
    double *vectors, *temporary;
    double *values; /* dimension */
};

static int workspace_create(struct workspace *workspace, size_t d, struct error *error) {
    *workspace = (struct workspace){0};
    workspace->root = memory_matrix(error, d, d, sizeof(double));
    workspace->product = memory_matrix(error, d, d, sizeof(double));
    workspace->vectors = memory_matrix(error, d, d, sizeof(double));
    workspace->temporary = memory_matrix(error, d, d, sizeof(double));
    workspace->values = memory_array(error, d, sizeof(double));
    return workspace->root == NULL || workspace->product == NULL || workspace->vectors == NULL ||
                   workspace->temporary == NULL || workspace->values == NULL
               ? -1
               : 0;
}

static void workspace_free(struct workspace *workspace) {
    free(workspace->root);
    free(workspace->product);
    free(workspace->vectors);
    free(workspace->temporary);
    free(workspace->values);
}

/* C = A B for d x d matrices. */
static void multiply(size_t d, const double *a, const double *b, double *c) {
    memset(c, 0, d * d * sizeof *c);
    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d; j++)
                c[i * d + j] += a[i * d + k] * b[k * d + j];
}

/* Eigenvalues of a covariance, those that rounding made negative being 0. */
static int covariance_eigen(size_t d, const double *covariance, struct workspace *workspace,
                            struct error *error) {
    double largest = 0;
    memcpy(workspace->temporary, covariance, d * d * sizeof *covariance);
    symmetric_eigen_jacobi(d, workspace->temporary, workspace->values, workspace->vectors);
    for (size_t k = 0; k < d; k++)
        largest = fmax(largest, fabs(workspace->values[k]));
    for (size_t k = 0; k < d; k++) {
        if (workspace->values[k] < -1e-10 * largest)
            return error_set(error, "covariance has an eigenvalue of %.3g", workspace->values[k]);
        workspace->values[k] = fmax(workspace->values[k], 0);
    }
    return 0;
}

/* root = V^T diag(values)^(1/2) V, the eigenvectors being V's rows. */
static void set_root(size_t d, struct workspace *workspace) {
    memset(workspace->root, 0, d * d * sizeof *workspace->root);
    for (size_t k = 0; k < d; k++) {
        const double *vector = workspace->vectors + k * d;
        double root = sqrt(workspace->values[k]);
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                workspace->root[i * d + j] += root * vector[i] * vector[j];
    }
}

/* Leaves the eigenvalues of A^(1/2) B A^(1/2) in workspace->values. */
static int product_eigen(size_t d, const double *a, const double *b, struct workspace *workspace,
                         struct error *error) {
    if (covariance_eigen(d, b, workspace, error) < 0 || covariance_eigen(d, a, workspace, error) < 0)
        return -1;
    set_root(d, workspace);
    multiply(d, workspace->root, b, workspace->temporary);
    multiply(d, workspace->temporary, workspace->root, workspace->product);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < i; j++)
            workspace->product[i * d + j] = workspace->product[j * d + i];
    symmetric_eigen_jacobi(d, workspace->product, workspace->values, workspace->vectors);
    return 0;
}

int gaussian_transport_solve(size_t d, const struct gaussian_transport_side *source,
                             const struct gaussian_transport_side *target, double epsilon,
                             struct gaussian_transport *result, struct error *error) {
    struct workspace workspace;
    double s = epsilon / 2, shift = 0, spread = 0, information = 0;
    int status = workspace_create(&workspace, d, error);
    if (status == 0)
        status = product_eigen(d, source->covariance, target->covariance, &workspace, error);
    for (size_t k = 0; status == 0 && k < d; k++) {
        double difference = source->mean[k] - target->mean[k];
        double mu = fmax(workspace.values[k], 0);
        /* delta - s, delta = (4 mu + s^2)^(1/2), without the difference. */
        double excess = mu > 0 ? 4 * mu / (sqrt(4 * mu + s * s) + s) : 0;
        shift += difference * difference;
        spread += source->covariance[k * d + k] + target->covariance[k * d + k] - excess;
        if (s > 0)
            information += log1p(excess / (2 * s)); /* log (delta + s) / 2s */
    }
    if (status == 0) {
        result->transport = shift + fmax(spread, 0);
        result->objective = result->transport + s * information;
    }
    workspace_free(&workspace);
    return status;
}

int gaussian_transport_divergence(size_t d, const struct gaussian_transport_side *source,
                                  const struct gaussian_transport_side *target, double epsilon,
                                  double *divergence, struct error *error) {
    struct gaussian_transport between, of_source, of_target;
    if (gaussian_transport_solve(d, source, target, epsilon, &between, error) < 0 ||
        gaussian_transport_solve(d, source, source, epsilon, &of_source, error) < 0 ||
        gaussian_transport_solve(d, target, target, epsilon, &of_target, error) < 0)
        return -1;
    *divergence = fmax(between.objective - (of_source.objective + of_target.objective) / 2, 0);
    return 0;
}

void gaussian_transport_fit(size_t rows, size_t d, const double *points, const double *weights, double *mean,
                            double *covariance) {
    double total = 0;
    memset(mean, 0, d * sizeof *mean);
    memset(covariance, 0, d * d * sizeof *covariance);
    /* Counted from the first point, so that nothing is lost far from the origin. */
    for (size_t i = 0; i < rows; i++) {
        double weight = weights == NULL ? 1 : weights[i];
        total += weight;
        for (size_t k = 0; k < d; k++)
            mean[k] += weight * (points[i * d + k] - points[k]);
    }
    for (size_t k = 0; k < d; k++)
        mean[k] = points[k] + mean[k] / total;
    for (size_t i = 0; i < rows; i++) {
        double share = (weights == NULL ? 1 : weights[i]) / total;
        for (size_t k = 0; k < d; k++)
            for (size_t l = 0; l <= k; l++)
                covariance[k * d + l] +=
                    share * (points[i * d + k] - mean[k]) * (points[i * d + l] - mean[l]);
    }
    for (size_t k = 0; k < d; k++)
        for (size_t l = 0; l < k; l++)
            covariance[l * d + k] = covariance[k * d + l];
}
