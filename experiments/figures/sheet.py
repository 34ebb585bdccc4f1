"""The page of a figure: panels of one size in a grid, a title above, what it shows and where in a line below.

Sizes are in inches of a two-column page, so text keeps its size whatever the number of panels.
"""

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Interval, Intervals

WIDTH = 7.2
TITLE, CAPTION = 9.0, 6.6  # points
CAPTION_LETTERS, CAPTION_LINE = 138, 0.125  # letters a line, inches a line
MOST_PANELS = 18
MANY = 6  # panels from which on they are small
INK, BLUE, VERMILLION, SKY, ORANGE, GREEN = "#000000", "#0072B2", "#D55E00", "#56B4E9", "#E69F00", "#009E73"
GREY, PALE = "#5f5f5f", "#d9d9d9"
MARKS = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)), (0, (8, 2)), (0, (2, 2)))
COLOURS = (INK, BLUE, VERMILLION, SKY, ORANGE, GREEN)
ASIDE, NAMES_ASIDE = 0.012, 0.09  # of an axis, and of the room of a name: how far lines stand from each other
DEADLINE: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": (0, (4, 2))}
Row = dict[str, Any]
NO_ROWS = "rows were not saved: --save countries"  # why a figure is left out
NO_RUNS = "runs were not saved: --save runs"
SAMPLED = "a sample has no plane or line: figures over bins instead"
NOT_NEAR = "no point of the sample lies near to the defaults"


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


@dataclass(frozen=True)
class Layout:
    """How panels lie on a page: how many beside each other, their height, the margins round them and the gaps between,
    and whether they share their axes."""

    columns: int = 1
    height: float = 2.0
    left: float = 0.62
    right: float = 0.15
    top: float = 0.42
    bottom: float = 0.45
    gap_x: float = 0.22
    gap_y: float = 0.34
    sharex: bool = True
    sharey: bool = True


def over(name: str, factor: str) -> str:
    """The name of a figure over a factor."""
    return f"{name}_over_{re.sub(r'[^A-Za-z0-9_-]', '_', factor)}"


def row(
    figure: str, point: int | None, country: str, quantity: str, unit: str, x: float | None, found: Interval
) -> Row:
    """A row of analysis.csv; what is not defined is empty. point: None where it is of several."""
    at = None if point is None else int(point)
    key = {"figure": figure, "point": at, "country": country, "quantity": quantity, "unit": unit}
    numbers = {"x": x, "value": found.value, "low": found.low, "high": found.high}
    given = {name: float(one) if one is not None and math.isfinite(one) else None for name, one in numbers.items()}
    return key | given | {"runs": found.runs}


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


def panel_title(name: str, columns: int) -> str:
    """A country's name, so short that it fits above one of so many panels beside each other."""
    return short(name, 24 if columns <= 3 else 15)


def beside_each_other(panels: int) -> int:
    """How many panels stand beside each other: three of few, six of many."""
    return min(panels, 3 if panels <= MANY else MANY)


def new_page(count: int, title: str, caption: Sequence[str], layout: Layout) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels, row by row."""
    columns = min(layout.columns, count)
    rows = math.ceil(count / columns)
    lines = textwrap.wrap(" ".join(part for part in caption if part), CAPTION_LETTERS)
    foot = layout.bottom + CAPTION_LINE * len(lines) + 0.06
    height = layout.top + rows * layout.height + (rows - 1) * layout.gap_y + foot
    width = (WIDTH - layout.left - layout.right - (columns - 1) * layout.gap_x) / columns
    figure = Figure(figsize=(WIDTH, height))
    panels: list[Axes] = []
    for number in range(count):
        line, column = divmod(number, columns)
        left = layout.left + column * (width + layout.gap_x)
        bottom = height - layout.top - (line + 1) * layout.height - line * layout.gap_y
        place = (left / WIDTH, bottom / height, width / WIDTH, layout.height / height)
        first = panels[0] if panels else None
        axes = figure.add_axes(place, sharex=first if layout.sharex else None, sharey=first if layout.sharey else None)
        if layout.sharey and column:
            axes.tick_params(labelleft=False)
        if layout.sharex and number + columns < count:
            axes.tick_params(labelbottom=False)
        panels.append(axes)
    foot_style: dict[str, Any] = {"size": CAPTION, "color": GREY, "va": "bottom", "linespacing": 1.25}
    figure.text(0.12 / WIDTH, 1 - 0.07 / height, title, size=TITLE, weight="bold", va="top")
    figure.text(0.12 / WIDTH, 0.05 / height, "\n".join(lines), **foot_style)
    return figure, panels


def legend_above(figure: Figure, axes: Axes, left: float = 0.01, **options: Any) -> None:
    """One legend for all panels, under the title."""
    handles, labels = axes.get_legend_handles_labels()
    place = (left, 1 - 0.2 / figure.get_size_inches()[1])
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=place, columnspacing=1.2, **options)


def common_labels(
    figure: Figure, panels: Sequence[Axes], x: str, y: str, below: float = 0.0, beside: float = 0.0
) -> None:
    """One label for all panels' axes in each direction, so many inches further out than ticks of numbers need."""
    boxes = [panel.get_position() for panel in panels]
    width, height = figure.get_size_inches()
    x0, x1 = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    y0, y1 = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
    figure.text((x0 + x1) / 2, y0 - (0.2 + below) / height, x, ha="center", va="top")
    figure.text(x0 - (0.42 + beside) / width, (y0 + y1) / 2, y, ha="right", va="center", rotation=90)


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
    axes: Axes, x: np.ndarray, found: Intervals, style: int, *, joined: bool = True, **options: Any
) -> None:
    """A line with bars instead of a band, set a little aside so that those of several lines can be told apart."""
    colour = COLOURS[style % len(COLOURS)]
    bounded = len(x) > 0 and bool(np.isfinite(found.high - found.low).any())
    aside = x + style * (NAMES_ASIDE if not joined else ASIDE * np.ptp(x) if bounded else 0.0)
    dash = DASHES[style % len(DASHES)] if joined else "none"
    axes.vlines(aside, found.low, found.high, color=colour, linewidth=0.7 if joined else 1.1)
    axes.plot(aside, found.value, **{"color": colour, "linestyle": dash, "linewidth": 1.0, **options})


def line_with_band(
    axes: Axes, x: np.ndarray, found: Intervals, style: int, *, joined: bool = True, **options: Any
) -> None:
    """A line with its 95 % band, in the colour, dash and mark of its place in the figure; what no line joins (names
    have no order) is marks with bars."""
    if not joined:
        line_with_bars(axes, x, found, style, joined=False, **options)
        return
    colour = COLOURS[style % len(COLOURS)]
    axes.fill_between(x, found.low, found.high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(x, found.value, **{"color": colour, "linestyle": DASHES[style % len(DASHES)], **options})
