#include "divergence/joint_divergence.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "divergence/relative_entropy.h"
#include "num/compensated.h"
#include "num/running_sum.h"
#include "num/vector.h"

struct joint_divergence {
    size_t columns;
    bool started;
    double *reference;            /* columns: r */
    double *sum, *rest;           /* columns: sum_i w_i p_i is sum + rest */
    double *terms;                /* columns */
    struct running_sum distances; /* of w_i D(p_i, r) */
    struct running_sum weights;
};

struct joint_divergence *joint_divergence_create(size_t columns, struct error *error) {
    struct joint_divergence *joint = memory_zeros(error, 1, sizeof *joint);
    if (joint == NULL)
        return NULL;
    joint->columns = columns;
    joint->reference = memory_array(error, columns, sizeof(double));
    joint->sum = memory_zeros(error, columns, sizeof(double));
    joint->rest = memory_zeros(error, columns, sizeof(double));
    joint->terms = memory_array(error, columns, sizeof(double));
    if (joint->reference != NULL && joint->sum != NULL && joint->rest != NULL && joint->terms != NULL)
        return joint;
    joint_divergence_free(joint);
    return NULL;
}

/* r from the first row: nothing in it is too small to divide by. */
static void start(struct joint_divergence *joint, const double *p) {
    for (size_t j = 0; j < joint->columns; j++)
        joint->reference[j] = p[j] >= RELATIVE_ENTROPY_SMALL ? p[j] : 1 / (double)joint->columns;
    joint->started = true;
}

/* Terms of D(p, r). Returns whether one was too small for the loop without branches. */
INSTRUCTION_SETS static bool regular_terms(size_t count, const double *restrict p, const double *restrict r,
                                           double *restrict terms) {
    double irregular = 0;
#pragma omp simd reduction(+ : irregular)
    for (size_t j = 0; j < count; j++) {
        terms[j] = relative_entropy_regular(p[j], r[j]);
        irregular += relative_entropy_irregular(p[j], r[j]);
    }
    return irregular != 0;
}

/* D(p, r) */
static double distance(const struct joint_divergence *joint, const double *p) {
    const double *r = joint->reference;
    if (regular_terms(joint->columns, p, r, joint->terms))
        for (size_t j = 0; j < joint->columns; j++)
            joint->terms[j] = relative_entropy(p[j], r[j], r[j] - p[j]);
    return vector_sum(joint->columns, joint->terms);
}

/* sum + rest += weight p, a double-double for each column. */
INSTRUCTION_SETS static void add_row(size_t count, double weight, const double *restrict p,
                                     double *restrict sum, double *restrict rest) {
#pragma omp simd
    for (size_t j = 0; j < count; j++) {
        double product = weight * p[j];
        double high = sum[j] + product;
        rest[j] +=
            compensated_sum_error(sum[j], product, high) + compensated_product_error(weight, p[j], product);
        sum[j] = high;
    }
}

void joint_divergence_add(struct joint_divergence *joint, size_t rows, const double *p,
                          const double *weights) {
    size_t columns = joint->columns;
    if (!joint->started && rows > 0)
        start(joint, p);
    for (size_t i = 0; i < rows; i++) {
        double weight = weights != NULL ? weights[i] : 1, d = distance(joint, p + i * columns);
        running_sum_add_weighted(&joint->distances, 1, &d, &weight);
        running_sum_add(&joint->weights, 1, &weight);
        add_row(columns, weight, p + i * columns, joint->sum, joint->rest);
    }
}

double joint_divergence_value(const struct joint_divergence *joint) {
    double total = running_sum_value(&joint->weights), sum = 0;
    struct running_sum difference = joint->distances;
    if (!(total > 0))
        return NAN;
    /* The total times D(pbar, r), taken away term by term from the distances' sum. */
    for (size_t j = 0; j < joint->columns; j++) {
        double mean = (joint->sum[j] + joint->rest[j]) / total, r = joint->reference[j];
        double term = -relative_entropy(mean, r, r - mean);
        running_sum_add_weighted(&difference, 1, &term, &total);
    }
    sum = running_sum_value(&difference) / total;
    return sum < 0 ? 0 : sum; /* rounding; a nan stays */
}

void joint_divergence_free(struct joint_divergence *joint) {
    if (joint == NULL)
        return;
    free(joint->reference);
    free(joint->sum);
    free(joint->rest);
    free(joint->terms);
    free(joint);
}
