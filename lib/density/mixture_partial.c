#include "density/mixture_partial.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_input.h"
#include "density/mixture_partial_finish.h"
#include "density/mixture_start.h"
#include "density/mixture_step.h"
#include "io/partial_file.h"
#include "io/partial_options.h"
#include "num/gaussian_mixture_model.h"

/* clang-format off: a table */
#define ARRAYS(products_, total_, covariances_)                                                              \
    {                                                                                                        \
        [MIXTURE_PARTIAL_N] = {"n", "", PARTIAL_SUM},                                                        \
        [MIXTURE_PARTIAL_LOG_LIKELIHOOD] = {"log_likelihood", "", PARTIAL_SUM},                              \
        [MIXTURE_PARTIAL_ENTROPY] = {"entropy", "", PARTIAL_SUM},                                            \
        [MIXTURE_PARTIAL_COUNTS] = {"counts", "K", PARTIAL_SUM},                                             \
        [MIXTURE_PARTIAL_SUMS] = {"sums", "Kd", PARTIAL_SUM},                                                \
        [MIXTURE_PARTIAL_PRODUCTS] = {"products", products_, PARTIAL_SUM},                                   \
        [MIXTURE_PARTIAL_NOISE_COUNT] = {"noise_count", "", PARTIAL_SUM},                                    \
        [MIXTURE_PARTIAL_TOTAL_SUMS] = {"total_sums", "d", PARTIAL_SUM},                                     \
        [MIXTURE_PARTIAL_TOTAL_PRODUCTS] = {"total_products", total_, PARTIAL_SUM},                          \
        [MIXTURE_PARTIAL_WEIGHTS] = {"weights", "K", PARTIAL_SAME},                                          \
        [MIXTURE_PARTIAL_MEANS] = {"means", "Kd", PARTIAL_SAME},                                             \
        [MIXTURE_PARTIAL_COVARIANCES] = {"covariances", covariances_, PARTIAL_SAME},                         \
        [MIXTURE_PARTIAL_NOISE] = {"noise", "p", PARTIAL_SAME},                                              \
        [MIXTURE_PARTIAL_ORIGIN] = {"origin", "d", PARTIAL_SAME},                                            \
    }

static const struct partial_sum_description arrays[GAUSSIAN_MIXTURE_TYPES][MIXTURE_PARTIAL_ARRAYS] = {
    [GAUSSIAN_MIXTURE_FULL] = ARRAYS("Kdd", "dd", "Kdd"),
    [GAUSSIAN_MIXTURE_TIED] = ARRAYS("Kdd", "dd", "dd"),
    [GAUSSIAN_MIXTURE_DIAGONAL] = ARRAYS("Kd", "d", "Kd"),
    [GAUSSIAN_MIXTURE_TIED_DIAGONAL] = ARRAYS("Kd", "d", "d"),
    [GAUSSIAN_MIXTURE_SPHERICAL] = ARRAYS("Kd", "d", "K"),
    [GAUSSIAN_MIXTURE_TIED_SPHERICAL] = ARRAYS("Kd", "d", ""),
};
/* clang-format on */

static const struct partial_finish finishes[] = {
    {"gmm", mixture_partial_finish_step},
    {"start", mixture_partial_finish_start},
    {"objective", mixture_partial_finish_objective},
};

#define DESCRIPTION(type_, word_)                                                                            \
    [type_] = {.filter = "gmmfit",                                                                           \
               .sum_count = MIXTURE_PARTIAL_ARRAYS,                                                          \
               .sums = arrays[type_],                                                                        \
               .finish_count = sizeof finishes / sizeof *finishes,                                           \
               .finishes = finishes,                                                                         \
               .option = "covariance",                                                                       \
               .value = word_}

