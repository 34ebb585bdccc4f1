"""Means and standard errors of data that come in pieces: count, mean and sum of squared deviations of each group.

Two samples merge exactly (Chan, Golub and LeVeque 1983): with gap = mean_2 - mean_1 and n = n_1 + n_2,

    mean = mean_1 + gap n_2 / n,    squares = squares_1 + squares_2 + gap^2 n_1 n_2 / n.
"""

import numpy as np

from experiments.analysis.interval import Intervals, standard_error


class Moments:
    """The moments of groups that lie in an array of some shape, merged as values come. NaN values are left out."""

    def __init__(self, *shape: int) -> None:
        self.shape = shape
        size = int(np.prod(shape))
        self._count, self._mean, self._squares = np.zeros(size), np.zeros(size), np.zeros(size)

    @classmethod
    def over_runs(cls, values: np.ndarray) -> "Moments":
        """The moments of values by run and group (R, ...)."""
        moments = cls(*values.shape[1:])
        moments.add_runs(values)
        return moments

    @classmethod
    def summed_up(cls, shape: tuple[int, ...], count: np.ndarray, mean: np.ndarray, error: np.ndarray) -> "Moments":
        """The moments of groups of which count, mean and standard error are known, flat; NaN: nothing is."""
        moments = cls(*shape)
        moments._count, moments._mean = np.nan_to_num(count), np.nan_to_num(mean)
        moments._squares = np.nan_to_num(error) ** 2 * moments._count * np.maximum(moments._count - 1, 0)
        return moments

    def at(self, places: np.ndarray) -> "Moments":
        """Those at some places of the first axis."""
        found = Moments(len(places), *self.shape[1:])
        for name in ("_count", "_mean", "_squares"):
            setattr(found, name, getattr(self, name).reshape(self.shape)[places].ravel())
        return found

    def add_runs(self, values: np.ndarray) -> None:
        """Take in values by run and group (R, *shape)."""
        values = values.reshape(len(values), len(self._count))
        given = ~np.isnan(values)
        count = given.sum(axis=0)
        mean = np.where(given, values, 0.0).sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(given, values - mean, 0.0) ** 2).sum(axis=0)
        self._merge(slice(0, len(count)), count, mean, squares)

    def add(self, group: np.ndarray, values: np.ndarray) -> None:
        """Take in values of any groups, by their flat positions."""
        given = ~np.isnan(values)
        group, values = group[given], values[given]
        if not len(group):
            return
        first, last = int(group.min()), int(group.max()) + 1
        group = group - first
        count = np.bincount(group, minlength=last - first)
        mean = np.bincount(group, values, last - first) / np.maximum(count, 1)
        squares = np.bincount(group, (values - mean[group]) ** 2, last - first)
        self._merge(slice(first, last), count, mean, squares)

    def _merge(self, here: slice, count: np.ndarray, mean: np.ndarray, squares: np.ndarray) -> None:
        """Merge moments into those of the groups of a slice."""
        total = self._count[here] + count
        share = count / np.maximum(total, 1)
        gap = mean - self._mean[here]
        self._squares[here] += squares + gap**2 * share * self._count[here]
        self._mean[here] += share * gap
        self._count[here] = total

    @property
    def count(self) -> np.ndarray:
        """Values in each group."""
        return self._count.reshape(self.shape)

    @property
    def mean(self) -> np.ndarray:
        """Mean of each group; NaN where there is nothing."""
        return np.where(self.count > 0, self._mean.reshape(self.shape), np.nan)

    @property
    def squares(self) -> np.ndarray:
        """Sum of squared deviations in each group."""
        return self._squares.reshape(self.shape)

    @property
    def error(self) -> np.ndarray:
        """Standard error of each mean; NaN with fewer than two values."""
        return standard_error(self.squares, self.count)

    @property
    def intervals(self) -> Intervals:
        """The means with their intervals."""
        return Intervals.around(self.mean, self.error, self.count)

    def together(self, width: int) -> "Moments":
        """Neighbours on the last axis taken together, `width` at a time."""
        groups = -(-self.shape[-1] // width)
        pooled = Moments(*self.shape[:-1], groups)
        for first in range(width):
            here = (..., slice(first, None, width))
            parts = [part[here] for part in (self.count, self._mean.reshape(self.shape), self.squares)]
            missing = groups - parts[0].shape[-1]
            padded = [np.pad(part, [(0, 0)] * (part.ndim - 1) + [(0, missing)]).ravel() for part in parts]
            pooled._merge(slice(0, padded[0].size), *padded)
        return pooled
