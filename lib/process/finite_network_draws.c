#include "process/finite_network_draws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "io/matrix.h"
#include "io/number_list.h"
#include "num/blas.h"
#include "num/eigenvalues.h"
#include "process/finite_network.h"
#include "process/scale_prior.h"

enum { WIDTH_MAX = 1 << 20 };

/* A network and what became of the last draw. */
struct slot {
    struct finite_network finite;
    double *kernel, *f; /* rows x rows, rows */
    size_t diverged_at;
};

struct draws {
    struct command *command;
    const struct finite_network_draws_options *options;
    const struct finite_network_draws_rows *given;
    struct covariance_network network;
    struct scale_prior prior; /* where options have one */
    size_t rows, inputs;      /* of x */
    double *x;                /* X, then X2: the columns that the kernel sees */
    size_t *widths;
    double *y;
    size_t first, slot_count; /* draw of slot 0 */
    struct slot *slots;
    double *mean, *squares; /* of the result */
};

int finite_network_draws_check(struct command *command, const struct finite_network_draws_options *options) {
    static const char *const without_widths[] = {
        "draws", "train", "steps", "learning-rate", "seed", "spread", "outputs", "scale-prior", NULL};
    static const char *const without_training[] = {"steps", "learning-rate", NULL};
    if (options->widths == NULL)
        return command_refuse(command, without_widths, "without --finite");
    if (options->train == NULL && command_refuse(command, without_training, "without --train") < 0)
        return -1;
    if (options->spread && options->outputs)
        return error_set_usage(&command->error, "--spread and --outputs exclude each other");
    if (options->scale_prior != NULL && !options->outputs)
        return error_set_usage(&command->error, "--scale-prior needs --outputs");
    if (options->spread && options->draws < 2)
        return error_set_usage(&command->error, "--spread needs at least 2 draws");
    return 0;
}

/* One width for all hidden layers, or one for each. */
static int read_widths(struct draws *draws) {
    struct error *error = &draws->command->error;
    double *numbers = NULL;
    size_t count = 0, depth = draws->network.depth;
    if (number_list_read("--finite", draws->options->widths, &numbers, &count, error) < 0)
        return -1;
    int status = 0;
    if (count != 1 && count != depth)
        status = error_set_usage(error, "--finite: %zu widths for %zu hidden layers", count, depth);
    for (size_t i = 0; status == 0 && i < count; i++)
        if (!(numbers[i] >= 1 && numbers[i] <= WIDTH_MAX && numbers[i] == floor(numbers[i])))
            status = error_set_usage(error, "--finite: a width must be an integer from 1 to %d", WIDTH_MAX);
    draws->widths = status < 0 ? NULL : memory_array(error, depth + 1, sizeof *draws->widths);
    for (size_t l = 0; draws->widths != NULL && l < depth; l++)
        draws->widths[l] = (size_t)numbers[count == 1 ? 0 : l];
    free(numbers);
    return draws->widths == NULL ? -1 : 0;
}

static int read_targets(struct draws *draws) {
    struct command *command = draws->command;
    struct error *error = &command->error;
    struct matrix targets = {0};
    const char *operand = draws->options->train;
    struct row_format plain = command->input; /* --columns and --exclude are of the inputs */
    plain.columns = plain.exclude = NULL;
    if (operand == NULL)
        return 0;
    if (matrix_read(&targets, operand, &plain, error) < 0)
        return -1;
    int status = 0;
    if (targets.columns != 1 || targets.rows != draws->given->n)
        status = error_set(error, "--train: %s is %zu x %zu, expected %zu targets in one column", operand,
                           targets.rows, targets.columns, draws->given->n);
    for (size_t i = 0; status == 0 && i < targets.rows; i++)
        if (!isfinite(targets.values[i]))
            status = error_set(error, "--train: %s: row %zu is not finite", operand, i + 1);
    draws->y = status == 0 ? targets.values : NULL;
    if (status == 0)
        targets.values = NULL;
    matrix_free(&targets);
    return status;
}

