"""Whom a first-mover premium serves: the hegemon's surplus and the countries' payoffs over the headline value.

Changes are against the lowest headline value and paired by run, since every point meets the same luck. The surplus
counts the headline value itself, so what the countries and the hegemon gain together tells whether racing for it is
wasteful.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Z, paired_difference
from experiments.analysis.measured import names_in
from experiments.figures.measures import along, draw_band_of, measure_row, part_name
from experiments.figures.sheet import (
    MARKS,
    LeftOut,
    Plot,
    factor_label,
    held_line,
    line_with_band,
    new_page,
    row,
    source_line,
)
from experiments.tables.schema import BN, WORLD

FACTOR = "headline_value"
NAME = "hegemon_surplus"
PARTIES = ("hegemon", "countries", "together")


@dataclass(frozen=True)
class Change:
    """A party's mean change against the first point of the line: value, 95 % interval, pairs of runs."""

    value: float
    low: float
    high: float
    pairs: int


def totals(analysis: Analysis, point: int) -> dict[str, np.ndarray]:
    """Run by run in bn: the hegemon's surplus, the sum of the countries' payoffs, and both."""
    kept = analysis.kept[int(point)]
    countries = kept.payoff_bn.astype(float).sum(axis=1)
    return {"hegemon": kept.surplus_bn, "countries": countries, "together": kept.surplus_bn + countries}


def changes(analysis: Analysis, factor: str) -> dict[str, list[Change]]:
    """Each party's change along a factor against its lowest value."""
    points = analysis.line(factor)
    first = totals(analysis, points[0])
    found: dict[str, list[Change]] = {party: [] for party in PARTIES}
    for point in points:
        here = totals(analysis, point)
        for party in PARTIES:
            value, error, pairs = paired_difference(here[party], first[party])
            found[party].append(Change(value, value - Z * error, value + Z * error, pairs))
    return found


def hegemon_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """One figure where the headline value varies."""
    if FACTOR not in analysis.results.varied:
        yield LeftOut(NAME, f"{FACTOR} does not vary")
        return
    yield draw_hegemon(analysis)


def draw_hegemon(analysis: Analysis) -> Plot:
    """Levels of the surplus, changes of all parties, and the planner's loss where it was measured."""
    results = analysis.results
    points = analysis.line(FACTOR)
    x = results.factors[FACTOR][points]
    planner = names_in(results.measures, "part", measure="planner_loss", unit=BN)
    caption = [
        source_line(analysis), held_line(analysis, [FACTOR]),
        "Bands: 95 % intervals; changes are paired by run. The surplus counts the headline value itself.",
        "Racing is wasteful where the loss against the joint planner rises while the hegemon gains." if planner else
        "Racing is wasteful where the sum falls while the hegemon gains. The loss against a planner was not measured.",
    ]  # fmt: skip
    figure, panels = new_page(
        3 if planner else 2, columns=3, panel_height=2.0, title="Whom the first-mover premium serves", caption=caption,
        sharey=False, gap_x=0.62,
    )  # fmt: skip
    rows = []
    level = [totals(analysis, point)["hegemon"] for point in points]
    runs = [int((~np.isnan(values)).sum()) for values in level]
    mean = np.array([np.nanmean(v) if n else np.nan for v, n in zip(level, runs, strict=True)])
    half = Z * np.array(
        [np.nanstd(v, ddof=1) / np.sqrt(n) if n > 1 else np.nan for v, n in zip(level, runs, strict=True)]
    )
    line_with_band(panels[0], x, mean, mean - half, mean + half, 0, marker=MARKS[0])
    panels[0].set(ylabel="Mean hegemon surplus (bn USD a year)")
    rows += [
        row(NAME, p, WORLD, "hegemon surplus", BN, x[i], mean[i], low=mean[i] - half[i], high=mean[i] + half[i],
            runs=runs[i])
        for i, p in enumerate(points)
    ]  # fmt: skip
    panels[1].axhline(0, color="#888888", linewidth=0.6)
    for style, (party, found) in enumerate(changes(analysis, FACTOR).items()):
        value, low, high = (np.array([getattr(change, k) for change in found]) for k in ("value", "low", "high"))
        line_with_band(panels[1], x, value, low, high, style, marker=MARKS[style], label=party)
        rows += [
            row(NAME, p, WORLD, f"change of {party} against point {points[0]}, paired", BN, x[i], value[i], low=low[i],
                high=high[i], runs=found[i].pairs)
            for i, p in enumerate(points)
        ]  # fmt: skip
    panels[1].set(ylabel=f"Change against headline value {x[0]:g}\n(bn USD a year)")
    panels[1].legend(loc="upper left")
    for style, part in enumerate(planner):
        at, items = along(analysis, FACTOR, "planner_loss", part, BN, WORLD)
        draw_band_of(panels[2], at, items, style, f"planner of the {part_name(part)}" if part == "countries" else part)
        rows += [measure_row(NAME, "planner_loss", item, value) for value, item in zip(at, items, strict=True)]
    if planner:
        panels[2].set(ylabel="Loss against a planner (bn USD a year)")
        panels[2].set_ylim(bottom=min(0.0, panels[2].get_ylim()[0]), top=1.3 * panels[2].get_ylim()[1])
        panels[2].legend(loc="upper left")
    for axes in panels:
        axes.set_xlabel(factor_label(FACTOR))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.grid(axis="y")
    return Plot(NAME, figure, rows)
