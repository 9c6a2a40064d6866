#include "density/kmeans_quality.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "density/kmeans_kernel.h"

enum { BLOCK = 32 };

/* The rows that silhouettes are taken of, by cluster. */
struct sample {
    const struct kmeans_partition *partition;
    size_t count, columns, tiles, kept; /* kept: clusters that have rows here */
    size_t *rows;
    double *tile_values; /* tiles x columns x 8: the rows */
    double *weights;     /* tiles x 8, 0 past the end */
    uint32_t *labels;    /* count */
    double *totals;      /* clusters: weights */
    double *sums;        /* threads x clusters: of distances */
    double *distances;   /* threads x tiles x 8 */
    double *silhouettes; /* count */
};

static double weight_of(const struct kmeans_data *data, size_t row) {
    return data->weights != NULL ? data->weights[row] : 1;
}

static bool is_member(const struct kmeans_partition *partition, size_t row) {
    return partition->labels[row] < partition->clusters && weight_of(partition->data, row) > 0;
}

/* Rows in their order, each subset of that size as likely as any other (Knuth's algorithm S). */
static void draw_rows(struct sample *sample, size_t members, uint64_t seed) {
    const struct kmeans_partition *partition = sample->partition;
    struct random_stream stream;
    size_t wanted = sample->count, at = 0;
    random_start(&stream, seed, "kmeans", "silhouette", 0);
    for (size_t i = 0; at < wanted && i < partition->data->rows; i++) {
        if (!is_member(partition, i))
            continue;
        if (members <= wanted - at || random_below(&stream, members) < wanted - at)
            sample->rows[at++] = i;
        members--;
    }
}

static void fill(struct sample *sample) {
    const struct kmeans_partition *partition = sample->partition;
    size_t d = sample->columns;
    memset(sample->totals, 0, partition->clusters * sizeof(double));
    memset(sample->weights, 0, sample->tiles * KMEANS_TILE * sizeof(double));
    memset(sample->tile_values, 0, sample->tiles * d * KMEANS_TILE * sizeof(double));
    for (size_t i = 0; i < sample->count; i++) {
        size_t row = sample->rows[i];
        double *place = sample->tile_values + kmeans_kernel_place(d, i);
        for (size_t j = 0; j < d; j++)
            place[j * KMEANS_TILE] = partition->data->points[row * d + j];
        sample->weights[i] = weight_of(partition->data, row);
        sample->labels[i] = partition->labels[row];
        sample->totals[sample->labels[i]] += sample->weights[i];
    }
    sample->kept = 0;
    for (size_t c = 0; c < partition->clusters; c++)
        sample->kept += sample->totals[c] > 0;
}

/* Distances of row i to all, times their weights. */
ALWAYS_INLINE void measure(const struct sample *sample, size_t i, double *distances, bool cityblock) {
    size_t d = sample->columns, count = sample->tiles * KMEANS_TILE;
    const double *x = sample->partition->data->points + sample->rows[i] * d;
    for (size_t tile = 0; tile < sample->tiles; tile++) {
        lanes low, high;
        kmeans_kernel_tile(d, x, sample->tile_values + tile * d * KMEANS_TILE, cityblock, &low, &high);
        lanes_store(distances + tile * KMEANS_TILE, low);
        lanes_store(distances + tile * KMEANS_TILE + LANES, high);
    }
    if (sample->partition->distance == KMEANS_SQEUCLIDEAN)
        for (size_t j = 0; j < count; j++)
            distances[j] = sqrt(distances[j]);
    for (size_t j = 0; j < count; j++)
        distances[j] *= sample->weights[j];
}

static double silhouette_of(const struct sample *sample, size_t own, const double *sums) {
    double others = sample->totals[own] - 1, nearest = INFINITY;
    if (!(others > 0))
        return 0;
    for (size_t c = 0; c < sample->partition->clusters; c++)
        if (c != own && sample->totals[c] > 0)
            nearest = fmin(nearest, sums[c] / sample->totals[c]);
    double inside = sums[own] / others, most = fmax(inside, nearest);
    return most > 0 ? (nearest - inside) / most : 0;
}

INSTRUCTION_SETS
static void silhouette_block(void *context, size_t block, size_t worker) {
    const struct sample *sample = context;
    size_t clusters = sample->partition->clusters;
    double *distances = sample->distances + worker * sample->tiles * KMEANS_TILE;
    double *sums = sample->sums + worker * clusters;
    for (size_t i = block * BLOCK; i < sample->count && i < (block + 1) * BLOCK; i++) {
        measure(sample, i, distances, sample->partition->distance == KMEANS_CITYBLOCK);
        memset(sums, 0, clusters * sizeof *sums);
        for (size_t j = 0; j < sample->count; j++)
            sums[sample->labels[j]] += distances[j];
        sample->silhouettes[i] = silhouette_of(sample, sample->labels[i], sums);
    }
}

