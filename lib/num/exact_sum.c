#include "num/exact_sum.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    LIMB_BITS = 32,
    SIGNIFICAND_BITS = DBL_MANT_DIG,
    LEAST_EXPONENT = 1074, /* the least double is 2^-1074 */
    PENDING_MAX = 1 << 30, /* limbs of 63 bits take 2^31 values of 32 */
};

#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

__extension__ typedef unsigned __int128 wide;

void exact_sum_clear(struct exact_sum *sum) {
    memset(sum, 0, sizeof *sum);
    sum->low = EXACT_SUM_LIMBS;
}

/* Takes carries upwards: limbs are in [0, 2^32) but for the highest, which may be negative. */
static void carry_up(struct exact_sum *sum) {
    size_t i = sum->low;
    sum->pending = 0;
    if (sum->low > sum->high)
        return;
    for (; i < EXACT_SUM_LIMBS - 1; i++) {
        if (i > sum->high && (sum->limbs[i] == 0 || sum->limbs[i] == -1))
            break;
        int64_t kept = (int64_t)((uint64_t)sum->limbs[i] & LIMB_MASK);
        sum->limbs[i + 1] += (sum->limbs[i] - kept) / (INT64_C(1) << LIMB_BITS);
        sum->limbs[i] = kept;
    }
    sum->high = i;
}

void exact_sum_add(struct exact_sum *sum, double value) {
    uint64_t bits;
    if (!isfinite(value)) {
        sum->special += value;
        return;
    }
    if (value == 0)
        return;
    memcpy(&bits, &value, sizeof bits);
    uint64_t exponent = bits >> 52 & 2047, significand = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent > 0)
        significand |= UINT64_C(1) << 52;
    size_t shift = exponent > 0 ? exponent - 1 : 0, first = shift / LIMB_BITS;
    wide shifted = (wide)significand << shift % LIMB_BITS;
    for (size_t i = 0; i < 3; i++) {
        int64_t limb = (int64_t)((uint64_t)(shifted >> i * LIMB_BITS) & LIMB_MASK);
        sum->limbs[first + i] += value < 0 ? -limb : limb;
    }
    sum->low = first < sum->low ? first : sum->low;
    sum->high = first + 2 > sum->high ? first + 2 : sum->high;
    if (++sum->pending == PENDING_MAX)
        carry_up(sum);
}

/* Turns the sum's sign. */
static void negate(struct exact_sum *sum) {
    for (size_t i = sum->low; i <= sum->high; i++)
        sum->limbs[i] = -sum->limbs[i];
    carry_up(sum);
}

/* Sets high to the highest limb that is not 0. Returns whether there is one. */
static int find_top(struct exact_sum *sum) {
    while (sum->high > sum->low && sum->limbs[sum->high] == 0)
        sum->high--;
    return sum->low <= sum->high && sum->limbs[sum->high] != 0;
}

/* The bit at that place of a sum that is carried up and positive. */
static unsigned bit_at(const struct exact_sum *sum, size_t place) {
    return (unsigned)(sum->limbs[place / LIMB_BITS] >> place % LIMB_BITS & 1);
}

static int any_below(const struct exact_sum *sum, size_t place) {
    for (size_t i = sum->low; i < place / LIMB_BITS; i++)
        if (sum->limbs[i] != 0)
            return 1;
    return (sum->limbs[place / LIMB_BITS] & ((INT64_C(1) << place % LIMB_BITS) - 1)) != 0;
}

/* The 53 bits from a place on. */
static uint64_t bits_from(const struct exact_sum *sum, size_t place) {
    size_t first = place / LIMB_BITS;
    wide bits = 0;
    for (size_t i = 3; i-- > 0;)
        bits = bits << LIMB_BITS | (first + i < EXACT_SUM_LIMBS ? (uint64_t)sum->limbs[first + i] : 0);
    return (uint64_t)(bits >> place % LIMB_BITS) & ((UINT64_C(1) << SIGNIFICAND_BITS) - 1);
}

/* The double nearest to a sum that is carried up and positive, ties to even; the largest where that is too
 * small. */
static double nearest(const struct exact_sum *sum) {
    size_t length = sum->high * LIMB_BITS;
    for (int64_t top = sum->limbs[sum->high]; top > 0; top >>= 1)
        length++;
    if (length <= SIGNIFICAND_BITS)
        return ldexp((double)bits_from(sum, 0), -LEAST_EXPONENT);
    size_t place = length - SIGNIFICAND_BITS;
    uint64_t significand = bits_from(sum, place);
    if (bit_at(sum, place - 1) && ((significand & 1) || any_below(sum, place - 1)))
        significand++;
    double value = ldexp((double)significand, (int)place - LEAST_EXPONENT);
    return isinf(value) ? DBL_MAX : value;
}

size_t exact_sum_words(struct exact_sum *sum, double *words) {
    size_t count = 0;
    if (sum->special != 0) {
        words[0] = sum->special;
        return 1;
    }
    carry_up(sum);
    while (find_top(sum)) {
        bool negative = sum->limbs[sum->high] < 0;
        if (count == EXACT_SUM_WORDS_MAX)
            return 0;
        if (negative) {
            negate(sum);
            (void)find_top(sum);
        }
        double value = nearest(sum);
        exact_sum_add(sum, -value);
        if (negative)
            negate(sum);
        else
            carry_up(sum);
        words[count++] = negative ? -value : value;
    }
    if (count == 0)
        words[count++] = 0;
    return count;
}
