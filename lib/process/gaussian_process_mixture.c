#include "process/gaussian_process_mixture.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "num/brent.h"
#include "num/normal_quantile.h"
#include "num/student_t.h"

static int allocate(struct gaussian_process_mixture *mixture, struct error *error) {
    const struct gaussian_process_model *model = mixture->model;
    size_t nodes = model->scale->count, per_query = model->outputs * (mixture->shared == NULL ? nodes : 1);
    mixture->means = memory_matrix(error, mixture->capacity, per_query, sizeof(double));
    mixture->variances = memory_matrix(error, mixture->capacity, per_query, sizeof(double));
    mixture->centres = memory_array(error, nodes, sizeof(double));
    mixture->deviations = memory_array(error, nodes, sizeof(double));
    mixture->logs = memory_array(error, nodes, sizeof(double));
    return mixture->means == NULL || mixture->variances == NULL || mixture->centres == NULL ||
                   mixture->deviations == NULL || mixture->logs == NULL
               ? -1
               : 0;
}

int gaussian_process_mixture_open(struct gaussian_process_mixture *mixture,
                                  const struct gaussian_process_model *model,
                                  struct gaussian_process_predictor *shared, size_t threads,
                                  struct error *error) {
    *mixture = (struct gaussian_process_mixture){.model = model, .shared = shared};
    if (shared != NULL)
        mixture->capacity = shared->capacity;
    else if (gaussian_process_scale_prediction_open(&mixture->separate, model, threads, error) < 0)
        return -1;
    else
        mixture->capacity = mixture->separate.capacity;
    if (allocate(mixture, error) == 0)
        return 0;
    gaussian_process_mixture_close(mixture);
    return -1;
}

void gaussian_process_mixture_close(struct gaussian_process_mixture *mixture) {
    gaussian_process_scale_prediction_close(&mixture->separate);
    free(mixture->means);
    free(mixture->variances);
    free(mixture->centres);
    free(mixture->deviations);
    free(mixture->logs);
    *mixture = (struct gaussian_process_mixture){0};
}

bool gaussian_process_mixture_is_student(const struct gaussian_process_model *model) {
    return model->scale != NULL && model->scale->closed != NULL && !model->scale->separate;
}

/* a', b' */
static const double *closed_of(const struct gaussian_process_model *model, size_t output) {
    return model->scale->closed + 2 * gaussian_process_scale_unit(model->scale, output);
}

double gaussian_process_mixture_freedom(const struct gaussian_process_model *model, size_t output) {
    return 2 * closed_of(model, output)[0];
}

static const double *weights_of(const struct gaussian_process_mixture *mixture, size_t output) {
    const struct gaussian_process_scale *scale = mixture->model->scale;
    return scale->weights + gaussian_process_scale_unit(scale, output) * scale->count;
}

int gaussian_process_mixture_look(struct gaussian_process_mixture *mixture, size_t count, const double *x,
                                  bool whole, double *means, struct error *error) {
    size_t q = mixture->model->outputs, nodes = mixture->model->scale->count;
    double *variances = whole ? mixture->variances : NULL;
    if (mixture->shared != NULL) {
        if (gaussian_process_prediction_at(mixture->shared, count, x, mixture->means, variances, error) < 0)
            return -1;
        for (size_t i = 0; i < count * q; i++)
            means[i] = mixture->means[i];
        return 0;
    }
    if (gaussian_process_scale_prediction_at(&mixture->separate, count, x, mixture->means, variances, error) <
        0)
        return -1;
    for (size_t i = 0; i < count * q; i++) {
        const double *weights = weights_of(mixture, i % q);
        means[i] = 0;
        for (size_t j = 0; j < nodes; j++)
            means[i] += weights[j] * mixture->means[i * nodes + j];
    }
    return 0;
}

static double noise_of(const struct gaussian_process_mixture *mixture, size_t output, bool noisy) {
    double scale = mixture->model->y_scale[output];
    return noisy ? mixture->model->noise * scale * scale : 0;
}

/* Shared noise: the variance at s = 1. */
static double unit_variance(const struct gaussian_process_mixture *mixture, size_t i, size_t output,
                            bool noisy) {
    return mixture->variances[i * mixture->model->outputs + output] + noise_of(mixture, output, noisy);
}

/* The components of query i and an output to centres and deviations. */
static void view(struct gaussian_process_mixture *mixture, size_t i, size_t output, bool noisy) {
    const struct gaussian_process_scale *scale = mixture->model->scale;
    size_t at = i * mixture->model->outputs + output, nodes = scale->count;
    const double *s = scale->nodes + gaussian_process_scale_unit(scale, output) * nodes;
    for (size_t j = 0; j < nodes; j++) {
        bool shared = mixture->shared != NULL;
        double variance = shared ? s[j] * unit_variance(mixture, i, output, noisy)
                                 : mixture->variances[at * nodes + j] + noise_of(mixture, output, noisy);
        mixture->centres[j] = mixture->means[shared ? at : at * nodes + j];
        mixture->deviations[j] = fmax(sqrt(variance), DBL_MIN); /* a query that is certain */
    }
}

