#include "io/npy_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/assertions.h"
#include "support/byte_feed.h"

/* Bytes in memory, as a header's input. */
struct memory {
    const unsigned char *next;
    size_t left;
};

static ssize_t read_memory(void *context, void *buffer, size_t count, struct error *error) {
    struct memory *memory = context;
    (void)error;
    count = count < memory->left ? count : memory->left;
    memcpy(buffer, memory->next, count);
    memory->next += count;
    memory->left -= count;
    return (ssize_t)count;
}

static int read_header(struct npy_header *header, const void *bytes, size_t count, struct error *error) {
    struct memory memory = {bytes, count};
    struct npy_header_input input = {read_memory, &memory, "x.npy"};
    return npy_header_read(header, &input, error);
}

/* A version 1 header around a dict. Returns its length. */
static size_t wrap(unsigned char *bytes, const char *dict) {
    size_t length = strlen(dict);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (unsigned char)length;
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, dict, length);
    return 10 + length;
}

static struct npy_header parse(const char *dict) {
    unsigned char bytes[1000];
    struct npy_header header;
    struct error error = {0};
    size_t length = wrap(bytes, dict);
    if (read_header(&header, bytes, length, &error) < 0)
        fail_msg("%s", error.text);
    return header;
}

static void assert_refused(const char *dict, const char *reason) {
    unsigned char bytes[1000];
    char expected[200];
    struct npy_header header;
    struct error error = {0};
    size_t length = wrap(bytes, dict);
    snprintf(expected, sizeof expected, "x.npy: %s", reason);
    assert_int_equal(read_header(&header, bytes, length, &error), -1);
    assert_string_equal(error.text, expected);
}

static void a_dict_may_be_spelled_as_python_allows(void **state) {
    (void)state;
    static const char *const spellings[] = {
        "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }\n",
        "{\"shape\":(3,2),\"fortran_order\":True,\"descr\":\"<f8\"}",
        " { 'fortran_order' : True , 'shape' : ( 3L , 2L , ) ,\t'descr' : '<f8' }   \n  ",
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct npy_header header = parse(spellings[i]);
        assert_true(header.fortran_order);
        assert_int_equal(header.type.kind, 'f');
        assert_int_equal(header.rank, 2);
        assert_int_equal(header.shape[0], 3);
        assert_int_equal(header.shape[1], 2);
        assert_int_equal(header.count, 6);
        assert_int_equal(header.bytes, 48);
    }
}

