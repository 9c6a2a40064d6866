#include "density/clustering_start.h"

#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "density/kmeans.h"
#include "density/ward.h"

enum { RESTARTS = 10, LLOYD_MAX = 300 };

#define LLOYD_TOLERANCE 1e-8

static int kmeans_labels(const struct clustering_start *start, const struct kmeans_data *data, size_t *labels,
                         struct error *error) {
    struct random_stream stream;
    struct kmeans kmeans = {0};
    bool lloyd = start->kind == MIXTURE_START_KMEANS && start->centres == NULL;
    random_start(&stream, start->seed, "gmmfit", "start", 0);
    const struct kmeans_settings settings = {
        .clusters = start->components,
        .init = start->centres != NULL                ? KMEANS_GIVEN
                : start->kind == MIXTURE_START_RANDOM ? KMEANS_RANDOM
                                                      : KMEANS_PLUS_PLUS,
        .start = start->centres,
        .restarts = lloyd ? RESTARTS : 1,
        .max_iterations = lloyd ? LLOYD_MAX : 0,
        .tolerance = LLOYD_TOLERANCE,
        .seed = random_bits64(&stream),
        .threads = start->threads,
    };
    if (kmeans_fit(data, &settings, &kmeans, error) < 0)
        return -1;
    for (size_t i = 0; i < data->rows; i++)
        labels[i] = kmeans.labels[i];
    kmeans_free(&kmeans);
    return 0;
}

/* Fills clusters left without rows by rows that are not alone in theirs, the last ones first. */
static int fill(size_t components, size_t rows, size_t *labels, struct error *error) {
    size_t *sizes = memory_zeros(error, components, sizeof *sizes), i = rows;
    if (sizes == NULL)
        return -1;
    for (size_t row = 0; row < rows; row++)
        sizes[labels[row]]++;
    for (size_t k = 0; k < components; k++) {
        while (sizes[k] == 0 && i-- > 0) {
            if (sizes[labels[i]] < 2)
                continue;
            sizes[labels[i]]--;
            labels[i] = k;
            sizes[k]++;
        }
    }
    free(sizes);
    return 0;
}

int clustering_start_labels(const struct clustering_start *start, const struct mixture_rows *rows,
                            size_t *labels, struct error *error) {
    const struct kmeans_data data = {.rows = rows->rows, .columns = rows->dimensions, .points = rows->values};
    bool ward = start->kind == MIXTURE_START_WARD && start->centres == NULL;
    if ((ward ? ward_labels(&data, start->components, labels, NULL, error)
              : kmeans_labels(start, &data, labels, error)) < 0)
        return -1;
    return fill(start->components, rows->rows, labels, error);
}

struct gaussian_mixture *clustering_start_mixture(const struct clustering_start *start,
                                                  const struct mixture_rows *rows,
                                                  const struct clustering_settings *settings,
                                                  const size_t *labels, struct error *error) {
    size_t components = start->components, lifted;
    struct clustering_settings shrunk = *settings;
    double *memberships = memory_zeros(error, rows->rows * components, sizeof *memberships);
    struct gaussian_mixture *mixture =
        memberships != NULL
            ? gaussian_mixture_create(components, rows->dimensions, GAUSSIAN_MIXTURE_TIED_SPHERICAL, error)
            : NULL;
    shrunk.fixed = false;
    shrunk.constraints.conjugate = start->centres != NULL || start->kind == MIXTURE_START_RANDOM ||
                                   start->kind == MIXTURE_START_KMEANS_PLUS_PLUS;
    for (size_t i = 0; mixture != NULL && i < rows->rows; i++)
        memberships[i * components + labels[i]] = 1;
    if (mixture != NULL &&
        clustering_fit_maximise(mixture, rows, &shrunk, memberships, NULL, &lifted, error) < 0) {
        gaussian_mixture_free(mixture);
        mixture = NULL;
    }
    free(memberships);
    return mixture;
}
