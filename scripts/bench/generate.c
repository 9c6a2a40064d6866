/* Writes a matrix of random numbers, the same every time.
 *
 *     generate normal|simplex|labels ROWS COLUMNS SEED FILE      FILE.npy, FILE.csv or FILE.csv.gz
 *
 * normal: standard normals, shifted by SEED / 10; simplex: rows drawn from the flat Dirichlet distribution;
 * labels: whole numbers from 0 to SEED - 1.
 * CSV has no names and 17 digits or what is needed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "io/row_writer.h"

enum { BLOCK_VALUES = 1 << 16 };

struct request {
    bool simplex, labels;
    size_t rows, columns;
    uint64_t seed;
};

static void fill(const struct request *request, uint64_t block, size_t rows, double *values) {
    struct random_stream stream;
    random_start(&stream, request->seed, "generate", "values", block);
    for (size_t i = 0; request->labels && i < rows * request->columns; i++)
        values[i] = (double)random_below(&stream, request->seed);
    if (request->labels)
        return;
    random_normals(&stream, rows * request->columns, values);
    for (size_t i = 0; i < rows * request->columns; i++)
        values[i] += request->simplex ? 0 : 0.1 * (double)request->seed;
    for (size_t row = 0; request->simplex && row < rows; row++) {
        double *entries = values + row * request->columns, sum = 0;
        for (size_t i = 0; i < request->columns; i++)
            sum += entries[i] = random_exponential(&stream);
        for (size_t i = 0; i < request->columns; i++)
            entries[i] /= sum;
    }
}

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static int write_rows(const struct request *request, const char *path, struct error *error) {
    struct row_layout layout = {
        .path = path, .binary = ends_with(path, ".npy"), .gzip = ends_with(path, ".gz"), .threads = 2};
    size_t block_rows = BLOCK_VALUES / request->columns + 1;
    double *values = memory_matrix(error, block_rows, request->columns, sizeof *values);
    struct row_writer *writer =
        row_writer_open(&layout, request->columns, NULL, (int64_t)request->rows, error);
    int status = values && writer ? 0 : -1;
    for (size_t done = 0, block = 0; status == 0 && done < request->rows; done += block_rows, block++) {
        size_t rows = request->rows - done < block_rows ? request->rows - done : block_rows;
        fill(request, block, rows, values);
        status = row_writer_rows(writer, values, rows, error);
    }
    free(values);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int main(int argc, char **argv) {
    struct error error = {0};
    if (argc != 6 || atof(argv[2]) < 1 || atof(argv[3]) < 1) {
        fprintf(stderr, "usage: generate normal|simplex|labels ROWS COLUMNS SEED FILE\n");
        return 2;
    }
    struct request request = {.simplex = strcmp(argv[1], "simplex") == 0,
                              .labels = strcmp(argv[1], "labels") == 0,
                              .rows = (size_t)atof(argv[2]),
                              .columns = (size_t)atof(argv[3]),
                              .seed = (uint64_t)atof(argv[4])};
    if (write_rows(&request, argv[5], &error) == 0)
        return 0;
    fprintf(stderr, "generate: %s\n", error.text);
    return 1;
}
