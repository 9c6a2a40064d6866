#include "divergence/model_divergence.h"

#include <math.h>

#include "divergence/mixture_quadrature.h"
#include "io/row_writer.h"
#include "num/gaussian_mixture_model.h"

struct mixture_divergence_settings model_divergence_draws(const struct command *command,
                                                          const struct divergence_options *options) {
    return (struct mixture_divergence_settings){
        .draws = options->draws,
        .stratified = options->stratified,
        .seed = command->seed,
        .filter = command->description->name,
        .threads = command->threads,
    };
}

int model_divergence_write(struct command *command, const struct mixture_divergence_estimate *estimate,
                           const char *column, bool with_error) {
    struct error *error = &command->error;
    const char *const names[] = {column, "standard_error"};
    const double row[] = {estimate->value * command->units_per_nat,
                          estimate->standard_error * command->units_per_nat};
    if (isnan(row[0]))
        return error_set(error,
                         "the two are so far apart that their log densities overflow: there is no number");
    report_number(&command->report, column, row[0]);
    if (estimate->standard_error > 0)
        report_number(&command->report, "standard_error", row[1]);
    if (estimate->draws > 0)
        report_number(&command->report, "draws", (double)estimate->draws);
    return row_writer_table(&command->output, with_error ? 2 : 1, with_error ? names : NULL, 1, row, error);
}

static int check_pair(struct command *command, const struct gaussian_mixture *p,
                      const struct gaussian_mixture *q) {
    struct error *error = &command->error;
    if (p->dimensions != q->dimensions)
        return error_set(error, "%s has %zu dimensions, %s %zu", command_operand(command, 0, 2),
                         p->dimensions, command_operand(command, 1, 2), q->dimensions);
    report_number(&command->report, "dimensions", (double)p->dimensions);
    report_number(&command->report, "p_components", (double)p->components);
    report_number(&command->report, "q_components", (double)q->components);
    return 0;
}

int model_divergence_run(struct command *command, const struct divergence_options *options,
                         model_divergence_function *function, const void *context, const char *column,
                         bool with_error) {
    struct error *error = &command->error;
    struct mixture_divergence_estimate estimate = {0};
    int status = -1;
    struct gaussian_mixture *p = gaussian_mixture_model_read(command_operand(command, 0, 2), error);
    struct gaussian_mixture *q =
        p == NULL ? NULL : gaussian_mixture_model_read(command_operand(command, 1, 2), error);
    if (q != NULL && check_pair(command, p, q) == 0)
        status = function(context, options->reverse ? q : p, options->reverse ? p : q, &estimate, error);
    gaussian_mixture_free(p);
    gaussian_mixture_free(q);
    return status < 0 ? -1 : model_divergence_write(command, &estimate, column, with_error);
}

int model_divergence_quadrature(struct command *command, const struct gaussian_mixture *f,
                                const struct gaussian_mixture *g, double weight, double *value,
                                struct error *error) {
    struct mixture_quadrature_result result;
    int status = isnan(weight) ? mixture_quadrature_kl(f, g, command->threads, &result, error)
                               : mixture_quadrature_js(f, g, weight, command->threads, &result, error);
    if (status < 0)
        return -1;
    report_number(&command->report, "quadrature_error", result.error * command->units_per_nat);
    if (!result.converged) {
        command->unconverged = true;
        command_note(command, "quadrature reached an error of %.2g only: try --method mc", result.error);
    }
    *value = result.value;
    return 0;
}
