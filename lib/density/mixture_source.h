/* A fit's start from a file: a Gaussian mixture, or the centres of a k-means. */
#ifndef DENSITY_MIXTURE_SOURCE_H
#define DENSITY_MIXTURE_SOURCE_H

#include "base/error.h"
#include "density/mixture_choice.h"
#include "density/mixture_input.h"
#include "num/gaussian_mixture.h"

/* One of the two, counted from the rows' mean. All zero holds nothing. */
struct mixture_source {
    struct gaussian_mixture *model; /* fixes the components and their type */
    double *means;                  /* the model's, as they stood in the file */
    double *centres;                /* components x dimensions: fixes the components */
};

/* Reads it and makes it the choice's one start. `typed` tells that types were chosen, which a mixture does
 * not leave open. Returns 0 or -1. */
__attribute__((warn_unused_result)) int mixture_source_read(struct mixture_source *source, const char *path,
                                                            const struct mixture_input *input, bool typed,
                                                            struct mixture_choice *choice,
                                                            struct error *error);

/* Moves a fit's mixture to where the rows were. A mean that has not moved is the file's to the last bit. */
void mixture_source_restore(const struct mixture_source *source, const struct mixture_input *input,
                            struct gaussian_mixture *mixture);

void mixture_source_free(struct mixture_source *source);

#endif
