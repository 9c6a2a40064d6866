#include "density/bandwidth_plug_in.h"

#include <math.h>

#include "density/bandwidth_pairs.h"
#include "num/brent.h"

double bandwidth_plug_in_nrd0(const struct bandwidth_column *column) {
    double scale = fmin(column->deviation, column->quartile_range / 1.34);
    if (!(scale > 0))
        scale = column->deviation;
    if (!(scale > 0))
        scale = fabs(column->first);
    if (!(scale > 0))
        scale = 1;
    return 0.9 * scale * pow(column->n, -0.2);
}

/* min(s, Q / normal), which must not be 0. */
static int robust_scale(const struct bandwidth_column *column, double normal, double *scale,
                        struct error *error) {
    if (bandwidth_column_varies(column, error) < 0)
        return -1;
    *scale = fmin(column->deviation, column->quartile_range / normal);
    if (*scale > 0)
        return 0;
    return error_set(error, "column %zu: its quartiles are equal: use nrd0, scott or a number",
                     column->number);
}

int bandwidth_plug_in_nrd(const struct bandwidth_column *column, double *bandwidth, struct error *error) {
    double scale;
    if (robust_scale(column, 1.34, &scale, error) < 0)
        return -1;
    *bandwidth = 1.06 * scale * pow(column->n, -0.2);
    return 0;
}

/* The pairs of a column, and Sheather and Jones's numbers. */
struct functional {
    const struct bandwidth_column *column;
    struct bandwidth_pairs *pairs;
    double least, most; /* bandwidths that pairs are good for */
    double a, b;        /* pilot bandwidths */
    double minus_phi6;  /* T */
    double c, alpha;
};

static int take_pairs(struct functional *f, double least, double most, struct error *error) {
    const struct bandwidth_column *column = f->column;
    struct bandwidth_pairs_input input = {column->count, 1,    column->values,  column->masses,
                                          least,         most, column->threads, BANDWIDTH_PAIRS_CHOOSE};
    bandwidth_pairs_free(f->pairs);
    f->least = least;
    f->most = most;
    f->pairs = bandwidth_pairs_create(&input, error);
    return f->pairs != NULL ? 0 : -1;
}

/* phi_4 for order 4, phi_6 for order 6. */
static double phi(const struct functional *f, int order, double h) {
    double s[BANDWIDTH_PAIRS_POWERS], n = f->column->n, sum;
    bandwidth_pairs_sums(f->pairs, h, 2, s);
    if (order == 4)
        sum = 2 * (s[2] - 6 * s[1] + 3 * s[0]) + 3 * n;
    else
        sum = 2 * (s[3] - 15 * s[2] + 45 * s[1] - 15 * s[0]) - 15 * n;
    return sum / (n * (n - 1) * pow(h, order + 1) * sqrt(2 * M_PI));
}

static int start(struct functional *f, const struct bandwidth_column *column, struct error *error) {
    double scale, n = column->n;
    *f = (struct functional){.column = column};
    if (robust_scale(column, 1.349, &scale, error) < 0)
        return -1;
    f->a = 1.24 * scale * pow(n, -1.0 / 7);
    f->b = 1.23 * scale * pow(n, -1.0 / 9);
    f->c = 1 / (2 * sqrt(M_PI) * n);
    if (take_pairs(f, fmin(f->a, f->b), fmax(f->a, f->b), error) < 0)
        return -1;
    f->minus_phi6 = -phi(f, 6, f->b);
    if (f->minus_phi6 > 0)
        return 0;
    return error_set(error, "column %zu: sj finds no pilot bandwidth in values so sparse: use nrd0 or isj",
                     column->number);
}

int bandwidth_plug_in_sj_dpi(const struct bandwidth_column *column, double *bandwidth, struct error *error) {
    struct functional f;
    int status = start(&f, column, error);
    if (status == 0) {
        double pilot = pow(2.394 / (column->n * f.minus_phi6), 1.0 / 7);
        if (pilot < f.least || pilot > f.most)
            status = take_pairs(&f, pilot, pilot, error);
        if (status == 0) {
            *bandwidth = pow(f.c / phi(&f, 4, pilot), 0.2);
            if (!(*bandwidth > 0 && isfinite(*bandwidth)))
                status = error_set(error, "column %zu: sj-dpi finds no bandwidth: use nrd0 or isj",
                                   column->number);
        }
    }
    bandwidth_pairs_free(f.pairs);
    return status;
}

/* log of (c / phi_4(alpha h^(5/7)))^(1/5) / h as a function of log h: +infinity where phi_4 is not positive.
 */
static double equation(void *context, double log_h) {
    const struct functional *f = context;
    double curvature = phi(f, 4, f->alpha * exp(5 * log_h / 7));
    return curvature > 0 ? log(f->c / curvature) / 5 - log_h : INFINITY;
}

/* From [0.1, 1] x oversmoothed outwards, as R: the ends are moved in turns until the equation changes its
 * sign between them. */
static int solve(struct functional *f, double *bandwidth, struct error *error) {
    double high = bandwidth_column_oversmoothed(f->column), low = high / 10;
    for (size_t step = 0; step < 20; step++) {
        if (take_pairs(f, f->alpha * pow(low, 5.0 / 7), f->alpha * pow(high, 5.0 / 7), error) < 0)
            return -1;
        struct brent_result root = brent_root(equation, f, log(low), log(high), 1e-13);
        if (root.converged) {
            *bandwidth = exp(root.x);
            return 0;
        }
        if (step % 2 == 0)
            high *= 1.5;
        else
            low /= 1.5;
    }
    return error_set(error, "column %zu: the equation of sj has no root: use sj-dpi, nrd0 or isj",
                     f->column->number);
}

int bandwidth_plug_in_sj(const struct bandwidth_column *column, double *bandwidth, struct error *error) {
    struct functional f;
    int status = start(&f, column, error);
    if (status == 0) {
        double ratio = phi(&f, 4, f.a) / f.minus_phi6;
        f.alpha = 1.357 * pow(ratio, 1.0 / 7);
        if (ratio > 0)
            status = solve(&f, bandwidth, error);
        else
            status = error_set(error,
                               "column %zu: sj finds no pilot bandwidth in values so sparse: use nrd0 "
                               "or isj",
                               column->number);
    }
    bandwidth_pairs_free(f.pairs);
    return status;
}
