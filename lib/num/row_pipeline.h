/* The chain of stages that brings a table into shape, in one fixed order: input with its columns and missing
 * values, one-hot, rows, sampling, shuffle, split, scaling, row transform, transpose. */
#ifndef NUM_ROW_PIPELINE_H
#define NUM_ROW_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "io/row_stream.h"

/* What is asked for. ROW_PIPELINE_NOTHING asks for the rows as they are. Texts are as typed. */
struct row_pipeline_settings {
    const char *factor, *levels;      /* columns of words, and the words in the order of their codes */
    const char *one_hot;              /* a column */
    size_t classes;                   /* of it; ROW_PIPELINE_NONE: to be counted */
    const char *rows;                 /* ranges */
    size_t head, tail, every, sample; /* ROW_PIPELINE_NONE: not asked for */
    double sample_fraction, split;    /* nan: not asked for */
    const char *stratify;             /* a column */
    const char *scale, *unscale, *save_scale; /* paths of models of kind `scale` */
    bool paste, any_names;                    /* side by side; names need not agree */
    bool bootstrap, shuffle, center, standardize;
    bool normalize, softmax, log_softmax, log, exp;
    bool transpose;
    uint64_t seed;
    const char *filter; /* for the random numbers */
    size_t threads;
};

#define ROW_PIPELINE_NONE SIZE_MAX
#define ROW_PIPELINE_NOTHING                                                                                 \
    {                                                                                                        \
        .classes = ROW_PIPELINE_NONE, .head = ROW_PIPELINE_NONE, .tail = ROW_PIPELINE_NONE,                  \
        .every = ROW_PIPELINE_NONE, .sample = ROW_PIPELINE_NONE, .sample_fraction = NAN, .split = NAN        \
    }

struct row_pipeline {
    struct row_stream *top;   /* the rows, as asked for; of a split the first part */
    struct row_stream *input; /* the bottom of the chain */
    struct row_stream *split; /* the stage that splits, or NULL */
    struct row_format format; /* what the input keeps a pointer to */
};

/* Checks what cannot go together: usage errors. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_pipeline_check(const struct row_pipeline_settings *settings,
                                                           struct error *error);

/* Opens the operands and puts every stage on them. Operands, format's texts and settings are the caller's
 * until the pipeline is closed, which it must be in any case. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_pipeline_open(struct row_pipeline *pipeline,
                                                          const char *const *operands, size_t count,
                                                          const struct row_format *format,
                                                          const struct row_pipeline_settings *settings,
                                                          struct error *error);

/* Goes back to the beginning of the rows that the split left over. Returns 0 or -1. */
__attribute__((warn_unused_result)) int row_pipeline_take_rest(struct row_pipeline *pipeline,
                                                               struct error *error);

/* An all-zero one is fine. */
void row_pipeline_close(struct row_pipeline *pipeline);

#endif
