#include "io/gzip_inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/assertions.h"

enum { PACKED_MAX = 4096, TEXT_MAX = 100000 };

/* A stream of members, made by zlib. */
struct packed {
    unsigned char bytes[PACKED_MAX];
    size_t count;
};

/* header: NULL for a plain one. */
static void append_member_with(struct packed *packed, const char *text, size_t length, gz_header *header) {
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    if (header != NULL)
        assert_int_equal(deflateSetHeader(&stream, header), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (unsigned)length;
    stream.next_out = packed->bytes + packed->count;
    stream.avail_out = (unsigned)(PACKED_MAX - packed->count);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed->count = PACKED_MAX - stream.avail_out;
    deflateEnd(&stream);
}

static void append_member(struct packed *packed, const char *text, size_t length) {
    append_member_with(packed, text, length, NULL);
}

/* Inflates with so many bytes of input and output a step. Returns the length, or -1 with the error set. */
static long inflate_with(struct gzip_inflate *decoder, const struct packed *packed, size_t input_step,
                         size_t output_step, char *text, struct error *error) {
    assert_non_null(decoder);
    size_t length = 0;
    int status = 0;
    for (size_t at = 0; at < packed->count && status == 0; at += input_step) {
        size_t left = packed->count - at < input_step ? packed->count - at : input_step;
        struct gzip_flow flow = {.input = packed->bytes + at, .left = left};
        do {
            flow.output = (unsigned char *)text + length;
            flow.room = output_step;
            status = gzip_inflate_step(decoder, &flow, error);
            length += output_step - flow.room;
        } while (status == 0 && (flow.left > 0 || flow.room == 0));
    }
    if (status == 0)
        status = gzip_inflate_finish(decoder, error);
    gzip_inflate_free(decoder);
    return status == 0 ? (long)length : -1;
}

static char text[TEXT_MAX];

/* By zlib, and by ISA-L where that is installed: both find the same text, and an error in the same data. */
static long inflate_all(const struct packed *packed, size_t input_step, size_t output_step, char *result,
                        struct error *error) {
    static char again[TEXT_MAX];
    struct error other = {0};
    long length =
        inflate_with(gzip_inflate_create_zlib(error), packed, input_step, output_step, again, error);
    long same = inflate_with(gzip_inflate_create(&other), packed, input_step, output_step, result, &other);
    assert_int_equal(same, length);
    if (length >= 0)
        assert_memory_equal(result, again, (size_t)length);
    else
        assert_int_equal(strncmp(other.text, error->text, 20), 0);
    return length;
}

static void members_one_after_another_are_one_stream(void **state) {
    (void)state;
    struct packed packed = {.count = 0};
    struct error error = {0};
    append_member(&packed, "1,2\n", 4);
    append_member(&packed, "", 0);
    append_member(&packed, "3,4\n", 4);
    assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), 8);
    assert_memory_equal(text, "1,2\n3,4\n", 8);
}

static void the_steps_do_not_matter(void **state) {
    (void)state;
    static const size_t steps[] = {1, 2, 3, 17, 1000};
    static char long_text[50000];
    struct packed packed = {.count = 0};
    struct error error = {0};
    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = (char)('0' + i % 7 + i / 9000);
    append_member(&packed, long_text, sizeof long_text);
    append_member(&packed, "end\n", 4);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++) {
            assert_int_equal(inflate_all(&packed, steps[i], steps[j], text, &error), sizeof long_text + 4);
            assert_memory_equal(text, long_text, sizeof long_text);
            assert_memory_equal(text + sizeof long_text, "end\n", 4);
        }
}

static void a_stream_cut_anywhere_is_an_error(void **state) {
    (void)state;
    struct packed packed = {.count = 0};
    append_member(&packed, "0.25,0.75\n", 10);
    size_t whole = packed.count;
    for (packed.count = 1; packed.count < whole; packed.count++) {
        struct error error = {0};
        assert_int_equal(inflate_all(&packed, 5, TEXT_MAX, text, &error), -1);
        assert_string_equal(error.text, "gzip data are cut short");
    }
}

