#include "process/gaussian_process_left_out.h"

#include <string.h>

#include "base/memory.h"
#include "num/blas.h"
#include "num/tiled_cholesky.h"
#include "process/gaussian_process_local.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_smoother.h"

enum { ROWS_AT_ONCE = 1 << 14 };

/* Results, in the order of the model's rows. */
struct left_out {
    const struct gaussian_process_model *model;
    double *means, *variances;
};

/* Row i of C^-1 has this diagonal entry; a is that of C^-1 R. */
static void put_row(const struct left_out *left, size_t i, double precision, const double *a) {
    size_t q = left->model->outputs;
    for (size_t c = 0; c < q; c++)
        left->means[i * q + c] = left->model->y[i * q + c] - a[c] / precision;
    left->variances[i] = 1 / precision;
}

static int from_factor(const struct left_out *left, size_t threads, struct error *error) {
    const struct gaussian_process_model *model = left->model;
    struct tiled_cholesky work;
    size_t n = model->rows;
    if (blas_load_for(n, error) < 0 || tiled_cholesky_open(&work, n, threads, error) < 0)
        return -1;
    tiled_cholesky_invert(&work, model->factor);
    tiled_cholesky_close(&work);
    for (size_t i = 0; i < n; i++)
        put_row(left, i, model->factor[i * n + i], model->alpha + i * model->outputs);
    return 0;
}

static int from_smoother(const struct left_out *left, size_t threads, struct error *error) {
    const struct gaussian_process_model *model = left->model;
    double *a = memory_array(error, model->outputs, sizeof *a);
    struct gaussian_process_smoother *smoother =
        a == NULL ? NULL : gaussian_process_smoother_open(model, -1, false, threads, error);
    for (size_t i = 0; smoother != NULL && i < model->rows; i++) {
        double precision;
        gaussian_process_smoother_precision(smoother, i, &precision, a);
        put_row(left, i, precision, a);
    }
    int status = smoother == NULL ? -1 : 0;
    gaussian_process_smoother_close(smoother);
    free(a);
    return status;
}

static int from_neighbours(const struct left_out *left, size_t threads, struct error *error) {
    const struct gaussian_process_model *model = left->model;
    const struct gaussian_process_local_setting setting = {
        .model = model, .covariance = model->covariance, .others = true};
    size_t n = model->rows, d = model->inputs, q = model->outputs;
    struct gaussian_process_local *local = gaussian_process_local_open(&setting, threads, error);
    int status = local == NULL ? -1 : 0;
    for (size_t first = 0; status == 0 && first < n; first += ROWS_AT_ONCE) {
        size_t count = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;
        status = gaussian_process_local_at(local, first, count, model->x + first * d, left->means + first * q,
                                           left->variances + first, error);
    }
    gaussian_process_local_close(local);
    for (size_t i = 0; status == 0 && i < n; i++) {
        for (size_t c = 0; c < q; c++)
            left->means[i * q + c] += gaussian_process_prediction_mean(model, model->x + i * d, c);
        left->variances[i] +=
            model->noise + model->jitter + (model->noise_rows == NULL ? 0 : model->noise_rows[i]);
    }
    return status;
}

/* Rows of so many columns, from the order of the model to that of the data. */
static void arrange(const struct gaussian_process_model *model, size_t columns, const double *values,
                    double *arranged) {
    for (size_t i = 0; i < model->rows; i++) {
        size_t row = model->order == NULL ? i : (size_t)model->order[i];
        memcpy(arranged + row * columns, values + i * columns, columns * sizeof *arranged);
    }
}

int gaussian_process_left_out_find(struct gaussian_process_model *model, size_t threads, double *targets,
                                   double *means, double *variances, struct error *error) {
    size_t n = model->rows, q = model->outputs;
    if (model->method != NULL)
        return error_set(error,
                         "--loo needs the rows, which a sparse model does not keep (gpfit --vecchia keeps "
                         "them)");
    if (model->scale != NULL)
        return error_set(error, "--loo has no meaning for a mixture over a scale");
    double *room = memory_matrix(error, n, q + 1, sizeof *room);
    if (room == NULL)
        return -1;
    struct left_out left = {model, room, room + n * q};
    int status = model->kalman           ? from_smoother(&left, threads, error)
                 : model->neighbours > 0 ? from_neighbours(&left, threads, error)
                                         : from_factor(&left, threads, error);
    if (status == 0) {
        arrange(model, q, model->y, targets);
        arrange(model, q, left.means, means);
        arrange(model, 1, left.variances, variances);
    }
    free(room);
    return status;
}
