#include "transport/sinkhorn_iteration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "transport/sinkhorn_anderson.h"
#include "transport/sinkhorn_fused.h"

/* Single precision is left where the error has come near to its rounding, or shrinks no more and may have: a
 * kernel value is off by some 6e-8 of (|f| + |g|)/eps, sums of many by less. */
static const double SINGLE_ERROR = 5e-7, SINGLE_STALLED_ERROR = 1e-5, SINGLE_ROUNDING = 1e-7;
enum { STALLED_ITERATIONS = 60, HOPELESS_ITERATIONS = 1000 };

/* A series of steps on a stored kernel ends where the error is this part of that of the true step before it,
 * or so far below what is to be reached that the true step after it finds it reached. The latter must gain,
 * or no more series follow. Small kernels are made as quickly as they are read. */
static const double SERIES_GAIN = 3e-3, SERIES_GOAL = 0.3, SERIES_GAIN_LEAST = 0.3;
enum { STORED_PAIRS_MIN = 1 << 15 };

/* Over-relaxation begins when plain iterations have told the rate. */
enum { PLAIN_ITERATIONS = 6 };
static const double RATE_MAX = 0.98;

/* An error that grows by more than this says that mixing went astray: plain steps never do. No mixed step
 * takes a potential further than some epsilon from the plain one, where the plan has nothing to do with the
 * last. */
static const double GROWTH_MAX = 1.5, STEP_MAX = 10;

bool sinkhorn_iteration_is_accelerated(const struct sinkhorn_solver *solver) {
    return solver->settings->acceleration != SINKHORN_PLAIN && solver->settings->tolerance > 0;
}

static void take_updates(struct sinkhorn_solver *solver, struct sinkhorn_side *side) {
    memcpy(side->potentials, side->updates, side->count * sizeof *side->potentials);
    sinkhorn_relaxation_set_offsets(solver, side);
}

/* Half steps; the new potentials are in `updates` until they are taken. */
static void step_source(struct sinkhorn_solver *solver) {
    sinkhorn_sweep_sources(solver, solver->source.updates);
    sinkhorn_relaxation_apply(solver, &solver->source);
}

static void step_target(struct sinkhorn_solver *solver) {
    sinkhorn_sweep_targets(solver, solver->target.updates);
    sinkhorn_relaxation_apply(solver, &solver->target);
}

/* Points without weight wait for nobody: their potentials are what the formula says. */
static void take_weightless(struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        if (!(side->weights[i] > 0))
            side->potentials[i] = side->updates[i];
}

static double error_of(const struct sinkhorn_solver *solver, const struct sinkhorn_side *side) {
    return sinkhorn_relaxation_balanced(solver) ? sinkhorn_relaxation_error(solver, side)
                                                : sinkhorn_relaxation_change(solver, side);
}

static void copy_to_targets(struct sinkhorn_solver *solver) {
    memcpy(solver->target.potentials, solver->source.potentials,
           solver->source.count * sizeof *solver->source.potentials);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
}

/* Half of the way from a side's potentials to its updates, put into the updates. The eigenvalues of T near
 * -1, which alternation squares, become 0, so that a self problem is not slowed by a small eps (Feydy et al.
 * 2019, Interpolating between optimal transport and MMD, 3.1). */
static void average(struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        if (side->weights[i] > 0)
            side->updates[i] = (side->potentials[i] + side->updates[i]) / 2;
}

/* One iteration; true where the potentials at its start (balanced) or at its end are good enough. */
static bool iterate(struct sinkhorn_solver *solver, double tolerance) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    if (tolerance > 0)
        sinkhorn_relaxation_translate(solver, source->potentials, target->potentials);
    sinkhorn_relaxation_set_offsets(solver, target);
    step_source(solver);
    double change = error_of(solver, source);
    if (sinkhorn_relaxation_balanced(solver) && change < tolerance) {
        take_weightless(source);
        return true;
    }
    take_updates(solver, source);
    step_target(solver);
    change = fmax(change, sinkhorn_relaxation_change(solver, target));
    take_updates(solver, target);
    return !sinkhorn_relaxation_balanced(solver) && change < tolerance;
}

