#include "divergence/pairwise_divergence.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/instruction_sets.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "divergence/jensen_shannon.h"
#include "num/lanes.h"
#include "num/vector.h"

enum {
    PANEL = 16, /* rows of Q side by side in a product */
    GROUPS = PANEL / LANES,
    PANEL_GROUP = 4, /* panels in a task */
    TASK_ROWS = 16,  /* rows of P in a task */
    PIECE = 128,     /* columns at a time: a panel's piece, 16 KiB, stays in L1 */
};

/* A difference below this share of what it is the difference of is computed again. */
static const double CANCELLATION = 1e-4;

struct pairwise_divergence {
    size_t m, columns, threads, words; /* 64-bit words in a row's set of columns */
    const double *q;
    bool logarithms, by_products;
    bool any_zeros; /* in q */
    double smooth;
    struct kullback_leibler_settings settings;
    size_t panels;
    double *log_q;   /* panels x columns x PANEL: log q, 0 where q is 0 or beyond m */
    double *sum_q;   /* m */
    uint64_t *zeros; /* m x words: where q is 0 */
};

/* The rows of P at hand. */
struct product_task {
    const struct pairwise_divergence *pairs;
    size_t rows;
    const double *given; /* rows x columns: as handed in */
    const double *p;     /* the same as probabilities */
    double *own;         /* rows: sum p log p - sum p */
    uint64_t *support;   /* rows x words: where p is not 0 */
    double *result;      /* rows x m */
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Notes which values are 0 (or -inf, where they are logarithms). */
static void mark(size_t columns, const double *values, bool logarithms, bool zeros, uint64_t *set) {
    double zero = logarithms ? -INFINITY : 0;
    memset(set, 0, (columns + 63) / 64 * sizeof *set);
    for (size_t k = 0; k < columns; k++)
        set[k / 64] |= (uint64_t)((values[k] == zero) == zeros) << k % 64;
}

/* Puts row j of Q into its panel. */
static void pack_row(struct pairwise_divergence *pairs, size_t j, double *row) {
    size_t columns = pairs->columns;
    const double *q = pairs->q + j * columns;
    double *panel = pairs->log_q + j / PANEL * PANEL * columns + j % PANEL;
    mark(columns, q, pairs->logarithms, true, pairs->zeros + j * pairs->words);
    if (pairs->logarithms)
        vector_exp(columns, q, row);
    pairs->sum_q[j] = vector_sum(columns, pairs->logarithms ? row : q);
    if (!pairs->logarithms)
        vector_log(columns, q, row);
    const double *log_q = pairs->logarithms ? q : row;
    for (size_t k = 0; k < columns; k++) {
        pairs->any_zeros = pairs->any_zeros || log_q[k] == -INFINITY;
        panel[k * PANEL] = log_q[k] > -INFINITY ? log_q[k] : 0;
    }
}

static int prepare_products(struct pairwise_divergence *pairs, struct error *error) {
    size_t columns = pairs->columns;
    pairs->panels = (pairs->m + PANEL - 1) / PANEL;
    pairs->words = (columns + 63) / 64;
    pairs->log_q = memory_matrix(error, pairs->panels * PANEL, columns, sizeof *pairs->log_q);
    pairs->sum_q = memory_array(error, pairs->m, sizeof *pairs->sum_q);
    pairs->zeros = memory_matrix(error, pairs->m, pairs->words, sizeof *pairs->zeros);
    double *row = memory_array(error, columns, sizeof *row);
    bool complete = pairs->log_q != NULL && pairs->sum_q != NULL && pairs->zeros != NULL && row != NULL;
    if (complete) {
        size_t last = pairs->m / PANEL * PANEL; /* the panel that may be only part full */
        if (last < pairs->m)
            memset(pairs->log_q + last * columns, 0, PANEL * columns * sizeof *pairs->log_q);
        for (size_t j = 0; j < pairs->m; j++)
            pack_row(pairs, j, row);
    }
    free(row);
    return complete ? 0 : -1;
}

struct pairwise_divergence *pairwise_divergence_create(size_t m, size_t columns, const double *q,
                                                       bool logarithms, double smooth,
                                                       const struct kullback_leibler_settings *settings,
                                                       size_t threads, struct error *error) {
    struct pairwise_divergence *pairs = memory_zeros(error, 1, sizeof *pairs);
    if (pairs == NULL)
        return NULL;
    pairs->m = m;
    pairs->columns = columns;
    pairs->threads = threads;
    pairs->q = q;
    pairs->logarithms = logarithms;
    pairs->smooth = smooth;
    if (settings != NULL) {
        pairs->settings = *settings;
        pairs->by_products = !settings->symmetric && settings->skew == 0 && smooth == 0;
    }
    if (!pairs->by_products || prepare_products(pairs, error) == 0)
        return pairs;
    pairwise_divergence_free(pairs);
    return NULL;
}

/* Products of two rows of p with a panel: dots[r][j] += sum_k p_rk log q_jk, k in ascending order with one
 * rounding an operation, so that a row's dots do not depend on the other row. */
INSTRUCTION_SETS static void multiply_two(size_t count, const double *restrict p0, const double *restrict p1,
                                          const double *restrict panel, double *restrict dots) {
    lanes first[GROUPS], second[GROUPS];
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++) {
        first[g] = lanes_load(dots + g * LANES);
        second[g] = lanes_load(dots + PANEL + g * LANES);
    }
    for (size_t k = 0; k < count; k++) {
        LANES_UNROLL
        for (size_t g = 0; g < GROUPS; g++) {
            lanes log_q = lanes_load(panel + k * PANEL + g * LANES);
            first[g] += p0[k] * log_q;
            second[g] += p1[k] * log_q;
        }
    }
    LANES_UNROLL
    for (size_t g = 0; g < GROUPS; g++) {
        lanes_store(dots + g * LANES, first[g]);
        lanes_store(dots + PANEL + g * LANES, second[g]);
    }
}