/* The columns that the leaf sees, of X and of X2 below. */
static int stack_rows(struct draws *draws, const struct covariance_node *leaf) {
    const struct finite_network_draws_rows *given = draws->given;
    draws->rows = given->n + given->m;
    draws->inputs = leaf->column_count;
    draws->x = memory_matrix(&draws->command->error, draws->rows, draws->inputs, sizeof(double));
    for (size_t i = 0; draws->x != NULL && i < draws->rows; i++) {
        const double *row =
            i < given->n ? given->x + i * given->inputs : given->x2 + (i - given->n) * given->inputs;
        for (size_t c = 0; c < draws->inputs; c++)
            draws->x[i * draws->inputs + c] = row[leaf->columns[c]];
    }
    return draws->x == NULL ? -1 : 0;
}

static int open_slots(struct draws *draws) {
    struct error *error = &draws->command->error;
    size_t count =
        draws->command->threads < draws->options->draws ? draws->command->threads : draws->options->draws;
    size_t order = draws->rows > draws->inputs ? draws->rows : draws->inputs;
    for (size_t l = 0; l < draws->network.depth; l++)
        order = draws->widths[l] > order ? draws->widths[l] : order;
    draws->slots = memory_zeros(error, count, sizeof *draws->slots);
    if (draws->slots == NULL || blas_load_for(order, error) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = &draws->slots[i];
        if (finite_network_open(&slot->finite, &draws->network, draws->widths, draws->rows, draws->inputs,
                                draws->x, error) < 0)
            return -1;
        draws->slot_count++;
        slot->kernel = memory_matrix(error, draws->rows, draws->rows, sizeof(double));
        slot->f = memory_array(error, draws->rows, sizeof(double));
        if (slot->kernel == NULL || slot->f == NULL)
            return -1;
    }
    return 0;
}

static void draw_network(const struct draws *draws, struct slot *slot, size_t draw) {
    struct random_stream stream;
    random_start(&stream, draws->command->seed, "gpkernel", "network", draw);
    finite_network_draw(&slot->finite, &stream);
    if (draws->options->scale_prior == NULL)
        return;
    random_start(&stream, draws->command->seed, "gpkernel", "scale", draw);
    struct finite_network_layer *last = &slot->finite.layers[slot->finite.layer_count - 1];
    double root = exp(0.5 * scale_prior_draw(&draws->prior, &stream));
    for (size_t i = 0; i < last->inputs * last->outputs; i++)
        last->weights[i] *= root;
}

static void run_slot(void *context, size_t at, size_t worker) {
    (void)worker;
    const struct draws *draws = context;
    struct slot *slot = &draws->slots[at];
    draw_network(draws, slot, draws->first + at);
    slot->diverged_at = 0;
    if (draws->y != NULL)
        slot->diverged_at = finite_network_train(&slot->finite, draws->given->n, draws->y,
                                                 draws->options->steps, draws->options->rate);
    if (slot->diverged_at > 0)
        return;
    if (draws->options->outputs)
        finite_network_outputs(&slot->finite, slot->f);
    else
        finite_network_kernel(&slot->finite, slot->kernel);
}

/* Where the rate is beyond what the network's kernel at its start allows, that is said. */
static int tell_divergence(struct draws *draws, struct slot *slot, size_t draw) {
    struct error *error = &draws->command->error;
    size_t n = draws->given->n;
    double *values = memory_array(error, n, sizeof *values),
           *kernel = memory_matrix(error, n, n, sizeof *kernel);
    int status = values == NULL || kernel == NULL ? -1 : 0;
    if (status == 0) {
        draw_network(draws, slot, draw);
        finite_network_kernel(&slot->finite, slot->kernel);
        for (size_t i = 0; i < n; i++)
            memcpy(kernel + i * n, slot->kernel + i * draws->rows, n * sizeof *kernel);
        status = eigenvalues_symmetric(n, kernel, values, error);
    }
    if (status == 0) {
        double bound = 2 * (double)n / values[n - 1];
        if (draws->options->rate > bound)
            error_set(
                error,
                "gradient descent diverged at step %zu (rate %g exceeds 2 n / largest eigenvalue = %.3g)",
                slot->diverged_at, draws->options->rate, bound);
        else
            error_set(error, "gradient descent diverged at step %zu", slot->diverged_at);
    }
    free(values);
    free(kernel);
    return -1;
}

