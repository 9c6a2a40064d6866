#include "process/gaussian_process_sparse_rows.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/blas.h"
#include "num/vector.h"

enum {
    BLOCK = GAUSSIAN_PROCESS_SPARSE_BLOCK,
    LANES_MAX = 16,
    LANES_MIN = 4,
    LANE_VALUES_MAX = 1 << 24, /* of all lanes, where they are more than the least */
};

const char *const gaussian_process_sparse_rows_methods[] = {"vfe", "fitc", "sor", NULL};

/* The sums of every lane_count-th block. */
struct gaussian_process_sparse_lane {
    double *gram; /* width x width; weighted in the second pass */
    double log_noise, left, noise, diagonal;
    double *parameters; /* parameter_count */
    double *slopes;     /* m x inputs */
    bool failed;
};

/* A block at work. */
struct gaussian_process_sparse_room {
    double *v;      /* BLOCK x m */
    double *second; /* BLOCK x m */
    double *wide;   /* BLOCK x width */
    double *noise;  /* BLOCK: D */
    double *left;   /* BLOCK: e */
    double *kept;   /* BLOCK: derivatives by k(x_i, x_i) */
    double *weight; /* BLOCK: t */
    double *solved; /* BLOCK x outputs: C^-1 (y - h b) */
    double *laid;   /* inputs x 64: rows as tiles want them */
    double adjoint[COVARIANCE_TILE_AREA], slope[COVARIANCE_TILE_AREA];
};

size_t gaussian_process_sparse_rows_width(const struct gaussian_process_sparse_rows *rows) {
    return rows->inducing + rows->basis_count + rows->data->outputs;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Kernels whose k(x, x) depends on x bring a function for it, but the spectral mixture's is a constant. */
static bool is_stationary(const struct covariance *covariance) {
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_kernel *kernel = covariance->nodes[i].kernel;
        if (covariance->nodes[i].kind == COVARIANCE_LEAF && kernel->diagonal != NULL && !kernel->spectral)
            return false;
    }
    return true;
}

static int open_lane(const struct gaussian_process_sparse_rows *rows,
                     struct gaussian_process_sparse_lane *lane, struct error *error) {
    size_t width = gaussian_process_sparse_rows_width(rows);
    lane->gram = memory_matrix(error, width, width, sizeof(double));
    lane->parameters = memory_array(error, rows->work->covariance->parameter_count + 1, sizeof(double));
    lane->slopes = memory_matrix(error, rows->inducing, rows->data->inputs, sizeof(double));
    return lane->gram == NULL || lane->parameters == NULL || lane->slopes == NULL ? -1 : 0;
}

static int open_room(const struct gaussian_process_sparse_rows *rows,
                     struct gaussian_process_sparse_room *room, struct error *error) {
    size_t q = rows->data->outputs;
    room->v = memory_matrix(error, BLOCK, rows->inducing, sizeof(double));
    room->second = memory_matrix(error, BLOCK, rows->inducing, sizeof(double));
    room->wide = memory_matrix(error, BLOCK, gaussian_process_sparse_rows_width(rows), sizeof(double));
    room->noise = memory_matrix(error, 4 + q, BLOCK, sizeof(double));
    room->laid = memory_matrix(error, rows->data->inputs, COVARIANCE_TILE, sizeof(double));
    if (room->v == NULL || room->second == NULL || room->wide == NULL || room->noise == NULL ||
        room->laid == NULL)
        return -1;
    room->left = room->noise + BLOCK;
    room->kept = room->left + BLOCK;
    room->weight = room->kept + BLOCK;
    room->solved = room->weight + BLOCK;
    return 0;
}

int gaussian_process_sparse_rows_open(struct gaussian_process_sparse_rows *rows, struct error *error) {
    size_t width = gaussian_process_sparse_rows_width(rows), values;
    if (!memory_product(width, width, &values))
        return error_set(error, "out of memory");
    size_t lanes = LANE_VALUES_MAX / values;
    rows->lane_count = lanes < LANES_MIN ? LANES_MIN : lanes > LANES_MAX ? LANES_MAX : lanes;
    rows->stationary = is_stationary(rows->work->covariance);
    rows->lanes = memory_zeros(error, rows->lane_count, sizeof *rows->lanes);
    rows->rooms = memory_zeros(error, rows->work->threads, sizeof *rows->rooms);
    int status = rows->lanes == NULL || rows->rooms == NULL ? -1 : 0;
    for (size_t i = 0; status == 0 && i < rows->lane_count; i++)
        status = open_lane(rows, &rows->lanes[i], error);
    for (size_t i = 0; status == 0 && i < rows->work->threads; i++)
        status = open_room(rows, &rows->rooms[i], error);
    if (status < 0)
        gaussian_process_sparse_rows_close(rows);
    return status;
}

