/* The margins between classes that a term of a distillation loss names a file of. */
#ifndef DIVERGENCE_DISTILLATION_MARGINS_H
#define DIVERGENCE_DISTILLATION_MARGINS_H

#include "divergence/distillation_term.h"
#include "io/row_reader.h"

/* Reads term->file, where there is one, into term->table: classes x classes, row k the margins of class k
 * from each label, 0 from itself. Returns 0 or -1. */
__attribute__((warn_unused_result)) int distillation_margins_read(struct distillation_term *term,
                                                                  size_t classes,
                                                                  const struct row_format *format,
                                                                  struct error *error);

#endif