/* Running mean and sum of squared distances from it (Welford 1962). */
static void add_kernel(struct draws *draws, const struct slot *slot, size_t draw, size_t columns) {
    size_t offset = draws->given->m > 0 ? draws->given->n : 0;
    for (size_t i = 0; i < draws->given->n; i++)
        for (size_t j = 0; j < columns; j++) {
            double value = slot->kernel[i * draws->rows + offset + j];
            double *mean = &draws->mean[i * columns + j], before = value - *mean;
            *mean += before / (double)(draw + 1);
            draws->squares[i * columns + j] += before * (value - *mean);
        }
}

static int run_draws(struct draws *draws, size_t rows, size_t columns) {
    size_t total = draws->options->draws, offset = draws->given->m > 0 ? draws->given->n : 0;
    for (draws->first = 0; draws->first < total; draws->first += draws->slot_count) {
        size_t left = total - draws->first, count = left < draws->slot_count ? left : draws->slot_count;
        parallel_for(draws->command->threads, count, run_slot, draws);
        for (size_t at = 0; at < count; at++) {
            struct slot *slot = &draws->slots[at];
            size_t draw = draws->first + at;
            if (slot->diverged_at > 0)
                return tell_divergence(draws, slot, draw);
            if (!draws->options->outputs)
                add_kernel(draws, slot, draw, columns);
            for (size_t i = 0; draws->options->outputs && i < rows; i++)
                draws->mean[i * columns + draw] = slot->f[offset + i];
        }
        progress_show(&draws->command->progress, "networks", draws->first + count, total);
    }
    for (size_t i = 0; draws->options->spread && i < rows * columns; i++)
        draws->mean[i] = sqrt(draws->squares[i] / (double)(total - 1));
    return 0;
}

static void free_draws(struct draws *draws) {
    for (size_t i = 0; i < draws->slot_count; i++) {
        finite_network_close(&draws->slots[i].finite);
        free(draws->slots[i].kernel);
        free(draws->slots[i].f);
    }
    free(draws->slots);
    free(draws->x);
    free(draws->y);
    free(draws->widths);
    free(draws->mean);
    free(draws->squares);
}

int finite_network_draws_run(struct command *command, const struct finite_network_draws_options *options,
                             const struct covariance *covariance,
                             const struct finite_network_draws_rows *given, double **values, size_t *rows,
                             size_t *columns) {
    struct error *error = &command->error;
    const struct covariance_node *leaf = &covariance->nodes[covariance->root];
    bool limit = options->outputs && options->train == NULL; /* outputs alone have one for nngp too */
    if (leaf->kind != COVARIANCE_LEAF ||
        (strcmp(leaf->kernel->name, "ntk") != 0 && !(limit && strcmp(leaf->kernel->name, "nngp") == 0)))
        return error_set_usage(error, "--finite needs a kernel that is one ntk");
    double parameters[COVARIANCE_NETWORK_BIASES + 1];
    for (size_t p = 0; p <= COVARIANCE_NETWORK_BIASES; p++)
        parameters[p] = covariance->parameters[leaf->first_parameter + p].value;
    struct draws draws = {.command = command,
                          .options = options,
                          .given = given,
                          .network = covariance_network_of(leaf, parameters)};
    size_t others = given->m > 0 ? given->m : given->n;
    *rows = options->outputs ? others : given->n;
    *columns = options->outputs ? options->draws : others;
    int status = -1;
    if ((options->scale_prior == NULL ||
         scale_prior_parse(&draws.prior, options->scale_prior, &command->error) == 0) &&
        read_widths(&draws) == 0 && read_targets(&draws) == 0 && stack_rows(&draws, leaf) == 0 &&
        open_slots(&draws) == 0) {
        size_t count;
        if (!memory_product(*rows, *columns, &count))
            error_set(error, "out of memory");
        else if ((draws.mean = memory_zeros(error, count, sizeof(double))) != NULL &&
                 (draws.squares = memory_zeros(error, count, sizeof(double))) != NULL)
            status = run_draws(&draws, *rows, *columns);
    }
    *values = status == 0 ? draws.mean : NULL;
    if (status == 0)
        draws.mean = NULL;
    free_draws(&draws);
    return status;
}
