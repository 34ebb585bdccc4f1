"""Figures of a sample: what comes out over each sampled factor, by bins (`experiments.analysis.bins`).

One figure a quantity and factor, a panel a country; where a grid is crossed with the sample, a line for each value of
the grid's first factor.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis.aggregate import Analysis
from experiments.analysis.bins import BINS, EARLY, PAYOFF_BN, SURPLUS, Binned, t_intervals
from experiments.analysis.interval import Intervals
from experiments.analysis.measured import measured_by_point, names_in
from experiments.analysis.rows import EARLY_DAYS
from experiments.analysis.sample_sentences import binned_of, by_size, effects
from experiments.analysis.summaries import SIGNED
from experiments.analysis.wording import factor_label, held_line, part_name, plain_name, source_line, title_of
from experiments.figures.measures import parts_shown
from experiments.figures.names_axis import names_along, panel_width, with_room
from experiments.figures.phase import bn_range
from experiments.figures.sheet import (
    GREY,
    MANY,
    MARKS,
    Layout,
    LeftOut,
    Plot,
    Row,
    beside_each_other,
    common_labels,
    legend_above,
    line_with_bars,
    new_page,
    over,
    panel_title,
    row,
    shown_countries,
)
from experiments.figures.world import PANEL, panels_of
from experiments.tables.declaration import DAY, PROBABILITY
from experiments.tables.schema import BN, SHARE, WORLD

MOST_FACTORS = 6
FEWEST = 3  # points whose interval counts for how far an axis goes
JUDGEMENT = "Means over points of the measured numbers; their own intervals and ranges are in measures.csv."


@dataclass(frozen=True)
class Quantity:
    """What is drawn: the name of its figures, its key in the bins, and what is written on it."""

    name: str
    key: str
    title: str
    label: str
    unit: str


EARLY_DEAL = Quantity(
    "early",
    EARLY,
    f"Chance of a deal in the first {EARLY_DAYS} days",
    f"Chance of an early deal ({PROBABILITY})",
    PROBABILITY,
)
ANY_DEAL = Quantity("deal", SIGNED, "Chance of a deal", f"Chance of a deal ({PROBABILITY})", PROBABILITY)
PAYOFF = Quantity("payoff", "payoff_share", "Mean payoff", f"Mean payoff ({SHARE})", SHARE)
WAITED = Quantity("days_waited", "days_waited", "Mean days waited", "Mean days waited (days)", DAY)


def bin_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Those of a sample: every quantity and measure over the factors that move payoffs most."""
    if analysis.binned is None:
        return
    factors = shown_factors(analysis)
    quantities = (EARLY_DEAL if EARLY in analysis.binned.means[factors[0]] else ANY_DEAL, PAYOFF, WAITED)
    for factor in factors:
        for quantity in quantities:
            yield draw_quantity(analysis, quantity, factor)
        yield draw_totals(analysis, factor)
        yield from measure_bins(analysis, factor)
    if len(factors) < len(analysis.results.sampled):
        left = [name for name in analysis.results.sampled if name not in factors]
        yield LeftOut(f"figures over {', '.join(left)}", f"of {MOST_FACTORS} factors at most, which move payoffs most")


def shown_factors(analysis: Analysis) -> list[str]:
    """Those that get figures, in the order of the design."""
    sampled = analysis.results.sampled
    chosen = [*by_size(effects(analysis, (PAYOFF_BN, WORLD))), *sampled][:MOST_FACTORS]
    return [name for name in sampled if len(sampled) <= MOST_FACTORS or name in chosen]


def about_bins(binned: Binned, factor: str) -> str:
    """What a mark and its bar are."""
    cells = "each value" if binned.bins[factor].by_value else f"each of {BINS} bins of equal width"
    return (
        f"Means over the points of {cells}, a point being its mean over runs; bars: 95 % t intervals over points, "
        f"which differ in the other factors (none for a single point)."
    )


def line_labels(analysis: Analysis) -> list[str]:
    """The name of each line; empty where there is one."""
    labels = binned_of(analysis).lines.labels
    first = analysis.results.gridded[:1]
    return [f"{plain_name(first[0])} {label}" for label in labels] if first else [""]


def draw_bins(axes: Axes, analysis: Analysis, factor: str, found: Intervals, style: int, label: str) -> None:
    """One line through the bins that have points (B,)."""
    x, filled = binned_of(analysis).bins[factor].middle, ~np.isnan(found.value)
    joined = factor not in analysis.results.labels
    line_with_bars(
        axes,
        x[filled],
        found[filled],
        style,
        joined=joined,
        marker=MARKS[style % len(MARKS)],
        markersize=3,
        label=label,
    )


