#include "divergence/distillation_features.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* <x, y>, each over a scale. */
static double scaled_dot(size_t count, const double *x, double x_scale, const double *y, double y_scale) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] / x_scale * (y[i] / y_scale);
    return sum;
}

/* |x|, also where squares overflow or vanish. */
static double norm_of(size_t count, const double *x) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fabs(x[i]) > largest ? fabs(x[i]) : largest;
    double scale = largest > 1e150 || (largest < 1e-150 && largest > 0) ? largest : 1;
    return scale * sqrt(scaled_dot(count, x, scale, x, scale));
}

/* 1 - <s, e> / max(|s|, least), e the direction of the centre; least 0 for the cosine. */
static double direction_loss(size_t count, const double *s, const double *center, double least,
                             double *gradient) {
    double norm = norm_of(count, s), length = norm_of(count, center);
    double scale = norm > least ? norm : least;
    for (size_t i = 0; gradient != NULL && i < count; i++)
        gradient[i] = 0;
    if (scale == 0)
        return 1;
    double cosine = scaled_dot(count, s, scale, center, length);
    for (size_t i = 0; gradient != NULL && i < count; i++)
        gradient[i] = -(center[i] / length - (norm > least ? cosine * (s[i] / norm) : 0)) / scale;
    return 1 - cosine;
}

/* Weighs rows so that every class of the batch counts alike: n / (K n_y). */
static int weigh_classes(const struct distillation_batch *batch, double *values, double *gradient,
                         struct error *error) {
    double *counts = memory_zeros(error, batch->classes, sizeof *counts);
    double present = 0;
    if (counts == NULL)
        return -1;
    for (size_t i = 0; i < batch->rows; i++)
        present += counts[batch->labels[i]]++ == 0;
    for (size_t i = 0; i < batch->rows; i++) {
        double weight = (double)batch->rows / (present * counts[batch->labels[i]]);
        values[i] *= weight;
        for (size_t j = 0; gradient != NULL && j < batch->features; j++)
            gradient[i * batch->features + j] *= weight;
    }
    free(counts);
    return 0;
}

static int directions(const struct distillation_term *term, const struct distillation_batch *batch,
                      bool norms, double *values, double *gradient, struct error *error) {
    size_t width = batch->features;
    for (size_t i = 0; i < batch->rows; i++) {
        double least =
            norms ? norm_of(batch->teacher_width, batch->teacher_features + i * batch->teacher_width) : 0;
        values[i] = direction_loss(width, batch->student_features + i * width,
                                   batch->centers + batch->labels[i] * width, least,
                                   gradient != NULL ? gradient + i * width : NULL);
    }
    return term->keys[0] == 1 ? weigh_classes(batch, values, gradient, error) : 0;
}

static int norm_and_direction(const struct distillation_term *term, const struct distillation_batch *batch,
                              double *values, double *gradient, struct error *error) {
    return directions(term, batch, true, values, gradient, error);
}

static int direction(const struct distillation_term *term, const struct distillation_batch *batch,
                     double *values, double *gradient, struct error *error) {
    return directions(term, batch, false, values, gradient, error);
}

enum { NORM_TARGET, NORM_STEP };

static int norms(const struct distillation_term *term, const struct distillation_batch *batch, double *values,
                 double *gradient, struct error *error) {
    size_t width = batch->features;
    (void)error;
    for (size_t i = 0; i < batch->rows; i++) {
        const double *s = batch->student_features + i * width;
        double norm = norm_of(width, s), short_of = -term->keys[NORM_STEP];
        if (isnan(term->keys[NORM_STEP]))
            short_of = norm - (isnan(term->keys[NORM_TARGET])
                                   ? norm_of(batch->teacher_width,
                                             batch->teacher_features + i * batch->teacher_width)
                                   : term->keys[NORM_TARGET]);
        values[i] = short_of * short_of;
        for (size_t j = 0; gradient != NULL && j < width; j++)
            gradient[i * width + j] = norm > 0 ? 2 * short_of * (s[j] / norm) : 0;
    }
    return 0;
}

static int hints(const struct distillation_term *term, const struct distillation_batch *batch, double *values,
                 double *gradient, struct error *error) {
    size_t width = batch->features;
    double scale = 1 / (double)width;
    (void)term;
    (void)error;
    for (size_t i = 0; i < batch->rows; i++) {
        double sum = 0;
        for (size_t j = i * width; j < (i + 1) * width; j++) {
            double difference = batch->student_features[j] - batch->teacher_features[j];
            sum += difference * difference;
            if (gradient != NULL)
                gradient[j] = 2 * scale * difference;
        }
        values[i] = sum * scale;
    }
    return 0;
}

/* Means are taken from the first row on: exact for a constant column. The alignment does not change with the
 * scale, so that the largest value is brought to 0.5 .. 1, where no product overflows; halves keep the first
 * differences finite. Returns that scale, a power of 2. */
static double centre_columns(size_t rows, size_t columns, const double *values, double *centred) {
    double largest = 0;
    for (size_t j = 0; j < columns; j++) {
        double first = values[j] / 2, mean = 0;
        for (size_t i = 0; i < rows; i++)
            mean += (values[i * columns + j] / 2 - first) / (double)rows;
        for (size_t i = 0; i < rows; i++) {
            double *centre = &centred[i * columns + j];
            *centre = (values[i * columns + j] / 2 - first) - mean;
            largest = fmax(largest, fabs(*centre));
        }
    }
    int exponent = largest > 0 ? ilogb(largest) + 1 : 0;
    for (size_t i = 0; i < rows * columns; i++)
        centred[i] = ldexp(centred[i], -exponent);
    return ldexp(0.5, -exponent);
}

