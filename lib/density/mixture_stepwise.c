#include "density/mixture_stepwise.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Of eta_t; Liang and Klein 2009 compare choices between 0.5 and 1. */
static const double EXPONENT = -0.7;

struct mixture_stepwise {
    struct gaussian_mixture *mixture;
    enum gaussian_mixture_type type;
    const struct mixture_rows *batch;
    const struct mixture_constraints *constraints;
    struct mixture_step *step;
    struct mixture_sums sums; /* per unit of weight, about the means */
    struct mixture_empty mended;
    size_t steps;
};

static bool is_matrix(enum gaussian_mixture_type type) {
    return type == GAUSSIAN_MIXTURE_FULL || type == GAUSSIAN_MIXTURE_TIED;
}

/* N_k = w_k, no first moments, and the second of the components' own covariances. */
static void imply(struct mixture_stepwise *stepwise, double *room) {
    const struct gaussian_mixture *mixture = stepwise->mixture;
    struct mixture_sums *sums = &stepwise->sums;
    size_t d = mixture->dimensions;
    for (size_t k = 0; k < mixture->components; k++) {
        double *second = sums->second + k * sums->seconds;
        gaussian_mixture_expand_covariance(mixture, k, room);
        sums->counts[k] = mixture->weights[k];
        for (size_t a = 0; a < d; a++)
            for (size_t b = is_matrix(mixture->type) ? 0 : a; b <= a; b++)
                *second++ = mixture->weights[k] * room[a * d + b];
    }
}

struct mixture_stepwise *mixture_stepwise_create(struct gaussian_mixture *mixture,
                                                 const struct mixture_rows *batch, size_t size,
                                                 const struct mixture_constraints *constraints,
                                                 size_t threads, struct error *error) {
    size_t d = mixture->dimensions, components = mixture->components;
    struct mixture_stepwise *stepwise = memory_zeros(error, 1, sizeof *stepwise);
    double *room = memory_matrix(error, d, d, sizeof *room);
    if (stepwise != NULL && room != NULL) {
        struct mixture_sums *sums = &stepwise->sums;
        const struct mixture_rows largest = {.rows = size, .dimensions = d};
        *stepwise = (struct mixture_stepwise){
            .mixture = mixture, .type = mixture->type, .batch = batch, .constraints = constraints};
        sums->seconds = is_matrix(mixture->type) ? d * (d + 1) / 2 : d;
        sums->counts = memory_array(error, components, sizeof(double));
        sums->first = memory_zeros(error, components * d, sizeof(double));
        sums->second = memory_matrix(error, components, sums->seconds, sizeof(double));
        stepwise->step = mixture_step_create(&largest, components, mixture->type, threads, error);
    }
    if (stepwise != NULL && stepwise->step != NULL && stepwise->sums.counts != NULL &&
        stepwise->sums.first != NULL && stepwise->sums.second != NULL) {
        mixture_step_rows(stepwise->step, batch);
        imply(stepwise, room);
    } else {
        mixture_stepwise_free(stepwise);
        stepwise = NULL;
    }
    free(room);
    return stepwise;
}

/* into <- (1 - eta) into + eta batch / total */
static void blend(size_t count, double eta, double total, const double *batch, double *into) {
    for (size_t i = 0; i < count; i++)
        into[i] += eta * (batch[i] / total - into[i]);
}

/* Counts the sums from the new means: sum r (u - m)(u - m)^T = sum r u u^T - N m m^T, m = sum r u / N, which
 * the M step has left in `first`. */
static void follow_means(struct mixture_stepwise *stepwise) {
    struct mixture_sums *sums = &stepwise->sums;
    size_t d = stepwise->mixture->dimensions;
    for (size_t k = 0; k < stepwise->mixture->components; k++) {
        double *second = sums->second + k * sums->seconds, *moved = sums->first + k * d;
        for (size_t a = 0; a < d; a++)
            for (size_t b = is_matrix(stepwise->type) ? 0 : a; b <= a; b++)
                *second++ -= sums->counts[k] * moved[a] * moved[b];
        for (size_t a = 0; a < d; a++)
            moved[a] = 0;
    }
}

int mixture_stepwise_step(struct mixture_stepwise *stepwise, double *log_likelihood, struct error *error) {
    struct gaussian_mixture *mixture = stepwise->mixture;
    const struct mixture_constraints *constraints = stepwise->constraints;
    struct mixture_sums *sums = &stepwise->sums;
    size_t components = mixture->components, lifted;
    double eta = pow((double)stepwise->steps + 2, EXPONENT), total = stepwise->batch->total;
    const struct mixture_sums *batch = mixture_step_run(stepwise->step, mixture, MIXTURE_STEP_SOFT);
    struct mixture_rows unit = *stepwise->batch;
    *log_likelihood = batch->log_likelihood;
    if (!isfinite(batch->log_likelihood))
        return error_set(error, "the log-likelihood is not finite: values lie too far apart");
    blend(components, eta, total, batch->counts, sums->counts);
    blend(components * mixture->dimensions, eta, total, batch->first, sums->first);
    blend(components * sums->seconds, eta, total, batch->second, sums->second);
    sums->farthest = batch->farthest;
    unit.total = 1;
    if (mixture_empty_mend(mixture, &unit, sums, constraints, &stepwise->mended, error) < 0 ||
        mixture_maximise(mixture, stepwise->type, sums, constraints, &lifted, error) < 0)
        return -1;
    if (!constraints->fix_means)
        follow_means(stepwise);
    stepwise->steps++;
    return 0;
}

void mixture_stepwise_evaluate(struct mixture_stepwise *stepwise, double *log_likelihood, double *entropy) {
    const struct mixture_sums *batch =
        mixture_step_run(stepwise->step, stepwise->mixture, MIXTURE_STEP_EVALUATE);
    *log_likelihood += batch->log_likelihood;
    *entropy += batch->entropy;
}

size_t mixture_stepwise_steps(const struct mixture_stepwise *stepwise) {
    return stepwise->steps;
}

struct mixture_empty mixture_stepwise_mended(const struct mixture_stepwise *stepwise) {
    return stepwise->mended;
}

void mixture_stepwise_free(struct mixture_stepwise *stepwise) {
    if (stepwise == NULL)
        return;
    mixture_step_free(stepwise->step);
    free(stepwise->sums.counts);
    free(stepwise->sums.first);
    free(stepwise->sums.second);
    free(stepwise);
}