/* f <- (f + T f)/2. */
static bool iterate_symmetric(struct sinkhorn_solver *solver, double tolerance) {
    struct sinkhorn_side *source = &solver->source;
    step_source(solver);
    if (error_of(solver, source) < tolerance) {
        take_weightless(source);
        copy_to_targets(solver);
        return true;
    }
    average(source);
    take_updates(solver, source);
    copy_to_targets(solver);
    return false;
}

/* Tells the caller of a step. Returns false where the caller wants no more. */
static bool announce(const struct sinkhorn_solver *solver, size_t done, const struct sinkhorn_goal *goal) {
    const struct sinkhorn_settings *settings = solver->settings;
    ++*goal->iterations;
    if (settings->progress != NULL)
        progress_show(settings->progress, "steps", done, goal->iterations_max);
    return settings->checkpoint == NULL ||
           settings->checkpoint(settings->context, solver->source.potentials, solver->target.potentials) >= 0;
}

enum sinkhorn_ending sinkhorn_iteration_plain(struct sinkhorn_solver *solver,
                                              const struct sinkhorn_goal *goal) {
    sinkhorn_relaxation_set_offsets(solver, &solver->source);
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    for (size_t done = 0; done < goal->iterations_max; done++) {
        if (solver->problem->symmetric ? iterate_symmetric(solver, goal->tolerance)
                                       : iterate(solver, goal->tolerance))
            return SINKHORN_CONVERGED;
        if (!announce(solver, done + 1, goal))
            return SINKHORN_ENDED_BY_CALLER;
    }
    return SINKHORN_ENDED_BY_COUNT;
}

struct series {
    bool allowed;
    bool softmins;  /* the last true pass was in single precision, and left its softmins */
    bool fresh;     /* its kernel is the stored one */
    bool stored;    /* the last pass was on the stored kernel */
    bool goes_on;   /* the next one will be */
    bool ended;     /* at least one series was run to its end */
    double started; /* the error of the true pass before it */
};

struct sinkhorn_mixing {
    struct sinkhorn_fused fused;
    struct sinkhorn_stored stored;
    struct series series;
    struct sinkhorn_anderson anderson;
    bool single;       /* precision of the passes */
    double best, last; /* errors */
    size_t since_best; /* iterations */
    size_t plain;      /* iterations before over-relaxation: the last two tell the rate */
    double rate;
};

struct sinkhorn_mixing *sinkhorn_iteration_create(const struct sinkhorn_solver *solver, struct error *error) {
    struct sinkhorn_mixing *mixing = memory_zeros(error, 1, sizeof *mixing);
    if (mixing == NULL)
        return NULL;
    size_t pairs = solver->source.count * solver->target.count;
    bool stored = pairs >= STORED_PAIRS_MIN && solver->line == NULL &&
                  solver->settings->acceleration != SINKHORN_OVERRELAX &&
                  solver->settings->storage != SINKHORN_STORAGE_ALWAYS_ONLINE && sinkhorn_stored_fits(solver);
    if (sinkhorn_fused_create(&mixing->fused, solver, error) == 0 &&
        (!stored || sinkhorn_stored_create(&mixing->stored, solver, error) == 0) &&
        sinkhorn_anderson_create(&mixing->anderson, solver->target.count, solver->target.weights, error) == 0)
        return mixing;
    sinkhorn_iteration_free(mixing);
    return NULL;
}

void sinkhorn_iteration_free(struct sinkhorn_mixing *mixing) {
    if (mixing == NULL)
        return;
    sinkhorn_fused_free(&mixing->fused);
    sinkhorn_stored_free(&mixing->stored);
    sinkhorn_anderson_free(&mixing->anderson);
    free(mixing);
}

