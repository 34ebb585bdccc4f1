"""Sums over runs that come in pieces: the same to the bit however the runs are cut."""

import numpy as np

from model.compiled import compiled


@compiled
def add_runs(values: np.ndarray, sums: np.ndarray) -> None:
    """Add values (R, N) of runs to the sums by country (4, N), in place; NaN is left out.

    Rows of sums: how many values there are, the first of them, and the sum and the sum of squares of all about that
    first one. They are added one by one in the order of the runs, in a loop whose inner part goes over the countries.
    """
    count, about, total, squares = sums[0], sums[1], sums[2], sums[3]
    for r in range(values.shape[0]):
        for i in range(values.shape[1]):
            value = values[r, i]
            if np.isnan(value):
                continue
            if count[i] == 0.0:
                about[i] = value
            apart = value - about[i]
            count[i] += 1.0
            total[i] += apart
            squares[i] += apart * apart
