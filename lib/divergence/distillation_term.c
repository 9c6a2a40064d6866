#include "divergence/distillation_term.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/elementary.h"

unsigned distillation_term_needs(const struct distillation_term *term) {
    unsigned more = term->kind->more_needs != NULL ? term->kind->more_needs(term) : 0;
    return term->kind->needs | more;
}

INSTRUCTION_SETS
void distillation_term_softmax(size_t count, const double *logits, double temperature, double *logs,
                               double *values) {
    double largest = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        largest = logits[i] > largest ? logits[i] : largest;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        logs[i] = (logits[i] - largest) / temperature;
        values[i] = elementary_exp(logs[i]);
    }
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    double log_sum = elementary_log(sum), scale = 1 / sum;
#pragma omp simd
    for (size_t i = 0; i < count; i++) {
        logs[i] -= log_sum;
        values[i] *= scale;
    }
}

void distillation_term_through_softmax(size_t count, const double *q, const double *g, double factor,
                                       double *result) {
    double mean = 0;
    for (size_t i = 0; i < count; i++)
        mean += q[i] > 0 ? q[i] * g[i] : 0;
    for (size_t i = 0; i < count; i++)
        result[i] = q[i] > 0 ? factor * q[i] * (g[i] - mean) : 0;
}

/* Refuses rows for which the term has no meaning. */
static int check_defined(const struct distillation_term *term, const struct distillation_batch *batch,
                         const double *values, struct error *error) {
    for (size_t i = 0; term->kind->undefined != NULL && i < batch->rows; i++)
        if (isnan(values[i]))
            return error_set(error, "%s: row %" PRIu64 ": %s", term->kind->name, batch->first + i + 1,
                             term->kind->undefined);
    return 0;
}

static int evaluate_rows(const struct distillation_term *term, const struct distillation_batch *batch,
                         double *values, double *gradient, struct error *error) {
    size_t columns = batch->columns;
    unsigned needs = distillation_term_needs(term);
    bool teacher = needs & DISTILLATION_TEACHER;
    double *room = memory_matrix(error, columns, 7, sizeof *room);
    if (room == NULL)
        return -1;
    double *p = room, *log_p = p + columns, *q = log_p + columns, *log_q = q + columns;
    struct distillation_row row = {
        .columns = columns,
        .temperature = needs & DISTILLATION_UNTEMPERED ? 1 : term->temperature,
        .p = teacher ? p : NULL,
        .log_p = teacher ? log_p : NULL,
        .q = q,
        .log_q = log_q,
        .scratch = log_q + columns,
        .room = log_q + 2 * columns,
    };
    for (size_t i = 0; i < batch->rows; i++) {
        row.student = batch->student + i * columns;
        row.teacher = teacher ? batch->teacher + i * columns : NULL;
        row.label = batch->labels != NULL ? batch->labels[i] : 0;
        distillation_term_softmax(columns, row.student, row.temperature, log_q, q);
        if (teacher)
            distillation_term_softmax(columns, row.teacher, row.temperature, log_p, p);
        values[i] = term->kind->row(term, &row, gradient != NULL ? gradient + i * columns : NULL);
    }
    free(room);
    return check_defined(term, batch, values, error);
}

int distillation_term_evaluate(const struct distillation_term *term, const struct distillation_batch *batch,
                               double *values, double *gradient, struct error *error) {
    return term->kind->row != NULL ? evaluate_rows(term, batch, values, gradient, error)
                                   : term->kind->batch(term, batch, values, gradient, error);
}