/* Whether p has mass where q has none. */
static bool escapes(const struct product_task *task, size_t i, size_t j) {
    size_t words = task->pairs->words;
    const uint64_t *support = task->support + i * words, *zeros = task->pairs->zeros + j * words;
    uint64_t common = 0;
    for (size_t word = 0; word < words; word++)
        common |= support[word] & zeros[word];
    return common != 0;
}

/* KL of row i and row j of Q from their product. */
static double finish_pair(const struct product_task *task, size_t i, size_t j, double dot) {
    const struct pairwise_divergence *pairs = task->pairs;
    if (pairs->any_zeros && escapes(task, i, j))
        return INFINITY;
    double divergence = (task->own[i] - dot) + pairs->sum_q[j];
    if (divergence > CANCELLATION * (fabs(task->own[i]) + fabs(dot) + pairs->sum_q[j]))
        return divergence;
    struct divergence_rows rows = {.rows = 1,
                                   .columns = pairs->columns,
                                   .p = task->given + i * pairs->columns,
                                   .q = pairs->q + j * pairs->columns,
                                   .logarithms = pairs->logarithms};
    kullback_leibler_rows(&rows, &pairs->settings, &divergence);
    return divergence;
}

/* Rows from .. to - 1 of P against one panel. */
static void multiply_panel(const struct product_task *task, size_t from, size_t to, size_t panel) {
    const struct pairwise_divergence *pairs = task->pairs;
    size_t columns = pairs->columns;
    const double *log_q = pairs->log_q + panel * PANEL * columns;
    double dots[(TASK_ROWS + 1) * PANEL] = {0};
    for (size_t k = 0; k < columns; k += PIECE) {
        size_t count = smaller(PIECE, columns - k);
        for (size_t i = from; i < to; i += 2) {
            const double *p = task->p + i * columns + k;
            multiply_two(count, p, i + 1 < to ? p + columns : p, log_q + k * PANEL,
                         dots + (i - from) * PANEL);
        }
    }
    for (size_t i = from; i < to; i++)
        for (size_t j = panel * PANEL; j < smaller((panel + 1) * PANEL, pairs->m); j++)
            task->result[i * pairs->m + j] = finish_pair(task, i, j, dots[(i - from) * PANEL + j % PANEL]);
}

static size_t groups_of(const struct pairwise_divergence *pairs) {
    return (pairs->m + PANEL * PANEL_GROUP - 1) / (PANEL * PANEL_GROUP);
}

/* parallel_body: some rows of P against some panels. */
static void multiply_block(void *context, size_t block, size_t worker) {
    (void)worker;
    const struct product_task *task = context;
    size_t groups = groups_of(task->pairs), from = block / groups * TASK_ROWS;
    size_t first = block % groups * PANEL_GROUP;
    for (size_t panel = first; panel < smaller(first + PANEL_GROUP, task->pairs->panels); panel++)
        multiply_panel(task, from, smaller(from + TASK_ROWS, task->rows), panel);
}

