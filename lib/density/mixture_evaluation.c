#include "density/mixture_evaluation.h"

#include <string.h>

#include "base/memory.h"
#include "num/gaussian_mixture_density.h"
#include "num/gaussian_mixture_posterior.h"
#include "num/row_map.h"

enum {
    PIECE_VALUES = 32768, /* terms of a piece: with their copies they stay in a core's second-level cache */
    PIECE_ROWS_MIN = 32,  /* a tile of num/gaussian_mixture_density.h */
    PIECE_ROWS_MAX = 1024
};

/* A piece at work. */
struct piece {
    const struct mixture_evaluation *evaluation;
    size_t rows;
    const double *points;
    double *terms;            /* rows x K, or NULL where not needed; likewise the next two */
    double *responsibilities; /* rows x K */
    double *gradient;         /* rows x d */
    double *single;           /* rows */
    double *workspace;
};

static bool needs_score(const struct mixture_evaluation_columns *columns) {
    return columns->score || columns->denoise || columns->laplacian;
}

static bool needs_terms(const struct mixture_evaluation_columns *columns) {
    return needs_score(columns) || columns->responsibilities || columns->labels || columns->components ||
           columns->mahalanobis;
}

static size_t piece_rows(const struct gaussian_mixture *mixture) {
    size_t values = mixture->components + mixture->dimensions;
    size_t rows = values < PIECE_VALUES ? PIECE_VALUES / values / PIECE_ROWS_MIN * PIECE_ROWS_MIN : 0;
    return rows < PIECE_ROWS_MIN ? PIECE_ROWS_MIN : rows > PIECE_ROWS_MAX ? PIECE_ROWS_MAX : rows;
}

static int make_names(struct mixture_evaluation *evaluation, struct error *error) {
    const struct mixture_evaluation_columns *columns = &evaluation->columns;
    struct column_names *names = &evaluation->names;
    size_t components = evaluation->mixture->components, d = evaluation->mixture->dimensions;
    if ((columns->log_density && column_names_add(names, "log_density", error) < 0) ||
        (columns->responsibilities && column_names_add_range(names, "r", components, error) < 0) ||
        (columns->labels && column_names_add(names, "label", error) < 0) ||
        (columns->score && column_names_add_range(names, "score_", d, error) < 0) ||
        (columns->denoise && column_names_add_range(names, "denoised_", d, error) < 0) ||
        (columns->mahalanobis && column_names_add_range(names, "m", components, error) < 0) ||
        (columns->components && column_names_add_range(names, "log_", components, error) < 0) ||
        (columns->laplacian && column_names_add(names, "laplacian", error) < 0))
        return -1;
    return 0;
}

int mixture_evaluation_create(struct mixture_evaluation *evaluation, const struct gaussian_mixture *mixture,
                              const struct mixture_evaluation_columns *columns, double alpha, double sigma,
                              struct error *error) {
    *evaluation = (struct mixture_evaluation){
        .columns = *columns, .mixture = mixture, .alpha = alpha, .sigma = sigma, .squares = *mixture};
    evaluation->zeros = memory_zeros(error, mixture->components, sizeof *evaluation->zeros);
    evaluation->squares.log_weights = evaluation->squares.normalisers = evaluation->zeros;
    if (evaluation->zeros != NULL && make_names(evaluation, error) == 0 &&
        gaussian_mixture_score_create(&evaluation->score, mixture, columns->laplacian, error) == 0)
        return 0;
    mixture_evaluation_free(evaluation);
    return -1;
}

/* Copies rows of `width` values into columns of the result. Returns the column behind them. */
static double *place(size_t rows, size_t width, const double *values, size_t stride, double *result) {
    for (size_t row = 0; row < rows; row++)
        memcpy(result + row * stride, values + row * width, width * sizeof *values);
    return result + width;
}

/* E[X | alpha X + sigma Z = x], in the gradient's place. */
static void denoise(const struct mixture_evaluation *evaluation, const struct piece *piece) {
    double square = evaluation->sigma * evaluation->sigma;
    for (size_t i = 0; i < piece->rows * evaluation->mixture->dimensions; i++)
        piece->gradient[i] =
            ((square == 0 ? 0 : square * piece->gradient[i]) + piece->points[i]) / evaluation->alpha;
}

/* Columns that come from the terms and the responsibilities. */
static double *place_posterior(const struct piece *piece, size_t stride, double *result) {
    const struct mixture_evaluation *evaluation = piece->evaluation;
    const struct gaussian_mixture *mixture = evaluation->mixture;
    size_t rows = piece->rows, components = mixture->components;
    if (evaluation->columns.responsibilities || needs_score(&evaluation->columns)) {
        memcpy(piece->responsibilities, piece->terms, rows * components * sizeof *piece->terms);
        gaussian_mixture_posterior_rows(mixture, rows, piece->responsibilities, NULL);
    }
    if (evaluation->columns.responsibilities)
        result = place(rows, components, piece->responsibilities, stride, result);
    if (evaluation->columns.labels)
        gaussian_mixture_posterior_labels(mixture, rows, piece->terms, stride, result++);
    return result;
}

