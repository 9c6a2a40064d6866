#include "density/mixture_partial_finish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_criterion.h"
#include "density/mixture_empty.h"
#include "density/mixture_fit.h"
#include "density/mixture_maximise.h"
#include "density/mixture_output.h"
#include "density/mixture_partial.h"
#include "density/mixture_start.h"
#include "density/mixture_words.h"
#include "io/decimal.h"
#include "io/npz.h"
#include "io/partial_options.h"
#include "io/row_writer.h"
#include "num/gaussian_mixture_writer.h"

static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};

/* Merged sums as an M step takes them, counted from the mean of all rows. */
struct merged_step {
    struct gaussian_mixture *start, *whole;
    double *mean;             /* of all rows */
    struct mixture_sums sums; /* its arrays are owned */
    struct mixture_constraints constraints;
    double total;
};

static double number_of(const struct partial *merged, enum mixture_partial_array array) {
    return partial_value(&merged->sums[array], 0);
}

/* The values of an array in a new one, or NULL. */
static double *take(const struct partial *merged, enum mixture_partial_array array, struct error *error) {
    const struct partial_sum *sum = &merged->sums[array];
    double *values = memory_array(error, sum->count, sizeof *values);
    for (size_t i = 0; values != NULL && i < sum->count; i++)
        values[i] = partial_value(sum, i);
    return values;
}

static int check_values(const struct partial *merged, struct error *error) {
    const struct partial_sum *counts = &merged->sums[MIXTURE_PARTIAL_COUNTS];
    double total = number_of(merged, MIXTURE_PARTIAL_N);
    if (counts->count == 0 || merged->sums[MIXTURE_PARTIAL_ORIGIN].count == 0)
        return error_set(error, "%s: no components", merged->name);
    if (merged->sizes['p'] != 2)
        return error_set(error, "%s: noise: expected 2 values", merged->name);
    if (!(total > 0 && isfinite(total)))
        return error_set(error, "%s: the weights sum to %g", merged->name, total);
    for (size_t i = 0; i < MIXTURE_PARTIAL_ARRAYS; i++)
        for (size_t j = 0; j < merged->sums[i].count; j++)
            if (!isfinite(partial_value(&merged->sums[i], j)))
                return error_set(error, "%s: %s: values lie too far apart", merged->name,
                                 merged->description->sums[i].name);
    for (size_t k = 0; k < counts->count; k++)
        if (partial_value(counts, k) < 0)
            return error_set(error, "%s: counts: value %zu is negative", merged->name, k + 1);
    return 0;
}

static enum gaussian_mixture_type type_of(const struct partial *merged) {
    return (enum gaussian_mixture_type)(merged->description - mixture_partial_descriptions);
}

/* The starting mixture, its means counted from `centre` or, where that is NULL, as in its model. Prepared. */
static struct gaussian_mixture *take_start(const struct partial *merged, const double *centre,
                                           struct error *error) {
    size_t components = merged->sizes['K'], d = merged->sizes['d'];
    const double *noise = merged->sums[MIXTURE_PARTIAL_NOISE].words;
    struct gaussian_mixture *start = gaussian_mixture_create(components, d, type_of(merged), error);
    if (start == NULL)
        return NULL;
    memcpy(start->weights, merged->sums[MIXTURE_PARTIAL_WEIGHTS].words, components * sizeof(double));
    memcpy(start->covariances, merged->sums[MIXTURE_PARTIAL_COVARIANCES].words,
           merged->sums[MIXTURE_PARTIAL_COVARIANCES].count * sizeof(double));
    for (size_t i = 0; i < components * d; i++)
        start->means[i] = merged->sums[MIXTURE_PARTIAL_MEANS].words[i] - (centre != NULL ? centre[i % d] : 0);
    if (noise[0] > 0) {
        start->noise_weight = noise[0];
        start->noise_log_density = noise[1];
    }
    if (gaussian_mixture_prepare(start, error) == 0)
        return start;
    error_prefix(error, "%s", merged->name);
    gaussian_mixture_free(start);
    return NULL;
}

static int find_number(const struct partial *merged, const char *name, double *value, struct error *error) {
    size_t length;
    const char *text = partial_options_find(merged->options, name, &length);
    if (text != NULL && decimal_parse(text, text + length, '.', value) == text + length && *value >= 0 &&
        isfinite(*value))
        return 0;
    return error_set(error, "%s: options: no number for %s", merged->name, name);
}

