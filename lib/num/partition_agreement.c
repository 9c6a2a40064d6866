#include "num/partition_agreement.h"

#include <string.h>

#include "base/memory.h"
#include "num/assignment.h"

void partition_agreement_table(const struct partition_pair *pair, double *table) {
    memset(table, 0, pair->first_parts * pair->second_parts * sizeof *table);
    for (size_t i = 0; i < pair->rows; i++)
        if (pair->first[i] < pair->first_parts && pair->second[i] < pair->second_parts)
            table[pair->first[i] * pair->second_parts + pair->second[i]] +=
                pair->weights != NULL ? pair->weights[i] : 1;
}

static double pairs_of(double count) {
    return count * (count - 1) / 2;
}

static double row_sum(size_t columns, const double *table, size_t row) {
    double sum = 0;
    for (size_t j = 0; j < columns; j++)
        sum += table[row * columns + j];
    return sum;
}

static double column_sum(size_t rows, size_t columns, const double *table, size_t column) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += table[i * columns + column];
    return sum;
}

double partition_agreement_rand(size_t first_parts, size_t second_parts, const double *table) {
    double together = 0, first = 0, second = 0, total = 0;
    for (size_t i = 0; i < first_parts * second_parts; i++)
        together += pairs_of(table[i]);
    for (size_t i = 0; i < first_parts; i++) {
        double count = row_sum(second_parts, table, i);
        first += pairs_of(count);
        total += count;
    }
    for (size_t j = 0; j < second_parts; j++)
        second += pairs_of(column_sum(first_parts, second_parts, table, j));
    double expected = pairs_of(total) != 0 ? first * second / pairs_of(total) : 0;
    double range = (first + second) / 2 - expected;
    return range != 0 ? (together - expected) / range : 1;
}

void partition_agreement_jaccard(size_t first_parts, size_t second_parts, const double *table,
                                 double *jaccard) {
    for (size_t i = 0; i < first_parts; i++) {
        for (size_t j = 0; j < second_parts; j++) {
            double both = table[i * second_parts + j];
            double either =
                row_sum(second_parts, table, i) + column_sum(first_parts, second_parts, table, j) - both;
            jaccard[i * second_parts + j] = either > 0 ? both / either : 0;
        }
    }
}

int partition_agreement_match(size_t first_parts, size_t second_parts, const double *table, size_t *match,
                              struct error *error) {
    /* Square, parts without a partner being matched to none. */
    size_t parts = first_parts > second_parts ? first_parts : second_parts;
    double *cost = memory_matrix(error, parts, parts, sizeof *cost);
    size_t *column = memory_array(error, parts, sizeof *column);
    int status = -1;
    if (cost != NULL && column != NULL) {
        for (size_t i = 0; i < parts * parts; i++)
            cost[i] = 0;
        for (size_t j = 0; j < second_parts; j++)
            for (size_t i = 0; i < first_parts; i++)
                cost[j * parts + i] = -table[i * second_parts + j];
        status = assignment_solve(parts, parts, cost, column, error);
    }
    for (size_t j = 0; status == 0 && j < second_parts; j++)
        match[j] = column[j] < first_parts ? column[j] : SIZE_MAX;
    free(cost);
    free(column);
    return status;
}