void gaussian_process_sparse_rows_close(struct gaussian_process_sparse_rows *rows) {
    for (size_t i = 0; rows->lanes != NULL && i < rows->lane_count; i++) {
        free(rows->lanes[i].gram);
        free(rows->lanes[i].parameters);
        free(rows->lanes[i].slopes);
    }
    for (size_t i = 0; rows->rooms != NULL && i < rows->work->threads; i++) {
        free(rows->rooms[i].v);
        free(rows->rooms[i].second);
        free(rows->rooms[i].wide);
        free(rows->rooms[i].noise);
        free(rows->rooms[i].laid);
    }
    free(rows->lanes);
    free(rows->rooms);
    rows->lanes = NULL;
    rows->rooms = NULL;
}

/* One pass, and what its second half needs. */
struct pass {
    struct gaussian_process_sparse_rows *rows;
    const struct gaussian_process_sparse_slopes *slopes; /* NULL: the first pass */
};

/* A block of rows: where it begins, its room, sums and kernel. */
struct block {
    const struct gaussian_process_sparse_rows *rows;
    struct gaussian_process_sparse_room *room;
    struct gaussian_process_sparse_lane *lane;
    struct covariance_workspace *workspace;
    size_t first, count;
};

/* Up to 64 rows of the block, from `row` on, laid out as the second side of tiles. */
static size_t lay_rows(const struct block *block, size_t row) {
    const struct gaussian_process_data *data = block->rows->data;
    size_t count = least(COVARIANCE_TILE, block->count - row), d = data->inputs;
    const double *x = data->x + (block->first + row) * d;
    for (size_t c = 0; c < d; c++)
        for (size_t j = 0; j < COVARIANCE_TILE; j++)
            block->room->laid[c * COVARIANCE_TILE + j] = x[least(j, count - 1) * d + c];
    return count;
}

/* Inducing inputs from `z` on against the `columns` rows that were laid out. */
static struct covariance_tile tile_at(const struct block *block, size_t z, size_t columns) {
    const struct gaussian_process_sparse_rows *rows = block->rows;
    return (struct covariance_tile){
        .rows = least(COVARIANCE_TILE, rows->inducing - z),
        .columns = columns,
        .inputs = rows->data->inputs,
        .x = rows->z + z * rows->data->inputs,
        .y = block->room->laid,
        .offset = COVARIANCE_APART,
    };
}

/* The rows that were laid out against themselves. */
static struct covariance_tile tile_of_rows(const struct block *block, size_t row, size_t columns) {
    const struct gaussian_process_data *data = block->rows->data;
    return (struct covariance_tile){
        .rows = columns,
        .columns = columns,
        .inputs = data->inputs,
        .x = data->x + (block->first + row) * data->inputs,
        .y = block->room->laid,
        .offset = 0,
    };
}

/* v, e and D of the block. */
static void prepare(const struct block *block) {
    const struct gaussian_process_sparse_rows *rows = block->rows;
    struct gaussian_process_sparse_room *room = block->room;
    size_t m = rows->inducing;
    for (size_t row = 0; row < block->count; row += COVARIANCE_TILE) {
        size_t columns = lay_rows(block, row);
        struct covariance_tile own = tile_of_rows(block, row, columns);
        covariance_tile_diagonal(block->workspace, &own, room->left + row);
        for (size_t z = 0; z < m; z += COVARIANCE_TILE) {
            struct covariance_tile tile = tile_at(block, z, columns);
            const double *values = covariance_tile_values(block->workspace, &tile);
            for (size_t i = 0; i < columns; i++)
                for (size_t j = 0; j < tile.rows; j++)
                    room->v[(row + i) * m + z + j] = values[j * COVARIANCE_TILE + i];
        }
    }
    blas_solve_rows(m, rows->factor_uu, false, block->count, room->v);
    for (size_t i = 0; i < block->count; i++) {
        const double *known = rows->data->noise;
        room->left[i] -= vector_plain_dot(m, room->v + i * m, room->v + i * m);
        room->noise[i] = rows->noise + (known == NULL ? 0 : known[block->first + i]);
        if (rows->method == GAUSSIAN_PROCESS_SPARSE_FITC)
            room->noise[i] += room->left[i];
    }
}

