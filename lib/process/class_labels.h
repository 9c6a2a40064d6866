/* The names of classes: numbers in their order, then words in that of their bytes. A number has one spelling,
 * so that 1, 1.0 and a 1 of an array of numbers are the same class. */
#ifndef PROCESS_CLASS_LABELS_H
#define PROCESS_CLASS_LABELS_H

#include <stddef.h>

#include "base/error.h"
#include "io/row_reader.h"

/* All zero is none. */
struct class_labels {
    size_t count;
    char **texts;
};

/* Takes the classes that a column of rows x columns values has, and replaces its values by their numbers,
 * from 0. Where the reader (whose column that is, and which has read them) reads words there, the values are
 * its codes. More than CLASS_LIKELIHOOD_FUNCTIONS_MAX classes are refused. Returns 0, or -1 with nothing to
 * free. */
__attribute__((warn_unused_result)) int class_labels_take(struct class_labels *labels,
                                                          const struct row_reader *reader, size_t rows,
                                                          size_t columns, size_t column, double *values,
                                                          struct error *error);

/* The number of the class of a value as the reader hands it out; labels->count where it is none of them. */
size_t class_labels_find(const struct class_labels *labels, const struct row_reader *reader, size_t column,
                         double value);

/* The spelling of such a value, for messages. Room for CLASS_LABELS_TEXT_SIZE bytes, cut where it is
 * longer. */
enum { CLASS_LABELS_TEXT_SIZE = 64 };
void class_labels_spell(const struct row_reader *reader, size_t column, double value,
                        char text[CLASS_LABELS_TEXT_SIZE]);

/* Copies count texts. Returns 0, or -1 with nothing to free. */
__attribute__((warn_unused_result)) int class_labels_copy(struct class_labels *labels, size_t count,
                                                          char *const *texts, struct error *error);

/* An all-zero one is fine. */
void class_labels_free(struct class_labels *labels);

#endif
