#include "num/quadrature.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

enum { NODES = 15, POINTS_MAX = NODES * NODES };

/* Kronrod's nodes on [-1, 1] from the left end to the middle, and their weights; Gauss's weights belong to
 * every second node. Kronrod 1965, to 33 digits in QUADPACK's qk15. */
static const double half_nodes[8] = {
    -0.991455371120812639206854697526329, -0.949107912342758524526189684047851,
    -0.864864423359769072789712788640926, -0.741531185599394439863864773280788,
    -0.586087235467691130294144691693013, -0.405845151377397166906606412076961,
    -0.207784955007898467600689403773245, 0};
static const double half_kronrod[8] = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
static const double half_gauss[8] = {
    0, 0.129484966168869693270611432679082, 0, 0.279705391489276667901467771423780,
    0, 0.381830050505118944950369775488975, 0, 0.417959183673469387755102040816327};

struct box {
    double centre[QUADRATURE_DIMENSIONS_MAX], half[QUADRATURE_DIMENSIONS_MAX];
    double value, error; /* infinite: to be halved whatever the others' */
};

struct generation {
    const struct quadrature_problem *problem;
    struct box *boxes;
    size_t count;
};

static double node(size_t i) {
    return i < 8 ? half_nodes[i] : -half_nodes[NODES - 1 - i];
}

static double weight(const double *half_weights, size_t i) {
    return half_weights[i < 8 ? i : NODES - 1 - i];
}

/* Sums with both rules, and |f - mean| with Kronrod's: all as if the box were [-1, 1]^d. */
static void apply_rules(size_t dimensions, const double *values, double *kronrod, double *gauss,
                        double *deviation) {
    double k[POINTS_MAX], volume = dimensions == 1 ? 2 : 4;
    size_t outer = dimensions == 1 ? 1 : NODES;
    *kronrod = *gauss = *deviation = 0;
    for (size_t i = 0; i < outer; i++) {
        for (size_t j = 0; j < NODES; j++) {
            double outer_k = dimensions == 1 ? 1 : weight(half_kronrod, i);
            double outer_g = dimensions == 1 ? 1 : weight(half_gauss, i);
            k[i * NODES + j] = outer_k * weight(half_kronrod, j);
            *kronrod += k[i * NODES + j] * values[i * NODES + j];
            *gauss += outer_g * weight(half_gauss, j) * values[i * NODES + j];
        }
    }
    for (size_t i = 0; i < outer * NODES; i++)
        *deviation += k[i] * fabs(values[i] - *kronrod / volume);
}

/* parallel_body */
static void evaluate_box(void *context, size_t index, size_t worker) {
    struct generation *generation = context;
    const struct quadrature_problem *problem = generation->problem;
    struct box *box = &generation->boxes[index];
    double points[POINTS_MAX * QUADRATURE_DIMENSIONS_MAX], values[POINTS_MAX];
    size_t d = problem->dimensions, count = d == 1 ? NODES : POINTS_MAX;

    box->value = 0;
    box->error = INFINITY;
    if (problem->refine != NULL && problem->refine(problem->context, box->centre, box->half))
        return;
    for (size_t i = 0; i < count; i++) {
        points[i * d + d - 1] = box->centre[d - 1] + box->half[d - 1] * node(i % NODES);
        if (d == 2)
            points[i * d] = box->centre[0] + box->half[0] * node(i / NODES);
    }
    problem->integrand(problem->context, count, points, values, worker);

    double kronrod, gauss, deviation, volume = d == 1 ? box->half[0] : box->half[0] * box->half[1];
    apply_rules(d, values, &kronrod, &gauss, &deviation);
    double difference = fabs(kronrod - gauss);
    if (deviation > 0 && difference > 0)
        difference = deviation * fmin(1, pow(200 * difference / deviation, 1.5));
    box->value = volume * kronrod;
    if (isfinite(difference))
        box->error = volume * difference;
}

static int by_error(const void *a, const void *b) {
    const struct box *x = *(struct box *const *)a, *y = *(struct box *const *)b;
    if (x->error != y->error)
        return x->error < y->error ? -1 : 1;
    return (x > y) - (x < y);
}

/* Takes a box's value into the sum. */
static void accept(struct quadrature_result *result, const struct box *box) {
    result->value += box->value;
    result->error += box->error;
}

/* Sorts the boxes by error and takes the least of them into the result as long as their errors sum to no
 * more than the allowance. Returns how many; the others follow in `order`. */
static size_t choose(struct generation *generation, struct box **order, double allowance,
                     struct quadrature_result *result) {
    double spent = 0;
    size_t kept = 0;
    for (size_t i = 0; i < generation->count; i++)
        order[i] = &generation->boxes[i];
    qsort(order, generation->count, sizeof *order, by_error);
    while (kept < generation->count && spent + order[kept]->error <= allowance)
        spent += order[kept++]->error;
    for (size_t i = 0; i < kept; i++)
        accept(result, order[i]);
    return kept;
}

/* Puts the halves (quarters) of a box at `children`. */
static void divide(size_t dimensions, const struct box *box, struct box *children) {
    for (size_t child = 0; child < (size_t)1 << dimensions; child++) {
        for (size_t i = 0; i < dimensions; i++) {
            children[child].half[i] = box->half[i] / 2;
            children[child].centre[i] =
                box->centre[i] + ((child >> i & 1) != 0 ? 1 : -1) * children[child].half[i];
        }
    }
}

/* The next generation: the children of order[kept ..]. */
static int descend(struct generation *generation, struct box **order, size_t kept, struct error *error) {
    size_t d = generation->problem->dimensions, parents = generation->count - kept;
    struct box *children = memory_matrix(error, parents, (size_t)1 << d, sizeof *children);
    if (children == NULL)
        return -1;
    for (size_t i = 0; i < parents; i++)
        divide(d, order[kept + i], children + (i << d));
    free(generation->boxes);
    generation->boxes = children;
    generation->count = parents << d;
    return 0;
}

int quadrature_integrate(const struct quadrature_problem *problem, struct quadrature_result *result,
                         struct error *error) {
    size_t d = problem->dimensions;
    assert(d == 1 || d == 2);
    struct generation generation = {.problem = problem, .count = 1};
    struct box **order = NULL;
    int status = -1;
    *result = (struct quadrature_result){.converged = true};
    generation.boxes = memory_zeros(error, 1, sizeof *generation.boxes);
    if (generation.boxes == NULL)
        return -1;
    for (size_t i = 0; i < d; i++) {
        generation.boxes[0].centre[i] = problem->lower[i] + (problem->upper[i] - problem->lower[i]) / 2;
        generation.boxes[0].half[i] = (problem->upper[i] - problem->lower[i]) / 2;
    }
    while (generation.count > 0) {
        free(order);
        order = memory_array(error, generation.count, sizeof *order);
        if (order == NULL)
            goto done;
        parallel_for(problem->threads, generation.count, evaluate_box, &generation);
        result->boxes += generation.count;
        /* Half of what is left for this generation, half for those to come. */
        double allowance = (problem->tolerance - result->error) / 2;
        size_t kept = choose(&generation, order, allowance, result);
        bool last = result->boxes + ((generation.count - kept) << d) > problem->boxes_max;
        for (; last && kept < generation.count; kept++) {
            result->converged = false;
            accept(result, order[kept]);
        }
        if (descend(&generation, order, kept, error) < 0)
            goto done;
    }
    status = 0;
done:
    free(order);
    free(generation.boxes);
    return status;
}
