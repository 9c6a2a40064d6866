#include "density/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kmeans_distinct.h"
#include "density/kmeans_order.h"
#include "density/kmeans_start.h"
#include "density/kmeans_steps.h"
#include "density/kmeans_unit.h"

/* Below so many values starts run side by side, above one after the other with the rows shared out. */
enum { SMALL = 1 << 16 };

/* Rows nearer than this have squared distances without all digits, or of 0. */
static const double SMALLEST = 1e-150;

/* Several starts, each a task of its own. */
struct starts {
    const struct kmeans_data *data;
    const struct kmeans_settings *settings;
    double spread;
    size_t first; /* the number of the first of them */
    struct kmeans *results;
    struct error *errors;
    int *statuses;
};

void kmeans_free(struct kmeans *result) {
    free(result->centers);
    free(result->counts);
    free(result->labels);
    *result = (struct kmeans){0};
}

static int allocate(struct kmeans *result, const struct kmeans_data *data, size_t clusters,
                    struct error *error) {
    *result = (struct kmeans){.clusters = clusters, .columns = data->columns};
    result->centers = memory_matrix(error, clusters, data->columns, sizeof(double));
    result->counts = memory_zeros(error, clusters, sizeof(double));
    result->labels = memory_zeros(error, data->rows, sizeof(uint32_t));
    if (result->centers != NULL && result->counts != NULL && result->labels != NULL)
        return 0;
    kmeans_free(result);
    return -1;
}

static int normalize(size_t rows, size_t columns, double *points, const char *what, struct error *error) {
    size_t row = kmeans_unit(rows, columns, points);
    if (row == rows)
        return 0;
    return error_set(error, "%s %zu: all values are 0, and have no direction", what, row + 1);
}

int kmeans_check(const struct kmeans_data *data, struct error *error) {
    for (size_t i = 0; i < data->rows; i++) {
        if (data->weights != NULL && !(data->weights[i] <= KMEANS_LARGEST))
            return error_set(error, "row %zu: expected a weight of at most 1e150, got %g", i + 1,
                             data->weights[i]);
        for (size_t j = 0; j < data->columns; j++)
            if (!(fabs(data->points[i * data->columns + j]) <= KMEANS_LARGEST))
                return error_set(error, "row %zu: expected values of at most 1e150, got %g", i + 1,
                                 data->points[i * data->columns + j]);
    }
    return 0;
}

/* The root mean square distance from the mean. */
static int find_spread(const struct kmeans_data *data, double *spread, struct error *error) {
    size_t d = data->columns;
    double total = 0, sum = 0, *mean = memory_zeros(error, d, sizeof *mean);
    if (mean == NULL)
        return -1;
    for (size_t i = 0; i < data->rows; i++)
        total += data->weights != NULL ? data->weights[i] : 1;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t j = 0; j < d; j++)
            mean[j] += (data->weights != NULL ? data->weights[i] : 1) / total * data->points[i * d + j];
    for (size_t i = 0; i < data->rows; i++) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += (data->points[i * d + j] - mean[j]) * (data->points[i * d + j] - mean[j]);
        sum += (data->weights != NULL ? data->weights[i] : 1) / total * square;
    }
    *spread = sqrt(sum);
    free(mean);
    return 0;
}

static int fit_start(const struct starts *starts, size_t number, struct kmeans *result, struct error *error) {
    const struct kmeans_settings *settings = starts->settings;
    size_t d = starts->data->columns, k = settings->clusters;
    if (allocate(result, starts->data, k, error) < 0)
        return -1;
    int status = 0;
    if (settings->init != KMEANS_GIVEN)
        status = kmeans_start(starts->data, settings, number, result->centers, error);
    else
        memcpy(result->centers, settings->start, k * d * sizeof(double));
    if (status == 0 && settings->distance == KMEANS_COSINE)
        status = normalize(k, d, result->centers, "center", error);
    if (status == 0)
        status = kmeans_order_near(k, d, result->centers, error);
    if (status == 0)
        status = kmeans_steps(starts->data, settings, starts->spread, result, error);
    if (status == 0)
        status = kmeans_order_result(starts->data->rows, result, error);
    if (status < 0)
        kmeans_free(result);
    return status;
}

