"""Samples: what comes out by bins of each sampled factor.

A sampled factor is cut into ten bins of equal width over its range; one of ten values or fewer, and a category, has a
bin for each value. In a bin the unit is the point, for its points differ in the other factors too:

    value      the mean over the bin's points of each point's mean over its runs
    interval   value -+ t(0.975, n - 1) s / sqrt(n) over its n points; none with one point (Student 1908)
    difference of two bins, with the interval of Welch (1947): points, and their number, differ between bins

Where a grid is crossed with a sample, there is a line for each value of the grid's first factor, the others held.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtrit

from experiments.analysis.interval import SIMULATED, Interval, Intervals
from experiments.analysis.moments import Moments
from experiments.analysis.selection import held_points
from experiments.analysis.summaries import SIGNED, means_in, summary_batches
from experiments.tables.reading import Results
from experiments.tables.schema import WORLD

BINS = 10
MOST_LINES = 6  # of a grid's first factor: more cannot be told apart
EARLY, SURPLUS, PAYOFF_BN = "early", "surplus", "payoff_bn"
Key = tuple[str, str]  # quantity, and country or WORLD


@dataclass(frozen=True)
class Bins:
    """A sampled factor cut into bins: where each is drawn, its ends, and in which one every point lies."""

    factor: str
    middle: np.ndarray  # (B,)
    low: np.ndarray
    high: np.ndarray
    of_point: np.ndarray = field(repr=False)

    @property
    def by_value(self) -> bool:
        """Whether each value has a bin of its own."""
        return bool((self.low == self.high).all())


@dataclass(frozen=True)
class Lines:
    """The values of the grid's first factor, each a line through the bins; one without a label where there is no grid.
    `of_point`: on which line each point lies, -1 for none; `reference`: that of the reference point."""

    labels: tuple[str, ...]
    of_point: np.ndarray = field(repr=False)
    reference: int


@dataclass(frozen=True)
class Binned:
    """Means over points by line, bin and country (L, B, N), of each sampled factor and quantity; and by point, for
    differences between bins, the mean over countries (of payoffs in bn their sum), and what one country has."""

    bins: Mapping[str, Bins]
    lines: Lines
    means: Mapping[str, Mapping[str, Moments]]
    by_point: Mapping[Key, np.ndarray]

    def of_points(self, factor: str, values: np.ndarray) -> Moments:
        """Values by point (all points,), by line and bin (L, B)."""
        bins, lines = self.bins[factor], self.lines
        moments = Moments(len(lines.labels), len(bins.middle))
        on = lines.of_point >= 0
        moments.add(lines.of_point[on] * len(bins.middle) + bins.of_point[on], values[on])
        return moments

    def end_change(self, factor: str, key: Key) -> Interval:
        """From the lowest bin of a factor with points to its highest, on the reference's line."""
        return welch(self.of_points(factor, self.by_point[key]), self.lines.reference)


def cut(results: Results, factor: str) -> Bins:
    """The bins of a factor."""
    values = results.factors[factor]
    distinct = np.unique(values)
    if factor in results.labels or len(distinct) <= BINS:
        return Bins(factor, distinct, distinct, distinct, np.searchsorted(distinct, values))
    low, high = results.range_of(factor)
    ends = np.linspace(low, high, BINS + 1)
    place = np.clip(np.floor((values - low) / (high - low) * BINS), 0, BINS - 1).astype(int)
    return Bins(factor, (ends[1:] + ends[:-1]) / 2, ends[:-1], ends[1:], place)


def lines_of(results: Results, reference: int) -> Lines:
    """The lines that stand for the grid with which a sample is crossed."""
    free = results.gridded[:1]
    points = held_points(results, reference, (*free, *results.sampled))
    of_point = np.full(results.points, -1)
    if not free:
        of_point[points] = 0
        return Lines(("",), of_point, 0)
    values, here = np.unique(results.factors[free[0]]), results.factors[free[0]][points]
    own = float(results.factors[free[0]][reference])
    kept = values if len(values) <= MOST_LINES else spread(values, own)
    for line, value in enumerate(kept):
        of_point[points[here == value]] = line
    labels = tuple(results.value_text(free[0], value) for value in kept)
    return Lines(labels, of_point, int(np.flatnonzero(kept == own)[0]))


def spread(values: np.ndarray, own: float) -> np.ndarray:
    """A few of many values: the first, the last, some between, and a given one."""
    chosen = np.linspace(0, len(values) - 1, MOST_LINES - 1).round().astype(int)
    return np.unique(np.append(values[chosen], own))


