"""The figures of a result folder: drawn from its files only, and put into place together or not at all."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import pyarrow.csv

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.sentences import three_sentences
from experiments.figures.dates import date_figures
from experiments.figures.hegemon import hegemon_figures
from experiments.figures.measures import measure_figures
from experiments.figures.phase import phase_figures
from experiments.figures.ranks import rank_figures
from experiments.figures.sheet import LeftOut, Plot
from experiments.figures.timing import timing_figures
from experiments.figures.world import world_figures
from experiments.tables.folder import ANALYSIS, FIGURES, FORMATS, SIGNATURE, is_drawn
from experiments.tables.reading import read_results
from experiments.tables.replacing import reason, replacing
from experiments.tables.schema import ANALYSIS as ANALYSIS_TABLE
from model.errors import InputError

STYLE = Path(__file__).parent / "figures.mplstyle"
FAMILIES = (phase_figures, timing_figures, rank_figures, measure_figures, world_figures, hegemon_figures, date_figures)


@dataclass(frozen=True)
class Report:
    """What `analyze` did: names of the figures, what was left out and why, and the three sentences."""

    folder: Path
    figures: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    sentences: tuple[str, ...]
    runs: int
    failed_runs: int


def draw_figures(analysis: Analysis) -> Iterator[Plot | LeftOut]:
    """Every figure that the folder supports, one at a time."""
    for family in FAMILIES:
        yield from family(analysis)


def analyze(folder: Path) -> Report:
    """Draw all figures of a result folder into `figures/`, write `analysis.csv`, and say what the data support."""
    results = read_results(folder)
    check_writable(folder)
    analysis = analyse(results)
    sentences = three_sentences(analysis)
    names: list[str] = []
    left_out: list[LeftOut] = []
    table_place, place = replacing(folder / ANALYSIS), replacing(folder / FIGURES)
    try:
        with table_place as table_part, place as part, matplotlib.rc_context(fname=STYLE):
            part.mkdir()
            with pyarrow.csv.CSVWriter(table_part, ANALYSIS_TABLE.schema()) as table:
                for drawn in draw_figures(analysis):
                    if isinstance(drawn, LeftOut):
                        left_out.append(drawn)
                        continue
                    save(drawn, part)
                    table.write_table(ANALYSIS_TABLE.of(drawn.rows))
                    names.append(drawn.name)
            keep_what_is_not_ours(folder / FIGURES, part)
            # From here on there are the old figures, or the new ones, at first without their numbers: no mixture.
            (folder / ANALYSIS).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder / FIGURES}: cannot be written ({reason(error)})") from None
    return Report(folder, tuple(names), tuple(left_out), tuple(sentences), results.manifest.runs, analysis.failed_runs)


def report_text(report: Report) -> str:
    """What is printed: where the figures are, what was left out and why, then the three sentences."""
    where = f"{report.folder / FIGURES}/ and {report.folder / ANALYSIS}"
    lines = [f"{len(report.figures)} figures (png, svg) in {where}: {', '.join(report.figures)}"]
    if report.failed_runs:
        lines.append(f"{report.failed_runs:,} of {report.runs:,} runs failed and are left out")
    if report.left_out:
        lines.append("Left out: " + "; ".join(f"{item.name} ({item.why})" for item in report.left_out))
    return "\n".join([*lines, "", *report.sentences])


def save(plot: Plot, folder: Path) -> None:
    """One figure in every format, without dates in it, so that the same data make the same bytes."""
    for kind in FORMATS:
        signed = {"Creator": SIGNATURE, "Date": None} if kind == "svg" else {"Software": SIGNATURE}
        options: dict[str, Any] = {} if kind == "svg" else {"pil_kwargs": {"compress_level": 4}}
        plot.figure.savefig(folder / f"{plot.name}.{kind}", metadata=signed, **options)


def check_writable(folder: Path) -> None:
    """Refuse at once where the figures could not be put."""
    for path, good in ((folder / FIGURES, Path.is_dir), (folder / ANALYSIS, Path.is_file)):
        if (path.exists() or path.is_symlink()) and not good(path):
            kind = "folder" if path.name == FIGURES else "file"
            raise InputError(f"{path}: cannot be written (not a {kind}); move it away")
    for path in (folder, folder / FIGURES):
        if path.exists() and not os.access(path, os.W_OK | os.X_OK):
            raise InputError(f"{path}: cannot be written (Permission denied)")


def keep_what_is_not_ours(folder: Path, part: Path) -> None:
    """Copy files of the user's own among the old figures beside the new ones."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if not is_drawn(path) and not (part / path.name).exists():
            copy_aside(path, part / path.name)


def copy_aside(source: Path, target: Path) -> None:
    """A copy of a file or folder."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)
