#include "process/gaussian_process_vecchia.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "num/cholesky_batch.h"
#include "num/max_min_order.h"
#include "process/gaussian_process_neighbours.h"

enum {
    BATCH = CHOLESKY_BATCH,
    BLOCK = 64 * BATCH, /* rows of a parallel task */
    POINTS = COVARIANCE_TILE,
};

static const double jitters[] = {0, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

/* Room of one thread, for eight rows at a time; vectors are (M + 1) x 8. */
struct gaussian_process_vecchia_workspace {
    struct covariance_workspace *tiles; /* eight */
    double *x, *y;                      /* for each lane 64 x inputs, and inputs x 64 */
    double *matrix;                     /* K, which becomes L */
    double *u;                          /* the last row of L^-1 */
    double *whitened;                   /* outputs times: r, which becomes L^-1 r, then a */
    double *adjoint;                    /* 64 x 64 */
    double *row;                        /* (basis_count + outputs) x 8 */
};

static size_t width_of(const struct gaussian_process_vecchia *vecchia) {
    return vecchia->whitening.basis_count + vecchia->data->outputs;
}

static void free_workspaces(struct gaussian_process_vecchia *vecchia) {
    for (size_t t = 0; vecchia->workspaces != NULL && t < vecchia->threads; t++) {
        struct gaussian_process_vecchia_workspace *workspace = &vecchia->workspaces[t];
        double *const arrays[] = {workspace->x,        workspace->y,       workspace->matrix, workspace->u,
                                  workspace->whitened, workspace->adjoint, workspace->row};
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
            free(arrays[i]);
    }
    free(vecchia->workspaces);
    vecchia->workspaces = NULL;
}

static int open_workspaces(struct gaussian_process_vecchia *vecchia, struct error *error) {
    size_t d = vecchia->data->inputs, m = vecchia->neighbours + 1;
    vecchia->workspaces = memory_zeros(error, vecchia->threads, sizeof *vecchia->workspaces);
    for (size_t t = 0; vecchia->workspaces != NULL && t < vecchia->threads; t++) {
        struct gaussian_process_vecchia_workspace *workspace = &vecchia->workspaces[t];
        workspace->tiles = vecchia->work.workspaces + t * BATCH;
        workspace->x = memory_matrix(error, d, BATCH * POINTS, sizeof(double));
        workspace->y = memory_matrix(error, d, BATCH * POINTS, sizeof(double));
        workspace->matrix = memory_array(error, cholesky_batch_size(m), sizeof(double));
        workspace->u = memory_array(error, m * BATCH, sizeof(double));
        workspace->whitened = memory_matrix(error, vecchia->data->outputs, m * BATCH, sizeof(double));
        workspace->adjoint = memory_array(error, COVARIANCE_TILE_AREA, sizeof(double));
        workspace->row = memory_matrix(error, width_of(vecchia), BATCH, sizeof(double));
        if (workspace->x == NULL || workspace->y == NULL || workspace->matrix == NULL ||
            workspace->u == NULL || workspace->whitened == NULL || workspace->adjoint == NULL ||
            workspace->row == NULL)
            return -1;
    }
    return vecchia->workspaces == NULL ? -1 : 0;
}

/* The rows in their order. */
static void arrange(struct gaussian_process_vecchia *vecchia) {
    const struct gaussian_process_data *data = vecchia->data;
    size_t d = data->inputs;
    for (size_t i = 0; i < data->rows; i++) {
        memcpy(vecchia->x + i * d, data->x + vecchia->order[i] * d, d * sizeof(double));
        if (data->noise != NULL)
            vecchia->noise[i] = data->noise[vecchia->order[i]];
    }
}

static int allocate(struct gaussian_process_vecchia *vecchia, struct error *error) {
    const struct gaussian_process_data *data = vecchia->data;
    size_t n = data->rows;
    vecchia->order = memory_array(error, n, sizeof *vecchia->order);
    vecchia->x = memory_matrix(error, n, data->inputs, sizeof(double));
    vecchia->nearest = memory_matrix(error, n, vecchia->neighbours + 1, sizeof *vecchia->nearest);
    if (data->noise != NULL)
        vecchia->noise = memory_array(error, n, sizeof(double));
    if (vecchia->order == NULL || vecchia->x == NULL || vecchia->nearest == NULL ||
        (data->noise != NULL && vecchia->noise == NULL))
        return -1;
    return 0;
}

int gaussian_process_vecchia_open(struct gaussian_process_vecchia *vecchia,
                                  const struct gaussian_process_data *data, enum gaussian_process_mean mean,
                                  struct covariance *covariance, size_t neighbours, size_t threads,
                                  struct error *error) {
    *vecchia = (struct gaussian_process_vecchia){
        .data = data, .covariance = covariance, .threads = threads, .jitter = NAN};
    vecchia->neighbours = neighbours < data->rows - 1 ? neighbours : data->rows - 1;
    if (allocate(vecchia, error) < 0 ||
        max_min_order_find(data->rows, data->inputs, data->x, vecchia->order, error) < 0 ||
        gaussian_process_whitening_open(&vecchia->whitening, data, mean, vecchia->order, error) < 0 ||
        covariance_work_open(&vecchia->work, covariance, threads * BATCH, error) < 0 ||
        open_workspaces(vecchia, error) < 0) {
        gaussian_process_vecchia_close(vecchia);
        return -1;
    }
    arrange(vecchia);
    if (gaussian_process_neighbours_find(data->rows, data->inputs, vecchia->x, vecchia->neighbours, threads,
                                         vecchia->nearest, error) < 0) {
        gaussian_process_vecchia_close(vecchia);
        return -1;
    }
    return 0;
}

void gaussian_process_vecchia_close(struct gaussian_process_vecchia *vecchia) {
    free_workspaces(vecchia);
    free(vecchia->order);
    free(vecchia->x);
    free(vecchia->noise);
    free(vecchia->nearest);
    gaussian_process_whitening_close(&vecchia->whitening);
    covariance_work_close(&vecchia->work);
    *vecchia = (struct gaussian_process_vecchia){0};
}

/* One pass over all rows. */
struct pass {
    struct gaussian_process_vecchia *vecchia;
    double noise; /* jitter included */
    bool gradient;
    size_t slots;   /* of a block's sums */
    double *blocks; /* for each block: sums of products of whitened columns (width x width) and of log u_last,
                       or the gradient and the sum of adjoint diagonals */
    unsigned char *failed; /* of each block */
};

/* How many neighbours row i has. */
static size_t neighbours_of(const struct gaussian_process_vecchia *vecchia, size_t i) {
    return i < vecchia->neighbours ? i : vecchia->neighbours;
}

/* The k-th point of row i: a neighbour, or last itself. */
static size_t point_of(const struct gaussian_process_vecchia *vecchia, size_t i, size_t k) {
    return k < neighbours_of(vecchia, i) ? vecchia->nearest[i * vecchia->neighbours + k] : i;
}

/* The tile of row i's points with themselves, in a lane's room. */
static struct covariance_tile make_tile(const struct gaussian_process_vecchia *vecchia,
                                        struct gaussian_process_vecchia_workspace *workspace, size_t i,
                                        size_t lane) {
    size_t d = vecchia->data->inputs, count = neighbours_of(vecchia, i) + 1;
    double *x = workspace->x + lane * POINTS * d, *y = workspace->y + lane * POINTS * d;
    for (size_t k = 0; k < POINTS; k++) {
        const double *from = vecchia->x + point_of(vecchia, i, k < count ? k : count - 1) * d;
        if (k < count)
            memcpy(x + k * d, from, d * sizeof *x);
        for (size_t c = 0; c < d; c++)
            y[c * POINTS + k] = from[c];
    }
    return (struct covariance_tile){.rows = count, .columns = count, .inputs = d, .x = x, .y = y};
}

/* Where the k-th of count points stands among M + 1: the row itself last, what is missing before it being
 * filled by points that have nothing to do with any other. */
static size_t place_of(const struct gaussian_process_vecchia *vecchia, size_t count, size_t k) {
    return k + 1 < count ? k : vecchia->neighbours;
}

static void put_identity(const struct gaussian_process_vecchia *vecchia, double *matrix, size_t lane) {
    for (size_t a = 0; a <= vecchia->neighbours; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[cholesky_batch_at(a, b) + lane] = a == b;
}

static void put_matrix(const struct pass *pass, size_t i, size_t lane, const double *values, double *matrix) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t count = neighbours_of(vecchia, i) + 1;
    if (count <= vecchia->neighbours)
        put_identity(vecchia, matrix, lane);
    for (size_t a = 0; a < count; a++) {
        size_t place = place_of(vecchia, count, a), point = point_of(vecchia, i, a);
        for (size_t b = 0; b <= a; b++)
            matrix[cholesky_batch_at(place, b + 1 < count ? b : place) + lane] = values[a * POINTS + b];
        matrix[cholesky_batch_at(place, place) + lane] +=
            pass->noise + (vecchia->noise == NULL ? 0 : vecchia->noise[point]);
    }
}

/* Factors eight rows' matrices and finds u. Returns 0 or -1. */
static int factor(const struct pass *pass, struct gaussian_process_vecchia_workspace *workspace, size_t first,
                  struct covariance_tile *tiles) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t m = vecchia->neighbours;
    for (size_t lane = 0; lane < BATCH; lane++) {
        if (first + lane >= vecchia->data->rows) {
            put_identity(vecchia, workspace->matrix, lane);
            continue;
        }
        tiles[lane] = make_tile(vecchia, workspace, first + lane, lane);
        const double *values = covariance_tile_values(&workspace->tiles[lane], &tiles[lane]);
        put_matrix(pass, first + lane, lane, values, workspace->matrix);
    }
    if (cholesky_batch_factor(m + 1, workspace->matrix) < 0)
        return -1;
    memset(workspace->u, 0, m * BATCH * sizeof(double));
    for (size_t lane = 0; lane < BATCH; lane++)
        workspace->u[m * BATCH + lane] = 1;
    cholesky_batch_solve_upper(m + 1, workspace->matrix, workspace->u);
    return 0;
}

