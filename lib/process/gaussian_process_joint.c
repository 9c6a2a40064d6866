#include "process/gaussian_process_joint.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "io/column_names.h"
#include "io/row_writer.h"
#include "num/tiled_cholesky.h"
#include "num/vector.h"
#include "process/gaussian_process_mixture.h"
#include "process/gaussian_process_prediction.h"
#include "process/gaussian_process_scale_prediction.h"
#include "process/gaussian_process_tables.h"
#include "process/value_range.h"

static const double jitters[] = {0, 1e-12, 1e-10, 1e-8, 1e-6}; /* of the mean diagonal */

/* A run: what is asked, and what becomes of it. */
struct joint {
    struct command *command;
    const struct gaussian_process_model *model;
    size_t count, samples;
    bool noisy, universal;
    double *x;          /* count x inputs */
    double *means;      /* count */
    double *covariance; /* count x count; then its factor */
    double *values;     /* count x samples */
};

/* The factor of a covariance in its place, with as little added to the diagonal as works. */
static int factor(struct command *command, size_t count, double *covariance) {
    struct error *error = &command->error;
    struct tiled_cholesky work;
    double mean = 0, *kept = memory_matrix(error, count, count, sizeof *kept);
    if (kept == NULL || tiled_cholesky_open(&work, count, command->threads, error) < 0) {
        free(kept);
        return -1;
    }
    memcpy(kept, covariance, count * count * sizeof *kept);
    for (size_t i = 0; i < count; i++)
        mean += covariance[i * count + i] / (double)count;
    size_t pivot = 1;
    for (size_t attempt = 0; pivot > 0 && attempt < sizeof jitters / sizeof *jitters; attempt++) {
        memcpy(covariance, kept, count * count * sizeof *kept);
        for (size_t i = 0; i < count; i++)
            covariance[i * count + i] += jitters[attempt] * mean + (attempt > 0) * 1e-300;
        pivot = tiled_cholesky_factor(&work, covariance);
    }
    tiled_cholesky_close(&work);
    free(kept);
    return pivot == 0 ? 0 : error_set(error, "the joint covariance is not positive definite");
}

/* Sample s: mean_i + root sum_(j <= i) L_ij z_j. */
static void draw(const struct joint *joint, size_t s, double root, double *normals) {
    struct random_stream stream;
    size_t count = joint->count;
    random_start(&stream, joint->command->seed, "gppredict", "sample", s);
    for (size_t i = 0; i < count; i++)
        normals[i] = root * random_normal(&stream);
    for (size_t i = 0; i < count; i++) {
        double sum = joint->means[i];
        for (size_t j = 0; j <= i; j++)
            sum += joint->covariance[i * count + j] * normals[j];
        joint->values[i * joint->samples + s] = sum;
    }
}

/* Of draw s the node. */
static size_t draw_node(const struct joint *joint, size_t s, double *cumulative) {
    const struct gaussian_process_scale *scale = joint->model->scale;
    struct random_stream stream;
    double sum = 0;
    for (size_t j = 0; j < scale->count; j++)
        cumulative[j] = sum += scale->weights[j];
    random_start(&stream, joint->command->seed, "gppredict", "scale", s);
    return random_discrete(&stream, scale->count, cumulative);
}

/* The root of the s of draw s; 1 without a mixture. */
static double draw_root(const struct joint *joint, size_t s, double *cumulative) {
    const struct gaussian_process_scale *scale = joint->model->scale;
    struct random_stream stream;
    if (scale == NULL)
        return 1;
    if (scale->closed == NULL)
        return sqrt(scale->nodes[draw_node(joint, s, cumulative)]);
    random_start(&stream, joint->command->seed, "gppredict", "scale", s);
    return sqrt(scale->closed[1] / random_gamma(&stream, scale->closed[0]));
}

/* A covariance of scaled targets, to those of the data, noise included where it is asked for. */
static void finish_covariance(const struct joint *joint, double s) {
    const struct gaussian_process_model *model = joint->model;
    double scale = model->y_scale[0] * model->y_scale[0];
    for (size_t i = 0; i < joint->count * joint->count; i++) {
        bool diagonal = i / joint->count == i % joint->count;
        joint->covariance[i] =
            s * scale * (joint->covariance[i] + (joint->noisy && diagonal ? model->noise : 0));
    }
}

/* One covariance that s scales, if there is an s. */
static int run_shared(struct joint *joint, double *room) {
    struct command *command = joint->command;
    const struct gaussian_process_model *model = joint->model;
    struct gaussian_process_predictor predictor;
    if (gaussian_process_prediction_open(&predictor, model, -1, joint->universal, command->threads,
                                         &command->error) < 0)
        return -1;
    int status = gaussian_process_prediction_joint(&predictor, joint->count, joint->x, joint->means,
                                                   joint->covariance, &command->error);
    gaussian_process_prediction_close(&predictor);
    if (status < 0)
        return -1;
    bool spread = joint->samples == 0 && model->scale != NULL;
    finish_covariance(joint, spread ? gaussian_process_scale_mean(model->scale, 0) : 1);
    if (joint->samples > 0 && factor(command, joint->count, joint->covariance) < 0)
        return -1;
    for (size_t s = 0; s < joint->samples; s++) {
        double root = draw_root(joint, s, room);
        draw(joint, s, root, room);
    }
    return 0;
}

