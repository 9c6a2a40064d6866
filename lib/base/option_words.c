#include "base/option_words.h"

#include <string.h>

void option_words_find(struct option_words *words, const char *prefix, int argc, char **argv) {
    int option = 1;
    words->count = 0;
    while (option < argc && strcmp(argv[option], "--") != 0 &&
           strncmp(argv[option], prefix, strlen(prefix)) != 0)
        option++;
    if (option == argc || strcmp(argv[option], "--") == 0)
        return;
    int first = option + (strchr(argv[option], '=') != NULL ? 1 : 2);
    for (int i = first; i < argc && words->count < OPTION_WORDS_MAX; i++)
        words->words[words->count++] = argv[i];
}

/* Moves the operand to a place before it. Returns whether it is one. */
static bool move(struct command *command, const char *operand, size_t place) {
    size_t i = place;
    while (i < command->operand_count && command->operands[i] != operand)
        i++;
    if (i == command->operand_count)
        return false;
    for (; i > place; i--)
        command->operands[i] = command->operands[i - 1];
    command->operands[place] = operand;
    return true;
}

size_t option_words_bring_forward(const struct option_words *words, struct command *command, size_t wanted) {
    size_t found = 0;
    for (size_t i = 0; i < words->count && found < wanted; i++)
        found += move(command, words->words[i], found);
    return found;
}
