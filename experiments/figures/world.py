"""Measures of the world over the first varied factor: the loss against a planner, clustering."""

from collections.abc import Iterator

import numpy as np
from matplotlib.ticker import MaxNLocator

from experiments.analysis.aggregate import Analysis
from experiments.analysis.measured import measured_along, names_in
from experiments.analysis.selection import line_points
from experiments.analysis.wording import factor_label, held_line, part_name, plain_name, source_line, title_of
from experiments.figures.measures import draw_measured, measure_row
from experiments.figures.names_axis import names_along, panel_width, with_room
from experiments.figures.sheet import GREY, MARKS, Layout, LeftOut, Plot, common_labels, legend_above, new_page, over
from experiments.tables.schema import BN, SHARE, WORLD

HEGEMON = "hegemon_surplus"  # has a figure of its own
PANEL = {
    ("planner_loss", "countries"): "the countries' payoffs",
    ("planner_loss", "joint"): "theirs and the hegemon's",
}


def world_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """One figure a measure, over the first varied factor."""
    table = analysis.results.measures
    for measure in names_in(table, "measure", country=WORLD) if table is not None else ():
        if measure == HEGEMON:
            continue
        if analysis.results.sampled:
            continue  # over bins
        for factor in factors_of(analysis):
            yield draw_world(analysis, measure, factor)
        if not analysis.results.varied:
            yield LeftOut(measure, "no factor varies")


def factors_of(analysis: Analysis) -> tuple[str, ...]:
    """Over which factors is drawn: the first; each, where one varies at a time."""
    factors = analysis.results.gridded
    return factors[:1] if analysis.results.centre is None else factors


def lines_of(analysis: Analysis, factor: str) -> dict[str, int]:
    """Points through which lines along a factor are drawn, by label: one for each value of the second varied factor
    where these are few, else the reference point alone."""
    results = analysis.results
    others = [name for name in results.varied[:2] if name != factor and results.centre is None]
    points = line_points(results, analysis.reference, others[0]) if others else np.array([analysis.reference])
    if not 1 < len(points) <= len(MARKS):
        return {"": analysis.reference}
    return {
        f"{plain_name(others[0])} {results.value_text(others[0], results.factors[others[0]][point])}": int(point)
        for point in points
    }


def panels_of(analysis: Analysis, measure: str) -> list[tuple[str, str]]:
    """(part, unit) of every panel: a loss in bn, for a share of all stakes says no more."""
    table = analysis.results.measures
    pairs = []
    for part in names_in(table, "part", measure=measure):
        units = names_in(table, "unit", measure=measure, part=part)
        pairs.append((part, next((unit for unit in units if unit != SHARE), units[0])))
    return pairs


def draw_world(analysis: Analysis, measure: str, factor: str) -> Plot:
    """A panel a part, each in its unit; a line for each value of a second factor."""
    results, pairs, lines = analysis.results, panels_of(analysis, measure), lines_of(analysis, factor)
    free = analysis.results.varied[:2] if len(lines) > 1 else (factor,)
    named = factor in results.labels
    name = measure if results.centre is None else over(measure, factor)
    what = "bar" if named else "band"
    sure = f"{what.capitalize()}s: 95 % intervals; without a {what}: exact."
    caption = [source_line(analysis), held_line(analysis, free), sure]
    top = 0.82 if len(lines) > 1 else 0.6
    layout = Layout(min(3, len(pairs)), height=1.9, left=0.55, top=top, gap_x=0.6, gap_y=0.5, sharey=False)
    names = names_along(results, factor, panel_width(layout, len(pairs)))
    figure, panels = new_page(len(pairs), title_of(measure), caption, with_room(layout, names))
    rows = []
    for axes, (part, unit) in zip(panels, pairs, strict=True):
        wanted = {"measure": measure, "part": part, "unit": unit, "country": WORLD}
        for style, (label, through) in enumerate(lines.items()):
            x, items = measured_along(analysis, factor, wanted, through)
            draw_measured(axes, x, items, style, label, joined=not named)
            rows += [measure_row(name, item, at) for at, item in zip(x, items, strict=True)]
        axes.set_title(f"{PANEL.get((measure, part), part_name(part))} ({unit})", color=GREY)
        if not named:
            axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        names.along(axes)
        axes.grid(axis="y")
        if unit == BN and axes.dataLim.y0 >= 0.0:
            axes.set_ylim(bottom=0)
    common_labels(figure, panels, factor_label(factor), "", names.more)
    if len(lines) > 1:
        legend_above(figure, panels[0], ncols=4)
    return Plot(name, figure, rows)
