/* The tables of options: lookup, parsing, printing. Used by base/command alone. */
#ifndef BASE_COMMAND_OPTIONS_H
#define BASE_COMMAND_OPTIONS_H

#include "base/command.h"

enum {
    OPTION_ENTRIES_MAX = 128
}; /* of a filter's own, and of the shared ones: a bit each in command.given */

/* The shared options as typed, before command_options_parse turns them into the command's fields. */
struct shared_values {
    bool help, version, header, no_header;
    const char *delimiter, *shard;
    int missing, progress;
    size_t threads, seed, digits;
    double base;
    struct command command; /* what needs no turning goes straight into its field */
};

/* A titled run of shared options that belong to a group (0: to every filter). */
struct option_section {
    const char *title;
    unsigned group;
    const struct option_entry *entries;
};

/* The sections, ended by a NULL title. */
extern const struct option_section command_options_shared[];

/* The values that the shared options have before parsing. */
void command_options_defaults(struct shared_values *shared, const struct command_description *description);

/* Parses argv into settings and shared, moving operands to the end. *first_operand is the first of them.
 * Returns 0, or -1 with a usage error in command->error. Ends early, with shared->help or shared->version
 * set, where one is met. */
int command_options_parse(struct command *command, struct shared_values *shared, void *settings, int argc,
                          char **argv, int *first_operand);

/* Writes the text of --help to standard output. */
void command_options_print_help(const struct command_description *description, const void *settings,
                                const struct shared_values *shared);

#endif
