"""What is done with a sweep's points, block by block: play some runs, measure, or play until it is known. The same
functions work on threads of this process and in workers of a cluster.

A point is prepared where it is used, once, and kept there for its blocks. Whatever goes wrong in a block is written on
its result; nothing of another run shows in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from agents.policy import Prepared
from agents.strategy_factors import Point, numbers_of
from agents.strategy_file import described
from experiments.measures.catalogue import DATES, date_rows, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.sweeps.clock import Clock
from experiments.sweeps.once import Once
from experiments.sweeps.recipe import Recipe, made_here, refuse_other_makers
from experiments.sweeps.sharing import Shared
from experiments.sweeps.until import FIRST_LOOK
from experiments.tables.rows import Chunk, rows_of
from experiments.tables.saving import CSV
from experiments.tables.summary import PointSummary, Samples, samples_of
from experiments.tables.writing import csv_text
from model.cores import thread_count
from model.errors import InputError
from model.kernel import play
from model.outcomes import Outcomes, settle
from model.reasoned import Waits
from model.setting import make_setting
from model.solver import Status, reasoned_waits

BLOCK = 5_000  # runs that are played at a time


@dataclass(frozen=True)
class Played:
    """Replicates first .. first + replicates - 1 of a point, as they go into the tables.

    rows: of the tables of single runs that are kept, as lines of CSV or as a table; samples: what is summed up of them,
    or, of the first runs of a point, summed already (`summary`): so that little is sent about.
    """

    point: int
    first: int
    replicates: int
    error: str = ""
    ending: Status | None = None  # how the point's solver ended
    rows: Mapping[str, bytes | pa.Table] = field(default_factory=dict)
    samples: Samples | None = None
    summary: Any = None  # numbers of a PointSummary
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """The measures of a point: rows of measures.csv and of dates.csv, or why there are none."""

    point: int
    rows: list[dict[str, Any]]
    dates: list[dict[str, Any]]
    error: str
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Kept:
    """A prepared point."""

    prepared: Prepared
    seed: int

    def waits(self, first: int, replicates: int) -> Waits:
        """Those of some runs, or, where that is exact, those expected of any."""
        return self.expected_waits if self.prepared.exact else self.reasoned(first, replicates)

    @cached_property
    def expected_waits(self) -> Waits:
        """Those expected of a run; only where that is exact."""
        return self.reasoned(0, 0)

    def reasoned(self, first: int, replicates: int) -> Waits:
        game, solution = self.prepared.game, self.prepared.solution
        return reasoned_waits(game, solution, seed=self.seed, replicates=replicates, first=first)


class Bench:
    """A recipe where it is worked on, with the points that were prepared here last."""

    def __init__(self, recipe: Recipe, threads: int) -> None:
        refuse_other_makers("a worker of the cluster", recipe.made_by, made_here())
        self.recipe, self.shared, self.points = recipe, Shared(), Once(threads + 1)

    def point(self, number: int, factors: Point, clock: Clock) -> Kept:
        """A prepared point."""

        def make() -> Kept:
            with clock.measure("solving"):
                return Kept(prepare_point(self.recipe, factors, self.shared), self.recipe.seed)

        found: Kept = self.points.get(number, make)
        return found


def prepare_point(recipe: Recipe, factors: Point, shared: Shared | None = None) -> Prepared:
    """Everything that is fixed before the first meeting of a point; what other points have in common with it is taken
    from what is shared."""
    setting = make_setting(recipe.case, numbers_of(factors), recipe.name)
    return (shared or Shared()).prepare(setting, factors, recipe.mix_at(factors))


BENCHES: dict[str, Bench] = {}  # by the key of the recipe


def set_up(recipe: Recipe, threads: int | None = None) -> None:
    """Make ready for a sweep's blocks in this process."""
    if recipe.key not in BENCHES:
        BENCHES[recipe.key] = Bench(recipe, threads or thread_count())


