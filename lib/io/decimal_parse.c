#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "io/decimal.h"
#include "io/decimal_compare.h"
#include "io/decimal_powers.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first character is taken as the lowest byte");

enum { DIGITS_EXACT = 19 }; /* any 19 digits fit 64 bits */

static const int64_t exponent_limit = 1000000000000000; /* no text is long enough to bring this back */
static const uint64_t infinity_bits = (uint64_t)0x7ff << 52;

/* How many of the eight characters are digits before the first that is not. */
ALWAYS_INLINE int digits_leading(uint64_t word) {
    uint64_t value = word ^ 0x3030303030303030; /* a digit is 0 .. 9 now, anything else 10 or more */
    uint64_t others = ((value + 0x7676767676767676) | value) & 0x8080808080808080;
    return others == 0 ? 8 : __builtin_ctzll(others) / 8;
}

/* The number that eight digits (0 .. 9 each) spell: neighbours are joined to pairs, fours, eights. */
ALWAYS_INLINE uint64_t digits_join(uint64_t values) {
    values = (values * 10 + (values >> 8)) & 0x00ff00ff00ff00ff;
    values = (values * 100 + (values >> 16)) & 0x0000ffff0000ffff;
    return (uint32_t)(values * 10000 + (values >> 32));
}

/* Appends the digits at text to *number (modulo 2^64) and returns the first byte after them. */
ALWAYS_INLINE const char *read_digits(const char *text, const char *end, uint64_t *number) {
    static const uint32_t scales[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    uint64_t sum = *number;
    while (end - text >= 8) {
        uint64_t word;
        memcpy(&word, text, sizeof word);
        int count = digits_leading(word);
        word -= 0x3030303030303030; /* borrows only run from the first other character on */
        if (count < 8) {            /* shifted by 64 - 8 count, which may be 64 */
            *number = sum * scales[count] + digits_join(word << 1 << (63 - 8 * count));
            return text + count;
        }
        sum = sum * 100000000 + digits_join(word);
        text += 8;
    }
    for (; text < end && *text >= '0' && *text <= '9'; text++)
        sum = sum * 10 + (uint64_t)(*text - '0');
    *number = sum;
    return text;
}

/* Adds the exponent at text ("e-5") to *exponent and returns the first byte after it: text itself where no
 * digit follows the e. */
static const char *read_exponent(const char *text, const char *end, int64_t *exponent) {
    const char *at = text + 1;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || *at < '0' || *at > '9')
        return text;

    int64_t sum = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        sum = sum < exponent_limit ? 10 * sum + (*at - '0') : sum;
    *exponent += negative ? -sum : sum;
    return at;
}

static bool starts_with(const char *text, const char *end, const char *word) {
    for (; *word != '\0'; text++, word++) {
        if (text == end || (*text | 0x20) != *word)
            return false;
    }
    return true;
}

static const char *read_word(const char *text, const char *end, bool negative, double *value) {
    if (starts_with(text, end, "nan")) {
        *value = (double)NAN;
        return text + 3;
    }
    if (!starts_with(text, end, "inf"))
        return NULL;
    *value = negative ? -(double)INFINITY : (double)INFINITY;
    return text + (starts_with(text, end, "infinity") ? 8 : 3);
}

/* A double at or below a number, and what is known of the rounding to it or to its upper neighbour. */
struct bracket {
    uint64_t below; /* its bits; infinity beyond the largest double. For a number within 2^-64 of the
                       neighbour it may be the neighbour's predecessor */
    uint64_t up;    /* 1: the neighbour is nearest */
    bool open;      /* 128 bits of the power do not tell; up means nothing */
};

/* The last bits of the product decide; the power's own rounding adds to the lower word less than 2. */
__attribute__((noinline)) static struct bracket bracket_closely(struct bracket result, bool exact,
                                                                const struct decimal_product *product) {
    if (exact) {
        bool above = result.up && ((product->middle | product->low) != 0);
        bool tie = result.up && !above;
        result.up = above || (tie && (result.below & 1) != 0);
    } else {
        result.open = !result.up && product->middle == UINT64_MAX;
    }
    return result;
}