/* Of the first ten bytes (magic, method, flags, time, level, system) time, level and system may be anything.
 */
static void a_changed_bit_is_an_error(void **state) {
    (void)state;
    struct packed packed = {.count = 0};
    append_member(&packed, "0.25,0.75,0.125,0.875\n", 22);
    for (size_t i = 10; i < packed.count; i++) {
        struct error error = {0};
        packed.bytes[i] ^= 4;
        assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), -1);
        assert_true(error.text[0] != '\0');
        packed.bytes[i] ^= 4;
    }
}

/* Text of random digits, so that its codes are a member's own; a bit changed at every place in turn, read in
 * small steps and at once: never another text, whichever library reads it. A few bits fill the last byte of a
 * block and mean nothing. */
static void damage_is_found_wherever_it_is(void **state) {
    (void)state;
    static char numbers[6000];
    struct packed packed = {.count = 0};
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof numbers; i++) {
        random = random * 1664525 + 1013904223;
        numbers[i] = i % 9 == 8 ? ',' : (char)('0' + (random >> 24) % 10);
    }
    size_t unnoticed = 0;
    append_member(&packed, numbers, sizeof numbers);
    for (size_t i = 10; i < packed.count; i++) {
        struct error error = {0};
        packed.bytes[i] ^= (unsigned char)(1 << i % 8);
        long length = inflate_all(&packed, 100 + i % 300, 1000, text, &error);
        assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), length);
        unnoticed += length >= 0;
        if (length >= 0)
            assert_memory_equal(text, numbers, sizeof numbers);
        packed.bytes[i] ^= (unsigned char)(1 << i % 8);
    }
    assert_true(unnoticed <= 7);
}

/* All that RFC 1952 lets a header hold: extra field, name, comment and a checksum of it. */
static void a_header_may_hold_more(void **state) {
    (void)state;
    struct packed packed = {.count = 0};
    struct error error = {0};
    unsigned char extra[] = "extra", name[] = "p.csv", comment[] = "a comment";
    gz_header header = {
        .extra = extra, .extra_len = sizeof extra, .name = name, .comment = comment, .hcrc = 1, .os = 3};
    append_member_with(&packed, "1,2\n", 4, &header);
    append_member(&packed, "3,4\n", 4);
    for (size_t step = 1; step <= packed.count; step++)
        assert_int_equal(inflate_all(&packed, step, TEXT_MAX, text, &error), 8);
    packed.bytes[12] ^= 1; /* in the extra field: the header's checksum tells */
    assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), -1);
}

static void zeros_may_follow_and_nothing_else(void **state) {
    (void)state;
    struct packed packed = {.count = 0};
    struct error error = {0};
    append_member(&packed, "1\n", 2);
    memset(packed.bytes + packed.count, 0, 512);
    packed.count += 512;
    for (size_t step = 1; step < 600; step += 7)
        assert_int_equal(inflate_all(&packed, step, TEXT_MAX, text, &error), 2);
    packed.bytes[packed.count - 1] = 'x';
    assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), -1);
    assert_string_equal(error.text, "damaged gzip data (other bytes follow it)");
    packed.count -= 511; /* one zero, then a member: no padding any more */
    append_member(&packed, "2\n", 2);
    assert_int_equal(inflate_all(&packed, packed.count, TEXT_MAX, text, &error), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_one_after_another_are_one_stream),
        cmocka_unit_test(the_steps_do_not_matter),
        cmocka_unit_test(a_stream_cut_anywhere_is_an_error),
        cmocka_unit_test(a_changed_bit_is_an_error),
        cmocka_unit_test(damage_is_found_wherever_it_is),
        cmocka_unit_test(a_header_may_hold_more),
        cmocka_unit_test(zeros_may_follow_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
