/* The curves, bars and histograms of a picture, without ranges yet. Used by num/picture alone. */
#ifndef NUM_PICTURE_CURVES_H
#define NUM_PICTURE_CURVES_H

#include "num/picture_parts.h"

/* The columns of a band. deviation or lower and upper are PLOT_TABLE_NO_COLUMN. */
struct picture_band {
    size_t x, mean, lower, upper, deviation;
    bool squared; /* deviation holds variances */
};

/* Finds a band by the names of columns, or, where y was typed or mode asks for one, by their order. */
bool picture_curves_band(const struct plot_table *table, bool wanted, struct picture_band *band);

/* Each adds all curves of its kind. Returns 0 or -1. */
int picture_curves_add(struct picture_parts *parts, struct error *error); /* lines, points, steps */
int picture_curves_add_band(struct picture_parts *parts, struct error *error);
int picture_curves_add_bars(struct picture_parts *parts, struct error *error);
int picture_curves_add_histograms(struct picture_parts *parts, struct error *error);

#endif
