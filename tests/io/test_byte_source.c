#include "io/byte_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "support/assertions.h"
#include "support/byte_feed.h"

enum { LONG = 3000000 }; /* more than reader, ring and pipe hold together */

static unsigned char *text, *packed; /* LONG bytes, and them gzipped in three members */
static size_t packed_count;

static size_t pack(const unsigned char *bytes, size_t count, unsigned char *member, size_t room, int flush) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)bytes;
    stream.avail_in = (unsigned)count;
    stream.next_out = member;
    stream.avail_out = (unsigned)room;
    deflate(&stream, flush);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static int make_texts(void **state) {
    (void)state;
    uint64_t random = 1; /* a linear congruential generator: Knuth's MMIX */
    text = malloc(LONG);
    packed = malloc(2 * LONG);
    for (size_t i = 0; i < LONG; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        text[i] = (unsigned char)"0123456789,.-e\n\n"[random >> 60];
    }
    static const size_t cuts[] = {0, 1000, 2000000, LONG};
    for (size_t i = 0; i < 3; i++)
        packed_count += pack(text + cuts[i], cuts[i + 1] - cuts[i], packed + packed_count,
                             2 * LONG - packed_count, Z_FINISH);
    return 0;
}

static int free_texts(void **state) {
    (void)state;
    free(text);
    free(packed);
    return 0;
}

static int end_feed(void **state) {
    (void)state;
    byte_feed_end();
    return 0;
}

static struct byte_source *open_source(const char *path) {
    struct error error = {0};
    struct byte_source *source = byte_source_open(path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(source);
    return source;
}

static void assert_reads(const char *path, const unsigned char *expected, size_t count, size_t step) {
    struct error error = {0};
    struct byte_source *source = open_source(path);
    unsigned char *buffer = malloc(step);
    size_t done = 0;
    ssize_t came;
    while ((came = byte_source_read(source, buffer, step, &error)) > 0) {
        assert_true(done + (size_t)came <= count);
        assert_memory_equal(buffer, expected + done, (size_t)came);
        done += (size_t)came;
        assert_int_equal(byte_source_position(source), done);
    }
    assert_string_equal(error.text, "");
    assert_int_equal(done, count);
    assert_true(byte_source_ready(source));
    assert_int_equal(byte_source_read(source, buffer, step, &error), 0);
    free(buffer);
    byte_source_close(source);
}

static void a_file_a_pipe_and_gzip_of_them_are_the_same_bytes(void **state) {
    (void)state;
    assert_reads(byte_feed_file(text, LONG), text, LONG, 100000);
    assert_reads(byte_feed_pipe(text, LONG, 4099), text, LONG, 100000);
    assert_reads(byte_feed_file(packed, packed_count), text, LONG, 99991);
    assert_reads(byte_feed_pipe(packed, packed_count, 4099), text, LONG, 99991);
}

static void the_step_of_reading_does_not_matter(void **state) {
    (void)state;
    size_t count = pack(text, 3000, packed + packed_count, LONG, Z_FINISH);
    static const size_t steps[] = {1, 2, 63, 64, 65, 1 << 20};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_reads(byte_feed_file(text, 3000), text, 3000, steps[i]);
        assert_reads(byte_feed_pipe(text, 3000, 1 + i), text, 3000, steps[i]);
        assert_reads(byte_feed_pipe(packed + packed_count, count, 1 + i), text, 3000, steps[i]);
    }
}

static void compression_is_told_by_the_first_bytes(void **state) {
    (void)state;
    static const unsigned char near[] = {0x1f, 0x8a, 8};
    struct byte_source *source = open_source(byte_feed_file(packed, packed_count));
    assert_true(byte_source_compressed(source));
    assert_false(byte_source_seekable(source));
    byte_source_close(source);
    source = open_source(byte_feed_pipe(near, sizeof near, 1));
    assert_false(byte_source_compressed(source));
    byte_source_close(source);
    assert_reads(byte_feed_pipe(near, sizeof near, 1), near, sizeof near, 10);
    assert_reads(byte_feed_pipe(near, 1, 1), near, 1, 10);
    assert_reads(byte_feed_pipe(near, 0, 1), near, 0, 10);
}

