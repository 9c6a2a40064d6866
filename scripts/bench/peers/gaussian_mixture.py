"""EM from a start: gaussian_mixture.py X.npy START.npz STEPS, full or diagonal covariances; prints the log-likelihood."""

import sys
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

from work import work

x_path, start_path, steps = sys.argv[1:]
x, start = np.load(x_path), np.load(start_path)
covariances = start["covariances"]
full = covariances.ndim == 3
warnings.simplefilter("ignore")  # that it has not converged
with work():
    model = GaussianMixture(
        len(start["weights"]),
        covariance_type="full" if full else "diag",
        tol=0,
        reg_covar=0,
        max_iter=int(steps),
        weights_init=start["weights"],
        means_init=start["means"],
        precisions_init=np.linalg.inv(covariances) if full else 1 / covariances,
    )
    result = model.fit(x).score(x) * len(x)
print(repr(float(result)))
