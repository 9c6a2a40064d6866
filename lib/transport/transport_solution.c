#include "transport/transport_solution.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "num/running_sum.h"
#include "transport/sorted_transport.h"
#include "transport/transport_potentials.h"

/* Below this share of the mean cost many iterations cost more than pivots: a pivot method takes some hundred
 * passes' time over the pairs (bench, sinkhorn_small_epsilon). */
#define SMALL_EPSILON 0.01
enum { EXACT_PASSES = 200 };
#define EXACT_PAIRS_MIN 1e4
#define EXACT_PAIRS_MAX 2.5e7

static double total_of(size_t count, const double *values) {
    struct running_sum sum = RUNNING_SUM_EMPTY;
    running_sum_add(&sum, count, values);
    return running_sum_value(&sum);
}

/* Between iterations. */
struct saving {
    struct checkpoint *checkpoint;
    struct command *command;
    size_t sources, targets;
};

static int save(void *context, const double *source, const double *target) {
    struct saving *saving = context;
    struct error failure = {0};
    if (!checkpoint_requested(saving->checkpoint))
        return 0;
    struct row_layout layout = saving->command->output;
    layout.path = checkpoint_path(saving->checkpoint);
    if (transport_potentials_write(&layout, saving->sources, source, saving->targets, target, &failure) < 0)
        checkpoint_failed(saving->checkpoint, &failure);
    return 0;
}

/* Potentials of --init; those of slack, which are not in the file, start at 0. */
static int read_start(struct command *command, const char *typed, const struct transport_input *input,
                      double **source, double **target) {
    *source = memory_zeros(&command->error, input->cost.sources, sizeof **source);
    *target = memory_zeros(&command->error, input->cost.targets, sizeof **target);
    if (*source == NULL || *target == NULL)
        return -1;
    return transport_potentials_read(typed + 1, input->sources, *source, input->targets, *target,
                                     &command->error);
}

static int solve_main(struct transport_solution *solution, struct command *command,
                      const struct transport_options *options, const struct transport_input *input,
                      struct checkpoint *checkpoint) {
    struct transport_part *part = &solution->main;
    struct sinkhorn_settings settings = transport_options_settings(command, options);
    struct saving saving = {checkpoint, command, input->sources, input->targets};
    double *source = NULL, *target = NULL;
    if (checkpoint != NULL) {
        settings.checkpoint = save;
        settings.context = &saving;
    }
    int status = 0;
    if (options->init != NULL)
        status = read_start(command, options->init, input, &source, &target);
    settings.source_start = source;
    settings.target_start = target;
    if (status == 0)
        status = sinkhorn_solve(&part->problem, &settings, &part->result, &command->error);
    free(source);
    free(target);
    if (status < 0)
        return -1;
    return transport_plan_of_potentials(&part->plan, &part->problem, &part->result, command->threads,
                                        &command->error);
}

/* The sources among themselves, or the targets. */
static int solve_self(struct transport_solution *solution, struct command *command,
                      const struct transport_options *options, const struct transport_input *input,
                      bool of_targets) {
    struct transport_part *part = of_targets ? &solution->target_self : &solution->source_self;
    const struct matrix *costs = of_targets ? &input->target_costs : &input->source_costs;
    struct sinkhorn_settings settings = transport_options_settings(command, options);
    part->problem = solution->main.problem;
    part->problem.symmetric = settings.tolerance > 0; /* else as many plain steps are asked for */
    struct pair_cost *cost = &part->problem.cost;
    if (of_targets) {
        cost->sources = cost->targets;
        cost->x = cost->y;
        part->problem.source_weights = part->problem.target_weights;
        part->problem.source_penalty = part->problem.target_penalty = solution->main.problem.source_penalty;
    } else {
        cost->targets = cost->sources;
        cost->y = cost->x;
        part->problem.target_weights = part->problem.source_weights;
        part->problem.target_penalty = part->problem.source_penalty;
    }
    cost->matrix = costs->values;
    if (settings.tolerance > 0 && settings.acceleration != SINKHORN_AUTO)
        settings.acceleration = SINKHORN_AUTO; /* what is chosen is for the main problem */
    if (sinkhorn_solve(&part->problem, &settings, &part->result, &command->error) < 0)
        return -1;
    return transport_plan_of_potentials(&part->plan, &part->problem, &part->result, command->threads,
                                        &command->error);
}

/* The constant that may be moved from g to f is chosen as for entropic ones: <f, a> = <g, b>. */
static void balance_potentials(const struct exact_transport_problem *problem, struct exact_transport *exact) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    double shift = 0, total = total_of(n, problem->source_weights) + total_of(m, problem->target_weights);
    for (size_t j = 0; j < m; j++)
        shift += problem->target_weights[j] * exact->target_potentials[j] / total;
    for (size_t i = 0; i < n; i++)
        shift -= problem->source_weights[i] * exact->source_potentials[i] / total;
    for (size_t i = 0; i < n; i++)
        exact->source_potentials[i] += shift;
    for (size_t j = 0; j < m; j++)
        exact->target_potentials[j] -= shift;
}