/* Products of the whitened columns of eight rows, and log u_last. */
static void add_moments(const struct pass *pass, struct gaussian_process_vecchia_workspace *workspace,
                        size_t first, double *sums) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t width = width_of(vecchia), m = vecchia->neighbours;
    for (size_t lane = 0; lane < BATCH && first + lane < vecchia->data->rows; lane++) {
        size_t i = first + lane, count = neighbours_of(vecchia, i) + 1;
        double *row = workspace->row;
        memset(row, 0, width * sizeof *row);
        for (size_t k = 0; k < count; k++) {
            const double *design = vecchia->whitening.design + point_of(vecchia, i, k) * width;
            double u = workspace->u[place_of(vecchia, count, k) * BATCH + lane];
            for (size_t c = 0; c < width; c++)
                row[c] += u * design[c];
        }
        for (size_t a = 0; a < width; a++)
            for (size_t b = 0; b <= a; b++)
                sums[a * width + b] += row[a] * row[b];
        sums[width * width] += log(workspace->u[m * BATCH + lane]);
    }
}

/* L^-1 r of each output, r = y - H b in the centred columns. */
static void whiten(const struct pass *pass, struct gaussian_process_vecchia_workspace *workspace,
                   size_t first) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t m = vecchia->neighbours, q = vecchia->data->outputs;
    memset(workspace->whitened, 0, q * (m + 1) * BATCH * sizeof(double));
    for (size_t lane = 0; lane < BATCH && first + lane < vecchia->data->rows; lane++) {
        size_t count = neighbours_of(vecchia, first + lane) + 1;
        for (size_t k = 0; k < count; k++)
            for (size_t c = 0; c < q; c++)
                workspace->whitened[(c * (m + 1) + place_of(vecchia, count, k)) * BATCH + lane] =
                    gaussian_process_whitening_residual(&vecchia->whitening,
                                                        point_of(vecchia, first + lane, k), c);
    }
    for (size_t c = 0; c < q; c++)
        cholesky_batch_solve_lower(m + 1, workspace->matrix, workspace->whitened + c * (m + 1) * BATCH);
}

