#include "process/gaussian_process_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/npz.h"
#include "process/covariance_kernel.h"
#include "process/covariance_states.h"
#include "process/gaussian_process_sparse_rows.h"

const char *const gaussian_process_model_mean_names[] = {"zero", "constant", "linear", NULL};

void gaussian_process_model_scale_inputs(const struct gaussian_process_model *model, size_t count,
                                         const double *x, double *scaled) {
    size_t d = model->inputs;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < d; c++)
            scaled[i * d + c] = (x[i * d + c] - model->x_shift[c]) / model->x_scale[c];
}

void gaussian_process_model_free(struct gaussian_process_model *model) {
    double *const arrays[] = {model->coefficients, model->x_shift, model->x_scale, model->y_shift,
                              model->y_scale,      model->x,       model->y,       model->noise_rows,
                              model->factor,       model->alpha,   model->z,       model->factor_uu,
                              model->factor_b,     model->c,       model->order,   model->mean_factor,
                              model->mean_c};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; model->input_names != NULL && i < model->inputs; i++)
        free(model->input_names[i]);
    free(model->input_names);
    free(model->method);
    covariance_free(model->covariance);
    gaussian_process_scale_free(model->scale);
    gaussian_process_classes_free(model->classes);
    *model = (struct gaussian_process_model){0};
}

static int write_kernel(const struct covariance *covariance, struct npz_writer *writer, struct error *error) {
    struct text_buffer buffer = {0};
    size_t length, count = covariance->parameter_count;
    covariance_print(covariance, &buffer);
    char *bytes = text_buffer_take(&buffer, &length, error);
    char *text = bytes == NULL ? NULL : memory_text(error, bytes, length);
    const char **names = memory_array(error, count + 1, sizeof *names);
    double *values = memory_matrix(error, 2, count + 1, sizeof *values);
    int status = text == NULL || names == NULL || values == NULL ? -1 : 0;
    for (size_t p = 0; status == 0 && p < count; p++) {
        names[p] = covariance->parameters[p].name;
        values[p] = covariance->parameters[p].value;
        values[count + p] = covariance->parameters[p].fixed;
    }
    if (status == 0 &&
        (npz_writer_text(writer, "kernel", text, error) < 0 ||
         npz_writer_texts(writer, "parameter_names", count, names, error) < 0 ||
         npz_writer_numbers(writer, "parameters", 1, &count, values, false, error) < 0 ||
         npz_writer_numbers(writer, "parameters_fixed", 1, &count, values + count, false, error) < 0))
        status = -1;
    free(bytes);
    free(text);
    free(names);
    free(values);
    return status;
}

struct array {
    const char *name;
    const double *values;
    size_t rank, shape[2];
};

static int write_present(struct npz_writer *writer, const struct array *arrays, size_t count,
                         struct error *error) {
    for (size_t i = 0; i < count; i++)
        if (arrays[i].values != NULL &&
            npz_writer_numbers(writer, arrays[i].name, arrays[i].rank, arrays[i].shape, arrays[i].values,
                               false, error) < 0)
            return -1;
    return 0;
}

static int write_method(const struct gaussian_process_model *model, struct npz_writer *writer,
                        struct error *error) {
    const char *method = model->kalman ? "kalman" : model->neighbours > 0 ? "vecchia" : model->method;
    if (method == NULL)
        return 0;
    if (npz_writer_text(writer, "method", method, error) < 0)
        return -1;
    if (model->neighbours > 0 && npz_writer_number(writer, "vecchia", (double)model->neighbours, error) < 0)
        return -1;
    return model->method != NULL ? 0 : npz_writer_number(writer, "jitter", model->jitter, error);
}

