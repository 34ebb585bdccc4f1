"""What comes out by realised rank: payoff and tariff of the first, the second, ... to sign, at the reference point.

For payoffs the naive slope is drawn through the signatures: payoff for each rank later. It mixes what a rank brings
with who tends to get it and when. The first-mover advantage, naive and causal, is written above a panel where
measures.csv has it, the very numbers that it holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from experiments.analysis.aggregate import Analysis
from experiments.analysis.measured import CAUSAL, FIRST_MOVER, NAIVE, MeasureRow, measured_at
from experiments.analysis.regression import Line
from experiments.analysis.statistics import (
    FEWEST_SIGNATURES,
    by_groups_of_ranks,
    last_rank,
    naive_line,
    naive_slope,
)
from experiments.analysis.wording import reference_line, rounded, source_line
from experiments.figures.measures import measure_row
from experiments.figures.sheet import (
    INK,
    NO_ROWS,
    NOT_NEAR,
    VERMILLION,
    Layout,
    LeftOut,
    Plot,
    Row,
    beside_each_other,
    common_labels,
    legend_above,
    new_page,
    panel_title,
    row,
    shown_countries,
)
from experiments.tables.declaration import FRACTION
from experiments.tables.schema import BN, SHARE

MOST_GROUPS = 10  # with more ranks than that, neighbours are taken together
A_RANK = " per rank"
NUMBER_SIZE, SMALL_SIZE = 5.6, 4.8  # points, above large and small panels
ABOUT_SLOPE = "Naive slope: least squares over all signatures, payoff for each rank later; not what a rank causes."
ABOUT_NUMBERS = (
    "Above the panels, as measured: first less last in shares of stakes, naive (the slope over the ranks from first to "
    "the mean rank of a country that is made last) and causal (E[payoff | do(first)] - E[payoff | do(last)])."
)
UNMEASURED = "The first-mover advantage, naive or causal, was not measured in this sweep."


@dataclass(frozen=True)
class ByRank:
    """One of the two figures: its name, the quantity of countries.csv, and what is written on it."""

    name: str
    quantity: str
    what: str
    unit: str
    title: str
    label: str


PAYOFF = ByRank(
    "payoff_by_rank", "payoff_share", "payoff", SHARE, "Payoff by realised rank", "Mean payoff (share of stakes)"
)
TARIFF = ByRank(
    "tariff_by_rank",
    "tariff_final",
    "final reciprocal tariff",
    FRACTION,
    "Final reciprocal tariff by realised rank",
    "Final reciprocal tariff (fraction)",
)


def rank_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Payoff and tariff by realised rank."""
    if not analysis.kept or not analysis.near:
        yield LeftOut(f"{PAYOFF.name}, {TARIFF.name}", NOT_NEAR if analysis.kept else NO_ROWS)
        return
    if not analysis.by_rank[PAYOFF.quantity].count.any():
        yield LeftOut(f"{PAYOFF.name}, {TARIFF.name}", "no deals at the reference point")
        return
    for drawn in (PAYOFF, TARIFF):
        yield draw_by_rank(analysis, drawn)


