#include "density/mixture_regression.h"

#include "num/row_map.h"

/* Responsibilities of a piece, and the fewest rows that fill a tile of num/gaussian_mixture_density.h. */
enum { PIECE_VALUES = 32768, PIECE_ROWS_MIN = 32, PIECE_ROWS_MAX = 1024 };

int mixture_regression_create(struct mixture_regression *regression, const struct gaussian_mixture *mixture,
                              const size_t *given, size_t count, struct error *error) {
    *regression = (struct mixture_regression){0};
    if (gaussian_mixture_conditional_create(&regression->conditional, mixture, given, count, error) < 0)
        return -1;
    const struct gaussian_mixture_conditional *conditional = &regression->conditional;
    size_t rows = PIECE_VALUES / mixture->components / PIECE_ROWS_MIN * PIECE_ROWS_MIN;
    regression->piece_rows = rows < PIECE_ROWS_MIN   ? PIECE_ROWS_MIN
                             : rows > PIECE_ROWS_MAX ? PIECE_ROWS_MAX
                                                     : rows;
    for (size_t i = 0; i < conditional->other_count; i++) {
        size_t number = conditional->others[i] + 1;
        if (column_names_add_number(&regression->names, "mean_", number, error) < 0 ||
            column_names_add_number(&regression->names, "variance_", number, error) < 0) {
            mixture_regression_free(regression);
            return -1;
        }
    }
    return 0;
}

/* row_map_function */
static void regress(const void *context, size_t rows, const double *points, double *results,
                    double *workspace) {
    const struct mixture_regression *regression = context;
    gaussian_mixture_conditional_rows(&regression->conditional, rows, points, results, workspace);
}

int mixture_regression_push(struct row_stream **chain, const struct mixture_regression *regression,
                            size_t threads, struct error *error) {
    const struct row_map map = {
        .function = regress,
        .context = regression,
        .columns = regression->names.count,
        .names = (const char *const *)regression->names.names,
        .piece_rows = regression->piece_rows,
        .workspace_size =
            gaussian_mixture_conditional_workspace(&regression->conditional, regression->piece_rows),
        .threads = threads,
        .nan_fault = "too far from every component",
    };
    return row_map_push(chain, &map, error);
}

void mixture_regression_free(struct mixture_regression *regression) {
    gaussian_mixture_conditional_free(&regression->conditional);
    column_names_free(&regression->names);
}
