#include "divergence/alignment_moments.h"

#include <stdlib.h>

#include "base/memory.h"

int alignment_moments_create(struct alignment_moments *moments, size_t p, size_t q, size_t rows_max,
                             struct error *error) {
    size_t columns = p + q, products, total;
    *moments = (struct alignment_moments){.p = p, .q = q, .rows_max = rows_max};
    if (!memory_product(columns, columns, &products) || __builtin_add_overflow(products, columns, &total))
        return error_set(error, "out of memory");
    moments->a = memory_zeros(error, total - p * q, sizeof *moments->a);
    moments->columns = memory_matrix(error, columns, rows_max, sizeof *moments->columns);
    if (moments->a == NULL || moments->columns == NULL) {
        alignment_moments_free(moments);
        return -1;
    }
    moments->b = moments->a + p;
    moments->aa = moments->b + q;
    moments->bb = moments->aa + p * p;
    moments->ab = moments->bb + q * q;
    return 0;
}

/* Turns rows into columns, so that each sum runs along memory. */
static double *take_columns(size_t rows, size_t width, const double *values, size_t rows_max,
                            double *columns) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < width; j++)
            columns[j * rows_max + i] = values[i * width + j];
    return columns;
}

/* Of a matrix with itself, products above the diagonal are those below. */
static void add_products(const struct alignment_moments *moments, size_t rows, size_t p, const double *x,
                         size_t q, const double *y, struct running_sum *sums) {
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < q; j++)
            if (x == y && j < i)
                sums[i * q + j] = sums[j * q + i];
            else
                running_sum_add_weighted(&sums[i * q + j], rows, x + i * moments->rows_max,
                                         y + j * moments->rows_max);
}

void alignment_moments_add(struct alignment_moments *moments, size_t rows, const double *a, const double *b) {
    size_t p = moments->p, q = moments->q, rows_max = moments->rows_max;
    const double *x = take_columns(rows, p, a, rows_max, moments->columns);
    const double *y = take_columns(rows, q, b, rows_max, moments->columns + p * rows_max);
    for (size_t i = 0; i < p; i++)
        running_sum_add(&moments->a[i], rows, x + i * rows_max);
    for (size_t i = 0; i < q; i++)
        running_sum_add(&moments->b[i], rows, y + i * rows_max);
    add_products(moments, rows, p, x, p, x, moments->aa);
    add_products(moments, rows, q, y, q, y, moments->bb);
    add_products(moments, rows, p, x, q, y, moments->ab);
}

void alignment_moments_free(struct alignment_moments *moments) {
    free(moments->a);
    free(moments->columns);
    *moments = (struct alignment_moments){0};
}
