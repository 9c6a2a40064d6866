#include "process/scale_posterior.h"

#include <math.h>

#include "base/memory.h"
#include "num/brent.h"

/* The scan that finds the mode, the drop from the top that ends the range (e^-40 is 4e-18), where s leaves
 * the doubles, and the weight below which a node says nothing. */
static const double scan_end = 30, drop = 40, t_max = 700, weight_least = 1e-14, moved_most = 1e-11;
enum { SCAN = 64, PANELS_FIRST = 32, PANELS_MAX = 1 << 16 };

struct integrand {
    const struct scale_prior *prior;
    scale_posterior_likelihood *likelihood;
    void *context;
};

static double value_at(const struct integrand *integrand, double t) {
    double value = integrand->likelihood(integrand->context, t);
    value += scale_prior_log_density(integrand->prior, t, NULL);
    return isnan(value) ? -INFINITY : value;
}

static double negative(void *context, double t) {
    return -value_at(context, t);
}

/* From t outwards to where the integrand has dropped below the floor. */
static double edge(const struct integrand *integrand, double t, double direction, double floor) {
    double step = 1e-4, at = t;
    while (fabs(at) < t_max && value_at(integrand, at) > floor) {
        at = t + direction * step;
        step *= 2;
    }
    return fmin(fmax(at, -t_max), t_max);
}

struct range {
    double lower, upper, top;
};

/* Where the integrand lives, from a scan; a peak beyond its ends is walked to. */
static struct range find_range(struct integrand *integrand) {
    double spacing = 2 * scan_end / (SCAN - 1), values[SCAN], best = -scan_end;
    struct range range = {.top = -INFINITY};
    for (int i = 0; i < SCAN; i++) {
        values[i] = value_at(integrand, -scan_end + i * spacing);
        if (values[i] > range.top) {
            range.top = values[i];
            best = -scan_end + i * spacing;
        }
    }
    for (double side = -1; side <= 1; side += 2)
        while (fabs(best) < t_max && value_at(integrand, best + side * spacing) > range.top) {
            best += side * spacing;
            range.top = value_at(integrand, best);
        }
    if (!isfinite(range.top))
        return range;
    struct brent_result peak = brent_minimize(negative, integrand, best - spacing, best + spacing, 1e-7);
    if (-peak.value > range.top) {
        range.top = -peak.value;
        best = peak.x;
    }
    range.lower = edge(integrand, best, -1, range.top - drop);
    range.upper = edge(integrand, best, 1, range.top - drop);
    for (int i = 0; i < SCAN; i++) { /* further peaks */
        double t = -scan_end + i * spacing;
        if (values[i] > range.top - drop && t < range.lower)
            range.lower = edge(integrand, t, -1, range.top - drop);
        if (values[i] > range.top - drop && t > range.upper)
            range.upper = edge(integrand, t, 1, range.top - drop);
    }
    return range;
}

/* log sum exp */
static double log_sum(size_t count, const double *values) {
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, values[i]);
    if (!isfinite(top))
        return top;
    for (size_t i = 0; i < count; i++)
        sum += exp(values[i] - top);
    return top + log(sum);
}

/* From log weights whose log sum is known, at the points t. */
static int settle(struct scale_posterior *posterior, const struct scale_prior *prior, size_t count,
                  const double *t, const double *logs, double total, struct error *error) {
    posterior->nodes = memory_array(error, count, sizeof *posterior->nodes);
    posterior->weights = memory_array(error, count, sizeof *posterior->weights);
    if (posterior->nodes == NULL || posterior->weights == NULL) {
        scale_posterior_free(posterior);
        return -1;
    }
    double kept = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double slopes[SCALE_PRIOR_PARAMETERS_MAX] = {0}, weight = exp(logs[i] - total);
        if (!(weight > 0))
            continue;
        scale_prior_log_density(prior, t[i], slopes);
        posterior->inverse += weight * exp(-t[i]);
        for (size_t p = 0; p < scale_prior_count(prior); p++)
            posterior->slopes[p] += weight * slopes[p];
        squares += weight * weight;
        if (weight < weight_least)
            continue;
        posterior->nodes[posterior->count] = exp(t[i]);
        posterior->weights[posterior->count++] = weight;
        kept += weight;
    }
    for (size_t i = 0; i < posterior->count; i++)
        posterior->weights[i] /= kept;
    posterior->effective_sample_size = 1 / squares;
    return 0;
}

