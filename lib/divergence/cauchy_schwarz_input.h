/* The samples that csdiv compares, parted in their first columns and the others, and the widths of the
 * kernels. */
#ifndef DIVERGENCE_CAUCHY_SCHWARZ_INPUT_H
#define DIVERGENCE_CAUCHY_SCHWARZ_INPUT_H

#include "base/command.h"
#include "divergence/cauchy_schwarz.h"
#include "divergence/cauchy_schwarz_joint.h"
#include "io/matrix.h"

/* Widths as typed: a number above 0 or "median"; x and y NULL: as bandwidth. */
struct cauchy_schwarz_widths {
    const char *bandwidth, *x, *y;
};

struct cauchy_schwarz_input {
    struct matrix p, q;
    double *parts[2];                      /* p's and below it q's rows: of x, or of all columns; of y */
    struct cauchy_schwarz_samples samples; /* where the columns are not parted */
    struct cauchy_schwarz_joint joint;     /* where they are */
};

#define CAUCHY_SCHWARZ_INPUT_EMPTY                                                                           \
    {                                                                                                        \
        .parts = { NULL }                                                                                    \
    }

/* Reads command's operands, `count` (1 or 2) matrices of as many columns and at least two rows each.
 *
 *   first   how many columns are x, of the option `option` (for messages); 0: they are not parted
 *   paired  both must have the same rows of x
 *
 * Returns 0, or -1 with command->error set; free it in either case. */
struct cauchy_schwarz_wanted {
    size_t count, first;
    const char *option;
    bool paired;
};
__attribute__((warn_unused_result)) int cauchy_schwarz_input_read(struct cauchy_schwarz_input *input,
                                                                  struct command *command,
                                                                  const struct cauchy_schwarz_wanted *wanted,
                                                                  const struct cauchy_schwarz_widths *widths);

void cauchy_schwarz_input_free(struct cauchy_schwarz_input *input);

#endif
