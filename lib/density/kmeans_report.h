/* What a fit of `kmeans` tells of itself. */
#ifndef DENSITY_KMEANS_REPORT_H
#define DENSITY_KMEANS_REPORT_H

#include <stdbool.h>

#include "base/command.h"
#include "density/kmeans.h"
#include "density/kmeans_model.h"

/* Figures for --report, a note where the fit has not converged, and with --verbose the silhouette (of at most
 * 5000 rows), Davies and Bouldin's index and, for squared distances, Calinski and Harabasz's. The model was
 * fitted to the data. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int kmeans_report_fit(struct command *command,
                                                          const struct kmeans_model *model,
                                                          const struct kmeans_data *data, bool converged);

#endif
