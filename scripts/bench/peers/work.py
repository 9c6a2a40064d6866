"""The time of the work proper, without starting up, importing, reading and writing."""

import sys
import time
from contextlib import contextmanager


@contextmanager
def work():
    start = time.perf_counter()
    yield
    print("work", time.perf_counter() - start, file=sys.stderr)


def column(values):
    """Prints one number a line, digits enough to read back."""
    sys.stdout.write("\n".join(map(repr, map(float, values))) + "\n")
