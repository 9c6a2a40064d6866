/* How matrices are read and written: what the shared options say, and what io takes. */
#ifndef BASE_STREAM_OPTIONS_H
#define BASE_STREAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum header_policy { HEADER_DETECT, HEADER_PRESENT, HEADER_ABSENT };

enum missing_policy {
    MISSING_FAIL,   /* an error that names the place */
    MISSING_SKIP,   /* the row is dropped and counted */
    MISSING_KEEP,   /* handed out as nan */
    MISSING_REFUSE, /* as MISSING_FAIL, where rows have partners and cannot be dropped */
};

/* How to read. All zero is the default. Lists are as typed. */
struct row_format {
    char delimiter; /* 0: the first of , TAB ; | or blanks in the first record */
    enum header_policy header;
    enum missing_policy missing;
    const char *na_values; /* further spellings of a missing value, comma-separated; NULL: none */
    const char *columns;   /* "3,1,5-7,name,-2": which, in this order, repeats allowed; NULL: all */
    const char *exclude;   /* which not; NULL: none */
    bool decimal_comma;    /* 1,5 is one and a half */
    size_t shard, shards;  /* reads the shard-th (from 1) of so many parts of a regular file; shards 0: all */
    const char *text;   /* columns read as words, handed out as codes 0, 1, ... in order of first appearance;
                           NULL: none */
    bool text_optional; /* in arrays of numbers these columns stay numbers; else that is an error */
    size_t threads;     /* for parsing; 0 is 1 */
};

/* How to write. All zero is the default, but for rows. */
struct row_layout {
    bool binary;      /* NPY in place of CSV */
    bool float32;     /* <f4; in CSV, digits that read back to the same float */
    bool gzip;        /* compressed */
    bool no_names;    /* CSV without a header line */
    int digits;       /* CSV: significant digits; 0: shortest round trip */
    const char *path; /* NULL: standard output */
    size_t threads;   /* for printing and deflating; 0 is 1 */
};

#endif
