/* An option that takes several words: "--split F A B". The first is its value, the others come as operands,
 * which getopt_long may have moved behind others. */
#ifndef BASE_OPTION_WORDS_H
#define BASE_OPTION_WORDS_H

#include <stddef.h>

#include "base/command.h"

/* Finds the count words behind the option's value, before command_start reorders them; NULL where there is
 * none.
 *
 *   prefix  the shortest spelling that getopt_long takes for the option alone: "--sp" */
void option_words_find(const char *prefix, int argc, char **argv, size_t count, const char **words);

/* Makes the words the first operands. One that is no operand (another option stands behind the value) is
 * passed over: then the operand whose place it would have had is meant. */
void option_words_bring_forward(struct command *command, size_t count, const char *const *words);

#endif
