#include "density/mixture_ward.h"

#include <string.h>

#include "base/memory.h"
#include "density/ward.h"

/* The rows that make the tree. */
struct sample {
    double *points, *weights;
    size_t count;
};

static double weight_of(const struct mixture_rows *rows, size_t row) {
    return rows->weights != NULL ? rows->weights[row] : 1;
}

static size_t count_rows(const struct mixture_rows *rows) {
    size_t count = 0;
    for (size_t i = 0; i < rows->rows; i++)
        count += weight_of(rows, i) > 0;
    return count;
}

/* Takes `wanted` of the `ahead` rows of positive weight in their order, each set being as likely (Knuth,
 * The Art of Computer Programming 2, algorithm 3.4.2 S). */
static int take_rows(struct sample *sample, const struct mixture_rows *rows, size_t wanted,
                     struct random_stream *stream, struct error *error) {
    size_t d = rows->dimensions, ahead = count_rows(rows);
    wanted = wanted < ahead ? wanted : ahead;
    sample->points = memory_matrix(error, wanted, d, sizeof(double));
    sample->weights = memory_array(error, wanted, sizeof(double));
    if (sample->points == NULL || sample->weights == NULL)
        return -1;
    for (size_t i = 0; sample->count < wanted; i++) {
        if (weight_of(rows, i) == 0)
            continue;
        size_t left = wanted - sample->count;
        if (left == ahead || random_below(stream, ahead) < left) {
            memcpy(sample->points + sample->count * d, rows->values + i * d, d * sizeof(double));
            sample->weights[sample->count++] = weight_of(rows, i);
        }
        ahead--;
    }
    return 0;
}

static int find_centres(const struct sample *sample, size_t columns, size_t components, double *centres,
                        struct error *error) {
    size_t *labels = memory_array(error, sample->count, sizeof *labels);
    double *heights = memory_array(error, sample->count, sizeof *heights);
    const struct kmeans_data data = {
        .rows = sample->count, .columns = columns, .points = sample->points, .weights = sample->weights};
    int status = -1;
    if (sample->count < components)
        error_set(error, "%zu components but %zu rows of a weight above 0", components, sample->count);
    else if (labels != NULL && heights != NULL)
        status = ward_labels(&data, components, labels, heights, error);
    if (status == 0 && components > 1 && heights[sample->count - components] == 0)
        status = error_set(error, "%zu components but fewer distinct rows", components);
    if (status == 0)
        status = ward_centers(&data, components, labels, centres, error);
    free(labels);
    free(heights);
    return status;
}

int mixture_ward_centres(const struct mixture_rows *rows, size_t components, struct random_stream *stream,
                         double *centres, struct error *error) {
    struct sample sample = {0};
    int status = take_rows(&sample, rows, MIXTURE_WARD_ROWS_MAX, stream, error);
    if (status == 0)
        status = find_centres(&sample, rows->dimensions, components, centres, error);
    free(sample.points);
    free(sample.weights);
    return status;
}
