/* The words that say what is to be fitted. */
#ifndef DENSITY_MIXTURE_WORDS_H
#define DENSITY_MIXTURE_WORDS_H

#include "base/error.h"
#include "density/mixture_choice.h"

/* "3" or "1:8". Returns 0, or -1 with a usage error. */
__attribute__((warn_unused_result)) int
mixture_words_components(const char *text, struct mixture_choice *choice, struct error *error);

/* "full,diagonal" or "all"; diag, VVV, EEE, VVI, EEI, VII and EII are other names. */
__attribute__((warn_unused_result)) int mixture_words_types(const char *text, struct mixture_choice *choice,
                                                            struct error *error);

/* "weights,means". */
__attribute__((warn_unused_result)) int
mixture_words_fixed(const char *text, struct mixture_constraints *constraints, struct error *error);

/* "kmeans", "kmeans++", "random" or "ward"; "@FILE" is the caller's. */
__attribute__((warn_unused_result)) int mixture_words_start(const char *text, enum mixture_start_kind *kind,
                                                            struct error *error);

#endif
