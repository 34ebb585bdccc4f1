"""The least squares line of a number on another, and the standard error of its slope.

Values may be known one by one, or as count, mean and sum of squared deviations of those at the same x:

    slope = sum n (x - x_mean) (y - y_mean) / S,   S = sum n (x - x_mean)^2,
    error = sqrt(sum (x - x_mean)^2 [squares + n (y - line)^2]) / S,

the heteroskedasticity-robust one (White 1980), for payoffs spread differently at different ranks.
"""

import math
from dataclasses import dataclass

import numpy as np

FEWEST = 3  # values from which the slope has a standard error


@dataclass(frozen=True)
class Line:
    """A line through the centre (x, y) of the values: its slope, and the standard error of that. NaN: there is none."""

    slope: float = math.nan
    error: float = math.nan
    x: float = math.nan
    y: float = math.nan


def least_squares(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None, squares: np.ndarray | float = 0.0
) -> Line:
    """The line through values y at x. `weight`: how many stand at each x (y is their mean, `squares` their sum of
    squared deviations), or their probability. No line where x does not vary."""
    n = np.ones(len(x)) if weight is None else weight
    given = n > 0
    x, y, n, squares = x[given], y[given], n[given], np.broadcast_to(squares, given.shape)[given]
    if not given.any():
        return Line()
    total = n.sum()
    x_mean, y_mean = float(n @ x / total), float(n @ y / total)
    spread = float(n @ (x - x_mean) ** 2)
    if spread <= 1e-12 * total:
        return Line()
    slope = float(n @ ((x - x_mean) * (y - y_mean))) / spread
    residual = squares + n * (y - y_mean - slope * (x - x_mean)) ** 2
    error = float(np.sqrt(((x - x_mean) ** 2 * residual).sum())) / spread if total >= FEWEST else math.nan
    return Line(slope, error, x_mean, y_mean)
