/* Decimal text against the C library, which rounds correctly both ways, against exact long arithmetic, and
 * against values worked by hand. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/decimal.h"
#include "io/decimal_powers.h"

/* xorshift64 (Marsaglia 2003): every bit pattern but zero, from a fixed seed. */
static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double double_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Every exponent alike, and a part of the kinds that tables hold and that are awkward. */
static double random_double(void) {
    uint64_t bits = random_bits();
    switch (bits % 8) {
    case 0:
        return (double)(int32_t)(bits >> 32) / 1000;
    case 1:
        return (double)(bits >> 11) * 0x1p-53;
    case 2:
        return double_of(bits & 0x800fffffffffffffu); /* subnormal */
    case 3:
        return ldexp(1, (int)(bits >> 8 & 2047) - 1074); /* a power of two: the gap below is half */
    default:
        return double_of(bits);
    }
}

static void assert_same_double(const char *text, double got, double expected) {
    if (bits_of(got) != bits_of(expected) && !(isnan(got) && isnan(expected)))
        fail_msg("%.60s reads as %a (%.17g), not as %a", text, got, got, expected);
}

/* Reads a text without bytes before or behind it, so that a sanitizer sees any step too far. */
static const char *parse_alone(const char *text, size_t length, char point, double *value, size_t *taken) {
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    const char *after = decimal_parse(copy, copy + length, point, value);
    *taken = after != NULL ? (size_t)(after - copy) : 0;
    free(copy);
    return after != NULL ? text + *taken : NULL;
}

static void assert_reads_as_strtod(const char *text) {
    double value = 0;
    size_t length = strlen(text), taken;
    char *end;
    double expected = strtod(text, &end);
    const char *after = parse_alone(text, length, '.', &value, &taken);
    if (end == text) {
        assert_null(after);
        return;
    }
    if (after != text + (end - text))
        fail_msg("%.60s: %zu bytes read, strtod reads %zu", text, taken, (size_t)(end - text));
    assert_same_double(text, value, expected);
    assert_non_null(decimal_parse(text, text + length, '.', &value)); /* with the zero byte behind */
    assert_same_double(text, value, expected);
}

static void spellings_of_numbers_read_as_strtod_reads_them(void **state) {
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "+0",
        "1",
        "-1",
        "+1",
        "0.1",
        ".5",
        "5.",
        "-.5",
        "1e5",
        "1E5",
        "1e+5",
        "1e-5",
        "1e",
        "1e+",
        "1e-",
        "1ex",
        "1.5e3x",
        "12345678",
        "123456789",
        "1234567890123456789",
        "12345678901234567890",
        "18446744073709551616",
        "0.30000000000000004",
        "9007199254740993",
        "9007199254740993.0",
        "9007199254740992.999999999999999999999999999999",
        "9007199254740993.00000000000000000000000000000001",
        "00000000000000000000000000000001",
        "0.00000000000000000000000000000000000001",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1.797693134862315807e308",
        "179769313486231580793e288",
        "2e308",
        "1e309",
        "1e400",
        "1e99999",
        "1e99999999999999999999999",
        "-1e99999999999999999999999",
        "4.9406564584124654e-324",
        "5e-324",
        "2.5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.47e-324",
        "1e-324",
        "1e-400",
        "1e-99999999999999999999999",
        "0e99999999999999999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "2.225073858507201136057409796709131975934e-308",
        "6929495644600919.5",
        "3.4538456e-314",
        "8.988465674311580536566680721305e307",
        "7.2057594037927933e16",
        "1e22",
        "1e23",
        "8.5e22",
        "123456789012345678901234567890e-20",
        "0.000001",
        "inf",
        "-inf",
        "+inf",
        "INF",
        "Infinity",
        "-infinity",
        "infinit",
        "infx",
        "",
        "-",
        "+",
        ".",
        "-.",
        "e5",
        ".e5",
        "--1",
        "+-1",
        "x",
        "i",
        "in",
        "na",
        "1.2.3",
        "1,5",
        "1 2",
        "1\t",
        "9999999999999999999",
        "99999999999999999999",
        "1e-22",
        "1e-23",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_reads_as_strtod(texts[i]);
}

