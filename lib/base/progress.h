/* A line on standard error that says how far a long run is.
 *
 * Drawn at most ten times a second and only after the first second, so that short runs show nothing; wiped at
 * the end. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_policy {
    PROGRESS_AUTO,
    PROGRESS_ALWAYS,
    PROGRESS_NEVER
}; /* auto: where standard error is a terminal */

struct progress {
    bool shown; /* whether lines are drawn at all */
    bool drawn; /* whether there is a line to wipe */
    const char *filter;
    double started, last; /* seconds */
};

void progress_start(struct progress *progress, enum progress_policy policy, const char *filter);

/* done of total `what` ("rows", "steps"); total 0: not known. Cheap enough for every block; not for several
 * threads at once. */
void progress_show(struct progress *progress, const char *what, uint64_t done, uint64_t total);

void progress_end(struct progress *progress);

#endif
