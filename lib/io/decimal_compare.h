/* Decimal against binary, exactly: the last resort where 128 bits leave a rounding open. */
#ifndef IO_DECIMAL_COMPARE_H
#define IO_DECIMAL_COMPARE_H

#include <stdint.h>

/* No more significant digits than this matter: half-way between two doubles takes at most 767, and one digit
 * more stands for all that follow. */
enum { DECIMAL_COMPARE_DIGITS = 769 };

/* The sign of digits x 10^exponent10 - mantissa x 2^exponent2.
 *
 *   digits  count of '0' to '9', at most DECIMAL_COMPARE_DIGITS, the first not '0'
 *
 * mantissa is not 0, |exponent10| at most 1111, and the numbers are within a factor of 2^2000. */
int decimal_compare(const char *digits, int count, int exponent10, uint64_t mantissa, int exponent2);

#endif
