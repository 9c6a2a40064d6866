#include "base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double seconds_before_first = 1.0;
static const double seconds_between = 0.1;

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_start(struct progress *progress, enum progress_policy policy, const char *filter) {
    *progress = (struct progress){.filter = filter, .started = seconds_now()};
    progress->shown = policy == PROGRESS_ALWAYS || (policy == PROGRESS_AUTO && isatty(STDERR_FILENO));
    progress->last =
        policy == PROGRESS_ALWAYS ? 0 : progress->started + seconds_before_first - seconds_between;
}

void progress_show(struct progress *progress, const char *what, uint64_t done, uint64_t total) {
    if (!progress->shown)
        return;
    double now = seconds_now();
    if (now < progress->last + seconds_between)
        return;
    progress->last = now;
    progress->drawn = true;
    double elapsed = now - progress->started;
    if (total > 0)
        fprintf(stderr, "\r\033[K%s: %llu of %llu %s (%.0f%%), %.0f s", progress->filter,
                (unsigned long long)done, (unsigned long long)total, what,
                100.0 * (double)done / (double)total, elapsed);
    else
        fprintf(stderr, "\r\033[K%s: %llu %s, %.0f s", progress->filter, (unsigned long long)done, what,
                elapsed);
    fflush(stderr);
}

void progress_end(struct progress *progress) {
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
