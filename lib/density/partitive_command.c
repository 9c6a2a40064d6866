#include "density/partitive_command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/kmeans_distinct.h"
#include "density/kmeans_model.h"
#include "density/mixture_output.h"
#include "density/mixture_start.h"
#include "density/partitive.h"
#include "io/row_writer.h"

/* From so many rows on runs are made on cells. */
enum { MANY_ROWS = 20000, CELLS = 2000, COLUMNS = 4, TABLE_COLUMNS = 10 };

/* The rows as mixtures want them, x / scale - mean. */
struct prepared {
    double *values, *mean, *scale; /* scale: NULL, or the columns' deviations */
    struct mixture_rows rows;
};

static void prepared_free(struct prepared *prepared) {
    free(prepared->values);
    free(prepared->mean);
    free(prepared->scale);
}

static int prepare(struct prepared *prepared, const struct kmeans_data *data, bool standardize,
                   struct error *error) {
    size_t n = data->rows, d = data->columns;
    if (kmeans_check(data, error) < 0)
        return -1;
    prepared->values = memory_matrix(error, n, d, sizeof(double));
    prepared->mean = memory_array(error, d, sizeof(double));
    prepared->scale = standardize ? memory_array(error, d, sizeof(double)) : NULL;
    if (prepared->values == NULL || prepared->mean == NULL || (standardize && prepared->scale == NULL))
        return -1;
    if (standardize && kmeans_model_deviations(data, prepared->scale, error) < 0)
        return -1;
    for (size_t i = 0; i < n * d; i++)
        prepared->values[i] = data->points[i] / (standardize ? prepared->scale[i % d] : 1);
    mixture_start_centre(n, d, data->weights, prepared->values, prepared->mean);
    prepared->rows = (struct mixture_rows){
        .rows = n, .dimensions = d, .values = prepared->values, .weights = data->weights};
    for (size_t i = 0; i < n; i++)
        prepared->rows.total += data->weights != NULL ? data->weights[i] : 1;
    return 0;
}

/* The range of k. A range that was not asked for ends at the number of distinct rows. */
static int find_range(struct command *command, const struct kmeans_options *options,
                      const struct kmeans_data *data, size_t *least, size_t *most) {
    size_t distinct;
    *least = options->least;
    *most = options->most;
    if (kmeans_distinct(data, options->most, &distinct, &command->error) < 0)
        return -1;
    if (distinct >= *most)
        return 0;
    if (command_given(command, "clusters"))
        return error_set(&command->error, "%zu clusters but %zu distinct row%s", *most, distinct,
                         distinct == 1 ? "" : "s");
    *most = distinct;
    return 0;
}

static int close_writer(struct row_writer *writer, int status, struct error *error) {
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int write_rows(struct command *command, const struct partitive *result) {
    static const char *const names[COLUMNS] = {"label", "posterior", "stability", "core"};
    size_t rows = result->all.rows;
    struct row_writer *writer =
        row_writer_open(&command->output, COLUMNS, names, (int64_t)rows, &command->error);
    int status = writer != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < rows; i++) {
        const double row[COLUMNS] = {(double)result->labels[i] + 1, result->posterior[i],
                                     result->stability[i], result->core[i]};
        status = row_writer_rows(writer, row, 1, &command->error);
    }
    return close_writer(writer, status, &command->error);
}

static int write_table(const struct partitive *result, const char *path, struct error *error) {
    static const char *const names[TABLE_COLUMNS] = {
        "k",         "inertia",   "log_likelihood", "bic",        "icl",
        "agreement", "stability", "silhouette",     "separation", "chosen"};
    const struct row_layout layout = {.path = path};
    struct row_writer *writer = row_writer_open(&layout, TABLE_COLUMNS, names, -1, error);
    int status = writer != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < result->count; i++) {
        const struct partitive_candidate *one = &result->candidates[i];
        const double row[TABLE_COLUMNS] = {(double)one->clusters,
                                           one->inertia,
                                           one->mixture.fit.log_likelihood,
                                           one->mixture.criteria.bic,
                                           one->mixture.criteria.icl,
                                           one->agreement,
                                           one->stability,
                                           one->silhouette,
                                           one->separation,
                                           i == result->chosen};
        if (!one->failed)
            status = row_writer_rows(writer, row, 1, error);
    }
    return close_writer(writer, status, error);
}

static int write_core(const struct partitive *result, const struct kmeans_input *input, const char *path,
                      struct error *error) {
    const struct row_layout layout = {.path = path};
    size_t d = input->rows.columns;
    struct row_writer *writer = row_writer_open(&layout, d, (const char *const *)input->rows.names,
                                                (int64_t)result->core_set.rows, error);
    int status = writer != NULL ? 0 : -1;
    for (size_t i = 0; status == 0 && i < input->rows.rows; i++)
        if (result->core[i])
            status = row_writer_rows(writer, input->rows.values + i * d, 1, error);
    return close_writer(writer, status, error);
}

