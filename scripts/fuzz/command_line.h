/* Hostile command lines of a filter, made from lines that work (scripts/fuzz/corpus/commands/lines), the
 * options its --help names, and values that are valid, at the edge or senseless. */
#ifndef FUZZ_COMMAND_LINE_H
#define FUZZ_COMMAND_LINE_H

#include "chance.h"

enum { COMMAND_LINE_WORDS_MAX = 60, COMMAND_LINE_WORD_SIZE = 160 };

/* What command lines of one filter are made of. */
struct command_table;

/* The filter's options, asked of `bin`/`filter` --help, with its lines among those of a file and the names of
 * the files in the folder `pool`. What is missing ends the program. Never freed. */
struct command_table *command_table_load(const char *bin, const char *filter, const char *lines,
                                         const char *pool);

struct command_line {
    char words[COMMAND_LINE_WORDS_MAX][COMMAND_LINE_WORD_SIZE]; /* the filter first */
    size_t count;
};

/* Makes a command line, by chance. */
void command_line_make(struct command_line *line, const struct command_table *table, struct chance *chance);

/* Whether a word, or what stands in it between the marks of "@FILE", "NAME=FILE" and "FILE:ARRAY", is the
 * name of that file. */
bool command_line_names(const struct command_line *line, const char *file);

/* Whether some word holds a number so large that it asks for more work than a fuzzer waits for. */
bool command_line_asks_much(const struct command_line *line);

#endif