/* The adjoint of a row's tile, to which each output adds [z (u a' + a u') + (z^2 - 1) u u'] / 2. Returns its
 * trace. */
static double put_adjoint(const struct pass *pass, struct gaussian_process_vecchia_workspace *workspace,
                          size_t lane, size_t count) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t m = vecchia->neighbours, q = vecchia->data->outputs;
    double trace = 0, u[POINTS], v[POINTS];
    for (size_t j = 0; j < count; j++)
        memset(workspace->adjoint + j * POINTS, 0, POINTS * sizeof(double));
    for (size_t c = 0; c < q; c++) {
        const double *a = workspace->whitened + c * (m + 1) * BATCH + lane,
                     z = workspace->row[c * BATCH + lane];
        /* u v' + v u' with v = z a / 2 + (z^2 - 1) u / 4 */
        for (size_t j = 0; j < count; j++) {
            size_t place = place_of(vecchia, count, j) * BATCH;
            u[j] = workspace->u[place + lane];
            v[j] = 0.5 * z * a[place] + 0.25 * (z * z - 1) * u[j];
        }
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 0; k < count; k++)
                workspace->adjoint[j * POINTS + k] += u[j] * v[k] + v[j] * u[k];
            trace += 2 * u[j] * v[j];
        }
    }
    return trace;
}

