/* Covariance functions of Gaussian processes as expressions: sums and products of named kernels.
 *
 *     expr = term {'+' term}    term = factor {'*' factor}    factor = NUMBER | name ['(' arg, ... ')'] | '('
 * expr ')'
 *
 * An argument is `key=value`, which sets where a parameter starts, or `key:=value`, which sets and fixes it;
 * [v, ...] is a vector. An expression is a tree of nodes; its leaves are looked up in a table of kernels
 * (process/covariance_kernel.h) that know their values, their derivatives in every parameter and in the
 * inputs, on tiles of points. Everything else, gradients of any objective included, goes through the tree. */
#ifndef PROCESS_COVARIANCE_H
#define PROCESS_COVARIANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "io/text_buffer.h"

enum { COVARIANCE_NAME_SIZE = 64, COVARIANCE_NODES_MAX = 64, COVARIANCE_NONE = -1 };

/* What the expression speaks about: the columns of the inputs. */
struct covariance_inputs {
    size_t count;
    char *const *names; /* or NULL */
};

struct covariance_parameter {
    char name[COVARIANCE_NAME_SIZE]; /* "rbf.lengthscale_2" */
    const char *key;                 /* "lengthscale": shared by the entries of a vector */
    double value;
    bool fixed;
    bool positive; /* searched by its logarithm */
    bool given;    /* written in the expression, not a default */
};

enum covariance_node_kind { COVARIANCE_SUM, COVARIANCE_PRODUCT, COVARIANCE_NUMBER, COVARIANCE_LEAF };

struct covariance_kernel;

/* A node of the tree. The children of a sum or product are a list. */
struct covariance_node {
    enum covariance_node_kind kind;
    int first_child, next_sibling; /* COVARIANCE_NONE: none */
    double number;
    /* of a leaf */
    const struct covariance_kernel *kernel;
    size_t first_parameter, parameter_count;
    size_t *columns; /* the inputs it sees, from 0 */
    size_t column_count;
    bool all_columns;   /* none were named */
    size_t components;  /* of a spectral mixture */
    double settings[6]; /* numbers that are never fitted, in the kernel's order: nu, degree, depth ... */
};

struct covariance {
    size_t inputs;
    size_t node_count;
    struct covariance_node nodes[COVARIANCE_NODES_MAX];
    int root;
    size_t parameter_count;
    struct covariance_parameter *parameters;
};

/* Reads an expression. Returns NULL with a usage error: "kernel: position 5: unknown kernel 'rfb' (did you
 * mean rbf?)", "kernel: rbf has no parameter 'lenth'", "kernel: rbf: lengthscale must be > 0", or with memory
 * gone. */
__attribute__((warn_unused_result)) struct covariance *
covariance_parse(const char *text, const struct covariance_inputs *inputs, struct error *error);

/* Writes the expression with the parameters' values, which covariance_parse reads back to the same. */
void covariance_print(const struct covariance *covariance, struct text_buffer *text);

/* NULL does nothing. */
void covariance_free(struct covariance *covariance);

/* Whether a kernel of that name occurs. */
bool covariance_has(const struct covariance *covariance, const char *name);

#endif