/* A batch's centred features, rows x columns. */
struct centred {
    size_t rows, columns;
    double *values;
};

/* product = a'b, a->columns x b->columns; returns its Frobenius norm. */
static double cross_product(const struct centred *a, const struct centred *b, double *product) {
    double squares = 0;
    for (size_t k = 0; k < a->columns * b->columns; k++)
        product[k] = 0;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->columns; j++)
            for (size_t k = 0; k < b->columns; k++)
                product[j * b->columns + k] += a->values[i * a->columns + j] * b->values[i * b->columns + k];
    for (size_t k = 0; k < a->columns * b->columns; k++)
        squares += product[k] * product[k];
    return sqrt(squares);
}

/* result += factor x m, m x->columns x columns */
static void add_product(const struct centred *x, size_t columns, double factor, const double *m,
                        double *result) {
    for (size_t i = 0; i < x->rows; i++)
        for (size_t k = 0; k < x->columns; k++)
            for (size_t j = 0; j < columns; j++)
                result[i * columns + j] += factor * x->values[i * x->columns + k] * m[k * columns + j];
}

/* With a, b centred: CKA = |a'b|^2 / (|a'a| |b'b|), and its derivative in b is 2 a (a'b) / (|a'a| |b'b|) -
 * 2 CKA b (b'b) / |b'b|^2, whose columns are centred already. room: widths squared. */
static int align(const struct centred *a, const struct centred *b, double *room, double *values,
                 double *gradient, struct error *error) {
    double rows = (double)a->rows;
    double aa_norm = cross_product(a, a, room), bb_norm = cross_product(b, b, room);
    if (!(aa_norm > 0) || !(bb_norm > 0))
        return error_set(error, "cka: the %s features are constant in a batch",
                         aa_norm > 0 ? "student's" : "teacher's");
    for (size_t i = 0; gradient != NULL && i < b->rows * b->columns; i++)
        gradient[i] = 0;
    double ab_norm = cross_product(a, b, room), value = ab_norm / aa_norm * (ab_norm / bb_norm);
    for (size_t i = 0; i < a->rows; i++)
        values[i] = 1 - value;
    if (gradient == NULL)
        return 0;
    add_product(a, b->columns, -2 * rows / aa_norm / bb_norm, room, gradient);
    cross_product(b, b, room);
    add_product(b, b->columns, 2 * rows * value / bb_norm / bb_norm, room, gradient);
    return 0;
}

static int alignment(const struct distillation_term *term, const struct distillation_batch *batch,
                     double *values, double *gradient, struct error *error) {
    struct centred a = {batch->rows, batch->teacher_width, NULL}, b = {batch->rows, batch->features, NULL};
    size_t wider = a.columns > b.columns ? a.columns : b.columns;
    a.values = memory_matrix(error, a.rows, a.columns, sizeof *a.values);
    b.values = memory_matrix(error, b.rows, b.columns, sizeof *b.values);
    double *room = memory_matrix(error, wider, wider, sizeof *room);
    int status = a.values == NULL || b.values == NULL || room == NULL ? -1 : 0;
    (void)term;
    if (status == 0) {
        centre_columns(a.rows, a.columns, batch->teacher_features, a.values);
        double scale = centre_columns(b.rows, b.columns, batch->student_features, b.values);
        status = align(&a, &b, room, values, gradient, error);
        for (size_t i = 0; status == 0 && gradient != NULL && i < b.rows * b.columns; i++)
            gradient[i] *= scale;
    }
    free(a.values);
    free(b.values);
    free(room);
    return status;
}

static const char *const averages[] = {"row", "class", NULL};

static unsigned average_needs(const struct distillation_term *term) {
    return term->keys[0] == 1 ? DISTILLATION_BATCH : 0;
}

static int check_norm(const struct distillation_term *term, struct error *error) {
    if (!isnan(term->keys[NORM_TARGET]) && !isnan(term->keys[NORM_STEP]))
        return error_set_usage(error, "norm: target and step exclude each other");
    return 0;
}

enum {
    FEATURES = DISTILLATION_FEATURES | DISTILLATION_TEACHER,
    DIRECTIONS = FEATURES | DISTILLATION_LABELS | DISTILLATION_CENTERS
};

const struct distillation_kind distillation_features_nd = {
    .name = "nd",
    .needs = DIRECTIONS,
    .batch = norm_and_direction,
    .more_needs = average_needs,
    .keys = {{.name = "average", .words = averages}},
};
const struct distillation_kind distillation_features_cosine = {
    .name = "cosine",
    .needs = DIRECTIONS,
    .batch = direction,
    .more_needs = average_needs,
    .keys = {{.name = "average", .words = averages}},
};
const struct distillation_kind distillation_features_norm = {
    .name = "norm",
    .needs = FEATURES | DISTILLATION_ANY_WIDTH,
    .batch = norms,
    .check = check_norm,
    .keys = {{.name = "target", .value = NAN, .high = 1e300}, {.name = "step", .value = NAN, .high = 1e300}},
};
const struct distillation_kind distillation_features_hint = {
    .name = "hint", .needs = FEATURES, .batch = hints};
const struct distillation_kind distillation_features_cka = {
    .name = "cka",
    .needs = FEATURES | DISTILLATION_BATCH | DISTILLATION_NO_ROWS | DISTILLATION_ANY_WIDTH,
    .batch = alignment};
