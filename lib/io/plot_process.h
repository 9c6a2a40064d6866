/* Runs gnuplot on a script.
 *
 * Script, picture and messages go through files without a name, so that no path is ever part of a script, no
 * pipe can block, and nothing is left behind whatever ends the program. */
#ifndef IO_PLOT_PROCESS_H
#define IO_PLOT_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Whether there is a gnuplot to be run in PATH. */
bool plot_process_available(void);

/* Runs gnuplot with a script of script_length bytes. Returns what it draws, which the caller frees, and its
 * length; or NULL: gnuplot's failure, or a picture of no bytes, is an error with its message. */
__attribute__((warn_unused_result)) char *plot_process_draw(const char *script, size_t script_length,
                                                            size_t *length, struct error *error);

#endif
