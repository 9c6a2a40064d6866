#include "density/kmeans_assign.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/kmeans_kernel.h"

/* The least two distances of a group. */
struct nearest {
    double first, second;
    size_t at;
};

static int allocate(struct kmeans_assign *assign, struct error *error) {
    size_t rows = assign->data->rows;
    assign->tile_values =
        memory_matrix(error, assign->tiles, assign->data->columns, KMEANS_TILE * sizeof(double));
    assign->moved = memory_zeros(error, assign->clusters, sizeof(double));
    assign->group_moved = memory_zeros(error, assign->groups, sizeof(double));
    if (assign->tile_values == NULL || assign->moved == NULL || assign->group_moved == NULL)
        return -1;
    if (!assign->bounded)
        return 0;
    assign->upper = memory_array(error, rows, sizeof(double));
    assign->lower = memory_array(error, rows, sizeof(double));
    if (assign->groups > 1)
        assign->group_lower = memory_matrix(error, rows, assign->groups, sizeof(double));
    bool whole = assign->upper != NULL && assign->lower != NULL;
    return whole && (assign->groups == 1 || assign->group_lower != NULL) ? 0 : -1;
}

int kmeans_assign_create(struct kmeans_assign *assign, const struct kmeans_data *data, size_t clusters,
                         enum kmeans_method method, bool cityblock, uint32_t *labels, size_t threads,
                         struct error *error) {
    /* Measured: below, comparing all centres costs less than to ask one group after the other. */
    if (method == KMEANS_AUTOMATIC)
        method = clusters <= 128 ? KMEANS_HAMERLY : KMEANS_YINYANG;
    size_t tiles = (clusters + KMEANS_TILE - 1) / KMEANS_TILE;
    size_t group_tiles = (tiles + KMEANS_GROUPS_MAX - 1) / KMEANS_GROUPS_MAX;
    if (method == KMEANS_HAMERLY || method == KMEANS_ELKAN)
        group_tiles = tiles;
    *assign = (struct kmeans_assign){
        .data = data,
        .clusters = clusters,
        .threads = threads,
        .cityblock = cityblock,
        .bounded = method != KMEANS_LLOYD,
        .groups = (tiles + group_tiles - 1) / group_tiles,
        .group_tiles = group_tiles,
        .tiles = tiles,
        .labels = labels,
        .margin = 4 * DBL_EPSILON * (double)(data->columns + 16),
    };
    if (allocate(assign, error) == 0 &&
        (method != KMEANS_ELKAN || kmeans_elkan_create(&assign->elkan, assign, error) == 0))
        return 0;
    kmeans_assign_free(assign);
    return -1;
}

/* How far a centre goes, and its place in the tiles taken. */
static double place_center(struct kmeans_assign *assign, size_t cluster, const double *center) {
    size_t d = assign->data->columns;
    double *place = assign->tile_values + kmeans_kernel_place(d, cluster);
    double step = assign->started ? kmeans_kernel_pair(d, center, place, KMEANS_TILE, assign->cityblock) : 0;
    for (size_t j = 0; j < d; j++)
        place[j * KMEANS_TILE] = center[j];
    return assign->cityblock ? step : sqrt(step);
}

/* Adds to a way, rounded up: differences of ways are never too short. */
static void lengthen(double *way, double step, double margin) {
    *way = (*way + step * (1 + margin)) * (1 + 2 * DBL_EPSILON);
}

void kmeans_assign_place(struct kmeans_assign *assign, const double *centers, double *longest) {
    size_t d = assign->data->columns, group_size = assign->group_tiles * KMEANS_TILE;
    *longest = 0;
    for (size_t group = 0; group < assign->groups; group++) {
        double most = 0;
        for (size_t c = group * group_size; c < assign->clusters && c < (group + 1) * group_size; c++) {
            double step = place_center(assign, c, centers + c * d);
            lengthen(&assign->moved[c], step, assign->margin);
            most = fmax(most, step);
        }
        lengthen(&assign->group_moved[group], most, assign->margin);
        *longest = fmax(*longest, most);
    }
    lengthen(&assign->moved_most, *longest, assign->margin);
    /* Places without a centre are infinitely far. */
    for (size_t c = assign->clusters; c < assign->tiles * KMEANS_TILE; c++)
        for (size_t j = 0; j < d; j++)
            assign->tile_values[kmeans_kernel_place(d, c) + j * KMEANS_TILE] = INFINITY;
    if (assign->elkan.lower != NULL)
        kmeans_elkan_place(&assign->elkan, assign);
}

