#include "density/kernel_sums_cells.h"

#include <math.h>

/* What the errors together may be where points lie evenly, of the tolerance; the rest is for places where
 * they do not. */
static const double SHARE = 1.0 / 16;

/* What lies beyond the reach, of the tolerance, at densities down to this part of the kernel's height. */
static const double LEAST_DENSITY = 1e-5;

/* The greatest b^2 (1 - t^2) - (z - a t)^2 over t = cos in -1 .. 1, z >= 0. */
static double ellipse_exponent(double a, double b, double z) {
    double t = z * a / (a * a + b * b);
    t = t < 1 ? t : 1;
    return b * b * (1 - t * t) - (z - a * t) * (z - a * t);
}

/* The error's bound at distance z from a cell's centre. */
static double interpolation_error(double width, size_t nodes, double z) {
    double least = INFINITY;
    for (double rho = 1.25; rho < 100; rho *= 1.125) {
        double a = width / 4 * (rho + 1 / rho), b = width / 4 * (rho - 1 / rho);
        double bound = 0.5 * ellipse_exponent(a, b, z) - ((double)nodes - 1) * log(rho) + log(4 / (rho - 1));
        least = fmin(least, bound);
    }
    return exp(least);
}

/* Lebesgue's constant of Chebyshev points, 2/pi log(nodes) + 1, times the rounding of sums made in pieces of
 * 512 terms, and of the gaussians. */
static double rounding(size_t nodes, size_t count) {
    double sums = 600 + (double)count / 512;
    return 4 * (1 + 0.64 * log((double)nodes)) * sums * 0x1p-53;
}

static void set_bounds(struct kernel_sums_cells *cells, size_t count) {
    double round = rounding(cells->nodes, count), w = cells->width;
    for (size_t k = 0; k <= KERNEL_SUMS_REACH; k++) {
        double apart = k > 1 ? w * (double)(k - 1) : 0, centre = k > 0 ? w * ((double)k - 0.5) : 0;
        cells->largest[k] = exp(-0.5 * apart * apart);
        cells->errors[k] = interpolation_error(w, cells->nodes, centre) + round * cells->largest[k];
    }
}

/* The error of a column of evenly filled cells, relative to their sum, which is sqrt(2 pi) / width. */
static double even_error(const struct kernel_sums_cells *cells) {
    double sum = cells->errors[0];
    for (size_t k = 1; k <= cells->reach; k++)
        sum += 2 * cells->errors[k];
    return sum * cells->width / 2.5066282746310002;
}

/* Of a query, in exponentials; in two dimensions each cell costs a product with a small matrix. */
static double query_cost(const struct kernel_sums_cells *cells, size_t dimensions) {
    double side = 2 * (double)cells->reach + 1, nodes = (double)cells->nodes;
    return dimensions == 1 ? side * nodes : 2 * side * nodes + side * side * (0.1 * nodes * nodes + 4);
}

/* l_a = (1 + 2 sum_(k >= 1) T_k(node a) T_k) / nodes, T_k(node a) = cos(pi k (a + 1/2) / nodes). */
static void set_nodes(struct kernel_sums_cells *cells) {
    size_t p = cells->nodes;
    for (size_t a = 0; a < p; a++) {
        cells->places[a] = cells->width / 2 * cos(M_PI * ((double)a + 0.5) / (double)p);
        for (size_t k = 0; k < p; k++)
            cells->transform[k * p + a] =
                (k > 0 ? 2 : 1) / (double)p * cos(M_PI * (double)(k * (2 * a + 1)) / (2 * (double)p));
    }
}

bool kernel_sums_cells_choose(struct kernel_sums_cells *cells, size_t dimensions, size_t count,
                              double relative) {
    const double widths[] = {0.5, 1, 1.5, 2, 2.5, 3};
    double least = INFINITY, far = relative * LEAST_DENSITY;
    struct kernel_sums_cells tried = {0};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        tried.width = widths[i];
        tried.reach = (size_t)ceil(sqrt(-2 * log(far)) / tried.width);
        double edge = tried.width * (double)tried.reach;
        tried.far = exp(-0.5 * edge * edge);
        for (tried.nodes = 4; tried.reach <= KERNEL_SUMS_REACH && tried.nodes <= KERNEL_SUMS_NODES;
             tried.nodes += 4) {
            set_bounds(&tried, count);
            if (even_error(&tried) * (double)dimensions > SHARE * relative)
                continue;
            if (query_cost(&tried, dimensions) < least) {
                least = query_cost(&tried, dimensions);
                *cells = tried;
            }
            break;
        }
    }
    if (least == INFINITY)
        return false;
    set_nodes(cells);
    return true;
}

void kernel_sums_cells_weights(const struct kernel_sums_cells *cells, size_t stride, double *moments) {
    size_t p = cells->nodes;
    double weights[KERNEL_SUMS_NODES] = {0};
    for (size_t k = 0; k < p; k++)
        for (size_t a = 0; a < p; a++)
            weights[a] += cells->transform[k * p + a] * moments[k * stride];
    for (size_t a = 0; a < p; a++)
        moments[a * stride] = weights[a];
}