/* own and support of each row of P; `logs` has room for a row. */
static void prepare_rows(struct product_task *task, double *probabilities, double *logs) {
    const struct pairwise_divergence *pairs = task->pairs;
    size_t columns = pairs->columns;
    for (size_t i = 0; i < task->rows; i++) {
        const double *given = task->given + i * columns;
        mark(columns, given, pairs->logarithms, false, task->support + i * pairs->words);
        if (pairs->logarithms)
            vector_exp(columns, given, probabilities + i * columns);
        const double *p = task->p + i * columns, *log_p = pairs->logarithms ? given : logs;
        if (!pairs->logarithms)
            vector_log(columns, p, logs);
        for (size_t k = 0; k < columns; k++)
            logs[k] = p[k] > 0 ? p[k] * (log_p[k] - 1) : 0;
        task->own[i] = vector_sum(columns, logs);
    }
}

static int compare_by_products(struct pairwise_divergence *pairs, size_t rows, const double *p,
                               double *result, struct error *error) {
    struct product_task task = {.pairs = pairs, .rows = rows, .given = p, .p = p, .result = result};
    double *logs = memory_array(error, pairs->columns, sizeof *logs);
    double *probabilities = memory_matrix(error, pairs->logarithms ? rows : 0, pairs->columns, sizeof *p);
    task.own = memory_array(error, rows, sizeof *task.own);
    task.support = memory_matrix(error, rows, pairs->words, sizeof *task.support);
    int status = -1;
    if (logs != NULL && probabilities != NULL && task.own != NULL && task.support != NULL) {
        if (pairs->logarithms)
            task.p = probabilities;
        prepare_rows(&task, probabilities, logs);
        size_t row_blocks = (rows + TASK_ROWS - 1) / TASK_ROWS;
        parallel_for(pairs->threads, row_blocks * groups_of(pairs), multiply_block, &task);
        status = 0;
    }
    free(logs);
    free(probabilities);
    free(task.own);
    free(task.support);
    return status;
}

/* Row against row. */
struct direct_task {
    const struct pairwise_divergence *pairs;
    size_t rows;
    const double *p;
    bool jensen_shannon;
    double weight;
    double *result;
};

/* parallel_body: some rows of P, each against a group of rows of Q while these are in the cache. */
static void compare_block(void *context, size_t block, size_t worker) {
    (void)worker;
    const struct direct_task *task = context;
    const struct pairwise_divergence *pairs = task->pairs;
    size_t groups = groups_of(pairs), from = block / groups * TASK_ROWS;
    size_t first = block % groups * PANEL * PANEL_GROUP;
    for (size_t i = from; i < smaller(from + TASK_ROWS, task->rows); i++) {
        struct divergence_rows rows = {.rows = smaller(PANEL * PANEL_GROUP, pairs->m - first),
                                       .columns = pairs->columns,
                                       .p = task->p + i * pairs->columns,
                                       .q = pairs->q + first * pairs->columns,
                                       .p_repeated = true,
                                       .logarithms = pairs->logarithms,
                                       .smooth = pairs->smooth};
        double *result = task->result + i * pairs->m + first;
        if (task->jensen_shannon)
            jensen_shannon_rows(&rows, task->weight, result);
        else
            kullback_leibler_rows(&rows, &pairs->settings, result);
    }
}

static void compare(struct direct_task *task) {
    size_t row_blocks = (task->rows + TASK_ROWS - 1) / TASK_ROWS;
    parallel_for(task->pairs->threads, row_blocks * groups_of(task->pairs), compare_block, task);
}

int pairwise_divergence_kl(struct pairwise_divergence *pairs, size_t rows, const double *p, double *result,
                           struct error *error) {
    if (pairs->by_products)
        return compare_by_products(pairs, rows, p, result, error);
    compare(&(struct direct_task){.pairs = pairs, .rows = rows, .p = p, .result = result});
    return 0;
}

void pairwise_divergence_js(const struct pairwise_divergence *pairs, size_t rows, const double *p,
                            double weight, double *result) {
    compare(&(struct direct_task){
        .pairs = pairs, .rows = rows, .p = p, .jensen_shannon = true, .weight = weight, .result = result});
}

void pairwise_divergence_free(struct pairwise_divergence *pairs) {
    if (pairs == NULL)
        return;
    free(pairs->log_q);
    free(pairs->sum_q);
    free(pairs->zeros);
    free(pairs);
}
