"""Phase maps: how a quantity changes over the varied factors, one panel a country.

Two factors make a map, one makes a line with its 95 % band; of more than two, the first two vary and the others are
held at the reference point. The names of a category stand on an axis without an order. A sample has no such plane: its
figures are those of `experiments.figures.bins`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Intervals
from experiments.analysis.rows import EARLY_DAYS
from experiments.analysis.statistics import early_deals
from experiments.analysis.wording import factor_label, held_line, plain_name, source_line
from experiments.figures.names_axis import NUMBERS, names_along, names_beside, panel_width, with_room
from experiments.figures.sheet import (
    MARKS,
    NO_ROWS,
    SAMPLED,
    WIDTH,
    Layout,
    LeftOut,
    Plot,
    Row,
    beside_each_other,
    colour_bar,
    common_labels,
    line_with_band,
    new_page,
    over,
    panel_title,
    row,
    shown_countries,
    some_of,
)
from experiments.tables.declaration import DAY, PROBABILITY
from experiments.tables.schema import SHARE

MOST_WRITTEN = 15  # cells whose value is written into them
MOST_TICKS = 5  # values written along the upright axis
TICK_WIDTH = 0.4  # inches for a value along the other


@dataclass(frozen=True)
class Mapped:
    """A quantity on the plane, by point and country (P, N), NaN where it is not defined."""

    name: str  # of the figure
    title: str
    label: str  # of the axis, with its unit
    quantity: str
    unit: str
    found: Intervals
    over: str  # its name where it is drawn over one factor of several
    in_bn: np.ndarray | None = None  # shown above each panel, where values are shares of stakes
    signed: bool = False  # zero is drawn as a line, and cells whose interval holds it are marked
    range_name: str = "95 % intervals"


@dataclass(frozen=True)
class View:
    """The factors over which is drawn, and the points that are."""

    factors: tuple[str, ...]
    points: np.ndarray


def views_of(analysis: Analysis) -> list[View]:
    """The plane of the first two factors; where one factor varies at a time, the line of each."""
    factors = analysis.results.gridded
    if analysis.results.centre is None:
        return [View(factors[:2], analysis.plane)]
    return [View((factor,), analysis.line(factor)) for factor in factors]


def phase_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """The chance of a deal in the first 18 days, and the mean payoff; without rows the chance of any deal, the mean
    payoff and the mean days waited."""
    if not analysis.results.varied:
        yield LeftOut("phase_early, phase_payoff", "no factor varies, so there is no phase map")
        return
    if analysis.results.sampled:
        yield LeftOut("phase_early, phase_payoff", SAMPLED)
        return
    if analysis.results.has_countries:
        maps = [early_map(analysis), payoff_map(analysis)]
    else:
        yield LeftOut("phase_early", NO_ROWS)
        maps = [deal_map(analysis), payoff_map(analysis), waiting_map(analysis)]
    for view in views_of(analysis):
        for mapped in maps:
            yield draw_map(analysis, mapped, view)


def early_map(analysis: Analysis) -> Mapped:
    """The chance of a deal in the first 18 days."""
    title = f"Chance of a deal in the first {EARLY_DAYS} days"
    what = f"deal in the first {EARLY_DAYS} days"
    return Mapped("phase_early", title, title, what, PROBABILITY, early_deals(analysis), "early")


def deal_map(analysis: Analysis) -> Mapped:
    """The chance of a deal, early or late."""
    title, label = "Chance of a deal", f"Chance of a deal ({PROBABILITY})"
    return Mapped("phase_deal", title, label, "deal", PROBABILITY, early_deals(analysis), "deal")


def waiting_map(analysis: Analysis) -> Mapped:
    """The mean of the days waited."""
    title = "Mean days until the deal, or until the end without one"
    found = analysis.means["days_waited"].intervals
    return Mapped("phase_days_waited", title, "Mean days waited", "days waited", DAY, found, "days_waited")


def payoff_map(analysis: Analysis) -> Mapped:
    """The mean payoff."""
    title, label = "Mean payoff against the executed threat", f"Mean payoff ({SHARE})"
    found, in_bn = analysis.means["payoff_share"].intervals, analysis.means["payoff_bn"].mean
    return Mapped("phase_payoff", title, label, "payoff", SHARE, found, "payoff", in_bn)


def map_rows(analysis: Analysis, mapped: Mapped, view: View) -> list[Row]:
    """Every point drawn and every country, shown or not."""
    results, key = analysis.results, (mapped.quantity, mapped.unit)
    x = results.factors[view.factors[0]]
    return [
        row(mapped.name, point, iso3, *key, x[point], mapped.found.one(p, c))
        for p, point in enumerate(view.points)
        for c, iso3 in enumerate(results.countries)
    ]


def seen(analysis: Analysis, mapped: Mapped, view: View) -> Mapped:
    """A quantity at the points of a view, under a name of its own where there are several."""
    if analysis.results.centre is None:
        return mapped
    places = np.searchsorted(analysis.plane, view.points)
    in_bn = None if mapped.in_bn is None else mapped.in_bn[places]
    title = f"{mapped.title} over {plain_name(view.factors[0])}"
    name = over(mapped.over, view.factors[0])
    return replace(mapped, name=name, title=title, found=mapped.found[places], in_bn=in_bn)


def draw_map(analysis: Analysis, mapped: Mapped, view: View) -> Plot:
    """The panels of one quantity: maps of two factors, lines of one."""
    results, mapped, factors = analysis.results, seen(analysis, mapped, view), view.factors
    countries, note = shown_countries(analysis)
    countries = [c for c in countries if not np.isnan(mapped.found.value[:, c]).all()] or countries
    drawn = mapped.found[:, countries]
    half = np.nanmax(drawn.high - drawn.low, initial=0.0) / 2
    columns, two = beside_each_other(len(countries)), len(factors) > 1
    sure = uncertainty(mapped, half, two, factors[0] in results.labels)
    caption = [source_line(analysis), held_line(analysis, factors), sure, note]
    height = 0.95 if columns > 3 else 1.45 if len(countries) > 2 else 2.0
    right, gap_x = (0.85, 0.16) if two else (0.15, 0.2)
    layout = Layout(columns=columns, height=height, right=right, gap_x=gap_x, gap_y=0.3)
    below = names_along(results, factors[0], panel_width(layout, len(countries)))
    beside = names_beside(results, factors[1]) if two else NUMBERS
    layout = with_room(layout, below, beside)
    figure, panels = new_page(len(countries), mapped.title, caption, layout)
    bounds = colour_bounds(drawn.value)
    image = None
    for axes, c in zip(panels, countries, strict=True):
        title = panel_title(results.country_names[c], columns)
        if mapped.in_bn is not None and columns <= 3:
            title += bn_range(mapped.in_bn[:, c])
        axes.set_title(title)
        if two:
            image = draw_cells(analysis, axes, mapped.found[:, c], mapped.signed, bounds)
        else:
            draw_line(analysis, axes, view, mapped.found[:, c], mapped.signed)
        below.along(axes)
        beside.upright(axes)
    label = factor_label(factors[0])
    if two:
        common_labels(figure, panels, label, factor_label(factors[1]), below.more, beside.more)
        colour_bar(figure, panels, image, mapped.label, extend=extension(drawn.value, bounds))  # type: ignore[arg-type]
    else:
        common_labels(figure, panels, label, mapped.label, below.more)
    return Plot(mapped.name, figure, map_rows(analysis, mapped, view))


def uncertainty(mapped: Mapped, half: float, two: bool, named: bool) -> str:
    """How sure the numbers are."""
    if not two:
        return f"{'Bars' if named else 'Bands'}: {mapped.range_name}." if half > 0 else "Exact values."
    sure = f"{mapped.range_name} are at most \N{PLUS-MINUS SIGN}{half:.2g}." if half > 0 else "Exact values."
    zero = " Line: zero; dots or brackets: the interval holds zero." if mapped.signed else ""
    return f"{sure} Frame: nearest to the defaults.{zero}"


def bn_range(values: np.ndarray) -> str:
    """The least and the largest mean in bn, as in ": 3.7 to 6.1 bn"."""
    given = values[~np.isnan(values)]
    if not len(given):
        return ""
    low, high = (f"{round(float(number), 1) + 0.0:.1f}" for number in (given.min(), given.max()))
    return f": {low} bn" if low == high else f": {low} to {high} bn"


def colour_bounds(drawn: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value of the colours; a few countries far off with small stakes do not flatten the rest."""
    given = drawn[~np.isnan(drawn)]
    if not len(given):
        return 0.0, 1.0
    low, high = np.quantile(given, [0.02, 0.98])
    spread = max(high - low, 1e-9)
    low, high = max(given.min(), low - 0.25 * spread), min(given.max(), high + 0.25 * spread)
    return (float(low), float(high)) if high > low else (float(low) - 0.05, float(high) + 0.05)