def bin_rows(
    analysis: Analysis, name: str, factor: str, found: Intervals, country: str, quantity: str, unit: str
) -> list[Row]:
    """A line's bins (B,) for analysis.csv; `runs` counts points."""
    x = binned_of(analysis).bins[factor].middle
    what = f"{quantity}, mean over points of a bin"
    return [
        row(name, None, country, what, unit, x[b], found.one(b))
        for b in np.flatnonzero(~np.isnan(found.value)).tolist()
    ]


def page_of_countries(
    analysis: Analysis, factor: str, shown: list[int], title: str, label: str, captions: list[str], lines: int
) -> tuple[Figure, list[Axes]]:
    """A page with a panel a country, over a factor."""
    results = analysis.results
    columns = beside_each_other(len(shown))
    layout = Layout(columns=columns, height=1.45 if columns <= 3 else 0.95, top=0.62 if lines > 1 else 0.45, left=0.72)
    names = names_along(results, factor, panel_width(layout, len(shown)))
    held = held_line(analysis, [*results.sampled, *results.gridded[:1]])
    caption = [source_line(analysis), held, *captions]
    figure, panels = new_page(len(shown), title, caption, with_room(layout, names))
    for axes, c in zip(panels, shown, strict=True):
        axes.set_title(panel_title(results.country_names[c], columns))
        axes.grid(axis="y")
        names.along(axes)
    limits(analysis, panels[0], factor)
    common_labels(figure, panels, factor_label(factor), label, names.more)
    return figure, panels


def limits(analysis: Analysis, axes: Axes, factor: str) -> None:
    """The whole of a factor's range, with room for what is drawn at its ends."""
    if factor in analysis.results.labels:
        return
    low, high = analysis.results.range_of(factor)
    axes.set_xlim(low - 0.03 * (high - low), high + 0.06 * (high - low))


def draw_quantity(analysis: Analysis, quantity: Quantity, factor: str) -> Plot:
    """One quantity over one factor."""
    binned, name, results = binned_of(analysis), over(quantity.name, factor), analysis.results
    found, in_bn = t_intervals(binned.means[factor][quantity.key]), binned.means[factor][PAYOFF_BN].mean
    shown, note = shown_countries(analysis)
    labels, title = line_labels(analysis), f"{quantity.title} over {plain_name(factor)}"
    captions = [about_bins(binned, factor), note]
    figure, panels = page_of_countries(analysis, factor, shown, title, quantity.label, captions, len(labels))
    for axes, c in zip(panels, shown, strict=True):
        for line, label in enumerate(labels):
            draw_bins(axes, analysis, factor, found[line, :, c], line, label)
        if quantity is PAYOFF and beside_each_other(len(shown)) <= 3:
            axes.set_title(axes.get_title() + bn_range(in_bn[:, :, c].ravel()))
    panels[0].set_ylim(*within(found[:, :, shown], (0.0, 1.0) if quantity.unit == PROBABILITY else None))
    if len(labels) > 1:
        legend_above(figure, panels[0], ncols=3)
    rows = [
        line_row
        for c, iso3 in enumerate(results.countries)
        for line, label in enumerate(labels)
        for line_row in bin_rows(
            analysis, name, factor, found[line, :, c], iso3, told(quantity.title, label), quantity.unit
        )
    ]
    return Plot(name, figure, rows)


def told(quantity: str, label: str) -> str:
    """A quantity with the line that it is of."""
    return f"{quantity} ({label})" if label else quantity


def within(found: Intervals, most: tuple[float, float] | None = None) -> tuple[float, float]:
    """Limits of an axis: all means, and intervals of three points or more; one of two may be wider than all else."""
    assert found.runs is not None
    ends = [end[found.runs >= FEWEST] for end in (found.low, found.high)]
    values = np.concatenate([found.value.ravel(), *ends])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if most is not None:
        low, high = max(low, most[0]), min(high, most[1])
    room = max(0.06 * (high - low), 0.02 * max(abs(low), abs(high)), 1e-3)
    return low - room, high + room


