/* Numbers from text: the same double as strtod's, and back again by way of the shortest text. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/decimal.h"

#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int same(double a, double b) {
    return bits_of(a) == bits_of(b) || (isnan(a) && isnan(b));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    const char *text = (const char *)bytes;
    double value;
    const char *end = decimal_parse(text, text + length, '.', &value);
    if (!end)
        return 0;
    input_require(end > text && end <= text + length, "a number ends within the text");

    size_t taken = (size_t)(end - text);
    char *copy = malloc(taken + 1), *stop;
    input_require(copy != NULL, "memory");
    memcpy(copy, text, taken);
    copy[taken] = '\0';
    input_require(same(value, strtod(copy, &stop)) && *stop == '\0', "strtod agrees");
    free(copy);

    char printed[DECIMAL_SIZE];
    double again;
    size_t size = decimal_print(printed, value);
    input_require(size < DECIMAL_SIZE, "printed numbers have room");
    input_require(decimal_parse(printed, printed + size, '.', &again) == printed + size && same(value, again),
                  "what is printed reads back to the same double");
    return 0;
}
