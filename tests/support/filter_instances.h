/* What each filter does in an instant, for tests that ask the same of all filters. */
#ifndef SUPPORT_FILTER_INSTANCES_H
#define SUPPORT_FILTER_INSTANCES_H

#include <stddef.h>

#include "support/filter_run.h"

struct filter_instance {
    const char *filter;
    const char *prepare; /* shell commands that make what it needs, or "" */
    const char *command; /* with "$f" for a file it reads; writes to standard output */
    const char *input;   /* such a file, of those below or made by prepare */
};

/* In the order of their names. */
extern const struct filter_instance filter_instances[];
extern const size_t filter_instances_count;

/* The files the instances are run beside, ended by a name of NULL. */
extern const struct filter_file filter_instance_files[];

/* A copy of text with `word` replaced by `with` everywhere; NULL for NULL. The caller frees it. */
char *filter_instance_filled(const char *text, const char *word, const char *with);

#endif