const struct partial_description mixture_partial_descriptions[GAUSSIAN_MIXTURE_TYPES] = {
    DESCRIPTION(GAUSSIAN_MIXTURE_FULL, "full"),
    DESCRIPTION(GAUSSIAN_MIXTURE_TIED, "tied"),
    DESCRIPTION(GAUSSIAN_MIXTURE_DIAGONAL, "diagonal"),
    DESCRIPTION(GAUSSIAN_MIXTURE_TIED_DIAGONAL, "tied-diagonal"),
    DESCRIPTION(GAUSSIAN_MIXTURE_SPHERICAL, "spherical"),
    DESCRIPTION(GAUSSIAN_MIXTURE_TIED_SPHERICAL, "tied-spherical"),
};

/* What a part is made of. */
struct making {
    struct command *command;
    const struct mixture_options *options;
    struct gaussian_mixture *model; /* as in its file */
    struct mixture_input input;     /* counted from the origin */
    struct partial *partial;
};

static int describe(struct making *making) {
    const struct mixture_options *options = making->options;
    struct error *error = &making->command->error;
    const char *covariance = gaussian_mixture_type_names[making->model->type];
    struct partial_options text = {0};
    int status = -1;
    if (partial_options_text(&text, "result", "gmm", error) == 0 &&
        partial_options_text(&text, "covariance", covariance, error) == 0 &&
        partial_options_number(&text, "floor", options->floor, error) == 0 &&
        partial_options_number(&text, "ridge", options->ridge, error) == 0 &&
        partial_options_text(&text, "prior", options->prior == 1 ? "conjugate" : "none", error) == 0 &&
        partial_options_number(&text, "dirichlet", options->dirichlet, error) == 0 &&
        partial_options_text(&text, "fix", options->fix, error) == 0)
        status = partial_describe(making->partial, text.text, making->input.rows.rows,
                                  &making->command->input, error);
    free(text.text);
    return status;
}

/* The words of an array to be filled in. */
static double *words(const struct making *making, enum mixture_partial_array array) {
    return making->partial->sums[array].words;
}

static void fill_start(const struct making *making) {
    const struct gaussian_mixture *model = making->model;
    size_t components = model->components, d = model->dimensions;
    memcpy(words(making, MIXTURE_PARTIAL_WEIGHTS), model->weights, components * sizeof(double));
    memcpy(words(making, MIXTURE_PARTIAL_MEANS), model->means, components * d * sizeof(double));
    memcpy(words(making, MIXTURE_PARTIAL_COVARIANCES), model->covariances,
           gaussian_mixture_covariance_count(model->type, components, d) * sizeof(double));
    memcpy(words(making, MIXTURE_PARTIAL_ORIGIN), making->input.mean, d * sizeof(double));
    if (model->noise_weight > 0) {
        words(making, MIXTURE_PARTIAL_NOISE)[0] = model->noise_weight;
        words(making, MIXTURE_PARTIAL_NOISE)[1] = model->noise_log_density;
    }
}

/* Products of `count` components: a triangle packed by rows becomes a matrix, a diagonal stays. */
static void unpack(size_t count, size_t d, const struct mixture_sums *sums, double *products) {
    const double *second = sums->second;
    if (sums->seconds == d) {
        memcpy(products, second, count * d * sizeof *products);
        return;
    }
    for (size_t k = 0; k < count; k++, products += d * d)
        for (size_t a = 0; a < d; a++)
            for (size_t b = 0; b <= a; b++)
                products[a * d + b] = products[b * d + a] = *second++;
}

/* The pass that one component about the origin makes: the sums of all rows. */
static int fill_totals(const struct making *making, struct error *error) {
    size_t d = making->model->dimensions;
    const struct mixture_rows *rows = &making->input.rows;
    struct gaussian_mixture *sphere = mixture_start_sphere(d, error);
    struct mixture_step *step =
        sphere != NULL ? mixture_step_create(rows, 1, making->model->type, making->command->threads, error)
                       : NULL;
    if (step != NULL) {
        const struct mixture_sums *sums = mixture_step_run(step, sphere, MIXTURE_STEP_HARD);
        words(making, MIXTURE_PARTIAL_N)[0] = sums->counts[0];
        memcpy(words(making, MIXTURE_PARTIAL_TOTAL_SUMS), sums->first, d * sizeof(double));
        unpack(1, d, sums, words(making, MIXTURE_PARTIAL_TOTAL_PRODUCTS));
    }
    gaussian_mixture_free(sphere);
    mixture_step_free(step);
    return step != NULL ? 0 : -1;
}

