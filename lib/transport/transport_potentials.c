#include "transport/transport_potentials.h"

#include <math.h>

#include "base/memory.h"
#include "io/matrix.h"
#include "io/row_writer.h"

enum { BLOCK_ROWS = 1024 };

static const char *const names[] = {"side", "index", "potential"};

static int write_side(struct row_writer *writer, int side, size_t count, const double *potentials,
                      struct error *error) {
    double rows[3 * BLOCK_ROWS];
    for (size_t first = 0; first < count; first += BLOCK_ROWS) {
        size_t block = count - first < BLOCK_ROWS ? count - first : BLOCK_ROWS;
        for (size_t i = 0; i < block; i++) {
            rows[3 * i] = side;
            rows[3 * i + 1] = (double)(first + i + 1);
            rows[3 * i + 2] = potentials[first + i];
        }
        if (row_writer_rows(writer, rows, block, error) < 0)
            return -1;
    }
    return 0;
}

int transport_potentials_write(const struct row_layout *layout, size_t sources, const double *source,
                               size_t targets, const double *target, struct error *error) {
    struct row_writer *writer = row_writer_open(layout, 3, names, (int64_t)(sources + targets), error);
    if (writer == NULL)
        return -1;
    if (write_side(writer, 1, sources, source, error) < 0 ||
        write_side(writer, 2, targets, target, error) < 0) {
        row_writer_discard(writer);
        return -1;
    }
    return row_writer_close(writer, error);
}

/* Puts one row in its place, which nan marks as free. */
static int place(const char *path, const struct matrix *table, size_t row, const size_t counts[2],
                 double *const sides[2], struct error *error) {
    const double *values = table->values + 3 * row;
    if (values[0] != 1 && values[0] != 2)
        return error_set(error, "%s: row %zu: side is neither 1 nor 2", path, row + 1);
    int side = values[0] == 2;
    if (!(values[1] >= 1 && values[1] <= (double)counts[side]) || values[1] != floor(values[1]))
        return error_set(error, "%s: row %zu: index is none of 1 to %zu", path, row + 1, counts[side]);
    double *potential = sides[side] + (size_t)values[1] - 1;
    if (!isnan(*potential))
        return error_set(error, "%s: row %zu: that potential was there before", path, row + 1);
    if (isnan(values[2]) || isinf(values[2]))
        return error_set(error, "%s: row %zu: a potential is finite", path, row + 1);
    *potential = values[2];
    return 0;
}

int transport_potentials_read(const char *path, size_t sources, double *source, size_t targets,
                              double *target, struct error *error) {
    const struct row_format plain = {0};
    const size_t counts[2] = {sources, targets};
    double *const sides[2] = {source, target};
    struct matrix table;
    if (matrix_read(&table, path, &plain, error) < 0)
        return -1;
    int status = 0;
    if (table.columns != 3 || table.rows != sources + targets)
        status = error_set(error, "%s is %zu x %zu; potentials of %zu sources and %zu targets are %zu x 3",
                           path, table.rows, table.columns, sources, targets, sources + targets);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < counts[side]; i++)
            sides[side][i] = NAN;
    for (size_t row = 0; status == 0 && row < table.rows; row++)
        status = place(path, &table, row, counts, sides, error);
    matrix_free(&table);
    return status;
}
