"""What measures.csv holds: estimands and channels side by side, and how a measure changes over the varied factors."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Intervals
from experiments.analysis.measured import MeasureRow, measured_along, measured_at, names_in
from experiments.analysis.statistics import over_the_plane
from experiments.analysis.wording import (
    factor_label,
    held_line,
    part_name,
    plain_name,
    reference_line,
    source_line,
    title_of,
)
from experiments.figures.names_axis import names_along, panel_width, with_room
from experiments.figures.phase import Mapped, draw_map, views_of
from experiments.figures.sheet import (
    COLOURS,
    MANY,
    MARKS,
    NOT_NEAR,
    Layout,
    LeftOut,
    Plot,
    Row,
    beside_each_other,
    common_labels,
    legend_above,
    line_with_band,
    line_with_bars,
    new_page,
    over,
    panel_title,
    row,
    short,
    shown_countries,
)
from experiments.tables.schema import DATE_PARTS, MEASURES, SHARE, WORLD

MAIN_PART = {
    "first_mover_advantage": "causal",
    "price_of_waiting": "week",
    "option_value": "total",
    "constraint_cost": "total",
    "premium": "coming_out",
    "worth_of_commitment": "total",
}
PAYOFF_PARTS = {*(column.name for column in DATE_PARTS), "no_deal"}
JUDGEMENT = "Ranges that the judgement inputs imply"
INTERVALS = {
    "constraint_cost": "Bars: the range that the judgement inputs imply; negative: the constraint helps.",
}


def measure_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Side by side at the reference point, then over the varied factors. Measures of the world: `world`."""
    table = analysis.results.measures
    if table is None:
        yield LeftOut(
            "first_mover_advantage, constraint_cost, maps of measures", f"the folder holds no {MEASURES.name}.csv"
        )
        return
    for measure in names_in(table, "measure"):
        by_country = [name for name in names_in(table, "country", measure=measure) if name != WORLD]
        if by_country:
            yield from country_measure(analysis, measure)


def country_measure(analysis: Analysis, measure: str) -> Iterator[Plot | LeftOut]:
    """Dots at the reference point; a map of the main part; lines of all parts over each of the first two factors.

    What waiting is made of (relief, concessions, ...) is left to measures.csv: too much for a figure.
    """
    varied = analysis.results.gridded
    at_reference = [item for item in measured_at(analysis, measure, unit=None) if item.part not in PAYOFF_PARTS]
    if at_reference:
        yield draw_dots(analysis, measure, at_reference)
    else:
        yield LeftOut(measure, "not defined at the reference point" if analysis.near else NOT_NEAR)
    if analysis.results.sampled:
        return  # over bins
    unit, parts, main = parts_shown(analysis, measure)
    one_at_a_time = analysis.results.centre is not None
    if len(varied) > 1 and not one_at_a_time:
        mapped = map_of(analysis, measure, main, unit)
        if np.isfinite(mapped.found.value).any():
            yield draw_map(analysis, mapped, views_of(analysis)[0])
    # A map already shows how a measure without parts changes.
    few = varied[:2] if len(parts) > 1 else varied[: len(varied) == 1]
    for factor in varied if one_at_a_time else few:
        yield draw_parts(analysis, measure, parts, unit, factor)


def parts_shown(analysis: Analysis, measure: str) -> tuple[str, list[str], str]:
    """The unit in which a measure is shown over factors, its parts, and the main one of them."""
    table = analysis.results.measures
    units = names_in(table, "unit", measure=measure)
    unit = SHARE if SHARE in units else units[0]
    parts = [part for part in names_in(table, "part", measure=measure, unit=unit) if part not in PAYOFF_PARTS]
    main = MAIN_PART.get(measure, parts[0])
    return unit, parts, main if main in parts else parts[0]


def measure_row(figure: str, measured: MeasureRow, x: float | None = None) -> Row:
    """A measured number as a row of analysis.csv."""
    quantity = f"{measured.measure} / {measured.part}"
    return row(figure, measured.point, measured.country, quantity, measured.unit, x, measured.found)


