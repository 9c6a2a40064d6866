/* Adam (Kingma and Ba 2015, ICLR): an ascent by gradients of batches of rows, each coordinate's step divided
 * by the root mean square of its gradient. Over the last half of the epochs steps shrink to 0 on a straight
 * line. It stops where it was told to, and not before. */
#ifndef PROCESS_GAUSSIAN_PROCESS_ADAM_H
#define PROCESS_GAUSSIAN_PROCESS_ADAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "process/gaussian_process_search.h"

struct gaussian_process_adam {
    size_t rows;
    size_t batch; /* 1 .. rows */
    size_t epochs;
    double rate;
    uint64_t seed; /* of the order of rows */
    /* Has the objective be that of some rows; NULL, of all. `rows` is valid until the next call. */
    void (*choose)(void *choose_context, const size_t *rows, size_t count);
    void *choose_context;
};

/* Takes the search's variables, objective, context and callbacks. Iterations are epochs; restarts, tolerance
 * and iterations_max are not looked at. Returns 0, or -1: what the objective says, or "the objective is not
 * finite at the start". */
__attribute__((warn_unused_result)) int
gaussian_process_adam_run(const struct gaussian_process_adam *adam, struct gaussian_process_search *search,
                          struct gaussian_process_search_result *result, struct error *error);

#endif
