/* The criteria of linear kernels: from Gram matrices, tile by tile, from products of columns at once or block
 * after block, and by the definition in long double. */

#include "divergence/linear_moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "support/assertions.h"

enum { ROWS = 300, LEFT = 2, RIGHT = 1, LAYERS = LEFT + RIGHT, COLUMNS = 3 + 1 + 4 };

static const size_t widths[LAYERS] = {3, 1, 4};

struct data {
    double values[ROWS * COLUMNS];
    struct kernel_layer layers[LAYERS];
    struct kernel_alignment problem;
};

static void set_layers(struct data *data, double *values, size_t rows, bool unbiased) {
    size_t column = 0;
    for (size_t i = 0; i < LAYERS; column += widths[i++])
        data->layers[i] =
            (struct kernel_layer){.rows = values + column, .width = widths[i], .stride = COLUMNS};
    data->problem = (struct kernel_alignment){.count = rows,
                                              .left = LEFT,
                                              .right = RIGHT,
                                              .layers = data->layers,
                                              .unbiased = unbiased,
                                              .threads = 2};
}

/* Columns that share some of what they hold; drift: how far the mean moves from the first to the last row. */
static void make(struct data *data, double drift) {
    struct random_stream random;
    random_start(&random, 3, "test", "features", 0);
    random_normals(&random, ROWS * COLUMNS, data->values);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 1; j < COLUMNS; j++)
            data->values[i * COLUMNS + j] += 0.5 * data->values[i * COLUMNS] + drift * (double)(i / 100);
}

static void find_means(size_t rows, const double *values, double *means) {
    for (size_t j = 0; j < COLUMNS; j++) {
        long double sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += values[i * COLUMNS + j];
        means[j] = (double)(sum / rows);
    }
}

static void centre(size_t rows, const double *centre_row, double *values) {
    for (size_t i = 0; i < rows * COLUMNS; i++)
        values[i] -= centre_row[i % COLUMNS];
}

/* Entry (i, j) of the centred Gram matrix of a layer, or, unbiased, of Szekely and Rizzo's. */
static void slow_gram(size_t rows, const double *values, size_t column, size_t width, bool unbiased,
                      long double *gram) {
    static long double sums[ROWS];
    long double total = 0, n = rows, divisor = unbiased ? n - 2 : n;
    for (size_t i = 0; i < rows; i++) {
        sums[i] = 0;
        for (size_t j = 0; j < rows; j++) {
            long double product = 0;
            for (size_t k = column; k < column + width; k++)
                product += (long double)values[i * COLUMNS + k] * values[j * COLUMNS + k];
            gram[i * rows + j] = unbiased && i == j ? 0 : product;
            sums[i] += gram[i * rows + j];
        }
        total += sums[i];
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < rows; j++) {
            long double mean = total / (divisor * (unbiased ? n - 1 : n));
            gram[i * rows + j] -= (sums[i] + sums[j]) / divisor - mean;
            if (unbiased && i == j)
                gram[i * rows + j] = 0;
        }
}

/* Of the cross pairs, then of each layer with itself. */
static void slow_criteria(size_t rows, const double *values, bool unbiased, double *criteria) {
    static long double grams[LAYERS][ROWS * ROWS];
    long double n = rows, divisor = unbiased ? n * (n - 3) : (n - 1) * (n - 1);
    size_t column = 0;
    for (size_t i = 0; i < LAYERS; column += widths[i++])
        slow_gram(rows, values, column, widths[i], unbiased, grams[i]);
    for (size_t pair = 0; pair < LEFT + LAYERS; pair++) {
        const long double *a = grams[pair < LEFT ? pair : pair - LEFT];
        const long double *b = grams[pair < LEFT ? LEFT : pair - LEFT];
        long double sum = 0;
        for (size_t i = 0; i < rows * rows; i++)
            sum += a[i] * b[i];
        criteria[pair] = (double)(sum / divisor);
    }
}

/* In blocks of so many rows. */
static void stream_criteria(struct data *data, size_t block, bool unbiased, double *criteria) {
    static double copy[ROWS * COLUMNS];
    double means[COLUMNS];
    struct error error = {""};
    memcpy(copy, data->values, sizeof copy);
    set_layers(data, copy, block, unbiased);
    struct linear_moments *moments = linear_moments_create(&data->problem, block, &error);
    assert_non_null(moments);
    for (size_t first = 0; first < ROWS; first += block) {
        size_t rows = ROWS - first < block ? ROWS - first : block;
        double *values = copy + first * COLUMNS;
        set_layers(data, values, rows, unbiased);
        find_means(rows, values, means);
        centre(rows, linear_moments_move(moments, rows, means), values);
        linear_moments_add(moments, &data->problem);
    }
    linear_moments_criteria(moments, criteria, criteria + LEFT * RIGHT);
    linear_moments_free(moments);
}

