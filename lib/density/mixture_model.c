#include "density/mixture_model.h"

#include "io/row_input.h"
#include "num/gaussian_mixture_derived.h"
#include "num/gaussian_mixture_model.h"
#include "num/row_map.h"

enum { PIECE_ROWS = 1024 };

/* Puts `made`, which may be NULL, in the mixture's place. */
static int replace(struct mixture_model *model, struct gaussian_mixture *made) {
    if (made == NULL)
        return -1;
    gaussian_mixture_free(model->mixture);
    model->mixture = made;
    return 0;
}

static int cut(struct mixture_model *model, const char *typed, struct error *error) {
    if (column_list_read(&model->kept, typed, model->file_columns, NULL, error) < 0)
        return error_prefix(error, "--marginal");
    struct gaussian_mixture *made =
        gaussian_mixture_derived_marginal(model->mixture, model->kept.indices, model->kept.count, error);
    return made != NULL ? replace(model, made) : error_prefix(error, "--marginal");
}

int mixture_model_read(struct mixture_model *model, const struct mixture_model_settings *settings,
                       struct error *error) {
    *model = (struct mixture_model){.mixture = gaussian_mixture_model_read(settings->operand, error)};
    if (model->mixture == NULL)
        return -1;
    model->file_columns = model->mixture->dimensions;
    int status = settings->marginal != NULL ? cut(model, settings->marginal, error) : 0;
    if (status == 0 && (settings->alpha != 1 || settings->sigma != 0)) {
        status = replace(
            model, gaussian_mixture_derived_noised(model->mixture, settings->alpha, settings->sigma, error));
        if (status < 0)
            error_prefix(error, "%s", settings->operand);
    }
    if (status < 0)
        mixture_model_free(model);
    return status;
}

/* row_map_function: the columns that the model kept. */
static void select_columns(const void *context, size_t rows, const double *values, double *results,
                           double *workspace) {
    (void)workspace;
    const struct mixture_model *model = context;
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < model->kept.count; j++)
            results[row * model->kept.count + j] = values[row * model->file_columns + model->kept.indices[j]];
}

struct row_stream *mixture_model_open_rows(const struct mixture_model *model, const char *const *operand,
                                           const struct row_format *format, size_t columns,
                                           struct error *error) {
    const struct row_input_settings input = {.format = format};
    struct row_stream *rows = row_input_open(operand, 1, &input, error);
    if (rows == NULL)
        return NULL;
    const struct row_map selection = {.function = select_columns,
                                      .context = model,
                                      .columns = model->kept.count,
                                      .piece_rows = PIECE_ROWS,
                                      .threads = 1};
    int status = 0;
    if (model->kept.count > 0 && columns == model->kept.count && rows->columns == model->file_columns)
        status = row_map_push(&rows, &selection, error);
    if (status == 0 && rows->columns != columns)
        status = error_set(error, "data have %zu %s, the model %zu", rows->columns,
                           rows->columns == 1 ? "column" : "columns", columns);
    if (status == 0)
        return rows;
    row_stream_free(rows);
    return NULL;
}

void mixture_model_free(struct mixture_model *model) {
    gaussian_mixture_free(model->mixture);
    column_list_free(&model->kept);
    *model = (struct mixture_model){0};
}