def bin_points(results: Results, reference: int, early: np.ndarray | None, surplus: np.ndarray | None) -> Binned:
    """Stream summary.csv into the bins. early: by point and country, where rows were saved; surplus: by point, where
    runs were."""
    n, lines = len(results.countries), lines_of(results, reference)
    bins = {factor: cut(results, factor) for factor in results.sampled}
    quantities = (*(() if early is None else (EARLY,)), SIGNED, "payoff_share", PAYOFF_BN, "days_waited")
    means = {
        factor: {name: Moments(len(lines.labels), len(cells.middle), n) for name in quantities}
        for factor, cells in bins.items()
    }
    own = [iso3 for iso3 in results.countries if f"{iso3}.strategy" in results.gridded]
    by_point = {(name, WORLD): np.zeros(results.points) for name in quantities}
    by_point |= {(PAYOFF_BN, iso3): np.zeros(results.points) for iso3 in own}
    for batch in summary_batches(results):
        point, at = batch["point"], batch["at"]
        values = means_in(batch) | ({} if early is None else {EARLY: early[point, at]})
        on = lines.of_point[point] >= 0
        for factor, cells in bins.items():
            group = (lines.of_point[point] * len(cells.middle) + cells.of_point[point]) * n + at
            for name, moments in means[factor].items():
                moments.add(group[on], values[name][on])
        for (name, whose), total in by_point.items():
            mine = np.ones(len(at), dtype=bool) if whose == WORLD else at == results.countries.index(whose)
            np.add.at(total, point[mine], values[name][mine] / (n if whose == WORLD and name != PAYOFF_BN else 1))
    if surplus is not None:
        by_point[SURPLUS, WORLD] = surplus
    return Binned(bins, lines, means, by_point)


def t_intervals(moments: Moments) -> Intervals:
    """Means over points with Student's intervals; without one where there are fewer than two points."""
    half = t_quantile(moments.count - 1) * moments.error
    return Intervals(moments.mean, moments.mean - half, moments.mean + half, moments.count)


def t_quantile(degrees: np.ndarray | float) -> np.ndarray:
    """Student's t at 97.5 %; NaN without degrees of freedom."""
    return np.asarray(stdtrit(np.where(np.asarray(degrees) > 0, degrees, np.nan), 0.975))


def welch(moments: Moments, line: int) -> Interval:
    """The last less the first bin that has points, of a line of moments (L, B)."""
    filled = np.flatnonzero(moments.count[line] > 0)
    if len(filled) < 2:
        return Interval(np.nan, method=SIMULATED, runs=0)
    first, last = line, line
    low, high = (first, filled[0]), (last, filled[-1])
    gap = float(moments.mean[high] - moments.mean[low])
    count = moments.count[low], moments.count[high]
    part = moments.error[low] ** 2, moments.error[high] ** 2
    spread = part[0] + part[1]
    if not spread > 0:
        return Interval(gap, gap, gap, SIMULATED, int(sum(count))) if spread == 0 else Interval(gap, method=SIMULATED)
    degrees = spread**2 / sum(one**2 / (n - 1) for one, n in zip(part, count, strict=True))
    half = float(t_quantile(degrees) * np.sqrt(spread))
    return Interval(gap, gap - half, gap + half, SIMULATED, int(sum(count)))


def paired_points(results: Results, binned: Binned, factor: str, label: float, base: float, key: Key) -> Interval:
    """The mean difference between two values of a factor of the grid, over the points of the sample: both values are
    met with each of them, and with the same draws."""
    others = [name for name in results.gridded if name != factor]
    on = np.ones(results.points, dtype=bool)
    reference = int(np.flatnonzero(binned.lines.of_point == binned.lines.reference)[0])
    for name in others:
        on &= results.factors[name] == results.factors[name][reference]
    values, at = binned.by_point[key], results.factors[factor]
    # Points come with the grid slowest, so that those of two values of it lie in the same order.
    gaps = values[on & (at == label)] - values[on & (at == base)]
    moments = Moments.over_runs(gaps[:, None])
    return t_intervals(moments).one(0)


def filled(moments: Moments, line: int) -> Iterator[int]:
    """The bins of a line (L, B, ...) that have a point."""
    yield from np.flatnonzero(moments.count[line].reshape(len(moments.count[line]), -1).any(axis=1)).tolist()
