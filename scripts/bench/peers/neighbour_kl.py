"""Divergence of two samples by the ratio of their fifth neighbours' distances: neighbour_kl.py METHOD X Y THREADS."""

import sys

import numpy as np

from work import work

method, x_path, y_path, threads = sys.argv[1:]
x, y, k, threads = np.load(x_path), np.load(y_path), 5, int(threads)
if method == "ckdtree":
    from scipy.spatial import cKDTree

    def distances(points, queries, rank):
        return cKDTree(points).query(queries, [rank], workers=threads)[0][:, 0]
else:
    from sklearn.neighbors import NearestNeighbors

    def distances(points, queries, rank):
        search = NearestNeighbors(n_neighbors=rank, algorithm="brute").fit(points)
        return search.kneighbors(queries)[0][:, -1]


with work():
    rho, nu = distances(x, x, k + 1), distances(y, x, k)  # a point is its own first neighbour
    result = x.shape[1] * np.mean(np.log(nu / rho)) + np.log(len(y) / (len(x) - 1))
print(repr(float(result)))
