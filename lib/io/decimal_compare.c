#include "io/decimal_compare.h"

#include <assert.h>
#include <string.h>

#include "io/decimal_powers.h"

/* 769 digits take 2555 bits, a mantissa times 5^1111 takes 2644; the shift that lines them up adds what lies
 * between the two numbers, at most 2000 more. */
enum { LIMBS = 80 };

struct big {
    uint64_t limbs[LIMBS]; /* the least first */
    int used;
};

static void multiply_add(struct big *big, uint64_t factor, uint64_t addend) {
    uint64_t carry = addend;
    for (int i = 0; i < big->used; i++) {
        decimal_wide product = (decimal_wide)big->limbs[i] * factor + carry;
        big->limbs[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry != 0) {
        assert(big->used < LIMBS);
        big->limbs[big->used++] = carry;
    }
}

static void multiply_power_of_5(struct big *big, int exponent) {
    const uint64_t largest = 7450580596923828125u; /* 5^27, the last to fit a word */
    for (; exponent >= 27; exponent -= 27)
        multiply_add(big, largest, 0);
    for (; exponent > 0; exponent--)
        multiply_add(big, 5, 0);
}

static void shift_left(struct big *big, int bits) {
    int words = bits / 64;
    multiply_add(big, (uint64_t)1 << bits % 64, 0);
    assert(big->used + words <= LIMBS);
    memmove(big->limbs + words, big->limbs, (size_t)big->used * sizeof big->limbs[0]);
    memset(big->limbs, 0, (size_t)words * sizeof big->limbs[0]);
    big->used += words;
}

static int compare(const struct big *a, const struct big *b) {
    if (a->used != b->used)
        return a->used < b->used ? -1 : 1;
    for (int i = a->used - 1; i >= 0; i--) {
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
    return 0;
}

/* 18 digits at a time. */
static void read_digits(struct big *big, const char *digits, int count) {
    big->used = 0;
    for (int i = 0; i < count;) {
        uint64_t part = 0, scale = 1;
        for (int stop = i + 18; i < count && i < stop; i++, scale *= 10)
            part = 10 * part + (uint64_t)(digits[i] - '0');
        multiply_add(big, scale, part);
    }
}

int decimal_compare(const char *digits, int count, int exponent10, uint64_t mantissa, int exponent2) {
    assert(count > 0 && count <= DECIMAL_COMPARE_DIGITS && mantissa != 0);
    struct big decimal, binary = {.limbs = {mantissa}, .used = 1};
    read_digits(&decimal, digits, count);

    /* D 10^a against m 2^b: the powers of five on one side, then those of two. */
    multiply_power_of_5(exponent10 >= 0 ? &decimal : &binary, exponent10 >= 0 ? exponent10 : -exponent10);
    int shift = exponent10 - exponent2;
    shift_left(shift >= 0 ? &decimal : &binary, shift >= 0 ? shift : -shift);
    return compare(&decimal, &binary);
}
