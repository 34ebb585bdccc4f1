"""The page of a figure: panels of one size in a grid, a title above, what it shows and where in a line below.

Sizes are in inches of a two-column page, so text keeps its size whatever the number of panels.
"""

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from experiments.analysis.aggregate import Analysis
from experiments.tables.reading import Results
from model.case import Country, Window
from model.declaration import Quantity, quantities
from model.parameters import Parameters

WIDTH = 7.2
TITLE, CAPTION = 9.0, 6.6  # points
CAPTION_LETTERS, CAPTION_LINE = 138, 0.125  # letters a line, inches a line
MOST_PANELS = 18
INK, BLUE, VERMILLION, SKY, ORANGE, GREEN = "#000000", "#0072B2", "#D55E00", "#56B4E9", "#E69F00", "#009E73"
GREY, PALE = "#5f5f5f", "#d9d9d9"
MARKS = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)), (0, (8, 2)), (0, (2, 2)))
COLOURS = (INK, BLUE, VERMILLION, SKY, ORANGE, GREEN)
HEADER = ("figure", "point", "country", "quantity", "unit", "x", "value", "low", "high", "runs")
Row = dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """A drawn figure and the numbers in it."""

    name: str
    figure: Figure
    rows: list[Row] = field(repr=False)


@dataclass(frozen=True)
class LeftOut:
    """A figure that the folder does not support, and why."""

    name: str
    why: str


def row(figure: str, point: int, country: str, quantity: str, unit: str, x: float | None, value: float, *,
        low: float = math.nan, high: float = math.nan, runs: float | None = None) -> Row:  # fmt: skip
    """A row of analysis.csv; what is not defined is empty."""
    numbers = {"x": x, "value": value, "low": low, "high": high}
    return {
        "figure": figure, "point": int(point), "country": country, "quantity": quantity, "unit": unit,
        **{key: None if number is None or not math.isfinite(number) else float(number)
           for key, number in numbers.items()},
        "runs": None if runs is None else int(runs),
    }  # fmt: skip


def factor_quantity(name: str) -> Quantity | None:
    """The declaration of a factor, for its unit; None for one that this version does not know."""
    known = {**quantities(Parameters), **quantities(Window)}
    return known.get(name) or {**known, **quantities(Country)}.get(name.rpartition(".")[2])


def plain_name(factor: str) -> str:
    """A factor's name in words: `KOR.domestic_constraint` is "KOR domestic constraint"."""
    return factor.replace(".", " ").replace("_", " ")


def factor_label(factor: str) -> str:
    """A factor as an axis label, with its unit."""
    quantity = factor_quantity(factor)
    text = plain_name(factor)
    return f"{text[0].upper()}{text[1:]}" + (f" ({quantity.unit})" if quantity else "")


def at_values(results: Results, point: int, factors: Iterable[str]) -> str:
    """Where a point lies, as in "headline value 0.03, domestic constraint 1"."""
    return ", ".join(f"{plain_name(name)} {results.factors[name][point]:g}" for name in factors)


def source_line(analysis: Analysis) -> str:
    """Which sweep it is."""
    results = analysis.results
    failed = f", {analysis.failed_runs:,} failed runs left out" if analysis.failed_runs else ""
    return f"Sweep {results.name}, case {results.case}, {results.replicates:,} runs a point{failed}."


def reference_line(analysis: Analysis) -> str:
    """Which point stands for the sweep where one point is shown."""
    results = analysis.results
    where = at_values(results, analysis.reference, results.varied)
    nearest = "the nearest to the defaults" if results.points > 1 else "the only one"
    return f"Point {analysis.reference}, {nearest}" + (f": {where}." if where else ".")


def held_line(analysis: Analysis, free: Sequence[str]) -> str:
    """At what values the factors that a figure does not vary are held."""
    held = [name for name in analysis.results.varied if name not in free]
    return f"Held: {at_values(analysis.results, analysis.reference, held)}." if held else ""


def shown_countries(analysis: Analysis) -> tuple[list[int], str]:
    """The countries that get a panel or a row of their own, and a note where those are not all.

    Of more than 18, those whose mean payoff at the reference point is largest in bn.
    """
    n = len(analysis.results.countries)
    if n <= MOST_PANELS:
        return list(range(n)), ""
    place = int(np.flatnonzero(analysis.plane == analysis.reference)[0])
    size = np.nan_to_num(np.abs(analysis.means["payoff_bn"].mean[place]))
    chosen = sorted(np.argsort(-size, kind="stable")[:MOST_PANELS].tolist())
    return chosen, f"{MOST_PANELS} of {n} countries, those with the largest mean payoff in bn; all are in analysis.csv."