/* 1e-12 is asked for; a block of 1 row has no spread of its own, so that all comes from moving the centre. */
static void streams_agree_with_the_definition(void **state) {
    static const size_t blocks[] = {1, 2, 7, 100, 299, 300};
    struct data data;
    double slow[LEFT + LAYERS], streamed[LEFT + LAYERS];
    (void)state;
    for (int unbiased = 0; unbiased < 2; unbiased++)
        for (int drift = 0; drift < 2; drift++) {
            make(&data, drift ? 1e3 : 0);
            slow_criteria(ROWS, data.values, unbiased, slow);
            for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
                stream_criteria(&data, blocks[i], unbiased, streamed);
                for (size_t pair = 0; pair < LEFT + LAYERS; pair++)
                    assert_close(streamed[pair], slow[pair], 1e-12);
            }
        }
}

/* Four and fewer columns against more rows go by products; the same with columns of 0 behind them, more than
 * rows, by tiles. 140 rows are more than a tile's. */
static void tiles_agree_with_products(void **state) {
    enum { MANY = 140, WIDE = MANY + 1 };
    struct data data;
    static double wide[MANY * WIDE * LAYERS];
    double means[COLUMNS], cross[LEFT], self[LAYERS], slow[LEFT + LAYERS];
    struct error error = {""};
    (void)state;
    for (int unbiased = 0; unbiased < 2; unbiased++) {
        make(&data, 0);
        slow_criteria(MANY, data.values, unbiased, slow);
        find_means(MANY, data.values, means);
        centre(MANY, means, data.values);
        for (int tiles = 0; tiles < 2; tiles++) {
            set_layers(&data, data.values, MANY, unbiased);
            size_t column = 0;
            for (size_t layer = 0; tiles && layer < LAYERS; column += widths[layer++]) {
                double *values = wide + layer * MANY * WIDE;
                for (size_t i = 0; i < MANY; i++)
                    memcpy(values + i * WIDE, data.values + i * COLUMNS + column,
                           widths[layer] * sizeof *values);
                data.layers[layer] = (struct kernel_layer){.rows = values, .width = WIDE, .stride = WIDE};
            }
            assert_int_equal(kernel_alignment_by_products(&data.problem), !tiles);
            assert_int_equal(kernel_alignment_criteria(&data.problem, cross, self, &error), 0);
            for (size_t pair = 0; pair < LEFT + LAYERS; pair++)
                assert_close(pair < LEFT ? cross[pair] : self[pair - LEFT], slow[pair], 1e-12);
        }
    }
}

/* Kernels of distances are found from products of rows where that keeps digits, and from differences where
 * two rows lie close together far out: pairs 1e-5 apart, 30 from the middle. */
static void kernels_of_near_rows_keep_their_digits(void **state) {
    enum { MANY = 150 };
    struct data data;
    double cross, self[2], expected = 0, means[COLUMNS];
    static double gram[MANY * MANY], sums[MANY];
    struct error error = {""};
    (void)state;
    make(&data, 0);
    for (size_t i = 0; i < MANY; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            if (i % 2 == 1)
                data.values[i * COLUMNS + j] = data.values[(i - 1) * COLUMNS + j] + 1e-5 * (double)(j + 1);
            else
                data.values[i * COLUMNS + j] += i % 4 == 0 ? 10 : -10;
    find_means(MANY, data.values, means);
    centre(MANY, means, data.values);
    struct kernel_layer layers[2];
    layers[0] = layers[1] = (struct kernel_layer){data.values, COLUMNS, COLUMNS, 2e8};
    const struct kernel_alignment problem = {
        .count = MANY, .left = 1, .right = 1, .layers = layers, .threads = 1};
    assert_int_equal(kernel_alignment_criteria(&problem, &cross, self, &error), 0);
    double total = 0;
    for (size_t i = 0; i < MANY; i++) {
        sums[i] = 0;
        for (size_t j = 0; j < MANY; j++) {
            double square = 0;
            for (size_t k = 0; k < COLUMNS; k++)
                square += pow(data.values[i * COLUMNS + k] - data.values[j * COLUMNS + k], 2);
            gram[i * MANY + j] = exp(-2e8 * square);
            sums[i] += gram[i * MANY + j];
        }
        total += sums[i];
    }
    for (size_t i = 0; i < MANY; i++)
        for (size_t j = 0; j < MANY; j++)
            expected += pow(gram[i * MANY + j] - (sums[i] + sums[j]) / MANY + total / MANY / MANY, 2);
    assert_close(cross, expected / ((MANY - 1.) * (MANY - 1.)), 1e-13);
    assert_within(cross, self[0], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_agree_with_the_definition),
        cmocka_unit_test(tiles_agree_with_products),
        cmocka_unit_test(kernels_of_near_rows_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