static int write_arrays(const struct gaussian_process_model *model, struct npz_writer *writer,
                        struct error *error) {
    size_t n = model->rows, d = model->inputs, q = model->outputs, m = model->inducing;
    const struct array arrays[] = {
        {"noise_rows", model->noise_rows, 1, {n}},
        {"mean_coefficients", model->coefficients, 2, {model->basis_count, q}},
        {"X", model->x, 2, {n, d}},
        {"Y", model->y, 2, {n, q}},
        {"x_shift", model->x_shift, 1, {d}},
        {"x_scale", model->x_scale, 1, {d}},
        {"y_shift", model->y_shift, 1, {q}},
        {"y_scale", model->y_scale, 1, {q}},
        {"chol", model->factor, 2, {n, n}},
        {"alpha", model->alpha, 2, {n, q}},
        {"Z", model->z, 2, {m, d}},
        {"chol_uu", model->factor_uu, 2, {m, m}},
        {"chol_b", model->factor_b, 2, {m, m}},
        {"c", model->c, 2, {m, q}},
        {"order", model->order, 1, {n}},
        {"mean_factor", model->mean_factor, 2, {model->basis_count, model->basis_count}},
        {"mean_c", model->mean_c, 2, {m, model->basis_count}},
    };
    if (npz_writer_text(writer, "kind", "gp", error) < 0 ||
        npz_writer_number(writer, "version", 1, error) < 0 ||
        write_kernel(model->covariance, writer, error) < 0 ||
        npz_writer_number(writer, "noise_variance", model->noise, error) < 0 ||
        npz_writer_number(writer, "noise_fixed", model->noise_fixed, error) < 0 ||
        npz_writer_number(writer, "universal", model->universal, error) < 0 ||
        npz_writer_text(writer, "mean_kind", gaussian_process_model_mean_names[model->mean], error) < 0 ||
        npz_writer_texts(writer, "input_names", d, (const char *const *)model->input_names, error) < 0)
        return -1;
    if (write_method(model, writer, error) < 0)
        return -1;
    if (write_present(writer, arrays, sizeof arrays / sizeof *arrays, error) < 0)
        return -1;
    if (model->scale != NULL && gaussian_process_scale_write(model->scale, model->rows, writer, error) < 0)
        return -1;
    if (model->classes != NULL &&
        gaussian_process_classes_write(model->classes, m, model->scale != NULL, writer, error) < 0)
        return -1;
    return npz_writer_number(writer, "log_marginal_likelihood", model->log_marginal_likelihood, error);
}

