"""The statistics of a result folder: what its figures show and its sentences say, before either.

naive slope   least squares of payoff on realised rank, over all signatures of a country at the reference point: payoff
              for each rank later. It mixes what a rank brings with who tends to get it and when. It is no advantage:
              the naive first-mover advantage is that of measures.csv (`experiments.measures.first_mover`)
changes       against the lowest value of a factor, paired by run, since every point meets the same draws; from means
              alone, where rows were not saved, with an interval that is at most so wide
"""

from dataclasses import dataclass

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import (
    Interval,
    Intervals,
    around,
    mean_of,
    paired_difference,
    share_intervals,
    unpaired_difference,
)
from experiments.analysis.measured import rows_where
from experiments.analysis.moments import Moments
from experiments.analysis.regression import Line, least_squares
from experiments.analysis.rows import EARLY_DAYS, NO_DEAL, NOT_RUN, Kept
from experiments.analysis.summaries import SIGNED
from experiments.tables.batches import Columns

HEGEMON, COUNTRIES, TOGETHER = "hegemon", "countries", "together"
RUNS_AT_ONCE = 20_000
FEWEST_SIGNATURES = 5  # in a group of ranks, from which its mean is shown


EARLY_DEAL, DEAL = f"signs in the first {EARLY_DAYS} days", "has a deal"


def chance_told(analysis: Analysis) -> str:
    """Which chance stands for timing: that a country signs early, or without rows that it has a deal at all."""
    return EARLY_DEAL if "early" in analysis.means else DEAL


def early_deals(analysis: Analysis) -> Intervals:
    """The chance of a deal in the first days, by point of the plane and country (P, N); without rows that of any."""
    found = analysis.means["early" if "early" in analysis.means else SIGNED]
    return share_intervals(found.mean * found.count, found.count)


def naive_line(analysis: Analysis, country: int, quantity: str = "payoff_share") -> Line:
    """The least squares line of a quantity on the realised rank at the reference point."""
    moments = analysis.by_rank[quantity]
    ranks = np.arange(1, moments.shape[1] + 1)
    return least_squares(ranks, moments.mean[country], moments.count[country], moments.squares[country])


def naive_slope(analysis: Analysis, country: int, quantity: str = "payoff_share") -> Interval:
    """Its slope: payoff for each rank later."""
    line = naive_line(analysis, country, quantity)
    return around(line.slope, line.error, int(analysis.by_rank[quantity].count[country].sum()))


def last_rank(moments: Moments) -> int:
    """The last rank that any country reached."""
    return int(np.flatnonzero(moments.count.any(axis=0)).max(initial=0)) + 1


