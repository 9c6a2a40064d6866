/* From the command line of `kde` to a density: data, weights, bandwidth, bounds, local factors; or a model.
 */
#ifndef DENSITY_KERNEL_DENSITY_DATA_H
#define DENSITY_KERNEL_DENSITY_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "density/kernel_density.h"
#include "density/kernel_density_options.h"
#include "density/kernel_sums.h"

struct kernel_density_data {
    struct kernel_density *density; /* prepared */
    char **names;                   /* of the d columns, x1 .. xd where the data have none */
    char *operand;                  /* for messages: data.csv, m.npz */
    uint64_t rows;                  /* of the data; 0 for a part without a row, whose density is a stand-in */
    double weight_total;            /* of the weights as they were given; n without weights */
};

/* Reads data or model and says in the report what was made of them. Returns 0, or -1 with command->error set
 * and nothing to free. */
__attribute__((warn_unused_result)) int
kernel_density_data_read(struct kernel_density_data *data, struct command *command,
                         const struct kernel_density_options *options);

/* How the options want sums taken. */
struct kernel_sums_settings kernel_density_data_sums(const struct command *command,
                                                     const struct kernel_density_options *options);

/* An all-zero one is fine. */
void kernel_density_data_free(struct kernel_density_data *data);

#endif
