/* Assertions on numbers, beside cmocka's own.
 *
 * Each compares an actual value with an expected one and, where it fails, prints both with 17 digits and the
 * distance. An expected nan asks for a nan, an expected infinity for that very infinity. */
#ifndef SUPPORT_ASSERTIONS_H
#define SUPPORT_ASSERTIONS_H

/* cmocka.h needs the first four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* |actual - expected| <= tolerance x |expected| */
#define assert_close(actual, expected, tolerance)                                                            \
    assertions_close((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

/* |actual - expected| <= tolerance */
#define assert_within(actual, expected, tolerance)                                                           \
    assertions_within((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

/* At most so many doubles lie between the two, counting one of them; 0 asks for the same value, and tells -0
 * from 0. */
#define assert_ulps(actual, expected, ulps)                                                                  \
    assertions_ulps((actual), (expected), (ulps), #actual, __FILE__, __LINE__)

/* count values, the same bits one by one. */
#define assert_same_bits(actual, expected, count)                                                            \
    assertions_same_bits((actual), (expected), (count), #actual, __FILE__, __LINE__)

void assertions_close(double actual, double expected, double tolerance, const char *text, const char *file,
                      int line);
void assertions_within(double actual, double expected, double tolerance, const char *text, const char *file,
                       int line);
void assertions_ulps(double actual, double expected, uint64_t ulps, const char *text, const char *file,
                     int line);
void assertions_same_bits(const double *actual, const double *expected, size_t count, const char *text,
                          const char *file, int line);

/* How many steps from double to double lead from a to b; UINT64_MAX where just one of them is nan. */
uint64_t assertions_distance(double a, double b);

#endif
