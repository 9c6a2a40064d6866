#include "io/zip_reader.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "io/zip_format.h"
#include "support/assertions.h"
#include "support/byte_feed.h"

/* An archive built byte by byte, so that any field of it can lie. */
struct archive {
    unsigned char bytes[8192];
    size_t count;
    unsigned members;
};

struct member {
    const char *name, *data;
    unsigned flags, method;
    bool wide;            /* sizes in a zip64 field, of 64 bits in a descriptor */
    bool signature;       /* before the descriptor */
    uint32_t size_off_by; /* lies */
    uint32_t checksum_xor;
};

static void put(struct archive *archive, uint64_t value, size_t size) {
    zip_put(archive->bytes + archive->count, value, size);
    archive->count += size;
}

static void put_bytes(struct archive *archive, const void *bytes, size_t count) {
    memcpy(archive->bytes + archive->count, bytes, count);
    archive->count += count;
}

static size_t deflate_raw(const char *data, size_t length, unsigned char *packed, size_t room) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (unsigned)length;
    stream.next_out = packed;
    stream.avail_out = (unsigned)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void put_sizes(struct archive *archive, const struct member *member, uint32_t checksum, size_t packed,
                      size_t size) {
    if (member->signature)
        put(archive, ZIP_DESCRIPTOR, 4);
    put(archive, checksum, 4);
    put(archive, packed, member->wide ? 8 : 4);
    put(archive, size, member->wide ? 8 : 4);
}

static void add(struct archive *archive, const struct member *member) {
    unsigned char packed[4096];
    size_t length = strlen(member->data), name_length = strlen(member->name);
    size_t size = length + member->size_off_by, packed_size = size;
    bool follow = (member->flags & ZIP_FLAG_SIZES_FOLLOW) != 0;
    uint32_t checksum = (uint32_t)crc32(0, (const Bytef *)member->data, (uInt)length) ^ member->checksum_xor;
    memcpy(packed, member->data, length);
    if (member->method == ZIP_DEFLATED)
        packed_size = length = deflate_raw(member->data, length, packed, sizeof packed);
    put(archive, ZIP_LOCAL, 4);
    put(archive, 20, 2);
    put(archive, member->flags, 2);
    put(archive, member->method, 2);
    put(archive, 0, 4);
    put(archive, follow ? 0 : checksum, 4);
    put(archive, member->wide ? ZIP_32_FULL : follow ? 0 : packed_size, 4);
    put(archive, member->wide ? ZIP_32_FULL : follow ? 0 : size, 4);
    put(archive, name_length, 2);
    put(archive, member->wide ? 6 + 20 : 0, 2);
    put_bytes(archive, member->name, name_length);
    if (member->wide) {
        put(archive, 0x5455, 2); /* another extra field, before the one that counts */
        put(archive, 2, 2);
        put(archive, 0, 2);
        put(archive, ZIP_EXTRA64, 2);
        put(archive, 16, 2);
        put(archive, follow ? 0 : size, 8);
        put(archive, follow ? 0 : packed_size, 8);
    }
    put_bytes(archive, packed, length);
    if (follow)
        put_sizes(archive, member, checksum, packed_size, size);
    archive->members++;
}

static void finish(struct archive *archive, unsigned listed, bool wide) {
    for (unsigned i = 0; i < listed; i++) {
        put(archive, ZIP_CENTRAL, 4);
        memset(archive->bytes + archive->count, 0, ZIP_CENTRAL_SIZE - 4);
        archive->bytes[archive->count + 24] = 3; /* the length of a name */
        archive->count += ZIP_CENTRAL_SIZE - 4;
        put_bytes(archive, "abc", 3);
    }
    if (wide) {
        put(archive, ZIP_END64, 4);
        put(archive, 44, 8);
        memset(archive->bytes + archive->count, 0, 44);
        archive->count += 44;
        put(archive, ZIP_LOCATOR64, 4);
        put(archive, 0, 8);
        put(archive, 0, 8);
    }
    put(archive, ZIP_END, 4);
    put(archive, 0, 4);
    put(archive, wide ? ZIP_16_FULL : listed, 2);
    put(archive, wide ? ZIP_16_FULL : listed, 2);
    put(archive, 0, 8);
    put(archive, 4, 2);
    put_bytes(archive, "note", 4);
}

/* Reads all members, each expected to hold `data`; a stored one of unknown size is told its size, as an
 * array's header would. Returns the number of members, or -1. */
static int read_all(const char *path, const char *data, struct error *error) {
    char back[4096];
    size_t length = strlen(data);
    int members = 0, status = -1;
    struct byte_source *source = byte_source_open(path, error);
    assert_non_null(source);
    struct zip_reader *reader = zip_reader_open(source, error);
    assert_non_null(reader);
    while ((status = zip_reader_next(reader, error)) > 0) {
        if (!zip_reader_bounded(reader) && (status = zip_reader_expect(reader, length, error)) < 0)
            break;
        ssize_t came = zip_reader_read(reader, back, length, error);
        if (came < 0 || zip_reader_expect(reader, length - (size_t)came, error) < 0 ||
            zip_reader_end(reader, error) < 0) {
            status = -1;
            break;
        }
        assert_int_equal(came, length);
        assert_memory_equal(back, data, length);
        members++;
    }
    zip_reader_close(reader);
    byte_source_close(source);
    return status < 0 ? -1 : members;
}

