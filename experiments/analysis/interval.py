"""A number with its 95 % interval: one class for it, one for many of them, and how intervals are found.

standard error  of a mean over n runs: sqrt(sum of squared deviations / (n - 1) / n)
interval        of a mean, a difference or a slope: the number -+ 1.96 standard errors; of a share: Wilson's (1927)

Numbers have any unit. NaN stands for what there is not: a number that is not defined, the interval of an exact one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Z = 1.959964  # of the standard normal at 97.5 %
EXACT, SIMULATED, NOT_DEFINED = "exact", "simulated", "not defined"
CERTAIN = 1e-9  # an exact number beyond this differs from zero


@dataclass(frozen=True)
class Interval:
    """A number, the interval or range that it has, how it was found, and how many runs (or pairs of runs) are behind
    it. Exact numbers have no interval, but may have a range."""

    value: float
    low: float = math.nan
    high: float = math.nan
    method: str = EXACT
    runs: int | None = None

    @property
    def defined(self) -> bool:
        """Whether there is a number at all."""
        return math.isfinite(self.value)

    @property
    def bounded(self) -> bool:
        """Whether it has an interval or a range."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def holds_zero(self) -> bool:
        """Whether zero lies in the interval or range that it has."""
        return self.low <= 0 <= self.high

    @property
    def clear(self) -> bool:
        """Whether it differs from zero: by its interval, or being exact."""
        known = self.bounded or self.method == EXACT
        return known and abs(self.value) > CERTAIN and not self.holds_zero

    def times(self, factor: float) -> "Interval":
        """In another unit; `factor` >= 0."""
        return Interval(self.value * factor, self.low * factor, self.high * factor, self.method, self.runs)


UNDEFINED = Interval(math.nan, method=NOT_DEFINED)


@dataclass(frozen=True)
class Intervals:
    """Many numbers with their intervals, as arrays of one shape."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    runs: np.ndarray | None = None

    @classmethod
    def of(cls, items: Sequence[Interval]) -> "Intervals":
        """Those of a list."""
        return cls(*(np.array([getattr(item, name) for item in items]) for name in ("value", "low", "high")))

    @classmethod
    def around(cls, value: np.ndarray, error: np.ndarray, runs: np.ndarray | None = None) -> "Intervals":
        """Means and their standard errors."""
        return cls(value, value - Z * error, value + Z * error, runs)

    def __getitem__(self, at: Any) -> "Intervals":
        """Those at some places."""
        return Intervals(self.value[at], self.low[at], self.high[at], None if self.runs is None else self.runs[at])

    def one(self, *at: int) -> Interval:
        """The one at a place."""
        method, runs = (EXACT, None) if self.runs is None else (SIMULATED, int(self.runs[at]))
        return Interval(float(self.value[at]), float(self.low[at]), float(self.high[at]), method, runs)


def standard_error(squares: np.ndarray | float, count: np.ndarray | float) -> np.ndarray:
    """Of a mean, from the sum of squared deviations and the count of values; NaN with fewer than two values."""
    n = np.where(np.asarray(count) > 1, count, np.nan)
    return np.asarray(np.sqrt(squares / (n - 1) / n))


def around(value: float, error: float, runs: int | None = None) -> Interval:
    """A simulated number and its standard error (NaN where that is not known)."""
    return Interval(value, value - Z * error, value + Z * error, SIMULATED, runs)


def mean_of(rows: np.ndarray) -> Interval:
    """The mean of a number over runs (R,); runs in which it is NaN are left out."""
    given = rows[~np.isnan(rows)]
    mean = float(given.mean()) if len(given) else math.nan
    return around(mean, float(standard_error(((given - mean) ** 2).sum(), len(given))), len(given))


def paired_difference(treated: np.ndarray, control: np.ndarray) -> Interval:
    """The mean of treated - control over the runs that both have.

    Every point meets the same draws, so what the two have in common cancels in each pair.
    """
    return mean_of(treated - control)


def unpaired_difference(treated: Interval, control: Interval) -> Interval:
    """The difference of two means of which only the standard errors are known.

    Points meet the same draws, so that their means err together and the interval is at most so wide.
    """
    errors = [(found.high - found.value) / Z for found in (treated, control)]
    runs = None if treated.runs is None or control.runs is None else min(treated.runs, control.runs)
    return around(treated.value - control.value, math.hypot(*errors), runs)


def share_intervals(count: np.ndarray, runs: np.ndarray) -> Intervals:
    """Shares of runs with Wilson's intervals; NaN without runs."""
    n = np.where(runs > 0, runs, np.nan)
    share = count / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    # Clipped because rounding can leave an end a hair outside the share, or outside 0 to 1.
    return Intervals(share, np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0), np.asarray(runs))
