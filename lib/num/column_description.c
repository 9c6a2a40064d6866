#include "num/column_description.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/text_table.h"
#include "num/column_summary.h"
#include "num/quantile.h"

const char *const column_description_names[COLUMN_DESCRIPTION_FIGURES] = {
    "count", "missing", "mean", "deviation", "minimum", "q1", "median", "q3", "maximum"};

struct description {
    size_t rows, columns;
    const double *values;
    const struct column_summary *summary;
    double *scratch; /* rows for each thread */
    double *figures;
};

static void describe_column(void *context, size_t column, size_t worker) {
    const struct description *description = context;
    const struct column_summary *summary = description->summary;
    double *figures = description->figures + column * COLUMN_DESCRIPTION_FIGURES;
    double *present = description->scratch + worker * description->rows;
    size_t count = 0;
    for (size_t row = 0; row < description->rows; row++) {
        double value = description->values[row * description->columns + column];
        if (!isnan(value))
            present[count++] = value;
    }
    *figures++ = (double)column_summary_count(summary, column);
    *figures++ = (double)column_summary_missing(summary, column);
    *figures++ = column_summary_mean(summary, column);
    *figures++ = column_summary_deviation(summary, column);
    *figures++ = column_summary_minimum(summary, column);
    *figures++ = quantile_select(count, present, 0.25);
    *figures++ = quantile_select(count, present, 0.5);
    *figures++ = quantile_select(count, present, 0.75);
    *figures = column_summary_maximum(summary, column);
}

double *column_description_read(struct row_stream *stream, size_t threads, struct error *error) {
    struct description description = {.columns = stream->columns};
    struct column_summary *summary = NULL;
    double *values = NULL, *result = NULL;
    if (row_stream_gather(stream, &values, &description.rows, error) < 0)
        return NULL;
    summary = column_summary_create(stream->columns, threads, error);
    description.scratch = memory_matrix(error, threads, description.rows, sizeof *values);
    description.figures = memory_matrix(error, stream->columns, COLUMN_DESCRIPTION_FIGURES, sizeof *values);
    if (summary != NULL && description.scratch != NULL && description.figures != NULL &&
        column_summary_add(summary, description.rows, values, error) == 0) {
        description.values = values;
        description.summary = summary;
        parallel_for(threads, stream->columns, describe_column, &description);
        result = description.figures;
        description.figures = NULL;
    }
    column_summary_free(summary);
    free(description.scratch);
    free(description.figures);
    free(values);
    return result;
}

static int write_row(struct text_table *table, const struct row_stream *stream, size_t column,
                     const double *figures, struct error *error) {
    char made[32];
    snprintf(made, sizeof made, "x%zu", column + 1);
    if (text_table_word(table, stream->names != NULL ? stream->names[column] : made, error) < 0)
        return -1;
    for (size_t i = 0; i < COLUMN_DESCRIPTION_FIGURES; i++)
        if (text_table_number(table, figures[i], error) < 0)
            return -1;
    return 0;
}

int column_description_write(struct row_stream *stream, const struct row_layout *layout, size_t threads,
                             struct error *error) {
    const char *names[1 + COLUMN_DESCRIPTION_FIGURES] = {"column"};
    for (size_t i = 0; i < COLUMN_DESCRIPTION_FIGURES; i++)
        names[i + 1] = column_description_names[i];
    double *figures = column_description_read(stream, threads, error);
    if (figures == NULL)
        return -1;
    struct text_table *table = text_table_open(layout, 1 + COLUMN_DESCRIPTION_FIGURES, names, error);
    int status = table != NULL ? 0 : -1;
    for (size_t i = 0; i < stream->columns && status == 0; i++)
        status = write_row(table, stream, i, figures + i * COLUMN_DESCRIPTION_FIGURES, error);
    free(figures);
    if (status == 0)
        return text_table_close(table, error);
    text_table_discard(table);
    return -1;
}
