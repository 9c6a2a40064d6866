/* What is done with each field of a CSV's records: told once from the first record and the options. */
#ifndef IO_CSV_PLAN_H
#define IO_CSV_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/csv_record.h"
#include "io/csv_syntax.h"
#include "io/missing_words.h"
#include "io/word_table.h"

enum csv_field_kind { CSV_FIELD_LEFT_OUT, CSV_FIELD_NUMBER, CSV_FIELD_TEXT };

struct csv_plan {
    struct csv_syntax syntax;
    struct missing_words missing_words;
    enum missing_policy missing;
    size_t width;              /* fields of a record */
    size_t columns;            /* handed out */
    size_t *sources;           /* columns: the field behind each */
    unsigned char *kinds;      /* width: csv_field_kind */
    bool straight;             /* every field a number and handed out in its place, nothing to compare */
    bool one_line;             /* records over several lines are refused; set by the reader */
    bool header;               /* the first record holds names */
    char **names;              /* columns names where there is a header, else NULL */
    struct word_table *tables; /* width of them, for the text columns; NULL: there are none */
};

/* Makes a plan from the first record.
 *
 * It is a header where the format says so, or names a column, or where a field is neither number nor missing
 * value; only the fields to be read as numbers are looked at, so that a column of words that is left out or
 * read as text does not make its first row a header; where no field is to be read as a number all are looked
 * at.
 *
 * The format's texts must outlive the plan. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int csv_plan_make(struct csv_plan *plan, const struct csv_syntax *syntax,
                                                      const struct csv_record *first,
                                                      const struct row_format *format, struct error *error);

/* Frees what a plan holds; an all-zero plan is fine. */
void csv_plan_free(struct csv_plan *plan);

#endif
