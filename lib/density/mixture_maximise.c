#include "density/mixture_maximise.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/cholesky.h"
#include "num/symmetric_eigen.h"

static const double KAPPA = 0.01; /* the prior's rows behind each mean: Fraley and Raftery 2007, section 3 */

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

static bool is_spherical(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_SPHERICAL || type == GAUSSIAN_MIXTURE_TIED_SPHERICAL;
}

static bool is_tied(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_TIED || type == GAUSSIAN_MIXTURE_TIED_DIAGONAL ||
           type == GAUSSIAN_MIXTURE_TIED_SPHERICAL;
}

/* The values of one covariance. */
static size_t block_size(enum gaussian_mixture_type type, size_t d) {
    return is_matrix(type) ? d * d : (is_spherical(type) ? 1 : d);
}

/* What the prior adds to the divisor of a covariance that `members` components share. */
static double prior_count(enum gaussian_mixture_type type, size_t d, size_t members) {
    double nu = (double)d + 2, m = (double)members;
    if (is_matrix(type))
        return nu + (double)d + 1 + m;
    return is_spherical(type) ? nu + 2 + m * (double)d : nu + 2 + m;
}

/* Adds the prior's scale to a scatter (of a matrix d x d, else d values, one of which serves for spherical).
 */
static void add_prior_scale(const struct gaussian_mixture *whole, size_t components, double *scatter) {
    size_t d = whole->dimensions;
    double shrink = pow((double)components, -2 / (double)d), mean = 0;
    if (is_matrix(whole->type)) {
        for (size_t i = 0; i < d * d; i++)
            scatter[i] += shrink * whole->covariances[i];
        return;
    }
    size_t size = block_size(whole->type, d);
    for (size_t j = 0; j < size; j++)
        mean += whole->covariances[j] / (double)size;
    for (size_t j = 0; j < size; j++)
        scatter[j] += shrink * mean;
}

/* Adds factor (u u^T), or its diagonal. The matrix stays symmetric to the last bit. */
static void add_square(bool matrix, size_t d, double factor, const double *u, double *scatter) {
    for (size_t a = 0; a < d; a++) {
        if (!matrix)
            scatter[a] += factor * u[a] * u[a];
        for (size_t b = 0; matrix && b <= a; b++) {
            double value = factor * u[a] * u[b];
            scatter[a * d + b] += value;
            if (b < a)
                scatter[b * d + a] += value;
        }
    }
}

/* Adds component k's products about its new mean, of which `moved` is the distance from the old one. */
static void add_scatter(bool matrix, size_t d, const struct mixture_sums *sums, size_t k, const double *moved,
                        double *scatter) {
    const double *second = sums->second + k * sums->seconds;
    for (size_t a = 0; a < d; a++) {
        if (!matrix)
            scatter[a] += second[a];
        for (size_t b = 0; matrix && b <= a; b++) {
            double value = *second++;
            scatter[a * d + b] += value;
            if (b < a)
                scatter[b * d + a] += value;
        }
    }
    if (moved != NULL)
        add_square(matrix, d, -sums->counts[k], moved, scatter);
}

/* Lifts variances to the floor. Returns how many. */
static size_t lift_variances(double floor, size_t count, double *variances) {
    size_t lifted = 0;
    for (size_t i = 0; i < count; i++) {
        if (variances[i] >= floor)
            continue;
        variances[i] = floor;
        lifted++;
    }
    return lifted;
}

/* The same for a matrix's eigenvalues. `room` holds 3 d^2 + d values. */
static size_t lift_eigenvalues(double floor, size_t d, double *matrix, double *room) {
    double *copy = room, *vectors = room + d * d, *values = room + 2 * d * d;
    memcpy(copy, matrix, d * d * sizeof *copy);
    for (size_t i = 0; i < d; i++)
        copy[i * d + i] -= floor;
    if (cholesky_factor(d, copy) == 0)
        return 0;
    memcpy(copy, matrix, d * d * sizeof *copy);
    symmetric_eigen_jacobi(d, copy, values, vectors);
    size_t lifted = lift_variances(floor, d, values);
    if (lifted == 0)
        return 0;
    memset(matrix, 0, d * d * sizeof *matrix);
    for (size_t i = 0; i < d; i++)
        add_square(true, d, values[i], vectors + i * d, matrix);
    return lifted;
}

