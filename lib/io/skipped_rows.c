#include "io/skipped_rows.h"

#include <inttypes.h>

void skipped_rows_note(const struct command *command, const char *operand, uint64_t count) {
    if (count > 0)
        command_note(command, "%s: %" PRIu64 " row%s with missing values skipped", operand, count,
                     count == 1 ? "" : "s");
}
