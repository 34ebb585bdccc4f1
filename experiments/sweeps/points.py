"""Running a design: its points in order, each prepared once, its replicates played in blocks by whoever works for it.

Blocks come back in order whatever the number of workers; a point that fails is reported as failed rows and the others
go on. A few blocks are in work at a time, so memory does not grow with the sweep.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from experiments.sweeps import blocks
from experiments.sweeps.blocks import Measured, Played, measure_point, play_block, play_until
from experiments.sweeps.clock import Clock
from experiments.sweeps.design import Design
from experiments.sweeps.recipe import Recipe
from experiments.sweeps.workers import Workers


@dataclass(frozen=True)
class Taken:
    """Replicates 0 .. replicates - 1 of a point are those of an earlier result."""

    point: int
    replicates: int


@dataclass(frozen=True)
class Counted:
    """How many replicates a point has, known before its first block comes."""

    point: int
    replicates: int


@dataclass(frozen=True)
class Place:
    """How far a sweep has come: all before `point` is done, and of it what is said here."""

    point: int = 0
    taken: bool = False
    measured: bool = False
    replicate: int = 0  # the next to play


Item = Taken | Counted | Played | Measured


def job_count(design: Design) -> int:
    """About how many blocks and measurements a design has."""
    return len(design.points) * (math.ceil(design.replicates / blocks.BLOCK) + bool(design.measures))


class Line:
    """The blocks of a sweep, in the order in which their results are handed out. So many are in work at a time that no
    worker stands idle while the first in line is waited for."""

    def __init__(self, workers: Workers, clock: Clock) -> None:
        self.workers, self.clock, self.most = workers, clock, 2 * workers.size
        self._waiting: deque[tuple[bool, Any]] = deque()  # whether it is a block's future, and the future or the result
        self._blocks = 0

    def join(self, task: Callable[..., Any], *given: Any) -> None:
        """Have a block done, its result in its place."""
        self._waiting.append((True, self.workers.submit(task, *given)))
        self._blocks += 1

    def put(self, result: Item) -> None:
        """Put a result in its place that is there already."""
        self._waiting.append((False, result))

    def ready(self, most: int | None = None) -> Iterator[Item]:
        """The results at the head of the line, until no more than `most` blocks wait."""
        while self._waiting and (not self._waiting[0][0] or self._blocks > (self.most if most is None else most)):
            is_block, first = self._waiting.popleft()
            if is_block:
                self._blocks -= 1
                with self.clock.measure("waiting"):
                    first = self.workers.result(first)
            yield first

    def leave(self) -> None:
        """Call off what has not begun."""
        for is_block, future in self._waiting:
            if is_block:
                future.cancel()


def run_design(
    design: Design,
    recipe: Recipe,
    workers: Workers,
    place: Place | None = None,
    held: Callable[[int], int] = lambda point: 0,
    clock: Clock | None = None,
) -> Iterator[Item]:
    """All of a design in order from `place` on: of each point how many replicates it has, what is taken over of them
    (`held` says how many), its measures (if any), its blocks."""
    clock, place = clock or Clock(), place or Place()
    line, looks = Line(workers, clock), Looks(design, recipe, workers)
    try:
        for point in range(place.point, len(design.points)):
            here = place if point == place.point else Place(point)
            factors, already = design.points[point], held(point)
            found = looks.at(point)
            replicates = found.replicates if found is not None else design.replicates
            summary_alone = found is not None and not recipe.saving.tables and already < replicates
            line.put(Counted(point, replicates))
            if already and not here.taken and not summary_alone:
                line.put(Taken(point, already))
            first = max(already, here.replicate)
            if first < replicates and design.measures and not here.measured:
                line.join(measure_point, recipe.key, point, factors)
            if summary_alone and found is not None:
                line.put(found)
                first = replicates
            for start in range(first, replicates, blocks.BLOCK):
                line.join(play_block, recipe.key, point, factors, start, min(blocks.BLOCK, replicates - start))
                yield from line.ready()
            yield from line.ready()
        yield from line.ready(0)
    finally:
        line.leave()
        looks.leave()


class Looks:
    """Where runs are added until it is known: the points are played ahead to see how many each needs."""

    def __init__(self, design: Design, recipe: Recipe, workers: Workers) -> None:
        self.points, self.recipe, self.workers = design.points, recipe, workers
        self._ahead: dict[int, Future[Played]] = {}

    def at(self, point: int) -> Played | None:
        """The runs that a point needs, with their summary; None where every point has all its replicates."""
        if self.recipe.until is None:
            return None
        for next_one in range(point, min(point + 2 * self.workers.size, len(self.points))):
            if next_one not in self._ahead:
                task = play_until, self.recipe.key, next_one, self.points[next_one]
                self._ahead[next_one] = self.workers.submit(*task)
        found: Played = self.workers.result(self._ahead.pop(point))
        return found

    def leave(self) -> None:
        """Call off what has not begun."""
        for future in self._ahead.values():
            future.cancel()
