#include "density/kmeans_options.h"

#include <stdlib.h>
#include <string.h>

#include "density/kmeans_model.h"
#include "num/gaussian_mixture.h"

/* In the order of enum kmeans_init and enum kmeans_method. */
static const char *const init_words[] = {"kmeans++", "random", "maximin", "pca", NULL};
static const char *const method_words[] = {"auto", "lloyd", "hamerly", "elkan", "yinyang", "minibatch", NULL};

enum { CLUSTERS_MAX = 1 << 24, RANGE_MAX = 1000 };

const struct option_entry kmeans_options_table[] = {
    OPTION_HEADING("the fit"),
    OPTION_TEXT('k', "clusters", struct kmeans_options, clusters, "K|LO:HI",
                "how many clusters; default 8, with --ppp 1:12"),
    OPTION_TEXT('i', "init", struct kmeans_options, init, "START",
                "kmeans++, random, maximin, pca, or @FILE: centers, or a model"),
    OPTION_COUNT(0, "restarts", struct kmeans_options, restarts, "R", 1, 1 << 24,
                 "starts of kmeans++ or random, the best of which is kept"),
    OPTION_CHOICE(0, "method", struct kmeans_options, method, method_words,
                  "how distances are left out: the result is the same; or minibatch, for streams"),
    OPTION_COUNT(0, "batch", struct kmeans_options, batch, "B", 1, 1 << 24, "minibatch: rows in a step"),
    OPTION_CHOICE(0, "distance", struct kmeans_options, distance, kmeans_model_distance_names,
                  "what is made small: spherical k-means by cosine, k-medians by cityblock"),
    OPTION_TEXT(0, "weights", struct kmeans_options, weights, "FILE", "weights of the rows (default: equal)"),
    OPTION_FLAG(0, "standardize", struct kmeans_options, standardize,
                "divide columns by their deviations first"),
    OPTION_FLAG(0, "balanced", struct kmeans_options, balanced, "clusters of equal size"),
    OPTION_HEADING("the result"),
    OPTION_FLAG('l', "labels", struct kmeans_options, labels,
                "write label and distance of each row, no model"),
    OPTION_TEXT('m', "model", struct kmeans_options, model, "FILE", "the labels of new rows by a model"),
    OPTION_FLAG(0, "partial", struct kmeans_options, partial,
                "with --init @FILE: sums of one step for klmerge (NPZ)"),
    OPTION_HEADING("probabilistic partitive partitioning"),
    OPTION_FLAG(0, "ppp", struct kmeans_options, ppp,
                "write label, posterior, stability and core of each row; k is found"),
    OPTION_COUNT(0, "ppp-runs", struct kmeans_options, runs, "B", 2, 1 << 20, "runs of k-means for each k"),
    OPTION_COUNT(0, "cells", struct kmeans_options, cells, "N", 0, CLUSTERS_MAX,
                 "make the runs on N weighted cells; 0: on the rows"),
    OPTION_NUMBER(0, "core-threshold", struct kmeans_options, core_threshold, "P", 0, 1,
                  "posterior and stability of the core"),
    OPTION_CHOICE(0, "covariance", struct kmeans_options, covariance, gaussian_mixture_type_names,
                  "of the validating mixture"),
    OPTION_TEXT(0, "table", struct kmeans_options, table, "FILE", "write a row for each k"),
    OPTION_TEXT(0, "core-only", struct kmeans_options, core_only, "FILE", "write the core's rows of DATA"),
    OPTION_TEXT(0, "mixture", struct kmeans_options, mixture, "FILE", "write the mixture (a gmm model)"),
    OPTION_END,
};

enum {
    FIT = 1 << KMEANS_TASK_FIT,
    BALANCED = 1 << KMEANS_TASK_BALANCED,
    MINIBATCH = 1 << KMEANS_TASK_MINIBATCH,
    PARTIAL = 1 << KMEANS_TASK_PARTIAL,
    MODEL = 1 << KMEANS_TASK_MODEL,
    PPP = 1 << KMEANS_TASK_PPP,
};

/* By enum kmeans_task. */
static const char *const task_options[] = {NULL, "balanced", NULL, "partial", "model", "ppp"};
static const char *const task_places[] = {"without --ppp",  "with --balanced", "with --method minibatch",
                                          "with --partial", "with --model",    "with --ppp"};

/* Options that have a meaning for some tasks only. */
static const struct {
    const char *name;
    unsigned tasks;
} limited[] = {
    {"clusters", FIT | BALANCED | MINIBATCH | PARTIAL | PPP},
    {"init", FIT | BALANCED | MINIBATCH | PARTIAL},
    {"restarts", FIT | BALANCED},
    {"method", FIT | MINIBATCH},
    {"batch", MINIBATCH},
    {"distance", FIT | MINIBATCH | PARTIAL},
    {"weights", FIT | PARTIAL | PPP},
    {"standardize", FIT | BALANCED | PPP},
    {"labels", FIT | BALANCED | MINIBATCH},
    {"tolerance", FIT | BALANCED | PPP},
    {"max-iterations", FIT | BALANCED | PPP},
    {"accept-unconverged", FIT | BALANCED | PPP},
    {"seed", FIT | BALANCED | MINIBATCH | PPP},
    {"ppp-runs", PPP},
    {"cells", PPP},
    {"core-threshold", PPP},
    {"covariance", PPP},
    {"table", PPP},
    {"core-only", PPP},
    {"mixture", PPP},
};

