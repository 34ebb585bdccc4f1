"""What a sweep will take, before it: points and runs from the design, time and bytes from one point of it."""

import math
import time
from pathlib import Path

from experiments.measures.catalogue import DATES, date_rows, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.sweeps.design import Design
from experiments.sweeps.points import prepare_point, worker_count
from experiments.sweeps.progress import in_time
from experiments.tables.rows import Chunk, countries_table, runs_table
from experiments.tables.writing import csv_text
from model.kernel import play
from model.outcomes import settle

TRIED = 2_000  # runs, at most


def estimate_lines(design: Design, target: Path) -> list[str]:
    """The lines that `sweep --dry-run` prints. One point in the middle is solved, measured, and partly played."""
    points, runs = design.points, len(design.points) * design.replicates
    factors, tried = points[len(points) // 2], min(TRIED, design.replicates)
    for warm in (True, False):  # the first time pays for compiling
        started = time.perf_counter()
        prepared = prepare_point(design, factors)
        solved = time.perf_counter()
        replicates = 1 if warm else tried
        worlds, countries = play(prepared.game, prepared.policy, seed=design.seed, replicates=replicates)
        outcomes = settle(prepared.setting, prepared.terms, worlds, countries)
        played = time.perf_counter()
    if design.measures:
        study = Study(prepared, SimulatedRuns(design.seed, max(design.replicates, 2)))
        list(measure_rows(study, design.measures, design.measured, threads=1))
        if DATES in design.measures:
            date_rows(study, design.measured)
    measured = time.perf_counter()
    chunk = Chunk(0, factors, 0, tried, outcomes, "")
    size = len(csv_text(runs_table(chunk), False)) + len(csv_text(countries_table(chunk, design.case.ids), False))
    written = time.perf_counter()
    work = (solved - started + measured - played) * len(points) + (played - solved) / tried * runs
    seconds = max(work / worker_count(None), (written - measured) / tried * runs)
    return [
        f"{design.name}: {len(points):,} points x {design.replicates:,} replicates = {runs:,} runs, into {target}/",
        f"about {in_time(seconds)} on {worker_count(None)} cores (a point: solving {solved - started:.2g} s"
        + (f", measures {measured - played:.2g} s" if design.measures else "")
        + f"; {tried / (played - solved):,.0f} runs/s a core)",
        f"about {in_bytes(size / tried * runs)} in runs.csv and countries.csv; twice that while the folder holds a "
        f"result that is replaced. Nothing was written",
    ]


def in_bytes(count: float) -> str:
    """A size as people say it."""
    unit = min(int(math.log10(max(count, 1)) // 3), 4)
    return f"{count / 1000**unit:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"
