#include "io/npy_fortran.h"

#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"
#include "support/byte_feed.h"

/* Headers as npy_header_read leaves them. */
static struct npy_header make_header(size_t rank, const size_t *shape) {
    struct npy_header header = {.type = {'<', 'f', 8}, .fortran_order = true, .rank = rank, .columns = 1};
    for (size_t i = 0; i < rank; i++) {
        header.shape[i] = shape[i];
        header.columns *= i > 0 ? shape[i] : 1;
    }
    header.rows = shape[0];
    header.count = header.rows * header.columns;
    header.bytes = header.count * sizeof(double);
    return header;
}

/* By the definition: element (i, j, k) stands at i + I (j + J k) in Fortran order and holds its place in C
 * order, (i J + j) K + k. */
static double *make_cube(size_t I, size_t J, size_t K) {
    double *values = malloc(I * J * K * sizeof *values);
    for (size_t i = 0; i < I; i++)
        for (size_t j = 0; j < J; j++)
            for (size_t k = 0; k < K; k++)
                values[i + I * (j + J * k)] = (double)((i * J + j) * K + k);
    return values;
}

static void transposing_follows_the_definition(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1}, {5, 3, 1}, {4, 3, 2}, {100, 7, 5}, {33, 1, 9}, {64, 40, 1}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct npy_header header = make_header(3, shapes[s]);
        double *sliced = make_cube(shapes[s][0], shapes[s][1], shapes[s][2]);
        double *values = malloc(header.count * sizeof *values);
        npy_fortran_transpose(&header, sliced, header.rows, 0, header.rows, values);
        for (size_t i = 0; i < header.count; i++)
            assert_ulps(values[i], (double)i, 0);
        size_t first = header.rows / 2, count = header.rows - first;
        npy_fortran_transpose(&header, sliced, header.rows, first, count, values);
        for (size_t i = 0; i < count * header.columns; i++)
            assert_ulps(values[i], (double)(first * header.columns + i), 0);
        free(values);
        free(sliced);
    }
}

static void assert_rows(const char *path, const struct npy_header *header, size_t skipped) {
    struct error error = {0};
    struct byte_source *source = byte_source_open(path, &error);
    struct npy_fortran *fortran = npy_fortran_open(source, header, &error);
    if (fortran == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(byte_source_position(source), header->bytes);
    npy_fortran_skip(fortran, skipped);
    for (size_t row = skipped; row < header->rows;) {
        const double *rows;
        size_t row_count;
        assert_int_equal(npy_fortran_next(fortran, &rows, &row_count, &error), 0);
        assert_true(row_count > 0);
        for (size_t i = 0; i < row_count * header->columns; i++)
            assert_ulps(rows[i], (double)(row * header->columns + i), 0);
        row += row_count;
    }
    npy_fortran_close(fortran);
    byte_source_close(source);
}

/* The larger shape is read block by block from a file, whole from a pipe. */
static void files_and_pipes_give_the_same_rows(void **state) {
    (void)state;
    static const size_t shapes[][3] = {{40, 3, 2}, {60001, 5, 3}};
    for (size_t s = 0; s < 2; s++) {
        struct npy_header header = make_header(3, shapes[s]);
        double *values = make_cube(shapes[s][0], shapes[s][1], shapes[s][2]);
        assert_rows(byte_feed_file(values, header.bytes), &header, 0);
        assert_rows(byte_feed_file(values, header.bytes), &header, header.rows - 3);
        assert_rows(byte_feed_pipe(values, header.bytes, 65536), &header, 0);
        free(values);
    }
    byte_feed_end();
}

/* Few rows and very many columns: memory is that of a few rows. */
static void wide_arrays_are_read(void **state) {
    (void)state;
    struct npy_header header = make_header(3, (size_t[]){40, 50000, 1});
    double *values = make_cube(40, 50000, 1);
    assert_rows(byte_feed_file(values, header.bytes), &header, 0);
    free(values);
    byte_feed_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transposing_follows_the_definition),
        cmocka_unit_test(files_and_pipes_give_the_same_rows),
        cmocka_unit_test(wide_arrays_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