/* What --ppp writes beside its columns. */
static const char *const further_results[] = {"table", "core-only", "mixture", NULL};

static int find_task(struct command *command, const struct kmeans_options *options, enum kmeans_task *task) {
    *task = options->method == KMEANS_OPTIONS_MINIBATCH ? KMEANS_TASK_MINIBATCH : KMEANS_TASK_FIT;
    for (int i = 0; i <= KMEANS_TASK_PPP; i++) {
        if (task_options[i] == NULL || !command_given(command, task_options[i]))
            continue;
        if (*task != KMEANS_TASK_FIT && task_options[*task] != NULL)
            return error_set_usage(&command->error, "--%s and --%s exclude each other", task_options[*task],
                                   task_options[i]);
        *task = (enum kmeans_task)i;
    }
    return 0;
}

/* A count at *text, which moves behind it; 0 where there is none in range. */
static size_t take_count(const char **text) {
    char *end;
    if (**text < '0' || **text > '9')
        return 0;
    unsigned long long value = strtoull(*text, &end, 10);
    *text = end;
    return value <= CLUSTERS_MAX ? (size_t)value : 0;
}

static int read_clusters(struct command *command, struct kmeans_options *options, bool range) {
    const char *text = options->clusters;
    char quoted[ERROR_QUOTE_SIZE];
    if (text == NULL) {
        options->least = range ? 1 : 8;
        options->most = range ? 12 : 8;
        return 0;
    }
    options->least = options->most = take_count(&text);
    if (*text == ':' && range) {
        text++;
        options->most = take_count(&text);
    }
    if (options->least >= 1 && options->most >= options->least && *text == '\0' &&
        options->most - options->least < RANGE_MAX)
        return 0;
    return error_set_usage(&command->error, "--clusters: expected K%s, whole numbers from 1 on, got '%s'",
                           range ? " or LO:HI" : "",
                           error_quote(quoted, options->clusters, strlen(options->clusters)));
}

static int read_init(struct command *command, struct kmeans_options *options) {
    const char *typed = options->init;
    options->init_kind = KMEANS_GIVEN;
    if (typed[0] == '@')
        return 0;
    for (int i = 0; init_words[i] != NULL; i++) {
        if (strcmp(typed, init_words[i]) == 0) {
            options->init_kind = (enum kmeans_init)i;
            return 0;
        }
    }
    char quoted[ERROR_QUOTE_SIZE];
    return error_set_usage(&command->error,
                           "--init: expected kmeans++, random, maximin, pca or @FILE, got '%s'",
                           error_quote(quoted, typed, strlen(typed)));
}

/* What single tasks ask for. */
static int check_task(struct command *command, const struct kmeans_options *options, enum kmeans_task task) {
    static const char *const of_tables[] = {"no-names", "binary", "float32", "gzip", "digits", NULL};
    bool table = options->labels || task == KMEANS_TASK_MODEL || task == KMEANS_TASK_PPP;
    if (task == KMEANS_TASK_PARTIAL && command_refuse(command, of_tables, "with --partial") < 0)
        return -1;
    if (!table && command_refuse(command, of_tables, "without --labels: a model is written") < 0)
        return -1;
    if (task == KMEANS_TASK_PARTIAL && options->init_kind != KMEANS_GIVEN)
        return error_set_usage(&command->error, "--partial needs --init @FILE: all parts start alike");
    if ((task == KMEANS_TASK_PARTIAL || task == KMEANS_TASK_MINIBATCH) &&
        options->distance == KMEANS_CITYBLOCK)
        return error_set_usage(&command->error, "--distance cityblock has no meaning %s: medians are no sums",
                               task_places[task]);
    return 0;
}

int kmeans_options_check(struct command *command, struct kmeans_options *options, enum kmeans_task *task) {
    if (find_task(command, options, task) < 0)
        return -1;
    for (size_t i = 0; i < sizeof limited / sizeof *limited; i++)
        if ((limited[i].tasks & 1U << *task) == 0 && command_given(command, limited[i].name))
            return error_set_usage(&command->error, "--%s has no meaning %s", limited[i].name,
                                   task_places[*task]);
    if (read_init(command, options) < 0 || read_clusters(command, options, *task == KMEANS_TASK_PPP) < 0)
        return -1;
    if (command_refuse_mixed_output(
            command, further_results,
            (const char *const[]){options->table, options->core_only, options->mixture}) < 0)
        return -1;
    return check_task(command, options, *task);
}