static void peeking_takes_nothing(void **state) {
    (void)state;
    const unsigned char *bytes;
    size_t available;
    struct error error = {0};
    char buffer[8];
    struct byte_source *source = open_source(byte_feed_pipe("abcdef", 6, 1));
    assert_int_equal(byte_source_peek(source, 2, &bytes, &available, &error), 0);
    assert_int_equal(available, 2);
    assert_memory_equal(bytes, "ab", 2);
    assert_int_equal(byte_source_position(source), 0);
    assert_int_equal(byte_source_read(source, buffer, 1, &error), 1);
    assert_int_equal(byte_source_peek(source, 64, &bytes, &available, &error), 0);
    assert_int_equal(available, 5);
    assert_memory_equal(bytes, "bcdef", 5);
    assert_int_equal(byte_source_read_full(source, buffer, 8, &error), 5);
    assert_memory_equal(buffer, "bcdef", 5);
    byte_source_close(source);
}

static void assert_refused(const char *path, const char *reason) {
    struct error error = {0};
    unsigned char buffer[4096];
    struct byte_source *source = byte_source_open(path, &error);
    ssize_t came = -1;
    while (source != NULL && (came = byte_source_read(source, buffer, sizeof buffer, &error)) > 0)
        continue;
    assert_int_equal(came, -1);
    char expected[200];
    snprintf(expected, sizeof expected, "%s: %s", path, reason);
    assert_string_equal(error.text, expected);
    byte_source_close(source);
}

static void what_cannot_be_read_is_named(void **state) {
    (void)state;
    assert_refused("/nowhere/p.csv", "No such file or directory");
    assert_refused("/tmp", "Is a directory");
    assert_refused(byte_feed_file(packed, 1000), "gzip data are cut short");
    assert_refused(byte_feed_pipe(packed, 2, 1), "gzip data are cut short");
    assert_refused(byte_feed_file("\x1f\x8b nothing like it", 18),
                   "damaged gzip data (unknown compression method)");
}

/* A co-process: what was sent is there before more is waited for. */
static void bytes_of_a_slow_writer_come_at_once(void **state) {
    (void)state;
    struct error error = {0};
    unsigned char buffer[100], member[100];
    const char *path = byte_feed_open_pipe();
    byte_feed_write("1,2\n", 4);
    struct byte_source *source = open_source(path);
    assert_true(byte_source_ready(source));
    assert_int_equal(byte_source_read_full(source, buffer, 4, &error), 4);
    assert_false(byte_source_ready(source));
    byte_feed_write("3\n", 2);
    assert_true(byte_source_ready(source));
    assert_int_equal(byte_source_read(source, buffer, sizeof buffer, &error), 2);
    byte_source_close(source);

    path = byte_feed_open_pipe();
    size_t count = pack((const unsigned char *)"1,2\n", 4, member, sizeof member, Z_SYNC_FLUSH);
    byte_feed_write(member, count);
    source = open_source(path);
    assert_true(byte_source_ready(source));
    assert_int_equal(byte_source_read_full(source, buffer, 4, &error), 4);
    assert_memory_equal(buffer, "1,2\n", 4);
    assert_false(byte_source_ready(source));
    byte_source_close(source); /* though its thread waits for more */
}

static void a_source_left_early_closes(void **state) {
    (void)state;
    struct error error = {0};
    unsigned char buffer[10];
    for (int i = 0; i < 20; i++) {
        struct byte_source *source = open_source(byte_feed_file(packed, packed_count));
        assert_int_equal(byte_source_read_full(source, buffer, (size_t)i % 10, &error), i % 10);
        byte_source_close(source);
    }
}

/* A megabyte of zeros packs a thousandfold; the source must not hold what it inflates. */
static void a_bomb_is_inflated_in_bounded_memory(void **state) {
    (void)state;
    struct error error = {0};
    static unsigned char zeros[1 << 20], buffer[1 << 16];
    size_t count = pack(zeros, sizeof zeros, packed + packed_count, LONG, Z_FINISH);
    unsigned char *bomb = malloc(1000 * count);
    for (size_t i = 0; i < 1000; i++)
        memcpy(bomb + i * count, packed + packed_count, count);
    struct byte_source *source = open_source(byte_feed_file(bomb, 1000 * count));
    uint64_t total = 0;
    ssize_t came;
    while ((came = byte_source_read(source, buffer, sizeof buffer, &error)) > 0)
        total += (uint64_t)came;
    assert_int_equal(total, 1000u << 20);
    byte_source_close(source);
    free(bomb);
}

