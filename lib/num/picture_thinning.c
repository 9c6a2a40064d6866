#include "num/picture_thinning.h"

#include <stdlib.h>

#include "base/memory.h"
#include "num/curve_thinning.h"

/* Keeps the points of the indices, which ascend. */
static void keep(struct plot_curve *curve, const size_t *kept, size_t count) {
    double *const arrays[] = {curve->x, curve->y, curve->lower, curve->upper};
    for (size_t a = 0; a < 4; a++)
        for (size_t i = 0; arrays[a] != NULL && i < count; i++)
            arrays[a][i] = arrays[a][kept[i]];
    curve->count = count;
}

static int thin_curve(struct picture_parts *parts, struct plot_curve *curve, struct error *error) {
    const struct picture_settings *settings = parts->settings;
    const struct plot *plot = parts->plot;
    size_t kept_count = 0;
    int status = 0;
    double *places = memory_matrix(error, curve->count, 2, sizeof *places);
    size_t *kept = places != NULL ? memory_array(error, curve->count, sizeof *kept) : NULL;
    if (kept == NULL) {
        free(places);
        return -1;
    }
    double *y_places = places + curve->count;
    for (size_t i = 0; i < curve->count; i++) {
        places[i] = plot_axis_place(&plot->x, curve->x[i]) * (double)settings->width;
        y_places[i] = plot_axis_place(&plot->y, curve->y[i]) * (double)settings->height;
    }
    if (plot->mode == PLOT_POINTS)
        status = curve_thinning_points(curve->count, places, y_places, settings->width, settings->height,
                                       kept, &kept_count, error);
    else
        kept_count = curve_thinning_line(curve->count, places, curve->y, kept);
    if (status == 0)
        keep(curve, kept, kept_count);
    free(places);
    free(kept);
    return status;
}

int picture_thinning_apply(struct picture_parts *parts, struct error *error) {
    struct plot *plot = parts->plot;
    size_t before = 0, after = 0;
    for (size_t k = 0; k < plot->curve_count; k++)
        before += plot->curves[k].count;
    size_t limit = plot->mode == PLOT_POINTS ? PICTURE_POINTS_MAX : 4 * parts->settings->width;
    bool thinned = plot->mode == PLOT_POINTS || plot->mode == PLOT_LINES || plot->mode == PLOT_STEPS ||
                   plot->mode == PLOT_BAND;
    if (!thinned || before <= limit)
        return 0;
    for (size_t k = 0; k < plot->curve_count; k++) {
        if (thin_curve(parts, &plot->curves[k], error) < 0)
            return -1;
        after += plot->curves[k].count;
    }
    parts->thinned_from = before;
    parts->thinned_to = after;
    return 0;
}