def draw_by_rank(analysis: Analysis, drawn: ByRank) -> Plot:
    """One panel a country: means with 95 % intervals; for payoffs the naive slope, and the advantage as measured."""
    results, moments, payoff = analysis.results, analysis.by_rank[drawn.quantity], drawn is PAYOFF
    countries, note = shown_countries(analysis)
    reached = last_rank(moments)
    width = max(1, round(reached / MOST_GROUPS))
    groups = {c: by_groups_of_ranks(moments, c, width) for c in countries}
    signing = [c for c in countries if len(groups[c][0])]
    without = [results.country_names[c] for c in countries if c not in signing]
    countries = signing or countries
    measured = measured_advantages(analysis) if payoff else []
    grouped = "ranks" if width == 1 else f"groups of {width} ranks"
    caption = [
        source_line(analysis),
        reference_line(analysis),
        f"Bars: 95 % intervals; {grouped} with fewer than {FEWEST_SIGNATURES} signatures are in analysis.csv only.",
        *((ABOUT_SLOPE, ABOUT_NUMBERS if measured else UNMEASURED) if payoff else ()),
        f"Too few signatures: {', '.join(without)}." if without else "",
        note,
    ]
    columns = beside_each_other(len(countries))
    height, top, gap = (1.35 if columns <= 3 else 0.95), (0.66 if payoff else 0.42), (0.42 if measured else 0.34)
    layout = Layout(columns, height=height, top=top, left=0.68, gap_y=gap)
    figure, panels = new_page(len(countries), drawn.title, caption, layout)
    for axes, c in zip(panels, countries, strict=True):
        ranks, found = groups[c]
        half = (found.high - found.low) / 2
        axes.errorbar(
            ranks, found.value, yerr=half, fmt="o", color=INK, elinewidth=0.9, markersize=3.4, label="mean by rank"
        )
        if payoff:
            draw_slope(axes, naive_line(analysis, c), ranks)
            mine = [item for item in measured if item.country == results.countries[c]]
            write_advantages(axes, mine, NUMBER_SIZE if columns <= 3 else SMALL_SIZE)
        axes.set_title(panel_title(results.country_names[c], columns), pad=10 if measured else None)
        axes.set_xlim(0.5, reached + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.grid(axis="y")
    common_labels(figure, panels, "Realised rank among the deals", drawn.label)
    if payoff:
        legend_above(figure, panels[0], left=0.08, ncols=3)
    else:
        low, high = panels[0].get_ylim()
        panels[0].set_ylim(min(low, 0.0), max(high, 0.02))
    return Plot(drawn.name, figure, rank_rows(analysis, drawn))


def measured_advantages(analysis: Analysis, unit: str | None = SHARE) -> list[MeasureRow]:
    """The naive and the causal first-mover advantage of measures.csv at the reference point."""
    return [item for part in (NAIVE, CAUSAL) for item in measured_at(analysis, FIRST_MOVER, part, unit)]


def draw_slope(axes: Axes, line: Line, ranks: np.ndarray) -> None:
    """The least squares line over the ranks that are shown."""
    if not np.isfinite(line.slope):
        return
    x = np.array([ranks.min(), ranks.max()]) if len(ranks) else np.array(axes.get_xlim())
    y = line.y + line.slope * (x - line.x)
    axes.plot(x, y, color=VERMILLION, linestyle=(0, (5, 1.5)), label="naive slope")


def write_advantages(axes: Axes, measured: list[MeasureRow], size: float) -> None:
    """As in "naive +0.06, causal -0.01" above a panel."""
    text = ", ".join(f"{item.part} {rounded(item.found.value, sign=True)}" for item in measured)
    place: dict[str, Any] = {"xycoords": "axes fraction", "xytext": (0, 3), "textcoords": "offset points"}
    axes.annotate(text.replace("-", "\N{MINUS SIGN}"), (0.5, 1), ha="center", size=size, **place)


def rank_rows(analysis: Analysis, drawn: ByRank) -> list[Row]:
    """Every rank of every country; for payoffs the naive slope of each, and the advantages as measured."""
    results, found, point = analysis.results, analysis.by_rank[drawn.quantity].intervals, analysis.reference
    rows = [
        row(drawn.name, point, iso3, drawn.what, drawn.unit, k + 1, found.one(c, k))
        for c, iso3 in enumerate(results.countries)
        for k in range(len(results.countries))
        if found.runs is not None and found.runs[c, k]
    ]
    if drawn is not PAYOFF:
        return rows
    for unit, quantity in ((SHARE, "payoff_share"), (BN, "payoff_bn")):
        for c, iso3 in enumerate(results.countries):
            slope = naive_slope(analysis, c, quantity)
            if slope.defined:
                rows.append(row(drawn.name, point, iso3, "naive slope", unit + A_RANK, None, slope))
    return rows + [measure_row(drawn.name, item) for item in measured_advantages(analysis, unit=None)]
