#include "num/row_pipeline.h"

#include <math.h>

#include "io/column_list.h"
#include "io/row_input.h"
#include "io/row_paste.h"
#include "io/row_replay.h"
#include "io/row_selection.h"
#include "io/row_thinning.h"
#include "num/column_scale.h"
#include "num/one_hot.h"
#include "num/row_sampling.h"
#include "num/row_split.h"
#include "num/row_transform.h"
#include "num/row_transpose.h"

/* An option as typed, and whether it was. */
struct asked {
    const char *name;
    bool asked;
};

/* At most one of a list that ends with a NULL name may be asked for. */
static int check_exclusive(const struct asked *list, struct error *error) {
    const char *first = NULL;
    for (; list->name != NULL; list++) {
        if (list->asked && first != NULL)
            return error_set_usage(error, "--%s and --%s exclude each other", first, list->name);
        if (list->asked)
            first = list->name;
    }
    return 0;
}

static int check_needs(const struct asked *option, const struct asked *needed, struct error *error) {
    if (!option->asked || needed->asked)
        return 0;
    return error_set_usage(error, "--%s needs --%s", option->name, needed->name);
}

int row_pipeline_check(const struct row_pipeline_settings *s, struct error *error) {
    const struct asked samplings[] = {{"sample", s->sample != ROW_PIPELINE_NONE},
                                      {"sample-fraction", !isnan(s->sample_fraction)},
                                      {"bootstrap", s->bootstrap},
                                      {NULL, false}};
    const struct asked scalings[] = {{"center", s->center},
                                     {"standardize", s->standardize},
                                     {"scale", s->scale != NULL},
                                     {"unscale", s->unscale != NULL},
                                     {NULL, false}};
    const struct asked transforms[] = {{"normalize", s->normalize},
                                       {"softmax", s->softmax},
                                       {"log-softmax", s->log_softmax},
                                       {"log", s->log},
                                       {"exp", s->exp},
                                       {NULL, false}};
    const struct asked fitted[] = {{"split", !isnan(s->split)},
                                   {"center", s->center},
                                   {"standardize", s->standardize},
                                   {"transpose", s->transpose},
                                   {NULL, false}};
    const struct asked pasted[] = {{"paste", s->paste}, {"factor", s->factor != NULL}, {NULL, false}};
    if (check_exclusive(samplings, error) < 0 || check_exclusive(scalings, error) < 0 ||
        check_exclusive(transforms, error) < 0 || check_exclusive(pasted, error) < 0)
        return -1;
    for (size_t i = 1; fitted[i].name != NULL; i++) {
        const struct asked pair[] = {fitted[0], fitted[i], {NULL, false}};
        if (check_exclusive(pair, error) < 0)
            return -1;
    }
    if (s->save_scale != NULL && !s->center && !s->standardize)
        return error_set_usage(error, "--save-scale needs --center or --standardize");
    if (check_needs(&(struct asked){"levels", s->levels != NULL},
                    &(struct asked){"factor", s->factor != NULL}, error) < 0 ||
        check_needs(&(struct asked){"classes", s->classes != ROW_PIPELINE_NONE},
                    &(struct asked){"one-hot", s->one_hot != NULL}, error) < 0)
        return -1;
    return check_needs(&(struct asked){"stratify", s->stratify != NULL}, &fitted[0], error);
}

/* The one column that an option names, as counted in the chain. */
static int find_column(const struct row_stream *chain, const char *option, const char *typed, size_t *column,
                       struct error *error) {
    struct column_list list = {0};
    if (column_list_read(&list, typed, chain->columns, chain->names, error) < 0)
        return error_prefix(error, "--%s", option);
    size_t count = list.count;
    *column = count > 0 ? list.indices[0] : 0;
    column_list_free(&list);
    if (count != 1)
        return error_set_usage(error, "--%s: expected one column, got %zu", option, count);
    return 0;
}

static int push_one_hot(struct row_pipeline *pipeline, const struct row_pipeline_settings *settings,
                        struct error *error) {
    size_t column, classes = settings->classes;
    if (find_column(pipeline->top, "one-hot", settings->one_hot, &column, error) < 0)
        return -1;
    const struct word_codes *words = settings->paste ? NULL : row_input_words(pipeline->input, column);
    if (classes == ROW_PIPELINE_NONE && words != NULL && settings->levels != NULL)
        classes = words->fixed;
    if (classes == ROW_PIPELINE_NONE && !pipeline->top->rewindable)
        return error_set(error, "--one-hot needs --classes or --levels where the input cannot be read twice");
    if (classes == ROW_PIPELINE_NONE && one_hot_count_classes(pipeline->top, column, &classes, error) < 0)
        return -1;
    return one_hot_push(&pipeline->top, column, classes, error);
}

static int push_rows(struct row_stream **chain, const struct row_pipeline_settings *settings,
                     struct error *error) {
    if (settings->rows != NULL && row_selection_push(chain, settings->rows, error) < 0)
        return -1;
    if (settings->head != ROW_PIPELINE_NONE && row_selection_push_head(chain, settings->head, error) < 0)
        return -1;
    if (settings->tail != ROW_PIPELINE_NONE && row_selection_push_tail(chain, settings->tail, error) < 0)
        return -1;
    if (settings->every != ROW_PIPELINE_NONE && row_thinning_push(chain, settings->every, error) < 0)
        return -1;
    return 0;
}

