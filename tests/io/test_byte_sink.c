#include "io/byte_sink.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/byte_source.h"
#include "support/assertions.h"
#include "support/byte_feed.h"

enum { LONG = 5 << 20 };

static const struct byte_sink_settings plain = {.gzip = false};
static unsigned char *text;

static int enter_directory(void **state) {
    static char path[] = "/tmp/kltools-test-XXXXXX";
    text = malloc(LONG);
    for (size_t i = 0; i < LONG; i++)
        text[i] = (unsigned char)"0123456789,.\n"[(i * i / 64 + i) % 13];
    *state = mkdtemp(path);
    return *state == NULL || chdir(path) != 0;
}

static int leave_directory(void **state) {
    char command[64] = "rm -rf ";
    free(text);
    strcat(command, *state);
    return chdir("/") != 0 || system(command) != 0;
}

static void assert_file(const char *path, const void *expected, size_t count) {
    size_t size;
    unsigned char *bytes = byte_feed_read(path, &size);
    assert_int_equal(size, count);
    assert_memory_equal(bytes, expected, count);
    free(bytes);
}

static struct byte_sink *open_sink(const char *path, const struct byte_sink_settings *settings) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open(path, settings, &error);
    assert_string_equal(error.text, "");
    assert_non_null(sink);
    return sink;
}

static void write_in_steps(struct byte_sink *sink, size_t count, size_t step) {
    struct error error = {0};
    for (size_t at = 0; at < count; at += step)
        assert_int_equal(byte_sink_write(sink, text + at, count - at < step ? count - at : step, &error), 0);
}

static void all_bytes_arrive_whatever_the_steps(void **state) {
    (void)state;
    static const size_t steps[] = {1, 1000, 256 * 1024, 300000, LONG};
    struct error error = {0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        size_t count = steps[i] == 1 ? 3000 : LONG;
        struct byte_sink *sink = open_sink("out", &plain);
        write_in_steps(sink, count, steps[i]);
        assert_int_equal(byte_sink_close(sink, &error), 0);
        assert_file("out", text, count);
    }
}

static void a_file_has_its_name_only_when_whole(void **state) {
    (void)state;
    struct error error = {0};
    struct byte_sink *sink = open_sink("named", &plain);
    write_in_steps(sink, LONG, LONG);
    assert_int_equal(access("named", F_OK), -1);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    assert_file("named", text, LONG);
    sink = open_sink("named", &plain);
    write_in_steps(sink, 10, 10);
    byte_sink_discard(sink);
    assert_file("named", text, LONG);
    byte_sink_discard(NULL);
}

static void assert_inflates_to(const char *path, size_t count) {
    struct error error = {0};
    unsigned char *back = malloc(LONG + 1);
    struct byte_source *source = byte_source_open(path, &error);
    assert_non_null(source);
    assert_true(byte_source_compressed(source));
    assert_int_equal(byte_source_read_full(source, back, LONG + 1, &error), count);
    assert_memory_equal(back, text, count);
    byte_source_close(source);
    free(back);
}

static void write_gzip(const char *path, size_t count, size_t step, size_t threads) {
    struct error error = {0};
    const struct byte_sink_settings settings = {.gzip = true, .threads = threads};
    struct byte_sink *sink = open_sink(path, &settings);
    assert_false(byte_sink_seekable(sink));
    write_in_steps(sink, count, step);
    assert_int_equal(byte_sink_close(sink, &error), 0);
}

static void gzip_is_the_same_for_any_threads_and_steps(void **state) {
    (void)state;
    size_t size;
    write_gzip("one.gz", LONG, 100000, 1);
    assert_inflates_to("one.gz", LONG);
    unsigned char *bytes = byte_feed_read("one.gz", &size);
    for (size_t threads = 0; threads <= 5; threads++) {
        write_gzip("more.gz", LONG, 99991 * (threads + 1), threads);
        assert_file("more.gz", bytes, size);
    }
    free(bytes);
}

static void nothing_gzipped_is_still_gzip(void **state) {
    (void)state;
    write_gzip("empty.gz", 0, 1, 1);
    assert_inflates_to("empty.gz", 0);
}

static void a_flushed_block_can_be_read(void **state) {
    (void)state;
    struct error error = {0};
    const struct byte_sink_settings settings = {.gzip = true};
    struct byte_sink *sink = open_sink("flushed.gz", &settings);
    write_in_steps(sink, 100, 10);
    assert_int_equal(byte_sink_flush(sink, &error), 0);
    assert_int_equal(byte_sink_flush(sink, &error), 0);
    write_in_steps(sink, 0, 1);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    assert_inflates_to("flushed.gz", 100);
}

static void a_header_is_mended(void **state) {
    (void)state;
    struct error error = {0};
    struct byte_sink *sink = open_sink("mended", &plain);
    assert_true(byte_sink_seekable(sink));
    assert_int_equal(byte_sink_write(sink, "rows: ?\n1\n", 10, &error), 0);
    assert_int_equal(byte_sink_rewrite(sink, 6, "2", 1, &error), 0);
    assert_int_equal(byte_sink_write(sink, "2\n", 2, &error), 0);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    assert_file("mended", "rows: 2\n1\n2\n", 12);
}

/* Runs a body with standard output on another descriptor, in a child. Returns how it ended, as wait does;
 * what it says on standard error goes to the file "said". */
static int run_with_output(int output, void (*body)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int said = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(said, STDERR_FILENO);
        if (output >= 0)
            dup2(output, STDOUT_FILENO);
        else
            close(STDOUT_FILENO);
        body();
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (output >= 0)
        close(output);
    return status;
}

