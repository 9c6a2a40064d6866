#include "divergence/distillation_margins.h"

#include <math.h>

#include "io/matrix.h"

static int check(const char *path, size_t classes, const struct matrix *margins, struct error *error) {
    if (margins->rows != classes || margins->columns != classes)
        return error_set(error, "%s: %zu x %zu margins, but there are %zu classes", path, margins->rows,
                         margins->columns, classes);
    for (size_t i = 0; i < classes * classes; i++)
        if (!isfinite(margins->values[i]))
            return error_set(error, "%s: the margin of class %zu from %zu is not finite", path, i / classes,
                             i % classes);
    for (size_t i = 0; i < classes; i++)
        if (margins->values[i * classes + i] != 0)
            return error_set(error, "%s: the margin of class %zu from itself is %g, not 0", path, i,
                             margins->values[i * classes + i]);
    return 0;
}

int distillation_margins_read(struct distillation_term *term, size_t classes, const struct row_format *format,
                              struct error *error) {
    const struct row_format whole = {.delimiter = format->delimiter, .decimal_comma = format->decimal_comma};
    struct matrix margins;
    if (term->file == NULL)
        return 0;
    if (matrix_read(&margins, term->file, &whole, error) < 0)
        return -1;
    int status = check(term->file, classes, &margins, error);
    if (status == 0) {
        term->table = margins.values;
        margins.values = NULL;
    }
    matrix_free(&margins);
    return status;
}
