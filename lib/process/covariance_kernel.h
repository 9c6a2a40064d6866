/* The kernels that expressions are made of: a table of what each knows to do.
 *
 * Work goes in tiles of 64 x 64 pairs (x_i, y_j). Every function gets the leaf's node and its parameters, in
 * the kernel's order (natural values, not logarithms). With s2 = variance, d = x - y over the leaf's columns,
 * k = s2 g; the variance is the first parameter of every kernel but the spectral mixture. */
#ifndef PROCESS_COVARIANCE_KERNEL_H
#define PROCESS_COVARIANCE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/covariance.h"

enum {
    COVARIANCE_TILE = 64,
    COVARIANCE_TILE_AREA = COVARIANCE_TILE * COVARIANCE_TILE,
    COVARIANCE_COLUMNS_MAX = 1024, /* of one leaf */
};

/* In place of points: what kernels of distances and products need of them, or of a Gram matrix of its own
 * right. */
struct covariance_gram_tile {
    const double *products;              /* rows x 64: g_ij */
    const double *x_squares, *y_squares; /* 64 each: g_ii, g_jj; those beyond rows repeat the last */
};

/* What a Gram entry moves, rows x 64 each. */
struct covariance_gram_slopes {
    double *products, *x_squares, *y_squares; /* dk_ij / dg_ij, dg_ii, dg_jj */
};

struct network_series_cache;

/* Points of a tile: rows x of it, and 64 points y, coordinate by coordinate. */
struct covariance_tile {
    size_t rows;     /* at most 64 */
    size_t columns;  /* of the y, those that count; the rest, up to 64, repeat the last */
    size_t inputs;   /* coordinates */
    const double *x; /* rows x inputs */
    const double *y; /* inputs x 64 */
    ptrdiff_t
        offset; /* x_i is row i of the same matrix as y_(i + offset); COVARIANCE_APART: another matrix */
    struct network_series_cache *series;     /* the workspace's; NULL: none */
    const struct covariance_gram_tile *gram; /* NULL: of points; else there are neither x nor y */
    double
        *room; /* what the kernel asked for, its contents of no meaning; callers leave it to the workspace */
};

#define COVARIANCE_APART PTRDIFF_MAX

/* Results are rows x 64, the columns beyond tile->columns being of no meaning. */
struct covariance_kernel {
    const char *name;
    const char *const *keys;     /* of the parameters, in order, ended by NULL */
    const double *defaults;      /* of them */
    const char *vector_keys;     /* keys that take a value a column, with blanks around each; "" none */
    const char *const *settings; /* keys of numbers that are not fitted, ended by NULL */
    const double *setting_defaults;
    bool spectral;            /* weights, means and scales: Q, Q x columns, Q x columns */
    bool one_column;          /* of one input only */
    bool variance_fixed;      /* unless it is written */
    const char *zero_key;     /* a parameter that may be 0, and is fixed then; or NULL */
    const char *words_key;    /* a setting that is a word, or NULL; its value is the index */
    const char *const *words; /* ended by NULL */

    /* How many doubles tile->room must have. NULL: none. */
    size_t (*room)(const struct covariance_node *leaf);

    /* Whether tile->series is of use. NULL: it is not. */
    bool (*keeps_series)(const struct covariance_node *leaf);

    /* Checks settings once they are read. Returns NULL or what is wrong ("nu must be > 0"). May be NULL. */
    const char *(*check)(const struct covariance_node *leaf);

    void (*value)(const struct covariance_node *leaf, const double *parameters,
                  const struct covariance_tile *tile, double *k);

    /* k(x, x) of each of the tile's x, where it is not the variance (NULL: it is). */
    void (*diagonal)(const struct covariance_node *leaf, const double *parameters,
                     const struct covariance_tile *tile, double *k);

    /* gradient[p] += sum_ij adjoint_ij dk_ij / d parameter_p. `k` is what value gave. Entries of adjoint
     * beyond tile->columns are 0. */
    void (*accumulate)(const struct covariance_node *leaf, const double *parameters,
                       const struct covariance_tile *tile, const double *k, const double *adjoint,
                       double *gradient);

    /* slope_ij = dk_ij / d x_i[input]. NULL: the kernel has no derivative. */
    void (*slope)(const struct covariance_node *leaf, const double *parameters,
                  const struct covariance_tile *tile, const double *k, size_t input, double *slope);

    /* The derivatives in the entries of a Gram tile. NULL: the kernel is no function of them. */
    void (*gram_slopes)(const struct covariance_node *leaf, const double *parameters,
                        const struct covariance_tile *tile, const double *k,
                        const struct covariance_gram_slopes *slopes);

    /* Whether the settings make it rough all the same (matern up to nu = 1). NULL: they do not. */
    bool (*is_rough)(const struct covariance_node *leaf);

    /* d2 k(x, y) / d x[input] d y[input] at y = x. Goes with slope. */
    double (*curvature)(const struct covariance_node *leaf, const double *parameters, const double *x,
                        size_t input);
};

/* All of them, ended by NULL. */
extern const struct covariance_kernel *const covariance_kernel_all[];

/* Whether the leaf sees an input: it may stand in `columns` once. */
bool covariance_kernel_sees(const struct covariance_node *leaf, size_t input);

#endif