static double distance(size_t count, const double *marginal, const double *weights) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fabs(marginal[i] - weights[i]);
    return sum;
}

/* Figures from the flows alone: there are fewer than n + m, where pairs may be beyond counting. */
static int measure_flows(const struct exact_transport_problem *problem, const struct exact_transport *exact,
                         struct transport_plan_figures *figures, struct error *error) {
    size_t n = problem->cost.sources, m = problem->cost.targets;
    double *marginals = memory_zeros(error, n + m, sizeof *marginals);
    if (marginals == NULL)
        return -1;
    *figures = (struct transport_plan_figures){.transport = exact->cost};
    for (size_t k = 0; k < exact->flow_count; k++) {
        const struct exact_transport_flow *flow = &exact->flows[k];
        marginals[flow->source] += flow->mass;
        marginals[n + flow->target] += flow->mass;
        figures->mass += flow->mass;
        figures->entropy -= flow->mass * log(flow->mass);
    }
    figures->source_error = distance(n, marginals, problem->source_weights);
    figures->target_error = distance(m, marginals + n, problem->target_weights);
    free(marginals);
    return 0;
}

static void report_figures(struct report *report, const struct transport_plan_figures *figures,
                           double objective, double dual, double gap) {
    report_number(report, "source_error", figures->source_error);
    report_number(report, "target_error", figures->target_error);
    report_number(report, "mass", figures->mass);
    report_number(report, "transport", figures->transport);
    report_number(report, "objective", objective);
    report_number(report, "dual", dual);
    report_number(report, "gap", gap);
    report_number(report, "entropy", figures->entropy);
}

/* Of partial transport what is moved is without what the slack gives and takes. */
static double mass_without_slack(double mass, const struct transport_input *input) {
    size_t n = input->sources, m = input->targets;
    return input->cost.sources == n ? mass : mass - input->source_weights[n] - input->target_weights[m];
}

static int solve_exactly(struct transport_solution *solution, struct command *command,
                         const struct transport_input *input) {
    const struct exact_transport_problem problem = {.cost = input->cost,
                                                    .source_weights = input->source_weights,
                                                    .target_weights = input->target_weights,
                                                    .threads = command->threads,
                                                    .progress = &command->progress};
    struct exact_transport *exact = &solution->exact;
    bool sorted = sorted_transport_applies(&input->cost);
    int status = sorted ? sorted_transport_solve(&problem, exact, &command->error)
                        : exact_transport_solve(&problem, exact, &command->error);
    if (status < 0 || measure_flows(&problem, exact, &solution->figures, &command->error) < 0)
        return -1;
    solution->figures.mass = mass_without_slack(solution->figures.mass, input);
    balance_potentials(&problem, exact);
    report_text(&command->report, "method", sorted ? "sorting" : "network simplex");
    report_number(&command->report, "iterations", (double)exact->iterations);
    report_figures(&command->report, &solution->figures, exact->cost, exact->cost - exact->dual_gap,
                   exact->dual_gap);
    solution->value = exact->cost;
    return transport_plan_of_flows(&solution->main.plan, &solution->main.problem, exact, command->threads,
                                   &command->error);
}

static double divergence_of(const struct transport_solution *solution) {
    const struct sinkhorn_problem *problem = &solution->main.problem;
    double difference = total_of(problem->cost.sources, problem->source_weights) -
                        total_of(problem->cost.targets, problem->target_weights);
    double value = solution->main.result.objective - solution->source_self.result.objective / 2 -
                   solution->target_self.result.objective / 2;
    bool balanced = isinf(problem->source_penalty) && isinf(problem->target_penalty);
    return balanced ? value : value + solution->epsilon / 2 * difference * difference;
}

static void report(struct command *command, const struct transport_solution *solution,
                   const struct transport_choice *choice) {
    const struct sinkhorn_result *result = &solution->main.result;
    struct report *report = &command->report;
    report_text(report, "method", result->method);
    report_text(report, "online", result->online ? "yes" : "no");
    report_number(report, "iterations", (double)result->iterations);
    report_number(report, "scaling_iterations", (double)result->scaling_iterations);
    report_text(report, "converged", result->converged ? "yes" : "no");
    report_figures(report, &solution->figures, result->objective, result->dual,
                   result->objective - result->dual);
    if (choice->value == TRANSPORT_VALUE_DIVERGENCE)
        report_number(report, "divergence", divergence_of(solution));
}

