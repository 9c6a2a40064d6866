/* Doubles as decimal text, exactly, whatever the locale.
 *
 * In: the double nearest to the decimal (ties to even), for any number of digits, by Eisel and Lemire's
 * 128-bit product (Lemire 2021, Number parsing at a gigabyte per second, Softw. Pract. Exp. 51, 1700-1727),
 * and by big integers where that leaves the rounding open. Out: the shortest decimal that reads back to the
 * same double and, of those, the closest to its value. */
#ifndef IO_DECIMAL_H
#define IO_DECIMAL_H

#include <stddef.h>

/* Reads one number from text .. end (exclusive): an optional sign, digits with an optional point, an optional
 * exponent; or inf, infinity, nan in any case. Returns the first byte after it, or NULL where text does not
 * begin with a number. Overflow gives infinity, underflow zero, as strtod does. No blanks are skipped;
 * hexadecimal is no number.
 *
 *   point  the decimal point: '.' or ',' */
const char *decimal_parse(const char *text, const char *end, char point, double *value);

/* Room for any number that decimal_print writes, with a zero byte. */
enum { DECIMAL_SIZE = 32 };

/* Writes the shortest text: "0.1", "1e22", "1.5e-7", "-0", "inf", "-inf", "nan"; integers below 1e15 in
 * magnitude have no point or exponent; scientific where the decimal exponent is below -5 or 15 and above. Not
 * ended by a zero byte. Returns its length. */
size_t decimal_print(char *text, double value);

/* Writes rows of so many columns, count values in all: each as decimal_print writes it, a separator behind
 * it, or `last` where it is the last of its row. Quicker than one by one. Returns the length of the whole:
 * room for DECIMAL_SIZE + 1 bytes a number is needed. */
size_t decimal_print_rows(char *text, const double *values, size_t count, size_t columns, char separator,
                          char last);

/* The same as decimal_print, rounded correctly to at most `digits` significant digits (1 to 17), trailing
 * zeros dropped. */
size_t decimal_print_rounded(char *text, double value, int digits);

/* The shortest text that reads back to the same float. */
size_t decimal_print_float(char *text, float value);

#endif