static void a_file_can_be_sought_in(void **state) {
    (void)state;
    struct error error = {0};
    char buffer[8];
    struct byte_source *source = open_source(byte_feed_file("abcdefghij", 10));
    assert_true(byte_source_seekable(source));
    assert_int_equal(byte_source_size(source), 10);
    assert_int_equal(byte_source_read_at(source, 7, buffer, 3, &error), 0);
    assert_memory_equal(buffer, "hij", 3);
    assert_int_equal(byte_source_seek(source, 4, &error), 0);
    assert_int_equal(byte_source_position(source), 4);
    assert_int_equal(byte_source_read(source, buffer, 2, &error), 2);
    assert_memory_equal(buffer, "ef", 2);
    assert_int_equal(byte_source_seek(source, 10, &error), 0);
    assert_int_equal(byte_source_read(source, buffer, 2, &error), 0);
    assert_int_equal(byte_source_seek(source, 0, &error), 0);
    assert_int_equal(byte_source_read(source, buffer, 2, &error), 2);
    assert_memory_equal(buffer, "ab", 2);
    assert_int_equal(byte_source_seek(source, 11, &error), -1);
    assert_int_equal(byte_source_read_at(source, 9, buffer, 2, &error), -1);
    byte_source_close(source);
}

/* "{ read line; filter; cat; } < file": each goes on where the one before stopped. */
static void standard_input_goes_on_from_where_it_stands(void **state) {
    (void)state;
    struct error error = {0};
    char buffer[8];
    int saved = dup(STDIN_FILENO);
    int file = open(byte_feed_file("abcdefghij", 10), O_RDONLY);
    dup2(file, STDIN_FILENO);
    close(file);
    assert_int_equal(read(STDIN_FILENO, buffer, 3), 3);
    struct byte_source *source = open_source("-");
    assert_int_equal(byte_source_size(source), 7);
    assert_int_equal(byte_source_read_full(source, buffer, 4, &error), 4);
    assert_memory_equal(buffer, "defg", 4);
    assert_int_equal(byte_source_read_at(source, 1, buffer, 2, &error), 0);
    assert_memory_equal(buffer, "ef", 2);
    assert_string_equal(byte_source_name(source), "-");
    byte_source_close(source);
    assert_int_equal(read(STDIN_FILENO, buffer, 8), 3);
    assert_memory_equal(buffer, "hij", 3);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

/* Such files say that they are empty. */
static void a_file_of_the_system_is_read_to_its_end(void **state) {
    (void)state;
    struct error error = {0};
    char buffer[64];
    struct byte_source *source = open_source("/proc/self/stat");
    assert_false(byte_source_seekable(source));
    assert_true(byte_source_read(source, buffer, sizeof buffer, &error) > 0);
    byte_source_close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_a_pipe_and_gzip_of_them_are_the_same_bytes, end_feed),
        cmocka_unit_test_teardown(the_step_of_reading_does_not_matter, end_feed),
        cmocka_unit_test_teardown(compression_is_told_by_the_first_bytes, end_feed),
        cmocka_unit_test_teardown(peeking_takes_nothing, end_feed),
        cmocka_unit_test_teardown(what_cannot_be_read_is_named, end_feed),
        cmocka_unit_test_teardown(bytes_of_a_slow_writer_come_at_once, end_feed),
        cmocka_unit_test_teardown(a_source_left_early_closes, end_feed),
        cmocka_unit_test_teardown(a_bomb_is_inflated_in_bounded_memory, end_feed),
        cmocka_unit_test_teardown(a_file_can_be_sought_in, end_feed),
        cmocka_unit_test_teardown(standard_input_goes_on_from_where_it_stands, end_feed),
        cmocka_unit_test_teardown(a_file_of_the_system_is_read_to_its_end, end_feed),
    };
    return cmocka_run_group_tests(tests, make_texts, free_texts);
}