static int allocate(struct sample *sample, size_t threads, struct error *error) {
    size_t clusters = sample->partition->clusters, places = sample->tiles * KMEANS_TILE;
    sample->rows = memory_array(error, sample->count, sizeof *sample->rows);
    sample->tile_values = memory_matrix(error, places, sample->columns, sizeof(double));
    sample->weights = memory_array(error, places, sizeof(double));
    sample->labels = memory_array(error, sample->count, sizeof *sample->labels);
    sample->totals = memory_array(error, clusters, sizeof(double));
    sample->sums = memory_matrix(error, threads, clusters, sizeof(double));
    sample->distances = memory_matrix(error, threads, places, sizeof(double));
    sample->silhouettes = memory_array(error, sample->count, sizeof(double));
    bool whole = sample->rows != NULL && sample->tile_values != NULL && sample->weights != NULL &&
                 sample->labels != NULL && sample->totals != NULL && sample->sums != NULL &&
                 sample->distances != NULL && sample->silhouettes != NULL;
    return whole ? 0 : -1;
}

static void release(struct sample *sample) {
    free(sample->rows);
    free(sample->tile_values);
    free(sample->weights);
    free(sample->labels);
    free(sample->totals);
    free(sample->sums);
    free(sample->distances);
    free(sample->silhouettes);
}

int kmeans_quality_silhouette(const struct kmeans_partition *partition, uint64_t seed, size_t threads,
                              double *value, struct error *error) {
    struct sample sample = {.partition = partition, .columns = partition->data->columns};
    size_t members = 0;
    for (size_t i = 0; i < partition->data->rows; i++)
        members += is_member(partition, i);
    sample.count = members < KMEANS_QUALITY_ROWS ? members : KMEANS_QUALITY_ROWS;
    sample.tiles = (sample.count + KMEANS_TILE - 1) / KMEANS_TILE;
    int status = allocate(&sample, threads, error);
    *value = NAN;
    if (status == 0) {
        draw_rows(&sample, members, seed);
        fill(&sample);
    }
    if (status == 0 && sample.kept >= 2) {
        double sum = 0, total = 0;
        parallel_for(threads, (sample.count + BLOCK - 1) / BLOCK, silhouette_block, &sample);
        for (size_t i = 0; i < sample.count; i++) {
            sum += sample.weights[i] * sample.silhouettes[i];
            total += sample.weights[i];
        }
        *value = sum / total;
    }
    release(&sample);
    return status;
}

/* |x - y|, 1 - cos(x, y) or sum |x_j - y_j|. */
static double distance_between(const struct kmeans_partition *partition, const double *x, const double *y) {
    bool cityblock = partition->distance == KMEANS_CITYBLOCK;
    double distance = kmeans_kernel_pair(partition->data->columns, x, y, 1, cityblock);
    if (cityblock)
        return distance;
    return partition->distance == KMEANS_COSINE ? distance / 2 : sqrt(distance);
}

int kmeans_quality_davies_bouldin(const struct kmeans_partition *partition, const double *centers,
                                  double *value, struct error *error) {
    const struct kmeans_data *data = partition->data;
    size_t d = data->columns, k = partition->clusters, kept = 0;
    double *spreads = memory_zeros(error, k, sizeof *spreads), sum = 0;
    double *totals = memory_zeros(error, k, sizeof *totals);
    bool whole = spreads != NULL && totals != NULL;
    for (size_t i = 0; whole && i < data->rows; i++) {
        size_t own = partition->labels[i];
        if (!is_member(partition, i))
            continue;
        totals[own] += weight_of(data, i);
        spreads[own] +=
            weight_of(data, i) * distance_between(partition, data->points + i * d, centers + own * d);
    }
    for (size_t c = 0; whole && c < k; c++) {
        double most = 0;
        for (size_t other = 0; totals[c] > 0 && other < k; other++)
            if (other != c && totals[other] > 0)
                most = fmax(most, (spreads[c] / totals[c] + spreads[other] / totals[other]) /
                                      distance_between(partition, centers + c * d, centers + other * d));
        kept += totals[c] > 0;
        sum += most;
    }
    *value = kept >= 2 ? sum / (double)kept : NAN;
    free(spreads);
    free(totals);
    return whole ? 0 : -1;
}

int kmeans_quality_calinski_harabasz(const struct kmeans *fit, double *value, struct error *error) {
    size_t k = fit->clusters, d = fit->columns;
    double *mean = memory_zeros(error, d, sizeof *mean), total = 0, between = 0;
    if (mean == NULL)
        return -1;
    for (size_t c = 0; c < k; c++)
        total += fit->counts[c];
    for (size_t c = 0; c < k; c++)
        for (size_t j = 0; j < d; j++)
            mean[j] += fit->counts[c] / total * fit->centers[c * d + j];
    for (size_t c = 0; c < k; c++)
        between += fit->counts[c] * kmeans_kernel_pair(d, fit->centers + c * d, mean, 1, false);
    double freedom = (double)k - 1;
    *value = k > 1 ? between / freedom / (fit->inertia / (total - (double)k)) : NAN;
    free(mean);
    return 0;
}