/* The points of the rule and their values, 2 panels + 1 of them once the panels are halved. */
struct rule {
    size_t panels;
    double *points, *values;
};

static void evaluate(const struct integrand *integrand, const struct range *range, struct rule *rule,
                     size_t first, size_t stride) {
    double width = (range->upper - range->lower) / (double)rule->panels;
    for (size_t i = first; i <= rule->panels; i += stride) {
        rule->points[i] = range->lower + (double)i * width;
        rule->values[i] = value_at(integrand, rule->points[i]);
    }
}

static int halve(const struct integrand *integrand, const struct range *range, struct rule *rule,
                 struct error *error) {
    size_t count = 2 * rule->panels + 1;
    double *points = memory_resize(error, rule->points, count, sizeof *points);
    if (points == NULL)
        return -1;
    rule->points = points;
    double *values = memory_resize(error, rule->values, count, sizeof *values);
    if (values == NULL)
        return -1;
    rule->values = values;
    for (size_t i = rule->panels + 1; i-- > 0;) {
        points[2 * i] = points[i];
        values[2 * i] = values[i];
    }
    rule->panels *= 2;
    evaluate(integrand, range, rule, 1, 2);
    return 0;
}

static int run_rule(const struct integrand *integrand, const struct range *range, struct rule *rule,
                    struct scale_posterior *posterior, struct error *error) {
    if (rule->points == NULL || rule->values == NULL)
        return -1;
    double before, total, width = range->upper - range->lower;
    evaluate(integrand, range, rule, 0, 1);
    total = log_sum(rule->panels + 1, rule->values);
    posterior->log_evidence = total + log(width / (double)rule->panels);
    do {
        before = posterior->log_evidence;
        if (halve(integrand, range, rule, error) < 0)
            return -1;
        total = log_sum(rule->panels + 1, rule->values);
        posterior->log_evidence = total + log(width / (double)rule->panels);
    } while (fabs(posterior->log_evidence - before) > moved_most * fmax(1, 1e-4 * fabs(before)) &&
             rule->panels < PANELS_MAX);
    return settle(posterior, integrand->prior, rule->panels + 1, rule->points, rule->values, total, error);
}

int scale_posterior_integrate(struct scale_posterior *posterior, const struct scale_prior *prior,
                              scale_posterior_likelihood *likelihood, void *context, struct error *error) {
    struct integrand integrand = {prior, likelihood, context};
    struct range range = find_range(&integrand);
    *posterior = (struct scale_posterior){.log_evidence = -INFINITY};
    if (!isfinite(range.top))
        return 0;
    struct rule rule = {.panels = PANELS_FIRST,
                        .points = memory_array(error, PANELS_FIRST + 1, sizeof(double)),
                        .values = memory_array(error, PANELS_FIRST + 1, sizeof(double))};
    int status = run_rule(&integrand, &range, &rule, posterior, error);
    free(rule.points);
    free(rule.values);
    return status;
}

int scale_posterior_weigh(struct scale_posterior *posterior, const struct scale_prior *prior, size_t count,
                          const double *draws, scale_posterior_likelihood *likelihood, void *context,
                          struct error *error) {
    *posterior = (struct scale_posterior){.log_evidence = -INFINITY};
    double *logs = memory_array(error, count, sizeof *logs);
    if (logs == NULL)
        return -1;
    for (size_t i = 0; i < count; i++) {
        logs[i] = likelihood(context, draws[i]);
        if (isnan(logs[i]))
            logs[i] = -INFINITY;
    }
    double total = log_sum(count, logs);
    int status = 0;
    if (isfinite(total)) {
        posterior->log_evidence = total - log((double)count);
        status = settle(posterior, prior, count, draws, logs, total, error);
    }
    free(logs);
    return status;
}

void scale_posterior_free(struct scale_posterior *posterior) {
    free(posterior->nodes);
    free(posterior->weights);
    *posterior = (struct scale_posterior){0};
}