/* Draws node by node, each with a factor of its own. */
static int draw_separate(struct joint *joint, struct gaussian_process_scale_predictor *predictor,
                         double *room) {
    struct error *error = &joint->command->error;
    size_t *nodes = memory_array(error, joint->samples, sizeof *nodes);
    int status = nodes == NULL ? -1 : 0;
    for (size_t s = 0; status == 0 && s < joint->samples; s++)
        nodes[s] = draw_node(joint, s, room);
    for (size_t j = 0; status == 0 && j < joint->model->scale->count; j++) {
        size_t s = 0;
        while (s < joint->samples && nodes[s] != j)
            s++;
        if (s == joint->samples)
            continue;
        status = gaussian_process_scale_prediction_joint(predictor, j, joint->count, joint->x, joint->means,
                                                         joint->covariance, error);
        if (status == 0) {
            finish_covariance(joint, 1);
            status = factor(joint->command, joint->count, joint->covariance);
        }
        for (; status == 0 && s < joint->samples; s++)
            if (nodes[s] == j)
                draw(joint, s, 1, room);
    }
    free(nodes);
    return status;
}

/* E[covariance_s] + Cov[mean_s], as running sums over nodes: with total weight W and centre m so far, a node
 * of weight w adds w covariance + (W w / (W + w)) (mean - m)(mean - m)'. */
static int sum_separate(struct joint *joint, struct gaussian_process_scale_predictor *predictor) {
    struct error *error = &joint->command->error;
    const struct gaussian_process_scale *scale = joint->model->scale;
    size_t m = joint->count;
    double *sum = memory_zeros(error, m * m, sizeof *sum), *centre = memory_zeros(error, m, sizeof *centre);
    double total = 0;
    int status = sum == NULL || centre == NULL ? -1 : 0;
    for (size_t node = 0; status == 0 && node < scale->count; node++) {
        double weight = scale->weights[node];
        if (!(weight > 0))
            continue;
        status = gaussian_process_scale_prediction_joint(predictor, node, m, joint->x, joint->means,
                                                         joint->covariance, error);
        if (status == 0)
            finish_covariance(joint, 1);
        double apart = total * weight / (total + weight);
        for (size_t i = 0; status == 0 && i < m * m; i++)
            sum[i] += weight * joint->covariance[i] +
                      apart * (joint->means[i / m] - centre[i / m]) * (joint->means[i % m] - centre[i % m]);
        total += weight;
        for (size_t i = 0; status == 0 && i < m; i++)
            centre[i] += weight / total * (joint->means[i] - centre[i]);
    }
    if (status == 0)
        memcpy(joint->covariance, sum, m * m * sizeof *sum);
    free(sum);
    free(centre);
    return status;
}

static int run_separate(struct joint *joint, double *room) {
    struct command *command = joint->command;
    struct gaussian_process_scale_predictor predictor;
    if (joint->universal)
        return error_set_usage(&command->error,
                               "--universal has no meaning where the noise is separate (--scale-noise)");
    if (gaussian_process_scale_prediction_open(&predictor, joint->model, command->threads, &command->error) <
        0)
        return -1;
    int status =
        joint->samples > 0 ? draw_separate(joint, &predictor, room) : sum_separate(joint, &predictor);
    gaussian_process_scale_prediction_close(&predictor);
    return status;
}

static int write_joint(const struct joint *joint) {
    struct error *error = &joint->command->error;
    struct column_names names = {0};
    size_t width = joint->samples > 0 ? joint->samples : joint->count;
    struct row_writer *writer = NULL;
    int status = column_names_add_range(&names, joint->samples > 0 ? "sample_" : "c_", width, error);
    if (status == 0) {
        writer = row_writer_open(&joint->command->output, names.count, (const char *const *)names.names,
                                 (int64_t)joint->count, error);
        status = writer == NULL
                     ? -1
                     : row_writer_rows(writer, joint->samples > 0 ? joint->values : joint->covariance,
                                       joint->count, error);
    }
    column_names_free(&names);
    if (status == 0)
        return row_writer_close(writer, error);
    row_writer_discard(writer);
    return -1;
}

static int run(struct joint *joint, const char *operand) {
    struct error *error = &joint->command->error;
    const struct gaussian_process_scale *scale = joint->model->scale;
    size_t nodes = scale == NULL ? 0 : scale->count;
    joint->means = memory_array(error, joint->count, sizeof(double));
    joint->covariance = memory_matrix(error, joint->count, joint->count, sizeof(double));
    joint->values = memory_matrix(error, joint->count, joint->samples + 1, sizeof(double));
    double *room = memory_array(error, joint->count > nodes ? joint->count : nodes, sizeof *room);
    int status =
        joint->means == NULL || joint->covariance == NULL || joint->values == NULL || room == NULL ? -1 : 0;
    if (status == 0)
        status = scale != NULL && scale->separate ? run_separate(joint, room) : run_shared(joint, room);
    free(room);
    const double *results = joint->samples > 0 ? joint->values : joint->covariance;
    size_t width = joint->samples > 0 ? joint->samples : joint->count;
    const struct value_range_inputs inputs = {operand, 0, joint->count, joint->model->inputs, joint->x};
    if (status == 0 && !vector_all_finite(joint->count * width, results))
        return value_range_refuse(1, &inputs, error);
    return status == 0 ? write_joint(joint) : -1;
}

int gaussian_process_joint_run(struct command *command, const struct gaussian_process_model *model,
                               const char *operand, size_t samples, bool noisy, bool universal) {
    struct joint joint = {
        .command = command, .model = model, .samples = samples, .noisy = noisy, .universal = universal};
    if (model->outputs > 1)
        return error_set(&command->error, "%s needs a model of one target, this one has %zu",
                         samples > 0 ? "--samples" : "--covariance", model->outputs);
    joint.x = gaussian_process_tables_inputs(command, model, operand, &joint.count);
    int status = joint.x == NULL ? -1 : run(&joint, operand);
    free(joint.x);
    free(joint.means);
    free(joint.covariance);
    free(joint.values);
    return status;
}