/* The gradient of eight rows. */
static void add_gradient(const struct pass *pass, struct gaussian_process_vecchia_workspace *workspace,
                         size_t first, const struct covariance_tile *tiles, double *sums) {
    const struct gaussian_process_vecchia *vecchia = pass->vecchia;
    size_t m = vecchia->neighbours, parameters = vecchia->covariance->parameter_count;
    whiten(pass, workspace, first);
    for (size_t c = 0; c < vecchia->data->outputs; c++) {
        double *whitened = workspace->whitened + c * (m + 1) * BATCH, *last = whitened + m * BATCH;
        memcpy(workspace->row + c * BATCH, last, BATCH * sizeof(double));
        memset(last, 0, BATCH * sizeof(double));
        cholesky_batch_solve_upper(m + 1, workspace->matrix, whitened);
    }
    for (size_t lane = 0; lane < BATCH && first + lane < vecchia->data->rows; lane++) {
        sums[parameters] += put_adjoint(pass, workspace, lane, tiles[lane].columns);
        covariance_tile_accumulate(&workspace->tiles[lane], &tiles[lane], workspace->adjoint, sums);
    }
}

static void run_block(void *context, size_t block, size_t worker) {
    const struct pass *pass = context;
    struct gaussian_process_vecchia_workspace *workspace = &pass->vecchia->workspaces[worker];
    size_t rows = pass->vecchia->data->rows, end = (block + 1) * BLOCK < rows ? (block + 1) * BLOCK : rows;
    struct covariance_tile tiles[BATCH];
    double *sums = pass->blocks + block * pass->slots;
    for (size_t first = block * BLOCK; first < end; first += BATCH) {
        if (factor(pass, workspace, first, tiles) < 0) {
            pass->failed[block] = 1;
            return;
        }
        if (pass->gradient)
            add_gradient(pass, workspace, first, tiles, sums);
        else
            add_moments(pass, workspace, first, sums);
    }
}

/* Sums of a pass, in the order of blocks. Returns 1, 0: some covariance is not positive definite, or -1. */
static int run_pass(struct pass *pass, double *sums, struct error *error) {
    size_t count = (pass->vecchia->data->rows + BLOCK - 1) / BLOCK;
    size_t total;
    if (!memory_product(count, pass->slots, &total))
        return error_set(error, "out of memory");
    pass->blocks = memory_zeros(error, total, sizeof *pass->blocks);
    pass->failed = memory_zeros(error, count, 1);
    int status = pass->blocks == NULL || pass->failed == NULL ? -1 : 1;
    if (status > 0) {
        parallel_for(pass->vecchia->threads, count, run_block, pass);
        memset(sums, 0, pass->slots * sizeof *sums);
        for (size_t b = 0; b < count; b++) {
            if (pass->failed[b])
                status = 0;
            for (size_t s = 0; s < pass->slots; s++)
                sums[s] += pass->blocks[b * pass->slots + s];
        }
    }
    free(pass->blocks);
    free(pass->failed);
    return status;
}