/* Whether a pivot method would have been done by now, judged by counts, not by the clock. */
static bool exact_is_quicker(const struct transport_solution *solution, const struct transport_input *input,
                             const struct transport_choice *choice) {
    double pairs = (double)input->sources * (double)input->targets;
    const struct sinkhorn_result *result = &solution->main.result;
    return choice->balanced && choice->value == TRANSPORT_VALUE_TRANSPORT && pairs >= EXACT_PAIRS_MIN &&
           pairs <= EXACT_PAIRS_MAX && solution->epsilon < SMALL_EPSILON * input->summary.mean &&
           result->iterations + result->scaling_iterations > EXACT_PASSES;
}

static void note_convergence(struct command *command, const struct transport_solution *solution,
                             const struct transport_input *input, const struct transport_choice *choice) {
    const struct sinkhorn_result *result = &solution->main.result;
    bool converged = result->converged &&
                     (solution->source_self.result.source_potentials == NULL ||
                      (solution->source_self.result.converged && solution->target_self.result.converged));
    bool hint = exact_is_quicker(solution, input, choice);
    double share = solution->epsilon / input->summary.median;
    bool stuck = !result->converged && result->iterations < command->max_iterations;
    command->unconverged = !converged && command->tolerance > 0;
    if (command->unconverged && stuck)
        command_note(command,
                     "no progress after %zu iterations (the marginals are off by %.1g): raise --tolerance or "
                     "--epsilon, which is %.1g of the median cost, or forbid fewer pairs",
                     result->iterations, result->source_error + result->target_error, share);
    else if (command->unconverged && hint)
        command_note(command,
                     "not converged after %zu iterations: raise --max-iterations, or, as epsilon is %.1g of "
                     "the median cost, try --exact",
                     result->iterations, share);
    else if (command->unconverged)
        command_note(command,
                     "not converged after %zu iterations: raise --max-iterations (the marginals are off by "
                     "%.1g)",
                     result->iterations, result->source_error + result->target_error);
    else if (hint && command->tolerance > 0)
        command_note(command, "epsilon is %.1g of the median cost: --exact may be quicker", share);
}

static int solve_entropic(struct transport_solution *solution, struct command *command,
                          const struct transport_options *options, const struct transport_choice *choice,
                          const struct transport_input *input, struct checkpoint *checkpoint) {
    struct sinkhorn_result *result = &solution->main.result;
    if (solve_main(solution, command, options, input, checkpoint) < 0)
        return -1;
    if (choice->value == TRANSPORT_VALUE_DIVERGENCE &&
        (solve_self(solution, command, options, input, false) < 0 ||
         solve_self(solution, command, options, input, true) < 0))
        return -1;
    solution->figures = (struct transport_plan_figures){result->transport, result->mass, result->entropy,
                                                        result->source_error, result->target_error};
    if (options->round &&
        (transport_plan_round(&solution->main.plan, &command->error) < 0 ||
         transport_plan_measure(&solution->main.plan, &solution->figures, &command->error) < 0))
        return -1;
    solution->figures.mass = mass_without_slack(solution->figures.mass, input);
    const double values[] = {solution->figures.transport, result->objective, 0};
    solution->value =
        choice->value == TRANSPORT_VALUE_DIVERGENCE ? divergence_of(solution) : values[choice->value];
    report(command, solution, choice);
    note_convergence(command, solution, input, choice);
    return 0;
}

int transport_solution_find(struct transport_solution *solution, struct command *command,
                            const struct transport_options *options, const struct transport_choice *choice,
                            const struct transport_input *input, struct checkpoint *checkpoint) {
    *solution = (struct transport_solution){0};
    report_number(&command->report, "sources", (double)input->sources);
    report_number(&command->report, "targets", (double)input->targets);
    report_number(&command->report, "median_cost", input->summary.median);
    if (!options->exact) {
        solution->epsilon = transport_input_epsilon(choice, &input->summary, &command->error);
        if (!(solution->epsilon > 0))
            return -1;
        report_number(&command->report, "epsilon", solution->epsilon);
    }
    solution->main.problem = (struct sinkhorn_problem){.cost = input->cost,
                                                       .source_weights = input->source_weights,
                                                       .target_weights = input->target_weights,
                                                       .epsilon = solution->epsilon,
                                                       .source_penalty = choice->source_penalty,
                                                       .target_penalty = choice->target_penalty,
                                                       .total_variation = options->penalty == 1};
    return options->exact ? solve_exactly(solution, command, input)
                          : solve_entropic(solution, command, options, choice, input, checkpoint);
}

static void free_part(struct transport_part *part) {
    transport_plan_free(&part->plan);
    sinkhorn_result_free(&part->result);
}

void transport_solution_free(struct transport_solution *solution) {
    free_part(&solution->main);
    free_part(&solution->source_self);
    free_part(&solution->target_self);
    exact_transport_free(&solution->exact);
}
