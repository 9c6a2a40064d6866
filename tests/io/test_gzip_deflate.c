#include "io/gzip_deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/assertions.h"

enum { BLOCKS = 3, SIZE_MAX_TESTED = BLOCKS * GZIP_BLOCK_SIZE };

static unsigned char bytes[SIZE_MAX_TESTED], back[GZIP_BLOCK_SIZE + 1];

static void fill_with_text(void) {
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)"0123456789,.\n"[i * i % 13];
}

static void fill_at_random(void) {
    uint64_t random = 1; /* a linear congruential generator: Knuth's MMIX */
    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(random >> 56);
    }
}

/* Inflates one member with zlib and returns its length. */
static size_t inflate_member(const unsigned char *member, size_t size) {
    z_stream stream = {0};
    assert_int_equal(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)member;
    stream.avail_in = (unsigned)size;
    stream.next_out = back;
    stream.avail_out = sizeof back;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    size_t length = sizeof back - stream.avail_out;
    inflateEnd(&stream);
    return length;
}

static void assert_comes_back(size_t count, size_t members) {
    struct error error = {0};
    struct gzip_deflate *deflater = gzip_deflate_create(BLOCKS, 2, &error);
    assert_non_null(deflater);
    assert_int_equal(gzip_deflate_blocks(deflater, bytes, count, &error), 0);
    const unsigned char *member;
    size_t size, block = 0, done = 0;
    while ((member = gzip_deflate_member(deflater, block, &size)) != NULL) {
        size_t length = inflate_member(member, size);
        assert_memory_equal(back, bytes + done, length);
        done += length;
        block++;
    }
    assert_int_equal(done, count);
    assert_int_equal(block, members);
    gzip_deflate_free(deflater);
}

static void a_block_is_a_member(void **state) {
    (void)state;
    fill_with_text();
    assert_comes_back(0, 1);
    assert_comes_back(1, 1);
    assert_comes_back(GZIP_BLOCK_SIZE, 1);
    assert_comes_back(GZIP_BLOCK_SIZE + 1, 2);
    assert_comes_back(3 * GZIP_BLOCK_SIZE, 3);
}

static void what_does_not_shrink_finds_room(void **state) {
    (void)state;
    fill_at_random();
    assert_comes_back(3 * GZIP_BLOCK_SIZE, 3);
}

static void threads_do_not_change_the_bytes(void **state) {
    (void)state;
    struct error error = {0};
    struct gzip_deflate *one = gzip_deflate_create(BLOCKS, 1, &error);
    struct gzip_deflate *four = gzip_deflate_create(BLOCKS, 4, &error);
    fill_with_text();
    assert_int_equal(gzip_deflate_blocks(one, bytes, sizeof bytes, &error), 0);
    assert_int_equal(gzip_deflate_blocks(four, bytes, sizeof bytes, &error), 0);
    for (size_t block = 0; block < BLOCKS; block++) {
        size_t size_one, size_four;
        const unsigned char *a = gzip_deflate_member(one, block, &size_one);
        const unsigned char *b = gzip_deflate_member(four, block, &size_four);
        assert_int_equal(size_one, size_four);
        assert_memory_equal(a, b, size_one);
    }
    gzip_deflate_free(one);
    gzip_deflate_free(four);
}

/* RFC 1952: bytes 4 to 7 are a time, flag bit 3 says that a name is there. */
static void no_time_and_no_name_are_stored(void **state) {
    (void)state;
    struct error error = {0};
    size_t size;
    struct gzip_deflate *deflater = gzip_deflate_create(1, 1, &error);
    assert_int_equal(gzip_deflate_blocks(deflater, bytes, 10, &error), 0);
    const unsigned char *member = gzip_deflate_member(deflater, 0, &size);
    assert_memory_equal(member, "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
    gzip_deflate_free(deflater);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_a_member),
        cmocka_unit_test(what_does_not_shrink_finds_room),
        cmocka_unit_test(threads_do_not_change_the_bytes),
        cmocka_unit_test(no_time_and_no_name_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
