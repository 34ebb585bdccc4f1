"""What comes out by realised rank: payoff and tariff of the first, the second, ... to sign, at the reference point.

The slope of these points is the naive first-mover advantage. It mixes what a rank brings with who tends to get it and
when; the causal effect of measures.csv is drawn beside it where the sweep has measured it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from experiments.analysis.aggregate import Analysis, GroupMoments
from experiments.analysis.interval import Z, slope_over_groups, standard_error
from experiments.analysis.measured import Measured, measured_at
from experiments.figures.sheet import (
    BLUE,
    INK,
    VERMILLION,
    LeftOut,
    Plot,
    Row,
    common_labels,
    new_page,
    reference_line,
    row,
    short,
    shown_countries,
    source_line,
)

FEWEST = 5  # signatures at a rank from which a mean is shown
MOST_GROUPS = 10  # with more ranks than that, neighbours are taken together


@dataclass(frozen=True)
class Naive:
    """A country's least squares line of payoff on realised rank: slope a rank, its standard error, and its centre."""

    slope: float
    error: float
    mean_rank: float
    mean_payoff: float
    ranks: int  # the last rank that any country reached, for "first minus last"

    @property
    def advantage(self) -> float:
        """First minus last along the line."""
        return -self.slope * (self.ranks - 1)

    @property
    def half(self) -> float:
        """Half of its 95 % interval."""
        return Z * self.error * (self.ranks - 1)


def naive(analysis: Analysis, c: int, quantity: str = "payoff_share") -> Naive:
    """The naive advantage of a country at the reference point."""
    moments = analysis.by_rank[quantity]
    n = len(analysis.results.countries)
    line = slope_over_groups(np.arange(1, n + 1), moments.count[c], moments.mean[c], moments.squares[c])
    return Naive(*line, ranks=max(last_rank(moments), 2))


def last_rank(moments: GroupMoments) -> int:
    """The last rank that any country reached."""
    return int(np.flatnonzero(moments.count.any(axis=0)).max(initial=0)) + 1


