#include "num/sinkhorn_steps.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "num/elementary.h"
#include "num/lanes.h"
#include "num/vector.h"

/* Scalings of the kernel beyond this, either way, are absorbed into its potentials. Kernel entries below
 * NEGLIGIBLE_LOG in the exponent (1e-250, beside row or column sums near a weight) become 0: scaled by two
 * such factors they stay below 1e-150, and products never meet slow subnormals. */
#define SCALING_MAX 1e50
#define NEGLIGIBLE_LOG (-575.0)

/* Rows of the kernel are padded with zeros to whole blocks of lanes. */
enum { BLOCK = 2 * LANES, ROOM = 6 };

struct sinkhorn_steps {
    struct sinkhorn_steps_problem copy; /* of the last run's */
    const struct sinkhorn_steps_problem *problem;
    size_t rows_max, columns_max, history_max;
    size_t stride, made;          /* of the kernel; iterations made */
    double *kernel;               /* rows x stride: exp(row_log + column_log - D/eps), in the end the plan */
    double *row_log, *column_log; /* potentials over eps with weights in them, as absorbed */
    double *row_scaling, *column_scaling; /* since then */
    double *row_before;                   /* row_scaling before the step at hand */
    double *row_weights, *column_weights; /* copied: column_weights padded by zeros */
    double *sums;                         /* stride: of columns, scaled by rows */
    double *row_history, *column_history; /* potentials after each iteration; column_history from g_0 on */
    double *slope_rows, *slope_columns;   /* of the reverse pass */
    double *room;                         /* ROOM x stride */
};

static size_t padded(size_t columns) {
    return (columns + BLOCK - 1) / BLOCK * BLOCK;
}

struct sinkhorn_steps *sinkhorn_steps_create(size_t rows, size_t columns, size_t history,
                                             struct error *error) {
    struct sinkhorn_steps *steps = memory_zeros(error, 1, sizeof *steps);
    if (steps == NULL)
        return NULL;
    size_t stride = padded(columns);
    steps->rows_max = rows;
    steps->columns_max = columns;
    steps->history_max = history;
    const struct {
        double **array;
        size_t rows, columns;
    } arrays[] = {
        {&steps->kernel, rows, stride},
        {&steps->row_log, rows, 1},
        {&steps->column_log, stride, 1},
        {&steps->row_scaling, rows, 1},
        {&steps->column_scaling, stride, 1},
        {&steps->row_before, rows, 1},
        {&steps->row_weights, rows, 1},
        {&steps->column_weights, stride, 1},
        {&steps->sums, stride, 1},
        {&steps->slope_rows, rows, 1},
        {&steps->slope_columns, stride, 1},
        {&steps->room, ROOM, stride},
        {&steps->row_history, history + 1, rows},
        {&steps->column_history, history + 1, stride},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i].array = memory_matrix(error, arrays[i].rows, arrays[i].columns, sizeof(double));
        if (*arrays[i].array == NULL) {
            sinkhorn_steps_free(steps);
            return NULL;
        }
    }
    return steps;
}

