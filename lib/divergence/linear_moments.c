#include "divergence/linear_moments.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/vector.h"

/* Columns of a left layer that one thread multiplies at a time. */
enum { PANEL = 64 };

/* Sums of two layers. Those of the third and fourth order are for the unbiased criterion alone. */
struct pair {
    size_t a, b;                 /* which layers */
    double *product;             /* sum a b', widths of a x of b */
    double *t_a, *s_b, st, s, t; /* sum t a, sum s b, sum s t, sum s, sum t */
};

struct linear_moments {
    size_t layers, left, right, pairs, columns;
    bool unbiased;
    double count;
    size_t *widths, *first; /* of each layer: how many columns, and how many before them */
    double *means, *values; /* of all columns; what the pairs hold */
    double *squares;        /* rows_max x layers: of a block's rows */
    double *shift;          /* columns: from one centre to the next */
    struct pair *pairs_of;  /* left x right, then each layer with itself */
    size_t panels;          /* of the widest layer */
};

/* The values that a pair holds: product, t_a and s_b. */
static bool pair_size(const struct linear_moments *moments, size_t a, size_t b, size_t *size) {
    size_t width = moments->widths[a], other = moments->widths[b];
    return memory_product(width, other, size) && !__builtin_add_overflow(*size, width + other, size);
}

static void place_pair(const struct linear_moments *moments, struct pair *pair, double *values) {
    pair->product = values;
    pair->t_a = values + moments->widths[pair->a] * moments->widths[pair->b];
    pair->s_b = pair->t_a + moments->widths[pair->a];
}

/* Which pairs there are, and room for what they hold. */
static int create_pairs(struct linear_moments *moments, struct error *error) {
    size_t total = 0, crossed = moments->left * moments->right;
    for (size_t i = 0; i < moments->pairs; i++) {
        struct pair *pair = &moments->pairs_of[i];
        size_t size;
        pair->a = i < crossed ? i / moments->right : i - crossed;
        pair->b = i < crossed ? moments->left + i % moments->right : i - crossed;
        if (!pair_size(moments, pair->a, pair->b, &size) || __builtin_add_overflow(total, size, &total))
            return error_set(error, "out of memory");
    }
    moments->values = memory_zeros(error, total, sizeof *moments->values);
    if (moments->values == NULL)
        return -1;
    double *values = moments->values;
    for (size_t i = 0; i < moments->pairs; i++) {
        place_pair(moments, &moments->pairs_of[i], values);
        values = moments->pairs_of[i].s_b + moments->widths[moments->pairs_of[i].b];
    }
    return 0;
}

static int create_room(struct linear_moments *moments, const struct kernel_alignment *problem,
                       size_t rows_max, struct error *error) {
    size_t widest = 0;
    moments->widths = memory_array(error, moments->layers, sizeof *moments->widths);
    moments->first = memory_array(error, moments->layers, sizeof *moments->first);
    moments->pairs_of = memory_zeros(error, moments->pairs, sizeof *moments->pairs_of);
    if (moments->widths == NULL || moments->first == NULL || moments->pairs_of == NULL)
        return -1;
    for (size_t i = 0; i < moments->layers; i++) {
        moments->widths[i] = problem->layers[i].width;
        moments->first[i] = moments->columns;
        moments->columns += moments->widths[i];
        widest = moments->widths[i] > widest ? moments->widths[i] : widest;
    }
    moments->panels = (widest - 1) / PANEL + 1;
    moments->means = memory_zeros(error, moments->columns, sizeof *moments->means);
    moments->shift = memory_array(error, moments->columns, sizeof *moments->shift);
    moments->squares =
        memory_matrix(error, moments->unbiased ? rows_max : 0, moments->layers, sizeof(double));
    if (moments->means == NULL || moments->shift == NULL || moments->squares == NULL)
        return -1;
    return blas_load_for(widest > rows_max ? widest : rows_max, error);
}

struct linear_moments *linear_moments_create(const struct kernel_alignment *problem, size_t rows_max,
                                             struct error *error) {
    struct linear_moments *moments = memory_zeros(error, 1, sizeof *moments);
    if (moments == NULL)
        return NULL;
    moments->left = problem->left;
    moments->right = problem->right;
    moments->layers = problem->left + problem->right;
    moments->pairs = problem->left * problem->right + moments->layers;
    moments->unbiased = problem->unbiased;
    if (create_room(moments, problem, rows_max, error) == 0 && create_pairs(moments, error) == 0)
        return moments;
    linear_moments_free(moments);
    return NULL;
}

struct block {
    struct linear_moments *moments;
    const struct kernel_alignment *problem;
};

/* Adds a panel of a pair's products. Panels of a layer with itself have the shapes of those with its like, so
 * that a layer is aligned with its copy to the last bit. */
static void multiply_panel(void *context, size_t number, size_t worker) {
    const struct block *block = context;
    const struct linear_moments *moments = block->moments;
    const struct pair *pair = &moments->pairs_of[number / moments->panels];
    const struct kernel_layer *a = &block->problem->layers[pair->a], *b = &block->problem->layers[pair->b];
    size_t first = number % moments->panels * PANEL;
    (void)worker;
    if (first >= a->width)
        return;
    blas_multiply(&(struct blas_product){.rows = a->width - first < PANEL ? a->width - first : PANEL,
                                         .columns = b->width,
                                         .inner = block->problem->count,
                                         .alpha = 1,
                                         .beta = 1,
                                         .a = a->rows + first,
                                         .b = b->rows,
                                         .a_stride = a->stride,
                                         .b_stride = b->stride,
                                         .c_stride = b->width,
                                         .a_transposed = true,
                                         .c = pair->product + first * b->width});
}