/* A step in single precision, on the stored kernel or the true one. Returns whether it could be. */
static bool pass_single(struct sinkhorn_solver *solver, struct sinkhorn_mixing *mixing) {
    struct series *series = &mixing->series;
    series->stored = series->goes_on && sinkhorn_stored_pass(&mixing->stored, solver);
    if (series->stored)
        return true;
    if (series->goes_on)
        mixing->stored.filled = false; /* too far from here */
    bool store = series->allowed && !mixing->stored.filled;
    series->softmins = sinkhorn_fused_pass(&mixing->fused, solver, store ? &mixing->stored : NULL);
    series->fresh = store && mixing->stored.filled;
    return series->softmins;
}

/* Chooses the kernel of the next step after one of that error, whose potentials are still there. */
static void continue_series(struct sinkhorn_solver *solver, struct sinkhorn_mixing *mixing, double error,
                            double tolerance) {
    struct series *series = &mixing->series;
    if (series->stored) {
        series->goes_on = error > fmax(SERIES_GAIN * series->started, SERIES_GOAL * tolerance);
        series->ended |= !series->goes_on;
        return;
    }
    series->allowed &= !(series->ended && error > SERIES_GAIN_LEAST * series->started);
    series->started = error;
    series->goes_on = series->allowed && series->softmins && mixing->stored.filled &&
                      sinkhorn_stored_refer(&mixing->stored, solver, mixing->fused.source_softmin,
                                            mixing->fused.target_softmin);
    if (series->goes_on)
        return;
    mixing->stored.filled = false;
    series->allowed &= !series->fresh; /* a kernel that does not reach its own potentials never will */
}

/* f = T g in source.potentials and T f in target.updates, for a self problem the average there. */
static void pass(struct sinkhorn_solver *solver, struct sinkhorn_mixing *mixing) {
    if (mixing->single && pass_single(solver, mixing))
        return;
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    step_source(solver);
    if (solver->problem->symmetric) {
        memcpy(solver->target.updates, solver->source.updates,
               solver->source.count * sizeof *solver->source.updates);
        return;
    }
    take_updates(solver, &solver->source);
    step_target(solver);
}

/* One iteration; returns its error. What is to be mixed is in target.updates. */
static double advance(struct sinkhorn_solver *solver, struct sinkhorn_mixing *mixing) {
    pass(solver, mixing);
    if (solver->problem->symmetric) {
        double error = error_of(solver, &solver->target);
        average(&solver->target);
        return error;
    }
    sinkhorn_relaxation_translate(solver, solver->source.potentials, solver->target.updates);
    return error_of(solver, &solver->target);
}

static bool is_stalled(struct sinkhorn_mixing *mixing, double error) {
    mixing->since_best = error < 0.9 * mixing->best ? 0 : mixing->since_best + 1;
    mixing->best = fmin(mixing->best, error);
    return mixing->since_best > 0 && mixing->since_best % STALLED_ITERATIONS == 0;
}

/* Over-relaxation by the factor that is best where the eigenvalues of the map lie between 0 and the rate: it
 * makes both ends equal. */
static void relax(struct sinkhorn_side *target, double rate) {
    double factor = 2 / (2 - fmin(fmax(rate, 0), RATE_MAX));
    for (size_t j = 0; j < target->count; j++)
        target->potentials[j] += factor * (target->updates[j] - target->potentials[j]);
}

/* Puts the next point in place of g, after one of that error. */
static void mix(struct sinkhorn_solver *solver, struct sinkhorn_mixing *mixing, double error) {
    struct sinkhorn_side *target = &solver->target;
    if (solver->settings->acceleration != SINKHORN_OVERRELAX) {
        bool astray = error > GROWTH_MAX * mixing->last && mixing->anderson.used > 0;
        mixing->last = astray ? INFINITY : error;
        if (astray)
            sinkhorn_anderson_retreat(&mixing->anderson, target->potentials);
        else
            sinkhorn_anderson_step(&mixing->anderson, STEP_MAX * solver->epsilon, target->potentials,
                                   target->updates);
        return;
    }
    mixing->plain++;
    if (mixing->plain <= PLAIN_ITERATIONS) {
        mixing->rate = error / mixing->last;
        memcpy(target->potentials, target->updates, target->count * sizeof *target->potentials);
    } else if (error > mixing->last) {
        mixing->plain = 0; /* the rate was taken too early */
    } else
        relax(target, mixing->rate);
    mixing->last = error;
}

