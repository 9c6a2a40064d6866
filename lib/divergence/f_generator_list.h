/* The f-divergences that one command asks for, and what their columns are called. */
#ifndef DIVERGENCE_F_GENERATOR_LIST_H
#define DIVERGENCE_F_GENERATOR_LIST_H

#include <stddef.h>

#include "base/command.h"
#include "base/error.h"
#include "divergence/divergence_rows.h"
#include "divergence/f_generator.h"
#include "io/partial_options.h"

enum { F_GENERATOR_LIST_MAX = 64, F_GENERATOR_LIST_NAME_SIZE = 32 };

/* Names point into the list, which is not to be moved. All zero is empty. */
struct f_generator_list {
    size_t count;
    struct f_generator generators[F_GENERATOR_LIST_MAX];
    char words[F_GENERATOR_LIST_MAX][F_GENERATOR_LIST_NAME_SIZE];
    const char *names[F_GENERATOR_LIST_MAX]; /* softened_rkl, alpha, alpha_2, ... */
};

/* Fills an empty list in the order given; "all" stands for every one without a parameter, nothing for js.
 * Returns 0 or -1. */
__attribute__((warn_unused_result)) int
f_generator_list_parse(struct f_generator_list *list, const struct option_texts *given, struct error *error);

/* A value of each divergence for each row, side by side: result is rows x count. */
void f_generator_list_rows(const struct f_generator_list *list, const struct divergence_rows *rows,
                           double *result);

/* Which divergences they are, for a partial's options. Returns 0 or -1. */
__attribute__((warn_unused_result)) int f_generator_list_describe(const struct f_generator_list *list,
                                                                  struct partial_options *options,
                                                                  struct error *error);

#endif
