"""What measures.csv holds: estimands and channels side by side, and how a measure changes over the varied factors."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis.aggregate import Analysis, line_points
from experiments.analysis.measured import Measured, measured_at, names_in, select
from experiments.figures.phase import Mapped, draw_map
from experiments.figures.sheet import (
    COLOURS,
    MARKS,
    LeftOut,
    Plot,
    Row,
    common_labels,
    factor_label,
    held_line,
    line_with_band,
    line_with_bars,
    new_page,
    reference_line,
    row,
    short,
    shown_countries,
    source_line,
)
from experiments.tables.reading import MEASURES
from experiments.tables.schema import SHARE, WORLD

MAIN_PART = {
    "first_mover_advantage": "causal", "price_of_waiting": "week", "option_value": "total", "constraint_cost": "total",
}  # fmt: skip
TITLES = {
    "first_mover_advantage": "First-mover advantage", "price_of_waiting": "Price of waiting",
    "option_value": "Option value of waiting", "constraint_cost": "Cost of domestic constraint",
    "hegemon_surplus": "Hegemon surplus", "planner_loss": "Loss against a planner",
    "clustering": "Clustering of deals",
}  # fmt: skip
PARTS = {
    "causal_held": "causal, date and state held", "naive": "naive (slope)", "caps": "caps on concessions",
    "floor": "payoff floor", "week": "one week", "total": "total", "information": "information part",
    "last_9_days": "share of deals in the last 9 days", "quiet_spell": "longest quiet spell",
}  # fmt: skip
JUDGEMENT = "Ranges that the judgement inputs imply"
INTERVALS = {
    "constraint_cost": "Bars: the range that the judgement inputs imply; negative: the constraint helps.",
}


def title_of(measure: str) -> str:
    """A measure in words."""
    return TITLES.get(measure, measure.replace("_", " ").capitalize())


def part_name(part: str) -> str:
    """A part in words."""
    return PARTS.get(part, part.replace("_", " "))


def measure_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Side by side at the reference point, then over the varied factors. Measures of the world: `figure_world`."""
    table = analysis.results.measures
    if table is None:
        yield LeftOut("first_mover_advantage, constraint_cost, maps of measures", f"the folder holds no {MEASURES}")
        return
    for measure in names_in(table, "measure"):
        by_country = [name for name in names_in(table, "country", measure=measure) if name != WORLD]
        if by_country:
            yield from country_measure(analysis, measure)


def country_measure(analysis: Analysis, measure: str) -> Iterator[Plot | LeftOut]:
    """Dots at the reference point; a map of the main part; lines of all parts over each of the first two factors."""
    table, varied = analysis.results.measures, analysis.results.varied
    at_reference = measured_at(analysis, measure, unit=None)
    if at_reference:
        yield draw_dots(analysis, measure, at_reference)
    else:
        yield LeftOut(measure, "not defined at the reference point")
    units = names_in(table, "unit", measure=measure)
    unit = SHARE if SHARE in units else units[0]
    parts = names_in(table, "part", measure=measure, unit=unit)
    main = MAIN_PART.get(measure, parts[0])
    if len(varied) > 1:
        mapped = map_of(analysis, measure, main if main in parts else parts[0], unit)
        if np.isfinite(mapped.value).any():
            yield draw_map(analysis, mapped)
    # A map already shows how a measure without parts changes.
    for factor in varied[:2] if len(parts) > 1 else varied[: len(varied) == 1]:
        yield draw_parts(analysis, measure, parts, unit, factor)


def measure_row(figure: str, measure: str, item: Measured, x: float | None = None) -> Row:
    """A measured number as a row of analysis.csv."""
    return row(figure, item.point, item.country, f"{measure} / {item.part}", item.unit, x, item.value,
               low=item.low, high=item.high)  # fmt: skip


def draw_dots(analysis: Analysis, measure: str, items: Sequence[Measured]) -> Plot:
    """A row a country, a mark a part, a panel a unit."""
    results = analysis.results
    shown, note = shown_countries(analysis)
    countries = [results.countries[c] for c in shown if any(item.country == results.countries[c] for item in items)]
    units = [unit for unit in dict.fromkeys(item.unit for item in items) if unit][:2]
    parts = list(dict.fromkeys(item.part for item in items))
    per_country = 0.13 * len(parts) + 0.12 if len(countries) <= 8 else 0.09 * len(parts) + 0.08
    caption = [
        source_line(analysis), reference_line(analysis),
        INTERVALS.get(measure, "Bars: 95 % intervals; without a bar: exact."), note,
    ]  # fmt: skip
    figure, panels = new_page(
        len(units), columns=2, panel_height=per_country * len(countries), title=title_of(measure), caption=caption,
        left=1.3, sharex=False, top=0.62, bottom=0.42,
    )  # fmt: skip
    for axes, unit in zip(panels, units, strict=True):
        axes.axvline(0, color="#888888", linewidth=0.7)
        for p, part in enumerate(parts):
            mine = [item for item in items if (item.unit, item.part) == (unit, part) and item.country in countries]
            y = np.array([countries.index(item.country) for item in mine]) + ((p + 0.5) / len(parts) - 0.5) * 0.8
            draw_marks(axes, mine, y, p, part_name(part))
        for line in range(1, len(countries)):
            axes.axhline(line - 0.5, color="#e2e2e2", linewidth=0.6)
        axes.set(xlabel=f"{title_of(measure)} ({unit})", ylim=(len(countries) - 0.5, -0.5))
        axes.set_yticks(range(len(countries)), [short(results.country_name(iso3), 20) for iso3 in countries])
        axes.tick_params(axis="y", length=0)
    handles, labels = panels[0].get_legend_handles_labels()
    height = figure.get_size_inches()[1]
    figure.legend(handles, labels, loc="upper left", ncols=6, bbox_to_anchor=(0.01, 1 - 0.2 / height),
                  columnspacing=1.2, handletextpad=0.3)  # fmt: skip
    return Plot(measure, figure, [measure_row(measure, measure, item) for item in items])


