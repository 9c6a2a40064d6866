/* The iterations at the final epsilon: which method, and whether the whole plan is right; not for others. */
#ifndef TRANSPORT_SINKHORN_FINAL_H
#define TRANSPORT_SINKHORN_FINAL_H

#include "transport/sinkhorn_iteration.h"

/* Iterates until the tolerance is met, takes the figures and names the method in the result. The error is set
 * where memory ended it. */
enum sinkhorn_ending sinkhorn_final_run(struct sinkhorn_solver *solver, struct error *error);

#endif