static double basis_at(const struct gaussian_process_sparse_rows *rows, size_t row, size_t b) {
    return b == 0 ? 1 : rows->data->x[row * rows->data->inputs + b - 1] - rows->centres[b - 1];
}

static double target_at(const struct gaussian_process_sparse_rows *rows, size_t row, size_t c) {
    const struct gaussian_process_data *data = rows->data;
    return data->y[row * data->outputs + c] - rows->centres[data->inputs + c];
}

/* r_i / sqrt(D_i) */
static void widen(const struct block *block, size_t i, double *wide) {
    const struct gaussian_process_sparse_rows *rows = block->rows;
    size_t m = rows->inducing, h = rows->basis_count, q = rows->data->outputs, row = block->first + i;
    double scale = 1 / sqrt(block->room->noise[i]);
    for (size_t j = 0; j < m; j++)
        wide[j] = block->room->v[i * m + j] * scale;
    for (size_t b = 0; b < h; b++)
        wide[m + b] = basis_at(rows, row, b) * scale;
    for (size_t c = 0; c < q; c++)
        wide[m + h + c] = target_at(rows, row, c) * scale;
}

static void gather_block(const struct block *block) {
    struct gaussian_process_sparse_room *room = block->room;
    struct gaussian_process_sparse_lane *lane = block->lane;
    size_t width = gaussian_process_sparse_rows_width(block->rows);
    prepare(block);
    for (size_t i = 0; i < block->count; i++) {
        if (!(room->noise[i] > 0)) {
            lane->failed = true;
            return;
        }
        lane->log_noise += log(room->noise[i]);
        lane->left += room->left[i] / room->noise[i];
        widen(block, i, room->wide + i * width);
    }
    blas_gram(block->count, width, room->wide, width, 1, lane->gram);
}

/* C^-1 (y - h b) of a row, with C^-1 = D^-1 - D^-1 V (L_B L_B')^-1 V' D^-1. */
static void solve_row(const struct block *block, const struct gaussian_process_sparse_slopes *slopes,
                      size_t i) {
    const struct gaussian_process_sparse_rows *rows = block->rows;
    size_t m = rows->inducing, q = rows->data->outputs, row = block->first + i;
    for (size_t c = 0; c < q; c++) {
        double residual = target_at(rows, row, c);
        for (size_t b = 0; b < rows->basis_count; b++)
            residual -= basis_at(rows, row, b) * slopes->coefficients[b * q + c];
        residual -= vector_plain_dot(m, block->room->v + i * m, slopes->beta + c * m);
        block->room->solved[i * q + c] = residual / block->room->noise[i];
    }
}

/* The derivatives by D_i, k(x_i, x_i) and v_i'v_i (t) of a row, whose C^-1_ii is given. Sources: Titsias 2009
 * (AISTATS), equation 9; Snelson and Ghahramani 2006 (NIPS 18). */
static void weigh_row(const struct block *block, size_t i, double inverse) {
    struct gaussian_process_sparse_room *room = block->room;
    size_t q = block->rows->data->outputs;
    double noise = room->noise[i], by_noise = -0.5 * (double)q * inverse;
    for (size_t c = 0; c < q; c++)
        by_noise += 0.5 * room->solved[i * q + c] * room->solved[i * q + c];
    room->kept[i] = room->weight[i] = 0;
    if (block->rows->method == GAUSSIAN_PROCESS_SPARSE_VFE) {
        by_noise += 0.5 * (double)q * room->left[i] / (noise * noise);
        room->weight[i] = 0.5 * (double)q / noise;
    } else if (block->rows->method == GAUSSIAN_PROCESS_SPARSE_FITC)
        room->weight[i] = -by_noise;
    room->kept[i] = -room->weight[i];
    block->lane->noise += by_noise;
}

/* Row i of the second half becomes that of dF/dK(X, Z) L: beta a_i - q / D_i B^-1 v_i + 2 t_i v_i. */
static void combine_row(const struct block *block, const struct gaussian_process_sparse_slopes *slopes,
                        size_t i) {
    struct gaussian_process_sparse_room *room = block->room;
    size_t m = block->rows->inducing, q = block->rows->data->outputs;
    double *u = room->second + i * m, shrink = (double)q / room->noise[i];
    const double *v = room->v + i * m;
    for (size_t j = 0; j < m; j++)
        u[j] = 2 * room->weight[i] * v[j] - shrink * u[j];
    for (size_t c = 0; c < q; c++)
        for (size_t j = 0; j < m; j++)
            u[j] += slopes->beta[c * m + j] * room->solved[i * q + c];
}

