"""Sweeps against Mesa's own batch runner: how many runs a second either makes of the same decisions.

    uv run python tests/benchmarks/sweep_speed.py

Both play the same replicates of a case in equilibrium, the policy is found beforehand for both, and both collect every
country's outcome in every run: `mesa.batch_run` as rows in memory, the sweep as it always does, on all cores and into a
folder (every row as CSV, every row as Parquet, summaries alone). First the outcomes of the replicates that Mesa plays
are compared: their hash is the same, or nothing is timed. Then each is timed in turn, in rounds; what is printed are
medians, and the ratio of each to Mesa in one process. Time to import, to compile and to solve is in none of them, but
Mesa with two processes starts these anew each time, as its users have it. Before that, what a small sweep takes beyond
solving and playing.
"""

import hashlib
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import mesa
import pandas as pd
from mesa.datacollection import DataCollector

from agents.country import Country
from agents.negotiation import Negotiation
from agents.policy import Prepared, prepare
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.saving import Saving
from model.cores import thread_count

SEED = 1
COLLECTED = ("deal_day", "deal_rank", "package", "tariff_final", "payoff_bn")
WAYS = {
    "every row, CSV": Saving(),
    "every row, Parquet": Saving(row_format="parquet"),
    "summaries": Saving(save="summary"),
}
CASES = {"six": (300, 1_000_000), "eighteen": (100, 200_000)}  # runs of Mesa in a round, and of a sweep
ROUNDS = 5


def iso3(agent: Any) -> str | None:
    """The code of a country; None for the hegemon."""
    return agent.iso3 if isinstance(agent, Country) else None


def reporter(name: str) -> Callable[[Any], Any]:
    """A part of a country's outcome."""
    return lambda agent: getattr(agent, f"outcome_{name}", None)


REPORTERS = {"country": iso3, **{name: reporter(name) for name in COLLECTED}}


@cache
def prepared_case(name: str) -> Prepared:
    """The case in equilibrium, found once a process."""
    return prepare(name)


class Collected(Negotiation):
    """One negotiation that collects every country's outcome at its end, and nothing on the way."""

    def __init__(self, case_name: str, replicate: int, **rest: Any) -> None:
        super().__init__(prepared=prepared_case(case_name), seed=SEED, replicate=replicate)
        self.datacollector = DataCollector(agent_reporters=REPORTERS)

    def step(self) -> None:
        """A day, and at the end the outcomes."""
        if self.running:
            collector, self.datacollector = self.datacollector, Silent()
            super().step()
            self.datacollector = collector
            if not self.running:
                self.note_outcomes()

    def note_outcomes(self) -> None:
        """What the run comes to, on the agents, and from there into the collector."""
        outcomes = self.outcomes()
        for i, country in enumerate(self.countries):
            for name in COLLECTED:
                setattr(country, f"outcome_{name}", getattr(outcomes, name)[0, i])
        self.datacollector.collect(self)
        records = self.datacollector._agent_records  # some versions of the runner look one step before the last
        records[self.steps - 1] = records[self.steps]


class Silent:
    """A collector that collects nothing."""

    def collect(self, model: object) -> None:
        """Nothing."""


def by_mesa(case: str, runs: int, processes: int = 1) -> list[dict[str, Any]]:
    """The outcomes of replicates 0 .. runs - 1 by Mesa's batch runner."""
    parameters = {"case_name": case, "replicate": range(runs)}
    options = {"number_processes": processes, "data_collection_period": -1, "display_progress": False}
    rows: list[dict[str, Any]] = mesa.batch_run(Collected, parameters, max_steps=10_000, **options)
    return rows


