/* Sums over all pairs of points on a line in linear time; not for others.
 *
 * For the cost |x - y| the sum of e^(t_j - |x - y_j|/eps) over the y left of x follows from that of the
 * neighbour left of it, and likewise on the right. For (x - y)^2 points lie in cells of width sqrt(eps): in a
 * pair of cells, with x = c + u, y = d + v in units of the width,
 *
 *     (x - y)^2 = (c - d - v)^2 + 2 (c - d) u + u^2 - 2 u v,     e^(2 u v) = sum_k (2 u)^k v^k / k!,
 *
 * |2 u v| <= 1/2, so that fifteen moments of the y serve all x to the last digit (a fast Gauss transform:
 * Greengard and Strain 1991, SIAM J. Sci. Stat. Comput. 12); pairs of cells that together are 1e-20 of a sum
 * are left out. */
#ifndef TRANSPORT_SINKHORN_LINE_H
#define TRANSPORT_SINKHORN_LINE_H

#include "transport/sinkhorn_parts.h"

struct sinkhorn_line;

/* Whether there are so many points, on a line, under one of these costs, that this is the quickest way; for
 * the square, whether eps leaves at most some hundred cells. */
bool sinkhorn_line_serves(const struct sinkhorn_problem *problem);

/* NULL: out of memory. */
struct sinkhorn_line *sinkhorn_line_create(const struct sinkhorn_problem *problem, struct error *error);
void sinkhorn_line_free(struct sinkhorn_line *line);

/* As sinkhorn_sweep_sources and sinkhorn_sweep_targets, for an eps no smaller than the problem's. Where
 * mean_cost is not NULL, also the means of the cost under the terms of each sum. */
void sinkhorn_line_sources(const struct sinkhorn_solver *solver, double *softmin, double *mean_cost);
void sinkhorn_line_targets(const struct sinkhorn_solver *solver, double *softmin, double *mean_cost);

#endif