/* The mixture in the data's units: spheres have axes of their own there. NULL: error says why. */
static struct gaussian_mixture *restore(const struct prepared *prepared,
                                        const struct gaussian_mixture *mixture, struct error *error) {
    size_t d = mixture->dimensions, k = mixture->components;
    bool full = mixture->type == GAUSSIAN_MIXTURE_FULL || mixture->type == GAUSSIAN_MIXTURE_TIED;
    enum gaussian_mixture_type type = mixture->type;
    if (prepared->scale != NULL && type == GAUSSIAN_MIXTURE_SPHERICAL)
        type = GAUSSIAN_MIXTURE_DIAGONAL;
    if (prepared->scale != NULL && type == GAUSSIAN_MIXTURE_TIED_SPHERICAL)
        type = GAUSSIAN_MIXTURE_TIED_DIAGONAL;
    size_t count = gaussian_mixture_covariance_count(type, k, d);
    size_t repeat = count / gaussian_mixture_covariance_count(mixture->type, k, d); /* d for spheres */
    struct gaussian_mixture *restored = gaussian_mixture_create(k, d, type, error);
    if (restored == NULL)
        return NULL;
    memcpy(restored->weights, mixture->weights, k * sizeof(double));
    for (size_t i = 0; i < k * d; i++)
        restored->means[i] = (mixture->means[i] + prepared->mean[i % d]) *
                             (prepared->scale != NULL ? prepared->scale[i % d] : 1);
    for (size_t i = 0; i < count; i++) {
        double factor = 1;
        if (prepared->scale != NULL)
            factor = prepared->scale[i % d] * prepared->scale[full ? i / d % d : i % d];
        restored->covariances[i] = mixture->covariances[i / repeat] * factor;
    }
    return restored;
}

static int write_mixture(const struct partitive *result, const struct prepared *prepared, const char *path,
                         struct error *error) {
    struct mixture_fit fit = result->mixture.fit;
    struct mixture_criteria criteria = result->mixture.criteria;
    double shift = 0; /* of log densities, by the change of units */
    for (size_t j = 0; prepared->scale != NULL && j < prepared->rows.dimensions; j++)
        shift -= prepared->rows.total * log(prepared->scale[j]);
    fit.log_likelihood += shift;
    criteria.bic -= 2 * shift;
    criteria.aic -= 2 * shift;
    criteria.icl -= 2 * shift;
    fit.mixture = restore(prepared, result->mixture.fit.mixture, error);
    if (fit.mixture == NULL)
        return -1;
    int status = mixture_output_model(path, &fit, &criteria, prepared->rows.total, error);
    gaussian_mixture_free(fit.mixture);
    return status;
}

static void tell(struct command *command, const struct partitive *result, size_t columns) {
    const struct partitive_set *all = &result->all, *core = &result->core_set;
    size_t components = result->mixture.fit.mixture->components;
    report_number(&command->report, "rows", (double)all->rows);
    report_number(&command->report, "columns", (double)columns);
    report_number(&command->report, "clusters", (double)components);
    report_number(&command->report, "merged", (double)result->merged);
    report_number(&command->report, "core_rows", (double)core->rows);
    report_number(&command->report, "silhouette", all->silhouette);
    report_number(&command->report, "core_silhouette", core->silhouette);
    report_number(&command->report, "separation", all->separation);
    report_number(&command->report, "core_separation", core->separation);
    report_text(&command->report, "converged", result->mixture.fit.converged ? "yes" : "no");
    command_note(command, "%zu cluster%s; %zu of %zu rows are core", components, components == 1 ? "" : "s",
                 core->rows, all->rows);
    if (components > 1)
        command_note(command, "silhouette %.4g, of the core %.4g; separation %.4g, of the core %.4g",
                     all->silhouette, core->silhouette, all->separation, core->separation);
    command->unconverged = !result->mixture.fit.converged;
    if (command->unconverged)
        command_note(command, "the mixture has not converged after %zu steps",
                     result->mixture.fit.iterations);
}

static int write_all(struct command *command, const struct kmeans_options *options,
                     const struct kmeans_input *input, const struct prepared *prepared,
                     const struct partitive *result) {
    struct error *error = &command->error;
    if (options->table != NULL && write_table(result, options->table, error) < 0)
        return -1;
    if (options->core_only != NULL && write_core(result, input, options->core_only, error) < 0)
        return -1;
    if (options->mixture != NULL && write_mixture(result, prepared, options->mixture, error) < 0)
        return -1;
    return write_rows(command, result);
}

/* Finds the partition of what was prepared. */
static int partition(struct command *command, const struct kmeans_options *options,
                     const struct prepared *prepared, struct partitive *result) {
    const struct mixture_rows *rows = &prepared->rows;
    const struct kmeans_data data = {rows->rows, rows->dimensions, rows->values, rows->weights};
    struct partitive_settings settings = {
        .runs = options->runs,
        .cells = options->cells,
        .core_threshold = options->core_threshold,
        .type = (enum gaussian_mixture_type)options->covariance,
        .tolerance = command->tolerance,
        .max_iterations = command->max_iterations,
        .seed = command->seed,
        .threads = command->threads,
        .progress = &command->progress,
    };
    if (options->cells == OPTION_COUNT_NONE)
        settings.cells = rows->rows > MANY_ROWS ? CELLS : 0;
    if (find_range(command, options, &data, &settings.least, &settings.most) < 0)
        return -1;
    if (settings.cells != 0 && settings.cells < settings.most)
        return error_set_usage(&command->error, "--cells: %zu are too few for %zu clusters", settings.cells,
                               settings.most);
    return partitive_make(rows, &settings, result, &command->error);
}

int partitive_command_run(struct command *command, const struct kmeans_options *options,
                          const struct kmeans_input *input) {
    const struct kmeans_data data = kmeans_input_data(input);
    struct prepared prepared = {0};
    struct partitive result = {0};
    int status = prepare(&prepared, &data, options->standardize, &command->error);
    if (status == 0)
        status = partition(command, options, &prepared, &result);
    if (status < 0 && !command->error.usage)
        error_prefix(&command->error, "%s", input->name);
    if (status == 0) {
        tell(command, &result, data.columns);
        status = write_all(command, options, input, &prepared, &result);
    }
    partitive_free(&result);
    prepared_free(&prepared);
    return status;
}
