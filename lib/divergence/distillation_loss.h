/* A distillation loss: a weighted sum of terms, read from text.
 *
 *     NAME[:KEY=VALUE[,KEY=VALUE]...]      ce:weight=0.1      kl:weight=0.9,temperature=4      ce:0.1
 *
 * Every term has the keys weight (1), temperature and warmup (0: the weight grows as epoch / warmup up to 1);
 * a bare number is the weight. The name of a file holds no comma. */
#ifndef DIVERGENCE_DISTILLATION_LOSS_H
#define DIVERGENCE_DISTILLATION_LOSS_H

#include <stdint.h>

#include "divergence/distillation_term.h"

struct distillation_loss {
    struct distillation_term *terms;
    size_t count;
    unsigned needs; /* of all terms */
};

struct distillation_loss_settings {
    double temperature; /* of terms that set none; nan: 1, or the kind's own */
    double epoch;       /* counts from 1; nan: warm-ups are over */
};

/* Reads count texts. Returns 0 with *loss to be freed, or -1 with a usage error and nothing to free. */
__attribute__((warn_unused_result)) int
distillation_loss_parse(struct distillation_loss *loss, size_t count, const char *const *texts,
                        const struct distillation_loss_settings *settings, struct error *error);

/* Where results go; NULL: not wanted. */
struct distillation_loss_result {
    double *values;           /* term after term, rows of the batch each, unweighted; always wanted */
    double *gradient;         /* rows x columns: of the weighted sum over rows, in the student's logits */
    double *feature_gradient; /* rows x features */
};

/* Evaluates all terms on a batch: the loss is the mean of the weighted values. A derivative of a loss that is
 * not finite is an error. Returns 0 or -1. */
__attribute__((warn_unused_result)) int
distillation_loss_evaluate(const struct distillation_loss *loss, const struct distillation_batch *batch,
                           const struct distillation_loss_result *result, struct error *error);

/* Frees what a loss holds; an all-zero loss is fine. */
void distillation_loss_free(struct distillation_loss *loss);

#endif