double gaussian_process_mixture_variance(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                         bool noisy) {
    const struct gaussian_process_scale *scale = mixture->model->scale;
    if (mixture->shared != NULL) {
        double variance = unit_variance(mixture, i, output, noisy);
        double s = gaussian_process_scale_mean(scale, gaussian_process_scale_unit(scale, output));
        return variance > 0 ? s * variance : 0;
    }
    const double *weights = weights_of(mixture, output);
    double mean = 0, sum = 0;
    view(mixture, i, output, noisy);
    for (size_t j = 0; j < scale->count; j++)
        mean += weights[j] * mixture->centres[j];
    for (size_t j = 0; j < scale->count; j++) {
        double away = mixture->centres[j] - mean;
        sum += weights[j] * (mixture->deviations[j] * mixture->deviations[j] + away * away);
    }
    return sum;
}

double gaussian_process_mixture_scale(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                      bool noisy) {
    const double *closed = closed_of(mixture->model, output);
    return sqrt(closed[1] / closed[0] * unit_variance(mixture, i, output, noisy));
}

/* A quantile in search: the mass below x where p is below one half, else above. */
struct goal {
    const struct gaussian_process_mixture *mixture;
    const double *weights;
    double p;
};

static double excess(void *context, double x) {
    const struct goal *goal = context;
    double side = goal->p <= 0.5 ? 1 : -1, mass = 0;
    for (size_t j = 0; j < goal->mixture->model->scale->count; j++) {
        double z = (x - goal->mixture->centres[j]) / goal->mixture->deviations[j];
        mass += goal->weights[j] * 0.5 * erfc(-side * z * M_SQRT1_2);
    }
    return side * (mass - (side > 0 ? goal->p : 1 - goal->p));
}

/* It lies between the least and the greatest quantile of the components. */
static double find_quantile(struct gaussian_process_mixture *mixture, const double *weights, double p) {
    double z = normal_quantile(p), lower = INFINITY, upper = -INFINITY;
    for (size_t j = 0; j < mixture->model->scale->count; j++) {
        double quantile = mixture->centres[j] + z * mixture->deviations[j];
        if (!(weights[j] > 0))
            continue;
        lower = fmin(lower, quantile);
        upper = fmax(upper, quantile);
    }
    struct goal goal = {mixture, weights, p};
    return upper > lower ? brent_root(excess, &goal, lower, upper, 1e-14 * (upper - lower)).x : lower;
}

double gaussian_process_mixture_quantile(struct gaussian_process_mixture *mixture, size_t i, size_t output,
                                         bool noisy, double p) {
    if (gaussian_process_mixture_is_student(mixture->model))
        return mixture->means[i * mixture->model->outputs + output] +
               gaussian_process_mixture_scale(mixture, i, output, noisy) *
                   student_t_quantile(gaussian_process_mixture_freedom(mixture->model, output), p);
    view(mixture, i, output, noisy);
    return find_quantile(mixture, weights_of(mixture, output), p);
}

/* Outputs first .. first + count - 1, which share s. */
static double student_density(struct gaussian_process_mixture *mixture, size_t i, const double *y,
                              size_t first, size_t count) {
    double square = 0, logs = 0;
    for (size_t c = first; c < first + count; c++) {
        double scale = gaussian_process_mixture_scale(mixture, i, c, true);
        double z = (y[c] - mixture->means[i * mixture->model->outputs + c]) / scale;
        square += z * z;
        logs += log(scale);
    }
    double df = gaussian_process_mixture_freedom(mixture->model, first);
    return student_t_log_density(df, (double)count, square) - logs;
}

static double normals_density(struct gaussian_process_mixture *mixture, size_t i, const double *y,
                              size_t first, size_t count) {
    size_t nodes = mixture->model->scale->count;
    const double *weights = weights_of(mixture, first);
    double top = -INFINITY, sum = 0;
    for (size_t j = 0; j < nodes; j++)
        mixture->logs[j] = log(weights[j]);
    for (size_t c = first; c < first + count; c++) {
        view(mixture, i, c, true);
        for (size_t j = 0; j < nodes; j++) {
            double z = (y[c] - mixture->centres[j]) / mixture->deviations[j];
            mixture->logs[j] -= 0.5 * z * z + log(mixture->deviations[j]) + 0.5 * log(2 * M_PI);
        }
    }
    for (size_t j = 0; j < nodes; j++)
        top = fmax(top, mixture->logs[j]);
    if (!isfinite(top))
        return top;
    for (size_t j = 0; j < nodes; j++)
        sum += exp(mixture->logs[j] - top);
    return top + log(sum);
}

double gaussian_process_mixture_log_density(struct gaussian_process_mixture *mixture, size_t i,
                                            const double *y) {
    size_t units = mixture->model->scale->units, count = mixture->model->outputs / units;
    double sum = 0;
    for (size_t u = 0; u < units; u++)
        sum += gaussian_process_mixture_is_student(mixture->model)
                   ? student_density(mixture, i, y, u * count, count)
                   : normals_density(mixture, i, y, u * count, count);
    return sum;
}