/* weighted += sum t_i v_i v_i' */
static void add_weighted(const struct block *block) {
    size_t m = block->rows->inducing;
    double *scaled = block->room->wide;
    for (size_t i = 0; i < block->count; i++)
        for (size_t j = 0; j < m; j++)
            scaled[i * m + j] = block->room->weight[i] * block->room->v[i * m + j];
    struct blas_product product = {.rows = m,
                                   .columns = m,
                                   .inner = block->count,
                                   .alpha = 1,
                                   .beta = 1,
                                   .a = scaled,
                                   .b = block->room->v,
                                   .a_stride = m,
                                   .b_stride = m,
                                   .c_stride = m,
                                   .a_transposed = true,
                                   .c = block->lane->gram};
    blas_multiply(&product);
}

/* Through k(x_i, x_i). */
static void accumulate_diagonal(const struct block *block, size_t row, size_t columns) {
    double *adjoint = block->room->adjoint;
    if (block->rows->stationary) {
        for (size_t i = 0; i < columns; i++)
            block->lane->diagonal += block->room->kept[row + i];
        return;
    }
    struct covariance_tile own = tile_of_rows(block, row, columns);
    memset(adjoint, 0, columns * COVARIANCE_TILE * sizeof *adjoint);
    for (size_t i = 0; i < columns; i++)
        adjoint[i * COVARIANCE_TILE + i] = block->room->kept[row + i];
    covariance_tile_values(block->workspace, &own);
    covariance_tile_accumulate(block->workspace, &own, adjoint, block->lane->parameters);
}

/* By the inducing inputs of a tile. */
static void accumulate_slopes(const struct block *block, const struct covariance_tile *tile, size_t z) {
    size_t d = tile->inputs;
    for (size_t input = 0; input < d; input++) {
        covariance_tile_slope(block->workspace, tile, input, block->room->slope);
        for (size_t j = 0; j < tile->rows; j++)
            block->lane->slopes[(z + j) * d + input] +=
                vector_plain_dot(tile->columns, block->room->adjoint + j * COVARIANCE_TILE,
                                 block->room->slope + j * COVARIANCE_TILE);
    }
}

/* Through K(X, Z), whose adjoint is `second`. */
static void accumulate(const struct block *block, bool slopes) {
    struct gaussian_process_sparse_room *room = block->room;
    size_t m = block->rows->inducing;
    for (size_t row = 0; row < block->count; row += COVARIANCE_TILE) {
        size_t columns = lay_rows(block, row);
        accumulate_diagonal(block, row, columns);
        for (size_t z = 0; z < m; z += COVARIANCE_TILE) {
            struct covariance_tile tile = tile_at(block, z, columns);
            memset(room->adjoint, 0, tile.rows * COVARIANCE_TILE * sizeof *room->adjoint);
            for (size_t i = 0; i < columns; i++)
                for (size_t j = 0; j < tile.rows; j++)
                    room->adjoint[j * COVARIANCE_TILE + i] = room->second[(row + i) * m + z + j];
            covariance_tile_values(block->workspace, &tile);
            covariance_tile_accumulate(block->workspace, &tile, room->adjoint, block->lane->parameters);
            if (slopes)
                accumulate_slopes(block, &tile, z);
        }
    }
}

static void scatter_block(const struct block *block, const struct gaussian_process_sparse_slopes *slopes) {
    const struct gaussian_process_sparse_rows *rows = block->rows;
    struct gaussian_process_sparse_room *room = block->room;
    size_t m = rows->inducing;
    prepare(block);
    memcpy(room->second, room->v, block->count * m * sizeof *room->second);
    blas_solve_rows(m, slopes->factor_b, false, block->count, room->second);
    for (size_t i = 0; i < block->count; i++) {
        const double *solved = room->second + i * m;
        double noise = room->noise[i];
        solve_row(block, slopes, i);
        weigh_row(block, i, (1 - vector_plain_dot(m, solved, solved) / noise) / noise);
    }
    blas_solve_rows(m, slopes->factor_b, true, block->count, room->second);
    for (size_t i = 0; i < block->count; i++)
        combine_row(block, slopes, i);
    if (rows->method == GAUSSIAN_PROCESS_SPARSE_FITC)
        add_weighted(block);
    blas_solve_rows(m, rows->factor_uu, true, block->count, room->second);
    accumulate(block, slopes->slopes != NULL);
}