static void hexadecimal_and_blanks_are_no_numbers(void **state) {
    (void)state;
    double value;
    const char *hexadecimal = "0x10", *blank = " 1", *payload = "nan(12)";
    assert_ptr_equal(decimal_parse(hexadecimal, hexadecimal + 4, '.', &value), hexadecimal + 1);
    assert_null(decimal_parse(blank, blank + 2, '.', &value));
    assert_ptr_equal(decimal_parse(payload, payload + 7, '.', &value), payload + 3);
    assert_true(isnan(value));
}

static void the_point_may_be_a_comma(void **state) {
    (void)state;
    double value;
    const char *text = "-12,5e1;";
    assert_ptr_equal(decimal_parse(text, text + 8, ',', &value), text + 7);
    assert_same_double(text, value, -125);
    text = "1.5";
    assert_ptr_equal(decimal_parse(text, text + 3, ',', &value), text + 1);
}

static void a_million_doubles_in_1_to_17_digits_read_as_strtod_reads_them(void **state) {
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        char text[64];
        double x = random_double(), value;
        bool fixed = i % 16 == 0 && fabs(x) < 1e30;
        int length = snprintf(text, sizeof text, fixed ? "%.*f" : "%.*e", i % 17, x);
        assert_ptr_equal(decimal_parse(text, text + length, '.', &value), text + length);
        assert_same_double(text, value, strtod(text, NULL));
    }
}

/* The exact point between x and its neighbour above, as %.*e prints it from twice the precision: long double
 * holds 64 bits, a half-way point needs 54. It must round to even; one unit in the last of its digits, or a
 * 1 far behind, decides otherwise. */
static void half_way_points_round_to_even_and_nothing_less_than_exact_moves_them(void **state) {
    (void)state;
    static char text[1300];
    for (int i = 0; i < 3000; i++) {
        double x = fabs(random_double());
        if (x > 0x1p1000)
            continue;
        double above = nextafter(x, HUGE_VAL);
        long double half = ((long double)x + (long double)above) / 2;
        double even = (bits_of(x) & 1) == 0 ? x : above, value;
        int length = snprintf(text, 1200, "%.800Le", half); /* a tie has at most 767 digits */
        assert_non_null(decimal_parse(text, text + length, '.', &value));
        assert_same_double(text, value, even);

        char *end = strchr(text, 'e'), exponent[16];
        snprintf(exponent, sizeof exponent, "%s", end);
        snprintf(end, 64, "%0*d%s", 40, 1, exponent); /* 39 zeros and a 1 behind the 800 digits */
        assert_reads_as_strtod(text);
        assert_non_null(decimal_parse(text, text + strlen(text), '.', &value));
        assert_same_double(text, value, above);
    }
}

static void long_digit_strings_read_as_strtod_reads_them(void **state) {
    (void)state;
    char text[2100];
    for (int i = 0; i < 3000; i++) {
        int length = 1 + (int)(random_bits() % 1500), point = (int)(random_bits() % (uint64_t)length);
        int zeros = (int)(random_bits() % 3 == 0 ? random_bits() % (uint64_t)length : 0);
        int at = 0;
        for (int j = 0; j < length; j++) {
            if (j == point)
                text[at++] = '.';
            text[at++] = (char)(j < zeros ? '0' : '0' + random_bits() % 10);
        }
        snprintf(text + at, 16, "e%d", (int)(random_bits() % 700) - 350 - (point - zeros));
        assert_reads_as_strtod(text);
    }
}

static void zeros_by_the_thousand_and_exponents_that_bring_them_back(void **state) {
    (void)state;
    static char text[40100];
    memset(text, '0', 40000);
    text[1] = '.';
    snprintf(text + 20000, 64, "12345678901234567890123e20010");
    assert_reads_as_strtod(text);
    memset(text, '0', 40000);
    text[0] = '7';
    snprintf(text + 30000, 64, ".5e-29999");
    assert_reads_as_strtod(text);
}

