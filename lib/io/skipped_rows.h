/* The note on rows that --na skip dropped. */
#ifndef IO_SKIPPED_ROWS_H
#define IO_SKIPPED_ROWS_H

#include <stdint.h>

#include "base/command.h"

/* Says on standard error how many rows of an operand were dropped; nothing where none was. */
void skipped_rows_note(const struct command *command, const char *operand, uint64_t count);

#endif