static void assert_reads(const struct archive *archive, const char *data) {
    struct error error = {0};
    int members = read_all(byte_feed_file(archive->bytes, archive->count), data, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(members, archive->members);
    members = read_all(byte_feed_pipe(archive->bytes, archive->count, 3), data, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(members, archive->members);
}

static void assert_refused(const struct archive *archive, const char *data, const char *reason) {
    struct error error = {0};
    assert_int_equal(read_all(byte_feed_file(archive->bytes, archive->count), data, &error), -1);
    assert_non_null(strchr(error.text, ':'));
    assert_string_equal(strchr(error.text, ':') + 2, reason);
}

static const char data[] = "0.25,0.75,0.25,0.75,0.25,0.75\n";

static void sizes_may_stand_before_or_behind(void **state) {
    (void)state;
    static const unsigned methods[] = {ZIP_STORED, ZIP_DEFLATED};
    for (unsigned bits = 0; bits < 16; bits++) {
        struct archive archive = {.count = 0};
        struct member member = {
            .name = "a", .data = data, .method = methods[bits & 1], .wide = (bits & 2) != 0};
        member.flags = bits & 4 ? ZIP_FLAG_SIZES_FOLLOW : 0;
        member.signature = (bits & 8) != 0;
        add(&archive, &member);
        member.name = "b/c";
        add(&archive, &member);
        finish(&archive, 2, (bits & 2) != 0);
        assert_reads(&archive, data);
    }
}

static void an_empty_archive_has_no_members(void **state) {
    (void)state;
    struct archive archive = {.count = 0};
    finish(&archive, 0, false);
    assert_reads(&archive, data);
}

static void assert_member_refused(struct member member, const char *reason) {
    struct archive archive = {.count = 0};
    member.name = member.name != NULL ? member.name : "a";
    member.data = member.data != NULL ? member.data : data;
    add(&archive, &member);
    finish(&archive, 1, false);
    assert_refused(&archive, data, reason);
}

static void sizes_and_checksums_must_hold(void **state) {
    (void)state;
    const unsigned follow = ZIP_FLAG_SIZES_FOLLOW;
    assert_member_refused((struct member){.checksum_xor = 1}, "a: its checksum does not hold");
    assert_member_refused((struct member){.checksum_xor = 1, .method = ZIP_DEFLATED},
                          "a: its checksum does not hold");
    assert_member_refused((struct member){.checksum_xor = 1, .method = ZIP_DEFLATED, .flags = follow},
                          "a: the size or checksum behind it does not hold");
    assert_member_refused((struct member){.size_off_by = 1, .flags = follow},
                          "a: the size or checksum behind it does not hold");
    assert_member_refused((struct member){.size_off_by = 1, .method = ZIP_DEFLATED},
                          "a: the archive gives it 31 bytes, its content 30");
    assert_member_refused((struct member){.size_off_by = (uint32_t)-1, .method = ZIP_DEFLATED},
                          "a: more bytes than the 29 it should have");
    assert_member_refused(
        (struct member){.data = "0.25,0.75,0.25,0.75,0.25,0.75\n+", .method = ZIP_DEFLATED, .flags = follow},
        "a: more bytes than the 30 it should have");
    assert_member_refused((struct member){.data = "0.25", .method = ZIP_DEFLATED, .flags = follow},
                          "a: 4 bytes came of the 30 it should have");
}

/* A byte of the archive changed: of the first member's header, or of its data behind that and a name of one
 * letter. */
static void assert_change_refused(unsigned method, size_t place, unsigned char value, const char *reason) {
    struct archive archive = {.count = 0};
    add(&archive, &(struct member){.name = "a", .data = data, .method = method});
    finish(&archive, 1, false);
    archive.bytes[place] = value;
    assert_refused(&archive, data, reason);
}

static void damaged_members_are_refused(void **state) {
    (void)state;
    assert_change_refused(ZIP_DEFLATED, ZIP_LOCAL_SIZE + 1, 0xff,
                          "a: damaged deflated data (invalid block type)");
    assert_change_refused(ZIP_DEFLATED, 18, 3, "a: damaged deflated data (cut short)"); /* the packed size */
    assert_change_refused(ZIP_DEFLATED, 18, 200, "a: its compressed size does not hold");
    assert_change_refused(ZIP_STORED, 18, 3, "a: its two sizes differ though it is stored");
    assert_change_refused(ZIP_STORED, 27, 0xff, "a member's name is 65281 bytes long");
}

static void what_is_not_read_is_refused(void **state) {
    (void)state;
    assert_member_refused((struct member){.flags = ZIP_FLAG_ENCRYPTED}, "a: encrypted members are not read");
    assert_member_refused((struct member){.flags = ZIP_FLAG_ENCRYPTED | ZIP_FLAG_STRONG},
                          "a: encrypted members are not read");
    assert_member_refused((struct member){.method = 12},
                          "a: compression method 12 is not read (stored and deflated are)");
    assert_member_refused((struct member){.name = "/etc/passwd"},
                          "a member's name is refused: '/etc/passwd'");
    assert_member_refused((struct member){.name = "a/../b"}, "a member's name is refused: 'a/../b'");
    assert_member_refused((struct member){.name = ".."}, "a member's name is refused: '..'");
    assert_member_refused((struct member){.name = "a\\b"}, "a member's name is refused: 'a\\b'");
    assert_member_refused((struct member){.name = "C:x"}, "a member's name is refused: 'C:x'");
    assert_member_refused((struct member){.name = ""}, "a member's name is refused: ''");
}

static void names_with_dots_are_names(void **state) {
    (void)state;
    static const char *const names[] = {"..a", "a..", "a..b/c", "...", "layer.0.weight"};
    struct archive archive = {.count = 0};
    for (size_t i = 0; i < 5; i++)
        add(&archive, &(struct member){.name = names[i], .data = data});
    finish(&archive, 5, false);
    assert_reads(&archive, data);
}

static void the_directory_must_agree(void **state) {
    (void)state;
    struct member member = {.name = "a", .data = data};
    struct archive archive = {.count = 0};
    add(&archive, &member);
    size_t body = archive.count;
    finish(&archive, 2, false);
    assert_refused(&archive, data, "damaged zip archive: its directory lists other members than are there");
    archive.count = body;
    finish(&archive, 1, false);
    archive.bytes[archive.count - 16] = 2;
    assert_refused(&archive, data, "damaged zip archive: its end record counts other members than are there");
    archive.bytes[archive.count - 16] = 1;
    put_bytes(&archive, "x", 1);
    assert_refused(&archive, data, "damaged zip archive: other bytes follow it");
}

static void an_archive_cut_anywhere_is_an_error(void **state) {
    (void)state;
    struct archive archive = {.count = 0};
    add(&archive, &(struct member){.name = "a", .data = data, .method = ZIP_DEFLATED});
    add(&archive, &(struct member){.name = "b", .data = data, .flags = ZIP_FLAG_SIZES_FOLLOW, .wide = true});
    finish(&archive, 2, true);
    assert_reads(&archive, data);
    for (size_t cut = 0; cut < archive.count; cut++) {
        struct error error = {0};
        assert_int_equal(read_all(byte_feed_file(archive.bytes, cut), data, &error), -1);
        assert_true(error.text[0] != '\0');
    }
}

static void other_files_are_no_archives(void **state) {
    (void)state;
    struct archive archive = {.count = 0};
    assert_refused(&archive, data, "no data");
    put_bytes(&archive, "1,2\n", 4);
    assert_refused(&archive, data, "no zip archive");
}

static void members_can_be_passed_over(void **state) {
    (void)state;
    struct archive archive = {.count = 0};
    struct error error = {0};
    char back[8];
    add(&archive, &(struct member){.name = "a", .data = data, .method = ZIP_DEFLATED});
    add(&archive, &(struct member){.name = "b", .data = data});
    add(&archive, &(struct member){.name = "c", .data = data, .method = ZIP_DEFLATED, .flags = 8});
    add(&archive, &(struct member){.name = "d", .data = "target"});
    finish(&archive, 4, false);
    struct byte_source *source = byte_source_open(byte_feed_file(archive.bytes, archive.count), &error);
    struct zip_reader *reader = zip_reader_open(source, &error);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(zip_reader_next(reader, &error), 1);
        assert_int_equal(zip_reader_skip(reader, &error), 0);
    }
    assert_int_equal(zip_reader_next(reader, &error), 1);
    assert_string_equal(zip_reader_name(reader), "d");
    assert_int_equal(zip_reader_read(reader, back, 8, &error), 6);
    assert_memory_equal(back, "target", 6);
    assert_int_equal(zip_reader_end(reader, &error), 0);
    assert_int_equal(zip_reader_next(reader, &error), 0);
    zip_reader_close(reader);
    byte_source_close(source);
}

static int end_feed(void **state) {
    (void)state;
    byte_feed_end();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sizes_may_stand_before_or_behind, end_feed),
        cmocka_unit_test_teardown(an_empty_archive_has_no_members, end_feed),
        cmocka_unit_test_teardown(sizes_and_checksums_must_hold, end_feed),
        cmocka_unit_test_teardown(damaged_members_are_refused, end_feed),
        cmocka_unit_test_teardown(what_is_not_read_is_refused, end_feed),
        cmocka_unit_test_teardown(names_with_dots_are_names, end_feed),
        cmocka_unit_test_teardown(the_directory_must_agree, end_feed),
        cmocka_unit_test_teardown(an_archive_cut_anywhere_is_an_error, end_feed),
        cmocka_unit_test_teardown(other_files_are_no_archives, end_feed),
        cmocka_unit_test_teardown(members_can_be_passed_over, end_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
