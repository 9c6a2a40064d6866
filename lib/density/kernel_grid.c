#include "density/kernel_grid.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/decimal.h"
#include "io/row_generator.h"
#include "io/word_list.h"

enum { BLOCK_ROWS = 4096 };

/* N of "N" or "LO:HI:N", and the range where it is given. Returns whether the text is one of them. */
static bool parse_column(const char *text, double *low, double *high, double *count) {
    const char *end = text + strlen(text), *rest = decimal_parse(text, end, '.', low);
    if (rest == end) {
        *count = *low;
        *low = *high = NAN;
        return true;
    }
    if (rest == NULL || *rest != ':' || (rest = decimal_parse(rest + 1, end, '.', high)) == NULL ||
        *rest != ':')
        return false;
    return decimal_parse(rest + 1, end, '.', count) == end && *low < *high && isfinite(*high - *low);
}

/* The points' range, widened by `extend` bandwidths and cut at the bounds. */
static void find_range(const struct kernel_density *density, size_t column, double extend, double *low,
                       double *high) {
    size_t d = density->dimensions;
    double squares = 0;
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < density->count; i++) {
        *low = fmin(*low, density->points[i * d + column]);
        *high = fmax(*high, density->points[i * d + column]);
    }
    for (size_t j = 0; j <= column; j++)
        squares += density->factor[column * d + j] * density->factor[column * d + j];
    *low =
        fmax(*low - extend * sqrt(squares), density->lower[column]); /* a bound that is nan is passed over */
    *high = fmin(*high + extend * sqrt(squares), density->upper[column]);
}

static int set_column(struct kernel_grid *grid, size_t column, const char *typed, double extend,
                      const struct kernel_density *density, struct error *error) {
    double low, high, count;
    char quoted[ERROR_QUOTE_SIZE];
    if (!parse_column(typed, &low, &high, &count) || !(count >= 1 && count <= 1e9) || count != floor(count))
        return error_set_usage(error, "--grid: expected N or LO:HI:N, got '%s'",
                               error_quote(quoted, typed, strlen(typed)));
    if (isnan(low))
        find_range(density, column, extend, &low, &high);
    grid->low[column] = low;
    grid->range[column] = high - low;
    grid->counts[column] = (size_t)count;
    if (__builtin_mul_overflow(grid->rows, (uint64_t)count, &grid->rows))
        return error_set_usage(error, "--grid: more than 2^64 points");
    return 0;
}

static int set_columns(struct kernel_grid *grid, const struct word_list *words, double extend,
                       const struct kernel_density *density, struct error *error) {
    if (words->count != 1 && words->count != grid->dimensions)
        return error_set_usage(error, "--grid: %zu columns are given, there %s %zu", words->count,
                               grid->dimensions == 1 ? "is" : "are", grid->dimensions);
    for (size_t j = 0; j < grid->dimensions; j++)
        if (set_column(grid, j, words->words[words->count == 1 ? 0 : j], extend, density, error) < 0)
            return -1;
    return 0;
}

int kernel_grid_read(struct kernel_grid *grid, const char *typed, double extend,
                     const struct kernel_density *density, struct error *error) {
    size_t d = density->dimensions;
    struct word_list words;
    *grid = (struct kernel_grid){.dimensions = d, .rows = 1};
    if (typed == NULL && d > 2)
        return error_set_usage(error, "queries are missing: with %zu columns there is no grid by itself", d);
    if (typed == NULL)
        typed = d == 1 ? "512" : "64";
    grid->low = memory_array(error, d, sizeof *grid->low);
    grid->range = memory_array(error, d, sizeof *grid->range);
    grid->counts = memory_array(error, d, sizeof *grid->counts);
    int status = grid->low != NULL && grid->range != NULL && grid->counts != NULL ? 0 : -1;
    if (status == 0 && (status = word_list_split(&words, typed, error)) == 0) {
        status = set_columns(grid, &words, extend, density, error);
        word_list_free(&words);
    }
    if (status < 0)
        kernel_grid_free(grid);
    return status;
}

void kernel_grid_free(struct kernel_grid *grid) {
    free(grid->low);
    free(grid->range);
    free(grid->counts);
    *grid = (struct kernel_grid){0};
}

static void write_points(void *context, uint64_t first, size_t count, double *rows) {
    const struct kernel_grid *grid = context;
    size_t d = grid->dimensions;
    for (size_t i = 0; i < count; i++) {
        uint64_t rest = first + i;
        for (size_t j = d; j-- > 0;) {
            double last = (double)grid->counts[j] - 1, index = (double)(rest % grid->counts[j]);
            rows[i * d + j] = grid->low[j] + (last > 0 ? index * grid->range[j] / last : 0);
            rest /= grid->counts[j];
        }
    }
}

struct row_stream *kernel_grid_open(struct kernel_grid *grid, const char *const *names, struct error *error) {
    const struct row_generator_settings settings = {
        .columns = grid->dimensions,
        .names = names,
        .rows = grid->rows,
        .block = BLOCK_ROWS,
        .write = write_points,
        .context = grid,
    };
    return row_generator_open(&settings, error);
}
