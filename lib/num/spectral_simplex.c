#include "num/spectral_simplex.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "num/blas.h"
#include "num/tridiagonal_eigen.h"

enum {
    DENSE_MAX = 40,  /* up to this order all eigenvectors are computed */
    WIDTH_MIN = 4,   /* vectors followed at the least */
    WIDTH_MAX = 32,  /* more than these: all eigenvectors are no dearer */
    SPARE = 2,       /* vectors followed beyond those in use */
    CYCLES_MAX = 40, /* before all eigenvectors are computed */
    PLAIN_MAX = 64,  /* all eigenvectors without LAPACK up to this order: no library is loaded */
};

struct spectral_simplex {
    size_t order, width, width_max;       /* vectors followed; 0: always all */
    uint64_t draws;                       /* so far: each has a stream of its own */
    struct block_krylov *krylov;          /* or NULL */
    double *vectors, *values, *residuals; /* width_max x order, width_max, width_max */
    double *roots;                        /* roots_capacity x order */
    size_t roots_capacity;
    double *full; /* for all eigenvectors: the matrix, the vectors, the values, workspace; made when needed */
};

/* Draws vectors from..to-1 of those that are followed. */
static void draw(struct spectral_simplex *simplex, size_t from, size_t to) {
    struct random_stream stream;
    random_start(&stream, 1, "eigenvectors", "start", simplex->draws++);
    random_normals(&stream, (to - from) * simplex->order, simplex->vectors + from * simplex->order);
}

struct spectral_simplex *spectral_simplex_create(size_t order, struct error *error) {
    struct spectral_simplex *simplex = memory_zeros(error, 1, sizeof *simplex);
    if (simplex == NULL)
        return NULL;
    size_t most = order > DENSE_MAX ? order / 8 : 0; /* a cycle's space has four times the vectors */
    simplex->order = order;
    simplex->width_max = most > WIDTH_MAX ? WIDTH_MAX : most / WIDTH_MIN * WIDTH_MIN;
    simplex->width = simplex->width_max > 0 ? WIDTH_MIN : 0;
    if (blas_load_for(order, error) < 0)
        goto failed;
    if (simplex->width_max > 0) {
        simplex->krylov = block_krylov_create(order, simplex->width_max, error);
        simplex->vectors = memory_matrix(error, simplex->width_max, order, sizeof(double));
        simplex->values = memory_array(error, simplex->width_max, sizeof(double));
        simplex->residuals = memory_array(error, simplex->width_max, sizeof(double));
        if (simplex->krylov == NULL || simplex->vectors == NULL || simplex->values == NULL ||
            simplex->residuals == NULL)
            goto failed;
        draw(simplex, 0, simplex->width);
    }
    return simplex;

failed:
    spectral_simplex_free(simplex);
    return NULL;
}

void spectral_simplex_free(struct spectral_simplex *simplex) {
    if (simplex == NULL)
        return;
    block_krylov_free(simplex->krylov);
    free(simplex->vectors);
    free(simplex->values);
    free(simplex->residuals);
    free(simplex->roots);
    free(simplex->full);
    free(simplex);
}

/* t with sum_i max(a_i + t, 0) = trace, of descending values. Returns how many stay above 0. */
static size_t find_shift(size_t count, const double *values, double trace, double *shift) {
    double sum = 0;
    size_t used = 0;
    *shift = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        double candidate = (trace - sum) / (double)(i + 1);
        if (!(values[i] + candidate > 0))
            break;
        *shift = candidate;
        used = i + 1;
    }
    return used;
}

/* Makes the point of `rank` values and vectors. */
static int make_point(struct spectral_simplex *simplex, size_t rank, const double *values,
                      const double *vectors, struct spectral_simplex_point *point, struct error *error) {
    size_t n = simplex->order;
    if (memory_reserve(error, &simplex->roots, &simplex->roots_capacity, rank * n, sizeof(double)) < 0)
        return -1;
    for (size_t r = 0; r < rank; r++) {
        double root = sqrt(values[r] + point->shift);
        for (size_t i = 0; i < n; i++)
            simplex->roots[r * n + i] = root * vectors[r * n + i];
    }
    point->rank = rank;
    point->roots = simplex->roots;
    return 0;
}

