#include "divergence/cauchy_schwarz_joint.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "divergence/kernel_pass.h"
#include "num/vector.h"

/* Rows of a against rows of b, by the kernels of x and of y. */
static struct kernel_pass pass_between(const struct cauchy_schwarz_joint *joint,
                                       const struct cauchy_schwarz_sample *a,
                                       const struct cauchy_schwarz_sample *b) {
    return (struct kernel_pass){
        .rows = a->rows,
        .targets = b->rows,
        .k = {a->x, b->x, joint->x_columns, joint->x_bandwidth},
        .l = {a->y, b->y, joint->y_columns, joint->y_bandwidth},
        .threads = joint->threads,
    };
}

/* log sum_j (sum_i K L)_j / (own_j across_j), everything in logarithms; across NULL: the pass's own row sums.
 *
 *   room  2 x rows; the first half is left holding the row sums of K */
static int ratio_sum(const struct kernel_pass *pass, const double *own, double *room, double *sum,
                     struct error *error) {
    double *k = room, *kl = room + pass->rows;
    if (kernel_pass_sums(pass, &(struct kernel_row_sums){.k = k, .kl = kl}, error) < 0)
        return -1;
    for (size_t j = 0; j < pass->rows; j++)
        kl[j] -= k[j] + (own != NULL ? own[j] : k[j]);
    *sum = vector_log_sum_exp(pass->rows, kl);
    return 0;
}

/* Where all x of the other sample are so far that the squares overflow, nothing is known of y there. */
static int check_near(size_t rows, const double *log_sums, const char *name, struct error *error) {
    for (size_t j = 0; j < rows; j++)
        if (isinf(log_sums[j]))
            return error_set(error, "row %zu of %s: the x of the other sample are too many widths away",
                             j + 1, name);
    return 0;
}

int cauchy_schwarz_conditional(const struct cauchy_schwarz_joint *joint, double *value, struct error *error) {
    const struct cauchy_schwarz_sample *sides[] = {&joint->p, &joint->q};
    size_t most = joint->p.rows > joint->q.rows ? joint->p.rows : joint->q.rows;
    double *own = memory_matrix(error, most, 2, sizeof *own),
           *room = memory_matrix(error, most, 2, sizeof *room);
    int status = own == NULL || room == NULL ? -1 : 0;
    double total = 0;
    for (size_t side = 0; status == 0 && side < 2; side++) {
        struct kernel_pass within = pass_between(joint, sides[side], sides[side]);
        struct kernel_pass across = pass_between(joint, sides[side], sides[1 - side]);
        double inner, cross = 0;
        status = ratio_sum(&within, NULL, own, &inner, error);
        if (status == 0)
            status = ratio_sum(&across, own, room, &cross, error);
        if (status == 0)
            status = check_near(across.rows, room, side == 0 ? "P" : "Q", error);
        total += status == 0 ? inner - cross : 0;
    }
    *value = total;
    free(own);
    free(room);
    return status;
}

/* log sum_j w_j (sum_i K L)_j, and the row sums of K to k where it is not NULL. */
static int weighted_sum(const struct kernel_pass *pass, const double *log_weights, double *room, double *sum,
                        struct error *error) {
    if (kernel_pass_sums(pass, &(struct kernel_row_sums){.kl = room}, error) < 0)
        return -1;
    for (size_t j = 0; j < pass->rows; j++)
        room[j] += log_weights[j];
    *sum = vector_log_sum_exp(pass->rows, room);
    return 0;
}

/* d log s2 - 2 d log s3 by yhat: M = (w_a + w_i) K L2 over s2, N = w_a K L21 over s3. */
static int paired_gradient(const struct kernel_pass *among, const struct kernel_pass *across,
                           const double *log_weights, const double sums[2], double *room, double *gradient,
                           struct error *error) {
    const struct kernel_weights both = {.log_rows = room, .log_targets = room}, one = {.log_rows = room};
    for (size_t i = 0; i < among->rows * among->l.dimension; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < among->rows; i++)
        room[i] = log_weights[i] - sums[0];
    if (kernel_pass_add_gradient(among, &both, 1, gradient, error) < 0)
        return -1;
    for (size_t i = 0; i < among->rows; i++)
        room[i] = log_weights[i] - sums[1];
    return kernel_pass_add_gradient(across, &one, -2, gradient, error);
}

