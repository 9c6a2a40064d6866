/* What a CSV file is written with. */
#ifndef IO_CSV_SYNTAX_H
#define IO_CSV_SYNTAX_H

#include <stdbool.h>

#include "base/instruction_sets.h"

struct csv_syntax {
    char delimiter; /* CSV_BLANKS: fields are separated by runs of blanks */
    char point;     /* '.' or ',' */
};

#define CSV_BLANKS ' '

/* Blanks around a field are no part of it. */
ALWAYS_INLINE bool csv_blank(const struct csv_syntax *syntax, char c) {
    return c == ' ' || (c == '\t' && syntax->delimiter != '\t');
}

/* Past the blanks; a newline must follow somewhere. */
ALWAYS_INLINE const char *csv_skip_blanks(const struct csv_syntax *syntax, const char *text) {
    while (csv_blank(syntax, *text))
        text++;
    return text;
}

#endif
