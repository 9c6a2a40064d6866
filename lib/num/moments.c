#include "num/moments.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"

enum {
    TILE_ROWS = 512,
    BATCH_TILES = 16, /* shared out among threads where a tile's work is small */
    PANEL = 64,       /* columns of one tile's products, shared out where it is large */
};

/* Sums over rows: about the mean of those rows. */
struct sums {
    double count;
    double *mean;     /* of the shifted rows */
    double *products; /* lower triangle */
};

struct moments {
    size_t dimensions, threads;
    size_t tiles; /* in a batch */
    size_t held;  /* rows in the batch */
    uint64_t count;
    double *origin; /* the first row */
    double *rows;   /* tiles x TILE_ROWS x dimensions, shifted */
    struct sums total;
    struct sums tile[BATCH_TILES];
};

static int sums_create(struct sums *sums, size_t dimensions, struct error *error) {
    sums->mean = memory_zeros(error, dimensions, sizeof *sums->mean);
    sums->products = memory_matrix(error, dimensions, dimensions, sizeof *sums->products);
    if (sums->mean == NULL || sums->products == NULL)
        return -1;
    memset(sums->products, 0, dimensions * dimensions * sizeof *sums->products);
    return 0;
}

static void sums_free(struct sums *sums) {
    free(sums->mean);
    free(sums->products);
}

struct moments *moments_create(size_t dimensions, size_t threads, struct error *error) {
    if (blas_load_for(dimensions, error) < 0)
        return NULL;
    struct moments *moments = memory_zeros(error, 1, sizeof *moments);
    if (moments == NULL)
        return NULL;
    moments->dimensions = dimensions;
    moments->threads = threads;
    moments->tiles = dimensions <= BLAS_SMALL_MAX ? BATCH_TILES : 1;
    moments->origin = memory_array(error, dimensions, sizeof *moments->origin);
    moments->rows = memory_matrix(error, moments->tiles * TILE_ROWS, dimensions, sizeof *moments->rows);
    int status = moments->origin == NULL || moments->rows == NULL ? -1 : 0;
    if (status == 0)
        status = sums_create(&moments->total, dimensions, error);
    for (size_t i = 0; status == 0 && i < moments->tiles; i++)
        status = sums_create(&moments->tile[i], dimensions, error);
    if (status == 0)
        return moments;
    moments_free(moments);
    return NULL;
}

/* Centres a tile's rows in place and notes their number and mean. */
static void centre(struct sums *sums, size_t count, size_t d, double *rows) {
    sums->count = (double)count;
    memset(sums->mean, 0, d * sizeof *sums->mean);
    for (size_t row = 0; row < count; row++)
        for (size_t j = 0; j < d; j++)
            sums->mean[j] += rows[row * d + j];
    for (size_t j = 0; j < d; j++)
        sums->mean[j] /= sums->count;
    for (size_t row = 0; row < count; row++)
        for (size_t j = 0; j < d; j++)
            rows[row * d + j] -= sums->mean[j];
}

static size_t tile_rows(const struct moments *moments, size_t tile) {
    size_t before = tile * TILE_ROWS;
    return moments->held - before < TILE_ROWS ? moments->held - before : TILE_ROWS;
}

/* parallel_body: one tile of few columns. */
static void sum_tile(void *context, size_t tile, size_t worker) {
    (void)worker;
    struct moments *moments = context;
    size_t d = moments->dimensions, count = tile_rows(moments, tile);
    double *rows = moments->rows + tile * TILE_ROWS * d;
    centre(&moments->tile[tile], count, d, rows);
    blas_gram(count, d, rows, d, 0, moments->tile[tile].products);
}

/* parallel_body: some rows of the products of the one tile of many columns, up to the diagonal and a little
 * beyond. */
static void sum_panel(void *context, size_t panel, size_t worker) {
    (void)worker;
    struct moments *moments = context;
    size_t d = moments->dimensions, from = panel * PANEL;
    size_t to = from + PANEL < d ? from + PANEL : d;
    blas_multiply(&(struct blas_product){.rows = to - from,
                                         .columns = to,
                                         .inner = moments->held,
                                         .alpha = 1,
                                         .a = moments->rows + from,
                                         .a_stride = d,
                                         .a_transposed = true,
                                         .b = moments->rows,
                                         .b_stride = d,
                                         .c = moments->tile[0].products + from * d,
                                         .c_stride = d});
}

/* total += part, by the difference of their means. */
static void merge(struct sums *total, const struct sums *part, size_t d) {
    double count = total->count + part->count;
    double share = part->count / count, weight = total->count * share;
    for (size_t i = 0; i < d; i++) {
        double difference = part->mean[i] - total->mean[i];
        for (size_t j = 0; j <= i; j++)
            total->products[i * d + j] +=
                part->products[i * d + j] + weight * difference * (part->mean[j] - total->mean[j]);
    }
    for (size_t i = 0; i < d; i++)
        total->mean[i] += share * (part->mean[i] - total->mean[i]);
    total->count = count;
}

static void sum_batch(struct moments *moments) {
    size_t d = moments->dimensions, tiles = (moments->held + TILE_ROWS - 1) / TILE_ROWS;
    if (moments->tiles > 1) {
        parallel_for(moments->threads, tiles, sum_tile, moments);
    } else if (tiles > 0) {
        centre(&moments->tile[0], moments->held, d, moments->rows);
        parallel_for(moments->threads, (d + PANEL - 1) / PANEL, sum_panel, moments);
    }
    for (size_t tile = 0; tile < tiles; tile++)
        merge(&moments->total, &moments->tile[tile], d);
    moments->held = 0;
}

void moments_add(struct moments *moments, size_t rows, const double *values) {
    size_t d = moments->dimensions;
    if (moments->count == 0 && rows > 0)
        memcpy(moments->origin, values, d * sizeof *values);
    for (size_t row = 0; row < rows; row++) {
        double *shifted = moments->rows + moments->held * d;
        for (size_t j = 0; j < d; j++)
            shifted[j] = values[row * d + j] - moments->origin[j];
        if (++moments->held == moments->tiles * TILE_ROWS)
            sum_batch(moments);
    }
    moments->count += rows;
}

uint64_t moments_count(const struct moments *moments) {
    return moments->count;
}

void moments_finish(struct moments *moments, unsigned lost, double *mean, double *covariance) {
    sum_batch(moments);
    size_t d = moments->dimensions;
    double divisor = moments->count > lost ? (double)(moments->count - lost) : NAN;
    for (size_t i = 0; i < d; i++) {
        mean[i] = moments->count > 0 ? moments->origin[i] + moments->total.mean[i] : NAN;
        for (size_t j = 0; j <= i; j++) {
            covariance[i * d + j] = moments->total.products[i * d + j] / divisor;
            covariance[j * d + i] = covariance[i * d + j];
        }
    }
}

void moments_free(struct moments *moments) {
    if (moments == NULL)
        return;
    sums_free(&moments->total);
    for (size_t i = 0; i < moments->tiles; i++)
        sums_free(&moments->tile[i]);
    free(moments->origin);
    free(moments->rows);
    free(moments);
}