def by_sweep(case: str, runs: int, saving: Saving, folder: Path) -> None:
    """The same by a sweep of one point, into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    table = {"case": case, "replicates": runs, "seed": SEED, "grid": {"delay_cost": [0.0]}}
    run_sweep(parse_design(table, "benchmark", Path.cwd(), "benchmark"), folder, saving=saving)


def digest(rows: pd.DataFrame) -> str:
    """The hash of all outcomes, run by run and country by country, every digit."""
    wanted = rows.sort_values(["replicate", "country"])[["replicate", "country", *COLLECTED]]
    return hashlib.sha256(wanted.to_csv(index=False).encode()).hexdigest()


def of_mesa(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Mesa's rows as countries.csv has them."""
    from model.meeting import PACKAGES

    found = pd.DataFrame([row for row in rows if row["country"] is not None])
    found["package"] = [PACKAGES[int(number)] for number in found["package"]]
    return in_kind(found, found["deal_rank"] == 0)


def of_sweep(folder: Path, runs: int) -> pd.DataFrame:
    """The rows of countries.csv of the replicates that Mesa has played."""
    found = pd.read_csv(folder / "countries.csv", keep_default_na=False, na_values=[""])
    found = found[found["replicate"] < runs].copy()
    return in_kind(found, found["deal_rank"].isna())


def in_kind(rows: pd.DataFrame, none: "pd.Series[bool]") -> pd.DataFrame:
    """Without a deal there is no day, rank or package."""
    for name in ("deal_day", "deal_rank", "replicate"):
        rows[name] = rows[name].fillna(-1).astype(int)
    rows.loc[none, ["deal_day", "deal_rank"]] = -1
    rows["package"] = rows["package"].mask(none, "")
    return rows


def seconds(task: Callable[[], object]) -> float:
    """How long a task takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


def compare(case: str, runs: int, many: int, folder: Path) -> None:
    """Check that the decisions are the same, then print the rates of every way and their ratios."""
    by_sweep(case, runs, Saving(), folder)
    theirs, ours = digest(of_mesa(by_mesa(case, runs))), digest(of_sweep(folder, runs))
    if theirs != ours:
        sys.exit(f"{case}: the outcomes of {runs} runs differ: {theirs[:16]} by Mesa, {ours[:16]} by the sweep")
    print(f"\n{case}: outcomes of {runs} runs equal by both, sha256 {ours[:16]}")
    tasks: dict[str, tuple[int, Callable[[], object]]] = {"Mesa, 1 process": (runs, lambda: by_mesa(case, runs))}
    tasks["Mesa, 2 processes"] = (8 * runs, lambda: by_mesa(case, 8 * runs, 2))
    for name, saving in WAYS.items():
        tasks[name] = (many, lambda saving=saving: by_sweep(case, many, saving, folder))  # type: ignore[misc]
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for warm in (True, *[False] * ROUNDS):
        for name, (_, task) in tasks.items():
            spent = seconds(task)
            if not warm:
                taken[name].append(spent)
    rates = {name: sorted(tasks[name][0] / spent for spent in times) for name, times in taken.items()}
    one = statistics.median(rates["Mesa, 1 process"])
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:<20} {rate:12,.0f} runs/s  ({found[0]:,.0f} to {found[-1]:,.0f})  {rate / one:9,.1f} x")


def overhead(folder: Path) -> None:
    """Print how much longer the design `first_mover` takes, summaries alone, than solving and playing spread evenly
    over the cores: wall time x cores / (seconds of solving and playing, over threads)."""
    found = []
    for _ in range(2 * ROUNDS):
        shutil.rmtree(folder, ignore_errors=True)
        run = run_sweep(load_design("first_mover"), folder, saving=WAYS["summaries"])["run"]
        work = run["seconds_by_work"]["solving"] + run["seconds_by_work"]["playing"]
        found.append(run["seconds"] * run["cores"] / work)
    first, rest = found[0], sorted(found[1:])
    print(
        f"\nfirst_mover, summaries: wall time {statistics.median(rest):.2f} x (solving + playing) / cores "
        f"({rest[0]:.2f} to {rest[-1]:.2f}); the first in a process, which loads the compiled code, {first:.2f} x"
    )


def main() -> None:
    """Every case."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {thread_count()} used"
    print(f"{machine}, Python {platform.python_version()}, Mesa {mesa.__version__}; medians of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as folder:
        overhead(Path(folder) / "first")
        for case, (runs, many) in CASES.items():
            compare(case, runs, many, Path(folder) / "out")


if __name__ == "__main__":
    main()
