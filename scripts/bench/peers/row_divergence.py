"""Row-wise divergences: row_divergence.py METHOD P Q, matrices in NPY, or in CSV for the method csv."""

import sys

import numpy as np

from work import column, work

method, p_path, q_path = sys.argv[1:]


def blocks(p, q, values=1 << 16):
    """Rows that together fit the cache."""
    step = max(1, values // p.shape[1])
    for i in range(0, len(p), step):
        yield p[i : i + step], q[i : i + step]


def kl_numpy(p, q):
    return (p * np.log(p / q)).sum(axis=1)


def kl_scipy(p, q):
    return rel_entr(p, q).sum(axis=1)


def js_blocks(p, q):
    rows = []
    for a, b in blocks(p, q):
        m = (a + b) / 2
        rows.append((rel_entr(a, m).sum(axis=1) + rel_entr(b, m).sum(axis=1)) / 2)
    return np.concatenate(rows)


def js_scipy(p, q):
    return jensenshannon(p, q, axis=1) ** 2


if method == "csv":
    read, function = lambda path: np.loadtxt(path, delimiter=",", ndmin=2), kl_numpy
else:
    read = np.load
    function = {"kl-numpy": kl_numpy, "kl-scipy": kl_scipy, "js-blocks": js_blocks, "js-scipy": js_scipy}[method]
if method in ("kl-scipy", "js-blocks"):
    from scipy.special import rel_entr
if method == "js-scipy":
    from scipy.spatial.distance import jensenshannon

p, q = read(p_path), read(q_path)
with work():
    result = function(p, q)
column(result)