static int fill_sums(const struct making *making, struct error *error) {
    size_t components = making->model->components, d = making->model->dimensions;
    const struct mixture_rows *rows = &making->input.rows;
    struct gaussian_mixture *start = mixture_start_copy(making->model, making->input.mean, error);
    struct mixture_step *step = start != NULL ? mixture_step_create(rows, components, making->model->type,
                                                                    making->command->threads, error)
                                              : NULL;
    if (step != NULL) {
        const struct mixture_sums *sums = mixture_step_run(step, start, MIXTURE_STEP_SOFT);
        words(making, MIXTURE_PARTIAL_LOG_LIKELIHOOD)[0] = sums->log_likelihood;
        words(making, MIXTURE_PARTIAL_ENTROPY)[0] = sums->entropy;
        words(making, MIXTURE_PARTIAL_NOISE_COUNT)[0] = sums->noise;
        memcpy(words(making, MIXTURE_PARTIAL_COUNTS), sums->counts, components * sizeof(double));
        memcpy(words(making, MIXTURE_PARTIAL_SUMS), sums->first, components * d * sizeof(double));
        unpack(components, d, sums, words(making, MIXTURE_PARTIAL_PRODUCTS));
    }
    gaussian_mixture_free(start);
    mixture_step_free(step);
    return step != NULL ? 0 : -1;
}

static int make(struct making *making) {
    struct error *error = &making->command->error;
    const struct gaussian_mixture *model = making->model;
    const struct partial_size sizes[] = {
        {'K', model->components}, {'d', model->dimensions}, {'p', 2}, {0, 0}};
    making->partial = partial_create(&mixture_partial_descriptions[model->type], sizes, error);
    if (making->partial == NULL || describe(making) < 0)
        return -1;
    fill_start(making);
    return fill_totals(making, error) < 0 ? -1 : fill_sums(making, error);
}

/* The rows, about the mixture's mean: what a row adds does not depend on the part that it is in. */
static int read_rows(struct making *making) {
    const struct mixture_options *options = making->options;
    const struct gaussian_mixture *model = making->model;
    struct command *command = making->command;
    size_t d = model->dimensions;
    if (mixture_input_load(&making->input, command, command_operand(command, 0, 1), options->weights,
                           options->weight_column) < 0)
        return -1;
    if (making->input.rows.dimensions != d)
        return error_set(&command->error, "data have %zu column%s, the model %zu",
                         making->input.rows.dimensions, making->input.rows.dimensions == 1 ? "" : "s", d);
    double *origin = memory_zeros(&command->error, d, sizeof *origin);
    if (origin == NULL)
        return -1;
    for (size_t i = 0; i < model->components * d; i++)
        origin[i % d] += model->weights[i / d] * model->means[i];
    int status = mixture_input_centre(&making->input, origin, &command->error);
    free(origin);
    return status;
}

int mixture_partial_run(struct command *command, const struct mixture_options *options) {
    struct making making = {.command = command, .options = options};
    const char *path = mixture_options_source(options);
    making.model = gaussian_mixture_model_read(path, &command->error);
    int status = making.model != NULL ? 0 : -1;
    if (status == 0 && making.model->scales != NULL)
        status = error_set(&command->error, "%s: a kernel estimate with local bandwidths is no start", path);
    if (status == 0 && read_rows(&making) == 0 && make(&making) == 0)
        status = partial_file_write(making.partial, command->output.path, &command->error);
    else
        status = -1;
    partial_free(making.partial);
    mixture_input_free(&making.input);
    gaussian_mixture_free(making.model);
    return status;
}
