"""Whom a first-mover premium serves: the hegemon's surplus and the countries' payoffs over the headline value.

Changes are against the lowest headline value and paired by run, since every point meets the same draws. The surplus
counts the headline value itself, so what the countries and the hegemon gain together tells whether racing for it is
wasteful.
"""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Intervals
from experiments.analysis.measured import measured_along, names_in
from experiments.analysis.statistics import COUNTRIES, HEGEMON, changes, mean_totals
from experiments.analysis.wording import factor_label, held_line, part_name, source_line
from experiments.figures.measures import draw_measured, measure_row
from experiments.figures.sheet import MARKS, SAMPLED, Layout, LeftOut, Plot, Row, line_with_band, new_page, row
from experiments.tables.schema import BN, WORLD

FACTOR = "headline_value"
NAME, MEAN = "hegemon_surplus", "mean"
PAIRED = "changes are paired by run"
UNPAIRED = "rows were not saved, so changes of the countries are not paired and their bands at most so wide"
WASTE = "Racing is wasteful where the loss against the joint planner rises while the hegemon gains."
WASTE_UNMEASURED = (
    "Racing is wasteful where the sum falls while the hegemon gains. The loss against a planner was not measured."
)


def hegemon_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """One figure where the headline value varies."""
    if FACTOR not in analysis.results.varied:
        yield LeftOut(NAME, f"{FACTOR} does not vary")
        return
    if analysis.results.sampled:
        yield LeftOut(NAME, SAMPLED)
        return
    yield draw_hegemon(analysis)


def draw_hegemon(analysis: Analysis) -> Plot:
    """Levels of the surplus, changes of all parties, and the planner's loss where it was measured."""
    planner = names_in(analysis.results.measures, "part", measure="planner_loss", unit=BN)
    bands = f"Bands: 95 % intervals; {PAIRED if analysis.kept else UNPAIRED}."
    counts = "The surplus counts the headline value itself." if has_level(analysis) else ""
    waste = WASTE if planner else WASTE_UNMEASURED if analysis.kept else ""
    caption = [source_line(analysis), held_line(analysis, [FACTOR]), bands, counts, waste]
    layout = Layout(columns=3, gap_x=0.62, sharey=False)
    parts = [*([draw_level] if has_level(analysis) else []), draw_changes, *([draw_loss] if planner else [])]
    figure, panels = new_page(len(parts), "Whom the first-mover premium serves", caption, layout)
    rows = [line for draw, axes in zip(parts, panels, strict=True) for line in draw(analysis, axes)]
    for axes in panels:
        axes.set_xlabel(factor_label(FACTOR))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
        axes.grid(axis="y")
    return Plot(NAME, figure, rows)


def line_of(analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """The points along the headline value, and its values there."""
    points = analysis.line(FACTOR)
    return points, analysis.results.factors[FACTOR][points]


def has_level(analysis: Analysis) -> bool:
    """Whether the surplus is known: runs were saved, or it was measured."""
    return bool(analysis.surplus_at) or NAME in names_in(analysis.results.measures, "measure")


def draw_level(analysis: Analysis, axes: Axes) -> list[Row]:
    """The mean surplus; without runs that of measures.csv."""
    points, x = line_of(analysis)
    axes.set(ylabel="Mean hegemon surplus (bn USD a year)")
    if not analysis.surplus_at:
        wanted = {"measure": NAME, "part": MEAN, "unit": BN, "country": WORLD}
        x, items = measured_along(analysis, FACTOR, wanted)
        draw_measured(axes, x, items, 0, "")
        return [measure_row(NAME, item, at) for at, item in zip(x, items, strict=True)]
    found = [mean_totals(analysis, int(point))[HEGEMON] for point in points]
    line_with_band(axes, x, Intervals.of(found), 0, marker=MARKS[0])
    return [row(NAME, p, WORLD, "hegemon surplus", BN, x[i], found[i]) for i, p in enumerate(points)]


def draw_changes(analysis: Analysis, axes: Axes) -> list[Row]:
    """The change of all parties against the lowest headline value."""
    points, x = line_of(analysis)
    rows = []
    axes.axhline(0, color="#888888", linewidth=0.6)
    for style, (party, found) in enumerate(changes(analysis, FACTOR).items()):
        line_with_band(axes, x, Intervals.of(found), style, marker=MARKS[style], label=party)
        paired = party != COUNTRIES or bool(analysis.kept)
        what = f"change of {party} against point {points[0]}, {'paired' if paired else 'not paired'}"
        rows += [row(NAME, p, WORLD, what, BN, x[i], found[i]) for i, p in enumerate(points)]
    axes.set(ylabel=f"Change against headline value {x[0]:g}\n(bn USD a year)")
    axes.legend(loc="upper left")
    return rows


def draw_loss(analysis: Analysis, axes: Axes) -> list[Row]:
    """The loss against a planner, as measured."""
    rows = []
    parts = names_in(analysis.results.measures, "part", measure="planner_loss", unit=BN)
    for style, part in enumerate(parts):
        wanted = {"measure": "planner_loss", "part": part, "unit": BN, "country": WORLD}
        x, items = measured_along(analysis, FACTOR, wanted)
        label = f"planner of the {part_name(part)}" if part == "countries" else part
        draw_measured(axes, x, items, style, label)
        rows += [measure_row(NAME, item, at) for at, item in zip(x, items, strict=True)]
    axes.set(ylabel="Loss against a planner (bn USD a year)")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]), top=1.3 * axes.get_ylim()[1])
    axes.legend(loc="upper left")
    return rows
