"""Gaussian process regression on rows of inputs and a target: gaussian_process.py fit ROWS.npy | predict ROWS.npy
QUERIES.npy | evidence ROWS.npy | factor ROWS.npy, timing the factorisation alone | bound ROWS.npy, with 200 inducing inputs; the kernel is exp(-r^2/2) with a scale, noise and lengthscales."""

import sys
import warnings

import numpy as np

from work import work

what, rows_path, *others = sys.argv[1:]
rows = np.load(rows_path)
x, y = rows[:, :-1], rows[:, -1]
if what in ("evidence", "factor"):
    from contextlib import nullcontext

    from scipy.linalg import cho_factor, cho_solve

    # The whole evidence is timed, or LAPACK's factorisation alone.
    whole, part = (work(), nullcontext()) if what == "evidence" else (nullcontext(), work())
    with whole:
        norms = (x * x).sum(1)
        k = x @ x.T
        k *= -2
        k += norms[:, None]
        k += norms
        np.maximum(k, 0, out=k)
        k *= -0.5
        np.exp(k, out=k)
        k[np.diag_indices_from(k)] += 0.1
        with part:
            factor = cho_factor(k, lower=True, overwrite_a=True, check_finite=False)
        fit = y @ cho_solve(factor, y, check_finite=False)
        result = -0.5 * fit - np.log(np.diag(factor[0])).sum() - 0.5 * len(y) * np.log(2 * np.pi)
    print(repr(float(result)))
elif what == "bound":
    from scipy.linalg import cholesky, solve_triangular

    def kernel_of(a, b):
        k = (a * a).sum(1)[:, None] + (b * b).sum(1)
        k -= 2 * (a @ b.T)
        np.maximum(k, 0, out=k)
        k *= -0.5
        return np.exp(k, out=k)

    with work():
        z, noise = x[:200].copy(), 0.1
        factor = cholesky(kernel_of(z, z), lower=True)
        b, right, left = np.eye(len(z)), np.zeros(len(z)), 0.0
        for first in range(0, len(y), 8192):
            block = slice(first, first + 8192)
            v = solve_triangular(factor, kernel_of(z, x[block]), lower=True, check_finite=False)
            b += v @ v.T / noise
            right += v @ y[block] / noise
            left += len(y[block]) - (v * v).sum()
        factor_b = cholesky(b, lower=True)
        c = solve_triangular(factor_b, right, lower=True)
        result = -0.5 * (y @ y / noise - c @ c + left / noise + len(y) * np.log(2 * np.pi * noise))
        result -= np.log(np.diag(factor_b)).sum()
    print(repr(float(result)))
else:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    warnings.simplefilter("ignore")
    kernel = ConstantKernel(1.0, (1e-9, 1e9)) * RBF(np.ones(x.shape[1]), (1e-9, 1e9)) + WhiteKernel(0.1, (1e-9, 1e9))
    optimizer = "fmin_l_bfgs_b" if what == "fit" else None
    model = GaussianProcessRegressor(kernel, alpha=0, optimizer=optimizer)
    if what == "fit":
        with work():
            model.fit(x, y)
        print(repr(float(model.log_marginal_likelihood_value_)))
    else:
        model.fit(x, y)
        queries = np.load(others[0])
        with work():
            mean, deviation = model.predict(queries, return_std=True)
        np.savetxt(sys.stdout, np.c_[mean, deviation**2], delimiter=",", fmt="%.17g")
