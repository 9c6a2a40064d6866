#include "density/mixture_restarts.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "density/mixture_checkpoint.h"
#include "density/mixture_ward.h"

enum { FIRST_STEPS = 30, FINALISTS = 3 };

/* One start and what became of it. */
struct start {
    struct mixture_fit fit;
    struct error error; /* its text empty while nothing is wrong */
};

struct shared {
    const struct mixture_rows *rows;
    struct mixture_restarts settings;
    struct start *starts;
    size_t *order, limit; /* start order[i] is the i-th to run up to the limit */
};

/* The mixture that start `number` begins with. */
static struct gaussian_mixture *begin(const struct shared *shared, struct mixture_step *step, size_t number,
                                      struct error *error) {
    const struct mixture_restarts *settings = &shared->settings;
    struct gaussian_mixture *mixture =
        settings->model != NULL
            ? mixture_start_copy(settings->model, NULL, error)
            : mixture_start_draw(shared->rows, step, &settings->fit.constraints,
                                 &(struct mixture_start){.components = settings->components,
                                                         .kind = settings->kind,
                                                         .centres = settings->centres,
                                                         .seed = settings->seed,
                                                         .number = number,
                                                         .threads = settings->threads},
                                 error);
    if (mixture == NULL)
        return NULL;
    mixture_start_add_noise(mixture, settings->noise_log_density);
    if (mixture_maximise_prepare(mixture, error) == 0)
        return mixture;
    gaussian_mixture_free(mixture);
    return NULL;
}

static int run_start(const struct shared *shared, struct start *start, size_t number) {
    const struct mixture_restarts *settings = &shared->settings;
    const struct mixture_fit_settings *fit = &settings->fit;
    struct error *error = &start->error;
    int status = -1;
    struct mixture_step *step =
        mixture_step_create(shared->rows, settings->components, settings->type, settings->threads, error);
    if (step == NULL)
        return -1;
    if (start->fit.mixture == NULL)
        start->fit.mixture = begin(shared, step, number, error);
    if (start->fit.mixture != NULL)
        status = mixture_fit_run(&start->fit, step, shared->rows, settings->type, fit, shared->limit, error);
    if (status == 0)
        mixture_checkpoint_rest(fit->checkpoint, &start->fit);
    mixture_step_free(step);
    return status;
}

/* parallel_body: one start. */
static void start_body(void *context, size_t i, size_t worker) {
    struct shared *shared = context;
    struct start *start = &shared->starts[shared->order[i]];
    (void)worker;
    if (run_start(shared, start, shared->order[i]) < 0)
        mixture_fit_free(&start->fit);
}

/* Runs the first `count` starts of the order. */
static void run_starts(struct shared *shared, size_t count) {
    size_t threads = shared->settings.threads;
    bool together = count > 1 && mixture_step_blocks(shared->rows, shared->settings.components,
                                                     shared->settings.type) < threads;
    struct progress *progress = shared->settings.fit.progress;
    if (together) {
        shared->settings.threads = 1;
        shared->settings.fit.progress = NULL;
    }
    parallel_for(together ? threads : 1, count, start_body, shared);
    shared->settings.threads = threads;
    shared->settings.fit.progress = progress;
}

static bool is_better(const struct start *a, const struct start *b) {
    if (a->fit.mixture == NULL || b->fit.mixture == NULL)
        return a->fit.mixture != NULL && b->fit.mixture == NULL;
    return a->fit.objective > b->fit.objective;
}

/* Puts the starts in order, the best first, equals as they were. */
static void rank(struct shared *shared, size_t count) {
    for (size_t i = 1; i < count; i++) {
        size_t at = i, moved = shared->order[i];
        for (; at > 0 && is_better(&shared->starts[moved], &shared->starts[shared->order[at - 1]]); at--)
            shared->order[at] = shared->order[at - 1];
        shared->order[at] = moved;
    }
}

/* The finalists that have not come to an end go on. */
static void finish_best(struct shared *shared, size_t count) {
    size_t wanted = 0, all = count < FINALISTS ? count : FINALISTS;
    for (size_t i = 0; i < all; i++) {
        const struct mixture_fit *fit = &shared->starts[shared->order[i]].fit;
        size_t moved = shared->order[i];
        if (fit->mixture == NULL || fit->converged || fit->fell)
            continue;
        shared->order[i] = shared->order[wanted];
        shared->order[wanted++] = moved;
    }
    shared->limit = shared->settings.fit.max_iterations;
    run_starts(shared, wanted);
    rank(shared, count);
}

static int choose(struct shared *shared, size_t count, struct mixture_fit *best, struct error *error) {
    size_t limit = shared->settings.fit.max_iterations;
    for (size_t i = 0; i < count; i++)
        shared->order[i] = i;
    shared->limit = count == 1 || limit < FIRST_STEPS ? limit : FIRST_STEPS;
    run_starts(shared, count);
    rank(shared, count);
    if (shared->limit < limit)
        finish_best(shared, count);
    for (size_t i = 0; i < count; i++) {
        if (memory_ran_out(&shared->starts[i].error)) {
            *error = shared->starts[i].error;
            return -1;
        }
    }
    struct start *first = &shared->starts[shared->order[0]];
    if (first->fit.mixture == NULL) {
        *error = shared->starts[0].error;
        return -1;
    }
    *best = first->fit;
    memset(&first->fit, 0, sizeof first->fit);
    if (mixture_fit_sort(best->mixture, error) == 0)
        return 0;
    mixture_fit_free(best);
    return -1;
}

int mixture_restarts_run(const struct mixture_rows *rows, const struct mixture_restarts *settings,
                         struct mixture_fit *best, struct error *error) {
    bool alone = settings->model != NULL || settings->centres != NULL ||
                 (settings->kind == MIXTURE_START_WARD && rows->rows <= MIXTURE_WARD_ROWS_MAX);
    size_t count = alone ? 1 : settings->restarts;
    struct shared shared = {.rows = rows, .settings = *settings};
    struct gaussian_mixture *whole = mixture_start_whole(rows, settings->type, settings->threads, error);
    int status = -1;
    if (whole == NULL)
        return -1;
    shared.settings.fit.constraints.whole = whole;
    shared.settings.fit.constraints.floor = settings->floor * mixture_start_variance(whole);
    shared.starts = memory_zeros(error, count, sizeof *shared.starts);
    shared.order = memory_array(error, count, sizeof *shared.order);
    if (shared.starts != NULL && shared.order != NULL)
        status = choose(&shared, count, best, error);
    for (size_t i = 0; shared.starts != NULL && i < count; i++)
        mixture_fit_free(&shared.starts[i].fit);
    free(shared.starts);
    free(shared.order);
    gaussian_mixture_free(whole);
    return status;
}