/* All eigenvalues, descending, and vectors, in the order of *values. */
static int solve_all(struct spectral_simplex *simplex, const struct block_krylov_matrix *matrix,
                     double **values, double **vectors, struct error *error) {
    size_t n = simplex->order;
    if (simplex->full == NULL)
        simplex->full = memory_matrix(error, 2 * n + 2 + blas_eigen_workspace(1), n, sizeof(double));
    if (simplex->full == NULL)
        return -1;
    double *copy = simplex->full;
    *vectors = copy + n * n;
    *values = *vectors + n * n;
    bool finite = true; /* LAPACK may never end otherwise */
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double shift = matrix->shift != NULL ? matrix->shift[i] + matrix->shift[j] : 0;
            copy[i * n + j] = -(matrix->a[i * n + j] + shift);
            finite = finite && isfinite(copy[i * n + j]);
        }
    }
    if (!finite)
        return error_set(error, "a matrix of order %zu is not finite", n);
    if (n > PLAIN_MAX && blas_eigen(n, copy, *values, *vectors, *values + n) < 0)
        return error_set(error, "the eigenvalues of a matrix of order %zu were not found", n);
    if (n <= PLAIN_MAX) {
        tridiagonal_eigen(n, copy, *values, *vectors, *values + n);
        for (size_t i = 1; i < n; i++) { /* ascending */
            for (size_t at = i; at > 0 && (*values)[at] < (*values)[at - 1]; at--) {
                double value = (*values)[at];
                (*values)[at] = (*values)[at - 1];
                (*values)[at - 1] = value;
                memcpy(copy, *vectors + at * n, n * sizeof *copy);
                memcpy(*vectors + at * n, *vectors + (at - 1) * n, n * sizeof *copy);
                memcpy(*vectors + (at - 1) * n, copy, n * sizeof *copy);
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        (*values)[i] = -(*values)[i];
    return 0;
}

static int project_all(struct spectral_simplex *simplex, const struct block_krylov_matrix *matrix,
                       double trace, struct spectral_simplex_point *point, struct error *error) {
    double *values, *vectors;
    if (solve_all(simplex, matrix, &values, &vectors, error) < 0)
        return -1;
    size_t rank = find_shift(simplex->order, values, trace, &point->shift);
    if (rank == 0)
        return error_set(error, "a matrix of order %zu is not finite", simplex->order);
    point->residual = 0;
    if (rank + SPARE <= simplex->width_max) { /* the next call may follow these alone */
        simplex->width = (rank + SPARE + WIDTH_MIN - 1) / WIDTH_MIN * WIDTH_MIN;
        memcpy(simplex->vectors, vectors, simplex->width * simplex->order * sizeof(double));
    }
    return make_point(simplex, rank, values, vectors, point, error);
}

/* Draws the last vector anew: one that is wanted may lie apart from all that are followed. */
static void refresh(struct spectral_simplex *simplex) {
    if (simplex->width > 0)
        draw(simplex, simplex->width - 1, simplex->width);
}

/* Whether those in use are good enough, and what comes after them is not in use. */
static bool settled(const struct spectral_simplex *simplex, size_t rank, double tolerance,
                    struct spectral_simplex_point *point) {
    point->residual = 0;
    for (size_t r = 0; r < rank; r++)
        point->residual = fmax(point->residual, simplex->residuals[r]);
    return point->residual <= tolerance &&
           simplex->values[rank] + simplex->residuals[rank] + point->shift <= fmax(tolerance, 0);
}

int spectral_simplex_project(struct spectral_simplex *simplex, const struct block_krylov_matrix *matrix,
                             double trace, double tolerance, struct spectral_simplex_point *point,
                             struct error *error) {
    refresh(simplex);
    for (size_t cycle = 0; cycle < CYCLES_MAX && simplex->width > 0; cycle++) {
        size_t width = simplex->width;
        block_krylov_cycle(simplex->krylov, matrix, width, simplex->vectors, simplex->values,
                           simplex->residuals);
        size_t rank = find_shift(width, simplex->values, trace, &point->shift);
        if (rank == 0 || (rank + SPARE > width && width == simplex->width_max))
            break;
        if (rank + SPARE > width) {
            simplex->width = 2 * width < simplex->width_max ? 2 * width : simplex->width_max;
            draw(simplex, width, simplex->width);
        } else if (settled(simplex, rank, tolerance, point)) {
            simplex->width = (rank + SPARE + WIDTH_MIN - 1) / WIDTH_MIN * WIDTH_MIN;
            return make_point(simplex, rank, simplex->values, simplex->vectors, point, error);
        }
    }
    return project_all(simplex, matrix, trace, point, error);
}

int spectral_simplex_largest(struct spectral_simplex *simplex, const struct block_krylov_matrix *matrix,
                             double tolerance, double *value, struct error *error) {
    double *values, *vectors;
    refresh(simplex);
    for (size_t cycle = 0; cycle < CYCLES_MAX && simplex->width > 0; cycle++) {
        block_krylov_cycle(simplex->krylov, matrix, simplex->width, simplex->vectors, simplex->values,
                           simplex->residuals);
        *value = simplex->values[0];
        if (simplex->residuals[0] <= tolerance)
            return 0;
    }
    if (solve_all(simplex, matrix, &values, &vectors, error) < 0)
        return -1;
    *value = values[0];
    return 0;
}
