#include "divergence/mixture_quadrature.h"

#include <math.h>

#include "base/memory.h"
#include "divergence/mixture_divergence.h"
#include "num/gaussian_mixture_density.h"
#include "num/quadrature.h"

static const double TOLERANCE = 1e-10;
static const double REACH = 9; /* deviations of a component that count: 2e-19 lie beyond */
/* Boxes are halved until they are no wider than eight deviations of any component within whose reach they
 * are: 15 nodes on that width see the component. */
static const double HALF_WIDTH = 4;
enum { BOXES_MAX = 1 << 17, POINTS_MAX = 225 };

/* Where a component is, and how narrow. */
struct core {
    double mean[QUADRATURE_DIMENSIONS_MAX];
    double deviation[QUADRATURE_DIMENSIONS_MAX]; /* along the axes */
    double factor[QUADRATURE_DIMENSIONS_MAX * QUADRATURE_DIMENSIONS_MAX];
    double narrowest; /* the least deviation in any direction */
};

struct integration {
    const struct gaussian_mixture *f, *g;
    double weight;
    bool symmetric; /* the JS integrand in place of KL's */
    struct core *cores;
    size_t core_count;
    double *workspaces;
    size_t workspace_size;
};

static struct core core_of(const struct gaussian_mixture *mixture, size_t k) {
    struct core core = {.narrowest = INFINITY};
    double c[4];
    size_t d = mixture->dimensions;
    gaussian_mixture_expand_covariance(mixture, k, c);
    gaussian_mixture_expand_factor(mixture, k, core.factor);
    for (size_t i = 0; i < d; i++) {
        core.mean[i] = mixture->means[k * d + i];
        core.deviation[i] = sqrt(c[i * d + i]);
    }
    if (d == 1) {
        core.narrowest = core.deviation[0];
    } else { /* |C| over the greater eigenvalue is the lesser one, without cancellation */
        double half_difference = (c[0] - c[3]) / 2;
        double greater = (c[0] + c[3]) / 2 + hypot(half_difference, c[1]);
        core.narrowest = core.factor[0] * core.factor[3] / sqrt(greater);
    }
    return core;
}

/* Whether a box may hold a point within REACH deviations of the component: no where one of two bounds on the
 * distance, along an axis or after whitening, says so. */
static bool meets(const struct core *core, size_t d, const double *centre, const double *half) {
    double square = 0, radius = 0, white[QUADRATURE_DIMENSIONS_MAX];
    for (size_t i = 0; i < d; i++) {
        double distance = fabs(centre[i] - core->mean[i]) - half[i];
        if (distance > REACH * core->deviation[i])
            return false;
        white[i] = centre[i] - core->mean[i];
        for (size_t j = 0; j < i; j++)
            white[i] -= core->factor[i * d + j] * white[j];
        white[i] /= core->factor[i * d + i];
        square += white[i] * white[i];
        radius = hypot(radius, half[i]);
    }
    return sqrt(square) - radius / core->narrowest <= REACH;
}

/* quadrature_refine */
static bool too_wide(const void *context, const double *centre, const double *half) {
    const struct integration *task = context;
    size_t d = task->f->dimensions;
    double widest = d == 1 ? half[0] : fmax(half[0], half[1]);
    for (size_t i = 0; i < task->core_count; i++)
        if (widest > HALF_WIDTH * task->cores[i].narrowest && meets(&task->cores[i], d, centre, half))
            return true;
    return false;
}

/* p log(p / r) - p + r = p (x - 1) + r, x = log(p / r); near x = 0 as p (x + e^-x - 1). */
static double term(double log_p, double log_ratio) {
    double density = exp(log_p);
    if (fabs(log_ratio) < 1)
        return density * (log_ratio + expm1(-log_ratio));
    return density * (log_ratio - 1) + exp(log_p - log_ratio);
}

