#include "support/filter_case.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"

enum { SHOWN_MAX = 2000 };

static const char blanks[] = " ,\t\n";

/* Prints bytes so that every one can be seen, lines apart. */
static void show(const char *title, const char *bytes, size_t length) {
    char text[4 * SHOWN_MAX + 1];
    size_t used = 0, shown = length < SHOWN_MAX ? length : SHOWN_MAX;
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '\n' || (isprint(byte) && byte != '\\'))
            text[used++] = (char)byte;
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "\\x%02x", byte);
    }
    text[used] = '\0';
    print_error("  %s (%zu bytes): |%s%s|\n", title, length, text, shown < length ? " ..." : "");
}

static size_t length_of(const char *text, size_t length) {
    return length || !text ? length : strlen(text);
}

/* What is wrong with one stream, or NULL: it must be `exact`, else contain `part`, else be empty. */
static const char *mismatch(const char *actual, size_t length, const char *exact, size_t exact_length,
                            const char *part) {
    if (exact)
        return length == exact_length && memcmp(actual, exact, length) == 0 ? NULL
                                                                            : "is not the expected one";
    if (part)
        return strstr(actual, part) ? NULL : "does not contain what it should";
    return length == 0 ? NULL : "should be empty";
}

/* The next word of *text that is a number. */
static bool next_number(const char **text, double *value) {
    for (;;) {
        *text += strspn(*text, blanks);
        size_t length = strcspn(*text, blanks);
        if (length == 0)
            return false;
        char *end;
        *value = strtod(*text, &end);
        *text += length;
        if (end == *text)
            return true;
    }
}

static bool near(double actual, double expected, const struct filter_case *row) {
    if (actual == expected || (isnan(actual) && isnan(expected)))
        return true;
    double allowed = row->tolerance + row->relative_tolerance * fabs(expected);
    return isfinite(expected) && fabs(actual - expected) <= allowed;
}

/* Compares the numbers of an output with the expected ones; writes what is wrong and returns true. */
static bool numbers_differ(const struct filter_case *row, const char *output, char *wrong, size_t size) {
    const char *left = row->numbers;
    for (size_t place = 1;; place++) {
        double expected = 0, actual = 0;
        bool more = next_number(&left, &expected);
        if (next_number(&output, &actual) != more) {
            snprintf(wrong, size, more ? "ends before number %zu" : "goes on with number %zu", place);
            return true;
        }
        if (!more)
            return false;
        if (!near(actual, expected, row)) {
            snprintf(wrong, size, "has number %zu %.17g in place of %.17g (off by %.3g)", place, actual,
                     expected, fabs(actual - expected));
            return true;
        }
    }
}

/* What a row asked of a stream, under what came. */
static void show_expected(const char *exact, size_t exact_length, const char *part) {
    if (exact)
        show("expected", exact, exact_length);
    else if (part)
        show("expected within", part, strlen(part));
}

static void run_case(void **state) {
    const struct filter_case *row = *state;
    char *directory = filter_run_directory(row->files);
    struct filter_run run =
        filter_run_command(directory, row->command, row->input, length_of(row->input, row->input_length));
    filter_run_remove(directory);

    char numbers_wrong[200];
    size_t output_length = length_of(row->output, row->output_length);
    size_t error_length = length_of(row->error, 0);
    const char *output_wrong =
        mismatch(run.output, run.output_length, row->output, output_length, row->output_contains);
    if (row->numbers)
        output_wrong =
            numbers_differ(row, run.output, numbers_wrong, sizeof numbers_wrong) ? numbers_wrong : NULL;
    const char *error_wrong =
        mismatch(run.error, run.error_length, row->error, error_length, row->error_contains);
    bool failed = output_wrong || error_wrong || run.status != row->status;

    if (failed) {
        print_error("  $ %s\n", row->command);
        if (run.status != row->status)
            print_error("  the exit status is %d, expected %d\n", run.status, row->status);
        if (output_wrong)
            print_error("  standard output %s\n", output_wrong);
        if (error_wrong)
            print_error("  standard error %s\n", error_wrong);
        show("output", run.output, run.output_length);
        show_expected(row->output, output_length, row->output_contains);
        if (row->numbers)
            show("expected numbers", row->numbers, strlen(row->numbers));
        show("error", run.error, run.error_length);
        show_expected(row->error, error_length, row->error_contains);
    }
    filter_run_free(&run);
    if (failed)
        fail();
}

int filter_cases_run(const struct filter_case *cases, size_t count) {
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    if (!tests)
        return 1;
    for (size_t i = 0; i < count; i++) {
        /* cmocka hands the state on as a plain pointer; run_case takes it back as const. */
        tests[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = run_case};
        memcpy(&tests[i].initial_state, &(const void *){&cases[i]}, sizeof tests[i].initial_state);
    }
    int failed = _cmocka_run_group_tests("cases", tests, count, NULL, NULL);
    free(tests);
    return failed != 0;
}