static void any_bytes_read_as_strtod_reads_them(void **state) {
    (void)state;
    static const char alphabet[] = "0123456789012345678900009995.eE+-ifn ,";
    for (int i = 0; i < 200000; i++) {
        char text[64];
        size_t length = random_bits() % 40;
        for (size_t j = 0; j < length; j++)
            text[j] = alphabet[random_bits() % (sizeof alphabet - 1)];
        text[length] = '\0';
        if (text[0] != ' ') /* strtod skips it */
            assert_reads_as_strtod(text);
    }
}

struct print_case {
    double value;
    const char *text;
};

static void texts_are_as_the_header_says(void **state) {
    (void)state;
    static const struct print_case cases[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {-0.5, "-0.5"},
        {1e22, "1e22"},
        {1e23, "1e23"},
        {1.5e-7, "1.5e-7"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {1e-5, "0.00001"},
        {1.25e-5, "0.0000125"},
        {9e-6, "9e-6"},
        {1e15, "1e15"},
        {999999999999999, "999999999999999"},
        {-999999999999999, "-999999999999999"},
        {1000000000000001, "1.000000000000001e15"},
        {123456789012345680.0, "1.2345678901234568e17"},
        {99999999999999.98, "99999999999999.98"},
        {999999999999999.9, "999999999999999.9"},
        {123456789.125, "123456789.125"},
        {12345678.5, "12345678.5"},
        {100000000.5, "100000000.5"},
        {0.30000000000000004, "0.30000000000000004"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {9007199254740992, "9.007199254740992e15"},
        {1e100, "1e100"},
        {-1.5e300, "-1.5e300"},
        {10, "10"},
        {100, "100"},
        {12345, "12345"},
        {0.001, "0.001"},
        {2e-44, "2e-44"},
        {9.5, "9.5"},
        {16777216, "16777216"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DECIMAL_SIZE + 1];
        text[decimal_print(text, cases[i].value)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
    char text[DECIMAL_SIZE + 1];
    text[decimal_print(text, (double)INFINITY)] = '\0';
    assert_string_equal(text, "inf");
    text[decimal_print(text, -(double)INFINITY)] = '\0';
    assert_string_equal(text, "-inf");
    text[decimal_print(text, -(double)NAN)] = '\0';
    assert_string_equal(text, "nan");
}

/* Significant digits of a text, leading zeros and, in an integer, trailing ones left out. */
static int significant_digits(const char *text) {
    int count = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (count > 0 || *text != '0')) {
            count++;
            zeros = *text == '0' ? zeros + 1 : 0;
        }
    }
    return count - zeros;
}

/* The C library's shortest: the least precision that reads back, as a double or as a float. Its digits are
 * the closest of that length. Returns how many. */
static int shortest_by_trial(char text[64], double x, bool as_float) {
    for (int digits = 1;; digits++) {
        snprintf(text, 64, "%.*e", digits - 1, x);
        if (as_float ? (double)strtof(text, NULL) == x : strtod(text, NULL) == x)
            return digits;
    }
}

/* Just above a power of two the interval that rounds to x is lopsided: a decimal of the shortest length may
 * lie in it though the closest of that length does not, and trial takes a digit more. Elsewhere both give the
 * same decimal: long double tells decimals of 17 digits apart where double does not. */
static void assert_shortest_and_closest(const char *text, const char *trial, int digits) {
    int printed = significant_digits(text);
    if (printed > digits || (printed == digits && strtold(text, NULL) != strtold(trial, NULL)))
        fail_msg("%s printed, %s is the shortest and closest", text, trial);
}

static void printing_is_the_shortest_that_reads_back_and_the_closest(void **state) {
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[DECIMAL_SIZE + 1], trial[64];
        double x = random_double();
        if (!isfinite(x) || x == 0)
            continue;
        text[decimal_print(text, x)] = '\0';
        assert_same_double(text, strtod(text, NULL), x);
        int digits = shortest_by_trial(trial, x, false);
        assert_shortest_and_closest(text, trial, digits);
    }
}

static void every_double_reads_back_from_its_text(void **state) {
    (void)state;
    for (int i = 0; i < 1000000; i++) {
        char text[DECIMAL_SIZE];
        double x = random_double(), value = 0;
        if (isnan(x))
            continue;
        size_t length = decimal_print(text, x);
        assert_ptr_equal(decimal_parse(text, text + length, '.', &value), text + length);
        if (bits_of(value) != bits_of(x))
            fail_msg("%a reads back as %a", x, value);
    }
}

static void rows_print_as_number_by_number(void **state) {
    (void)state;
    enum { COUNT = 100 };
    static char text[COUNT * (DECIMAL_SIZE + 1)], expected[COUNT * (DECIMAL_SIZE + 1)];
    double values[COUNT];
    for (size_t count = 0; count <= COUNT; count++) {
        size_t length = 0, columns = 1 + count % 7 * (count % 11);
        for (size_t i = 0; i < count; i++) {
            values[i] = i % 9 == 0 ? (double)i : i % 13 == 0 ? -0.0 : random_double();
            length += decimal_print(expected + length, values[i]);
            expected[length++] = (i + 1) % columns != 0 ? ';' : '!';
        }
        assert_int_equal(decimal_print_rows(text, values, count, columns, ';', '!'), length);
        assert_memory_equal(text, expected, length);
    }
}

static void floats_print_the_shortest_that_reads_back(void **state) {
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = (uint32_t)(random_bits() >> 32);
        if (i % 4 == 0)
            bits &= 0x807fffff; /* subnormal */
        float x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x) || x == 0)
            continue;
        char text[DECIMAL_SIZE + 1], trial[64];
        text[decimal_print_float(text, x)] = '\0';
        assert_true(strtof(text, NULL) == x);
        int digits = shortest_by_trial(trial, (double)x, true);
        assert_shortest_and_closest(text, trial, digits);
    }
    char text[DECIMAL_SIZE + 1];
    text[decimal_print_float(text, 16777216.0f)] = '\0';
    assert_string_equal(text, "16777216");
    text[decimal_print_float(text, 0.1f)] = '\0';
    assert_string_equal(text, "0.1");
}

