"""Which countries are told apart, where there are too many to know who has signed: classes of like priority.

Whom the hegemon calls next depends on the priorities of those who still wait. So countries fall into at most
MOST_CLASSES classes, of neighbours by priority: of all groupings whose tables are not too large the one with the
smallest ratio of priorities within a class, where ratios below ALIKE count as ALIKE; then the one of fewest classes;
then the one with the least sum of squares of log priority. Equal priorities are never split.
"""

from itertools import combinations, pairwise

import numpy as np

from model.class_states import number_of_states
from model.meeting import MASK_BITS
from model.timing import Game

MOST_CLASSES = 3
ALIKE = 2.0  # priorities that differ by less are not worth a class
MOST_CELLS = 10**7  # countries x class states in a table; a fixed size, so that results do not depend on the machine


def priority_classes(game: Game) -> np.ndarray:
    """The class of each country (N,), 0 for the lowest priorities."""
    return grouped(log_priorities(game), len(game.call_weight))


def log_priorities(game: Game) -> np.ndarray:
    """The log of each country's weight in the median meeting, (N,)."""
    return np.asarray(np.median(np.log(game.call_weight), axis=0))


def grouped(log_priority: np.ndarray, meetings: int) -> np.ndarray:
    """The best grouping whose tables are not too large, (N,); one class where there is none."""
    countries = len(log_priority)
    order = np.argsort(log_priority, kind="stable")
    ascending = log_priority[order]
    steps = (np.flatnonzero(np.diff(ascending) > 0.0) + 1).tolist()
    groupings = [(0, *cuts, countries) for k in range(MOST_CLASSES) for cuts in combinations(steps, k)]
    for bounds in sorted(groupings, key=lambda bounds: coarseness(ascending, bounds)):
        sizes = np.diff(bounds)
        if countries <= MASK_BITS and countries * number_of_states(sizes.tolist(), meetings) <= MOST_CELLS:
            of = np.empty(countries, np.int64)
            of[order] = np.repeat(np.arange(len(sizes)), sizes)
            return of
    return np.zeros(countries, np.int64)


def coarseness(ascending: np.ndarray, bounds: tuple[int, ...]) -> tuple[float, int, float]:
    """What makes a grouping the worse the larger: widest class, number of classes, sum of squares within them."""
    groups = [ascending[low:high] for low, high in pairwise(bounds)]
    widest = max(float(np.ptp(group)) for group in groups)
    return max(widest, np.log(ALIKE) + 1e-9), len(groups), sum(float(np.var(group)) * len(group) for group in groups)


def widest_ratio(game: Game, of: np.ndarray) -> float:
    """The largest ratio of two priorities within a class."""
    log_priority = log_priorities(game)
    return float(np.exp(max(np.ptp(log_priority[of == c]) for c in np.unique(of))))