static enum sinkhorn_ending run(struct sinkhorn_solver *solver, const struct sinkhorn_goal *goal,
                                struct sinkhorn_mixing *mixing) {
    struct sinkhorn_side *target = &solver->target;
    double rounding = fmax(SINGLE_STALLED_ERROR, SINGLE_ROUNDING * solver->largest / solver->epsilon);
    for (size_t done = 0; done < goal->iterations_max; done++) {
        double error = advance(solver, mixing);
        bool stalled = is_stalled(mixing, error), stored = mixing->single && mixing->series.stored;
        if (error < goal->tolerance && (!mixing->single || (goal->rough && !stored))) {
            take_updates(solver, target);
            ++*goal->iterations;
            return SINKHORN_CONVERGED;
        }
        bool leave = mixing->single && !stored && (error < SINGLE_ERROR || (stalled && error < rounding));
        if (leave || stalled)
            sinkhorn_anderson_restart(&mixing->anderson);
        if (leave) {
            mixing->single = false;
            mixing->since_best = 0;
        }
        if (mixing->since_best > HOPELESS_ITERATIONS)
            return SINKHORN_ENDED_BY_COUNT;
        if (mixing->single)
            continue_series(solver, mixing, error, fmax(goal->tolerance, SINGLE_ERROR));
        mixing->series.goes_on &= !stalled;
        mix(solver, mixing, error);
        if (stored != mixing->series.goes_on)
            mixing->last = INFINITY; /* errors of different kernels are not compared */
        if (solver->problem->symmetric)
            memcpy(solver->source.potentials, target->potentials, target->count * sizeof(double));
        if (!announce(solver, done + 1, goal))
            return SINKHORN_ENDED_BY_CALLER;
    }
    return SINKHORN_ENDED_BY_COUNT;
}

enum sinkhorn_ending sinkhorn_iteration_accelerated(struct sinkhorn_solver *solver,
                                                    const struct sinkhorn_goal *goal) {
    struct sinkhorn_mixing *mixing = solver->mixing;
    mixing->single = !goal->precise && solver->line == NULL;
    mixing->best = mixing->last = INFINITY;
    mixing->since_best = mixing->plain = 0;
    mixing->stored.filled = false;
    mixing->series = (struct series){.allowed = mixing->stored.values != NULL &&
                                                goal->tolerance < SINKHORN_LEVEL_TOLERANCE};
    sinkhorn_anderson_restart(&mixing->anderson);
    sinkhorn_fused_set_epsilon(&mixing->fused);
    return run(solver, goal, mixing);
}

static bool has_weightless(const struct sinkhorn_side *side) {
    for (size_t i = 0; i < side->count; i++)
        if (!(side->weights[i] > 0))
            return true;
    return false;
}

void sinkhorn_iteration_settle(struct sinkhorn_solver *solver) {
    struct sinkhorn_side *source = &solver->source, *target = &solver->target;
    bool symmetric = solver->problem->symmetric;
    if (symmetric)
        memcpy(source->potentials, target->potentials, source->count * sizeof *source->potentials);
    sinkhorn_relaxation_set_offsets(solver, source);
    sinkhorn_relaxation_set_offsets(solver, target);
    if (has_weightless(source)) {
        step_source(solver);
        take_weightless(source);
    }
    if (symmetric) {
        copy_to_targets(solver);
        return;
    }
    step_target(solver);
    take_updates(solver, target);
}

void sinkhorn_iteration_pair(struct sinkhorn_solver *solver) {
    sinkhorn_relaxation_set_offsets(solver, &solver->target);
    step_source(solver);
    take_updates(solver, &solver->source);
    if (solver->problem->symmetric) {
        copy_to_targets(solver);
        return;
    }
    step_target(solver);
    take_updates(solver, &solver->target);
}
