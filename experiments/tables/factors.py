"""The factors of a sweep as points.csv and list.csv have them: checked against the manifest, categories as numbers.

What a list looks like decides how a sweep is shown: as a grid where it is one, or where it varies one factor at a time.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agents.strategy_factors import is_category
from experiments.tables.batches import Columns, read_columns
from experiments.tables.manifest import AGAIN, LIST, MANIFEST, Manifest, is_strategy
from model.case import Window
from model.declaration import NONE, quantities
from model.errors import InputError

FEW_VALUES = 20  # a list that is a full grid of factors with no more values than these is shown as a grid
REPLICATES = "replicates"  # column of points.csv


def checked_factors(manifest: Manifest, points: Columns) -> dict[str, np.ndarray]:
    """The factors of points.csv, each with the values that the manifest and list.csv plan."""
    path = manifest.folder / "points.csv"
    factors = {name: points[name] for name in (*manifest.varied, *manifest.fixed)}
    for name in (*manifest.of_grid, *manifest.fixed):
        if not is_among(factors[name], manifest.planned(name)):
            raise InputError(f"{path}: column {name} is not that of {MANIFEST}; {AGAIN}")
    for name, values in read_list(manifest).items():
        if not is_same(factors[name], np.tile(values, manifest.points // manifest.of_list)):
            raise InputError(f"{path}: column {name} is not that of {LIST}; {AGAIN}")
    return factors


def labels_of(manifest: Manifest, factors: Columns) -> dict[str, tuple[str, ...]]:
    """The names of each category: in the order of the grid, or of their first appearance in a list."""
    return {
        name: tuple(manifest.planned(name) if name in manifest.of_grid else dict.fromkeys(factors[name].tolist()))
        for name in categories(manifest.varied)
    }


def categories(factors: Sequence[str]) -> list[str]:
    """Those of some factors that are categories."""
    return [name for name in factors if is_category(name)]


def takes_two(values: np.ndarray) -> bool:
    """Whether a factor takes two values or more."""
    return bool((values != values[0]).any())


def is_among(values: np.ndarray, planned: Sequence[Any]) -> bool:
    """Whether a factor takes planned values only."""
    if values.dtype == object:
        return set(values.tolist()) <= set(planned)
    allowed = np.array(planned, dtype=float)
    return bool((np.isin(values, allowed) | (np.isnan(values) & np.isnan(allowed).any())).all())


def is_same(values: np.ndarray, others: np.ndarray) -> bool:
    """Whether a factor has the same values, point by point."""
    return bool(np.array_equal(values, others, equal_nan=values.dtype != object))


def coded(values: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """A category's values as places among its labels, all of which are known."""
    where = {label: float(place) for place, label in enumerate(labels)}
    return np.fromiter((where[value] for value in values.tolist()), float, len(values))


def checked_runs(manifest: Manifest, found: np.ndarray | None) -> np.ndarray:
    """The runs of every point, which add up to those of the manifest."""
    if found is None and manifest.until is None:
        return np.full(manifest.points, manifest.replicates)
    path, most = manifest.folder / "points.csv", manifest.replicates
    if found is None:
        raise InputError(f"{path}: column {REPLICATES} is missing; {AGAIN}")
    least = most if manifest.until is None else 0
    bad = ~((found >= least) & (found <= most) & (found == np.floor(found)))
    if bad.any() or found.sum() != manifest.runs:
        value = f"{found[bad][0]:g}" if bad.any() else f"{found.sum():,.0f} runs in all"
        raise InputError(f"{path}: column {REPLICATES}: {value} is not that of {MANIFEST}; {AGAIN}")
    return found.astype(int)


def read_list(manifest: Manifest) -> dict[str, np.ndarray]:
    """The factors of a sample or list as list.csv has them, each value one that it can have; none without one."""
    if not manifest.listed:
        return {}
    path, names = manifest.folder / LIST, manifest.listed
    listed = read_columns(path, [name for name in names if not is_category(name)], categories(names), (NONE,))
    listed = {name: listed[name] for name in names}
    rows = len(listed[names[0]])
    if rows != manifest.of_list:
        raise InputError(f"{path}: {rows:,} rows, {manifest.of_list:,} expected: cut off or damaged; {AGAIN}")
    for name, values in listed.items():
        low, high = manifest.ranges.get(name, (-math.inf, math.inf))
        if is_category(name):
            fits = all(is_strategy(text) for text in dict.fromkeys(values.tolist()))
        elif name.endswith(".date") and name not in manifest.ranges:
            fits = True  # an empty cell is no date
        else:
            fits = bool(((values >= low) & (values <= high)).all())
        if not fits:
            raise InputError(f"{path}: column {name} is not that of {MANIFEST}; {AGAIN}")
    return listed


def is_small_grid(listed: Mapping[str, np.ndarray]) -> bool:
    """Whether a list has each value of each of its factors with each of the others' once, and few of each."""
    place, size = np.zeros(1, dtype=np.int64), 1
    for values in listed.values():
        distinct, at = np.unique(values, return_inverse=True)
        if len(distinct) > FEW_VALUES or size > len(values):
            return False
        place, size = place * len(distinct) + at, size * len(distinct)
    return len(place) == size == len(np.unique(place))


def centre_of(listed: Mapping[str, np.ndarray]) -> int | None:
    """The row of a list from which every other differs in one factor, where it varies one at a time, and more than
    one."""
    away, varied = np.zeros(len(next(iter(listed.values()))), dtype=int), 0
    for values in listed.values():
        distinct, at, times = np.unique(values, return_inverse=True, return_counts=True)
        away += at != np.argmax(times)
        varied += len(distinct) > 1
    return int(np.argmin(away)) if varied > 1 and away.min() == 0 and away.max() == 1 else None


def last_day_of_all(window: Mapping[str, float], points: Columns) -> float:
    """The day on which the pause ends at the latest, over all points."""
    of = {name: np.max(points.get(name, value)) for name, value in window.items()}
    return float(of["window_days"] + (of.get("extension_days", 0) if of.get("extension_probability", 0) > 0 else 0))


def with_place_for_none(values: np.ndarray, last_day: float) -> np.ndarray:
    """A country's dates with numbers for empty cells: having none is the same as having one after the last meeting, so
    it stands on the day on which the pause ends, and after all other values."""
    place = max(last_day, float(np.max(values, initial=-1.0, where=~np.isnan(values))) + 1.0)
    return np.where(np.isnan(values), place, values)


def check_window(factors: Mapping[str, np.ndarray], path: Path) -> None:
    """Where the window varies over points, each is one that a sweep can have."""
    for name, quantity in quantities(Window).items():
        for value in np.unique(factors.get(name, np.zeros(0))):
            quantity.check(float(value), f"{path}: {name}")
