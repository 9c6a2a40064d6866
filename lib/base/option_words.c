#include "base/option_words.h"

#include <string.h>

void option_words_find(const char *prefix, int argc, char **argv, size_t count, const char **words) {
    for (size_t word = 0; word < count; word++)
        words[word] = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], prefix, strlen(prefix)) != 0)
            continue;
        int first = i + (strchr(argv[i], '=') != NULL ? 1 : 2);
        for (size_t word = 0; word < count && first + (int)word < argc; word++)
            words[word] = argv[first + (int)word];
    }
}

void option_words_bring_forward(struct command *command, size_t count, const char *const *words) {
    for (size_t place = 0; place < count; place++) {
        size_t i = place;
        while (i < command->operand_count && command->operands[i] != words[place])
            i++;
        for (; i < command->operand_count && i > place; i--) {
            command->operands[i] = command->operands[i - 1];
            command->operands[i - 1] = words[place];
        }
    }
}
