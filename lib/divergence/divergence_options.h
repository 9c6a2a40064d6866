/* The options that kldiv and jsdiv (and later divergences) have in common, and which of them go together.
 *
 * Four kinds of input: rows that are distributions (the default), points of two samples, Gaussians with two
 * samples' moments, two mixture models. */
#ifndef DIVERGENCE_DIVERGENCE_OPTIONS_H
#define DIVERGENCE_DIVERGENCE_OPTIONS_H

#include <float.h>

#include "base/command.h"
#include "divergence/divergence_rows.h"

enum divergence_input { DIVERGENCE_ROWS, DIVERGENCE_SAMPLES, DIVERGENCE_GAUSSIAN, DIVERGENCE_MODELS };

/* The words of --gradient, in the order of enum divergence_gradient, ended by NULL. */
extern const char *const divergence_gradient_words[];

struct divergence_options {
    bool samples, gaussian, models;
    bool mean, sum, pairs, reverse, terms, partial;
    const char *mean_weights, *by;
    int gradient; /* enum divergence_gradient, or -1 */
    double smooth;
    size_t neighbours;
    int method; /* an index into the filter's own words, or -1 */
    bool jackknife;
    size_t bootstrap; /* OPTION_COUNT_NONE: no */
    double jitter;
    const char *bandwidth_p, *bandwidth_q; /* of the kernel estimates */
    bool mle;
    size_t draws;
    bool stratified;
};

#define DIVERGENCE_OPTIONS_DEFAULT                                                                           \
    {                                                                                                        \
        .gradient = -1, .neighbours = 5, .method = -1, .bootstrap = OPTION_COUNT_NONE, .draws = 100000,      \
        .bandwidth_p = "scott", .bandwidth_q = "scott"                                                       \
    }

/* Entries of an option table: `common` is the struct divergence_options in the filter's settings `type`. */
#define DIVERGENCE_OPTIONS_INPUT(type, common)                                                               \
    OPTION_HEADING("what is compared (default: rows that are distributions)"),                               \
        OPTION_FLAG(0, "samples", type, common.samples, "two samples of points"),                            \
        OPTION_FLAG(0, "gaussian", type, common.gaussian,                                                    \
                    "Gaussians with the samples' mean and covariance"),                                      \
        OPTION_FLAG(0, "models", type, common.models, "two mixture models (NPZ, kind gmm or kde)"),          \
        OPTION_FLAG(0, "reverse", type, common.reverse, "swap P and Q")

#define DIVERGENCE_OPTIONS_ROWS(type, common)                                                                \
    OPTION_FLAG('m', "mean", type, common.mean, "the mean over rows in place of a column"),                  \
        OPTION_FLAG(0, "sum", type, common.sum, "the sum over rows in place of a column"),                   \
        OPTION_TEXT(0, "mean-weights", type, common.mean_weights, "FILE",                                    \
                    "weights of the rows in the mean (or sum)"),                                             \
        OPTION_FLAG(0, "partial", type, common.partial, "write the mean's or sum's mergeable parts (NPZ)"),  \
        OPTION_FLAG(0, "pairs", type, common.pairs, "every row of P against every row of Q"),                \
        OPTION_NUMBER(0, "smooth", type, common.smooth, "A", 0, DBL_MAX,                                     \
                      "add A to each entry of both and renormalise"),                                        \
        OPTION_FLAG(0, "terms", type, common.terms, "the terms of the sum, a column each"),                  \
        OPTION_CHOICE(0, "gradient", type, common.gradient, divergence_gradient_words,                       \
                      "the derivative by a row's entries or logits")

#define DIVERGENCE_OPTIONS_SAMPLES(type, common)                                                             \
    {.letter = 'k',                                                                                          \
     .name = "neighbours",                                                                                   \
     .alias = "neighbors",                                                                                   \
     .kind = OPTION_KIND_COUNT,                                                                              \
     .offset = offsetof(type, common.neighbours),                                                            \
     .argument = "K",                                                                                        \
     .low = 1,                                                                                               \
     .high = 0x1p31,                                                                                         \
     .help = "which neighbour's distance"},                                                                  \
        OPTION_NUMBER(0, "jitter", type, common.jitter, "S", 0, DBL_MAX,                                     \
                      "add uniform noise of S deviations, against ties"),                                    \
        OPTION_TEXT(0, "bandwidth-p", type, common.bandwidth_p, "H",                                         \
                    "kde: bandwidth or rule for X, as of kde(1)"),                                           \
        OPTION_TEXT(0, "bandwidth-q", type, common.bandwidth_q, "H", "kde: bandwidth or rule for Y"),        \
        OPTION_FLAG(0, "jackknife", type, common.jackknife,                                                  \
                    "add standard_error,lower,upper: half-sample jackknife"),                                \
        OPTION_COUNT(0, "bootstrap", type, common.bootstrap, "B", 2, 1e6,                                    \
                     "add standard_error,lower,upper: B subsamples"),                                        \
        OPTION_TEXT(0, "by", type, common.by, "COLUMN", "a value for each key in COLUMN"),                   \
        OPTION_FLAG(0, "mle", type, common.mle, "covariances with divisor n in place of n - 1")

#define DIVERGENCE_OPTIONS_MODELS(type, common)                                                              \
    OPTION_COUNT(0, "draws", type, common.draws, "N", 2, 0x1p53, "Monte Carlo draws"),                       \
        OPTION_FLAG(0, "stratified", type, common.stratified,                                                \
                    "draws divided among components in proportion")

/* Which kind of input is asked for. Refuses two at once, options without meaning for that kind, and
 * contradictions. Returns 0, or -1 with a usage error in command->error. */
int divergence_options_check(struct command *command, const struct divergence_options *options,
                             enum divergence_input *input);

/* Fills in the method where none was given (-1): the first for samples, first_of_models, which is Monte
 * Carlo, for models; Gaussians have none. Refuses one that is not for that input, and draws where nothing is
 * drawn.
 *
 *   words  the filter's methods: those of samples, then from first_of_models on those of models and Gaussians
 */
int divergence_options_method(struct command *command, struct divergence_options *options,
                              enum divergence_input input, const char *const *words, int first_of_models);

#endif