def grouped_ranks(moments: GroupMoments, c: int, wide: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean rank, mean and half of its 95 % interval in groups of `wide` ranks that have enough signatures."""
    rank, mean, half = [], [], []
    for first in range(0, moments.shape[1], wide):
        here = slice(first, first + wide)
        n, values = moments.count[c, here], np.nan_to_num(moments.mean[c, here])
        total = n.sum()
        if total < FEWEST:
            continue
        centre = (n * values).sum() / total
        squares = moments.squares[c, here].sum() + (n * (values - centre) ** 2).sum()
        rank.append((n * (np.arange(first, first + len(n)) + 1)).sum() / total)
        mean.append(centre)
        half.append(float(Z * standard_error(squares, total)))
    return np.array(rank), np.array(mean), np.array(half)


def rank_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Payoff and tariff by realised rank."""
    if not analysis.by_rank["payoff_share"].count.any():
        yield LeftOut("payoff_by_rank, tariff_by_rank", "no deals at the reference point")
        return
    for name, quantity, title, label, unit in (
        ("payoff_by_rank", "payoff_share", "Payoff by realised rank", "Mean payoff (share of stakes)",
         "share of stakes"),
        ("tariff_by_rank", "tariff_final", "Final reciprocal tariff by realised rank",
         "Final reciprocal tariff (fraction)", "fraction"),
    ):  # fmt: skip
        yield draw_by_rank(analysis, name, quantity, title, label, unit)


def draw_by_rank(analysis: Analysis, name: str, quantity: str, title: str, label: str, unit: str) -> Plot:
    """One panel a country: means with 95 % intervals; for payoffs the naive line and the causal effect."""
    results, moments = analysis.results, analysis.by_rank[quantity]
    payoff = quantity == "payoff_share"
    countries, note = shown_countries(analysis)
    reached = last_rank(moments)
    wide = max(1, round(reached / MOST_GROUPS))
    groups = {c: grouped_ranks(moments, c, wide) for c in countries}
    signing = [c for c in countries if len(groups[c][0])]
    without = [results.country_names[c] for c in countries if c not in signing]
    countries = signing or countries
    causal = {item.country: item for item in measured_at(analysis, "first_mover_advantage", "causal")} if payoff else {}
    about = [
        "Naive slope: least squares over all signatures, which is not what a rank causes.",
        "Causal: first minus last, E[payoff | do(first)] - E[payoff | do(last)], as a slope through the same centre."
        if causal else "The causal effect was not measured in this sweep.",
    ] if payoff else []  # fmt: skip
    caption = [
        source_line(analysis), reference_line(analysis),
        f"Bars: 95 % intervals; {'ranks' if wide == 1 else f'groups of {wide} ranks'} with fewer than {FEWEST} "
        "signatures are in analysis.csv only.", *about,
        f"Too few signatures: {', '.join(without)}." if without else "", note,
    ]  # fmt: skip
    columns = min(len(countries), 3 if len(countries) <= 6 else 6)
    figure, panels = new_page(
        len(countries), columns=columns, panel_height=1.35 if columns <= 3 else 0.95, title=title, caption=caption,
        top=0.62 if payoff else 0.42, left=0.68,
    )  # fmt: skip
    for axes, c in zip(panels, countries, strict=True):
        ranks, mean, half = groups[c]
        axes.errorbar(ranks, mean, yerr=half, fmt="o", color=INK, elinewidth=0.9, markersize=3.4, label="mean by rank")
        if payoff:
            draw_slopes(axes, naive(analysis, c), causal.get(results.countries[c]), ranks)
        axes.set_title(short(results.country_names[c], 24 if columns <= 3 else 15))
        axes.set_xlim(0.5, reached + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.grid(axis="y")
    common_labels(figure, panels, "Realised rank among the deals", label)
    if payoff:
        handles, labels = panels[0].get_legend_handles_labels()
        height = figure.get_size_inches()[1]
        figure.legend(handles, labels, loc="upper left", ncols=3, bbox_to_anchor=(0.08, 1 - 0.19 / height))
    else:
        low, high = panels[0].get_ylim()
        panels[0].set_ylim(min(low, 0.0), max(high, 0.02))
    return Plot(name, figure, rank_rows(analysis, name, quantity, unit))


def draw_slopes(axes: Axes, line: Naive, causal: Measured | None, ranks: np.ndarray) -> None:
    """The naive line, and one whose fall from first to last is the causal effect."""
    if not math.isfinite(line.slope):
        return
    x = np.array([ranks.min(), ranks.max()]) if len(ranks) else np.array([1, line.ranks])
    slopes: list[tuple[float, str, Any, str]] = [(line.slope, VERMILLION, (0, (5, 1.5)), "naive slope")]
    if causal is not None and math.isfinite(causal.value):
        slopes.append((-causal.value / (line.ranks - 1), BLUE, (0, (1.2, 1.2)), "causal effect"))
    for slope, colour, dash, label in slopes:
        axes.plot(x, line.mean_payoff + slope * (x - line.mean_rank), color=colour, linestyle=dash, label=label)


def rank_rows(analysis: Analysis, name: str, quantity: str, unit: str) -> list[Row]:
    """Every rank of every country, then the naive advantage of each."""
    results, moments, point = analysis.results, analysis.by_rank[quantity], analysis.reference
    what = "payoff" if quantity == "payoff_share" else "final reciprocal tariff"
    rows = [
        row(name, point, iso3, what, unit, k + 1, moments.mean[c, k], low=moments.mean[c, k] - Z * moments.error[c, k],
            high=moments.mean[c, k] + Z * moments.error[c, k], runs=moments.count[c, k])
        for c, iso3 in enumerate(results.countries) for k in range(len(results.countries)) if moments.count[c, k]
    ]  # fmt: skip
    if quantity != "payoff_share":
        return rows
    for scale, of in (("share of stakes", "payoff_share"), ("bn USD a year", "payoff_bn")):
        for c, iso3 in enumerate(results.countries):
            line, runs = naive(analysis, c, of), analysis.by_rank[of].count[c].sum()
            if math.isfinite(line.slope):
                low, high = line.advantage - line.half, line.advantage + line.half
                rows.append(row(name, point, iso3, "naive first-mover advantage, first minus last", scale, None,
                                line.advantage, low=low, high=high, runs=runs))  # fmt: skip
    return rows
