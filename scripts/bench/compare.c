/* The largest difference between two results.
 *
 *     compare [--sums] OURS PEERS
 *
 * Both are matrices (CSV or NPY). Prints max |a - b| / max(|b|, 1e-300) over their numbers, 0 for equal
 * infinities and for two nans; exit status 1 where the shapes differ. --sums compares the sums of our columns
 * with the peer's numbers. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/row_reader.h"

enum { COLUMNS_MAX = 1000 };

/* Hands a reader's numbers out one by one. */
struct numbers {
    struct row_reader *reader;
    size_t next, count;
};

static int next_number(struct numbers *numbers, double *value, struct error *error) {
    while (numbers->next == numbers->count) {
        int status = row_reader_next(numbers->reader, error);
        if (status <= 0)
            return status;
        numbers->next = 0;
        numbers->count = numbers->reader->row_count * numbers->reader->columns;
    }
    *value = numbers->reader->rows[numbers->next++];
    return 1;
}

static double difference(double a, double b) {
    if (a == b || (isnan(a) && isnan(b)))
        return 0;
    double relative = fabs(a - b) / fmax(fabs(b), 1e-300);
    return isnan(relative) ? INFINITY : relative;
}

static int compare(struct numbers *ours, struct numbers *peers, double *largest, struct error *error) {
    for (*largest = 0;;) {
        double a, b;
        int status = next_number(ours, &a, error), other = next_number(peers, &b, error);
        if (status < 0 || other < 0)
            return -1;
        if (status != other)
            return error_set(error, "there are more numbers in %s", status > 0 ? "ours" : "the peer's");
        if (status == 0)
            return 0;
        *largest = fmax(*largest, difference(a, b));
    }
}

/* Sums of the columns of ours, against the peer's numbers. */
static int compare_sums(struct row_reader *ours, struct numbers *peers, double *largest,
                        struct error *error) {
    static long double sums[COLUMNS_MAX];
    int status;
    if (ours->columns > COLUMNS_MAX)
        return error_set(error, "too many columns");
    while ((status = row_reader_next(ours, error)) > 0)
        for (size_t i = 0; i < ours->row_count * ours->columns; i++)
            sums[i % ours->columns] += ours->rows[i];
    *largest = 0;
    for (size_t column = 0; status == 0 && column < ours->columns; column++) {
        double peers_sum;
        if (next_number(peers, &peers_sum, error) <= 0)
            return error_set(error, "the peer has fewer sums");
        *largest = fmax(*largest, difference(peers_sum, (double)sums[column]));
    }
    return status;
}

int main(int argc, char **argv) {
    static const struct row_format format = {.missing = MISSING_KEEP, .threads = 2};
    struct error error = {0};
    struct numbers ours = {0}, peers = {0};
    double largest = 0;
    bool sums = argc == 4 && strcmp(argv[1], "--sums") == 0;
    if (argc != 3 && !sums) {
        fprintf(stderr, "usage: compare [--sums] OURS PEERS\n");
        return 2;
    }
    ours.reader = row_reader_open(argv[argc - 2], &format, &error);
    peers.reader = ours.reader ? row_reader_open(argv[argc - 1], &format, &error) : NULL;
    int status = -1;
    if (peers.reader)
        status = sums ? compare_sums(ours.reader, &peers, &largest, &error)
                      : compare(&ours, &peers, &largest, &error);
    row_reader_close(ours.reader);
    row_reader_close(peers.reader);
    if (status < 0) {
        fprintf(stderr, "compare: %s\n", error.text);
        return 1;
    }
    printf("%.1e\n", largest);
    return 0;
}