static void run_start(void *context, size_t block, size_t worker) {
    struct starts *starts = context;
    (void)worker;
    starts->statuses[block] =
        fit_start(starts, starts->first + block, &starts->results[block], &starts->errors[block]);
}

/* Runs `count` starts from number starts->first on and keeps the best of them and *best in *best. */
static int take_best(struct starts *starts, size_t count, struct kmeans *best, struct error *error) {
    int status = 0;
    parallel_for(count > 1 ? starts->settings->threads : 1, count, run_start, starts);
    for (size_t i = 0; i < count; i++) {
        if (starts->statuses[i] < 0 && status == 0) {
            *error = starts->errors[i];
            status = -1;
        }
        if (starts->statuses[i] == 0 &&
            (best->centers == NULL || kmeans_order_better(&starts->results[i], best))) {
            struct kmeans old = *best;
            *best = starts->results[i];
            starts->results[i] = old;
        }
        kmeans_free(&starts->results[i]);
    }
    return status;
}

static int run_starts(struct starts *starts, struct kmeans *result, struct error *error) {
    const struct kmeans_settings *settings = starts->settings;
    bool small = starts->data->rows * starts->data->columns <= SMALL;
    bool drawn = settings->init == KMEANS_PLUS_PLUS || settings->init == KMEANS_RANDOM;
    size_t total = drawn ? settings->restarts : 1, most = small ? settings->threads : 1;
    most = most < 1 ? 1 : most > total ? total : most;
    starts->results = memory_zeros(error, most, sizeof *starts->results);
    starts->errors = memory_zeros(error, most, sizeof *starts->errors);
    starts->statuses = memory_zeros(error, most, sizeof *starts->statuses);
    int status = starts->results == NULL || starts->errors == NULL || starts->statuses == NULL ? -1 : 0;
    while (status == 0 && starts->first < total) {
        size_t count = total - starts->first < most ? total - starts->first : most;
        status = take_best(starts, count, result, error);
        starts->first += count;
    }
    free(starts->results);
    free(starts->errors);
    free(starts->statuses);
    if (status < 0)
        kmeans_free(result);
    return status;
}

/* The fit on rows that are as the distance wants them. */
static int fit_prepared(const struct kmeans_data *data, const struct kmeans_settings *settings,
                        struct kmeans *result, struct error *error) {
    struct starts starts = {.data = data, .settings = settings};
    size_t distinct;
    if (kmeans_distinct(data, settings->clusters, &distinct, error) < 0)
        return -1;
    if (distinct == 0)
        return error_set(error, "the weights sum to 0");
    if (distinct < settings->clusters)
        return error_set(error, "%zu clusters but %zu distinct row%s", settings->clusters, distinct,
                         distinct == 1 ? "" : "s");
    if (find_spread(data, &starts.spread, error) < 0)
        return -1;
    if (settings->clusters > 1 && settings->distance == KMEANS_SQEUCLIDEAN && starts.spread < SMALLEST)
        return error_set(error, "values lie too close together: their squares underflow");
    return run_starts(&starts, result, error);
}

int kmeans_fit(const struct kmeans_data *data, const struct kmeans_settings *settings, struct kmeans *result,
               struct error *error) {
    *result = (struct kmeans){0};
    if (kmeans_check(data, error) < 0)
        return -1;
    if (settings->distance != KMEANS_COSINE)
        return fit_prepared(data, settings, result, error);
    struct kmeans_data unit = *data;
    double *points = memory_matrix(error, data->rows, data->columns, sizeof *points);
    if (points == NULL)
        return -1;
    memcpy(points, data->points, data->rows * data->columns * sizeof *points);
    unit.points = points;
    int status = normalize(data->rows, data->columns, points, "row", error);
    if (status == 0)
        status = fit_prepared(&unit, settings, result, error);
    free(points);
    return status;
}