static void rounding_to_digits_is_printf_s(void **state) {
    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[DECIMAL_SIZE + 1], expected[64];
        int digits = 1 + i % 17;
        double x =
            i % 3 == 0 ? (double)(int32_t)(uint32_t)random_bits() / 64 : random_double(); /* ties too */
        if (!isfinite(x) || x == 0)
            continue;
        text[decimal_print_rounded(text, x, digits)] = '\0';
        snprintf(expected, sizeof expected, "%.*e", digits - 1, x);
        if (strtold(text, NULL) != strtold(expected, NULL) || significant_digits(text) > digits)
            fail_msg("%.17g to %d digits: %s, not %s", x, digits, text, expected);
    }
}

static void ties_between_decimals_round_to_even(void **state) {
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } cases[] = {
        {2.5, 1, "2"},         {3.5, 1, "4"},      {25, 1, "20"},          {35, 1, "40"},
        {0.125, 2, "0.12"},    {0.375, 2, "0.38"}, {99.5, 2, "100"},       {98.5, 2, "98"},
        {9.5, 1, "10"},        {0.25, 1, "0.2"},   {1e23, 1, "1e23"},      {1e22, 17, "1e22"},
        {123456, 3, "123000"}, {-2.5, 1, "-2"},    {999999, 3, "1000000"}, {0.1, 17, "0.10000000000000001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DECIMAL_SIZE + 1];
        text[decimal_print_rounded(text, cases[i].value, cases[i].digits)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- the table, against long division ---- */

enum { WORDS = 80 };

static int bit_length(const uint32_t words[WORDS]) {
    for (int i = WORDS - 1; i >= 0; i--) {
        if (words[i] != 0)
            return 32 * i + 32 - __builtin_clz(words[i]);
    }
    return 0;
}

static uint64_t bits_below(const uint32_t words[WORDS], int top) {
    uint64_t result = 0;
    for (int i = 1; i <= 64; i++) {
        int bit = top - i;
        result = result << 1 | (bit >= 0 ? words[bit / 32] >> bit % 32 & 1 : 0);
    }
    return result;
}

static void assert_power(int q, const uint32_t words[WORDS], int units) {
    int length = bit_length(words);
    const struct decimal_power *power = decimal_power(q);
    if (power->high != bits_below(words, length) || power->low != bits_below(words, length - 64) ||
        decimal_power_exponent(q) != length - 1 - units)
        fail_msg("10^%d is wrong", q);
}

static void the_powers_are_the_leading_bits_of_exact_ones(void **state) {
    (void)state;
    static uint32_t words[WORDS];
    memset(words, 0, sizeof words);
    words[0] = 1;
    for (int q = 0; q <= DECIMAL_POWER_MAX; q++) {
        assert_power(q, words, 0);
        uint64_t carry = 0;
        for (int i = 0; i < WORDS; i++, carry >>= 32) {
            carry += (uint64_t)words[i] * 10;
            words[i] = (uint32_t)carry;
        }
    }
    memset(words, 0, sizeof words);
    words[2400 / 32] = 1; /* 2^2400; the floor of a floor is that of the whole quotient */
    for (int q = 0; q >= DECIMAL_POWER_MIN; q--) {
        assert_power(q, words, 2400);
        uint64_t rest = 0;
        for (int i = WORDS - 1; i >= 0; i--) {
            rest = rest << 32 | words[i];
            words[i] = (uint32_t)(rest / 10);
            rest %= 10;
        }
    }
}

/* Run by hand: test_decimal --long COUNT. */
static int compare_with_strtod(uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        char text[64];
        double x = double_of(random_bits()), value = 0;
        if (!isfinite(x))
            continue;
        int length = i % 2 == 0 ? (int)decimal_print(text, x) : snprintf(text, sizeof text, "%.16e", x);
        text[length] = '\0';
        decimal_parse(text, text + length, '.', &value);
        double expected = strtod(text, NULL);
        if (bits_of(value) != bits_of(expected) || bits_of(value) != bits_of(x)) {
            printf("%s: %a, strtod %a, printed from %a\n", text, value, expected, x);
            return 1;
        }
    }
    printf("%llu random bit patterns read as strtod reads them\n", (unsigned long long)count);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--long") == 0)
        return compare_with_strtod(strtoull(argv[2], NULL, 10));

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_powers_are_the_leading_bits_of_exact_ones),
        cmocka_unit_test(spellings_of_numbers_read_as_strtod_reads_them),
        cmocka_unit_test(hexadecimal_and_blanks_are_no_numbers),
        cmocka_unit_test(the_point_may_be_a_comma),
        cmocka_unit_test(a_million_doubles_in_1_to_17_digits_read_as_strtod_reads_them),
        cmocka_unit_test(half_way_points_round_to_even_and_nothing_less_than_exact_moves_them),
        cmocka_unit_test(long_digit_strings_read_as_strtod_reads_them),
        cmocka_unit_test(zeros_by_the_thousand_and_exponents_that_bring_them_back),
        cmocka_unit_test(any_bytes_read_as_strtod_reads_them),
        cmocka_unit_test(texts_are_as_the_header_says),
        cmocka_unit_test(printing_is_the_shortest_that_reads_back_and_the_closest),
        cmocka_unit_test(every_double_reads_back_from_its_text),
        cmocka_unit_test(rows_print_as_number_by_number),
        cmocka_unit_test(floats_print_the_shortest_that_reads_back),
        cmocka_unit_test(rounding_to_digits_is_printf_s),
        cmocka_unit_test(ties_between_decimals_round_to_even),
    };
    return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
