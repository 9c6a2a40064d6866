/* gmmsample - draw rows from a Gaussian mixture. */

#include "base/command.h"
#include "density/mixture_condition.h"
#include "density/mixture_draws.h"
#include "density/mixture_model.h"
#include "io/column_names.h"

struct settings {
    struct mixture_model_settings model;
    const char *given;
    bool labels, stratified;
    size_t samples;
};

static const struct option_entry own_options[] = {
    OPTION_COUNT('n', "samples", struct settings, samples, "N", 1, 0x1p62, "rows to draw"),
    OPTION_FLAG(0, "labels", struct settings, labels, "add a column: the component, from 1"),
    OPTION_FLAG(0, "stratified", struct settings, stratified, "N w_k rows of component k, in order"),
    OPTION_NUMBER(0, "sigma", struct settings, model.sigma, "S", 0, 1e150, "draw from A X + S Z"),
    OPTION_NUMBER(0, "alpha", struct settings, model.alpha, "A", 0, 1e150, "A of --sigma"),
    OPTION_TEXT(0, "given", struct settings, given, "J=V,...", "the other columns where column J is V"),
    OPTION_END,
};

static const char *const examples[] = {
    "gmmsample -n 1e6 -b m.npz > x.npy",
    "gmmsample -n 100 --given 1=0.5 m.npz    of the other columns, where x1 is 0.5",
    NULL,
};

static const struct command_description description = {
    .name = "gmmsample",
    .operands = "[options] [MODEL]",
    .purpose = "Rows drawn from a Gaussian mixture.",
    .own_options = own_options,
    .shared_options = OPTIONS_TABLE | OPTIONS_SEED,
    .examples = examples,
    .operands_max = 1,
};

/* Columns of what is drawn, and the label's. */
static int finish_names(struct column_names *names, const struct settings *settings,
                        const struct gaussian_mixture *mixture, struct error *error) {
    if (settings->given == NULL && column_names_add_range(names, "x", mixture->dimensions, error) < 0)
        return -1;
    return settings->labels ? column_names_add(names, "label", error) : 0;
}

static int draw(struct command *command, const struct settings *settings,
                const struct gaussian_mixture *mixture, struct column_names *names) {
    uint64_t rows;
    if (finish_names(names, settings, mixture, &command->error) < 0)
        return -1;
    const struct mixture_draws_settings draws = {
        .mixture = mixture,
        .count = settings->samples,
        .labels = settings->labels,
        .stratified = settings->stratified,
        .names = (const char *const *)names->names,
        .seed = command->seed,
        .threads = command->threads,
    };
    struct row_stream *stream = mixture_draws_open(&draws, &command->error);
    int status = stream == NULL
                     ? -1
                     : row_stream_write(stream, &command->output, &command->progress, &rows, &command->error);
    report_number(&command->report, "rows", (double)settings->samples);
    report_number(&command->report, "components", (double)mixture->components);
    report_number(&command->report, "dimensions", (double)mixture->dimensions);
    row_stream_free(stream);
    return status;
}

static int run(struct command *command, struct settings *settings) {
    struct mixture_model model;
    struct column_names names = {0};
    struct gaussian_mixture *conditioned = NULL;
    settings->model.operand = command_operand(command, 0, 1);
    if (mixture_model_read(&model, &settings->model, &command->error) < 0)
        return -1;
    if (settings->given != NULL)
        conditioned = mixture_condition_apply(model.mixture, settings->given, &names, &command->error);
    int status = -1;
    if (settings->given == NULL || conditioned != NULL)
        status = draw(command, settings, conditioned != NULL ? conditioned : model.mixture, &names);
    gaussian_mixture_free(conditioned);
    mixture_model_free(&model);
    column_names_free(&names);
    return status;
}

int main(int argc, char **argv) {
    struct settings settings = {.model = {.alpha = 1}, .samples = 1};
    struct command command;
    command_start(&command, &description, &settings, argc, argv);
    return command_finish(&command, run(&command, &settings));
}
