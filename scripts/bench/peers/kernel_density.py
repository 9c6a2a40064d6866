"""Kernel density with Scott's bandwidth of the full covariance: kernel_density.py METHOD DATA QUERIES."""

import sys

import numpy as np

from work import column, work

method, data_path, queries_path = sys.argv[1:]
data, queries = np.load(data_path), np.load(queries_path)


def blocks(data, queries, values=1 << 22):
    """|x|^2 + |y|^2 - 2 x.y by matrix products in whitened coordinates, then exp and sum."""
    n, d = data.shape
    factor = np.linalg.cholesky(np.atleast_2d(np.cov(data.T))) * n ** (-1 / (d + 4))
    centre = data.mean(axis=0)
    x = np.linalg.solve(factor, (data - centre).T)
    z = np.linalg.solve(factor, (queries - centre).T).T
    squares, result = (x * x).sum(axis=0), []
    step = max(1, values // n)
    for i in range(0, len(z), step):
        terms = z[i : i + step] @ x
        terms -= (z[i : i + step] ** 2).sum(axis=1)[:, None] / 2
        terms -= squares / 2
        np.exp(terms, out=terms)
        result.append(terms.sum(axis=1))
    return np.concatenate(result) / (n * np.prod(np.diag(factor)) * (2 * np.pi) ** (d / 2))


if method == "scipy":
    from scipy.stats import gaussian_kde

    with work():
        result = gaussian_kde(data.T)(queries.T)
else:
    with work():
        result = blocks(data, queries)
column(result)
