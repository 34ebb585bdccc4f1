"""When deals are made: the cumulative share of countries with a deal, and each country's own distribution of days."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Intervals
from experiments.analysis.rows import NOT_RUN
from experiments.analysis.statistics import CumulativeShare, DealDays, cumulative_share, deal_days
from experiments.analysis.wording import plain_name, reference_line, source_line
from experiments.figures.sheet import (
    COLOURS,
    DEADLINE,
    GREY,
    NO_ROWS,
    NOT_NEAR,
    PALE,
    WIDTH,
    Layout,
    LeftOut,
    Plot,
    Row,
    colour_bar,
    line_with_band,
    new_page,
    row,
    short,
    shown_countries,
)
from experiments.tables.declaration import PROBABILITY
from experiments.tables.schema import WORLD

DAYS_LABEL = "Days since 10 April 2025"
BIN_DAYS = 3
SHARE_OF_COUNTRIES = "share of countries"
SMALL: dict[str, Any] = {"textcoords": "offset points", "size": 6.5}
ABOVE: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom", **SMALL}


def timing_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """The cumulative share and the distribution of days."""
    if not analysis.kept or not analysis.near:
        yield LeftOut("cumulative_deals, deal_days", NOT_NEAR if analysis.kept else NO_ROWS)
        return
    yield draw_cumulative(analysis)
    yield draw_days(analysis)


def points_drawn(analysis: Analysis) -> list[tuple[int, str]]:
    """The reference point, and the lowest and highest value of the first factor of the grid, each with its label; of a
    category a few of its other values."""
    results, reference = analysis.results, analysis.reference
    if not results.gridded:
        return [(reference, "")]
    factor = results.gridded[0]
    line, values = analysis.line(factor), results.factors[factor]
    shown = line[: len(COLOURS)] if factor in results.labels else line[[0, -1]]
    others = [int(point) for point in shown if point != reference][: len(COLOURS) - 1]
    told = {
        point: f"{plain_name(factor)} {results.value_text(factor, values[point])}" for point in (reference, *others)
    }
    return [(reference, f"{told[reference]} (reference)"), *((point, told[point]) for point in others)]


def draw_cumulative(analysis: Analysis) -> Plot:
    """The share of countries with a deal by day."""
    results, lines = analysis.results, points_drawn(analysis)
    points = [point for point, _ in lines]
    there = ", at the reference point" if any(name.endswith(".date") for name in results.varied) else ""
    caption = [
        source_line(analysis),
        reference_line(analysis),
        "Dark bands: 95 % intervals of the mean; pale band: the middle 80 % of runs at the reference point.",
        f"Dotted: countries' own dates (elections and the like){there}." if results.dates(analysis.reference) else "",
    ]
    layout = Layout(height=2.6, top=0.62, left=0.7, right=0.35)
    figure, (axes,) = new_page(1, "Share of countries with a deal", caption, layout)
    rows, top = [], 0.0
    for style, (point, label) in enumerate(lines):
        kept = analysis.kept[point]
        if (kept.deal_day[:, 0] == NOT_RUN).all():
            continue
        days = int(results.last_day(point))
        x, share = np.arange(days + 1), cumulative_share(kept, days)
        top = max(top, float(np.nanmax([share.mean.high, share.last_decile])), float(share.mean.value.max()))
        if style == 0:
            axes.fill_between(x, share.first_decile, share.last_decile, color=PALE, alpha=0.6, linewidth=0, step="post")
        line_with_band(axes, x, share.mean, style, label=label)
        rows += cumulative_rows(point, share)
    label = "Share of countries with a deal"
    axes.set(ylim=(0, 1.0 if top > 0.5 else 1.6 * top or 1.0), xlabel=DAYS_LABEL, ylabel=label)
    axes.set_xlim(0, max(results.last_day(point) for point in points))
    axes.grid(axis="y")
    mark_dates(axes, analysis, points)
    if len(lines) > 1:
        axes.legend(loc="upper left")
    return Plot("cumulative_deals", figure, rows)


def cumulative_rows(point: int, share: CumulativeShare) -> list[Row]:
    """The mean of each day with its interval, then with the runs' deciles."""
    name, key = "cumulative_deals", (point, WORLD)
    middle = Intervals(share.mean.value, share.first_decile, share.last_decile, share.mean.runs)
    return [
        row(name, *key, f"share of countries with a deal, {what}", SHARE_OF_COUNTRIES, day, found.one(day))
        for what, found in (("mean", share.mean), ("middle 80 % of runs", middle))
        for day in range(len(share.mean.value))
    ]


