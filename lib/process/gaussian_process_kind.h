/* The kinds of Gaussian process that are fitted: what each knows to do, so that the search, the model so far,
 * --evaluate and --gradient (process/gaussian_process_fit.h) are the same for all. */
#ifndef PROCESS_GAUSSIAN_PROCESS_KIND_H
#define PROCESS_GAUSSIAN_PROCESS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checkpoint.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/report.h"
#include "base/stream_options.h"
#include "process/class_labels.h"
#include "process/gaussian_process_classes.h"
#include "process/gaussian_process_inducing.h"
#include "process/gaussian_process_model.h"
#include "process/gaussian_process_search.h"
#include "process/gaussian_process_sparse_rows.h"
#include "process/scale_prior.h"

enum { GAUSSIAN_PROCESS_ADVICE_SIZE = 160 };

struct gaussian_process_kind;

/* Of a sparse fit. */
struct gaussian_process_inducing_settings {
    size_t count; /* 0: as many as the file has */
    enum gaussian_process_sparse_method method;
    enum gaussian_process_inducing_start start;
    const char *file; /* of inducing inputs in the data's units, or NULL */
    bool fixed;       /* they stay where they start */
    bool keep;        /* those of a model that the fit starts from are taken, where they are as many */
};

/* Of a scale mixture. */
struct gaussian_process_scale_settings {
    struct scale_prior prior; /* where it starts */
    bool fixed;               /* its parameters stay there */
    bool separate;            /* the noise is outside the mixture */
    bool per_output;          /* every output has its own s */
    size_t draws;             /* of s, from the prior: the posterior by importance. 0: by quadrature */
};

/* Of classes. */
struct gaussian_process_class_settings {
    enum gaussian_process_likelihood likelihood;
    bool mixture;         /* over the scale's prior */
    size_t epochs, batch; /* of Adam, batch 0 being all rows; epochs 0: another search */
    double rate;          /* how fast it learns */
};

struct gaussian_process_fit_settings {
    const struct gaussian_process_kind *kind;
    size_t neighbours; /* of Vecchia's approximation */
    enum gaussian_process_mean mean;
    enum gaussian_process_objective objective;
    double noise;   /* the start; NAN: 0.1 of the targets' variance, or 0 beside known variances */
    bool fix_noise; /* also so where variances are known and no noise was given */
    double jitter;  /* NAN: as little as needed */
    bool optimize;
    size_t restarts, max_iterations;
    double tolerance;
    uint64_t seed;
    size_t threads;
    struct gaussian_process_inducing_settings inducing;
    struct gaussian_process_scale_settings scale;
    struct gaussian_process_class_settings classes;
    struct progress *progress;     /* or NULL */
    struct checkpoint *checkpoint; /* asked between steps; or NULL */
};

/* What a fit works on. */
struct gaussian_process_task {
    struct gaussian_process_model *model; /* its kernel, noise and mean kind are set; the rest is filled */
    const struct gaussian_process_data *data; /* in the model's scaled units */
    const struct gaussian_process_fit_settings *settings;
    const struct class_labels *labels; /* of classes, whose numbers are the targets; else NULL */
};

/* Functions that may be NULL say so. Those that return an int return 0 or -1. */
struct gaussian_process_kind {
    /* Sets where what is neither kernel nor noise starts; files are read by the format of DATA. NULL: there
     * is no such thing. */
    int (*start)(const struct gaussian_process_task *task, const struct row_format *format,
                 struct error *error);

    /* Room for evaluations; NULL: an error. */
    void *(*open)(const struct gaussian_process_task *task, struct error *error);
    void (*close)(void *work);

    /* The objective at the model's parameters as they are, -inf out of the domain, and its derivatives in
     * them (no logarithms): the kernel's, the noise, the further variables. gradient may be NULL. */
    int (*evaluate)(void *work, double *value, double *gradient, struct error *error);

    /* Fills the model's arrays, those of an earlier call being freed, and its log_marginal_likelihood, in
     * scaled units. -inf there: out of the domain, and nothing was filled. Where `last` is set the work is
     * not used again, and may hand over what it holds. */
    int (*fill)(void *work, bool last, struct error *error);

    /* What the last evaluation added to the diagonal for it to have a factor. */
    double (*jitter)(const void *work);

    /* Whether so much is added in any case, and nothing to tell of. NULL: it never is. */
    bool (*jitter_is_usual)(const void *work);

    /* How many variables there are beyond the kernel's and the noise. NULL: none. */
    size_t (*further)(const struct gaussian_process_task *task);

    /* Describes one of them, its slot excepted; name has room for COVARIANCE_NAME_SIZE and becomes the
     * variable's. Goes with further. */
    void (*describe)(const struct gaussian_process_task *task, size_t index,
                     struct gaussian_process_variable *variable, char *name);

    /* Its own search, in place of gaussian_process_search_run. NULL: it has none. */
    int (*search)(void *work, struct gaussian_process_search *search,
                  struct gaussian_process_search_result *result, struct error *error);

    /* After a step of the search, the variables being those of the step: 1 where two things that variables
     * stand for should become one, 0, or -1. `join` then makes them one in the model, and returns likewise
     * whether there was anything to do; the work is opened again after it, and the search goes on with fewer
     * variables. NULL: there are no such things. They go together. */
    int (*met)(void *work, struct error *error);
    int (*join)(void *work, struct error *error);

    /* Entries of its own for the run's report. NULL: none. */
    void (*report)(const struct gaussian_process_model *model, struct report *report);

    /* Writes what a user should know of the model, one line, or "" where that is nothing. NULL: nothing. */
    void (*advise)(const struct gaussian_process_model *model, char advice[GAUSSIAN_PROCESS_ADVICE_SIZE]);
};

#endif