def extension(drawn: np.ndarray, bounds: tuple[float, float]) -> str:
    """Which ends of the colour bar stand for values beyond it."""
    below, above = np.nanmin(drawn) < bounds[0] - 1e-12, np.nanmax(drawn) > bounds[1] + 1e-12
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[below, above]


def draw_cells(analysis: Analysis, axes: Axes, found: Intervals, signed: bool, bounds: tuple[float, float]) -> object:
    """One country's map: a cell a point, the reference point framed; values (P,)."""
    results, plane = analysis.results, analysis.plane
    named = any(name in results.labels for name in results.gridded[:2])
    all_x, all_y = (results.factors[name][plane] for name in results.gridded[:2])
    x, y = np.unique(all_x), np.unique(all_y)
    columns, lines = np.searchsorted(x, all_x), np.searchsorted(y, all_y)
    grid = np.full((len(y), len(x)), np.nan)
    grid[lines, columns] = found.value
    at_x, at_y = edges(x), edges(y)
    image = axes.pcolormesh(at_x, at_y, grid, vmin=bounds[0], vmax=bounds[1], rasterized=grid.size > 2_000)
    axes.set(xlim=(at_x[0], at_x[-1]), ylim=(at_y[0], at_y[-1]))
    wide = axes.get_position().width * WIDTH
    axes.set_xticks(some_of(x, max(2, int(wide / TICK_WIDTH))))
    axes.set_yticks(some_of(y, MOST_TICKS))
    unclear = signed & (found.low <= 0) & (found.high >= 0) & (found.low < found.high)
    if grid.size <= MOST_WRITTEN and wide > 1.2:
        write_values(axes, (all_x, all_y), found.value, unclear, bounds)
    else:
        axes.plot(all_x[unclear], all_y[unclear], "o", color="white", markeredgecolor="black", markersize=2.2, mew=0.4)
        if signed and not named and min(grid.shape) > 2 and np.nanmin(grid) < 0 < np.nanmax(grid):
            axes.contour(x, y, grid, levels=[0.0], colors="white", linewidths=2.2)
            axes.contour(x, y, grid, levels=[0.0], colors="black", linewidths=1.0)
    reference = int(np.flatnonzero(plane == analysis.reference)[0])
    col, line = columns[reference], lines[reference]
    box_x, box_y = at_x[[col, col + 1, col + 1, col, col]], at_y[[line, line, line + 1, line + 1, line]]
    axes.plot(box_x, box_y, color="white", linewidth=1.6, clip_on=False)
    axes.plot(box_x, box_y, color="black", linewidth=0.7, clip_on=False)
    return image


def write_values(
    axes: Axes, at: tuple[np.ndarray, np.ndarray], values: np.ndarray, unclear: np.ndarray, bounds: tuple[float, float]
) -> None:
    """The value in every cell, in brackets where its interval holds zero."""
    dark = values < bounds[0] + 0.5 * (bounds[1] - bounds[0])
    for x, y, value, doubtful, on_dark in zip(*at, values, unclear, dark, strict=True):
        if not np.isnan(value):
            text = f"{round(float(value), 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
            colour = "white" if on_dark else "black"
            axes.text(x, y, f"({text})" if doubtful else text, ha="center", va="center", size=6.0, color=colour)


def edges(values: np.ndarray) -> np.ndarray:
    """Cell borders half-way between values."""
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def draw_line(analysis: Analysis, axes: Axes, view: View, found: Intervals, signed: bool) -> None:
    """One factor: one country's line with its band."""
    name = view.factors[0]
    factor = analysis.results.factors[name][view.points]
    order = np.argsort(factor)
    named = name in analysis.results.labels
    if signed:
        axes.axhline(0, color="#888888", linewidth=0.6)
    line_with_band(axes, factor[order], found[order], 0, joined=not named, marker=MARKS[0])
    axes.grid(axis="y")