static double *place_score(const struct piece *piece, size_t stride, double *result) {
    const struct mixture_evaluation *evaluation = piece->evaluation;
    size_t rows = piece->rows, d = evaluation->mixture->dimensions;
    if (!needs_score(&evaluation->columns))
        return result;
    gaussian_mixture_score_rows(&evaluation->score, rows, piece->points, piece->responsibilities,
                                piece->gradient, evaluation->columns.laplacian ? piece->single : NULL,
                                piece->workspace);
    if (evaluation->columns.score)
        result = place(rows, d, piece->gradient, stride, result);
    if (evaluation->columns.denoise) {
        denoise(evaluation, piece);
        result = place(rows, d, piece->gradient, stride, result);
    }
    return result;
}

/* The responsibilities' room serves for the distances. */
static double *place_distances(const struct piece *piece, size_t stride, double *result) {
    const struct mixture_evaluation *evaluation = piece->evaluation;
    size_t rows = piece->rows, components = evaluation->mixture->components;
    if (!evaluation->columns.mahalanobis)
        return result;
    gaussian_mixture_density_terms(&evaluation->squares, rows, piece->points, piece->responsibilities,
                                   piece->workspace);
    for (size_t i = 0; i < rows * components; i++)
        piece->responsibilities[i] = 0 - 2 * piece->responsibilities[i];
    return place(rows, components, piece->responsibilities, stride, result);
}

static size_t workspace_size(const struct mixture_evaluation *evaluation, size_t rows, struct piece *piece,
                             double *workspace) {
    const struct gaussian_mixture *mixture = evaluation->mixture;
    size_t density = gaussian_mixture_density_workspace(mixture);
    size_t score = gaussian_mixture_score_workspace(mixture);
    size_t terms = needs_terms(&evaluation->columns) ? rows * mixture->components : 0;
    size_t gradient = needs_score(&evaluation->columns) ? rows * mixture->dimensions : 0;
    if (piece != NULL)
        *piece = (struct piece){.evaluation = evaluation,
                                .terms = workspace,
                                .responsibilities = workspace + terms,
                                .gradient = workspace + 2 * terms,
                                .single = workspace + 2 * terms + gradient,
                                .workspace = workspace + 2 * terms + gradient + rows};
    return 2 * terms + gradient + rows + (density > score ? density : score);
}

/* row_map_function */
static void evaluate(const void *context, size_t rows, const double *points, double *results,
                     double *workspace) {
    const struct mixture_evaluation *evaluation = context;
    const struct mixture_evaluation_columns *columns = &evaluation->columns;
    const struct gaussian_mixture *mixture = evaluation->mixture;
    size_t stride = evaluation->names.count;
    struct piece piece;
    workspace_size(evaluation, rows, &piece, workspace);
    piece.rows = rows;
    piece.points = points;
    if (columns->log_density) {
        gaussian_mixture_density_rows(mixture, rows, points, piece.single, piece.workspace);
        results = place(rows, 1, piece.single, stride, results);
    }
    if (!needs_terms(columns))
        return;
    gaussian_mixture_density_terms(mixture, rows, points, piece.terms, piece.workspace);
    results = place_posterior(&piece, stride, results);
    results = place_score(&piece, stride, results);
    results = place_distances(&piece, stride, results);
    if (columns->components)
        results = place(rows, mixture->components, piece.terms, stride, results);
    if (columns->laplacian)
        place(rows, 1, piece.single, stride, results);
}

int mixture_evaluation_push(struct row_stream **chain, const struct mixture_evaluation *evaluation,
                            size_t threads, struct error *error) {
    size_t rows = piece_rows(evaluation->mixture);
    const struct row_map map = {
        .function = evaluate,
        .context = evaluation,
        .columns = evaluation->names.count,
        .names = (const char *const *)evaluation->names.names,
        .piece_rows = rows,
        .workspace_size = workspace_size(evaluation, rows, NULL, NULL),
        .threads = threads,
        .nan_fault = "too far from every component",
    };
    return row_map_push(chain, &map, error);
}

void mixture_evaluation_free(struct mixture_evaluation *evaluation) {
    free(evaluation->zeros);
    gaussian_mixture_score_free(&evaluation->score);
    column_names_free(&evaluation->names);
    *evaluation = (struct mixture_evaluation){0};
}
