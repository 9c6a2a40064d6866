#include "divergence/cauchy_schwarz.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/kernel_pass.h"
#include "num/vector.h"

/* log sum e^(x + y), where sum p q is too small for a double. */
static double log_product_sum(size_t columns, const double *x, const double *y) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < columns; i++)
        largest = fmax(largest, x[i] + y[i]);
    if (largest == -INFINITY)
        return -INFINITY;
    for (size_t i = 0; i < columns; i++)
        sum += exp(x[i] + y[i] - largest);
    return largest + log(sum);
}

/* e^x where rows hold logarithms. */
static double entry(bool logarithms, double x) {
    return logarithms ? exp(x) : x;
}

static double compare(bool logarithms, size_t columns, const double *x, const double *y) {
    double pp = 0, pq = 0, qq = 0, rest = 0;
    for (size_t i = 0; i < columns; i++) {
        double p = entry(logarithms, x[i]), q = entry(logarithms, y[i]);
        pp += p * p;
        pq += p * q;
        qq += q * q;
    }
    if (pq < 1e-150) /* its square is too small */
        return log(pp) + log(qq) - 2 * (logarithms ? log_product_sum(columns, x, y) : log(pq));
    double share = pq / pp;
    for (size_t i = 0; i < columns; i++) {
        double difference = entry(logarithms, y[i]) - share * entry(logarithms, x[i]);
        rest += difference * difference;
    }
    return log1p(pp * rest / (pq * pq));
}

void cauchy_schwarz_rows(const struct divergence_rows *rows, double *result) {
    for (size_t i = 0; i < rows->rows; i++)
        result[i] =
            compare(rows->logarithms, rows->columns, rows->p + (rows->p_repeated ? 0 : i * rows->columns),
                    rows->q + (rows->q_repeated ? 0 : i * rows->columns));
}

static struct kernel_pass pass_between(const struct cauchy_schwarz_samples *samples, bool p_first,
                                       bool p_second) {
    return (struct kernel_pass){
        .rows = p_first ? samples->p_rows : samples->q_rows,
        .targets = p_second ? samples->p_rows : samples->q_rows,
        .l = {p_first ? samples->p : samples->q, p_second ? samples->p : samples->q, samples->columns,
              samples->bandwidth},
        .threads = samples->threads,
    };
}

/* log sum k over all pairs. */
static int log_sum(const struct cauchy_schwarz_samples *samples, bool p_first, bool p_second, double *room,
                   double *sum, struct error *error) {
    struct kernel_pass pass = pass_between(samples, p_first, p_second);
    if (kernel_pass_sums(&pass, &(struct kernel_row_sums){.l = room}, error) < 0)
        return -1;
    *sum = vector_log_sum_exp(pass.rows, room);
    return 0;
}

/* d log sum k(P, P) = 2 sum_j k (p_j - p_i) / s^2 / sum, and twice the like of the cross sum taken away. */
static int add_gradient(const struct cauchy_schwarz_samples *samples, double own, double cross, double *room,
                        double *gradient, struct error *error) {
    const struct kernel_weights weights = {.log_rows = room};
    struct kernel_pass among = pass_between(samples, true, true),
                       between = pass_between(samples, true, false);
    for (size_t i = 0; i < samples->p_rows * samples->columns; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < samples->p_rows; i++)
        room[i] = -own;
    if (kernel_pass_add_gradient(&among, &weights, 2, gradient, error) < 0)
        return -1;
    for (size_t i = 0; i < samples->p_rows; i++)
        room[i] = -cross;
    return kernel_pass_add_gradient(&between, &weights, -2, gradient, error);
}

int cauchy_schwarz_of_samples(const struct cauchy_schwarz_samples *samples, double *value,
                              double *discrepancy, double *gradient, struct error *error) {
    size_t most = samples->p_rows > samples->q_rows ? samples->p_rows : samples->q_rows;
    double *room = memory_array(error, most, sizeof *room), pp, qq, pq;
    int status = room == NULL ? -1 : log_sum(samples, true, true, room, &pp, error);
    if (status == 0)
        status = log_sum(samples, false, false, room, &qq, error);
    if (status == 0)
        status = log_sum(samples, true, false, room, &pq, error);
    if (status == 0) {
        double log_m = log((double)samples->p_rows), log_n = log((double)samples->q_rows);
        *value = pp + qq - 2 * pq;
        *discrepancy = exp(pp - 2 * log_m) + exp(qq - 2 * log_n) - 2 * exp(pq - log_m - log_n);
    }
    if (status == 0 && gradient != NULL)
        status = isinf(pq)
                     ? error_set(error, "the samples are so many widths apart that there is no gradient")
                     : add_gradient(samples, pp, pq, room, gradient, error);
    free(room);
    return status;
}
