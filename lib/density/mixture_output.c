#include "density/mixture_output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "density/mixture_marginal.h"
#include "io/byte_sink.h"
#include "io/decimal.h"
#include "io/npz.h"
#include "io/row_writer.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_writer.h"

enum { BLOCK = 1024, NAME_SIZE = 24, LINE_SIZE = 64 + 6 * DECIMAL_SIZE };

static int write_figures(struct npz_writer *writer, const struct mixture_fit *fit,
                         const struct mixture_criteria *criteria, double total, struct error *error) {
    const struct {
        const char *name;
        double value;
    } figures[] = {
        {"log_likelihood", fit->log_likelihood},
        {"n", total},
        {"parameters", criteria->parameters},
        {"bic", criteria->bic},
        {"aic", criteria->aic},
        {"icl", criteria->icl},
        {"iterations", (double)fit->iterations},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (!isnan(figures[i].value) &&
            npz_writer_number(writer, figures[i].name, figures[i].value, error) < 0)
            return -1;
    return 0;
}

int mixture_output_model(const char *path, const struct mixture_fit *fit,
                         const struct mixture_criteria *criteria, double total, struct error *error) {
    struct npz_writer *writer = npz_writer_open(path, error);
    if (writer == NULL)
        return -1;
    if (gaussian_mixture_writer_arrays(writer, fit->mixture, error) == 0 &&
        write_figures(writer, fit, criteria, total, error) == 0)
        return npz_writer_close(writer, error);
    npz_writer_discard(writer);
    return -1;
}

/* Closes a writer as the status says. */
static int finish(struct row_writer *writer, int status, struct error *error) {
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

/* One line of the table. Returns its length. */
static size_t print_candidate(const struct mixture_candidate *one, char *line, size_t size) {
    const double figures[] = {one->log_likelihood, one->criteria.parameters, one->criteria.bic,
                              one->criteria.aic, one->criteria.icl};
    size_t length =
        (size_t)snprintf(line, size, "%zu,%s", one->components, gaussian_mixture_type_names[one->type]);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        line[length++] = ',';
        length += decimal_print(line + length, figures[i]);
    }
    line[length++] = '\n';
    return length;
}

int mixture_output_table(const char *path, size_t count, const struct mixture_candidate *candidates,
                         struct error *error) {
    static const char names[] = "components,covariance,log_likelihood,parameters,bic,aic,icl\n";
    const struct byte_sink_settings settings = {0};
    char line[LINE_SIZE];
    struct byte_sink *sink = byte_sink_open(path, &settings, error);
    if (sink == NULL)
        return -1;
    int status = byte_sink_write(sink, names, sizeof names - 1, error);
    for (size_t i = 0; status == 0 && i < count; i++)
        if (!candidates[i].failed)
            status = byte_sink_write(sink, line, print_candidate(&candidates[i], line, sizeof line), error);
    if (status == 0)
        return byte_sink_close(sink, error);
    byte_sink_discard(sink);
    return -1;
}

/* Terms e_k become responsibilities; returns the label. */
static size_t normalise(const struct gaussian_mixture *mixture, double *terms) {
    double noise =
        mixture->noise_weight > 0 ? log(mixture->noise_weight) + mixture->noise_log_density : -INFINITY;
    double largest = noise, sum;
    size_t label = 0;
    for (size_t k = 0; k < mixture->components; k++) {
        if (terms[k] > largest || (label == 0 && noise == -INFINITY)) {
            largest = terms[k];
            label = k + 1;
        }
    }
    sum = exp(noise - largest);
    for (size_t k = 0; k < mixture->components; k++)
        sum += terms[k] = exp(terms[k] - largest);
    for (size_t k = 0; k < mixture->components; k++)
        terms[k] /= sum;
    return label;
}

/* The terms of all rows, rows x K, where entries are missing: by pattern, not as the rows stand. */
static double *find_terms(const struct mixture_rows *rows, const struct gaussian_mixture *mixture,
                          struct error *error) {
    const struct mixture_patterns *patterns = rows->patterns;
    size_t components = mixture->components, d = rows->dimensions;
    double *terms = memory_matrix(error, rows->rows, components, sizeof *terms);
    double *tile_room = memory_matrix(error, 2 * d + 1, MIXTURE_PATTERNS_TILE, sizeof *tile_room);
    struct mixture_marginal *marginal = mixture_marginal_create(components, d, mixture->type, error);
    bool ready = terms != NULL && tile_room != NULL && marginal != NULL;
    for (size_t i = 0; ready && i < rows->rows; i++) /* what stays of those without any value */
        memcpy(terms + i * components, mixture->log_weights, components * sizeof *terms);
    for (size_t i = 0; ready && i < patterns->tile_count; i++) {
        const struct mixture_patterns_tile *tile = &patterns->tiles[i];
        const size_t *order = patterns->order + tile->from;
        double *x = tile_room, *y = x + d * MIXTURE_PATTERNS_TILE, *term = y + d * MIXTURE_PATTERNS_TILE;
        if (i == 0 || tile->pattern != tile[-1].pattern)
            mixture_marginal_set(marginal, mixture, patterns->observed + tile->pattern * d);
        mixture_marginal_load(marginal, rows->values, order, tile->count, x);
        for (size_t k = 0; k < components; k++) {
            mixture_marginal_terms(marginal, k, x, y, term);
            for (size_t p = 0; p < tile->count; p++)
                terms[order[p] * components + k] = term[p];
        }
    }
    mixture_marginal_free(marginal);
    free(tile_room);
    if (ready)
        return terms;
    free(terms);
    return NULL;
}

/* Writes labels where labels is set, else responsibilities. */
static int write_rows(struct row_writer *writer, const struct mixture_rows *rows,
                      const struct gaussian_mixture *mixture, bool labels, struct error *error) {
    size_t components = mixture->components;
    double *workspace = memory_array(error, gaussian_mixture_density_workspace(mixture), sizeof *workspace);
    double *terms = memory_matrix(error, BLOCK, components, sizeof *terms);
    double *all = rows->patterns != NULL ? find_terms(rows, mixture, error) : NULL, label[BLOCK];
    int status = workspace != NULL && terms != NULL && (all != NULL || rows->patterns == NULL) ? 0 : -1;
    for (size_t from = 0; status == 0 && from < rows->rows; from += BLOCK) {
        size_t count = rows->rows - from < BLOCK ? rows->rows - from : BLOCK;
        if (all != NULL)
            memcpy(terms, all + from * components, count * components * sizeof *terms);
        else
            gaussian_mixture_density_terms(mixture, count, rows->values + from * rows->dimensions, terms,
                                           workspace);
        for (size_t i = 0; i < count; i++)
            label[i] = (double)normalise(mixture, terms + i * components);
        status = row_writer_rows(writer, labels ? label : terms, count, error);
    }
    free(workspace);
    free(terms);
    free(all);
    return status;
}

int mixture_output_labels(const char *path, const struct mixture_rows *rows,
                          const struct gaussian_mixture *mixture, struct error *error) {
    static const char *const names[] = {"label"};
    struct row_layout layout = {.path = path};
    struct row_writer *writer = row_writer_open(&layout, 1, names, (int64_t)rows->rows, error);
    return writer == NULL ? -1 : finish(writer, write_rows(writer, rows, mixture, true, error), error);
}

int mixture_output_responsibilities(const char *path, const struct mixture_rows *rows,
                                    const struct gaussian_mixture *mixture, struct error *error) {
    size_t components = mixture->components;
    struct row_layout layout = {.path = path};
    struct row_writer *writer = NULL;
    char(*texts)[NAME_SIZE] = memory_array(error, components, sizeof *texts);
    const char **names = memory_array(error, components, sizeof *names);
    int status = -1;
    for (size_t k = 0; texts != NULL && names != NULL && k < components; k++) {
        snprintf(texts[k], sizeof texts[k], "r%zu", k + 1);
        names[k] = texts[k];
    }
    if (texts != NULL && names != NULL)
        writer = row_writer_open(&layout, components, names, (int64_t)rows->rows, error);
    if (writer != NULL)
        status = finish(writer, write_rows(writer, rows, mixture, false, error), error);
    free(names);
    free(texts);
    return status;
}