void sinkhorn_steps_free(struct sinkhorn_steps *steps) {
    if (steps == NULL)
        return;
    double *const arrays[] = {
        steps->kernel,         steps->row_log,        steps->column_log,    steps->row_scaling,
        steps->column_scaling, steps->row_before,     steps->row_weights,   steps->column_weights,
        steps->sums,           steps->slope_rows,     steps->slope_columns, steps->room,
        steps->row_history,    steps->column_history,
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    free(steps);
}

static bool in_range(double scaling) {
    return scaling >= 1 / SCALING_MAX && scaling <= SCALING_MAX;
}

/* exp, or 0 where that is negligible. */
ALWAYS_INLINE double kernel_exp(double x) {
    double value = elementary_exp(x);
    return x >= NEGLIGIBLE_LOG ? value : 0;
}

ALWAYS_INLINE double lanes_total(lanes a, lanes b) {
    lanes sum = a + b;
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Row steps in logarithms: row_log_i = log a_i - lse_j(column_log_j - D_ij/eps), the kernel following. Writes
 * the log of each row's sum under the old row potential less that potential to `before`. */
INSTRUCTION_SETS static void log_rows(struct sinkhorn_steps *steps, double *before) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns;
    double inverse = 1 / problem->epsilon;
    for (size_t i = 0; i < problem->rows; i++) {
        const double *cost = problem->cost + i * columns;
        double *kernel = steps->kernel + i * steps->stride;
        double largest = -INFINITY, sums[BLOCK] = {0};
        for (size_t j = 0; j < columns; j++) {
            kernel[j] = steps->column_log[j] - cost[j] * inverse;
            largest = kernel[j] > largest ? kernel[j] : largest;
        }
        if (!(largest > -INFINITY))
            largest = 0; /* no weight within reach: the row stays empty */
#pragma omp simd
        for (size_t j = 0; j < columns; j++)
            kernel[j] = kernel_exp(kernel[j] - largest);
        for (size_t j = columns; j < steps->stride; j++)
            kernel[j] = 0;
        for (size_t j = 0; j < steps->stride; j += BLOCK)
            for (size_t lane = 0; lane < BLOCK; lane++)
                sums[lane] += kernel[j + lane];
        double sum =
            ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
        before[i] = largest + log(sum);
        double factor = sum > 0 ? steps->row_weights[i] / sum : 0;
        steps->row_log[i] = sum > 0 ? log(steps->row_weights[i]) - before[i] : -INFINITY;
        for (size_t j = 0; j < steps->stride; j++)
            kernel[j] *= factor;
    }
}

/* Column steps in logarithms, likewise. */
INSTRUCTION_SETS static void log_columns(struct sinkhorn_steps *steps) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns, stride = steps->stride;
    double inverse = 1 / problem->epsilon;
    double *largest = steps->room, *sums = steps->sums;
    for (size_t j = 0; j < stride; j++) {
        largest[j] = -INFINITY;
        sums[j] = 0;
    }
    for (size_t i = 0; i < problem->rows; i++) {
        const double *cost = problem->cost + i * columns;
        for (size_t j = 0; j < columns; j++) {
            double exponent = steps->row_log[i] - cost[j] * inverse;
            largest[j] = exponent > largest[j] ? exponent : largest[j];
        }
    }
    for (size_t j = 0; j < stride; j++)
        largest[j] = largest[j] > -INFINITY ? largest[j] : 0;
    for (size_t i = 0; i < problem->rows; i++) {
        const double *cost = problem->cost + i * columns;
        double *kernel = steps->kernel + i * stride, shift = steps->row_log[i];
#pragma omp simd
        for (size_t j = 0; j < columns; j++) {
            kernel[j] = kernel_exp(shift - cost[j] * inverse - largest[j]);
            sums[j] += kernel[j];
        }
    }
    double *factor = steps->room + stride;
    for (size_t j = 0; j < stride; j++) {
        double weight = steps->column_weights[j];
        factor[j] = sums[j] > 0 ? weight / sums[j] : 0;
        steps->column_log[j] = sums[j] > 0 ? log(weight) - largest[j] - log(sums[j]) : -INFINITY;
    }
    for (size_t i = 0; i < problem->rows; i++)
        for (size_t j = 0; j < stride; j++)
            steps->kernel[i * stride + j] *= factor[j];
}

/* Moves the scalings into the potentials. The kernel is left to the step in logarithms that follows. */
static void absorb(struct sinkhorn_steps *steps) {
    for (size_t i = 0; i < steps->problem->rows; i++) {
        steps->row_log[i] += log(steps->row_scaling[i]);
        steps->row_scaling[i] = 1;
    }
    for (size_t j = 0; j < steps->problem->columns; j++) {
        steps->column_log[j] += log(steps->column_scaling[j]);
        steps->column_scaling[j] = 1;
    }
}

struct error_measure {
    double sum, largest; /* |row sum - weight|, and that over the weight */
};

static void error_measure_add(struct error_measure *measure, double row_sum, double weight) {
    double error = fabs(row_sum - weight), relative = error / weight;
    measure->sum += error;
    if (weight > 0 && relative > measure->largest)
        measure->largest = relative;
}

/* One pass over the kernel: the error of the plan as it is, new row scalings, column sums under these. Ends
 * with false at the first scaling out of range. */
INSTRUCTION_SETS static bool scale_rows(struct sinkhorn_steps *steps, struct error_measure *measure) {
    size_t rows = steps->problem->rows, stride = steps->stride;
    const double *column = steps->column_scaling;
    double *sums = steps->sums;
    memset(sums, 0, stride * sizeof *sums);
    for (size_t i = 0; i < rows; i++) {
        const double *kernel = steps->kernel + i * stride;
        double weight = steps->row_weights[i];
        if (weight == 0) /* the row is 0 */
            continue;
        lanes low = {0}, high = {0};
        for (size_t j = 0; j < stride; j += BLOCK) {
            low += lanes_load(kernel + j) * lanes_load(column + j);
            high += lanes_load(kernel + j + LANES) * lanes_load(column + j + LANES);
        }
        double sum = lanes_total(low, high), scaling = weight / sum;
        error_measure_add(measure, steps->row_scaling[i] * sum, weight);
        if (!in_range(scaling))
            return false;
        steps->row_scaling[i] = scaling;
        for (size_t j = 0; j < stride; j += LANES)
            lanes_store(sums + j, lanes_load(sums + j) + lanes_load(kernel + j) * scaling);
    }
    return true;
}