def mark_dates(axes: Axes, analysis: Analysis, points: Sequence[int], only: str | None = None) -> None:
    """The deadlines of some points, and countries' own dates at the first of them that lie on the axis; close ones
    share a label."""
    results = analysis.results
    end = axes.get_xlim()[1]
    deadlines = sorted({min(results.window_days(point), end) for point in points})
    for before, deadline in zip([-end, *deadlines], deadlines, strict=False):
        axes.axvline(deadline, clip_on=False, **DEADLINE)
        if deadline - before > 0.08 * end:
            axes.annotate("deadline", (deadline, 1), xytext=(0, 2), **ABOVE)
    own = results.dates(points[0])
    dates = sorted((day, iso3) for iso3, day in own.items() if day <= end and only in (None, iso3))
    groups: list[tuple[float, list[str]]] = []
    for day, iso3 in dates:
        if groups and day - groups[-1][0] <= 0.05 * end:
            groups[-1][1].append(iso3)
        else:
            groups.append((day, [iso3]))
        axes.axvline(day, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
    for day, names in groups:
        text = ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "") + " date"
        lifted = "\n" if min(abs(day - deadline) for deadline in deadlines) < 0.1 * end else ""
        axes.annotate(text + lifted, (day, 1), xytext=(0, 2), color=GREY, **ABOVE)


def draw_days(analysis: Analysis) -> Plot:
    """A strip a country: how its deals spread over the window, its median, its own date, and its chance of none."""
    results, kept = analysis.results, analysis.kept[analysis.reference]
    deadline, last_day = results.window_days(analysis.reference), results.last_day(analysis.reference)
    own = results.dates(analysis.reference)
    countries, note = shown_countries(analysis)
    found = [deal_days(kept, c, BIN_DAYS, last_day) for c in range(len(results.countries))]
    order = sorted(countries, key=lambda c: (found[c].median, found[c].none.value))
    marks = (
        "White mark: median day; line with triangles: the country's own date. No deal: share of runs with its 95 % "
        "interval."
    )
    caption = [source_line(analysis), reference_line(analysis), marks, note]
    height = (0.23 if len(order) <= 8 else 0.18) * len(order)
    figure, (axes,) = new_page(
        1, "When each country signs", caption, Layout(height=height, left=1.35, right=2.1, top=0.6)
    )
    chance = np.array([found[c].chance.value for c in order])
    days = np.arange(chance.shape[1] + 1) * BIN_DAYS
    image = axes.pcolormesh(days, np.arange(len(order) + 1) - 0.5, chance, vmin=0)
    axes.set(xlim=(0, days[-1]), ylim=(len(order) - 0.5, -0.5), xlabel=DAYS_LABEL)
    axes.set_yticks(range(len(order)), [short(results.country_names[c], 20) for c in order])
    axes.tick_params(axis="y", length=0)
    for y in range(1, len(order)):
        axes.axhline(y - 0.5, color="white", linewidth=1.0)
    for y, c in enumerate(order):
        mark_strip(axes, y, found[c], own.get(results.countries[c]), last_day)
    axes.annotate("no deal", (1, 1), xycoords="axes fraction", xytext=(6, 3), **SMALL)
    axes.axvline(deadline, **DEADLINE)
    axes.annotate("deadline", (deadline, 1), xytext=(0, 3), **{**ABOVE, "ha": "right", "va": "baseline"})
    colour_bar_beside(figure, axes, image)
    return Plot("deal_days", figure, day_rows(analysis, found))


def mark_strip(axes: Axes, y: int, found: DealDays, date: float | None, last_day: float) -> None:
    """On a country's strip: its chance of no deal, its median day, its own date."""
    none = f"{found.none.value:.2f} [{found.none.low:.2f}, {found.none.high:.2f}]"
    axes.annotate(none, (1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), va="center", **SMALL)
    mark: dict[str, Any] = {"color": "white", "markeredgecolor": "black", "markersize": 3.6, "mew": 0.6}
    if np.isfinite(found.median):
        axes.plot(found.median + 0.5, y, "o", **mark)
    if date is not None and date <= last_day:
        axes.plot([date, date], [y - 0.42, y + 0.42], color="white", linewidth=2.0)
        axes.plot([date, date], [y - 0.42, y + 0.42], color="black", linewidth=1.0)
        axes.plot(date, y - 0.34, "v", **mark)


def day_rows(analysis: Analysis, found: Sequence[DealDays]) -> list[Row]:
    """The chance of a deal in each bin of days, and of none."""
    name, point, rows = "deal_days", analysis.reference, []
    for iso3, days in zip(analysis.results.countries, found, strict=True):
        rows += [
            row(name, point, iso3, f"deal within {BIN_DAYS} days from x", PROBABILITY, b * BIN_DAYS, days.chance.one(b))
            for b in range(len(days.chance.value))
        ]
        rows.append(row(name, point, iso3, "no deal", PROBABILITY, None, days.none))
    return rows


def colour_bar_beside(figure: Figure, axes: Axes, image: Any) -> None:
    """The colour bar, right of the column of numbers."""
    box = axes.get_position()
    shifted = figure.add_axes((box.x1, box.y0, 1.0 / WIDTH, box.height))
    shifted.set_axis_off()
    colour_bar(figure, [shifted], image, f"Chance of signing\nin {BIN_DAYS} days")
