/* A plot as a script for gnuplot (5.2 or later), data included.
 *
 * All text goes in as single-quoted strings, in which gnuplot expands nothing, on one line each; numbers go
 * in as blocks of numbers alone. So nothing in a table can be a command. The script names no file: the
 * picture goes to gnuplot's standard output. */
#ifndef IO_PLOT_SCRIPT_H
#define IO_PLOT_SCRIPT_H

#include <stddef.h>

#include "io/plot.h"
#include "io/plot_target.h"

/* Returns the script, which the caller frees, and its length; or NULL. What is drawn here and not by gnuplot
 * gets a script for PLOT_TARGET_DUMB. */
__attribute__((warn_unused_result)) char *
plot_script(const struct plot *plot, const struct plot_target *target, size_t *length, struct error *error);

#endif