static bool scale_columns(struct sinkhorn_steps *steps) {
    for (size_t j = 0; j < steps->problem->columns; j++) {
        double weight = steps->column_weights[j], scaling = weight / steps->sums[j];
        if (weight == 0)
            continue;
        if (!in_range(scaling))
            return false;
        steps->column_scaling[j] = scaling;
    }
    return true;
}

/* The rows' step in logarithms, with the error of the plan as it was. row_before holds the scalings. */
static void step_rows_in_logs(struct sinkhorn_steps *steps, struct error_measure *measure) {
    size_t rows = steps->problem->rows;
    memcpy(steps->row_scaling, steps->row_before, rows * sizeof *steps->row_scaling);
    absorb(steps);
    memcpy(steps->row_before, steps->row_log, rows * sizeof *steps->row_before);
    log_rows(steps, steps->slope_rows);
    *measure = (struct error_measure){0, 0};
    for (size_t i = 0; i < rows; i++)
        if (steps->row_weights[i] > 0)
            error_measure_add(measure, exp(steps->row_before[i] + steps->slope_rows[i]),
                              steps->row_weights[i]);
    memset(steps->sums, 0, steps->stride * sizeof *steps->sums);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < steps->stride; j++)
            steps->sums[j] += steps->kernel[i * steps->stride + j];
}

static void step_columns(struct sinkhorn_steps *steps) {
    if (scale_columns(steps))
        return;
    for (size_t j = 0; j < steps->problem->columns; j++)
        steps->column_scaling[j] =
            1; /* a half done step is taken back: columns do not enter their own step */
    absorb(steps);
    log_columns(steps);
}

static void keep_history(struct sinkhorn_steps *steps, size_t made) {
    if (made > steps->history_max || steps->history_max == 0)
        return;
    double *rows = steps->row_history + (made - 1) * steps->rows_max;
    double *columns = steps->column_history + made * padded(steps->columns_max);
    size_t row_count = steps->problem->rows, column_count = steps->problem->columns;
    vector_log(row_count, steps->row_scaling, rows);
    vector_log(column_count, steps->column_scaling, columns);
    for (size_t i = 0; i < row_count; i++)
        rows[i] += steps->row_log[i];
    for (size_t j = 0; j < column_count; j++)
        columns[j] += steps->column_log[j];
}

/* Weights, g_0 and scalings of 1. */
static void begin(struct sinkhorn_steps *steps, const struct sinkhorn_steps_problem *problem) {
    assert(problem->rows <= steps->rows_max && problem->columns <= steps->columns_max);
    steps->copy = *problem;
    steps->problem = &steps->copy;
    steps->stride = padded(problem->columns);
    for (size_t i = 0; i < problem->rows; i++) {
        steps->row_weights[i] =
            problem->row_weights != NULL ? problem->row_weights[i] : 1 / (double)problem->rows;
        steps->row_scaling[i] = 1;
        steps->row_log[i] = -INFINITY;
    }
    memset(steps->column_weights, 0, steps->stride * sizeof *steps->column_weights);
    memset(steps->column_scaling, 0, steps->stride * sizeof *steps->column_scaling);
    for (size_t j = 0; j < problem->columns; j++) {
        steps->column_weights[j] =
            problem->column_weights != NULL ? problem->column_weights[j] : 1 / (double)problem->columns;
        steps->column_scaling[j] = 1;
        steps->column_log[j] = log(steps->column_weights[j]);
    }
    if (steps->history_max > 0)
        memcpy(steps->column_history, steps->column_log, problem->columns * sizeof *steps->column_log);
}

