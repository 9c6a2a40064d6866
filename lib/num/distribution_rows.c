#include "num/distribution_rows.h"

#include <stdio.h>

#include "io/decimal.h"
#include "num/simplex.h"
#include "num/vector.h"

enum { SUM_DIGITS = 10 }; /* enough to show a sum that is off by a little more than 1e-6 */

bool distribution_rows_in_logarithms(const struct distribution_options *options) {
    return options->logits || options->log_probs;
}

static void describe_sum(const struct distribution_options *options, double sum,
                         struct distribution_fault *fault) {
    char number[DECIMAL_SIZE];
    number[decimal_print_rounded(number, sum, SUM_DIGITS)] = '\0';
    fault->column = (size_t)-1;
    if (options->logits)
        snprintf(fault->text, sizeof fault->text, "all logits are -inf");
    else if (options->normalize)
        snprintf(fault->text, sizeof fault->text, "row sums to %s", number);
    else
        snprintf(fault->text, sizeof fault->text, "row sums to %s, not 1 (%s rescales)", number,
                 options->log_probs ? "--logits" : "--normalize");
}

static void describe(const struct distribution_options *options, const struct simplex_fault *found,
                     struct distribution_fault *fault) {
    char number[DECIMAL_SIZE];
    fault->row = found->row;
    if (found->kind == SIMPLEX_SUM) {
        describe_sum(options, found->value, fault);
        return;
    }
    number[decimal_print(number, found->value)] = '\0';
    fault->column = found->column;
    const char *expected = options->logits      ? "a finite logit"
                           : options->log_probs ? "the logarithm of a probability"
                                                : "a probability";
    snprintf(fault->text, sizeof fault->text, "expected %s, got '%s'", expected, number);
}

bool distribution_rows_prepare(const struct distribution_options *options, size_t rows, size_t columns,
                               const double *values, double *room, const double **prepared,
                               struct distribution_fault *fault) {
    struct simplex_fault found;
    bool sound;
    *prepared = options->normalize || options->logits ? room : values;
    if (options->normalize)
        sound = simplex_normalize(rows, columns, values, room, &found);
    else if (options->logits)
        sound = simplex_check_logits(rows, columns, values, &found);
    else if (options->log_probs)
        sound = simplex_check_logarithms(rows, columns, values, &found);
    else
        sound = simplex_check(rows, columns, values, &found);
    if (!sound)
        describe(options, &found, fault);
    else if (options->logits)
        vector_log_softmax(rows, columns, options->temperature, values, room);
    return sound;
}
