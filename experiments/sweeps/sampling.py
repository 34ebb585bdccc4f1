"""Points drawn from ranges: a Latin hypercube, or a scrambled Sobol sequence.

A sample of n points in d factors is n rows u of numbers from 0 to 1, uniform and spread evenly by its method
(`scipy.stats.qmc`); a factor from a to b is then

    a + (b - a) u,                 to 12 significant digits
    a + floor((b - a + 1) u),      where it is a whole number

A Latin hypercube (McKay, Beckman and Conover 1979) has one point in each of n equal parts of every range. A Sobol
sequence (Sobol 1967, scrambled as in Owen 1998) of n = 2^m points has that too, and spreads pairs of factors evenly;
with another number of points it has not, so that is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.strategy_factors import is_category
from experiments.sweeps.factor_values import MOST_POINTS, MOST_SEED, factors_of, rounded
from experiments.sweeps.point_list import PointList, same_rows
from model.case import Case
from model.declaration import NONE, whole
from model.errors import InputError, unknown
from model.setting import find_factor
from model.toml_file import only_keys

LATIN_HYPERCUBE, SOBOL = METHODS = ("latin_hypercube", "sobol")
KEYS = ("method", "points", "seed")
EXAMPLE = "{ method = 'latin_hypercube', points = 256, seed = 1 }"
ENDS = ("from", "to")


@dataclass(frozen=True)
class Sample:
    """How points are drawn: a method, how many, the seed of the draw, and the two ends of each factor's range."""

    method: str
    points: int
    seed: int
    ranges: Mapping[str, tuple[float, float]]

    def as_dict(self) -> dict[str, Any]:
        """As a design file says it."""
        return {
            "sample": {"method": self.method, "points": self.points, "seed": self.seed},
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
        }


def parse_sample(case: Case, given: Any, ranges: Any, origin: str) -> Sample:
    """A sample from what stands under `sample` and `ranges`."""
    where = f"{origin}: sample"
    if not isinstance(given, dict):
        raise InputError(f"{where}: write {EXAMPLE}")
    only_keys(given, KEYS, where)
    for key in ("method", "points"):
        if key not in given:
            raise InputError(f"{where}: `{key}` is missing; write {EXAMPLE}")
    method = given["method"]
    if not isinstance(method, str) or method not in METHODS:
        raise unknown("method", str(method), METHODS, where)
    points = whole(given["points"], 1, MOST_POINTS, f"{where}: points")
    if method == SOBOL and points & (points - 1):
        below = 1 << points.bit_length() - 1
        raise InputError(f"{where}: points = {points}: of a Sobol sequence a power of two, as {below} or {2 * below}")
    seed = whole(given.get("seed", 0), 0, MOST_SEED, f"{where}: seed")
    return Sample(method, points, seed, parse_ranges(case, ranges, f"{origin}: ranges"))


def parse_ranges(case: Case, given: Any, origin: str) -> dict[str, tuple[float, float]]:
    """The ends of each factor's range."""
    ranges = {
        name: parse_range(case, name, value, f"{origin}: {name}") for name, value in factors_of(given, origin).items()
    }
    if not ranges:
        raise InputError(f"{origin}: [ranges] is empty; a sample draws one factor at least")
    return ranges


def parse_range(case: Case, name: str, value: Any, origin: str) -> tuple[float, float]:
    """A range: { from, to }, or its two ends as a list."""
    if is_category(name):
        raise InputError(f"{origin}: strategies have no range; write their names under [grid]")
    quantity = find_factor(case, name, origin)
    if isinstance(value, list) and len(value) == 2:
        value = dict(zip(ENDS, value, strict=True))
    if not isinstance(value, dict):
        raise InputError(f"{origin}: write {{ from = 0.0, to = 0.06 }}")
    if "steps" in value:
        raise InputError(f"{origin}: a range that is sampled has no steps; `points` of the sample says how many points")
    only_keys(value, ENDS, origin)
    for end in ENDS:
        if end not in value:
            raise InputError(f"{origin}: `{end}` is missing; write {{ from = 0.0, to = 0.06 }}")
    low, high = (quantity.check(value[end], f"{origin}: {end}") for end in ENDS)
    if low is None or high is None:
        raise InputError(f"{origin}: a range is of numbers; write {NONE!r} among the values of a [grid]")
    if low > high:
        raise InputError(f"{origin}: from = {low:g} is above to = {high:g}; write the lower end first")
    if low == high:
        raise InputError(f"{origin}: from and to are both {low:g}; write it under [fixed]")
    return low, high


def draw_points(case: Case, sample: Sample, origin: str) -> PointList:
    """The points of a sample."""
    unit = unit_points(sample.method, sample.points, len(sample.ranges), sample.seed)
    columns = []
    for (name, (low, high)), u in zip(sample.ranges.items(), unit.T, strict=True):
        if find_factor(case, name, origin).integer:
            columns.append([float(number) for number in np.minimum(low + np.floor((high - low + 1) * u), high)])
        else:
            columns.append([min(max(number, low), high) for number in rounded(low + (high - low) * u, low, high)])
    rows = tuple(zip(*columns, strict=True))
    if twice := same_rows(rows):
        raise InputError(
            f"{origin}: sample: points {twice[0]} and {twice[1]} are the same; the ranges hold too few different "
            f"ones for {sample.points:,}: draw fewer, or write a [grid]"
        )
    return PointList(tuple(sample.ranges), rows)


def unit_points(method: str, points: int, factors: int, seed: int) -> np.ndarray:
    """Points of the unit cube, (points, factors)."""
    from scipy.stats import qmc  # half a second, which only a sample is to take

    engine = qmc.LatinHypercube if method == LATIN_HYPERCUBE else qmc.Sobol
    return engine(d=factors, seed=np.random.default_rng(seed)).random(points)