/* The plan takes the kernel's place; its sums with the cost and the potentials. */
static void finish(struct sinkhorn_steps *steps, struct sinkhorn_steps_outcome *outcome) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    double *row_sums = steps->slope_rows;
    outcome->row_error = outcome->row_largest = 0;
    for (size_t i = 0; i < problem->rows; i++) {
        double *plan = steps->kernel + i * steps->stride;
        const double *cost = problem->cost + i * problem->columns;
        double transport = 0, sum = 0;
        for (size_t j = 0; j < problem->columns; j++) {
            plan[j] = plan[j] * steps->row_scaling[i] * steps->column_scaling[j];
            sum += plan[j];
            transport += plan[j] > 0 ? plan[j] * cost[j] : 0;
        }
        row_sums[i] = sum;
        outcome->row_error += fabs(sum - steps->row_weights[i]);
        if (steps->row_weights[i] > 0)
            outcome->row_largest = fmax(outcome->row_largest, fabs(sum / steps->row_weights[i] - 1));
        outcome->transport += transport;
    }
    absorb(steps);
    /* objective = sum_i r_i f_i + sum_j b_j g_j for the plan's own row sums r, in units of the cost */
    for (size_t i = 0; i < problem->rows; i++)
        if (row_sums[i] > 0)
            outcome->objective += row_sums[i] * (steps->row_log[i] - log(steps->row_weights[i]));
    for (size_t j = 0; j < problem->columns; j++)
        if (steps->column_weights[j] > 0)
            outcome->objective +=
                steps->column_weights[j] * (steps->column_log[j] - log(steps->column_weights[j]));
    outcome->objective *= problem->epsilon;
}

struct sinkhorn_steps_outcome sinkhorn_steps_run(struct sinkhorn_steps *steps,
                                                 const struct sinkhorn_steps_problem *problem) {
    struct sinkhorn_steps_outcome outcome = {0};
    begin(steps, problem);
    for (size_t k = 1; k <= problem->iterations; k++) {
        struct error_measure measure = {0, 0};
        memcpy(steps->row_before, steps->row_scaling, problem->rows * sizeof *steps->row_before);
        bool in_logs = k == 1 || !scale_rows(steps, &measure);
        if (in_logs)
            step_rows_in_logs(steps, &measure);
        double error = problem->largest ? measure.largest : measure.sum;
        outcome.converged = k > 1 && error < problem->tolerance;
        if (outcome.converged && !in_logs) {
            memcpy(steps->row_scaling, steps->row_before, problem->rows * sizeof *steps->row_before);
            break;
        }
        step_columns(steps);
        outcome.iterations = k;
        keep_history(steps, k);
        if (outcome.converged) /* the row step in logarithms has replaced the plan: its column step too */
            break;
    }
    steps->made = outcome.iterations;
    finish(steps, &outcome);
    return outcome;
}

void sinkhorn_steps_plan(const struct sinkhorn_steps *steps, double *plan) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    for (size_t i = 0; i < problem->rows; i++)
        memcpy(plan + i * problem->columns, steps->kernel + i * steps->stride,
               problem->columns * sizeof *plan);
}

void sinkhorn_steps_potentials(const struct sinkhorn_steps *steps, double *source, double *target) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    for (size_t i = 0; i < problem->rows; i++)
        source[i] = steps->row_weights[i] > 0
                        ? problem->epsilon * (steps->row_log[i] - log(steps->row_weights[i]))
                        : 0;
    for (size_t j = 0; j < problem->columns; j++)
        target[j] = steps->column_weights[j] > 0
                        ? problem->epsilon * (steps->column_log[j] - log(steps->column_weights[j]))
                        : 0;
}

/* The derivative of the value in each entry of the plan, times that entry. */
static void begin_gradient(struct sinkhorn_steps *steps, enum sinkhorn_steps_value value, double *gradient) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns;
    double *slope_columns = steps->slope_columns;
    memset(slope_columns, 0, steps->stride * sizeof *slope_columns);
    for (size_t i = 0; i < problem->rows; i++) {
        const double *plan = steps->kernel + i * steps->stride, *cost = problem->cost + i * columns;
        double row_part = steps->row_log[i] - log(steps->row_weights[i]), sum = 0;
        for (size_t j = 0; j < columns; j++) {
            double slope = cost[j];
            if (value == SINKHORN_STEPS_OBJECTIVE)
                slope = problem->epsilon * (row_part + steps->column_log[j] - log(steps->column_weights[j]));
            double entry = plan[j] > 0 ? plan[j] * slope : 0;
            gradient[i * columns + j] = entry;
            sum += entry;
            slope_columns[j] += entry;
        }
        steps->slope_rows[i] = sum;
    }
}

/* The potentials around one iteration, and what its kernel is made of. */
struct reverse_step {
    const double *rows, *columns, *columns_before; /* f_k, g_k, g_{k-1} with weights, over eps */
    bool near; /* the last plan scaled by exp of small differences, not exp for each entry */
    double *column_factor, *before_factor; /* what kernel entries are multiplied by, a column each */
};