int cauchy_schwarz_paired(const struct cauchy_schwarz_joint *joint, double *value, double *gradient,
                          struct error *error) {
    size_t rows = joint->p.rows;
    double *log_weights = memory_array(error, rows, sizeof *log_weights),
           *room = memory_array(error, rows, sizeof *room);
    struct kernel_pass of_p = pass_between(joint, &joint->p, &joint->p),
                       of_q = pass_between(joint, &joint->q, &joint->q);
    struct kernel_pass across = pass_between(joint, &joint->q, &joint->p);
    double first, sums[2]; /* logarithms of s1; of s2 and s3 */
    int status = log_weights == NULL || room == NULL
                     ? -1
                     : kernel_pass_sums(&of_p, &(struct kernel_row_sums){.k = log_weights}, error);
    for (size_t j = 0; status == 0 && j < rows; j++)
        log_weights[j] *= -2;
    if (status == 0)
        status = weighted_sum(&of_p, log_weights, room, &first, error);
    if (status == 0)
        status = weighted_sum(&of_q, log_weights, room, &sums[0], error);
    if (status == 0)
        status = weighted_sum(&across, log_weights, room, &sums[1], error);
    if (status == 0)
        *value = first + sums[0] - 2 * sums[1];
    if (status == 0 && gradient != NULL)
        status = isinf(sums[1])
                     ? error_set(error, "the y of both are so many widths apart that there is no gradient")
                     : paired_gradient(&of_q, &across, log_weights, sums, room, gradient, error);
    free(log_weights);
    free(room);
    return status;
}

/* Row sums, and what I is made of, as logarithms of sums: every one holds n terms of 1 at the least. */
struct information {
    double *k, *l, *kl, *kk, *ll, *room;  /* rows each, in one allocation that begins at k */
    double product, across, of_l, square; /* sum K L, sum (K 1)(L 1), sum L, and of I(t, t): sum L^2 */
    double own_across;                    /* sum (L 1)^2 */
    double value, of_x, of_t;             /* I(x, t), I(x, x), I(t, t) */
};

/* log sum_j e^(x_j + y_j) */
static double dot(size_t count, const double *x, const double *y, double *room) {
    for (size_t i = 0; i < count; i++)
        room[i] = x[i] + y[i];
    return vector_log_sum_exp(count, room);
}

static int find_information(const struct kernel_pass *pass, struct information *found, struct error *error) {
    size_t n = pass->rows;
    double *sums = memory_matrix(error, n, 6, sizeof *sums);
    *found = (struct information){.k = sums};
    if (sums == NULL)
        return -1;
    found->l = sums + n;
    found->kl = sums + 2 * n;
    found->kk = sums + 3 * n;
    found->ll = sums + 4 * n;
    found->room = sums + 5 * n;
    const struct kernel_row_sums wanted = {found->k, found->l, found->kl, found->kk, found->ll};
    if (kernel_pass_sums(pass, &wanted, error) < 0)
        return -1;
    double of_k = vector_log_sum_exp(n, found->k), k_square = vector_log_sum_exp(n, found->kk);
    found->of_l = vector_log_sum_exp(n, found->l);
    found->product = vector_log_sum_exp(n, found->kl);
    found->square = vector_log_sum_exp(n, found->ll);
    found->across = dot(n, found->k, found->l, found->room);
    found->own_across = dot(n, found->l, found->l, found->room);
    /* the powers of n cancel: -2 - 4 + 6 */
    found->value = found->product + of_k + found->of_l - 2 * found->across;
    found->of_x = k_square + 2 * of_k - 2 * dot(n, found->k, found->k, found->room);
    found->of_t = found->square + 2 * found->of_l - 2 * found->own_across;
    return 0;
}

/* W = 2 (dI/dT) o T, dI/dT = K / sum(K T) + 1 / sum(T) - (r_i + r_j) / sum(r (T 1)), r = K 1. I(t, t) has the
 * same with K := T, twice over as T enters through both arguments. */
static int information_gradient(const struct kernel_pass *pass, const struct information *found,
                                bool normalized, double *gradient, struct error *error) {
    size_t n = pass->rows;
    double scale = normalized ? 1 / sqrt(found->of_x * found->of_t) : 1;
    double *rows = found->room, *log_rows = found->kk; /* no longer needed */
    for (size_t i = 0; i < n * pass->l.dimension; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < n; i++) {
        log_rows[i] = -found->product;
        rows[i] = -exp(found->k[i] - found->across);
    }
    const struct kernel_weights own = {
        .log_rows = log_rows, .rows = rows, .targets = rows, .shift = exp(-found->of_l)};
    if (kernel_pass_add_gradient(pass, &own, 2 * scale, gradient, error) < 0)
        return -1;
    if (!normalized)
        return 0;
    for (size_t i = 0; i < n; i++)
        rows[i] = -exp(found->l[i] - found->own_across);
    const struct kernel_weights of_t = {
        .rows = rows, .targets = rows, .shift = exp(-found->of_l), .square = exp(-found->square)};
    return kernel_pass_add_gradient(pass, &of_t, -2 * scale * found->value / found->of_t, gradient, error);
}

int cauchy_schwarz_information(const struct cauchy_schwarz_joint *joint, bool normalized, double *value,
                               double *gradient, struct error *error) {
    struct kernel_pass pass = pass_between(joint, &joint->p, &joint->p);
    struct information found;
    int status = find_information(&pass, &found, error);
    if (status == 0) {
        bool constant = found.of_x <= 1e-14 || found.of_t <= 1e-14; /* 0 but for rounding */
        *value = !normalized ? found.value : constant ? NAN : found.value / sqrt(found.of_x * found.of_t);
        if (gradient != NULL && !isnan(*value))
            status = information_gradient(&pass, &found, normalized, gradient, error);
    }
    free(found.k);
    return status;
}
