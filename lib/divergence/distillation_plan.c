#include "divergence/distillation_plan.h"

#include "base/memory.h"
#include "divergence/distillation_relation.h"
#include "io/column_names.h"
#include "io/row_writer.h"

const struct distillation_term *distillation_plan_term(const struct distillation_loss *loss) {
    for (size_t i = 0; i < loss->count; i++)
        if (distillation_relation_has_plan(&loss->terms[i]))
            return &loss->terms[i];
    return NULL;
}

int distillation_plan_write(struct command *command, const char *path, const struct distillation_term *term,
                            const struct distillation_batch *batch) {
    struct error *error = &command->error;
    struct column_names names = {0};
    struct row_layout layout = command->output;
    struct row_writer *writer = NULL;
    size_t rows = batch->rows;
    double *plan = memory_matrix(error, rows, rows, sizeof *plan);
    int status = plan == NULL ? -1 : distillation_relation_plan(term, batch, plan, error);
    layout.path = path;
    if (status == 0)
        status = column_names_add_range(&names, "p", rows, error);
    if (status == 0) {
        writer = row_writer_open(&layout, rows, (const char *const *)names.names, (int64_t)rows, error);
        status = writer == NULL ? -1 : row_writer_rows(writer, plan, rows, error);
    }
    if (status == 0)
        status = row_writer_close(writer, error);
    else
        row_writer_discard(writer);
    column_names_free(&names);
    free(plan);
    return status;
}