def draw_totals(analysis: Analysis, factor: str) -> Plot:
    """The countries' payoffs taken together, and the hegemon's surplus where runs were saved."""
    binned, name, labels = binned_of(analysis), over("totals", factor), line_labels(analysis)
    parts = {"countries' payoffs together": PAYOFF_BN, "hegemon surplus": SURPLUS}
    panels_shown = {what: key for what, key in parts.items() if (key, WORLD) in binned.by_point}
    title = f"{' and '.join(panels_shown)} over {plain_name(factor)}"
    values = {(what, BN): binned.by_point[key, WORLD] for what, key in panels_shown.items()}
    return draw_world_bins(analysis, name, factor, title[0].upper() + title[1:], values, labels, [])


def draw_world_bins(
    analysis: Analysis,
    name: str,
    factor: str,
    title: str,
    values: dict[tuple[str, str], np.ndarray],
    labels: list[str],
    captions: list[str],
) -> Plot:
    """Numbers of no single country: a panel for each, by what it is and its unit, with its values by point."""
    binned, results, rows = binned_of(analysis), analysis.results, []
    layout = Layout(
        min(3, max(2, len(values))),
        1.9,
        left=0.55,
        top=0.7 if len(labels) > 1 else 0.5,
        gap_x=0.5,
        gap_y=0.5,
        sharey=False,
    )
    names = names_along(results, factor, panel_width(layout, len(values)))
    held = held_line(analysis, [*results.sampled, *results.gridded[:1]])
    caption = [source_line(analysis), held, about_bins(binned, factor), *captions]
    figure, panels = new_page(len(values), title, caption, with_room(layout, names))
    for axes, ((what, unit), by_point) in zip(panels, values.items(), strict=True):
        found = t_intervals(binned.of_points(factor, by_point))
        for line, label in enumerate(labels):
            draw_bins(axes, analysis, factor, found[line], line, label)
            rows += bin_rows(analysis, name, factor, found[line], WORLD, told(what, label), unit)
        axes.set_title(f"{what} ({unit})", color=GREY)
        axes.grid(axis="y")
        if np.isfinite(found.value).any():
            axes.set_ylim(*within(found))
        names.along(axes)
    limits(analysis, panels[0], factor)
    common_labels(figure, panels, factor_label(factor), "", names.more)
    if len(labels) > 1:
        legend_above(figure, panels[0], ncols=3)
    return Plot(name, figure, rows)


def measure_bins(analysis: Analysis, factor: str) -> Iterator[Plot]:
    """Every measure of measures.csv over a factor: of countries by part, of the world by line."""
    table = analysis.results.measures
    for measure in names_in(table, "measure"):
        of = names_in(table, "country", measure=measure)
        if any(whose != WORLD for whose in of):
            yield draw_measure(analysis, measure, factor)
        else:
            pairs = panels_of(analysis, measure)
            values = {
                (PANEL.get((measure, part), part_name(part)), unit): measured_by_point(
                    analysis, {"measure": measure, "part": part, "unit": unit, "country": WORLD}
                )
                for part, unit in pairs
            }
            title = f"{title_of(measure)} over {plain_name(factor)}"
            yield draw_world_bins(
                analysis, over(measure, factor), factor, title, values, line_labels(analysis), [JUDGEMENT]
            )


def draw_measure(analysis: Analysis, measure: str, factor: str) -> Plot:
    """The parts of a measure over a factor, on the reference's line, one panel a country."""
    binned, results, name = binned_of(analysis), analysis.results, over(measure, factor)
    unit, parts, _ = parts_shown(analysis, measure)
    shown, note = shown_countries(analysis)
    line, rows = binned.lines.reference, []
    found: dict[tuple[int, str], Intervals] = {}
    for c, iso3 in enumerate(results.countries):
        for part in parts:
            wanted = {"measure": measure, "unit": unit, "part": part, "country": iso3}
            found[c, part] = t_intervals(binned.of_points(factor, measured_by_point(analysis, wanted)))[line]
            rows += bin_rows(analysis, name, factor, found[c, part], iso3, f"{measure} / {part}", unit)
    shown = [c for c in shown if any((~np.isnan(found[c, part].value)).any() for part in parts)] or shown
    held = line_labels(analysis)[line]
    captions = [f"At {held}." if held else "", about_bins(binned, factor), JUDGEMENT, note]
    title, label = f"{title_of(measure)} over {plain_name(factor)}", f"{title_of(measure)}\n({unit})"
    figure, panels = page_of_countries(analysis, factor, shown, title, label, captions, 2)
    for axes, c in zip(panels, shown, strict=True):
        axes.axhline(0, color="#888888", linewidth=0.6)
        for style, part in enumerate(parts):
            draw_bins(axes, analysis, factor, found[c, part], style, part_name(part))
    legend_above(figure, panels[0], ncols=MANY)
    return Plot(name, figure, rows)
