"""The figures of a result folder: drawn from its files only, and put into place together or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import pyarrow as pa
import pyarrow.csv

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.sentences import three_sentences
from experiments.figures.dates import date_figures
from experiments.figures.hegemon import hegemon_figures
from experiments.figures.measures import measure_figures
from experiments.figures.phase import phase_figures
from experiments.figures.ranks import rank_figures
from experiments.figures.sheet import HEADER, LeftOut, Plot, Row
from experiments.figures.timing import timing_figures
from experiments.figures.world import world_figures
from experiments.tables.folder import ANALYSIS, FIGURES, FORMATS, SIGNATURE, is_drawn, is_running, reason
from experiments.tables.reading import read_results
from model.errors import InputError

STYLE = Path(__file__).parent / "figures.mplstyle"
FAMILIES = (phase_figures, timing_figures, rank_figures, measure_figures, world_figures, hegemon_figures, date_figures)
NUMBERS = pa.schema(
    [
        (name, pa.float64() if name in ("x", "value", "low", "high") else pa.int64() if name in ("point", "runs")
         else pa.string())
        for name in HEADER
    ]
)  # fmt: skip


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
    part = folder / f".{FIGURES}.partial-{os.getpid()}"
    names: list[str] = []
    left_out: list[LeftOut] = []
    try:
        remove_abandoned(folder)
        (part / FIGURES).mkdir(parents=True)
        with matplotlib.rc_context(fname=STYLE), pa.csv.CSVWriter(part / ANALYSIS, NUMBERS) as table:
            for drawn in draw_figures(analysis):
                if isinstance(drawn, LeftOut):
                    left_out.append(drawn)
                    continue
                save(drawn, part / FIGURES)
                table.write_table(numbers_table(drawn.rows))
                names.append(drawn.name)
        put_into_place(part, folder)
    except OSError as error:
        raise InputError(f"{folder / FIGURES}: cannot be written ({reason(error)})") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    runs = int(results.manifest["runs"])
    return Report(folder, tuple(names), tuple(left_out), tuple(sentences), runs, analysis.failed_runs)


def report_text(report: Report) -> str:
    """What is printed: where the figures are, what was left out and why, then the three sentences."""
    lines = [f"{len(report.figures)} figures (png, svg) in {report.folder / FIGURES}/ and {report.folder / ANALYSIS}: "
             f"{', '.join(report.figures)}"]  # fmt: skip
    if report.failed_runs:
        lines.append(f"{report.failed_runs:,} of {report.runs:,} runs failed and are left out")
    if report.left_out:
        lines.append("Left out: " + "; ".join(f"{item.name} ({item.why})" for item in report.left_out))
    return "\n".join([*lines, "", *report.sentences])


def numbers_table(rows: list[Row]) -> pa.Table:
    """Rows of analysis.csv."""
    return pa.Table.from_pylist(rows, NUMBERS)


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


def put_into_place(part: Path, folder: Path) -> None:
    """Swap the finished figures for the old ones; files of the user's own in `figures/` stay.

    An interruption leaves the old ones or none, never a mixture.
    """
    target, old = folder / FIGURES, part / "old"
    (folder / ANALYSIS).unlink(missing_ok=True)
    if target.exists():
        for path in target.iterdir():
            if not is_drawn(path) and not (part / FIGURES / path.name).exists():
                copy_aside(path, part / FIGURES / path.name)
        target.replace(old)
    (part / FIGURES).replace(target)
    (part / ANALYSIS).replace(folder / ANALYSIS)


def copy_aside(source: Path, target: Path) -> None:
    """A copy of a file or folder."""
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def remove_abandoned(folder: Path) -> None:
    """Remove what an interrupted `analyze` has left behind, if its process is gone."""
    for path in folder.glob(f".{FIGURES}.partial-*"):
        pid = path.name.rpartition("-")[2]
        if pid.isdigit() and not is_running(int(pid)):
            with suppress(OSError):
                shutil.rmtree(path)