static int push_sampling(struct row_stream **chain, const struct row_pipeline_settings *settings,
                         struct error *error) {
    uint64_t seed = settings->seed;
    const char *filter = settings->filter;
    int status = 0;
    if (settings->sample != ROW_PIPELINE_NONE)
        status = row_sampling_push_count(chain, settings->sample, seed, filter, error);
    else if (!isnan(settings->sample_fraction))
        status = row_sampling_push_fraction(chain, settings->sample_fraction, seed, filter, error);
    else if (settings->bootstrap)
        status = row_sampling_push_bootstrap(chain, seed, filter, error);
    if (status == 0 && settings->shuffle)
        status = row_sampling_push_shuffle(chain, seed, filter, error);
    return status;
}

static int push_split(struct row_pipeline *pipeline, const struct row_pipeline_settings *settings,
                      struct error *error) {
    struct row_split_settings split = {.fraction = settings->split,
                                       .column = ROW_SPLIT_NO_COLUMN,
                                       .seed = settings->seed,
                                       .filter = settings->filter};
    if (settings->stratify != NULL &&
        find_column(pipeline->top, "stratify", settings->stratify, &split.column, error) < 0)
        return -1;
    if (row_replay_push(&pipeline->top, ROW_REPLAY_BYTES, error) < 0 ||
        row_split_push(&pipeline->top, &split, error) < 0)
        return -1;
    pipeline->split = pipeline->top;
    return 0;
}

/* Takes means and deviations from the rows themselves, and has the rows read again to apply them. */
static int push_fitted_scale(struct row_stream **chain, const struct row_pipeline_settings *settings,
                             struct error *error) {
    struct column_scale scale;
    if (row_replay_push(chain, ROW_REPLAY_BYTES, error) < 0 ||
        column_scale_fit(&scale, *chain, settings->center, settings->threads, error) < 0)
        return -1;
    int status = 0;
    if (settings->save_scale != NULL)
        status = column_scale_write(&scale, settings->save_scale, error);
    if (status == 0)
        status = row_stream_rewind(*chain, error);
    if (status == 0)
        status = column_scale_push(chain, &scale, COLUMN_SCALE_APPLY, error);
    column_scale_free(&scale);
    return status;
}

static int push_read_scale(struct row_stream **chain, const char *path, enum column_scale_direction direction,
                           struct error *error) {
    struct column_scale scale = {0};
    struct npz *npz = npz_read(path, error);
    if (npz == NULL)
        return -1;
    int status = column_scale_take(&scale, npz, error);
    npz_free(npz);
    if (status == 0 && column_scale_push(chain, &scale, direction, error) < 0)
        status = error_prefix(error, "%s", path);
    column_scale_free(&scale);
    return status;
}

static int push_scale(struct row_stream **chain, const struct row_pipeline_settings *settings,
                      struct error *error) {
    if (settings->center || settings->standardize)
        return push_fitted_scale(chain, settings, error);
    if (settings->scale != NULL)
        return push_read_scale(chain, settings->scale, COLUMN_SCALE_APPLY, error);
    if (settings->unscale != NULL)
        return push_read_scale(chain, settings->unscale, COLUMN_SCALE_UNDO, error);
    return 0;
}

static int push_transform(struct row_stream **chain, const struct row_pipeline_settings *settings,
                          struct error *error) {
    const bool asked[] = {[ROW_TRANSFORM_NORMALIZE] = settings->normalize,
                          [ROW_TRANSFORM_SOFTMAX] = settings->softmax,
                          [ROW_TRANSFORM_LOG_SOFTMAX] = settings->log_softmax,
                          [ROW_TRANSFORM_LOG] = settings->log,
                          [ROW_TRANSFORM_EXP] = settings->exp};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (asked[i] && row_transform_push(chain, (enum row_transform)i, error) < 0)
            return -1;
    return settings->transpose ? row_transpose_push(chain, error) : 0;
}

static int open_input(struct row_pipeline *pipeline, const char *const *operands, size_t count,
                      const struct row_pipeline_settings *settings, struct error *error) {
    struct row_input_settings input = {
        .format = &pipeline->format, .levels = settings->levels, .any_names = settings->any_names};
    pipeline->top = settings->paste ? row_paste_open(operands, count, &pipeline->format, error)
                                    : row_input_open(operands, count, &input, error);
    pipeline->input = pipeline->top;
    return pipeline->top != NULL ? 0 : -1;
}

int row_pipeline_open(struct row_pipeline *pipeline, const char *const *operands, size_t count,
                      const struct row_format *format, const struct row_pipeline_settings *settings,
                      struct error *error) {
    *pipeline = (struct row_pipeline){.format = *format};
    pipeline->format.text = settings->factor;
    if (open_input(pipeline, operands, count, settings, error) < 0)
        return -1;
    if (settings->one_hot != NULL && push_one_hot(pipeline, settings, error) < 0)
        return -1;
    if (push_rows(&pipeline->top, settings, error) < 0 || push_sampling(&pipeline->top, settings, error) < 0)
        return -1;
    if (!isnan(settings->split) && push_split(pipeline, settings, error) < 0)
        return -1;
    if (push_scale(&pipeline->top, settings, error) < 0)
        return -1;
    return push_transform(&pipeline->top, settings, error);
}

int row_pipeline_take_rest(struct row_pipeline *pipeline, struct error *error) {
    row_split_choose_rest(pipeline->split);
    if (row_stream_rewind(pipeline->top, error) < 0)
        return -1;
    pipeline->top->rows_total = pipeline->split->rows_total; /* what is above a split keeps every row */
    return 0;
}

void row_pipeline_close(struct row_pipeline *pipeline) {
    row_stream_free(pipeline->top);
    *pipeline = (struct row_pipeline){0};
}