/* y += factor x */
static void add_scaled(size_t count, double factor, const double *x, double *y) {
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

/* Sums about a centre from which the rows of a are d away and those of b e, where they sum to 0 now:
 *
 *     sum (|a-d|^2)(|b-e|^2) = st - 2 e.s_b + e^2 s - 2 d.t_a + 4 d'Ce + d^2 t + n d^2 e^2
 *     sum |b-e|^2 (a-d)      = t_a - t d - 2 Ce - n e^2 d
 */
static void move_high_orders(const struct linear_moments *moments, struct pair *pair, const double *d,
                             const double *e) {
    size_t p = moments->widths[pair->a], q = moments->widths[pair->b];
    double n = moments->count, d_square = vector_plain_dot(p, d, d), e_square = vector_plain_dot(q, e, e),
           bent = 0;
    pair->st += e_square * pair->s + d_square * pair->t + n * d_square * e_square -
                2 * vector_plain_dot(q, e, pair->s_b) - 2 * vector_plain_dot(p, d, pair->t_a);
    add_scaled(p, -pair->t - n * e_square, d, pair->t_a);
    add_scaled(q, -pair->s - n * d_square, e, pair->s_b);
    for (size_t i = 0; i < p; i++) {
        const double *row = pair->product + i * q;
        double along = vector_plain_dot(q, row, e);
        bent += d[i] * along;
        pair->t_a[i] -= 2 * along;
        add_scaled(q, -2 * d[i], row, pair->s_b);
    }
    pair->st += 4 * bent;
    pair->s += n * d_square;
    pair->t += n * e_square;
}

static void move_pair(const struct linear_moments *moments, struct pair *pair) {
    const double *d = moments->shift + moments->first[pair->a], *e = moments->shift + moments->first[pair->b];
    size_t q = moments->widths[pair->b];
    if (moments->unbiased)
        move_high_orders(moments, pair, d, e);
    for (size_t i = 0; i < moments->widths[pair->a]; i++)
        add_scaled(q, moments->count * d[i], e, pair->product + i * q);
}

const double *linear_moments_move(struct linear_moments *moments, size_t count, const double *means) {
    double share = (double)count / (moments->count + (double)count);
    for (size_t i = 0; i < moments->columns; i++) {
        double mean = means != NULL ? means[i] : 0;
        double next = moments->count > 0 ? moments->means[i] + share * (mean - moments->means[i]) : mean;
        moments->shift[i] = next - moments->means[i];
        moments->means[i] = next;
    }
    for (size_t i = 0; moments->count > 0 && i < moments->pairs; i++)
        move_pair(moments, &moments->pairs_of[i]);
    return moments->means;
}

/* The third and fourth order of a block. */
static void add_high_orders(struct linear_moments *moments, const struct kernel_alignment *problem) {
    size_t layers = moments->layers;
    for (size_t i = 0; i < problem->count; i++) {
        double *squares = moments->squares + i * layers;
        for (size_t k = 0; k < layers; k++) {
            const struct kernel_layer *layer = &problem->layers[k];
            const double *row = layer->rows + i * layer->stride;
            squares[k] = vector_plain_dot(layer->width, row, row);
        }
        for (size_t k = 0; k < moments->pairs; k++) {
            struct pair *pair = &moments->pairs_of[k];
            const struct kernel_layer *a = &problem->layers[pair->a], *b = &problem->layers[pair->b];
            double s = squares[pair->a], t = squares[pair->b];
            pair->s += s;
            pair->t += t;
            pair->st += s * t;
            add_scaled(a->width, t, a->rows + i * a->stride, pair->t_a);
            add_scaled(b->width, s, b->rows + i * b->stride, pair->s_b);
        }
    }
}

void linear_moments_add(struct linear_moments *moments, const struct kernel_alignment *problem) {
    struct block block = {moments, problem};
    parallel_for(problem->threads, moments->pairs * moments->panels, multiply_panel, &block);
    if (moments->unbiased)
        add_high_orders(moments, problem);
    moments->count += (double)problem->count;
}

void linear_moments_criteria(const struct linear_moments *moments, double *cross, double *self) {
    size_t crossed = moments->left * moments->right;
    double n = moments->count;
    for (size_t i = 0; i < moments->pairs; i++) {
        const struct pair *pair = &moments->pairs_of[i];
        double *result = i < crossed ? &cross[i] : &self[i - crossed];
        double square =
            vector_dot(moments->widths[pair->a] * moments->widths[pair->b], pair->product, pair->product);
        if (moments->unbiased)
            *result =
                (square - n / (n - 2) * pair->st + pair->s * pair->t / ((n - 1) * (n - 2))) / (n * (n - 3));
        else
            *result = square / ((n - 1) * (n - 1));
    }
}

void linear_moments_free(struct linear_moments *moments) {
    if (moments == NULL)
        return;
    free(moments->widths);
    free(moments->first);
    free(moments->means);
    free(moments->values);
    free(moments->squares);
    free(moments->shift);
    free(moments->pairs_of);
    free(moments);
}
