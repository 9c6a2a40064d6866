#include "io/zip_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "io/zip_format.h"
#include "io/zip_reader.h"
#include "support/assertions.h"
#include "support/byte_feed.h"

static const struct byte_sink_settings plain = {.gzip = false};

static int enter_directory(void **state) {
    static char path[] = "/tmp/kltools-test-XXXXXX";
    *state = mkdtemp(path);
    return *state == NULL || chdir(path) != 0;
}

static int leave_directory(void **state) {
    char command[64] = "rm -rf ";
    strcat(command, *state);
    return chdir("/") != 0 || system(command) != 0;
}

static uint32_t checksum_of(const char *data) {
    return (uint32_t)crc32(0, (const Bytef *)data, (uInt)strlen(data));
}

/* Writes members that all hold `data`. */
static void write_members(const char *path, size_t members, const char *data) {
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open(path, &plain, &error);
    struct zip_writer *writer = zip_writer_open(sink, path, &error);
    for (size_t i = 0; i < members; i++) {
        char name[32];
        snprintf(name, sizeof name, "m%zu", i);
        assert_int_equal(zip_writer_member(writer, name, strlen(data), checksum_of(data), &error), 0);
        assert_int_equal(byte_sink_write(sink, data, strlen(data), &error), 0);
    }
    assert_int_equal(zip_writer_finish(writer, &error), 0);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    zip_writer_free(writer);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    for (size_t members = 0; members < 4; members++) {
        struct error error = {0};
        char back[8];
        write_members("a.zip", members, "data");
        struct byte_source *source = byte_source_open("a.zip", &error);
        struct zip_reader *reader = zip_reader_open(source, &error);
        for (size_t i = 0; i < members; i++) {
            assert_int_equal(zip_reader_next(reader, &error), 1);
            assert_int_equal(zip_reader_read(reader, back, 8, &error), 4);
            assert_memory_equal(back, "data", 4);
            assert_int_equal(zip_reader_end(reader, &error), 0);
        }
        assert_int_equal(zip_reader_next(reader, &error), 0);
        zip_reader_close(reader);
        byte_source_close(source);
    }
}

static void the_end_says_where_the_directory_is(void **state) {
    (void)state;
    size_t count;
    write_members("a.zip", 2, "data");
    unsigned char *bytes = byte_feed_read("a.zip", &count);
    const unsigned char *end = bytes + count - ZIP_END_SIZE;
    assert_int_equal(zip_get32(end), ZIP_END);
    assert_int_equal(zip_get16(end + 10), 2);
    uint32_t start = zip_get32(end + 16);
    assert_int_equal(start + zip_get32(end + 12), count - ZIP_END_SIZE);
    assert_int_equal(zip_get32(bytes + start), ZIP_CENTRAL);
    uint32_t second = zip_get32(bytes + start + ZIP_CENTRAL_SIZE + 2 + 42);
    assert_int_equal(zip_get32(bytes + second), ZIP_LOCAL);
    assert_memory_equal(bytes + second + ZIP_LOCAL_SIZE, "m1data", 6);
    free(bytes);
}

static void the_time_is_fixed(void **state) {
    (void)state;
    size_t count;
    write_members("a.zip", 1, "data");
    unsigned char *bytes = byte_feed_read("a.zip", &count);
    assert_int_equal(zip_get16(bytes + 10), 0);
    assert_int_equal(zip_get16(bytes + 12), 0x21); /* year 0, month 1, day 1 */
    free(bytes);
}

/* The data of a member of 5 GiB are left out: its headers are what is looked at. */
static void large_members_have_wide_fields(void **state) {
    (void)state;
    const uint64_t large = (uint64_t)5 << 30;
    struct error error = {0};
    struct byte_sink *sink = byte_sink_open("large.zip", &plain, &error);
    struct zip_writer *writer = zip_writer_open(sink, "large.zip", &error);
    assert_int_equal(zip_writer_member(writer, "large", large, 7, &error), 0);
    assert_int_equal(zip_writer_member(writer, "after", 0, 0, &error), 0);
    assert_int_equal(zip_writer_finish(writer, &error), 0);
    assert_int_equal(byte_sink_close(sink, &error), 0);
    zip_writer_free(writer);

    size_t count;
    unsigned char *bytes = byte_feed_read("large.zip", &count);
    assert_int_equal(zip_get32(bytes + 18), ZIP_32_FULL);
    assert_int_equal(zip_get32(bytes + 22), ZIP_32_FULL);
    const unsigned char *extra = bytes + ZIP_LOCAL_SIZE + 5;
    assert_int_equal(zip_get16(extra), ZIP_EXTRA64);
    assert_int_equal(zip_get64(extra + 4), large);
    assert_int_equal(zip_get64(extra + 12), large);

    const unsigned char *second = extra + 20; /* its local header follows at once */
    uint64_t second_offset = large + (uint64_t)(second - bytes);
    const unsigned char *directory = second + ZIP_LOCAL_SIZE + 5;
    const unsigned char *entry = directory + ZIP_CENTRAL_SIZE + 5 + 20;
    assert_int_equal(zip_get32(directory), ZIP_CENTRAL);
    assert_int_equal(zip_get32(directory + 24), ZIP_32_FULL);
    assert_int_equal(zip_get32(entry), ZIP_CENTRAL);
    assert_int_equal(zip_get32(entry + 24), 0);
    assert_int_equal(zip_get32(entry + 42), ZIP_32_FULL);
    assert_int_equal(zip_get64(entry + ZIP_CENTRAL_SIZE + 5 + 4), second_offset);

    const unsigned char *end64 = entry + ZIP_CENTRAL_SIZE + 5 + 12;
    uint64_t directory_offset = large + (uint64_t)(directory - bytes);
    assert_int_equal(zip_get32(end64), ZIP_END64);
    assert_int_equal(zip_get64(end64 + 32), 2);
    assert_int_equal(zip_get64(end64 + 48), directory_offset);
    const unsigned char *locator = end64 + ZIP_END64_SIZE;
    assert_int_equal(zip_get32(locator), ZIP_LOCATOR64);
    assert_int_equal(zip_get64(locator + 8), large + (uint64_t)(end64 - bytes));
    assert_int_equal(zip_get32(locator + ZIP_LOCATOR64_SIZE), ZIP_END);
    assert_int_equal(locator + ZIP_LOCATOR64_SIZE + ZIP_END_SIZE - bytes, count);
    free(bytes);
}

static void names_are_given_once_and_are_not_endless(void **state) {
    (void)state;
    struct error error = {0};
    char name[2000];
    struct byte_sink *sink = byte_sink_open("twice.zip", &plain, &error);
    struct zip_writer *writer = zip_writer_open(sink, "twice.zip", &error);
    assert_int_equal(zip_writer_member(writer, "a", 0, 0, &error), 0);
    assert_int_equal(zip_writer_member(writer, "a", 0, 0, &error), -1);
    assert_string_equal(error.text, "twice.zip: 'a' is there twice");
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(zip_writer_member(writer, name, 0, 0, &error), -1);
    assert_string_equal(error.text, "twice.zip: a name is longer than 1024 bytes");
    zip_writer_free(writer);
    byte_sink_discard(sink);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(the_end_says_where_the_directory_is),
        cmocka_unit_test(the_time_is_fixed),
        cmocka_unit_test(large_members_have_wide_fields),
        cmocka_unit_test(names_are_given_once_and_are_not_endless),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
