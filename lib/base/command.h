/* The command line of a filter: option tables, shared options, help, exit status.
 *
 * A filter declares its own options in a table over its settings struct and says which groups of shared
 * options it takes; parsing, --help, usage errors, threads, seed, report, progress and exit statuses come
 * from here. The defaults that
 * --help prints are the values that the settings hold before parsing. */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/report.h"
#include "base/stream_options.h"

#define KLTOOLS_VERSION "0.1.0"

enum option_kind {
    OPTION_KIND_FLAG,
    OPTION_KIND_NUMBER,
    OPTION_KIND_COUNT,
    OPTION_KIND_TEXT,
    OPTION_KIND_TEXTS,
    OPTION_KIND_CHOICE,
    OPTION_KIND_HEADING
};

/* The values of an option that may be given several times, in order. */
struct option_texts {
    const char *texts[32];
    size_t count;
};

/* One option. Written with the macros below. */
struct option_entry {
    char letter;       /* 0: none */
    const char *name;  /* the long name, without -- */
    const char *alias; /* another spelling of it, or NULL */
    enum option_kind kind;
    size_t offset;        /* of the field in the settings */
    const char *argument; /* what --help calls the argument */
    double low, high;     /* the values allowed; low_open, high_open: the ends are not */
    bool low_open, high_open;
    const char *const *choices; /* the words allowed, ended by NULL; the field (an int) holds the index */
    const char *help;
};

/* bool field, set to true */
#define OPTION_FLAG(letter_, name_, type, field, help_)                                                      \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_FLAG, .offset = offsetof(type, field),         \
        .help = help_                                                                                        \
    }
/* double field in [low, high]; a default of nan means none */
#define OPTION_NUMBER(letter_, name_, type, field, argument_, low_, high_, help_)                            \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_NUMBER, .offset = offsetof(type, field),       \
        .argument = argument_, .low = low_, .high = high_, .help = help_                                     \
    }
/* size_t field in [low, high]; 1e6 is taken as a count; a default of OPTION_COUNT_NONE means none */
#define OPTION_COUNT(letter_, name_, type, field, argument_, low_, high_, help_)                             \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_COUNT, .offset = offsetof(type, field),        \
        .argument = argument_, .low = low_, .high = high_, .help = help_                                     \
    }
/* const char * field; NULL means none */
#define OPTION_TEXT(letter_, name_, type, field, argument_, help_)                                           \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_TEXT, .offset = offsetof(type, field),         \
        .argument = argument_, .help = help_                                                                 \
    }
/* struct option_texts field: the option may be given several times; --help names the default in its words */
#define OPTION_TEXTS(letter_, name_, type, field, argument_, help_)                                          \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_TEXTS, .offset = offsetof(type, field),        \
        .argument = argument_, .help = help_                                                                 \
    }
/* int field, an index into choices_ (a static array of words ended by NULL); a default of -1 means none */
#define OPTION_CHOICE(letter_, name_, type, field, choices_, help_)                                          \
    {                                                                                                        \
        .letter = letter_, .name = name_, .kind = OPTION_KIND_CHOICE, .offset = offsetof(type, field),       \
        .choices = choices_, .help = help_                                                                   \
    }
/* a line of --help over the options that follow */
#define OPTION_HEADING(help_)                                                                                \
    { .name = "", .kind = OPTION_KIND_HEADING, .help = help_ }
#define OPTION_END                                                                                           \
    { .name = NULL }
#define OPTION_COUNT_NONE SIZE_MAX

/* Groups of shared options beside those that every filter has (help, version, output, threads, quiet,
 * verbose, progress, report). */
enum option_groups {
    OPTIONS_INPUT = 1 << 0,          /* delimiter, header, na, columns, ...: reads matrices */
    OPTIONS_TABLE = 1 << 1,          /* no-names, binary, float32, gzip, digits: writes a matrix */
    OPTIONS_SEED = 1 << 2,           /* draws random numbers */
    OPTIONS_DISTRIBUTION = 1 << 3,   /* normalize, logits, log-probs, temperature: rows are distributions */
    OPTIONS_LOGARITHM = 1 << 4,      /* base */
    OPTIONS_STEPS = 1 << 5,          /* tolerance, max-iterations */
    OPTIONS_INPUT_OF_MODEL = 1 << 6, /* in place of OPTIONS_INPUT: --na takes `model` too, as what is fitted
                                        tells of missing values; they are handed out as nan */
    OPTIONS_OUTCOME = 1 << 7,        /* accept-unconverged: can fall short of what was asked */
    OPTIONS_ITERATION = OPTIONS_STEPS | OPTIONS_OUTCOME,
    OPTIONS_STREAM = OPTIONS_INPUT | OPTIONS_TABLE,
};

struct command_description {
    const char *name;
    const char *operands; /* as in the synopsis: "[P] Q"; more synopses on further lines */
    const char *purpose;  /* one line */
    const struct option_entry *own_options;
    unsigned shared_options;     /* option_groups */
    const char *const *examples; /* lines for --help, ended by NULL */
    size_t operands_min, operands_max;
    char columns_letter; /* a short letter for --columns, or 0 */
    double tolerance;    /* defaults of OPTIONS_ITERATION */
    size_t max_iterations;
};

/* How the numbers of a row stand for a distribution. */
struct distribution_options {
    bool normalize, logits, log_probs;
    double temperature; /* logits are divided by it; 1 by default */
};

/* A filter at work. */
struct command {
    const struct command_description *description;
    const char **operands;
    size_t operand_count;
    struct error error;
    struct row_format input;
    struct row_layout output;
    struct distribution_options distribution;
    double units_per_nat; /* 1 / log(base) */
    uint64_t seed;
    size_t threads;
    double tolerance;
    size_t max_iterations;
    bool accept_unconverged, quiet, verbose;
    bool unconverged; /* set by the filter: the result was written but falls short; exit status 3 */
    struct report report;
    struct progress progress;
    const char *report_path;
    double started;       /* seconds, monotonic */
    uint64_t given[2][2]; /* own and shared options that were typed, a bit each */
};

/* Parses the command line into command and settings. --help and --version print and exit with 0, usage errors
 * with 2. */
void command_start(struct command *command, const struct command_description *description, void *settings,
                   int argc, char **argv);

/* Whether the option of that long name was typed. */
bool command_given(const struct command *command, const char *name);

/* Refuses options that have no meaning beside another choice. `names` (ended by NULL) are long names, `where`
 * completes "--smooth has no meaning
 * ..." ("with --samples"). Returns 0, or -1 with a usage error. */
int command_refuse(struct command *command, const char *const *names, const char *where);

/* Refuses two results on standard output, where the one would be the end of the other. `names` (ended by
 * NULL) are the options that name a file for a further result, `paths` their values, or NULL where they were
 * not typed. Returns 0, or -1 with a usage error. */
int command_refuse_mixed_output(struct command *command, const char *const *names, const char *const *paths);

/* The i-th of `expected` operands. A missing first operand is standard input: where one fewer was given,
 * operand 0 is "-" and the others follow. Says on standard error that the filter waits, where that is a
 * terminal. */
const char *command_operand(const struct command *command, size_t i, size_t expected);

/* Prints a note on standard error ("kldiv: ...") unless --quiet. */
__attribute__((format(printf, 2, 3))) void command_note(const struct command *command, const char *format,
                                                        ...);

/* Prints the error where status is -1, else the report's figures if --verbose, and writes the report; frees
 * what command holds, and returns the exit status: 0, 1 (2 where it was a usage error), 3. */
int command_finish(struct command *command, int status);

#endif
