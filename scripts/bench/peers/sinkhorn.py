"""Transport cost of two point clouds under squared distance by POT: sinkhorn.py METHOD X Y EPSILON.

METHOD is sinkhorn, sinkhorn_log or emd (exact: EPSILON is not used). POT stops at a Euclidean norm of 1e-6 of the
marginal's error, some times the L1 error that ours stops at.
"""

import sys

import numpy as np
import ot

from work import work

method, x_path, y_path, epsilon = sys.argv[1:]
x, y = np.load(x_path), np.load(y_path)
with work():
    costs = ot.dist(x, y)
    a, b = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    if method == "emd":
        value = ot.emd2(a, b, costs, numItermax=10**7)
    else:
        plan = ot.sinkhorn(a, b, costs, float(epsilon), method=method, stopThr=1e-6, numItermax=10000)
        value = (plan * costs).sum()
print(repr(float(value)))