/* The options that the parts were made with; --floor is relative here. */
static int find_constraints(const struct partial *merged, struct mixture_constraints *constraints,
                            struct error *error) {
    size_t length;
    const char *prior = partial_options_find(merged->options, "prior", &length);
    constraints->conjugate = prior != NULL && length == strlen("conjugate");
    if (find_number(merged, "floor", &constraints->floor, error) < 0 ||
        find_number(merged, "ridge", &constraints->ridge, error) < 0 ||
        find_number(merged, "dirichlet", &constraints->dirichlet, error) < 0)
        return -1;
    const char *fixed = partial_options_find(merged->options, "fix", &length);
    if (fixed == NULL)
        return 0;
    char *words = memory_text(error, fixed, length);
    int status = words != NULL ? mixture_words_fixed(words, constraints, error) : -1;
    free(words);
    return status;
}

/* A matrix's lower triangle packed by rows, or a diagonal as it is: `count` of them, in place. */
static void pack(size_t count, size_t d, bool matrix, double *products) {
    double *packed = products;
    for (size_t k = 0; matrix && k < count; k++)
        for (size_t a = 0; a < d; a++)
            for (size_t b = 0; b <= a; b++)
                *packed++ = products[(k * d + a) * d + b];
}

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

/* All rows as one component, and their mean. */
static int take_whole(struct merged_step *step, const struct partial *merged, struct error *error) {
    enum gaussian_mixture_type type = type_of(merged);
    size_t d = merged->sizes['d'];
    struct mixture_sums totals = {
        .counts = &step->total,
        .first = take(merged, MIXTURE_PARTIAL_TOTAL_SUMS, error),
        .second = take(merged, MIXTURE_PARTIAL_TOTAL_PRODUCTS, error),
        .seconds = step->sums.seconds,
    };
    step->mean = take(merged, MIXTURE_PARTIAL_ORIGIN, error);
    if (totals.first != NULL && totals.second != NULL && step->mean != NULL) {
        pack(1, d, is_matrix(type), totals.second);
        step->whole = mixture_start_whole_of_sums(d, type, &totals, error);
    }
    for (size_t j = 0; step->whole != NULL && j < d; j++) {
        step->mean[j] += step->whole->means[j];
        step->whole->means[j] = 0;
    }
    free(totals.first);
    free(totals.second);
    return step->whole != NULL ? 0 : -1;
}

static void free_step(struct merged_step *step) {
    gaussian_mixture_free(step->start);
    gaussian_mixture_free(step->whole);
    free(step->mean);
    free(step->sums.counts);
    free(step->sums.first);
    free(step->sums.second);
}

static int take_step(struct merged_step *step, const struct partial *merged, struct error *error) {
    enum gaussian_mixture_type type = type_of(merged);
    size_t components = merged->sizes['K'], d = merged->sizes['d'];
    *step = (struct merged_step){0};
    if (check_values(merged, error) < 0 || find_constraints(merged, &step->constraints, error) < 0)
        return -1;
    step->total = number_of(merged, MIXTURE_PARTIAL_N);
    step->sums = (struct mixture_sums){
        .log_likelihood = number_of(merged, MIXTURE_PARTIAL_LOG_LIKELIHOOD),
        .entropy = number_of(merged, MIXTURE_PARTIAL_ENTROPY),
        .noise = number_of(merged, MIXTURE_PARTIAL_NOISE_COUNT),
        .counts = take(merged, MIXTURE_PARTIAL_COUNTS, error),
        .first = take(merged, MIXTURE_PARTIAL_SUMS, error),
        .second = take(merged, MIXTURE_PARTIAL_PRODUCTS, error),
        .seconds = is_matrix(type) ? d * (d + 1) / 2 : d,
    };
    if (step->sums.counts == NULL || step->sums.first == NULL || step->sums.second == NULL ||
        take_whole(step, merged, error) < 0)
        return -1;
    pack(components, d, is_matrix(type), step->sums.second);
    step->constraints.floor *= mixture_start_variance(step->whole);
    step->constraints.whole = step->whole;
    step->start = take_start(merged, step->mean, error);
    return step->start != NULL ? 0 : -1;
}

