/* One-dimensional rules of thumb and plug-in rules; s, Q, n as in density/bandwidth_column.h.
 *
 *     nrd0         0.9  min(s, Q/1.34) n^(-1/5)     Silverman 1986, eq. 3.31
 *     nrd          1.06 min(s, Q/1.34) n^(-1/5)     Scott 1992
 *     oversmoothed 1.144 s n^(-1/5)                 Terrell 1990
 *
 * Sheather and Jones 1991, A reliable data-based bandwidth selection method for kernel density estimation,
 * JRSS B 53, 683-690: with t = min(s, Q/1.349), phi_4(h), phi_6(h) the estimates of the integrals of f'' f
 * and f''' f'' made with bandwidth h,
 *
 *     T = -phi_6(1.23 t n^(-1/9)),  c = 1 / (2 sqrt(pi) n)
 *     sj      h = (c / phi_4(alpha h^(5/7)))^(1/5),  alpha = 1.357 (phi_4(1.24 t n^(-1/7)) / T)^(1/7)
 *     sj-dpi  h = (c / phi_4((2.394 / (n T))^(1/7)))^(1/5)
 *
 * Each returns 0, or -1 with the column named. */
#ifndef DENSITY_BANDWIDTH_PLUG_IN_H
#define DENSITY_BANDWIDTH_PLUG_IN_H

#include "base/error.h"
#include "density/bandwidth_column.h"

/* Falls back as R does where half of the values are equal or all: on s, on |y_1|, on 1. Cannot fail. */
double bandwidth_plug_in_nrd0(const struct bandwidth_column *column);

__attribute__((warn_unused_result)) int bandwidth_plug_in_nrd(const struct bandwidth_column *column,
                                                              double *bandwidth, struct error *error);

__attribute__((warn_unused_result)) int bandwidth_plug_in_sj(const struct bandwidth_column *column,
                                                             double *bandwidth, struct error *error);

__attribute__((warn_unused_result)) int bandwidth_plug_in_sj_dpi(const struct bandwidth_column *column,
                                                                 double *bandwidth, struct error *error);

#endif
