#include "process/gaussian_process_factorless.h"

#include <string.h>

#include "base/memory.h"
#include "num/cholesky.h"
#include "process/gaussian_process_local.h"
#include "process/gaussian_process_smoother.h"

struct gaussian_process_factorless {
    struct gaussian_process_factorless_setting setting;
    size_t threads, basis_count;                   /* 0 unless universal */
    struct gaussian_process_local *local, *slopes; /* the second made when slopes are first asked for */
    struct gaussian_process_smoother *smoother;
};

static struct gaussian_process_local *open_local(const struct gaussian_process_factorless *factorless,
                                                 bool slopes, struct error *error) {
    const struct gaussian_process_local_setting setting = {.model = factorless->setting.model,
                                                           .covariance = factorless->setting.covariance,
                                                           .basis = factorless->setting.universal,
                                                           .slopes = slopes};
    return gaussian_process_local_open(&setting, factorless->threads, error);
}

struct gaussian_process_factorless *
gaussian_process_factorless_open(const struct gaussian_process_factorless_setting *setting, size_t threads,
                                 struct error *error) {
    const struct gaussian_process_model *model = setting->model;
    if (setting->universal && model->mean_factor == NULL) {
        error_set(error, "the model holds no mean_factor for universal predictions: fit it again");
        return NULL;
    }
    struct gaussian_process_factorless *factorless = memory_zeros(error, 1, sizeof *factorless);
    if (factorless == NULL)
        return NULL;
    factorless->setting = *setting;
    factorless->threads = threads;
    factorless->basis_count = setting->universal ? model->basis_count : 0;
    if (model->kalman)
        factorless->smoother =
            gaussian_process_smoother_open(model, setting->term, setting->universal, threads, error);
    else
        factorless->local = open_local(factorless, false, error);
    if (factorless->smoother != NULL || factorless->local != NULL)
        return factorless;
    gaussian_process_factorless_close(factorless);
    return NULL;
}

void gaussian_process_factorless_close(struct gaussian_process_factorless *factorless) {
    if (factorless == NULL)
        return;
    gaussian_process_local_close(factorless->local);
    gaussian_process_local_close(factorless->slopes);
    gaussian_process_smoother_close(factorless->smoother);
    free(factorless);
}

/* Queries, and what becomes of them; there are `views` of each, f or its slopes. */
struct look {
    size_t count, views;
    const double *x;
    double *columns;   /* count x views x (outputs + basis_count) */
    double *u;         /* count x views x basis_count: G^-1 u */
    double *variances; /* count x views, or NULL */
};

static int find_columns(struct gaussian_process_factorless *factorless, const struct look *look, bool slopes,
                        struct error *error) {
    if (factorless->smoother != NULL) {
        gaussian_process_smoother_at(factorless->smoother, look->count, look->x, slopes, look->columns,
                                     look->variances);
        return 0;
    }
    if (slopes && factorless->slopes == NULL &&
        (factorless->slopes = open_local(factorless, true, error)) == NULL)
        return -1;
    return gaussian_process_local_at(slopes ? factorless->slopes : factorless->local, 0, look->count, look->x,
                                     look->columns, look->variances, error);
}

/* G^-1 u of each view, and its square on the variance. */
static void add_basis(const struct gaussian_process_factorless *factorless, const struct look *look,
                      bool slopes) {
    const struct gaussian_process_model *model = factorless->setting.model;
    size_t d = model->inputs, q = model->outputs, h = factorless->basis_count;
    for (size_t at = 0; at < look->count * look->views; at++) {
        const double *x = look->x + at / look->views * d, *columns = look->columns + at * (q + h) + q;
        double *u = look->u + at * h;
        for (size_t b = 0; b < h; b++) {
            double own = slopes ? b == at % d + 1 : b == 0 ? 1 : x[b - 1];
            u[b] = own - columns[b];
        }
        cholesky_solve_lower(h, model->mean_factor, 1, u);
        for (size_t b = 0; look->variances != NULL && b < h; b++)
            look->variances[at] += u[b] * u[b];
    }
}

/* Fills the look, whose arrays are there. */
static int run(struct gaussian_process_factorless *factorless, const struct look *look, bool slopes,
               double *means, struct error *error) {
    size_t q = factorless->setting.model->outputs, width = q + factorless->basis_count;
    if (find_columns(factorless, look, slopes, error) < 0)
        return -1;
    for (size_t at = 0; at < look->count * look->views; at++)
        memcpy(means + at * q, look->columns + at * width, q * sizeof *means);
    if (factorless->basis_count > 0)
        add_basis(factorless, look, slopes);
    return 0;
}

static int open_look(const struct gaussian_process_factorless *factorless, struct look *look,
                     struct error *error) {
    size_t q = factorless->setting.model->outputs, h = factorless->basis_count;
    look->columns = memory_matrix(error, look->count, look->views * (q + h), sizeof(double));
    look->u = memory_matrix(error, look->count, look->views * h, sizeof(double));
    return look->columns == NULL || look->u == NULL ? -1 : 0;
}

int gaussian_process_factorless_at(struct gaussian_process_factorless *factorless, size_t count,
                                   const double *x, bool slopes, double *means, double *variances,
                                   struct error *error) {
    struct look look = {.count = count,
                        .views = slopes ? factorless->setting.model->inputs : 1,
                        .x = x,
                        .variances = variances};
    int status = open_look(factorless, &look, error);
    if (status == 0)
        status = run(factorless, &look, slopes, means, error);
    free(look.columns);
    free(look.u);
    return status;
}

/* The uncertainty of the mean's coefficients, of all pairs. */
static void add_pairs(size_t count, size_t h, const double *u, double *covariance) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            for (size_t b = 0; b < h; b++)
                covariance[i * count + j] += u[i * h + b] * u[j * h + b];
}

int gaussian_process_factorless_joint(struct gaussian_process_factorless *factorless, size_t count,
                                      const double *x, double *means, double *covariance,
                                      struct error *error) {
    struct look look = {.count = count, .views = 1, .x = x};
    int status = open_look(factorless, &look, error);
    if (status == 0)
        status = run(factorless, &look, false, means, error);
    if (status == 0)
        status = factorless->smoother != NULL
                     ? gaussian_process_smoother_joint(factorless->smoother, count, x, covariance, error)
                     : gaussian_process_local_joint(factorless->local, count, x, covariance, error);
    if (status == 0)
        add_pairs(count, factorless->basis_count, look.u, covariance);
    free(look.columns);
    free(look.u);
    return status;
}