/* The least two of four running places, each with the number of the point that was least there. */
struct running {
    lanes first, second, at;
};

ALWAYS_INLINE void take_distances(struct running *running, lanes distances, lanes numbers) {
    kmeans_mask less = distances < running->first;
    lanes larger = kmeans_kernel_select(less, running->first, distances);
    running->second = kmeans_kernel_least(running->second, larger);
    running->at = kmeans_kernel_select(less, numbers, running->at);
    running->first = kmeans_kernel_select(less, distances, running->first);
}

/* The least two of all places; of equal distances that of the lower number counts as the first. */
ALWAYS_INLINE struct nearest least_two(const struct running *low, const struct running *high) {
    const lanes infinite = {INFINITY, INFINITY, INFINITY, INFINITY};
    double first = kmeans_kernel_least_of(kmeans_kernel_least(low->first, high->first));
    lanes firsts = {first, first, first, first};
    lanes low_at = kmeans_kernel_select(low->first == firsts, low->at, infinite);
    lanes high_at = kmeans_kernel_select(high->first == firsts, high->at, infinite);
    double at = kmeans_kernel_least_of(kmeans_kernel_least(low_at, high_at));
    lanes ats = {at, at, at, at};
    lanes low_second = kmeans_kernel_select(low->at == ats, low->second, low->first);
    lanes high_second = kmeans_kernel_select(high->at == ats, high->second, high->first);
    double second = kmeans_kernel_least_of(kmeans_kernel_least(low_second, high_second));
    return (struct nearest){first, second, (size_t)at};
}

ALWAYS_INLINE struct nearest scan_group(const struct kmeans_assign *assign, size_t group, const double *x,
                                        bool cityblock) {
    size_t d = assign->data->columns;
    size_t tile = group * assign->group_tiles, end = tile + assign->group_tiles;
    const lanes infinite = {INFINITY, INFINITY, INFINITY, INFINITY}, from_0 = {0, 1, 2, 3};
    struct running low = {infinite, infinite, from_0}, high = {infinite, infinite, from_0 + LANES};
    for (end = end < assign->tiles ? end : assign->tiles; tile < end; tile++) {
        lanes distances[2];
        lanes numbers = from_0 + (double)(tile * KMEANS_TILE);
        kmeans_kernel_tile(d, x, assign->tile_values + tile * d * KMEANS_TILE, cityblock, &distances[0],
                           &distances[1]);
        take_distances(&low, distances[0], numbers);
        take_distances(&high, distances[1], numbers + LANES);
    }
    return least_two(&low, &high);
}

ALWAYS_INLINE double metric(double distance, bool cityblock) {
    return cityblock ? distance : sqrt(distance);
}

/* Compares the groups that may hold a nearer centre than `own`, at distance (squared if Euclidean)
 * `distance`, and renews the row's bounds. Returns the nearest. */
ALWAYS_INLINE size_t compare_groups(struct kmeans_assign *assign, size_t row, size_t own, double distance,
                                    bool cityblock) {
    size_t groups = assign->groups, best = own;
    const double *x = assign->data->points + row * assign->data->columns;
    double *kept = assign->group_lower != NULL ? assign->group_lower + row * groups : NULL;
    struct nearest found[KMEANS_GROUPS_MAX];
    bool scanned[KMEANS_GROUPS_MAX];
    double least = distance, reach = metric(distance, cityblock);
    for (size_t g = 0; g < groups; g++) {
        double bound = kept != NULL && assign->started ? kept[g] - assign->group_moved[g] : -INFINITY;
        scanned[g] = !kmeans_assign_surely_below(assign, reach, bound);
        found[g].first = bound;
        if (!scanned[g])
            continue;
        found[g] = scan_group(assign, g, x, cityblock);
        if (found[g].first < least || (found[g].first == least && found[g].at < best)) {
            least = found[g].first;
            best = found[g].at;
            reach = metric(least, cityblock);
        }
    }
    if (!assign->bounded)
        return best;

    double lowest = INFINITY;
    size_t own_group = own / (assign->group_tiles * KMEANS_TILE);
    for (size_t g = 0; g < groups; g++) {
        double bound = found[g].first;
        if (scanned[g])
            bound = metric(found[g].at == best ? found[g].second : found[g].first, cityblock);
        else if (g == own_group && own != best)
            bound = fmin(bound, metric(distance, cityblock));
        if (kept != NULL && (scanned[g] || (g == own_group && own != best)))
            kept[g] = bound + assign->group_moved[g];
        lowest = fmin(lowest, bound);
    }
    assign->upper[row] = reach - assign->moved[best];
    assign->lower[row] = lowest + assign->moved_most;
    return best;
}

