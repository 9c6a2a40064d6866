/* One of the two inputs of many small problems: rows that come in units, read ahead as they come. */
#ifndef TRANSPORT_BATCH_SIDE_H
#define TRANSPORT_BATCH_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/command.h"
#include "io/row_reader.h"

/* What the rows are. */
enum batch_side_kind { BATCH_SIDE_POINTS, BATCH_SIDE_COSTS, BATCH_SIDE_WEIGHTS };

/* All zero is closed. */
struct batch_side {
    enum batch_side_kind kind;
    const struct command *command;
    struct row_reader *reader;
    size_t columns;
    size_t unit;     /* rows of one problem */
    double scale;    /* costs are multiplied by it */
    double *rows;    /* capacity x columns */
    size_t capacity; /* rows; a multiple of unit */
    size_t count;    /* rows at hand */
    size_t taken;    /* rows of the reader's block used */
    uint64_t total;  /* rows taken in all */
    bool ended;
    bool repeated; /* there was one row only, which serves every problem */
};

/* Opens an operand; unit, kind and scale are set by the caller, capacity rows are read at a time. Returns 0,
 * or -1. batch_side_close is right in either case. */
__attribute__((warn_unused_result)) int batch_side_open(struct batch_side *side, struct command *command,
                                                        const char *operand);

/* Makes room for so many rows at a time. Returns 0 or -1. */
__attribute__((warn_unused_result)) int batch_side_reserve(struct batch_side *side, size_t capacity,
                                                           struct error *error);

/* Reads rows until the room is full, the input ends, or a unit is there and more would have to be waited for.
 * Rows are checked and become what their kind says. Returns 0 or -1. */
__attribute__((warn_unused_result)) int batch_side_fill(struct batch_side *side, struct error *error);

/* Drops the first so many rows. */
void batch_side_drop(struct batch_side *side, size_t rows);

/* Whether more can be read without waiting. */
bool batch_side_ready(const struct batch_side *side);

void batch_side_close(struct batch_side *side);

#endif
