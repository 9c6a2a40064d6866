/* A table of command lines and what must come of them, each row one test.
 *
 *     static const struct filter_case cases[] = {
 *         { "disjoint rows reach log 2", "jsdiv -N p.csv -", FILES({ "p.csv", "1,0\n" }),
 *           .input = "0,1\n", .output = "0.6931471805599453\n" },
 *         { "a negative mass is refused", "jsdiv p.csv -", FILES({ "p.csv", "1,0\n" }), .status = 1,
 *           .input = "2,-1\n", .error = "jsdiv: -:1: field 2: expected a probability, got '-1'\n" },
 *     };
 *     int main(void) {
 *         return filter_cases_run(cases, sizeof cases / sizeof *cases);
 *     }
 *
 * The command is run by filter_run_command in a fresh directory that holds the files. What a row does not
 * mention must not be: no output, nothing on standard error, exit status 0. */
#ifndef SUPPORT_FILTER_CASE_H
#define SUPPORT_FILTER_CASE_H

#include <stddef.h>

#include "support/filter_run.h"

struct filter_case {
    const char *name;                /* a sentence about the behaviour */
    const char *command;             /* a shell command line; $DATA is the folder of test data */
    const struct filter_file *files; /* FILES(...) */
    const char *input;               /* fed to standard input through a pipe; NULL: nothing */
    size_t input_length;             /* 0: up to the zero byte */

    /* Standard output: one of these, or none of them for an empty one. */
    const char *output;          /* exactly */
    size_t output_length;        /* of output; 0: up to the zero byte */
    const char *output_contains; /* somewhere */
    const char *numbers;         /* these numbers in this order, apart by blanks: "0.2007768 inf nan". In the
                                    output, blanks, commas and newlines part words; words that are no numbers
                                    (a header) are passed over */
    double tolerance;            /* each number may be off by tolerance + relative_tolerance x |expected| */
    double relative_tolerance;

    /* Standard error: one of these, or none of them for an empty one. */
    const char *error;          /* exactly */
    const char *error_contains; /* somewhere */

    int status; /* exit status */
};

/* clang-format off: it takes the braces of these macros for blocks */

/* The files of a case: names and texts, FILES({ "p.csv", "1,0\n" }, { "q.csv", "0,1\n" }). */
#define FILES(...)                                                                                           \
    (const struct filter_file[]) {                                                                           \
        __VA_ARGS__, {                                                                                       \
            NULL                                                                                             \
        }                                                                                                    \
    }

/* A file whose content, a literal, may hold zero bytes: FILES(BYTES("p.npy", "\x93NUMPY\1\0...")). */
#define BYTES(name_, literal_)                                                                               \
    { name_, literal_, sizeof(literal_) - 1 }

/* clang-format on */

/* Runs each case as a cmocka test. Returns 0 when all passed, 1 otherwise. */
int filter_cases_run(const struct filter_case *cases, size_t count);

#endif
