#include "divergence/divergence_rows.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/compensated.h"
#include "num/vector.h"

/* vector_pairwise_sum's block too, so that a row's sum is the pairwise sum of its terms. */
enum { PIECE = DIVERGENCE_ROWS_PIECE };

/* Rows from `row` on, or a part of one row. */
struct piece {
    size_t row, column, count;
};

bool divergence_rows_in_logarithms(const struct divergence_rows *rows) {
    return rows->logarithms && rows->smooth == 0;
}

static void smooth_entries(const struct divergence_rows *rows, size_t count, const double *x,
                           double *result) {
    double total = 1 + (double)rows->columns * rows->smooth;
    if (rows->logarithms) {
        vector_exp(count, x, result);
        x = result;
    }
    for (size_t i = 0; i < count; i++)
        result[i] = (x[i] + rows->smooth) / total;
}

/* The entries of p or q that a piece covers, smoothed where asked; in the buffer of PIECE doubles where they
 * do not lie in x as wanted. */
static const double *entries(const struct divergence_rows *rows, const double *x, bool repeated,
                             const struct piece *piece, double *buffer) {
    const double *found = x + (repeated ? 0 : piece->row * rows->columns) + piece->column;
    if (repeated && piece->count > rows->columns) {
        for (size_t i = 0; i < piece->count; i += rows->columns)
            memcpy(buffer + i, x, rows->columns * sizeof *x);
        found = buffer;
    }
    if (rows->smooth == 0)
        return found;
    smooth_entries(rows, piece->count, found, buffer);
    return buffer;
}

static void piece_terms(const struct divergence_rows *rows, divergence_kernel *kernel, const void *settings,
                        const struct piece *piece, double *terms) {
    double p[PIECE], q[PIECE];
    kernel(settings, piece->count, entries(rows, rows->p, rows->p_repeated, piece, p),
           entries(rows, rows->q, rows->q_repeated, piece, q), terms);
}

/* Moves on to the next piece: whole rows where several fit, else a part of one. Returns false at the end. */
static bool next_piece(const struct divergence_rows *rows, struct piece *piece) {
    size_t columns = rows->columns;
    assert(columns > 0);
    piece->column += piece->count;
    if (piece->column >= columns) {
        piece->row += piece->column / columns;
        piece->column = 0;
    }
    if (piece->row >= rows->rows)
        return false;
    if (columns <= PIECE) {
        size_t together = PIECE / columns, left = rows->rows - piece->row;
        piece->count = (left < together ? left : together) * columns;
    } else {
        size_t left = columns - piece->column;
        piece->count = left < PIECE ? left : PIECE;
    }
    return true;
}

void divergence_rows_terms(const struct divergence_rows *rows, divergence_kernel *kernel,
                           const void *settings, double *result) {
    struct piece piece = {0, 0, 0};
    while (next_piece(rows, &piece))
        piece_terms(rows, kernel, settings, &piece, result + piece.row * rows->columns + piece.column);
}

void divergence_rows_sums(const struct divergence_rows *rows, divergence_kernel *kernel, const void *settings,
                          double *result) {
    double terms[PIECE];
    double sum = 0, carry = 0;
    struct piece piece = {0, 0, 0};
    while (next_piece(rows, &piece)) {
        piece_terms(rows, kernel, settings, &piece, terms);
        if (rows->columns <= PIECE) {
            vector_row_sums(piece.count / rows->columns, rows->columns, terms, result + piece.row);
            continue;
        }
        double part = vector_pairwise_sum(piece.count, terms);
        double next = piece.column == 0 ? part : sum + part;
        carry = piece.column == 0 ? 0 : carry + compensated_sum_error(sum, part, next);
        sum = next;
        if (piece.column + piece.count == rows->columns)
            result[piece.row] = isfinite(sum) ? sum + carry : sum;
    }
}

/* The piece's probabilities as they were given. */
static const double *probabilities(const struct divergence_rows *rows, const double *x, bool repeated,
                                   const struct piece *piece, double *buffer) {
    struct divergence_rows given = *rows;
    given.smooth = 0;
    const double *found = entries(&given, x, repeated, piece, buffer);
    if (!rows->logarithms)
        return found;
    vector_exp(piece->count, found, buffer);
    return buffer;
}

/* By the chain rule through (x + A) / (1 + columns A), from the smoothed entries' derivative g to that by x;
 * for logits from (x + A) / (1 + columns A) g to x times the derivative by x. */
static void unsmooth(const struct divergence_rows *rows, size_t count, const double *x, bool logits,
                     double *gradient) {
    double total = 1 + (double)rows->columns * rows->smooth;
    for (size_t i = 0; i < count; i++)
        gradient[i] *= logits ? x[i] / (x[i] + rows->smooth) : 1 / total;
}

/* From x g to x (g - sum x g) / temperature. */
static void through_softmax(size_t count, const double *x, double sum, double temperature, double *gradient) {
    for (size_t i = 0; i < count; i++)
        gradient[i] = (gradient[i] - x[i] * sum) / temperature;
}

void divergence_rows_gradient(const struct divergence_rows *rows, divergence_kernel *kernel,
                              const void *settings, enum divergence_gradient variable, double temperature,
                              double *result) {
    bool by_p = variable == GRADIENT_P || variable == GRADIENT_P_LOGITS;
    bool logits = variable == GRADIENT_P_LOGITS || variable == GRADIENT_Q_LOGITS;
    const double *x = by_p ? rows->p : rows->q;
    bool repeated = by_p ? rows->p_repeated : rows->q_repeated;
    double buffer[PIECE];

    divergence_rows_terms(rows, kernel, settings, result);
    struct piece piece = {0, 0, 0};
    while (rows->smooth > 0 && next_piece(rows, &piece))
        unsmooth(rows, piece.count, probabilities(rows, x, repeated, &piece, buffer), logits,
                 result + piece.row * rows->columns + piece.column);
    double sum = 0;
    piece = (struct piece){0, 0, 0};
    while (logits && next_piece(rows, &piece)) {
        const double *given = probabilities(rows, x, repeated, &piece, buffer);
        double *part = result + piece.row * rows->columns + piece.column;
        size_t width = piece.count < rows->columns ? piece.count : rows->columns;
        for (size_t i = 0; i < piece.count; i += width) {
            if (piece.column == 0)
                sum = vector_pairwise_sum(rows->columns, part + i);
            through_softmax(width, given + i, sum, temperature, part + i);
        }
    }
}