def by_groups_of_ranks(moments: Moments, country: int, width: int) -> tuple[np.ndarray, Intervals]:
    """Mean rank, and mean of what is counted, in groups of `width` ranks that have enough signatures."""
    count = moments.count[country]
    ranks = Moments(len(range(0, len(count), width)))
    reached = np.repeat(np.arange(len(count)), count.astype(int))
    ranks.add(reached // width, reached + 1.0)
    enough = ranks.count >= FEWEST_SIGNATURES
    return ranks.mean[enough], moments.together(width).intervals[country][enough]


def totals(analysis: Analysis, point: int) -> dict[str, np.ndarray]:
    """Run by run in bn, as far as it was saved: the hegemon's surplus, the sum of the countries' payoffs, and both."""
    found = {}
    if point in analysis.surplus_at:
        found[HEGEMON] = analysis.surplus_at[point]
    if point in analysis.kept:
        found[COUNTRIES] = analysis.kept[point].payoff_bn.astype(float).sum(axis=1)
        found[TOGETHER] = found[HEGEMON] + found[COUNTRIES]
    return found


def summed_payoffs(analysis: Analysis, point: int) -> Interval:
    """The countries' mean payoffs in bn taken together, of summary.csv: the errors add up at most."""
    found = analysis.on_cross["payoff_bn"]
    place = int(np.searchsorted(analysis.cross, point))
    return around(float(found.mean[place].sum()), float(found.error[place].sum()), int(found.count[place].min()))


def mean_totals(analysis: Analysis, point: int) -> dict[str, Interval]:
    """Each party's mean in bn at a point, as far as it is known."""
    found = {party: mean_of(values) for party, values in totals(analysis, point).items()}
    return found if COUNTRIES in found else found | {COUNTRIES: summed_payoffs(analysis, point)}


def total_changes(analysis: Analysis, point: int, base: int) -> dict[str, Interval]:
    """Each party's mean change in bn at a point against another, paired by run where runs were saved."""
    here, there = totals(analysis, point), totals(analysis, base)
    found = {party: paired_difference(here[party], there[party]) for party in here}
    if COUNTRIES not in found and point == base:
        found[COUNTRIES] = around(0.0, 0.0, summed_payoffs(analysis, base).runs)
    elif COUNTRIES not in found:
        found[COUNTRIES] = unpaired_difference(*(summed_payoffs(analysis, at) for at in (point, base)))
    return found


def changes(analysis: Analysis, factor: str) -> dict[str, list[Interval]]:
    """Each party's change along a factor against its lowest value."""
    points = analysis.line(factor)
    found = [total_changes(analysis, int(point), int(points[0])) for point in points]
    return {party: [change[party] for change in found] for party in found[0]}


def chance_change(analysis: Analysis, point: int, base: int) -> tuple[Interval, np.ndarray]:
    """The change of the chance of an early deal (without rows, of any) at a point against another: over all countries,
    and by country (N,)."""
    if not analysis.kept:
        found = analysis.on_cross[SIGNED]
        here, there = (int(np.searchsorted(analysis.cross, at)) for at in (point, base))
        means = [around(float(found.mean[at].mean()), float(found.error[at].mean())) for at in (here, there)]
        return unpaired_difference(*means), found.mean[here] - found.mean[there]
    early, before = analysis.kept[point].early, analysis.kept[base].early
    by_country = [paired_difference(early[:, c], before[:, c]).value for c in range(early.shape[1])]
    return paired_difference(early.mean(axis=1), before.mean(axis=1)), np.array(by_country)


def payoff_changes(analysis: Analysis, point: int, base: int) -> list[Interval]:
    """The change of each country's mean payoff in bn at a point against another."""
    n = len(analysis.results.countries)
    if analysis.kept:
        here, there = (analysis.kept[at].payoff_bn.astype(float) for at in (point, base))
        return [paired_difference(here[:, c], there[:, c]) for c in range(n)]
    found = analysis.on_cross["payoff_bn"].intervals
    places = [int(np.searchsorted(analysis.cross, at)) for at in (point, base)]
    return [unpaired_difference(*(found.one(place, c) for place in places)) for c in range(n)]


@dataclass(frozen=True)
class CumulativeShare:
    """Share of countries with a deal on or before each day: its mean over runs, and the runs' first and last decile."""

    mean: Intervals
    first_decile: np.ndarray
    last_decile: np.ndarray


def cumulative_share(kept: Kept, days: int) -> CumulativeShare:
    """Counted run by run in slices, so that memory does not grow with runs x days."""
    n = kept.deal_day.shape[1]
    share = np.arange(n + 1) / n  # with 0, 1, ... n deals
    moments, histogram = Moments(days + 1), np.zeros((days + 1, n + 1))
    present = kept.deal_day[kept.deal_day[:, 0] != NOT_RUN]
    for first in range(0, len(present), RUNS_AT_ONCE):
        chunk = present[first : first + RUNS_AT_ONCE]
        made = np.zeros((len(chunk), days + 1), dtype=np.int16)
        signed = chunk >= 0
        np.add.at(made, (np.nonzero(signed)[0], np.minimum(chunk[signed], days)), 1)
        deals = np.cumsum(made, axis=1)
        moments.add_runs(share[deals])
        for day in range(days + 1):
            histogram[day] += np.bincount(deals[:, day], minlength=n + 1)
    below = np.cumsum(histogram, axis=1) / len(present)
    first_decile, last_decile = (share[(below >= quantile - 1e-12).argmax(axis=1)] for quantile in (0.1, 0.9))
    return CumulativeShare(moments.intervals, first_decile, last_decile)


@dataclass(frozen=True)
class DealDays:
    """When one country signs: the chance of a deal in each bin of days, that of none, and the median day (infinite
    where half of the runs have no deal)."""

    chance: Intervals
    none: Interval
    median: float


def deal_days(kept: Kept, country: int, bin_days: int, last_day: float) -> DealDays:
    """Of a country, over the runs that did not fail."""
    days = kept.deal_day[kept.deal_day[:, 0] != NOT_RUN, country]
    runs, bins = len(days), int(np.ceil(last_day / bin_days))
    count = np.bincount(np.minimum(days[days >= 0] // bin_days, bins - 1), minlength=bins)
    none = share_intervals(np.array([(days == NO_DEAL).sum()]), np.array([runs]))
    waited = np.sort(np.where(days == NO_DEAL, np.inf, days))
    return DealDays(share_intervals(count, np.full(bins, runs)), none.one(0), float(waited[(runs - 1) // 2]))


def over_the_plane(analysis: Analysis, measure: str, part: str, unit: str) -> Intervals:
    """A part of a measure by point of the plane and country (P, N); NaN where it was not measured."""
    results = analysis.results
    value, low, high = np.full((3, len(analysis.plane), len(results.countries)), np.nan)
    place = {int(point): p for p, point in enumerate(analysis.plane)}
    for row in rows_where(results.measures, {"measure": measure, "part": part, "unit": unit}):
        if row.point in place and row.country in results.countries:
            at = place[row.point], results.countries.index(row.country)
            value[at], low[at], high[at] = row.found.value, row.found.low, row.found.high
    return Intervals(value, low, high)


def stakes_bn(dates: Columns) -> float | None:
    """What a country has at stake in bn, from the rows of dates.csv themselves; None where it cannot be told."""
    given = np.abs(dates["payoff_share"]) > 1e-6
    if not given.any():
        return None
    ratio = float(np.median(dates["payoff_bn"][given] / dates["payoff_share"][given]))
    return ratio if np.isfinite(ratio) and ratio > 0 else None
