#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/assertions.h"

/* What show draws on standard error, which goes to a file meanwhile. */
static const char *drawn(enum progress_policy policy, uint64_t done, uint64_t total, bool end) {
    static char text[256];
    struct progress progress;
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    progress_start(&progress, policy, "kldiv");
    progress_show(&progress, "rows", done, total);
    if (end)
        progress_end(&progress);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void a_line_says_how_far_the_run_is(void **state) {
    (void)state;
    assert_string_equal(drawn(PROGRESS_ALWAYS, 250, 1000, false),
                        "\r\033[Kkldiv: 250 of 1000 rows (25%), 0 s");
    assert_string_equal(drawn(PROGRESS_ALWAYS, 250, 0, false), "\r\033[Kkldiv: 250 rows, 0 s");
}

static void the_end_wipes_the_line(void **state) {
    (void)state;
    assert_string_equal(drawn(PROGRESS_ALWAYS, 1, 0, true), "\r\033[Kkldiv: 1 rows, 0 s\r\033[K");
}

static void nothing_is_drawn_where_there_is_no_terminal_or_none_is_wished(void **state) {
    (void)state;
    assert_string_equal(drawn(PROGRESS_AUTO, 250, 1000, true), "");
    assert_string_equal(drawn(PROGRESS_NEVER, 250, 1000, true), "");
}

static void lines_come_a_tenth_of_a_second_apart(void **state) {
    (void)state;
    struct progress progress = {.shown = true, .filter = "kldiv"};
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    progress.last = progress.started = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
    progress_show(&progress, "rows", 1, 0);
    assert_false(progress.drawn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_how_far_the_run_is),
        cmocka_unit_test(the_end_wipes_the_line),
        cmocka_unit_test(nothing_is_drawn_where_there_is_no_terminal_or_none_is_wished),
        cmocka_unit_test(lines_come_a_tenth_of_a_second_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
