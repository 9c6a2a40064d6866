"""Inertia of k-means after some steps from a given start: kmeans.py X START STEPS."""

import sys
import warnings

import numpy as np
from sklearn.cluster import KMeans

from work import work

x_path, start_path, steps = sys.argv[1:]
x, start = np.load(x_path), np.load(start_path)
warnings.simplefilter("ignore")  # the steps are not meant to suffice
with work():
    fit = KMeans(len(start), init=start, n_init=1, max_iter=int(steps), tol=0, algorithm="lloyd").fit(x)
print(repr(float(fit.inertia_)))
