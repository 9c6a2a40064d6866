#include "num/assignment.h"

#include <math.h>

#include "base/memory.h"

/* Rows and columns are counted from 1; 0 is none, and column 0 where a path begins. Potentials u, v keep
 * cost_ij - u_i - v_j >= 0, with equality for pairs that are assigned. */
struct assignment {
    size_t rows, columns;
    const double *cost;
    double *u, *v;
    double *least;         /* columns: the least reduced cost from the rows of the path's tree */
    size_t *row_of, *from; /* columns: the row assigned, and the column before on the path */
    unsigned char *reached;
};

static double reduced_cost(const struct assignment *assignment, size_t row, size_t column) {
    return assignment->cost[(row - 1) * assignment->columns + column - 1] - assignment->u[row] -
           assignment->v[column];
}

/* Takes the row of column `at` into the tree. Returns the nearest column that is not in it. */
static size_t extend(struct assignment *a, size_t at) {
    size_t next = 0;
    double step = INFINITY;
    a->reached[at] = 1;
    for (size_t j = 1; j <= a->columns; j++) {
        if (a->reached[j])
            continue;
        double cost = reduced_cost(a, a->row_of[at], j);
        if (cost < a->least[j]) {
            a->least[j] = cost;
            a->from[j] = at;
        }
        if (a->least[j] < step) {
            step = a->least[j];
            next = j;
        }
    }
    for (size_t j = 0; j <= a->columns; j++) {
        if (a->reached[j]) {
            a->u[a->row_of[j]] += step;
            a->v[j] -= step;
        } else {
            a->least[j] -= step;
        }
    }
    return next;
}

/* Gives `row` a column, those before it perhaps other ones. */
static void add_row(struct assignment *a, size_t row) {
    size_t at = 0;
    a->row_of[0] = row;
    for (size_t j = 0; j <= a->columns; j++) {
        a->least[j] = INFINITY;
        a->reached[j] = 0;
    }
    do
        at = extend(a, at);
    while (a->row_of[at] != 0);
    while (at != 0) {
        a->row_of[at] = a->row_of[a->from[at]];
        at = a->from[at];
    }
}

int assignment_solve(size_t rows, size_t columns, const double *cost, size_t *column, struct error *error) {
    struct assignment a = {.rows = rows, .columns = columns, .cost = cost};
    a.u = memory_zeros(error, rows + 1, sizeof *a.u);
    a.v = memory_zeros(error, columns + 1, sizeof *a.v);
    a.least = memory_array(error, columns + 1, sizeof *a.least);
    a.row_of = memory_zeros(error, columns + 1, sizeof *a.row_of);
    a.from = memory_zeros(error, columns + 1, sizeof *a.from);
    a.reached = memory_array(error, columns + 1, 1);
    bool whole = a.u != NULL && a.v != NULL && a.least != NULL && a.row_of != NULL && a.from != NULL &&
                 a.reached != NULL;
    for (size_t row = 1; whole && row <= rows; row++)
        add_row(&a, row);
    for (size_t j = 1; whole && j <= columns; j++)
        if (a.row_of[j] != 0)
            column[a.row_of[j] - 1] = j - 1;
    free(a.u);
    free(a.v);
    free(a.least);
    free(a.row_of);
    free(a.from);
    free(a.reached);
    return whole ? 0 : -1;
}
