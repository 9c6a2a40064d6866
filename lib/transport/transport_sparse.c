#include "transport/transport_sparse.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/row_writer.h"

enum { BLOCK_VALUES = 1 << 16 };

static const char *const names[] = {"i", "j", "mass"};

struct entry {
    size_t target;
    double mass;
};

/* A plan on its way out. */
struct printing {
    const struct transport_plan *plan;
    const struct transport_options *options;
    size_t targets;
    struct entry *entries; /* targets */
    double *triples;       /* targets x 3 */
    struct row_writer *writer;
    size_t written;
};

static int by_mass(const void *a, const void *b) {
    const struct entry *p = a, *q = b;
    if (p->mass != q->mass)
        return p->mass < q->mass ? 1 : -1;
    return p->target < q->target ? -1 : p->target > q->target;
}

static int by_target(const void *a, const void *b) {
    const struct entry *p = a, *q = b;
    return p->target < q->target ? -1 : p->target > q->target;
}

/* Keeps the fewest entries that hold the share. */
static size_t keep_share(struct entry *entries, size_t count, double share) {
    double total = 0, held = 0;
    size_t kept = 0;
    qsort(entries, count, sizeof *entries, by_mass);
    for (size_t k = count; k > 0; k--) /* from the smallest up */
        total += entries[k - 1].mass;
    while (kept < count && held < share * total)
        held += entries[kept++].mass;
    qsort(entries, kept, sizeof *entries, by_target);
    return kept;
}

static int write_row(struct printing *printing, size_t source, size_t count, struct error *error) {
    const struct transport_options *options = printing->options;
    size_t kept = 0;
    if (!isnan(options->sparse_mass)) {
        kept = keep_share(printing->entries, count, options->sparse_mass);
    } else {
        for (size_t k = 0; k < count; k++)
            if (printing->entries[k].mass > options->sparse)
                printing->entries[kept++] = printing->entries[k];
    }
    for (size_t k = 0; k < kept; k++) {
        printing->triples[3 * k] = (double)(source + 1);
        printing->triples[3 * k + 1] = (double)(printing->entries[k].target + 1);
        printing->triples[3 * k + 2] = printing->entries[k].mass;
    }
    printing->written += kept;
    return row_writer_rows(printing->writer, printing->triples, kept, error);
}

static size_t take_dense_row(struct printing *printing, const double *row) {
    size_t count = 0;
    for (size_t j = 0; j < printing->targets; j++)
        if (row[j] > 0)
            printing->entries[count++] = (struct entry){j, row[j]};
    return count;
}

/* The flows of one source. */
static size_t take_flows(struct printing *printing, size_t source) {
    const struct transport_plan *plan = printing->plan;
    size_t count = 0;
    for (size_t flow = plan->first_flow[source]; flow < plan->first_flow[source + 1]; flow++)
        if (plan->exact->flows[flow].target < printing->targets)
            printing->entries[count++] =
                (struct entry){plan->exact->flows[flow].target, plan->exact->flows[flow].mass};
    return count;
}

static int write_flows(struct printing *printing, size_t sources, struct error *error) {
    for (size_t i = 0; i < sources; i++)
        if (write_row(printing, i, take_flows(printing, i), error) < 0)
            return -1;
    return 0;
}

static int write_dense(struct printing *printing, size_t sources, struct error *error) {
    size_t all = printing->plan->problem->cost.targets;
    size_t block = all < BLOCK_VALUES ? BLOCK_VALUES / all : 1;
    double *rows = memory_matrix(error, block, all, sizeof *rows);
    int status = rows != NULL ? 0 : -1;
    for (size_t first = 0; status == 0 && first < sources; first += block) {
        size_t count = sources - first < block ? sources - first : block;
        transport_plan_rows(printing->plan, first, count, rows);
        for (size_t i = 0; status == 0 && i < count; i++)
            status = write_row(printing, first + i, take_dense_row(printing, rows + i * all), error);
    }
    free(rows);
    return status;
}

int transport_sparse_write(struct command *command, const struct transport_options *options,
                           const struct transport_input *input, const struct transport_solution *solution) {
    struct error *error = &command->error;
    struct printing printing = {.plan = &solution->main.plan, .options = options, .targets = input->targets};
    printing.entries = memory_array(error, input->targets, sizeof *printing.entries);
    printing.triples = memory_matrix(error, input->targets, 3, sizeof *printing.triples);
    if (printing.entries != NULL && printing.triples != NULL)
        printing.writer = row_writer_open(&command->output, 3, names, -1, error);
    int status = -1;
    if (printing.writer != NULL)
        status = options->exact ? write_flows(&printing, input->sources, error)
                                : write_dense(&printing, input->sources, error);
    if (status == 0)
        status = row_writer_close(printing.writer, error);
    else
        row_writer_discard(printing.writer);
    report_number(&command->report, "entries", (double)printing.written);
    free(printing.entries);
    free(printing.triples);
    return status;
}
