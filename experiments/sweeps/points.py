"""Running a design: every point prepared once, its replicates played in chunks, on as many threads as asked for.

Compiled rules release the interpreter's lock, so threads are enough. Chunks come back in order whatever the number
of threads; a point that fails is reported as failed rows and the others go on.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from agents.policy import Prepared, prepare, strategies_of
from experiments.measures.catalogue import DATES, date_rows, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.sweeps.design import Design
from experiments.tables.rows import Chunk
from model.kernel import play
from model.outcomes import settle
from model.setting import Overrides, make_setting

CHUNK = 5_000


@dataclass(frozen=True)
class Measured:
    """The measures of a point: rows of measures.csv and of dates.csv, or why there are none."""

    point: int
    factors: Overrides
    rows: list[dict[str, Any]]
    dates: list[dict[str, Any]]
    error: str


def prepare_point(design: Design, factors: Overrides) -> Prepared:
    """Everything that is fixed before the first meeting of a point."""
    setting = make_setting(design.case, factors, design.name)
    return prepare(setting, strategies_of(design.case, design.strategy))


def play_chunk(design: Design, preparing: Future[Prepared], point: int, factors: Overrides, first: int) -> Chunk:
    """One chunk of a point. Whatever goes wrong is written on the chunk; nothing of another run shows in it."""
    replicates = min(CHUNK, design.replicates - first)
    try:
        prepared = preparing.result()
        worlds, countries = play(prepared.game, prepared.policy, seed=design.seed, replicates=replicates, first=first)
        outcomes = settle(prepared.setting, prepared.terms, worlds, countries)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Chunk(point, factors, first, replicates, None, reason)
    return Chunk(point, factors, first, replicates, outcomes, "", prepared.status)


def measure_point(design: Design, preparing: Future[Prepared], point: int, factors: Overrides) -> Measured:
    """The measures of a point. Whatever goes wrong is written on them."""
    try:
        study = Study(preparing.result(), SimulatedRuns(design.seed, max(design.replicates, 2)))
        rows = list(measure_rows(study, design.measures, design.measured, threads=1))
        dates = date_rows(study, design.measured) if DATES in design.measures else []
    except Exception as error:
        return Measured(point, factors, [], [], " ".join(f"{type(error).__name__}: {error}".split()))
    return Measured(point, factors, rows, dates, "")


def run_design(design: Design, threads: int | None = None) -> Iterator[Chunk | Measured]:
    """All chunks of a design in order, each point's measures (if any) before its chunks. A few are in work at a time,
    so memory does not grow with the sweep."""
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Any]] = deque()
        try:
            for point, factors in enumerate(design.points):
                # Submitted before its chunks, so it has started before any of them can wait for it.
                preparing = pool.submit(prepare_point, design, factors)
                if design.measures:
                    waiting.append(pool.submit(measure_point, design, preparing, point, factors))
                for first in range(0, design.replicates, CHUNK):
                    waiting.append(pool.submit(play_chunk, design, preparing, point, factors, first))
                    if len(waiting) > 2 * workers:
                        yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
