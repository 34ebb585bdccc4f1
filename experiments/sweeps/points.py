"""Running a design: every point prepared once, its replicates played in chunks, on as many threads as asked for.

Compiled rules release the interpreter's lock, so threads are enough. Chunks come back in order whatever the number
of threads; a point that fails is reported as failed rows and the others go on.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from agents.policy import Prepared, prepare, strategies_of
from experiments.measures.catalogue import DATES, date_rows, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.sweeps.clock import Clock
from experiments.sweeps.design import Design
from experiments.tables.rows import Chunk
from model.cores import pool_for, thread_count
from model.kernel import play
from model.outcomes import settle
from model.setting import Overrides, make_setting
from model.solver import reasoned_waits

CHUNK = 5_000


@dataclass(frozen=True)
class Measured:
    """The measures of a point: rows of measures.csv and of dates.csv, or why there are none."""

    point: int
    factors: Overrides
    rows: list[dict[str, Any]]
    dates: list[dict[str, Any]]
    error: str


@dataclass(frozen=True)
class Taken:
    """Replicates 0 .. replicates - 1 of a point are those of an earlier result."""

    point: int
    replicates: int


@dataclass(frozen=True)
class Place:
    """How far a sweep has come: all before `point` is done, and of it what is said here."""

    point: int = 0
    taken: bool = False
    measured: bool = False
    replicate: int = 0  # the next to play


def prepare_point(design: Design, factors: Overrides) -> Prepared:
    """Everything that is fixed before the first meeting of a point."""
    setting = make_setting(design.case, factors, design.name)
    return prepare(setting, strategies_of(design.case, design.strategy))


class Work:
    """What the threads do: prepare a point, play a chunk of it, measure it. Whatever goes wrong is written on the
    result; nothing of another run shows in it."""

    def __init__(self, design: Design, clock: Clock) -> None:
        self.design, self.clock = design, clock

    def prepare(self, factors: Overrides) -> Prepared:
        with self.clock.measure("solving"):
            return prepare_point(self.design, factors)

    def play(self, preparing: Future[Prepared], point: int, factors: Overrides, first: int) -> Chunk:
        replicates = min(CHUNK, self.design.replicates - first)
        try:
            prepared = preparing.result()
            with self.clock.measure("playing"):
                worlds, countries = play(
                    prepared.game, prepared.policy, seed=self.design.seed, replicates=replicates, first=first
                )
                outcomes = settle(prepared.setting, prepared.terms, worlds, countries)
                waits = reasoned_waits(
                    prepared.game, prepared.solution, seed=self.design.seed, replicates=replicates, first=first
                )
        except Exception as error:
            return Chunk(point, factors, first, replicates, None, in_a_line(error))
        return Chunk(point, factors, first, replicates, outcomes, "", prepared.status, waits)

    def measure(self, preparing: Future[Prepared], point: int, factors: Overrides) -> Measured:
        design = self.design
        try:
            prepared = preparing.result()
            with self.clock.measure("measuring"):
                study = Study(prepared, SimulatedRuns(design.seed, max(design.replicates, 2)))
                rows = list(measure_rows(study, design.measures, design.measured, threads=1))
                dates = date_rows(study, design.measured) if DATES in design.measures else []
        except Exception as error:
            return Measured(point, factors, [], [], in_a_line(error))
        return Measured(point, factors, rows, dates, "")


def in_a_line(error: Exception) -> str:
    """What went wrong."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def run_design(
    design: Design,
    threads: int | None = None,
    place: Place | None = None,
    held: Callable[[int], int] = lambda point: 0,
    clock: Clock | None = None,
) -> Iterator[Taken | Chunk | Measured]:
    """All of a design in order from `place` on: of each point what is taken over (`held` says how many replicates),
    its measures (if any), its chunks. A few are in work at a time, so memory does not grow with the sweep."""
    clock, place = clock or Clock(), place or Place()
    workers, points, work = worker_count(threads), design.points, Work(design, clock)
    jobs = len(points) * (math.ceil(design.replicates / CHUNK) + bool(design.measures))
    with pool_for(jobs, workers) as pool:
        waiting: deque[Future[Any]] = deque()

        def ready(most: int) -> Iterator[Any]:
            while len(waiting) > most:
                with clock.measure("waiting"):
                    result = waiting.popleft().result()
                yield result

        try:
            for point, factors in enumerate(points):
                if point < place.point:
                    continue
                here = place if point == place.point else Place(point)
                already = held(point)
                if already and not here.taken:
                    waiting.append(at_hand(Taken(point, already)))
                    yield from ready(2 * workers)
                first = max(already, here.replicate)
                if first >= design.replicates:
                    continue
                # Submitted before its chunks, so it has started before any of them can wait for it.
                preparing = pool.submit(work.prepare, factors)
                if design.measures and not here.measured:
                    waiting.append(pool.submit(work.measure, preparing, point, factors))
                for start in range(first, design.replicates, CHUNK):
                    waiting.append(pool.submit(work.play, preparing, point, factors, start))
                    yield from ready(2 * workers)
            yield from ready(0)
        finally:
            for future in waiting:
                future.cancel()
            pool.shutdown(cancel_futures=True)


def worker_count(threads: int | None) -> int:
    """How many threads work: as many as asked for, else one for each core allotted."""
    return threads or thread_count()


def at_hand(result: Any) -> Future[Any]:
    """A future that is done."""
    future: Future[Any] = Future()
    future.set_result(result)
    return future