static void any_shape_is_a_matrix(void **state) {
    (void)state;
    static const struct {
        const char *shape;
        size_t rank, rows, columns;
    } cases[] = {
        {"()", 0, 1, 1},    {"(5,)", 1, 5, 1},  {"(5,3)", 2, 5, 3},     {"(4,3,2)", 3, 4, 6},
        {"(0,3)", 2, 0, 3}, {"(3,0)", 2, 3, 0}, {"(2,2,2,2)", 4, 2, 8}, {"(0,)", 1, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dict[100];
        snprintf(dict, sizeof dict, "{'descr':'|i1','fortran_order':False,'shape':%s}", cases[i].shape);
        struct npy_header header = parse(dict);
        assert_int_equal(header.rank, cases[i].rank);
        assert_int_equal(header.rows, cases[i].rows);
        assert_int_equal(header.columns, cases[i].columns);
        assert_int_equal(header.count, cases[i].rows * cases[i].columns);
    }
}

#define DICT(descr, order, shape) "{'descr':" descr ",'fortran_order':" order ",'shape':" shape "}"

static void headers_that_lie_or_ramble_are_refused(void **state) {
    (void)state;
    static const char too_large[] = "bad NPY header: the shape is too large";
    assert_refused(DICT("'<f8'", "False", "(99999999999999999999,)"), too_large);
    assert_refused(DICT("'<f8'", "False", "(4294967296,4294967296)"), too_large);
    assert_refused(DICT("'<f8'", "False", "(2305843009213693952,)"), too_large);
    assert_refused(DICT("'<f8'", "False", "(0,4294967296,4294967296)"), too_large);
    assert_refused(DICT("'<f8'", "False", "(1152921504606846976,)"), too_large); /* 2^63 bytes */
    assert_refused(DICT("'|S0'", "False", "(4294967296,4294967296)"), too_large);
    assert_refused(DICT("'<f8'", "False", "(-3,)"), "bad NPY header: expected a size, got '-3,)}'");
    assert_refused(DICT("'<f8'", "False", "(3)"), "bad NPY header: expected ',' in the shape, got ')}'");
    assert_refused(DICT("'<f8'", "False", "(3 2)"), "bad NPY header: expected ',' in the shape, got '2)}'");
    assert_refused(DICT("'<f8'", "False", "[3]"), "bad NPY header: expected a shape, got '[3]}'");
    assert_refused(DICT("'<f8'", "False", "(1.5,)"),
                   "bad NPY header: expected ',' in the shape, got '.5,)}'");
    assert_refused(DICT("'<f8'", "False", "(,)"), "bad NPY header: expected a size, got ',)}'");
    assert_refused(DICT("'<f8'", "0", "(3,)"),
                   "bad NPY header: expected True or False, got '0,'shape':(3,)}'");
    assert_refused(DICT("'|O'", "False", "(3,)"), "Python objects (type '|O') are not read: save numbers");
    assert_refused(DICT("[('x','<f8')]", "False", "(3,)"),
                   "records (a structured type) are not read: save one array of numbers");
    assert_refused("{'descr':'<f8','shape':(3,)}",
                   "bad NPY header: descr, fortran_order or shape is missing");
    assert_refused("{'descr':'<f8','descr':'<f8'}", "bad NPY header: a key stands there twice");
    assert_refused("{'version':1}", "bad NPY header: a key that is none of descr, fortran_order and shape");
    assert_refused(DICT("'<f8'", "False", "(3,)") "x", "bad NPY header: expected its end, got 'x'");
    assert_refused("{'descr':'<f8' 'shape':(3,)}",
                   "bad NPY header: expected ',' or '}', got ''shape':(3,)}'");
    assert_refused("{'descr'}", "bad NPY header: expected ':', got '}'");
    assert_refused("{'descr", "bad NPY header: expected a string, got ''descr'");
    assert_refused("import os", "bad NPY header: expected '{', got 'import os'");
    assert_refused("", "bad NPY header: expected '{', got ''");
    assert_refused(
        DICT("'<f8'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
        "bad NPY header: more than 32 dimensions");
}

static void a_header_cut_anywhere_is_an_error(void **state) {
    (void)state;
    unsigned char bytes[1000];
    struct npy_header header;
    size_t length = wrap(bytes, DICT("'<f8'", "False", "(3,)"));
    for (size_t cut = 0; cut < length; cut++) {
        struct error error = {0};
        assert_int_equal(read_header(&header, bytes, cut, &error), -1);
        assert_string_equal(error.text,
                            cut == 0 ? "x.npy: no NPY array" : "x.npy: the data end inside an NPY header");
    }
}

static void assert_bytes_refused(const char *bytes, size_t count, const char *reason) {
    struct npy_header header;
    struct error error = {0};
    assert_int_equal(read_header(&header, bytes, count, &error), -1);
    assert_string_equal(error.text, reason);
}

static void other_versions_and_lengths_are_refused(void **state) {
    (void)state;
    assert_bytes_refused("\x93NUMPY\0\0\1\0{", 11, "x.npy: NPY version 0.0 is not read");
    assert_bytes_refused("\x93NUMPY\4\0\1\0\0\0{", 13, "x.npy: NPY version 4.0 is not read");
    assert_bytes_refused("\x93NUMPY\1\1\1\0{", 11, "x.npy: NPY version 1.1 is not read");
    assert_bytes_refused("\x93NUMPX\1\0\1\0{", 11, "x.npy: no NPY array");
    assert_bytes_refused("\x93NUMPY\2\0\0\0\1\0{", 13, "x.npy: bad NPY header: 65536 bytes long");
    assert_bytes_refused("\x93NUMPY\3\0\xff\xff\xff\xff{", 13,
                         "x.npy: bad NPY header: 4294967295 bytes long");
}

/* numpy.save writes the same dict; what it pads is its own affair. */
static void what_numpy_wrote_is_written(void **state) {
    (void)state;
    size_t count;
    unsigned char *saved = byte_feed_read(byte_feed_data("npy/f8.npy"), &count);
    unsigned char written[NPY_HEADER_SIZE_MAX];
    npy_header_write_matrix(written, "<f8", 5, 3);
    const char *end = strchr((const char *)saved + 10, '}');
    assert_memory_equal(written, saved, 8);
    assert_memory_equal(written + 10, saved + 10, (size_t)((const unsigned char *)end + 1 - saved - 10));
    free(saved);
}

static void a_written_header_reads_back(void **state) {
    (void)state;
    static const uint64_t shape[] = {3, 1, 4, 1, 5, 9, 2, 6};
    for (size_t rank = 0; rank <= NPY_RANK_WRITTEN_MAX; rank++) {
        unsigned char bytes[NPY_HEADER_SIZE_MAX];
        struct npy_header header;
        struct error error = {0};
        size_t length = npy_header_write(bytes, "<f4", rank, shape);
        assert_int_equal(length % 64, 0);
        assert_int_equal(bytes[length - 1], '\n');
        assert_int_equal(read_header(&header, bytes, length, &error), 0);
        assert_false(header.fortran_order);
        assert_int_equal(header.type.size, 4);
        assert_int_equal(header.rank, rank);
        for (size_t i = 0; i < rank; i++)
            assert_int_equal(header.shape[i], shape[i]);
    }
}

static void the_row_count_can_grow_in_place(void **state) {
    (void)state;
    static const uint64_t counts[] = {0, 9, 10, 123456789, INT64_MAX};
    unsigned char bytes[NPY_HEADER_SIZE_MAX];
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        assert_int_equal(npy_header_write(bytes, "<f8", 2, (uint64_t[]){counts[i], 1}), NPY_HEADER_MATRIX);
        assert_int_equal(npy_header_write(bytes, "<f8", 2, (uint64_t[]){counts[i], UINT64_MAX}),
                         NPY_HEADER_MATRIX);
    }
    size_t length = npy_header_write(bytes, "<f8", 8, (uint64_t[]){0, 9, 9, 9, 9, 9, 9, 9});
    assert_int_equal(npy_header_write(bytes, "<f8", 8, (uint64_t[]){INT64_MAX, 9, 9, 9, 9, 9, 9, 9}), length);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dict_may_be_spelled_as_python_allows),
        cmocka_unit_test(any_shape_is_a_matrix),
        cmocka_unit_test(headers_that_lie_or_ramble_are_refused),
        cmocka_unit_test(a_header_cut_anywhere_is_an_error),
        cmocka_unit_test(other_versions_and_lengths_are_refused),
        cmocka_unit_test(what_numpy_wrote_is_written),
        cmocka_unit_test(a_written_header_reads_back),
        cmocka_unit_test(the_row_count_can_grow_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