def bench_of(key: str) -> Bench:
    """The bench of a sweep; InputError where none was set up, as for a worker that came later and was refused."""
    if key not in BENCHES:
        raise InputError("a worker of the cluster was not set up; install the same on all")
    return BENCHES[key]


def clear(key: str) -> None:
    """Keep nothing of a sweep."""
    BENCHES.pop(key, None)


def play_block(key: str, point: int, factors: Point, first: int, replicates: int) -> Played:
    """Play runs of a point."""
    bench, clock = bench_of(key), Clock()
    recipe = bench.recipe
    try:
        kept = bench.point(point, factors, clock)
        outcomes, samples = play_runs(kept, first, replicates, clock)
        with clock.measure("writing"):
            rows = written(Chunk(point, first, replicates, outcomes), recipe)
        with clock.measure("playing"):
            summary = summed(recipe, samples) if first == 0 else None
    except Exception as error:
        rows = written(Chunk(point, first, replicates, None, described(error)), recipe)
        return Played(point, first, replicates, described(error), rows=rows, seconds=clock.seconds())
    ending = kept.prepared.status
    rest = {"samples": samples} if summary is None else {"summary": summary}
    return Played(point, first, replicates, "", ending, rows, seconds=clock.seconds(), **rest)


def play_until(key: str, point: int, factors: Point) -> Played:
    """Play a point until it is known as the recipe asks; of its runs only the summary is kept."""
    bench, clock = bench_of(key), Clock()
    recipe, runs = bench.recipe, 0
    assert recipe.until is not None
    summary, goal = PointSummary(recipe.countries), FIRST_LOOK
    try:
        kept = bench.point(point, factors, clock)
        while runs < goal:
            more = min(BLOCK - runs % BLOCK, goal - runs)
            _, samples = play_runs(kept, runs, more, clock)
            with clock.measure("playing"):
                summary.add(samples)
            runs += more
            if runs == goal:
                goal = recipe.until.next_look(summary, recipe.replicates)
    except Exception as error:
        return Played(point, 0, goal, described(error), seconds=clock.seconds())
    return Played(point, 0, runs, "", kept.prepared.status, summary=summary.numbers, seconds=clock.seconds())


def measure_point(key: str, point: int, factors: Point) -> Measured:
    """Measure a point."""
    bench, clock = bench_of(key), Clock()
    recipe = bench.recipe
    try:
        kept = bench.point(point, factors, clock)
        with clock.measure("measuring"):
            study = Study(kept.prepared, SimulatedRuns(recipe.seed, max(recipe.replicates, 2)))
            rows = list(measure_rows(study, recipe.measures, recipe.measured, threads=1))
            dates = date_rows(study, recipe.measured) if DATES in recipe.measures else []
    except Exception as error:
        return Measured(point, [], [], described(error), clock.seconds())
    return Measured(point, rows, dates, "", clock.seconds())


def play_runs(kept: Kept, first: int, replicates: int, clock: Clock) -> tuple[Outcomes, Samples]:
    """Outcomes of some runs of a point, and what is summed up of them."""
    prepared = kept.prepared
    with clock.measure("playing"):
        worlds, countries = play(prepared.game, prepared.policy, seed=kept.seed, replicates=replicates, first=first)
        outcomes = settle(prepared.setting, prepared.terms, worlds, countries)
        return outcomes, samples_of(outcomes, kept.waits(first, replicates))


def summed(recipe: Recipe, samples: Samples) -> Any:
    """The numbers of a summary of the first runs of a point."""
    summary = PointSummary(recipe.countries)
    summary.add(samples)
    return summary.numbers


def written(chunk: Chunk, recipe: Recipe) -> dict[str, bytes | pa.Table]:
    """The rows of a chunk in each table of single runs that is kept, as they are handed on."""
    as_csv = recipe.saving.row_format == CSV
    tables = rows_of(chunk, recipe.saving, recipe.case.ids)
    return {name: csv_text(table, header=False) if as_csv else table for name, table in tables}
