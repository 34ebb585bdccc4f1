"""The figures of a result folder: drawn from its files only, and put into place together or not at all."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import pyarrow.csv

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.sentences import three_sentences
from experiments.figures.bins import bin_figures
from experiments.figures.dates import date_figures
from experiments.figures.fonts import with_written_names
from experiments.figures.hegemon import hegemon_figures
from experiments.figures.measures import measure_figures
from experiments.figures.phase import phase_figures
from experiments.figures.ranks import rank_figures
from experiments.figures.sheet import LeftOut, Plot
from experiments.figures.timing import timing_figures
from experiments.figures.world import world_figures
from experiments.tables.changeover import (
    ANALYSIS,
    FIGURES,
    FORMATS,
    SIGNATURE,
    is_drawn,
    is_table,
    remove_analysis,
)
from experiments.tables.owner import LOCK, OWNER, Owner
from experiments.tables.reading import read_results
from experiments.tables.replacing import reason
from experiments.tables.schema import ANALYSIS as ANALYSIS_TABLE
from model.errors import InputError

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # else it tells of a cache of its own where there is no home
DRAWING = ".drawing"  # in the result folder
STYLE = Path(__file__).parent / "figures.mplstyle"
FAMILIES = (
    phase_figures,
    bin_figures,
    timing_figures,
    rank_figures,
    measure_figures,
    world_figures,
    hegemon_figures,
    date_figures,
)


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
    written, fonts = with_written_names(analysis)
    style = matplotlib.rc_context({"font.family": fonts}, fname=STYLE)
    try:
        with drawing_folder(folder) as part, style:
            (part / FIGURES).mkdir()
            with (part / ANALYSIS).open("wb") as file, pyarrow.csv.CSVWriter(file, ANALYSIS_TABLE.schema()) as table:
                for drawn in draw_figures(written):
                    if isinstance(drawn, LeftOut):
                        left_out.append(drawn)
                        continue
                    save(drawn, part / FIGURES)
                    table.write_table(ANALYSIS_TABLE.of(drawn.rows))
                    names.append(drawn.name)
            put_into_place(part, folder)
    except OSError as error:
        if lies_elsewhere(error, folder):
            raise
        raise InputError(f"{folder / FIGURES}: cannot be written ({reason(error)})") from None
    return Report(folder, tuple(names), tuple(left_out), tuple(sentences), results.manifest.runs, analysis.failed_runs)


def report_text(report: Report) -> str:
    """What is printed: where the figures are, what was left out and why, then the three sentences."""
    where = f"{report.folder / FIGURES}/ and {report.folder / ANALYSIS}"
    lines = [f"{len(report.figures)} figures (png, svg) in {where}: {', '.join(report.figures)}"]
    if report.failed_runs:
        lines.append(f"{report.failed_runs:,} of {report.runs:,} runs failed and are left out")
    if report.left_out:
        whys = dict.fromkeys(item.why for item in report.left_out)
        names = {why: ", ".join(item.name for item in report.left_out if item.why == why) for why in whys}
        lines.append("Left out: " + "; ".join(f"{names[why]} ({why})" for why in whys))
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
    if (folder / ANALYSIS).exists() and not is_table(folder / ANALYSIS):
        raise InputError(f"{folder / ANALYSIS}: not written by this program, and in the way; move it elsewhere")
    for path in (folder, folder / FIGURES):
        if path.exists() and not os.access(path, os.W_OK | os.X_OK):
            raise InputError(f"{path}: cannot be written (Permission denied)")


def lies_elsewhere(error: OSError, folder: Path) -> bool:
    """Whether the system refused a path that is not in a folder."""
    path = error.filename
    return isinstance(path, str | bytes) and folder.resolve() not in Path(os.fsdecode(path)).resolve().parents


@contextmanager
def drawing_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder for figures in the making, for one process at a time; emptied before and after."""
    work = folder / DRAWING
    owner = Owner(work)
    owner.claim()
    try:
        empty(work)
        yield work
    finally:
        empty(work)
        owner.release(keep=False)


def empty(work: Path) -> None:
    """Remove what an `analyze`, this one or one that was killed, has left in its folder."""
    for path in work.iterdir():
        if path.name not in (LOCK, OWNER):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def put_into_place(part: Path, folder: Path) -> None:
    """The finished figures for the old ones; files of the user's own in `figures/` stay.

    An interruption leaves old figures, new ones or none, and `analysis.csv` only with all of its figures; never a
    mixture.
    """
    target = folder / FIGURES
    for path in (part / FIGURES).iterdir():
        if (target / path.name).exists() and not is_drawn(target / path.name):
            raise InputError(f"{target / path.name}: not drawn by this program, and in the way; move it elsewhere")
    remove_analysis(folder)
    target.mkdir(exist_ok=True)
    for path in sorted((part / FIGURES).iterdir()):
        path.replace(target / path.name)
    (part / ANALYSIS).replace(folder / ANALYSIS)