/* The mean of k(x, x) and the noise. */
static double mean_diagonal(struct gaussian_process_vecchia *vecchia, double noise) {
    const struct gaussian_process_data *data = vecchia->data;
    size_t n = data->rows;
    double sum = 0, diagonal[COVARIANCE_TILE];
    for (size_t i = 0; i < n; i += COVARIANCE_TILE) {
        size_t rows = n - i < COVARIANCE_TILE ? n - i : COVARIANCE_TILE;
        struct covariance_tile tile = {
            .rows = rows, .columns = rows, .inputs = data->inputs, .x = vecchia->x + i * data->inputs};
        covariance_tile_diagonal(&vecchia->work.workspaces[0], &tile, diagonal);
        for (size_t j = 0; j < rows; j++)
            sum += diagonal[j] + noise + (vecchia->noise == NULL ? 0 : vecchia->noise[i + j]);
    }
    return sum / (double)n;
}

/* The first pass with as little jitter as works. Returns as run_pass does. */
static int find_moments(struct gaussian_process_vecchia *vecchia, double noise, double *sums,
                        struct error *error) {
    size_t width = width_of(vecchia),
           attempts = isnan(vecchia->jitter) ? sizeof jitters / sizeof *jitters : 1;
    int status = 0;
    for (size_t attempt = 0; status == 0 && attempt < attempts; attempt++) {
        vecchia->jitter_share = isnan(vecchia->jitter) ? jitters[attempt] : 0;
        vecchia->jitter_added = !isnan(vecchia->jitter) ? vecchia->jitter
                                : attempt == 0          ? 0
                                                        : jitters[attempt] * mean_diagonal(vecchia, noise);
        struct pass pass = {
            .vecchia = vecchia, .noise = noise + vecchia->jitter_added, .slots = width * width + 1};
        status = run_pass(&pass, sums, error);
    }
    return status;
}

/* The jitter, a share of the mean diagonal, moves with it: rows' own variances have their slopes in the
 * diagonal of tiles. */
static void add_jitter_slopes(struct gaussian_process_vecchia *vecchia, double *gradient) {
    struct gaussian_process_vecchia_workspace *workspace = &vecchia->workspaces[0];
    size_t n = vecchia->data->rows, d = vecchia->data->inputs;
    double *noise = gradient + vecchia->covariance->parameter_count, moved = vecchia->jitter_share * *noise;
    memset(workspace->adjoint, 0, COVARIANCE_TILE_AREA * sizeof(double));
    for (size_t k = 0; k < POINTS; k++)
        workspace->adjoint[k * POINTS + k] = moved / (double)n;
    for (size_t i = 0; i < n; i += POINTS) {
        size_t rows = n - i < POINTS ? n - i : POINTS;
        for (size_t k = 0; k < POINTS; k++)
            for (size_t c = 0; c < d; c++)
                workspace->y[c * POINTS + k] = vecchia->x[(i + (k < rows ? k : rows - 1)) * d + c];
        struct covariance_tile tile = {
            .rows = rows, .columns = rows, .inputs = d, .x = vecchia->x + i * d, .y = workspace->y};
        covariance_tile_values(&workspace->tiles[0], &tile);
        covariance_tile_accumulate(&workspace->tiles[0], &tile, workspace->adjoint, gradient);
    }
    *noise += moved;
}

int gaussian_process_vecchia_evaluate(struct gaussian_process_vecchia *vecchia, double noise, double *value,
                                      double *gradient, struct error *error) {
    size_t width = width_of(vecchia), n = vecchia->data->rows, q = vecchia->data->outputs;
    double squares = 0, *sums = memory_array(error, width * width + 1, sizeof *sums);
    *value = -INFINITY;
    int status = sums == NULL ? -1 : find_moments(vecchia, noise, sums, error);
    if (status > 0 && gaussian_process_whitening_solve(&vecchia->whitening, sums, &squares, error) < 0)
        status = -1;
    if (status > 0)
        *value = -0.5 * squares + (double)q * (sums[width * width] - 0.5 * (double)n * log(2 * M_PI));
    if (status > 0 && gradient != NULL) {
        struct pass pass = {.vecchia = vecchia,
                            .noise = noise + vecchia->jitter_added,
                            .gradient = true,
                            .slots = vecchia->covariance->parameter_count + 1};
        status = run_pass(&pass, gradient, error);
        if (status > 0 && vecchia->jitter_share > 0)
            add_jitter_slopes(vecchia, gradient);
    }
    free(sums);
    return status < 0 ? -1 : 0;
}