def draw_marks(axes: Axes, items: Sequence[Measured], y: np.ndarray, style: int, label: str) -> None:
    """Marks of one part with the bars that they have; an open mark where the bar holds zero."""
    colour, mark = COLOURS[style % len(COLOURS)], MARKS[style % len(MARKS)]
    axes.plot([], [], mark, color=colour, label=label)
    for item, at in zip(items, y, strict=True):
        if math.isfinite(item.low) and math.isfinite(item.high):
            axes.plot([item.low, item.high], [at, at], color=colour, linewidth=1.1, solid_capstyle="butt")
        face = "white" if item.unclear and item.low < item.high else colour
        axes.plot(item.value, at, mark, color=colour, markerfacecolor=face, mew=0.8)


def map_of(analysis: Analysis, measure: str, part: str, unit: str) -> Mapped:
    """A part of a measure on the plane."""
    results, table = analysis.results, analysis.results.measures
    shape = (len(analysis.plane), len(results.countries))
    value, low, high = (np.full(shape, np.nan) for _ in range(3))
    place = {int(point): p for p, point in enumerate(analysis.plane)}
    for item in select(table, measure=measure, part=part, unit=unit):
        if item.point in place and item.country in results.countries:
            at = place[item.point], results.countries.index(item.country)
            value[at], low[at], high[at] = item.value, item.low, item.high
    title = f"{title_of(measure)}: {part_name(part)}"
    return Mapped(
        f"map_{measure}", title, f"{title_of(measure)} ({unit})", f"{measure} / {part}", unit, value, low, high, None,
        signed=True, range_name=JUDGEMENT if measure == "constraint_cost" else "95 % intervals",
    )  # fmt: skip


def along(
    analysis: Analysis, factor: str, measure: str, part: str, unit: str, country: str, through: int | None = None
) -> tuple[np.ndarray, list[Measured]]:
    """Values of a factor on the line through a point (default: the reference), and what was measured there (where
    defined)."""
    values = analysis.results.factors[factor]
    start = analysis.reference if through is None else through
    points = {int(point) for point in line_points(analysis.results, start, factor)}
    items = [
        item
        for item in select(analysis.results.measures, measure=measure, part=part, unit=unit)
        if item.country == country and item.point in points and math.isfinite(item.value)
    ]
    items.sort(key=lambda item: values[item.point])
    return np.array([values[item.point] for item in items]), items


def draw_band_of(
    axes: Axes, x: np.ndarray, items: Sequence[Measured], style: int, label: str, *, bars: bool = False
) -> None:
    """Measured numbers as a line with the interval that they have, as a band or as bars."""
    value, low, high = (np.array([getattr(item, name) for item in items]) for name in ("value", "low", "high"))
    draw = line_with_bars if bars else line_with_band
    draw(axes, x, value, low, high, style, marker=MARKS[style % len(MARKS)], label=label)


def draw_parts(analysis: Analysis, measure: str, parts: Sequence[str], unit: str, factor: str) -> Plot:
    """All parts of a measure over a factor, one panel a country."""
    results = analysis.results
    name = f"{measure}_over_{factor.replace('.', '_')}"
    main = MAIN_PART.get(measure, parts[0])
    shown, note = shown_countries(analysis)
    found = {
        (c, part): along(analysis, factor, measure, part, unit, results.countries[c]) for c in shown for part in parts
    }
    shown = [c for c in shown if any(len(found[c, part][1]) for part in parts)] or shown
    columns = min(len(shown), 3 if len(shown) <= 6 else 6)
    caption = [
        source_line(analysis), held_line(analysis, [factor]),
        INTERVALS.get(measure, "Bars: 95 % intervals.").replace("Bars", "Band and bars"), note,
    ]  # fmt: skip
    figure, panels = new_page(
        len(shown), columns=columns, panel_height=1.35 if columns <= 3 else 0.95,
        title=f"{title_of(measure)} over {factor.replace('.', ' ').replace('_', ' ')}", caption=caption, top=0.62,
        left=0.72,
    )  # fmt: skip
    rows = []
    for axes, c in zip(panels, shown, strict=True):
        axes.axhline(0, color="#888888", linewidth=0.6)
        for style, part in enumerate(parts):
            x, items = found[c, part]
            draw_band_of(axes, x, items, style, part_name(part), bars=part != main)
            rows += [measure_row(name, measure, item, at) for at, item in zip(x, items, strict=True)]
        axes.set_title(short(results.country_names[c], 24 if columns <= 3 else 15))
        axes.grid(axis="y")
    common_labels(figure, panels, factor_label(factor), f"{title_of(measure)}\n({unit})")
    handles, labels = panels[0].get_legend_handles_labels()
    height = figure.get_size_inches()[1]
    figure.legend(handles, labels, loc="upper left", ncols=6, bbox_to_anchor=(0.01, 1 - 0.2 / height),
                  columnspacing=1.2)  # fmt: skip
    return Plot(name, figure, rows)
