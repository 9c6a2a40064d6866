/* A leaf of a kernel expression, made of its name and arguments. */
#ifndef PROCESS_COVARIANCE_LEAF_H
#define PROCESS_COVARIANCE_LEAF_H

#include "process/covariance.h"
#include "process/covariance_scanner.h"

/* Takes name ['(' arguments ')'], and fills in node, whose parameters are put behind those there are. Returns
 * 0 or -1; what node holds is the caller's to free in any case. */
__attribute__((warn_unused_result)) int covariance_leaf_read(struct covariance *covariance,
                                                             struct covariance_node *node,
                                                             struct covariance_scanner *scanner,
                                                             const struct covariance_inputs *inputs);

#endif