/* Brackets digits x 10^exponent (digits not 0), after Eisel and Lemire. */
ALWAYS_INLINE struct bracket bracket(uint64_t digits, int64_t exponent) {
    if (exponent < DECIMAL_POWER_MIN || exponent > 308)
        return (struct bracket){.below = exponent < 0 ? 0 : infinity_bits};

    int q = (int)exponent;
    int zeros = __builtin_clzll(digits);
    struct decimal_product product = decimal_power_times(digits << zeros, decimal_power(q));
    int top = (int)(product.high >> 63);
    int biased = 1023 + decimal_power_exponent(q) + 63 - zeros + top;
    int shift = 9 + top; /* leaves the 53 bits of a double and the one that rounds */
    if (biased >= 0x7ff)
        return (struct bracket){.below = infinity_bits};
    if (biased < 1) { /* subnormal: fewer */
        shift += 1 - biased;
        biased = 1;
        if (shift >= 63) /* below the least double: half of it may be reached at 63 */
            return (struct bracket){.below = 0, .open = shift == 63};
    }

    uint64_t kept = product.high >> shift;
    uint64_t mask = ((uint64_t)1 << shift) - 1;
    uint64_t rest = product.high & mask;
    struct bracket result = {((uint64_t)(biased - 1) << 52) + (kept >> 1), kept & 1, false};
    if (__builtin_expect((rest == 0 && result.up) || (rest == mask && !result.up), 0))
        return bracket_closely(result, decimal_power_exact(q), &product);
    return result;
}

/* The digits of a number as written, without point and leading zeros. */
struct digit_string {
    char digits[DECIMAL_COMPARE_DIGITS];
    int count;
    int64_t exponent; /* of the last digit */
    uint64_t leading; /* the number that the first DIGITS_EXACT spell */
};

/* Digits beyond the 768th become a single 1 behind it where one of them is not 0: that much decides a tie.
 * exponent is that of the last digit in text. */
static void collect_digits(struct digit_string *string, const char *text, const char *end, int64_t exponent) {
    int64_t dropped = 0;
    bool rest = false;
    string->count = 0;
    string->leading = 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && string->count == 0))
            continue;
        if (string->count == DECIMAL_COMPARE_DIGITS - 1) {
            rest = rest || *text != '0';
            dropped++;
            continue;
        }
        if (string->count < DIGITS_EXACT)
            string->leading = 10 * string->leading + (uint64_t)(*text - '0');
        string->digits[string->count++] = *text;
    }
    if (rest) {
        string->digits[string->count++] = '1';
        dropped--;
    }
    string->exponent = exponent + dropped;
}

/* From a double at or below the number up to the nearest one, comparing with the points half-way. */
static uint64_t climb(const struct digit_string *string, uint64_t bits) {
    while (bits < infinity_bits) {
        uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
        int biased = (int)(bits >> 52);
        uint64_t mantissa = biased > 0 ? fraction | (uint64_t)1 << 52 : fraction;
        int exponent = (biased > 0 ? biased : 1) - 1075;
        int order = decimal_compare(string->digits, string->count, (int)string->exponent, 2 * mantissa + 1,
                                    exponent - 1);
        if (order < 0 || (order == 0 && (bits & 1) == 0))
            return bits;
        bits++;
    }
    return bits;
}

/* The double nearest to the number written at text .. end, whose last digit counts 10^exponent. */
__attribute__((noinline)) static uint64_t nearest_to_text(const char *text, const char *end,
                                                          int64_t exponent) {
    struct digit_string string;
    collect_digits(&string, text, end, exponent);
    if (string.count == 0)
        return 0;

    /* Between the first 19 digits, and one more in the last of them. */
    int beyond = string.count > DIGITS_EXACT ? string.count - DIGITS_EXACT : 0;
    struct bracket low = bracket(string.leading, string.exponent + beyond);
    if (!low.open && (beyond == 0 || low.below == infinity_bits))
        return low.below + low.up;
    if (!low.open) {
        struct bracket high = bracket(string.leading + 1, string.exponent + beyond);
        if (!high.open && high.below + high.up == low.below + low.up)
            return low.below + low.up;
    }
    return climb(&string, low.below);
}

const char *decimal_parse(const char *text, const char *end, char point, double *value) {
    const char *at = text;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;

    const char *first = at;
    uint64_t digits = 0;
    int64_t exponent = 0;
    at = read_digits(at, end, &digits);
    int64_t count = at - first;
    if (at < end && *at == point) {
        const char *fraction = ++at;
        at = read_digits(at, end, &digits);
        exponent = fraction - at;
        count -= exponent;
    }
    if (count == 0)
        return read_word(first, end, negative, value);

    const char *last = at;
    if (at < end && (*at | 0x20) == 'e')
        at = read_exponent(at, end, &exponent);

    uint64_t bits = 0;
    if (count > DIGITS_EXACT) {
        bits = nearest_to_text(first, last, exponent);
    } else if (digits != 0) {
        struct bracket result = bracket(digits, exponent);
        bits = __builtin_expect(result.open, 0) ? nearest_to_text(first, last, exponent)
                                                : result.below + result.up;
    }
    bits |= (uint64_t)negative << 63;
    memcpy(value, &bits, sizeof *value);
    return at;
}
