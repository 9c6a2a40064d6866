#include "divergence/distillation_centers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/column_names.h"
#include "io/row_writer.h"
#include "num/running_sum.h"

enum { ROWS_AT_A_TIME = 4096 };

/* Sums of the features of each class. */
struct sums {
    struct running_sum *entries; /* classes x columns */
    size_t classes, capacity, columns;
};

static int add_row(struct sums *sums, size_t label, const double *row, struct error *error) {
    if (label >= sums->classes) {
        size_t before = sums->classes * sums->columns, needed;
        if (!memory_product(label + 1, sums->columns, &needed))
            return error_set(error, "too many classes");
        if (memory_reserve(error, &sums->entries, &sums->capacity, needed, sizeof *sums->entries) < 0)
            return -1;
        memset(sums->entries + before, 0, (needed - before) * sizeof *sums->entries);
        sums->classes = label + 1;
    }
    for (size_t j = 0; j < sums->columns; j++)
        running_sum_add(&sums->entries[label * sums->columns + j], 1, row + j);
    return 0;
}

static int add_rows(struct sums *sums, const struct distillation_input_settings *settings,
                    struct error *error) {
    struct distillation_input input;
    const struct distillation_side *features = &input.sides[DISTILLATION_TEACHER_FEATURES];
    int status = distillation_input_open(&input, settings, error) < 0 ? -1 : 1;
    sums->columns = features->columns;
    while (status > 0 && (status = distillation_input_next(&input, ROWS_AT_A_TIME, error)) > 0)
        for (size_t i = 0; status > 0 && i < input.row_count; i++)
            if (add_row(sums, input.labels[i], features->rows + i * sums->columns, error) < 0)
                status = -1;
    distillation_input_close(&input);
    return status;
}

static int take_means(const struct sums *sums, struct matrix *centers, struct error *error) {
    *centers = (struct matrix){.rows = sums->classes, .columns = sums->columns};
    for (size_t i = 0; i < sums->classes; i++)
        if (sums->entries[i * sums->columns].count == 0)
            return error_set(error, "class %zu has no rows in the teacher features; give --centers", i);
    centers->values = memory_matrix(error, sums->classes, sums->columns, sizeof *centers->values);
    if (centers->values == NULL)
        return -1;
    for (size_t i = 0; i < sums->classes * sums->columns; i++)
        centers->values[i] = running_sum_mean(&sums->entries[i]);
    return 0;
}

static int read_means(struct command *command, const struct distillation_input_settings *input,
                      struct matrix *centers) {
    struct sums sums = {0};
    const struct distillation_input_settings once = {
        .paths[DISTILLATION_TEACHER_FEATURES] = input->paths[DISTILLATION_TEACHER_FEATURES],
        .paths[DISTILLATION_LABEL_COLUMN] = input->paths[DISTILLATION_LABEL_COLUMN],
        .format = input->format,
    };
    for (size_t role = 0; role < DISTILLATION_ROLES; role++)
        if (once.paths[role] != NULL && strcmp(once.paths[role], "-") == 0)
            return error_set_usage(&command->error,
                                   "standard input cannot be read twice: give --centers, or files");
    int status = add_rows(&sums, &once, &command->error);
    if (status == 0)
        status = take_means(&sums, centers, &command->error);
    free(sums.entries);
    return status;
}

int distillation_centers_find(struct command *command, const char *path,
                              const struct distillation_input_settings *input, struct matrix *centers) {
    struct error *error = &command->error;
    int status =
        path != NULL ? matrix_read(centers, path, input->format, error) : read_means(command, input, centers);
    for (size_t i = 0; status == 0 && i < centers->rows; i++) {
        bool zero = true;
        for (size_t j = 0; j < centers->columns; j++) {
            double value = centers->values[i * centers->columns + j];
            zero = zero && value == 0;
            if (!isfinite(value))
                status = error_set(error, "the centre of class %zu is not finite", i);
        }
        if (status == 0 && zero)
            status = error_set(error, "the centre of class %zu is zero", i);
        if (status < 0)
            matrix_free(centers);
    }
    return status;
}

int distillation_centers_write(struct command *command, const char *path, const struct matrix *centers) {
    struct error *error = &command->error;
    struct column_names names = {0};
    struct row_layout layout = command->output;
    struct row_writer *writer = NULL;
    layout.path = path;
    int status = column_names_add_range(&names, "c", centers->columns, error);
    if (status == 0)
        writer = row_writer_open(&layout, centers->columns, (const char *const *)names.names,
                                 (int64_t)centers->rows, error);
    status = writer == NULL ? -1 : row_writer_rows(writer, centers->values, centers->rows, error);
    if (status == 0)
        status = row_writer_close(writer, error);
    else
        row_writer_discard(writer);
    column_names_free(&names);
    return status;
}
