"""The figures of a result folder as tests look at them: what is drawn and written, and whether it can be printed."""

import re
from pathlib import Path

from experiments.analysis.aggregate import Analysis, analyse
from experiments.figures.analyze import draw_figures
from experiments.figures.sheet import LeftOut, Plot
from experiments.tables.reading import read_results
from experiments.tables.schema import ANALYSIS

UNITS = r"\(|share|probability|fraction|rank|days|bn USD"


def drawn(folder: Path) -> tuple[dict[str, Plot], list[LeftOut], Analysis]:
    analysis = analyse(read_results(folder))
    everything = list(draw_figures(analysis))
    plots = {item.name: item for item in everything if isinstance(item, Plot)}
    return plots, [item for item in everything if isinstance(item, LeftOut)], analysis


def texts(plot: Plot) -> list[str]:
    """Everything written on a figure outside tick labels."""
    found = [text.get_text() for text in plot.figure.texts]
    for axes in plot.figure.axes:
        found += [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(), *(text.get_text() for text in axes.texts)]
    return [text for text in found if text]


def assert_fit_for_print(plot: Plot) -> None:
    """Nothing is written outside the page; there is a caption; the axes have units; the numbers are there."""
    canvas = plot.figure.canvas
    renderer = canvas.get_renderer() if hasattr(canvas, "get_renderer") else None
    plot.figure.draw_without_rendering()
    width, height = plot.figure.bbox.size
    written = list(plot.figure.texts)
    for axes in plot.figure.axes:
        if not axes.axison:
            continue
        written += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title]
    for text in written:
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, (plot.name, text.get_text(), box, (width, height))
    assert any(text.startswith("Sweep small, case ") for text in texts(plot))
    assert any(re.search(UNITS, text, re.I) for text in texts(plot)), texts(plot)
    assert plot.rows
    assert all(list(line) == ANALYSIS.schema().names and line["unit"] for line in plot.rows)