/* Where a component would have been put on a row, sums do not do. Returns how many were dropped, or -1. */
static int drop_empty(struct merged_step *step, const struct partial *merged, struct error *error) {
    const struct mixture_constraints *constraints = &step->constraints;
    struct gaussian_mixture *mixture = step->start;
    int dropped = 0;
    for (size_t k = 0; k < mixture->components;) {
        if (!mixture_empty_is(step->sums.counts[k], step->total, constraints->dirichlet)) {
            k++;
            continue;
        }
        if (!constraints->fix_means && constraints->dirichlet >= 1)
            return error_set(error,
                             "%s: component %zu has lost its rows, and sums hold none to put it on "
                             "(--dirichlet below 1 drops it)",
                             merged->name, k + 1);
        if (mixture->components == 1)
            return error_set(error, "%s: no component has kept any rows", merged->name);
        mixture_empty_drop(mixture, &step->sums, k);
        dropped++;
    }
    return dropped;
}

static int write_model(const char *path, struct gaussian_mixture *mixture, double total,
                       struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (gaussian_mixture_writer_arrays(writer, mixture, error) == 0 &&
        npz_writer_number(writer, "n", total, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

static int maximise(struct command *command, struct merged_step *step, const struct partial *merged) {
    struct error *error = &command->error;
    struct gaussian_mixture *mixture = step->start;
    size_t lifted;
    int dropped = drop_empty(step, merged, error);
    if (dropped < 0)
        return -1;
    if (mixture_maximise(mixture, mixture->type, &step->sums, &step->constraints, &lifted, error) < 0 ||
        mixture_fit_sort(mixture, error) < 0)
        return error_prefix(error, "%s", merged->name);
    for (size_t i = 0; i < mixture->components * mixture->dimensions; i++)
        mixture->means[i] += step->mean[i % mixture->dimensions];
    if (dropped > 0)
        command_note(command, "%d component%s left without rows %s dropped", dropped, dropped == 1 ? "" : "s",
                     dropped == 1 ? "was" : "were");
    report_number(&command->report, "log_likelihood", step->sums.log_likelihood);
    report_number(&command->report, "floored", (double)lifted);
    report_number(&command->report, "dropped", dropped);
    return write_model(command->output.path, mixture, step->total, error);
}

int mixture_partial_finish_step(struct command *command, const struct partial *merged) {
    struct merged_step step;
    if (command_refuse(command, of_tables, "with a model") < 0)
        return -1;
    int status = take_step(&step, merged, &command->error);
    if (status == 0)
        status = maximise(command, &step, merged);
    free_step(&step);
    return status;
}

int mixture_partial_finish_start(struct command *command, const struct partial *merged) {
    struct error *error = &command->error;
    if (command_refuse(command, of_tables, "with a model") < 0 || check_values(merged, error) < 0)
        return -1;
    struct mixture_fit fit = {.mixture = take_start(merged, NULL, error),
                              .log_likelihood = number_of(merged, MIXTURE_PARTIAL_LOG_LIKELIHOOD),
                              .entropy = number_of(merged, MIXTURE_PARTIAL_ENTROPY)};
    if (fit.mixture == NULL)
        return -1;
    double total = number_of(merged, MIXTURE_PARTIAL_N);
    double parameters = mixture_criterion_parameters(fit.mixture->type, fit.mixture->components,
                                                     fit.mixture->dimensions, fit.mixture->noise_weight > 0);
    const struct mixture_criteria criteria =
        mixture_criterion_all(parameters, fit.log_likelihood, fit.entropy, total);
    int status = mixture_output_model(command->output.path, &fit, &criteria, total, error);
    mixture_fit_free(&fit);
    return status;
}

int mixture_partial_finish_objective(struct command *command, const struct partial *merged) {
    struct error *error = &command->error;
    struct merged_step step;
    double log_prior;
    int status = take_step(&step, merged, error);
    if (status == 0)
        status = mixture_maximise_log_prior(step.start, &step.constraints, &log_prior, error);
    if (status == 0)
        status =
            row_writer_number(&command->output, (step.sums.log_likelihood + log_prior) / step.total, error);
    free_step(&step);
    return status;
}