static double largest_distance(size_t count, const double *a, const double *b) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        if (a[i] > -INFINITY && b[i] > -INFINITY)
            largest = fmax(largest, fabs(a[i] - b[i]));
    return largest;
}

static struct reverse_step prepare_reverse_step(struct sinkhorn_steps *steps, size_t k) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns, history_stride = padded(steps->columns_max);
    struct reverse_step step = {
        .rows = steps->row_history + (k - 1) * steps->rows_max,
        .columns = steps->column_history + k * history_stride,
        .columns_before = steps->column_history + (k - 1) * history_stride,
        .column_factor = steps->room,
        .before_factor = steps->room + steps->stride,
    };
    /* entries lost below 1e-250 stay below 1e-160 */
    step.near = largest_distance(problem->rows, step.rows, steps->row_log) < 100 &&
                largest_distance(columns, step.columns, steps->column_log) < 100 &&
                largest_distance(columns, step.columns_before, steps->column_log) < 100;
    for (size_t j = 0; j < columns; j++) {
        double weight = steps->column_weights[j];
        double last = steps->column_log[j];
        bool scaled = step.near && weight > 0;
        step.column_factor[j] =
            weight > 0 ? steps->slope_columns[j] / weight * (scaled ? exp(step.columns[j] - last) : 1) : 0;
        step.before_factor[j] = scaled ? exp(step.columns_before[j] - last) : 1;
    }
    return step;
}

/* One row's part: its slope from the columns' step, then what its own step hands to the columns before. */
INSTRUCTION_SETS static void reverse_row(struct sinkhorn_steps *steps, const struct reverse_step *step,
                                         size_t i, double *gradient) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns, stride = steps->stride;
    const double *restrict kernel = steps->kernel + i * stride, *restrict before = kernel;
    const double *restrict column_factor = step->column_factor, *restrict before_factor = step->before_factor;
    double *restrict part = steps->room + 2 * stride, *restrict slopes = steps->slope_columns;
    double left = step->near ? elementary_exp(step->rows[i] - steps->row_log[i]) : 1;
    if (!step->near) {
        double *after_room = steps->room + 3 * stride, *before_room = steps->room + 4 * stride;
        const double *cost = problem->cost + i * columns;
        double inverse = 1 / problem->epsilon;
#pragma omp simd
        for (size_t j = 0; j < columns; j++) {
            double exponent = step->rows[i] - cost[j] * inverse;
            after_room[j] = elementary_exp(exponent + step->columns[j]);
            before_room[j] = elementary_exp(exponent + step->columns_before[j]);
        }
        kernel = after_room;
        before = before_room;
    }
    double sums[BLOCK] = {0};
#pragma omp simd
    for (size_t j = 0; j < columns; j++)
        part[j] = left * kernel[j] * column_factor[j];
    for (size_t j = columns; j < stride; j++)
        part[j] = 0;
    for (size_t j = 0; j < stride; j += BLOCK)
        for (size_t lane = 0; lane < BLOCK; lane++)
            sums[lane] += part[j + lane];
    double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    double own = (steps->slope_rows[i] - sum) / steps->row_weights[i] * left;
#pragma omp simd
    for (size_t j = 0; j < columns; j++) {
        double handed = own * before[j] * before_factor[j];
        gradient[j] -= part[j] + handed;
        slopes[j] -= handed;
    }
    steps->slope_rows[i] = 0;
}

void sinkhorn_steps_gradient(struct sinkhorn_steps *steps, enum sinkhorn_steps_value value,
                             double *gradient) {
    const struct sinkhorn_steps_problem *problem = steps->problem;
    size_t columns = problem->columns;
    assert(steps->made <= steps->history_max);
    begin_gradient(steps, value, gradient);
    for (size_t k = steps->made; k >= 1; k--) {
        struct reverse_step step = prepare_reverse_step(steps, k);
        memset(steps->slope_columns, 0, steps->stride * sizeof *steps->slope_columns);
        for (size_t i = 0; i < problem->rows; i++)
            if (steps->row_weights[i] > 0)
                reverse_row(steps, &step, i, gradient + i * columns);
    }
    for (size_t i = 0; i < problem->rows; i++)
        for (size_t j = 0; j < columns; j++)
            gradient[i * columns + j] =
                steps->kernel[i * steps->stride + j] - gradient[i * columns + j] / problem->epsilon;
}
