#include "base/report.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"

static char path[] = "/tmp/kltools-report-XXXXXX";

/* Writes the report to a file and compares its text. */
static void assert_written(struct report *report, const char *expected) {
    char text[1024] = "";
    struct error error = {0};
    assert_int_equal(report_write(report, path, &error), 0);
    int descriptor = open(path, O_RDONLY);
    assert_true(read(descriptor, text, sizeof text - 1) > 0);
    close(descriptor);
    assert_string_equal(text, expected);
    report_free(report);
}

static void entries_stand_in_order_with_shortest_digits(void **state) {
    (void)state;
    struct report report = {0};
    report_text(&report, "filter", "kldiv");
    report_number(&report, "rows", 1000000);
    report_number(&report, "tenth", 0.1);
    report_number(&report, "third", 1.0 / 3);
    report_numbers(&report, "path", 2, (double[]){-1.5, 1e300});
    report_numbers(&report, "none", 0, NULL);
    assert_written(&report,
                   "{\n  \"filter\": \"kldiv\",\n  \"rows\": 1000000,\n  \"tenth\": 0.1,\n"
                   "  \"third\": 0.3333333333333333,\n  \"path\": [-1.5, 1e+300],\n  \"none\": []\n}\n");
}

static void what_json_lacks_becomes_text(void **state) {
    (void)state;
    struct report report = {0};
    report_numbers(&report, "x", 3, (double[]){INFINITY, -INFINITY, NAN});
    assert_written(&report, "{\n  \"x\": [\"inf\", \"-inf\", \"nan\"]\n}\n");
}

static void text_is_escaped(void **state) {
    (void)state;
    struct report report = {0};
    report_text(&report, "name", "a\"b\\c\nd\xc3\xa9");
    assert_written(&report, "{\n  \"name\": \"a\\\"b\\\\c\\u000ad\xc3\xa9\"\n}\n");
}

static void an_empty_report_is_an_empty_object(void **state) {
    (void)state;
    struct report report = {0};
    assert_written(&report, "{}\n");
}

static void lines_hold_the_same_figures(void **state) {
    (void)state;
    struct report report = {0};
    assert_string_equal(report_lines(&report), "");
    report_text(&report, "method", "tree");
    report_number(&report, "tenth", 0.1);
    report_numbers(&report, "path", 3, (double[]){-1.5, 1e300, NAN});
    report_numbers(&report, "none", 0, NULL);
    assert_string_equal(report_lines(&report), "method tree\ntenth 0.1\npath -1.5 1e+300 nan\nnone\n");
    report_free(&report);
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    struct report report = {0};
    struct error error = {0};
    assert_int_equal(report_write(&report, "/dev/full", &error), -1);
    assert_string_equal(error.text, "/dev/full: No space left on device");
    report_free(&report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_order_with_shortest_digits),
        cmocka_unit_test(what_json_lacks_becomes_text),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(an_empty_report_is_an_empty_object),
        cmocka_unit_test(lines_hold_the_same_figures),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    int descriptor = mkstemp(path);
    int failed = descriptor < 0 || cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