int gaussian_process_model_write(const struct gaussian_process_model *model, const char *path,
                                 struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (write_arrays(model, writer, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

/* The numbers of an array of rows x columns, all finite. */
static double *take(struct npz *npz, const char *name, size_t rank, size_t rows, size_t columns,
                    struct error *error) {
    const struct npz_array *array = npz_require(npz, name, rank, error);
    if (array == NULL)
        return NULL;
    if (array->shape[0] != rows || (rank == 2 && array->shape[1] != columns)) {
        error_set(error, "%s: %s: expected %zu x %zu numbers", npz->path, name, rows, columns);
        return NULL;
    }
    for (size_t i = 0; i < array->count; i++)
        if (!isfinite(array->values[i])) {
            error_set(error, "%s: %s: value %zu is not finite", npz->path, name, i + 1);
            return NULL;
        }
    return npz_take_numbers(npz, array);
}

/* A lower factor; what is above its diagonal is not looked at. */
static double *take_factor(struct npz *npz, const char *name, size_t order, struct error *error) {
    const struct npz_array *array = npz_find(npz, name);
    if (array != NULL && strcmp(array->type + 1, "f8") != 0) {
        error_set(error, "%s: %s: expected float64, got '%s': a factor needs all digits", npz->path, name,
                  array->type);
        return NULL;
    }
    double *factor = take(npz, name, 2, order, order, error);
    for (size_t i = 0; factor != NULL && i < order; i++)
        if (!(factor[i * order + i] > 0)) {
            error_set(error, "%s: %s: diagonal entry %zu is not positive", npz->path, name, i + 1);
            free(factor);
            return NULL;
        }
    return factor;
}

static int read_number(const struct npz *npz, const char *name, double *number, struct error *error) {
    const struct npz_array *array = npz_require(npz, name, 0, error);
    if (array == NULL)
        return -1;
    *number = array->values[0];
    return isfinite(*number) ? 0 : error_set(error, "%s: %s is not finite", npz->path, name);
}

static int read_mean(struct gaussian_process_model *model, const struct npz *npz, struct error *error) {
    const char *kind = npz_require_text(npz, "mean_kind", error);
    if (kind == NULL)
        return -1;
    for (int i = 0; gaussian_process_model_mean_names[i] != NULL; i++)
        if (strcmp(kind, gaussian_process_model_mean_names[i]) == 0) {
            model->mean = (enum gaussian_process_mean)i;
            model->basis_count = i == 0 ? 0 : i == 1 ? 1 : 1 + model->inputs;
            return 0;
        }
    return error_set(error, "%s: mean_kind: unknown mean '%.40s'", npz->path, kind);
}

static int read_names(struct gaussian_process_model *model, const struct npz *npz, struct error *error) {
    const struct npz_array *names = npz_find(npz, "input_names");
    if (names == NULL || names->texts == NULL || names->rank != 1 || names->count == 0)
        return error_set(error, "%s: input_names: expected a vector of texts", npz->path);
    model->inputs = names->count;
    model->input_names = memory_zeros(error, names->count, sizeof *model->input_names);
    for (size_t i = 0; model->input_names != NULL && i < names->count; i++) {
        model->input_names[i] = memory_text(error, names->texts[i], strlen(names->texts[i]));
        if (model->input_names[i] == NULL)
            return -1;
    }
    return model->input_names == NULL ? -1 : 0;
}

static int read_kernel(struct gaussian_process_model *model, const struct npz *npz, struct error *error) {
    const char *text = npz_require_text(npz, "kernel", error);
    if (text == NULL)
        return -1;
    struct covariance_inputs inputs = {model->inputs, NULL};
    model->covariance = covariance_parse(text, &inputs, error);
    if (model->covariance != NULL)
        return 0;
    error->usage = false; /* the file is wrong, not the command */
    return error_prefix(error, "%s", npz->path);
}

/* What stands in for a factor: neighbours, or a filter. */
static int read_approach(struct gaussian_process_model *model, const char *method, const struct npz *npz,
                         struct error *error) {
    double neighbours;
    if (read_number(npz, "jitter", &model->jitter, error) < 0)
        return -1;
    if (!(model->jitter >= 0))
        return error_set(error, "%s: jitter is negative", npz->path);
    model->kalman = strcmp(method, "kalman") == 0;
    if (model->kalman)
        return 0;
    if (read_number(npz, "vecchia", &neighbours, error) < 0)
        return -1;
    if (!(neighbours >= 1 && neighbours < COVARIANCE_TILE && neighbours == floor(neighbours)))
        return error_set(error, "%s: vecchia: expected a number from 1 to %d", npz->path,
                         COVARIANCE_TILE - 1);
    model->neighbours = (size_t)neighbours;
    return 0;
}

/* The method of a model without the factor of all rows; an exact one has none. */
static int read_method(struct gaussian_process_model *model, const struct npz *npz, struct error *error) {
    if (npz_find(npz, "method") == NULL)
        return 0;
    const char *method = npz_require_text(npz, "method", error);
    if (method == NULL)
        return -1;
    if (strcmp(method, "kalman") == 0 || strcmp(method, "vecchia") == 0)
        return read_approach(model, method, npz, error);
    for (const char *const *known = gaussian_process_sparse_rows_methods; *known != NULL; known++)
        if (strcmp(method, *known) == 0) {
            model->method = memory_text(error, method, strlen(method));
            return model->method == NULL ? -1 : 0;
        }
    return error_set(error, "%s: method: unknown method '%.40s'", npz->path, method);
}

/* Where the rows stood in the data: a permutation. */
static int read_order(struct gaussian_process_model *model, struct npz *npz, struct error *error) {
    size_t n = model->rows;
    if (npz_find(npz, "order") == NULL)
        return 0;
    unsigned char *seen = memory_zeros(error, n, 1);
    model->order = seen == NULL ? NULL : take(npz, "order", 1, n, 1, error);
    int status = model->order == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < n; i++) {
        double number = model->order[i];
        bool known = number >= 0 && number < (double)n && number == floor(number) && !seen[(size_t)number];
        if (known)
            seen[(size_t)number] = 1;
        else
            status = error_set(error, "%s: order: value %zu is no row, or one that was there before",
                               npz->path, i + 1);
    }
    free(seen);
    return status;
}

/* What universal predictions take where there is no factor of all rows; models may lack it. */
static int read_mean_factor(struct gaussian_process_model *model, struct npz *npz, struct error *error) {
    if (model->basis_count == 0 || npz_find(npz, "mean_factor") == NULL)
        return 0;
    model->mean_factor = take_factor(npz, "mean_factor", model->basis_count, error);
    if (model->mean_factor != NULL && model->method != NULL)
        model->mean_c = take(npz, "mean_c", 2, model->inducing, model->basis_count, error);
    return model->mean_factor == NULL || (model->method != NULL && model->mean_c == NULL) ? -1 : 0;
}

/* What a Kalman filter goes by. */
static int check_ascending(const struct gaussian_process_model *model, const struct npz *npz,
                           struct error *error) {
    struct covariance_states states;
    if (!covariance_states_read(&states, model->covariance))
        return error_set(error, "%s: kernel: it has no states for a Kalman filter", npz->path);
    for (size_t i = 1; i < model->rows; i++)
        if (!(model->x[i] >= model->x[i - 1]))
            return error_set(error, "%s: X: row %zu is below the one before it", npz->path, i + 1);
    for (size_t i = 0; model->noise_rows != NULL && i < model->rows; i++)
        if (!(model->noise_rows[i] >= 0))
            return error_set(error, "%s: noise_rows: value %zu is negative", npz->path, i + 1);
    return 0;
}

/* What only a model of classes has. */
static int read_classes(struct gaussian_process_model *model, struct npz *npz, struct error *error) {
    const struct npz_array *points = npz_require(npz, "Z", 2, error);
    if (points == NULL)
        return -1;
    size_t m = model->inducing = points->shape[0];
    if (m == 0 || model->outputs != 1)
        return error_set(error, "%s: a model of classes has inducing inputs and one output", npz->path);
    model->z = take(npz, "Z", 2, m, model->inputs, error);
    model->factor_uu = model->z == NULL ? NULL : take_factor(npz, "chol_uu", m, error);
    if (model->factor_uu == NULL)
        return -1;
    if (npz_find(npz, "scale_prior") != NULL &&
        (model->scale = gaussian_process_scale_read(npz, 0, 1, error)) == NULL)
        return -1;
    model->classes = gaussian_process_classes_read(npz, m, model->scale != NULL, error);
    return model->classes == NULL ? -1 : 0;
}

/* What only an exact model, or only a sparse one, has. */
static int read_conditions(struct gaussian_process_model *model, struct npz *npz, struct error *error) {
    size_t d = model->inputs, q = model->outputs;
    const struct npz_array *points = npz_require(npz, model->method == NULL ? "X" : "Z", 2, error);
    if (points == NULL)
        return -1;
    size_t count = points->shape[0];
    if (count == 0)
        return error_set(error, "%s: %s: no rows", npz->path, points->name);
    if (model->method != NULL) {
        model->inducing = count;
        model->z = take(npz, "Z", 2, count, d, error);
        model->factor_uu = model->z == NULL ? NULL : take_factor(npz, "chol_uu", count, error);
        model->factor_b = model->factor_uu == NULL ? NULL : take_factor(npz, "chol_b", count, error);
        model->c = model->factor_b == NULL ? NULL : take(npz, "c", 2, count, q, error);
        return model->c == NULL ? -1 : read_mean_factor(model, npz, error);
    }
    model->rows = count;
    model->x = take(npz, "X", 2, count, d, error);
    model->y = model->x == NULL ? NULL : take(npz, "Y", 2, count, q, error);
    if (model->y == NULL)
        return -1;
    if (npz_find(npz, "noise_rows") != NULL &&
        (model->noise_rows = take(npz, "noise_rows", 1, count, 1, error)) == NULL)
        return -1;
    if ((model->kalman || model->neighbours > 0) &&
        (read_order(model, npz, error) < 0 || read_mean_factor(model, npz, error) < 0))
        return -1;
    if (model->kalman)
        return check_ascending(model, npz, error);
    if (npz_find(npz, "scale_prior") != NULL &&
        (model->scale = gaussian_process_scale_read(npz, count, q, error)) == NULL)
        return -1;
    if (model->neighbours > 0 || (model->scale != NULL && model->scale->separate))
        return 0;
    model->factor = take_factor(npz, "chol", count, error);
    model->alpha = model->factor == NULL ? NULL : take(npz, "alpha", 2, count, q, error);
    return model->alpha == NULL ? -1 : 0;
}

static int read_all(struct gaussian_process_model *model, struct npz *npz, struct error *error) {
    double noise_fixed = 0, universal = 0;
    const struct npz_array *scales = npz_require(npz, "y_scale", 1, error);
    if (scales == NULL || read_names(model, npz, error) < 0 || read_kernel(model, npz, error) < 0 ||
        read_number(npz, "noise_variance", &model->noise, error) < 0 ||
        read_number(npz, "log_marginal_likelihood", &model->log_marginal_likelihood, error) < 0 ||
        read_mean(model, npz, error) < 0)
        return -1;
    if (npz_find(npz, "noise_fixed") != NULL && read_number(npz, "noise_fixed", &noise_fixed, error) < 0)
        return -1;
    if (npz_find(npz, "universal") != NULL && read_number(npz, "universal", &universal, error) < 0)
        return -1;
    model->noise_fixed = noise_fixed != 0;
    model->universal = universal != 0;
    if (!(model->noise >= 0))
        return error_set(error, "%s: noise_variance is negative", npz->path);
    model->outputs = scales->count;
    if (model->outputs == 0)
        return error_set(error, "%s: y_scale: no outputs", npz->path);
    size_t d = model->inputs, q = model->outputs;
    if (read_method(model, npz, error) < 0)
        return -1;
    if ((model->coefficients = take(npz, "mean_coefficients", 2, model->basis_count, q, error)) == NULL ||
        (model->x_shift = take(npz, "x_shift", 1, d, 1, error)) == NULL ||
        (model->x_scale = take(npz, "x_scale", 1, d, 1, error)) == NULL ||
        (model->y_shift = take(npz, "y_shift", 1, q, 1, error)) == NULL ||
        (model->y_scale = take(npz, "y_scale", 1, q, 1, error)) == NULL)
        return -1;
    for (size_t i = 0; i < d + q; i++)
        if (!((i < d ? model->x_scale[i] : model->y_scale[i - d]) > 0))
            return error_set(error, "%s: %s: scales must be positive", npz->path,
                             i < d ? "x_scale" : "y_scale");
    return npz_find(npz, "likelihood") != NULL ? read_classes(model, npz, error)
                                               : read_conditions(model, npz, error);
}

int gaussian_process_model_read(struct gaussian_process_model *model, const char *operand,
                                struct error *error) {
    *model = (struct gaussian_process_model){0};
    struct npz *npz = npz_read(operand, error);
    if (npz == NULL)
        return -1;
    const char *kind = npz_require_text(npz, "kind", error);
    int status = kind == NULL ? -1 : 0;
    if (kind != NULL && strcmp(kind, "gp") != 0)
        status = error_set(error, "%s: kind is '%.40s', expected 'gp'", npz->path, kind);
    if (status == 0)
        status = read_all(model, npz, error);
    npz_free(npz);
    if (status < 0)
        gaussian_process_model_free(model);
    return status;
}
