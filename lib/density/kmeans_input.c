#include "density/kmeans_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/row_weights.h"
#include "io/skipped_rows.h"

/* The centres of a file, or of a model. */
static int read_centers(struct command *command, const char *path, struct matrix *start) {
    struct row_format plain = {.threads = command->threads};
    size_t length = strlen(path);
    char *centers = memory_array(&command->error, length + sizeof ":centers", 1);
    if (centers == NULL)
        return -1;
    memcpy(centers, path, length + 1);
    if (length > 4 && strcmp(path + length - 4, ".npz") == 0)
        strcat(centers, ":centers");
    int status = matrix_read(start, centers, &plain, &command->error);
    free(centers);
    return status;
}

int kmeans_input_read_start(struct matrix *start, struct command *command,
                            const struct kmeans_options *options, size_t columns, const char *name) {
    const char *path = options->init + 1;
    if (read_centers(command, path, start) < 0)
        return -1;
    if (start->columns != columns)
        return error_set(&command->error, "%s has %zu columns, %s %zu", path, start->columns, name, columns);
    if (command_given(command, "clusters") && options->least != start->rows)
        return error_set(&command->error, "%s has %zu centers, --clusters is %zu", path, start->rows,
                         options->least);
    return 0;
}

int kmeans_input_read(struct kmeans_input *input, struct command *command,
                      const struct kmeans_options *options) {
    struct error *error = &command->error;
    input->name = command_operand(command, 0, 1);
    if (matrix_read(&input->rows, input->name, &command->input, error) < 0)
        return -1;
    skipped_rows_note(command, input->name, input->rows.rows_skipped);
    if (options->weights != NULL &&
        (row_weights_read(&input->weights, options->weights, error) < 0 ||
         row_weights_check(&input->weights, options->weights, input->rows.rows, input->name, error) < 0))
        return -1;
    if (options->init_kind != KMEANS_GIVEN)
        return 0;
    return kmeans_input_read_start(&input->start, command, options, input->rows.columns, input->name);
}

struct kmeans_data kmeans_input_data(const struct kmeans_input *input) {
    return (struct kmeans_data){input->rows.rows, input->rows.columns, input->rows.values,
                                input->weights.values};
}

void kmeans_input_free(struct kmeans_input *input) {
    matrix_free(&input->rows);
    matrix_free(&input->weights);
    matrix_free(&input->start);
}
