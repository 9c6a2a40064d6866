/* Potentials as a table: side (1 source, 2 target), index (from 1), potential. */
#ifndef TRANSPORT_TRANSPORT_POTENTIALS_H
#define TRANSPORT_TRANSPORT_POTENTIALS_H

#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"

/* Writes the sources' first, then the targets'. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_potentials_write(const struct row_layout *layout,
                                                                   size_t sources, const double *source,
                                                                   size_t targets, const double *target,
                                                                   struct error *error);

/* Reads them in any order, each once and all of them. Returns 0 or -1. */
__attribute__((warn_unused_result)) int transport_potentials_read(const char *path, size_t sources,
                                                                  double *source, size_t targets,
                                                                  double *target, struct error *error);

#endif
