"""CSV to NPY and back: convert.py METHOD INPUT OUTPUT."""

import sys

import numpy as np

from work import work

method, source, target = sys.argv[1:]
if method == "repr":
    matrix = np.load(source)
    with work(), open(target, "w") as output:
        for row in matrix.tolist():
            output.write(",".join(map(repr, row)) + "\n")
else:
    import pandas

    precision = {"pandas": None, "pandas-exact": "round_trip"}[method]
    with work():
        matrix = pandas.read_csv(source, header=None, float_precision=precision).to_numpy()
    np.save(target, matrix)