/* Makes one covariance of a scatter: prior, divisor, ridge, floor. Returns how many values were lifted. */
static size_t finish_block(enum gaussian_mixture_type type, const struct mixture_constraints *constraints,
                           size_t components, size_t members, double count, double *scatter, double *room,
                           double *block) {
    size_t d = constraints->whole->dimensions, size = block_size(type, d);
    double divisor = count * (is_spherical(type) ? (double)d : 1);
    if (is_spherical(type))
        for (size_t a = 1; a < d; a++)
            scatter[0] += scatter[a];
    if (constraints->conjugate) {
        add_prior_scale(constraints->whole, components, scatter);
        divisor += prior_count(type, d, members);
    }
    for (size_t i = 0; i < size; i++)
        block[i] = scatter[i] / divisor;
    for (size_t a = 0; a < (is_spherical(type) ? 1 : d); a++)
        block[is_matrix(type) ? a * d + a : a] += constraints->ridge;
    if (constraints->floor == 0)
        return 0;
    return is_matrix(type) ? lift_eigenvalues(constraints->floor, d, block, room)
                           : lift_variances(constraints->floor, size, block);
}

/* Moves means, and turns `first` into what each mean of the rows moved by. */
static void move_means(struct gaussian_mixture *mixture, const struct mixture_sums *sums,
                       const struct mixture_constraints *constraints) {
    size_t d = mixture->dimensions;
    for (size_t k = 0; k < mixture->components; k++) {
        double count = sums->counts[k];
        for (size_t j = 0; j < d; j++) {
            sums->first[k * d + j] /= count;
            mixture->means[k * d + j] += sums->first[k * d + j];
            if (constraints->conjugate)
                mixture->means[k * d + j] *= count / (count + KAPPA);
        }
    }
}

/* The scatter that component k brings to its covariance. The means have moved already. */
static void collect_scatter(const struct gaussian_mixture *mixture, const struct mixture_sums *sums,
                            const struct mixture_constraints *constraints, bool matrix, size_t k,
                            double *scatter) {
    size_t d = mixture->dimensions;
    add_scatter(matrix, d, sums, k, constraints->fix_means ? NULL : sums->first + k * d, scatter);
    if (!constraints->conjugate)
        return;
    /* kappa N / (N + kappa) xbar xbar^T, where mu = N xbar / (N + kappa) */
    double count = sums->counts[k];
    add_square(matrix, d, KAPPA * (count + KAPPA) / count, mixture->means + k * d, scatter);
}

static int make_covariances(struct gaussian_mixture *mixture, enum gaussian_mixture_type type,
                            const struct mixture_sums *sums, const struct mixture_constraints *constraints,
                            size_t *lifted, struct error *error) {
    size_t d = mixture->dimensions, components = mixture->components, size = block_size(type, d);
    size_t scatter_size = is_matrix(type) ? d * d : d, members = is_tied(type) ? components : 1;
    double *room = memory_array(error, is_matrix(type) ? 4 * d * d + d : d, sizeof *room);
    double *covariances = memory_matrix(error, components / members, size, sizeof *covariances);
    if (room == NULL || covariances == NULL) {
        free(room);
        free(covariances);
        return -1;
    }
    for (size_t from = 0; from < components; from += members) {
        double count = 0;
        memset(room, 0, scatter_size * sizeof *room);
        for (size_t k = from; k < from + members; k++) {
            count += sums->counts[k];
            collect_scatter(mixture, sums, constraints, is_matrix(type), k, room);
        }
        *lifted += finish_block(type, constraints, components, members, count, room, room + scatter_size,
                                covariances + from / members * size);
    }
    free(room);
    free(mixture->covariances);
    mixture->covariances = covariances;
    mixture->type = type;
    return 0;
}

