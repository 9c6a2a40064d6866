#include "divergence/alignment_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "io/number_list.h"
#include "io/row_stream.h"
#include "num/median_distance.h"

static int split_columns(struct alignment_layers *side, const char *option, const char *split,
                         struct error *error) {
    size_t columns = side->reader->columns, count = 1;
    double all = (double)columns, *widths = &all, *typed = NULL, sum = 0;
    if (split != NULL && number_list_read(option, split, &typed, &count, error) < 0)
        return -1;
    widths = split != NULL ? typed : widths;
    side->widths = memory_array(error, count, sizeof *side->widths);
    int status = side->widths != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (!(widths[i] >= 1 && widths[i] <= 1e9 && widths[i] == floor(widths[i])))
            status = error_set_usage(error, "%s: expected whole numbers from 1 on, got '%s'", option, split);
        else
            side->widths[i] = (size_t)widths[i];
        sum += widths[i];
    }
    if (status == 0 && sum != (double)columns)
        status =
            error_set(error, "%s has %zu columns, %s sums to %.0f", side->reader->name, columns, option, sum);
    side->count = count;
    free(typed);
    return status;
}

int alignment_layers_open(struct alignment_layers *side, struct command *command, const char *operand,
                          const char *option, const char *split) {
    side->reader = row_reader_open(operand, &command->input, &command->error);
    if (side->reader == NULL || split_columns(side, option, split, &command->error) < 0)
        return -1;
    side->means = memory_array(&command->error, side->reader->columns, sizeof *side->means);
    side->sizes = memory_array(&command->error, side->reader->columns, sizeof *side->sizes);
    side->first = memory_array(&command->error, side->reader->columns, sizeof *side->first);
    side->varies = memory_zeros(&command->error, side->count, sizeof *side->varies);
    return side->means != NULL && side->sizes != NULL && side->first != NULL && side->varies != NULL ? 0 : -1;
}

int alignment_layers_take(struct alignment_layers *side, size_t most, struct error *error) {
    struct row_reader *reader = side->reader;
    size_t columns = reader->columns;
    side->row_count = 0;
    while (side->row_count < most) {
        size_t left = reader->row_count - side->used, wanted = most - side->row_count;
        if (left == 0) {
            int status = row_reader_next(reader, error);
            side->used = 0;
            if (status <= 0)
                return status;
            continue;
        }
        left = left < wanted ? left : wanted;
        if (row_stream_reserve(&side->rows, &side->capacity, side->row_count + left, columns, error) < 0)
            return -1;
        memcpy(side->rows + side->row_count * columns, reader->rows + side->used * columns,
               left * columns * sizeof(double));
        for (size_t i = 0; i < left * columns; i++)
            if (!isfinite(side->rows[side->row_count * columns + i]))
                return row_reader_error(reader, error, side->used + i / columns, i % columns,
                                        "expected a finite number");
        side->row_count += left;
        side->used += left;
        side->total += left;
    }
    return 0;
}

/* Adds up how far rows lie from the first of them, and how far regardless of sign. */
INSTRUCTION_SETS static void add_distances(size_t rows, size_t columns, const double *values,
                                           double *restrict sums, double *restrict sizes) {
    for (size_t i = 1; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double distance = values[i * columns + j] - values[j];
            sums[j] += distance;
            sizes[j] += fabs(distance);
        }
}

/* Means are taken from the first row on, so that they keep their digits far from 0 and those of constant
 * columns are exact. */
void alignment_layers_average(struct alignment_layers *side) {
    size_t columns = side->reader->columns, column = 0;
    if (side->total == side->row_count)
        memcpy(side->first, side->rows, columns * sizeof(double));
    memset(side->means, 0, columns * sizeof(double));
    memset(side->sizes, 0, columns * sizeof(double));
    add_distances(side->row_count, columns, side->rows, side->means, side->sizes);
    for (size_t layer = 0; layer < side->count; layer++)
        for (size_t i = 0; i < side->widths[layer]; i++, column++) {
            bool varies = side->sizes[column] > 0 || side->rows[column] != side->first[column];
            side->varies[layer] = side->varies[layer] || varies;
            side->means[column] = side->rows[column] + side->means[column] / (double)side->row_count;
        }
}

void alignment_layers_centre(struct alignment_layers *side, const double *centre) {
    size_t columns = side->reader->columns;
    for (size_t i = 0; i < side->row_count; i++)
        for (size_t j = 0; j < columns; j++)
            side->rows[i * columns + j] -= centre[j];
}

int alignment_layers_check(const struct alignment_layers *side, struct error *error) {
    for (size_t layer = 0; layer < side->count; layer++)
        if (!side->varies[layer])
            return error_set(error, "layer %zu of %s is constant", layer + 1, side->reader->name);
    return 0;
}

int alignment_layers_describe(const struct alignment_layers *side, double bandwidth, size_t threads,
                              struct kernel_layer *layers, struct error *error) {
    size_t column = 0;
    for (size_t i = 0; i < side->count; column += side->widths[i++]) {
        double median;
        layers[i] = (struct kernel_layer){
            .rows = side->rows + column, .width = side->widths[i], .stride = side->reader->columns};
        if (bandwidth == 0)
            continue;
        if (median_distance(side->row_count, layers[i].width, layers[i].rows, layers[i].stride, threads,
                            &median, error) < 0)
            return -1;
        double deviation = bandwidth * median;
        layers[i].rate = 1 / (2 * deviation * deviation);
        if (!(median > 0) || !isfinite(layers[i].rate) || layers[i].rate == 0)
            return error_set(error, "layer %zu of %s: a median distance of %g gives no bandwidth", i + 1,
                             side->reader->name, median);
    }
    return 0;
}

void alignment_layers_close(struct alignment_layers *side) {
    row_reader_close(side->reader);
    free(side->rows);
    free(side->widths);
    free(side->means);
    free(side->sizes);
    free(side->first);
    free(side->varies);
}