ALWAYS_INLINE size_t nearest_of_row(struct kmeans_assign *assign, size_t row, bool cityblock) {
    size_t d = assign->data->columns, own = assign->labels[row];
    const double *x = assign->data->points + row * d;
    if (!assign->started)
        return compare_groups(assign, row, SIZE_MAX, INFINITY, cityblock);
    double lower = 0;
    if (assign->bounded) {
        lower = assign->lower[row] - assign->moved_most;
        if (kmeans_assign_surely_below(assign, assign->upper[row] + assign->moved[own], lower))
            return own;
    }
    const double *center = assign->tile_values + kmeans_kernel_place(d, own);
    double distance = kmeans_kernel_pair(d, x, center, KMEANS_TILE, cityblock);
    if (assign->bounded) {
        assign->upper[row] = metric(distance, cityblock) - assign->moved[own];
        if (kmeans_assign_surely_below(assign, metric(distance, cityblock), lower))
            return own;
    }
    return compare_groups(assign, row, own, distance, cityblock);
}

ALWAYS_INLINE void assign_block(struct kmeans_assign *assign, size_t block, size_t worker, bool cityblock) {
    size_t row = block * KMEANS_BLOCK_ROWS, end = row + KMEANS_BLOCK_ROWS, changes = 0;
    for (end = end < assign->data->rows ? end : assign->data->rows; row < end; row++) {
        size_t own = assign->started ? assign->labels[row] : SIZE_MAX;
        size_t best = nearest_of_row(assign, row, cityblock);
        if (best == own)
            continue;
        assign->labels[row] = (uint32_t)best;
        changes++;
        if (assign->sums != NULL)
            kmeans_sums_move(assign->sums, assign->data, row, own, best, worker);
    }
    __atomic_fetch_add(&assign->changes, changes, __ATOMIC_RELAXED);
}

INSTRUCTION_SETS
static void assign_euclidean(void *context, size_t block, size_t worker) {
    assign_block(context, block, worker, false);
}

INSTRUCTION_SETS
static void assign_cityblock(void *context, size_t block, size_t worker) {
    assign_block(context, block, worker, true);
}

static void assign_elkan(void *context, size_t block, size_t worker) {
    struct kmeans_assign *assign = context;
    size_t changes = kmeans_elkan_block(&assign->elkan, assign, block, worker);
    __atomic_fetch_add(&assign->changes, changes, __ATOMIC_RELAXED);
}

size_t kmeans_assign_run(struct kmeans_assign *assign) {
    size_t blocks = (assign->data->rows + KMEANS_BLOCK_ROWS - 1) / KMEANS_BLOCK_ROWS;
    parallel_body *body = assign->cityblock ? assign_cityblock : assign_euclidean;
    assign->changes = 0;
    parallel_for(assign->threads, blocks, assign->elkan.lower != NULL ? assign_elkan : body, assign);
    assign->started = true;
    if (assign->sums != NULL)
        kmeans_sums_settle(assign->sums);
    return assign->changes;
}

void kmeans_assign_force(struct kmeans_assign *assign, size_t row, size_t cluster) {
    if (assign->sums != NULL) {
        kmeans_sums_move(assign->sums, assign->data, row, assign->labels[row], cluster, 0);
        kmeans_sums_settle(assign->sums);
    }
    assign->labels[row] = (uint32_t)cluster;
    if (!assign->bounded)
        return;
    assign->upper[row] = INFINITY;
    assign->lower[row] = -INFINITY;
    for (size_t g = 0; assign->group_lower != NULL && g < assign->groups; g++)
        assign->group_lower[row * assign->groups + g] = -INFINITY;
}

void kmeans_assign_free(struct kmeans_assign *assign) {
    kmeans_elkan_free(&assign->elkan);
    free(assign->tile_values);
    free(assign->upper);
    free(assign->lower);
    free(assign->group_lower);
    free(assign->moved);
    free(assign->group_moved);
    *assign = (struct kmeans_assign){0};
}
