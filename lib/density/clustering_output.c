#include "density/clustering_output.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "io/npz.h"
#include "io/row_writer.h"
#include "num/gaussian_mixture_writer.h"
#include "num/symmetric_eigen.h"
#include "num/vector.h"

enum { NAME_SIZE = 24, HISTORY_COLUMNS = 4, GRAM_MAX = 64, REPORTED_MAX = 256 };

#define RANK_TOLERANCE 1e-6

static int write_figures(struct npz_writer *writer, size_t rows, const struct clustering_result *result,
                         struct error *error) {
    const struct clustering_outcome *outcome = &result->fit.outcome;
    const struct {
        const char *name;
        double value;
    } figures[] = {
        {"log_likelihood", result->log_likelihood},
        {"n", (double)rows},
        {"parameters", result->criteria.parameters},
        {"bic", result->criteria.bic},
        {"aic", result->criteria.aic},
        {"icl", result->criteria.icl},
        {"iterations", (double)result->fit.round_count},
        {"sdp_objective", outcome->objective},
        {"sdp_bound", outcome->bound},
        {"sdp_gap", outcome->partition - outcome->bound},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (isfinite(figures[i].value) &&
            npz_writer_number(writer, figures[i].name, figures[i].value, error) < 0)
            return -1;
    return 0;
}

int clustering_output_model(const char *path, size_t rows, const struct clustering_result *result,
                            struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (gaussian_mixture_writer_arrays(writer, result->fit.mixture, error) == 0 &&
        write_figures(writer, rows, result, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

int clustering_output_labels(const char *path, size_t rows, const struct clustering_result *result,
                             struct error *error) {
    static const char *const names[] = {"label"};
    double *labels = memory_array(error, rows, sizeof *labels);
    if (labels == NULL)
        return -1;
    for (size_t i = 0; i < rows; i++)
        labels[i] = (double)result->labels[i] + 1;
    int status = row_writer_table(&(struct row_layout){.path = path}, 1, names, rows, labels, error);
    free(labels);
    return status;
}

int clustering_output_responsibilities(const char *path, size_t rows, const struct clustering_result *result,
                                       struct error *error) {
    size_t components = result->components;
    char(*texts)[NAME_SIZE] = memory_array(error, components, sizeof *texts);
    const char **names = memory_array(error, components, sizeof *names);
    int status = -1;
    for (size_t k = 0; texts != NULL && names != NULL && k < components; k++) {
        snprintf(texts[k], sizeof texts[k], "r%zu", k + 1);
        names[k] = texts[k];
    }
    if (texts != NULL && names != NULL)
        status = row_writer_table(&(struct row_layout){.path = path}, components, names, rows,
                                  result->memberships, error);
    free(names);
    free(texts);
    return status;
}

int clustering_output_history(const char *path, const struct clustering_result *result, struct error *error) {
    static const char *const names[] = {"outer", "objective", "partition_objective", "changed_labels"};
    const struct clustering_fit *fit = &result->fit;
    double *rows = memory_matrix(error, fit->round_count, HISTORY_COLUMNS, sizeof *rows);
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < fit->round_count; i++) {
        double *row = rows + i * HISTORY_COLUMNS;
        row[0] = (double)i + 1;
        row[1] = fit->rounds[i].objective;
        row[2] = fit->rounds[i].partition;
        row[3] = (double)fit->rounds[i].changed;
    }
    int status = row_writer_table(&(struct row_layout){.path = path}, HISTORY_COLUMNS, names,
                                  fit->round_count, rows, error);
    free(rows);
    return status;
}

/* Eigenvalues of Z are those of its roots' inner products; the roots of the whole program are orthogonal. */
static double rank_of(const struct clustering_block *block, size_t n, double trace) {
    double gram[GRAM_MAX * GRAM_MAX], vectors[GRAM_MAX * GRAM_MAX], values[GRAM_MAX], rank = 0;
    size_t count = block->rank;
    for (size_t r = 0; r < count && count <= GRAM_MAX; r++)
        for (size_t s = 0; s < count; s++)
            gram[r * count + s] = vector_dot(n, block->roots + r * n, block->roots + s * n);
    if (count <= GRAM_MAX)
        symmetric_eigen_jacobi(count, gram, values, vectors);
    for (size_t r = 0; r < count; r++) {
        const double *root = block->roots + r * n;
        rank += (count <= GRAM_MAX ? values[r] : vector_dot(n, root, root)) > RANK_TOLERANCE * trace;
    }
    return rank;
}

static double trace_of(const struct clustering_block *block, size_t n) {
    return vector_dot(block->rank * n, block->roots, block->roots);
}

static void report_blocks(struct report *report, const struct clustering_fit *fit) {
    double traces[REPORTED_MAX], ranks[REPORTED_MAX];
    size_t count = fit->blocks < REPORTED_MAX ? fit->blocks : REPORTED_MAX;
    for (size_t b = 0; b < count; b++) {
        traces[b] = trace_of(&fit->solution.blocks[b], fit->solution.n);
        ranks[b] = rank_of(&fit->solution.blocks[b], fit->solution.n, traces[b]);
    }
    report_numbers(report, "traces", count, traces);
    report_numbers(report, "ranks", count, ranks);
}

/* The last rounds, as many as the report holds. */
static void report_rounds(struct report *report, const struct clustering_fit *fit) {
    double objective[REPORTED_MAX], partition[REPORTED_MAX], changed[REPORTED_MAX];
    size_t count = fit->round_count < REPORTED_MAX ? fit->round_count : REPORTED_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct clustering_round *round = &fit->rounds[fit->round_count - count + i];
        objective[i] = round->objective;
        partition[i] = round->partition;
        changed[i] = (double)round->changed;
    }
    report_numbers(report, "outer_objective", count, objective);
    report_numbers(report, "outer_partition_objective", count, partition);
    report_numbers(report, "outer_changed_labels", count, changed);
}

void clustering_output_report(struct report *report, const struct clustering_result *result) {
    const struct clustering_fit *fit = &result->fit;
    const struct clustering_outcome *outcome = &fit->outcome;
    report_number(report, "sdp_rows", (double)result->sample);
    report_number(report, "sdp_objective", outcome->objective);
    report_number(report, "sdp_partition_objective", outcome->partition);
    report_number(report, "sdp_bound", outcome->bound);
    report_number(report, "sdp_gap", outcome->partition - outcome->bound);
    report_number(report, "sdp_certified", outcome->certified);
    report_number(report, "sdp_converged", outcome->converged);
    report_number(report, "sdp_steps", (double)outcome->steps);
    report_number(report, "sdp_steps_total", (double)fit->steps);
    report_number(report, "residual_rows", outcome->residuals.rows);
    report_number(report, "residual_sign", outcome->residuals.sign);
    report_number(report, "residual_distance", outcome->residuals.distance);
    report_number(report, "residual_dual", outcome->residuals.dual);
    report_blocks(report, fit);
    report_number(report, "outer", (double)fit->round_count);
    report_number(report, "outer_stands", fit->stands);
    report_rounds(report, fit);
}