def draw_dots(analysis: Analysis, measure: str, rows: Sequence[MeasureRow]) -> Plot:
    """A row a country, a mark a part, a panel a unit."""
    results = analysis.results
    shown, note = shown_countries(analysis)
    countries = [results.countries[c] for c in shown if any(item.country == results.countries[c] for item in rows)]
    units = [unit for unit in dict.fromkeys(item.unit for item in rows) if unit][:2]
    parts = list(dict.fromkeys(item.part for item in rows))
    per_country = 0.13 * len(parts) + 0.12 if len(countries) <= 8 else 0.09 * len(parts) + 0.08
    bars = INTERVALS.get(measure, "Bars: 95 % intervals; without a bar: exact.")
    caption = [source_line(analysis), reference_line(analysis), bars, note]
    height = per_country * len(countries)
    layout = Layout(columns=2, height=height, left=1.3, top=0.62, bottom=0.42, sharex=False)
    figure, panels = new_page(len(units), title_of(measure), caption, layout)
    for axes, unit in zip(panels, units, strict=True):
        axes.axvline(0, color="#888888", linewidth=0.7)
        for p, part in enumerate(parts):
            mine = [item for item in rows if (item.unit, item.part) == (unit, part) and item.country in countries]
            y = np.array([countries.index(item.country) for item in mine]) + ((p + 0.5) / len(parts) - 0.5) * 0.8
            draw_marks(axes, mine, y, p, part_name(part))
        for line in range(1, len(countries)):
            axes.axhline(line - 0.5, color="#e2e2e2", linewidth=0.6)
        axes.set(xlabel=f"{title_of(measure)} ({unit})", ylim=(len(countries) - 0.5, -0.5))
        axes.set_yticks(range(len(countries)), [short(results.country_name(iso3), 20) for iso3 in countries])
        axes.tick_params(axis="y", length=0)
    legend_above(figure, panels[0], ncols=MANY, handletextpad=0.3)
    return Plot(measure, figure, [measure_row(measure, item) for item in rows])


def draw_marks(axes: Axes, rows: Sequence[MeasureRow], y: np.ndarray, style: int, label: str) -> None:
    """Marks of one part with the bars that they have; an open mark where the bar holds zero."""
    colour, mark = COLOURS[style % len(COLOURS)], MARKS[style % len(MARKS)]
    axes.plot([], [], mark, color=colour, label=label)
    for found, at in zip((item.found for item in rows), y, strict=True):
        if found.bounded:
            axes.plot([found.low, found.high], [at, at], color=colour, linewidth=1.1, solid_capstyle="butt")
        face = "white" if found.holds_zero and found.low < found.high else colour
        axes.plot(found.value, at, mark, color=colour, markerfacecolor=face, mew=0.8)


def map_of(analysis: Analysis, measure: str, part: str, unit: str) -> Mapped:
    """A part of a measure on the plane."""
    name, title, label = f"map_{measure}", f"{title_of(measure)}: {part_name(part)}", f"{title_of(measure)} ({unit})"
    found = over_the_plane(analysis, measure, part, unit)
    ranges = JUDGEMENT if measure == "constraint_cost" else "95 % intervals"
    return Mapped(name, title, label, f"{measure} / {part}", unit, found, measure, signed=True, range_name=ranges)


def draw_measured(
    axes: Axes,
    x: np.ndarray,
    rows: Sequence[MeasureRow],
    style: int,
    label: str,
    *,
    bars: bool = False,
    joined: bool = True,
) -> None:
    """Measured numbers as a line with the interval that they have, as a band or as bars, or as marks alone."""
    draw = line_with_bars if bars else line_with_band
    found, mark = Intervals.of([item.found for item in rows]), MARKS[style % len(MARKS)]
    draw(axes, x, found, style, joined=joined, marker=mark, label=label)


def draw_parts(analysis: Analysis, measure: str, parts: Sequence[str], unit: str, factor: str) -> Plot:
    """All parts of a measure over a factor, one panel a country."""
    results = analysis.results
    name, named = over(measure, factor), factor in results.labels
    main = MAIN_PART.get(measure, parts[0])
    shown, note = shown_countries(analysis)
    wanted = {"measure": measure, "unit": unit}
    found = {
        (c, part): measured_along(analysis, factor, wanted | {"part": part, "country": results.countries[c]})
        for c in shown
        for part in parts
    }
    shown = [c for c in shown if any(len(found[c, part][1]) for part in parts)] or shown
    columns = beside_each_other(len(shown))
    bars = INTERVALS.get(measure, "Bars: 95 % intervals.").replace("Bars", "Bars" if named else "Band and bars")
    caption = [source_line(analysis), held_line(analysis, [factor]), bars, note]
    layout = Layout(columns=columns, height=1.35 if columns <= 3 else 0.95, top=0.62, left=0.72)
    names = names_along(results, factor, panel_width(layout, len(shown)))
    title = f"{title_of(measure)} over {plain_name(factor)}"
    figure, panels = new_page(len(shown), title, caption, with_room(layout, names))
    rows = []
    for axes, c in zip(panels, shown, strict=True):
        axes.axhline(0, color="#888888", linewidth=0.6)
        for style, part in enumerate(parts):
            x, items = found[c, part]
            draw_measured(axes, x, items, style, part_name(part), bars=part != main, joined=not named)
            rows += [measure_row(name, item, at) for at, item in zip(x, items, strict=True)]
        axes.set_title(panel_title(results.country_names[c], columns))
        axes.grid(axis="y")
        names.along(axes)
    common_labels(figure, panels, factor_label(factor), f"{title_of(measure)}\n({unit})", names.more)
    legend_above(figure, panels[0], ncols=MANY)
    return Plot(name, figure, rows)
