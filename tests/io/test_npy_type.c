#include "io/npy_type.h"

#include <math.h>
#include <string.h>

#include "support/assertions.h"

static struct npy_type parse(const char *text) {
    struct npy_type type;
    struct error error = {0};
    assert_int_equal(npy_type_parse(&type, text, strlen(text), &error), 0);
    return type;
}

static void assert_refused(const char *text, const char *reason) {
    struct npy_type type;
    struct error error = {0};
    assert_int_equal(npy_type_parse(&type, text, strlen(text), &error), -1);
    assert_string_equal(error.text, reason);
}

static void assert_prints(const char *text, const char *whole, const char *bare) {
    char name[NPY_TYPE_SIZE];
    struct npy_type type = parse(text);
    npy_type_print(&type, true, name);
    assert_string_equal(name, whole);
    npy_type_print(&type, false, name);
    assert_string_equal(name, bare);
}

static void names_are_read_and_printed(void **state) {
    (void)state;
    assert_prints("<f8", "<f8", "f8");
    assert_prints(">i4", ">i4", "i4");
    assert_prints("=u2", "<u2", "u2");
    assert_prints("f4", "<f4", "f4");
    assert_prints("|b1", "|b1", "b1");
    assert_prints("<i1", "|i1", "i1");
    assert_prints("<U3", "<U3", "U3");
    assert_prints("|S12", "|S12", "S12");
    assert_int_equal(parse("<U3").size, 12);
}

static void other_types_are_refused(void **state) {
    (void)state;
    assert_refused("|O", "Python objects (type '|O') are not read: save numbers");
    assert_refused("<c16", "elements of type '<c16' are not read");
    assert_refused("<f16", "elements of type '<f16' are not read");
    assert_refused("<i3", "elements of type '<i3' are not read");
    assert_refused("<M8[s]", "elements of type '<M8[s]' are not read");
    assert_refused("|V8", "elements of type '|V8' are not read");
    assert_refused("<f-8", "elements of type '<f-8' are not read");
    assert_refused("<f9999999999", "elements of type '<f9999999999' are not read");
    assert_refused("<", "elements of type '<' are not read");
    assert_refused("", "elements of type '' are not read");
}

/* Loads from an odd address, so that a load that needs alignment would be seen by a sanitizer. */
static double convert_one(const char *name, const void *bytes) {
    unsigned char raw[9];
    double value;
    struct npy_type type = parse(name);
    memcpy(raw + 1, bytes, type.size);
    npy_type_convert(&type, 1, raw + 1, &value);
    return value;
}

static void integers_are_converted(void **state) {
    (void)state;
    assert_ulps(convert_one("i1", "\x80"), -128, 0);
    assert_ulps(convert_one("u1", "\xff"), 255, 0);
    assert_ulps(convert_one("<i2", "\xfe\xff"), -2, 0);
    assert_ulps(convert_one(">i2", "\xff\xfe"), -2, 0);
    assert_ulps(convert_one("<u2", "\x01\x80"), 32769, 0);
    assert_ulps(convert_one("<i4", "\x00\x00\x00\x80"), -2147483648.0, 0);
    assert_ulps(convert_one(">u4", "\xff\xff\xff\xfe"), 4294967294.0, 0);
    assert_ulps(convert_one("<i8", "\xff\xff\xff\xff\xff\xff\xff\xff"), -1, 0);
    assert_ulps(convert_one(">u8", "\x80\0\0\0\0\0\0\0"), 0x1p63, 0);
    assert_ulps(convert_one("b1", "\0"), 0, 0);
    assert_ulps(convert_one("b1", "\1"), 1, 0);
    assert_ulps(convert_one("b1", "\2"), 1, 0);
}

/* Ties go to the even neighbour: 2^53 + 1 to 2^53, 2^53 + 3 to 2^53 + 4. */
static void long_integers_become_the_nearest_double(void **state) {
    (void)state;
    assert_ulps(convert_one("<i8", "\x01\0\0\0\0\0\x20\0"), 0x1p53, 0);
    assert_ulps(convert_one("<i8", "\x03\0\0\0\0\0\x20\0"), 0x1p53 + 4, 0);
    assert_ulps(convert_one("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff"), 0x1p64, 0);
}

/* A half by its definition (IEEE 754, binary16). */
static double half_value(unsigned bits) {
    double sign = bits & 0x8000 ? -1 : 1;
    int exponent = (int)(bits >> 10 & 31);
    double fraction = bits & 0x3ff;
    if (exponent == 31)
        return fraction == 0 ? sign * INFINITY : NAN;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

static void every_half_is_exact(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 65536; bits++) {
        unsigned char little[2] = {(unsigned char)bits, (unsigned char)(bits >> 8)};
        unsigned char big[2] = {little[1], little[0]};
        assert_ulps(convert_one("<f2", little), half_value(bits), 0);
        assert_ulps(convert_one(">f2", big), half_value(bits), 0);
    }
}

static void floats_and_doubles_keep_their_bits(void **state) {
    (void)state;
    static const double values[] = {0.1, -0.0, 0x1p-1074, INFINITY, 1e308, -3};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        float single = (float)values[i];
        unsigned char reversed[8];
        for (size_t j = 0; j < 8; j++)
            reversed[j] = ((const unsigned char *)&values[i])[7 - j];
        assert_ulps(convert_one("<f8", &values[i]), values[i], 0);
        assert_ulps(convert_one(">f8", reversed), values[i], 0);
        assert_ulps(convert_one("<f4", &single), (double)single, 0);
    }
}

static void doubles_alone_need_no_conversion(void **state) {
    (void)state;
    struct npy_type little = parse("<f8"), big = parse(">f8"), single = parse("<f4"), text = parse("<U2");
    assert_true(npy_type_is_double(&little));
    assert_false(npy_type_is_double(&big));
    assert_false(npy_type_is_double(&single));
    assert_true(npy_type_is_text(&text));
    assert_false(npy_type_is_text(&little));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_and_printed),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(integers_are_converted),
        cmocka_unit_test(long_integers_become_the_nearest_double),
        cmocka_unit_test(every_half_is_exact),
        cmocka_unit_test(floats_and_doubles_keep_their_bits),
        cmocka_unit_test(doubles_alone_need_no_conversion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
