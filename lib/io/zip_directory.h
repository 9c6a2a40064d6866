/* The end of a zip archive: its directory, the records that say how long that is, a comment. */
#ifndef IO_ZIP_DIRECTORY_H
#define IO_ZIP_DIRECTORY_H

#include <stdint.h>

#include "base/error.h"
#include "io/zip_input.h"

/* Reads from behind the last member to the end of the stream. The directory has to list as many members as
 * were read, and nothing may follow it; what it says of each is not compared. Returns 0 or -1. */
__attribute__((warn_unused_result)) int zip_directory_read(struct zip_input *input, uint64_t members,
                                                           struct error *error);

#endif
