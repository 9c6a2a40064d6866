"""What fdiv, csdiv, calib, cmi, cka and kdloss compute: divergence_family.py METHOD A B [LABELS], matrices in NPY."""

import sys

import numpy as np

from work import column, work


def fdiv(p, q):
    m = (p + q) / 2
    js = ((p * np.log(p / m)).sum(axis=1) + (q * np.log(q / m)).sum(axis=1)) / 2
    return np.column_stack([js, 1 - np.sqrt(p * q).sum(axis=1), ((p - q) ** 2 / q).sum(axis=1)]).ravel()


def csdiv(p, q):
    return np.log((p * p).sum(axis=1)) + np.log((q * q).sum(axis=1)) - 2 * np.log((p * q).sum(axis=1))


def csdiv_samples(x, y):
    mean = lambda a, b: rbf_kernel(a, b, gamma=1 / 8).mean()
    return [np.log(mean(x, x)) + np.log(mean(y, y)) - 2 * np.log(mean(x, y))]


def calib(p, labels, bins=15):
    confidence = p.max(axis=1)
    right = p.argmax(axis=1) == labels[:, 0]
    index = np.searchsorted(np.arange(1, bins + 1) / bins, confidence)
    gaps = np.bincount(index, right - confidence, bins)
    return [np.abs(gaps).sum() / len(p)]


def cmi(p, labels):
    order = np.argsort(labels[:, 0], kind="stable")
    starts = np.flatnonzero(np.diff(labels[order, 0], prepend=-1))
    sums = np.add.reduceat(p[order], starts)
    counts = np.diff(np.append(starts, len(p)))[:, None]
    return [((p * np.log(p)).sum() - (sums * np.log(sums / counts)).sum()) / len(p)]


def cka(a, b):
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    norm = np.linalg.norm
    return [norm(a.T @ b) ** 2 / (norm(a.T @ a) * norm(b.T @ b))]


def centred_gram(x):
    square = (x * x).sum(axis=1)
    square = np.maximum(square[:, None] + square - 2 * x @ x.T, 0)
    median = np.median(np.sqrt(square[np.triu_indices(len(x), 1)]))
    gram = np.exp(-square / (2 * median**2))
    means = gram.mean(axis=0)
    return gram - means - means[:, None] + means.mean()


def cka_rbf(a, b):
    k, l = centred_gram(a), centred_gram(b)
    return [(k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum())]


def kdloss(teacher, student, labels):
    log_p, log_q = log_softmax(teacher / 4, axis=1), log_softmax(student / 4, axis=1)
    kl = 16 * (np.exp(log_p) * (log_p - log_q)).sum(axis=1).mean()
    return [kl - log_softmax(student, axis=1)[np.arange(len(student)), labels[:, 0].astype(int)].mean()]


method = sys.argv[1].replace("-", "_")
if method == "csdiv_samples":
    from sklearn.metrics.pairwise import rbf_kernel
if method == "kdloss":
    from scipy.special import log_softmax
matrices = [np.load(path) for path in sys.argv[2:]]
with work():
    result = globals()[method](*matrices)
column(result)