static void make_weights(struct gaussian_mixture *mixture, const struct mixture_sums *sums,
                         double dirichlet) {
    double total = sums->noise;
    for (size_t k = 0; k < mixture->components; k++)
        total += sums->counts[k] + (dirichlet - 1); /* light rows would drown in the 1 */
    for (size_t k = 0; k < mixture->components; k++)
        mixture->weights[k] = (sums->counts[k] + (dirichlet - 1)) / total;
    if (mixture->noise_weight > 0)
        mixture->noise_weight = sums->noise / total;
}

int mixture_maximise_prepare(struct gaussian_mixture *mixture, struct error *error) {
    double **const made[] = {&mixture->factors, &mixture->log_weights, &mixture->normalisers,
                             &mixture->centre, &mixture->white_means};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        free(*made[i]);
        *made[i] = NULL;
    }
    return gaussian_mixture_prepare(mixture, error);
}

int mixture_maximise(struct gaussian_mixture *mixture, enum gaussian_mixture_type type,
                     const struct mixture_sums *sums, const struct mixture_constraints *constraints,
                     size_t *lifted, struct error *error) {
    *lifted = 0;
    if (!constraints->fix_weights)
        make_weights(mixture, sums, constraints->dirichlet);
    if (!constraints->fix_means)
        move_means(mixture, sums, constraints);
    if (!constraints->fix_covariances &&
        make_covariances(mixture, type, sums, constraints, lifted, error) < 0)
        return -1;
    return mixture_maximise_prepare(mixture, error);
}

/* -(prior count log |C| + tr C^-1 scatter) / 2 for one covariance; the scatter is overwritten. */
static double block_log_prior(const struct gaussian_mixture *mixture, size_t members, const double *factor,
                              double *scatter) {
    size_t d = mixture->dimensions;
    double count = prior_count(mixture->type, d, members), sum = 0;
    if (is_matrix(mixture->type)) {
        sum = count * cholesky_log_determinant(d, factor);
        cholesky_solve(d, factor, d, scatter);
        for (size_t a = 0; a < d; a++)
            sum += scatter[a * d + a];
        return -sum / 2;
    }
    for (size_t j = 0; j < block_size(mixture->type, d); j++)
        sum += 2 * count * log(factor[j]) + scatter[j] / (factor[j] * factor[j]);
    return -sum / 2;
}

static int conjugate_log_prior(const struct gaussian_mixture *mixture, const struct gaussian_mixture *whole,
                               double *log_prior, struct error *error) {
    enum gaussian_mixture_type type = mixture->type;
    size_t d = mixture->dimensions, components = mixture->components;
    size_t size = is_matrix(type) ? d * d : d, members = is_tied(type) ? components : 1;
    double *scatter = memory_array(error, size, sizeof *scatter);
    if (scatter == NULL)
        return -1;
    for (size_t from = 0; from < components; from += members) {
        memset(scatter, 0, size * sizeof *scatter);
        for (size_t k = from; k < from + members; k++)
            add_square(is_matrix(type), d, KAPPA, mixture->means + k * d, scatter);
        for (size_t a = 1; is_spherical(type) && a < d; a++)
            scatter[0] += scatter[a];
        add_prior_scale(whole, components, scatter);
        *log_prior += block_log_prior(mixture, members,
                                      mixture->factors + from / members * block_size(type, d), scatter);
    }
    free(scatter);
    return 0;
}

int mixture_maximise_log_prior(const struct gaussian_mixture *mixture,
                               const struct mixture_constraints *constraints, double *log_prior,
                               struct error *error) {
    *log_prior = 0;
    for (size_t k = 0; constraints->dirichlet != 1 && k < mixture->components; k++)
        *log_prior += (constraints->dirichlet - 1) * mixture->log_weights[k];
    return constraints->conjugate ? conjugate_log_prior(mixture, constraints->whole, log_prior, error) : 0;
}
