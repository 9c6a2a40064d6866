/* The option --bandwidth: a number, a list, a file or a rule. */
#ifndef DENSITY_KERNEL_DENSITY_BANDWIDTH_H
#define DENSITY_KERNEL_DENSITY_BANDWIDTH_H

#include <stddef.h>

#include "base/command.h"
#include "density/kernel_density.h"
#include "density/kernel_density_options.h"

/* Sets factor and, for nn:K, local factors of a density whose points and weights stand. With a number H the
 * factor is H times the identity, whatever the kernel; a rule's bandwidth is multiplied by the kernel's
 * canonical ratio.
 *
 *   name      of the data, for messages
 *   weighted  whether weights were given
 *
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
kernel_density_bandwidth_set(struct kernel_density *density, struct command *command,
                             const struct kernel_density_options *options, const char *name, bool weighted);

#endif
