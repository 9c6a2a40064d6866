/* A clustering's semidefinite program with Z_b = U_b U_b^T, U_b >= 0 of few columns (Burer and Monteiro 2003,
 * A nonlinear programming algorithm for solving semidefinite programs via low-rank factorization,
 * Mathematical Programming B 95, 329-357; for clustering Zhuang, Chen, Yang and Zhang 2024, Statistically
 * optimal K-means clustering via nonnegative low-rank semidefinite programming, ICLR).
 *
 * U_b is kept on the part of a sphere where U_b >= 0 and |U_b|^2 = m_b; the row sums enter by an augmented
 * Lagrangian. No matrix of n x n is made, and a point where it rests need not be the best: no bound comes
 * of it. */
#ifndef DENSITY_CLUSTERING_FACTORS_H
#define DENSITY_CLUSTERING_FACTORS_H

#include "base/error.h"
#include "density/clustering_costs.h"
#include "density/clustering_solution.h"
#include "density/clustering_solve.h"

/* Goes on from the solution's labels with solver->rank columns for each cluster of a block. As
 * clustering_solve, with outcome->bound nan: residuals are those of the row sums, and, as `dual`, of the last
 * step. Time O(n d rank) a step. Returns 0 or -1. */
__attribute__((warn_unused_result)) int clustering_factors_solve(const struct clustering_costs *costs,
                                                                 const struct clustering_solver *solver,
                                                                 struct clustering_solution *solution,
                                                                 struct clustering_outcome *outcome,
                                                                 struct error *error);

#endif