def short(name: str, letters: int = 22) -> str:
    """A name that fits above a panel."""
    return textwrap.shorten(name, letters, placeholder="...") if len(name) > letters else name


def new_page(
    count: int, *, title: str, caption: Sequence[str], columns: int = 1, panel_height: float = 2.0,
    left: float = 0.62, right: float = 0.15, top: float = 0.42, bottom: float = 0.45, gap_x: float = 0.22,
    gap_y: float = 0.34, width: float = WIDTH, sharex: bool = True, sharey: bool = True,
) -> tuple[Figure, list[Axes]]:  # fmt: skip
    """A figure with `count` panels, row by row."""
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    lines = textwrap.wrap(" ".join(part for part in caption if part), int(CAPTION_LETTERS * width / WIDTH))
    foot = bottom + CAPTION_LINE * len(lines) + 0.06
    height = top + rows * panel_height + (rows - 1) * gap_y + foot
    figure = Figure(figsize=(width, height))
    panel_width = (width - left - right - (columns - 1) * gap_x) / columns
    panels: list[Axes] = []
    for number in range(count):
        line, column = divmod(number, columns)
        place = (
            (left + column * (panel_width + gap_x)) / width,
            (height - top - (line + 1) * panel_height - line * gap_y) / height,
            panel_width / width,
            panel_height / height,
        )
        first = panels[0] if panels else None
        axes = figure.add_axes(place, sharex=first if sharex else None, sharey=first if sharey else None)
        if sharey and column:
            axes.tick_params(labelleft=False)
        if sharex and number + columns < count:
            axes.tick_params(labelbottom=False)
        panels.append(axes)
    figure.text(0.12 / width, 1 - 0.07 / height, title, size=TITLE, weight="bold", va="top")
    figure.text(0.12 / width, 0.05 / height, "\n".join(lines), size=CAPTION, color=GREY, va="bottom", linespacing=1.25)
    return figure, panels


def common_labels(figure: Figure, panels: Sequence[Axes], x: str, y: str) -> None:
    """One label for all panels' axes in each direction."""
    boxes = [panel.get_position() for panel in panels]
    width, height = figure.get_size_inches()
    x0, x1 = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    y0, y1 = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    figure.text((x0 + x1) / 2, y0 - 0.2 / height, x, ha="center", va="top")
    figure.text(x0 - 0.42 / width, (y0 + y1) / 2, y, ha="right", va="center", rotation=90)


def colour_bar(figure: Figure, panels: Sequence[Axes], mappable: ScalarMappable, label: str, **options: Any) -> None:
    """A colour bar in the right margin, as tall as the panels but no taller than 2.4 inches."""
    boxes = [panel.get_position() for panel in panels]
    width, height = figure.get_size_inches()
    y0, y1 = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    tall = min(y1 - y0, 2.4 / height)
    middle = (y0 + y1) / 2
    x = max(box.x1 for box in boxes) + 0.12 / width
    axes = figure.add_axes((x, middle - tall / 2, 0.1 / width, tall))
    bar = figure.colorbar(mappable, cax=axes, **options)
    bar.outline.set_linewidth(0.5)
    bar.set_label(textwrap.fill(label, 28) if tall * height < 2 else label)


def some_of(values: np.ndarray, most: int) -> np.ndarray:
    """At most `most` of the values, evenly spaced from the first on, for the ticks of an axis."""
    return values[:: math.ceil(len(values) / most)]


def line_with_bars(
    axes: Axes, x: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray, style: int, **options: Any
) -> None:
    """A line with bars instead of a band, set a little aside so that those of several lines can be told apart."""
    colour = COLOURS[style % len(COLOURS)]
    aside = x + 0.012 * style * (np.ptp(x) if np.isfinite(high - low).any() else 0.0)
    axes.vlines(aside, low, high, color=colour, linewidth=0.7)
    axes.plot(aside, value, color=colour, linestyle=DASHES[style % len(DASHES)], linewidth=1.0, **options)


def line_with_band(
    axes: Axes, x: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray, style: int, **options: Any
) -> None:
    """A line with its 95 % band, in the colour, dash and mark of its place in the figure."""
    colour = COLOURS[style % len(COLOURS)]
    axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    line: Mapping[str, Any] = {"linestyle": DASHES[style % len(DASHES)], **options}
    axes.plot(x, value, color=colour, **line)