/* quadrature_integrand */
static void integrand(void *context, size_t count, const double *points, double *values, size_t worker) {
    const struct integration *task = context;
    double *log_f = task->workspaces + worker * task->workspace_size;
    double *log_g = log_f + POINTS_MAX, *workspace = log_g + POINTS_MAX, w = task->weight;
    gaussian_mixture_density_rows(task->f, count, points, log_f, workspace);
    gaussian_mixture_density_rows(task->g, count, points, log_g, workspace);
    for (size_t i = 0; i < count; i++) {
        values[i] = term(log_f[i], mixture_divergence_log_ratio(log_f[i], log_g[i], w));
        if (task->symmetric)
            values[i] = (1 - w) * values[i] +
                        w * term(log_g[i], mixture_divergence_log_ratio(log_g[i], log_f[i], 1 - w));
    }
}

/* Cores of all components that weigh anything, and the box around them. */
static int find_cores(struct integration *task, struct quadrature_problem *problem, struct error *error) {
    const struct gaussian_mixture *both[] = {task->f, task->g};
    task->cores = memory_array(error, task->f->components + task->g->components, sizeof *task->cores);
    if (task->cores == NULL)
        return -1;
    for (size_t i = 0; i < problem->dimensions; i++) {
        problem->lower[i] = INFINITY;
        problem->upper[i] = -INFINITY;
    }
    for (size_t side = 0; side < 2; side++) {
        for (size_t k = 0; k < both[side]->components; k++) {
            if (both[side]->weights[k] == 0)
                continue;
            struct core core = core_of(both[side], k);
            for (size_t i = 0; i < problem->dimensions; i++) {
                problem->lower[i] = fmin(problem->lower[i], core.mean[i] - REACH * core.deviation[i]);
                problem->upper[i] = fmax(problem->upper[i], core.mean[i] + REACH * core.deviation[i]);
            }
            task->cores[task->core_count++] = core;
        }
    }
    return 0;
}

static int integrate(struct integration *task, size_t threads, struct mixture_quadrature_result *result,
                     struct error *error) {
    size_t d = task->f->dimensions;
    size_t for_f = gaussian_mixture_density_workspace(task->f);
    size_t for_g = gaussian_mixture_density_workspace(task->g);
    if (d > QUADRATURE_DIMENSIONS_MAX)
        return error_set_usage(error, "quadrature is for at most 2 dimensions, the models have %zu", d);
    if (task->f->noise_weight > 0 || task->g->noise_weight > 0)
        return error_set(error, "a mixture with a uniform component has no density outside its box");
    struct quadrature_problem problem = {.dimensions = d,
                                         .integrand = integrand,
                                         .refine = too_wide,
                                         .context = task,
                                         .tolerance = TOLERANCE,
                                         .boxes_max = BOXES_MAX,
                                         .threads = threads};
    task->workspace_size = 2 * POINTS_MAX + (for_f > for_g ? for_f : for_g);
    task->workspaces = memory_matrix(error, threads, task->workspace_size, sizeof(double));
    struct quadrature_result integral = {0};
    int status = task->workspaces != NULL ? find_cores(task, &problem, error) : -1;
    if (status == 0)
        status = quadrature_integrate(&problem, &integral, error);
    free(task->workspaces);
    free(task->cores);
    *result = (struct mixture_quadrature_result){integral.value, integral.error, integral.converged};
    return status;
}

int mixture_quadrature_kl(const struct gaussian_mixture *f, const struct gaussian_mixture *g, size_t threads,
                          struct mixture_quadrature_result *result, struct error *error) {
    struct integration task = {.f = f, .g = g, .weight = 1};
    return integrate(&task, threads, result, error);
}

int mixture_quadrature_js(const struct gaussian_mixture *f, const struct gaussian_mixture *g, double weight,
                          size_t threads, struct mixture_quadrature_result *result, struct error *error) {
    struct integration task = {.f = f, .g = g, .weight = weight, .symmetric = true};
    return integrate(&task, threads, result, error);
}
