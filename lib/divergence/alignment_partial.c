#include "divergence/alignment_partial.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/partial_file.h"
#include "io/row_writer.h"
#include "num/compensated.h"

enum { BATCHES, CROSS, LEFT, RIGHT, BATCH_SUMS };
enum { A, B, AA, BB, AB, MOMENTS };

static const struct partial_sum_description batch_sums[BATCH_SUMS] = {{.name = "batches", .shape = ""},
                                                                      {.name = "cross", .shape = "LR"},
                                                                      {.name = "left", .shape = "L"},
                                                                      {.name = "right", .shape = "R"}};
static const struct partial_sum_description moments[MOMENTS] = {{.name = "a", .shape = "p"},
                                                                {.name = "b", .shape = "q"},
                                                                {.name = "aa", .shape = "pp"},
                                                                {.name = "bb", .shape = "qq"},
                                                                {.name = "ab", .shape = "pq"}};

/* One number, under its name in the report, or a matrix. */
static int write_values(struct command *command, size_t left, size_t right, const double *values,
                        const char *name) {
    struct error *error = &command->error;
    if (left * right == 1) {
        report_number(&command->report, name, values[0]);
        return row_writer_number(&command->output, values[0], error);
    }
    struct row_writer *writer = row_writer_open(&command->output, right, NULL, (int64_t)left, error);
    if (writer == NULL)
        return -1;
    if (row_writer_rows(writer, values, left, error) == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

int alignment_check(double cross, double self, struct error *error) {
    if (!isfinite(cross) || !isfinite(self))
        return error_set(error, "the criterion overflows: features are too large, scale them");
    if (self > 0 && self < 1e-290)
        return error_set(
            error, "the criterion of a layer with itself is %g: features are too small, scale them", self);
    if (!(self > 0))
        return error_set(error, "the criterion of a layer with itself is %g, not above 0: no alignment",
                         self);
    return 0;
}

int alignment_write(struct command *command, size_t left, size_t right, const double *cross,
                    const double *self, bool hsic) {
    struct error *error = &command->error;
    for (size_t i = 0; hsic && i < left * right; i++)
        if (!isfinite(cross[i]))
            return error_set(error, "the criterion overflows: features are too large, scale them");
    if (hsic)
        return write_values(command, left, right, cross, "hsic");
    double *values = memory_matrix(error, left, right, sizeof *values);
    int status = values != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < left * right; i++) {
        double x = self[i / right], y = self[left + i % right];
        values[i] = cross[i] / alignment_norm(x, y);
        if (alignment_check(cross[i], x, error) < 0 || alignment_check(cross[i], y, error) < 0)
            status = -1;
    }
    if (status == 0)
        status = write_values(command, left, right, values, "cka");
    free(values);
    return status;
}

double alignment_norm(double x, double y) {
    double product = x * y;
    return product > 1e-280 && product < INFINITY ? sqrt(product) : sqrt(x) * sqrt(y);
}

static int finish_batches(struct command *command, const struct partial *merged, bool hsic) {
    size_t left = merged->sizes['L'], right = merged->sizes['R'];
    const struct partial_sum *sums = merged->sums;
    struct error *error = &command->error;
    double *cross = memory_array(error, sums[CROSS].count, sizeof *cross);
    double *self = memory_array(error, left + right, sizeof *self);
    int status = cross != NULL && self != NULL ? 0 : -1;
    if (status == 0) {
        double batches = partial_value(&sums[BATCHES], 0);
        for (size_t i = 0; i < sums[CROSS].count; i++)
            cross[i] = partial_value(&sums[CROSS], i) / batches;
        for (size_t i = 0; i < left + right; i++)
            self[i] =
                (i < left ? partial_value(&sums[LEFT], i) : partial_value(&sums[RIGHT], i - left)) / batches;
        status = alignment_write(command, left, right, cross, self, hsic);
    }
    free(cross);
    free(self);
    return status;
}

/* The squared norm of n times the centred moment, n sum xy - sum x sum y, whose digits cancel. */
static double centred_square(const struct partial *merged, size_t product, size_t x, size_t y) {
    const struct partial_sum *xy = &merged->sums[product], *xs = &merged->sums[x], *ys = &merged->sums[y];
    double n = (double)merged->rows, square = 0;
    for (size_t i = 0; i < xy->count; i++) {
        size_t j = i / ys->count, k = i % ys->count;
        double s = xy->words[i], a = xs->words[j], b = ys->words[k], whole = n * s, mean = a * b;
        double rest = compensated_product_error(n, s, whole) + n * xy->words[xy->count + i];
        rest -= compensated_product_error(a, b, mean) + a * ys->words[ys->count + k] +
                b * xs->words[xs->count + j];
        double moment = ((whole - mean) + rest) / n;
        square += moment * moment;
    }
    return square / ((n - 1) * (n - 1));
}

static int finish_moments(struct command *command, const struct partial *merged, bool hsic) {
    if (merged->rows < 2)
        return error_set(&command->error, "%s: at least 2 rows are needed", merged->name);
    double cross = centred_square(merged, AB, A, B);
    const double self[] = {centred_square(merged, AA, A, A), centred_square(merged, BB, B, B)};
    return alignment_write(command, 1, 1, &cross, self, hsic);
}

static int batches_cka(struct command *command, const struct partial *merged) {
    return finish_batches(command, merged, false);
}

static int batches_hsic(struct command *command, const struct partial *merged) {
    return finish_batches(command, merged, true);
}

static int moments_cka(struct command *command, const struct partial *merged) {
    return finish_moments(command, merged, false);
}

static int moments_hsic(struct command *command, const struct partial *merged) {
    return finish_moments(command, merged, true);
}

static const struct partial_finish of_batches[] = {{"cka", batches_cka}, {"hsic", batches_hsic}};
static const struct partial_finish of_moments[] = {{"cka", moments_cka}, {"hsic", moments_hsic}};

const struct partial_description alignment_partial_batches = {.filter = "cka",
                                                              .sum_count = BATCH_SUMS,
                                                              .sums = batch_sums,
                                                              .finish_count = 2,
                                                              .finishes = of_batches,
                                                              .option = "form",
                                                              .value = "batches"};
const struct partial_description alignment_partial_moments = {.filter = "cka",
                                                              .sum_count = MOMENTS,
                                                              .sums = moments,
                                                              .finish_count = 2,
                                                              .finishes = of_moments,
                                                              .option = "form",
                                                              .value = "moments"};

static int write(struct command *command, struct partial *partial, uint64_t rows, const char *options) {
    int status = partial_describe(partial, options, rows, &command->input, &command->error);
    if (status == 0)
        status = partial_file_write(partial, command->output.path, &command->error);
    partial_free(partial);
    return status;
}

static void take(struct partial_sum *sum, size_t i, const struct running_sum *running) {
    sum->words[i] = running->special != 0 ? running->special : running->value;
    sum->words[sum->count + i] = running->special != 0 ? 0 : running->carry;
}

int alignment_partial_write_batches(struct command *command, const struct alignment_sums *sums, uint64_t rows,
                                    const char *options) {
    const struct partial_size sizes[] = {{'L', sums->left}, {'R', sums->right}, {0, 0}};
    struct partial *partial = partial_create(&alignment_partial_batches, sizes, &command->error);
    if (partial == NULL)
        return -1;
    partial->sums[BATCHES].words[0] = (double)sums->batches;
    for (size_t i = 0; i < partial->sums[CROSS].count; i++)
        take(&partial->sums[CROSS], i, &sums->cross[i]);
    for (size_t i = 0; i < sums->left + sums->right; i++)
        take(&partial->sums[i < sums->left ? LEFT : RIGHT], i < sums->left ? i : i - sums->left,
             &sums->self[i]);
    return write(command, partial, rows, options);
}

static void take_all(struct partial_sum *sum, const struct running_sum *running) {
    for (size_t i = 0; i < sum->count; i++)
        take(sum, i, &running[i]);
}

int alignment_partial_write_moments(struct command *command, const struct alignment_moments *moments_read,
                                    uint64_t rows, const char *options) {
    const struct partial_size sizes[] = {{'p', moments_read->p}, {'q', moments_read->q}, {0, 0}};
    struct partial *partial = partial_create(&alignment_partial_moments, sizes, &command->error);
    if (partial == NULL)
        return -1;
    take_all(&partial->sums[A], moments_read->a);
    take_all(&partial->sums[B], moments_read->b);
    take_all(&partial->sums[AA], moments_read->aa);
    take_all(&partial->sums[BB], moments_read->bb);
    take_all(&partial->sums[AB], moments_read->ab);
    return write(command, partial, rows, options);
}
