"""Alone early or together late: what signing at each date would bring a country, others' policies fixed, in parts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Interval
from experiments.analysis.statistics import stakes_bn
from experiments.analysis.wording import reference_line, source_line
from experiments.figures.sheet import (
    BLUE,
    DEADLINE,
    GREY,
    INK,
    NOT_NEAR,
    VERMILLION,
    Layout,
    LeftOut,
    Plot,
    Row,
    new_page,
    row,
)
from experiments.figures.timing import DAYS_LABEL, mark_dates
from experiments.tables.batches import Columns
from experiments.tables.schema import DATE_PARTS, DATES

MOST_FIGURES = 6
NAMES = tuple(column.name for column in DATE_PARTS)
UNITS = {column.name: column.unit for column in DATES.columns}
ABOUT = (
    "What a signature at each date would bring against the executed threat once it is ratified, the others' policies "
    "fixed; the parts add up to the net payoff. Expected values, computed without sampling."
)
FILLS = {
    "reciprocal_relief": ("reciprocal relief", "#0B4F83", ""),
    "sector_relief": ("sector relief", "#4C9ACB", ""),
    "open_sector_relief": ("open-sector relief", "#C3E0F0", ""),
    "concessions": ("concessions", "#B84A00", ""),
    "flow_of_the_pause": ("flow of the pause", "#6FA287", "||||"),
    "rebuff_risk": ("risk of a rebuff", "#F2A65A", "////"),
    "delay": ("delay", "#F8D3A8", ""),
    "signing_cost": ("signing cost", "#777777", "...."),
}


def date_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """A figure for each country that dates.csv follows at the reference point."""
    table = analysis.results.by_date
    if table is None:
        yield LeftOut("payoff by date of signature", f"the folder holds no {DATES.name}.csv")
        return
    if not analysis.near:
        yield LeftOut("payoff by date of signature", NOT_NEAR)
        return
    here = table["point"] == analysis.reference
    countries = list(dict.fromkeys(table["country"][here].tolist()))
    if not countries:
        yield LeftOut("payoff by date of signature", f"{DATES.name}.csv holds nothing at the reference point")
    for iso3 in countries[:MOST_FIGURES]:
        chosen = here & (table["country"] == iso3)
        order = np.argsort(table["meeting"][chosen], kind="stable")
        yield draw_dates(analysis, iso3, {name: values[chosen][order] for name, values in table.items()})
    if len(countries) > MOST_FIGURES:
        yield LeftOut(
            "payoff by date of signature", f"drawn for the first {MOST_FIGURES} of {len(countries)} countries only"
        )


def draw_dates(analysis: Analysis, iso3: str, at: Columns) -> Plot:
    """Stacked parts with the net line; below, the mean rank and the chances that a signature is possible and lasts."""
    results, reference = analysis.results, analysis.reference
    title = f"{results.country_name(iso3)}: alone early or together late"
    caption = [source_line(analysis), reference_line(analysis), ABOUT]
    layout = Layout(height=1.0, left=0.72, right=1.9, top=0.62, gap_y=0.14, sharey=False)
    figure, panels = new_page(3, title, caption, layout)
    give_height(panels, (1.9, 0.55, 0.55))
    top, rank, chance = panels
    x = at["day"]
    draw_parts(top, x, at)
    top.set(ylabel="Payoff (share of stakes)", xlim=(0, max(results.last_day(reference), float(x.max()))))
    scale = stakes_bn(at)
    if scale is not None:
        there_and_back: Any = (lambda share: share * scale, lambda bn: bn / scale)
        second = top.secondary_yaxis("right", functions=there_and_back)
        second.set_ylabel("bn USD a year", labelpad=2)
        second.spines["right"].set_visible(True)
    top.legend(loc="center left", bbox_to_anchor=(1.12, 0.5), handlelength=1.3)
    mark_dates(top, analysis, [reference], only=iso3)
    rank.plot(x, at["mean_rank"], color=INK, drawstyle="steps-post")
    rank.set_ylabel("Mean\nrank")
    chance.plot(x, at["p_can_sign"], color=BLUE, label="can sign at all")
    chance.plot(x, at["ratification"], color=VERMILLION, linestyle=(0, (5, 1.5)), label="is ratified")
    chance.set(ylabel="Probability", ylim=(0, 1.05), xlabel=DAYS_LABEL)
    chance.legend(loc="center left", bbox_to_anchor=(1.12, 0.5))
    for axes in (rank, chance):
        axes.grid(axis="y")
        date = results.dates(reference).get(iso3)
        if date is not None and date <= axes.get_xlim()[1]:
            axes.axvline(date, color=GREY, linewidth=0.8, linestyle=(0, (1, 1.5)))
        axes.axvline(results.window_days(reference), clip_on=False, **DEADLINE)
    figure.align_ylabels(panels)
    return Plot(f"dates_{iso3}", figure, date_rows(analysis, iso3, at))


def give_height(panels: list[Axes], heights: tuple[float, ...]) -> None:
    """Share the panels' height among them in the given proportions."""
    boxes = [panel.get_position() for panel in panels]
    gap = boxes[0].y0 - boxes[1].y1
    free = boxes[0].y1 - boxes[-1].y0 - gap * (len(panels) - 1)
    upper = boxes[0].y1
    for panel, box, height in zip(panels, boxes, heights, strict=True):
        tall = free * height / sum(heights)
        panel.set_position((box.x0, upper - tall, box.width, tall))
        upper -= tall + gap


def draw_parts(axes: Axes, x: np.ndarray, at: Columns) -> None:
    """Gains stacked upwards from zero, losses downwards, and the net payoff."""
    above, below = np.zeros(len(x)), np.zeros(len(x))
    edge: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.3}
    for name in NAMES:
        label, colour, hatch = FILLS[name]
        values = np.nan_to_num(at[name])
        gain, loss = np.maximum(values, 0), np.minimum(values, 0)
        for base, part in ((above, gain), (below, loss)):
            if part.any():
                axes.fill_between(x, base, base + part, facecolor=colour, hatch=hatch or None, label=label, **edge)
                label = "_nolegend_"
        above, below = above + gain, below + loss
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.plot(x, at["payoff_share"], color="white", linewidth=3.0)
    axes.plot(x, at["payoff_share"], color=INK, linewidth=1.5, label="net payoff")


def date_rows(analysis: Analysis, iso3: str, at: Columns) -> list[Row]:
    """Every part at every meeting (x: the day)."""
    figure, point = f"dates_{iso3}", analysis.reference
    return [
        row(figure, point, iso3, name, UNITS[name], day, Interval(float(value)))
        for name in ("payoff_share", "payoff_bn", *NAMES, "mean_rank", "p_can_sign", "ratification")
        for day, value in zip(at["day"], at[name], strict=True)
    ]
