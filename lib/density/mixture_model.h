/* A mixture as the filters use it: read, cut to some columns, blurred; and the rows that go with it. */
#ifndef DENSITY_MIXTURE_MODEL_H
#define DENSITY_MIXTURE_MODEL_H

#include <stddef.h>

#include "base/error.h"
#include "base/stream_options.h"
#include "io/column_list.h"
#include "io/row_stream.h"
#include "num/gaussian_mixture.h"

struct mixture_model_settings {
    const char *operand;  /* a path or "-" */
    const char *marginal; /* columns as typed, or NULL for all */
    double alpha, sigma;  /* of alpha X + sigma Z; 1 and 0: X itself */
};

struct mixture_model {
    struct gaussian_mixture *mixture;
    struct column_list kept; /* the columns of the file's model that are left; empty: all */
    size_t file_columns;     /* before any were dropped */
};

/* Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int mixture_model_read(struct mixture_model *model,
                                                           const struct mixture_model_settings *settings,
                                                           struct error *error);

/* Opens rows of `columns` columns. Where the model was cut and columns is that of what is left, rows as wide
 * as the whole model are cut likewise. Operand (its address too) and model stay the caller's until the chain
 * is freed. NULL: error says why ("data have 3 columns, the model 2"). */
struct row_stream *mixture_model_open_rows(const struct mixture_model *model, const char *const *operand,
                                           const struct row_format *format, size_t columns,
                                           struct error *error);

/* Frees what it holds; all zero is fine. */
void mixture_model_free(struct mixture_model *model);

#endif
