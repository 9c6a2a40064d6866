#include "density/kmeans_report.h"

#include <stdlib.h>

#include "density/kmeans_quality.h"

/* Indices of the partition that the model holds. */
static int tell_quality(struct command *command, const struct kmeans_model *model,
                        const struct kmeans_data *prepared, double *centers) {
    const struct kmeans_partition partition = {
        .data = prepared, .clusters = model->clusters, .labels = model->labels, .distance = model->distance};
    struct error *error = &command->error;
    const struct kmeans fit = {.clusters = model->clusters,
                               .columns = model->columns,
                               .centers = centers,
                               .counts = model->counts,
                               .inertia = model->inertia};
    double silhouette, davies_bouldin, calinski_harabasz;
    if (kmeans_quality_silhouette(&partition, command->seed, command->threads, &silhouette, error) < 0 ||
        kmeans_quality_davies_bouldin(&partition, centers, &davies_bouldin, error) < 0 ||
        kmeans_quality_calinski_harabasz(&fit, &calinski_harabasz, error) < 0)
        return -1;
    report_number(&command->report, "silhouette", silhouette);
    report_number(&command->report, "davies_bouldin", davies_bouldin);
    if (model->distance != KMEANS_SQEUCLIDEAN)
        return 0;
    report_number(&command->report, "calinski_harabasz", calinski_harabasz);
    return 0;
}

int kmeans_report_fit(struct command *command, const struct kmeans_model *model,
                      const struct kmeans_data *data, bool converged) {
    report_number(&command->report, "rows", (double)data->rows);
    report_number(&command->report, "columns", (double)data->columns);
    report_number(&command->report, "clusters", (double)model->clusters);
    report_number(&command->report, "inertia", model->inertia);
    report_number(&command->report, "iterations", (double)model->iterations);
    report_text(&command->report, "converged", converged ? "yes" : "no");
    command->unconverged = !converged && command->tolerance > 0;
    if (command->unconverged)
        command_note(command, "not converged after %zu iterations (raise --max-iterations)",
                     model->iterations);
    if (!command->verbose || model->clusters < 2)
        return 0;
    struct kmeans_data prepared = *data;
    size_t fault;
    double *centers = kmeans_model_prepare(model, model->clusters, model->centers, &fault, &command->error);
    double *points = centers != NULL
                         ? kmeans_model_prepare(model, data->rows, data->points, &fault, &command->error)
                         : NULL;
    prepared.points = points;
    int status = points != NULL ? tell_quality(command, model, &prepared, centers) : -1;
    free(centers);
    free(points);
    return status;
}
