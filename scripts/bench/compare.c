/* The largest difference between two results.
 *
 *     compare OURS PEERS
 *
 * Both are matrices (CSV or NPY). Prints max |a - b| / max(|b|, 1e-300) over their numbers, 0 for equal
 * infinities and for two nans; exit status 1 where the shapes differ. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/row_reader.h"

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

int main(int argc, char **argv) {
    static const struct row_format format = {.missing = MISSING_KEEP, .threads = 2};
    struct error error = {0};
    struct numbers ours = {0}, peers = {0};
    double largest;
    if (argc != 3) {
        fprintf(stderr, "usage: compare OURS PEERS\n");
        return 2;
    }
    ours.reader = row_reader_open(argv[1], &format, &error);
    peers.reader = ours.reader ? row_reader_open(argv[2], &format, &error) : NULL;
    int status = peers.reader ? compare(&ours, &peers, &largest, &error) : -1;
    row_reader_close(ours.reader);
    row_reader_close(peers.reader);
    if (status < 0) {
        fprintf(stderr, "compare: %s\n", error.text);
        return 1;
    }
    printf("%.1e\n", largest);
    return 0;
}
