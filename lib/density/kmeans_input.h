/* What a fit of `kmeans` works on: rows, weights and a start, as files hold them. */
#ifndef DENSITY_KMEANS_INPUT_H
#define DENSITY_KMEANS_INPUT_H

#include "base/command.h"
#include "density/kmeans.h"
#include "density/kmeans_options.h"
#include "io/matrix.h"

/* All zero holds nothing. */
struct kmeans_input {
    struct matrix rows, weights, start; /* weights, start: empty where there are none */
    const char *name;
};

/* Reads the operand, the weights and the start that the options name, and checks that they fit. Returns 0, or
 * -1 with command->error set. */
__attribute__((warn_unused_result)) int kmeans_input_read(struct kmeans_input *input, struct command *command,
                                                          const struct kmeans_options *options);

/* The start alone, for rows of `columns` columns of the operand `name`. */
__attribute__((warn_unused_result)) int kmeans_input_read_start(struct matrix *start, struct command *command,
                                                                const struct kmeans_options *options,
                                                                size_t columns, const char *name);

struct kmeans_data kmeans_input_data(const struct kmeans_input *input);

void kmeans_input_free(struct kmeans_input *input);

#endif