/* Bodies: they end the child with status 1 where a call fails. */
static void give_up(const struct error *error) {
    dprintf(STDERR_FILENO, "%s", error->text);
    _exit(error->usage ? 2 : 1);
}

static void write_long(void) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open(NULL, &plain, &error);
    if (sink == NULL || byte_sink_write(sink, text, LONG, &error) < 0)
        give_up(&error);
    if (byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void write_short(void) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open("-", &plain, &error);
    if (sink == NULL || byte_sink_write(sink, "1\n", 2, &error) < 0 || byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void write_gzipped(void) {
    struct error error = {0};
    const struct byte_sink_settings settings = {.gzip = true};
    struct byte_sink *sink = byte_sink_open(NULL, &settings, &error);
    if (sink == NULL || byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void write_binary(void) {
    struct error error = {0};
    const struct byte_sink_settings settings = {.binary = true};
    struct byte_sink *sink = byte_sink_open(NULL, &settings, &error);
    if (sink == NULL || byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void mend(void) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open(NULL, &plain, &error);
    if (sink == NULL || byte_sink_write(sink, "?b\n", 3, &error) < 0)
        give_up(&error);
    if (byte_sink_seekable(sink) && byte_sink_rewrite(sink, 0, "a", 1, &error) < 0)
        give_up(&error);
    if (byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void write_to_a_fifo(void) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open("fifo", &plain, &error);
    if (sink == NULL || byte_sink_write(sink, text, 1000, &error) < 0 || byte_sink_close(sink, &error) < 0)
        give_up(&error);
}

static void ignore_then_write(void) {
    signal(SIGPIPE, SIG_IGN);
    write_long();
}

static void default_then_write(void) {
    signal(SIGPIPE, SIG_DFL);
    write_long();
}

static int closed_pipe(void) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    return ends[1];
}

static void a_reader_that_goes_away_ends_the_program_quietly(void **state) {
    (void)state;
    int status = run_with_output(closed_pipe(), default_then_write);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    status = run_with_output(closed_pipe(), ignore_then_write);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    assert_file("said", "", 0);
}

static void assert_says(int status, int expected_status, const char *said) {
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected_status);
    assert_file("said", said, strlen(said));
}

static void a_full_disk_is_an_error(void **state) {
    (void)state;
    assert_says(run_with_output(open("/dev/full", O_WRONLY), write_short), 1,
                "standard output: No space left on device");
    assert_says(run_with_output(open("/dev/full", O_WRONLY), write_long), 1,
                "standard output: No space left on device");
    assert_says(run_with_output(open("/dev/full", O_WRONLY), write_gzipped), 1,
                "standard output: No space left on device");
    assert_says(run_with_output(-1, write_short), 1, "standard output: Bad file descriptor");
    struct error error = {0};
    struct byte_sink *sink = open_sink("/dev/full", &plain);
    write_in_steps(sink, 10, 10);
    assert_int_equal(byte_sink_close(sink, &error), -1);
    assert_string_equal(error.text, "/dev/full: No space left on device");
    assert_null(byte_sink_open("/nowhere/out.csv", &plain, &error));
    assert_string_equal(error.text, "/nowhere/out.csv: No such file or directory");
}

static int terminal(int *master) {
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0)
        return -1;
    return open(ptsname(*master), O_RDWR | O_NOCTTY);
}

static void a_terminal_gets_text_alone(void **state) {
    (void)state;
    int master, slave = terminal(&master);
    if (slave < 0)
        skip();
    assert_says(run_with_output(dup(slave), write_gzipped), 2,
                "refusing to write gzip to a terminal: redirect it, or use -o FILE");
    assert_says(run_with_output(dup(slave), write_binary), 2,
                "refusing to write binary to a terminal: redirect it, or use -o FILE");
    assert_says(run_with_output(slave, write_short), 0, "");
    close(master);
}

static void redirected_output_is_mended_at_its_own_offset(void **state) {
    (void)state;
    int file = open("after", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(file, "head\n", 5), 5);
    assert_says(run_with_output(file, mend), 0, "");
    assert_file("after", "head\nab\n", 8);
    file = open("after", O_WRONLY | O_APPEND);
    assert_says(run_with_output(file, mend), 0, ""); /* appending cannot be sought in: nothing is mended */
    assert_file("after", "head\nab\n?b\n", 11);
}

static void a_fifo_is_written_itself(void **state) {
    (void)state;
    char back[1001];
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_says(run_with_output(open("/dev/null", O_WRONLY), write_to_a_fifo), 0, "");
    assert_int_equal(read(reader, back, sizeof back), 1000);
    assert_memory_equal(back, text, 1000);
    close(reader);
    struct stat status;
    assert_int_equal(stat("fifo", &status), 0);
    assert_true(S_ISFIFO(status.st_mode));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_arrive_whatever_the_steps),
        cmocka_unit_test(a_file_has_its_name_only_when_whole),
        cmocka_unit_test(gzip_is_the_same_for_any_threads_and_steps),
        cmocka_unit_test(nothing_gzipped_is_still_gzip),
        cmocka_unit_test(a_flushed_block_can_be_read),
        cmocka_unit_test(a_header_is_mended),
        cmocka_unit_test(a_reader_that_goes_away_ends_the_program_quietly),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_terminal_gets_text_alone),
        cmocka_unit_test(redirected_output_is_mended_at_its_own_offset),
        cmocka_unit_test(a_fifo_is_written_itself),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
