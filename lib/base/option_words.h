/* An option that takes several words: "--split F A B". The first is its value, the others are the next
 * operands behind it, which getopt_long may have moved behind others. */
#ifndef BASE_OPTION_WORDS_H
#define BASE_OPTION_WORDS_H

#include <stddef.h>

#include "base/command.h"

enum { OPTION_WORDS_MAX = 64 };

/* What stands behind the option's value, options among them, as far as it is looked at. */
struct option_words {
    const char *words[OPTION_WORDS_MAX];
    size_t count;
};

/* To be called before command_start, which changes the order.
 *
 *   prefix  the shortest spelling that getopt_long takes for the option alone: "--sp" */
void option_words_find(struct option_words *words, const char *prefix, int argc, char **argv);

/* Makes the first `wanted` operands behind the option's value the first of all. Returns how many there are.
 */
size_t option_words_bring_forward(const struct option_words *words, struct command *command, size_t wanted);

#endif