static void clear_lane(const struct gaussian_process_sparse_rows *rows,
                       struct gaussian_process_sparse_lane *lane) {
    size_t width = gaussian_process_sparse_rows_width(rows);
    memset(lane->gram, 0, width * width * sizeof *lane->gram);
    memset(lane->parameters, 0, rows->work->covariance->parameter_count * sizeof *lane->parameters);
    memset(lane->slopes, 0, rows->inducing * rows->data->inputs * sizeof *lane->slopes);
    lane->log_noise = lane->left = lane->noise = lane->diagonal = 0;
    lane->failed = false;
}

static void run_lane(void *context, size_t index, size_t worker) {
    const struct pass *pass = context;
    struct gaussian_process_sparse_rows *rows = pass->rows;
    struct gaussian_process_sparse_lane *lane = &rows->lanes[index];
    size_t n = rows->data->rows;
    clear_lane(rows, lane);
    for (size_t first = index * BLOCK; first < n && !lane->failed; first += rows->lane_count * BLOCK) {
        const struct block block = {
            rows, &rows->rooms[worker], lane, &rows->work->workspaces[worker], first, least(BLOCK, n - first),
        };
        if (pass->slopes == NULL)
            gather_block(&block);
        else
            scatter_block(&block, pass->slopes);
    }
}

static void add(size_t count, const double *terms, double *sums) {
    for (size_t i = 0; i < count; i++)
        sums[i] += terms[i];
}

bool gaussian_process_sparse_rows_gather(struct gaussian_process_sparse_rows *rows, double *gram,
                                         struct gaussian_process_sparse_sums *sums) {
    struct pass pass = {rows, NULL};
    size_t width = gaussian_process_sparse_rows_width(rows);
    bool failed = false;
    *sums = (struct gaussian_process_sparse_sums){0};
    memset(gram, 0, width * width * sizeof *gram);
    parallel_for(rows->work->threads, rows->lane_count, run_lane, &pass);
    for (size_t i = 0; i < rows->lane_count; i++) {
        failed = failed || rows->lanes[i].failed;
        sums->log_noise += rows->lanes[i].log_noise;
        sums->left += rows->lanes[i].left;
        add(width * width, rows->lanes[i].gram, gram);
    }
    return !failed;
}

void gaussian_process_sparse_rows_scatter(struct gaussian_process_sparse_rows *rows,
                                          const struct gaussian_process_sparse_slopes *slopes) {
    struct pass pass = {rows, slopes};
    size_t m = rows->inducing, d = rows->data->inputs, parameters = rows->work->covariance->parameter_count;
    double diagonal = 0;
    *slopes->noise = 0;
    memset(slopes->parameters, 0, parameters * sizeof(double));
    memset(slopes->weighted, 0, m * m * sizeof(double));
    if (slopes->slopes != NULL)
        memset(slopes->slopes, 0, m * d * sizeof(double));
    parallel_for(rows->work->threads, rows->lane_count, run_lane, &pass);
    for (size_t i = 0; i < rows->lane_count; i++) {
        const struct gaussian_process_sparse_lane *lane = &rows->lanes[i];
        *slopes->noise += lane->noise;
        diagonal += lane->diagonal;
        add(parameters, lane->parameters, slopes->parameters);
        if (slopes->slopes != NULL)
            add(m * d, lane->slopes, slopes->slopes);
        if (rows->method == GAUSSIAN_PROCESS_SPARSE_FITC)
            add(m * m, lane->gram, slopes->weighted);
    }
    if (!rows->stationary)
        return;
    /* One point stands for all. */
    struct gaussian_process_sparse_room *room = &rows->rooms[0];
    const struct block block = {
        rows, room, &rows->lanes[0], &rows->work->workspaces[0], 0, 1,
    };
    struct covariance_tile own = tile_of_rows(&block, 0, lay_rows(&block, 0));
    memset(room->adjoint, 0, COVARIANCE_TILE * sizeof *room->adjoint);
    room->adjoint[0] = diagonal;
    covariance_tile_values(block.workspace, &own);
    covariance_tile_accumulate(block.workspace, &own, room->adjoint, slopes->parameters);
}
