"""How fast the model is on this machine: medians, printed beside what the machine is.

    uv run python tests/benchmarks/speed.py

Kernel: runs a second of case `six` at the defaults, on one and on all threads; beside it what becomes of its records,
outcomes and the sums of a summary, on one. Solver: seconds for the exact equilibrium of the first N countries of
`eighteen`. Sweep: seconds of `tariff-pause sweep quickstart` in a process of its own, with an empty and with a warm
cache of compiled code. Mesa: the same runs through the Mesa model.
"""

import dataclasses
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np

from agents.negotiation import Negotiation
from agents.policy import Prepared, prepare, strategies_of
from experiments.tables.summary import NAMES
from model.case_file import load_case
from model.equilibrium import solve
from model.kernel import play
from model.outcomes import settle
from model.setting import make_setting
from model.sums import add_runs
from model.terms import make_terms
from model.timing import timing_game


def median_seconds(task: Callable[[], object], repeats: int) -> float:
    """The median time of a task, after one warm-up."""
    task()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def play_runs(prepared: Prepared, first: int, replicates: int) -> None:
    """Replicates through the batch kernel."""
    play(prepared.game, prepared.policy, seed=1, replicates=replicates, first=first)


def kernel_rate(prepared: Prepared, threads: int, replicates: int = 40_000) -> float:
    """Runs a second on so many threads."""

    def task() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda t: play_runs(prepared, t * replicates, replicates), range(threads)))

    return threads * replicates / median_seconds(task, 7)


def account_rates(prepared: Prepared, replicates: int = 5_000) -> tuple[float, float]:
    """Runs a second whose records are settled, and whose outcomes are summed up, on one thread."""
    worlds, countries = play(prepared.game, prepared.policy, seed=1, replicates=replicates)
    outcomes = settle(prepared.setting, prepared.terms, worlds, countries)
    sums = np.zeros((len(NAMES), 4, countries.shape[1]))

    def sum_up() -> None:
        for name, rows in zip(NAMES, sums, strict=True):
            add_runs(getattr(outcomes, name).astype(float), rows)

    settling = median_seconds(lambda: settle(prepared.setting, prepared.terms, worlds, countries), 21)
    return replicates / settling, replicates / median_seconds(sum_up, 21)


def mesa_rate(prepared: Prepared, runs: int = 20) -> float:
    """Runs a second through the Mesa model, data collection on."""

    def task() -> None:
        for replicate in range(runs):
            model = Negotiation(prepared=prepared, seed=1, replicate=replicate)
            while model.running:
                model.step()

    return runs / median_seconds(task, 3)


def solver_seconds(countries: int) -> tuple[float, float]:
    """Seconds and MB of the exact equilibrium."""
    case = load_case("eighteen")
    setting = make_setting(dataclasses.replace(case, countries=case.countries[:countries]))
    game = timing_game(setting, make_terms(setting))
    megabytes = solve(game).by_set.nbytes / 1e6
    return median_seconds(lambda: solve(game), 15 if countries <= 8 else 3), megabytes


def sweep_seconds(cache: Path) -> float:
    """Seconds of the quickstart sweep in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from experiments.cli import main; main()", "sweep", "quickstart", "--out", folder],
            env={**os.environ, "TARIFF_PAUSE_CACHE": str(cache)},
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - start


def main() -> None:
    """Print every number."""
    cores = os.cpu_count() or 1
    libraries = f"numba {numba.__version__}, numpy {np.__version__}"
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, {libraries}")
    case = load_case("six")
    prepared = prepare(make_setting(case), strategies_of(case))
    one, every, mesa = kernel_rate(prepared, 1), kernel_rate(prepared, cores), mesa_rate(prepared)
    print(f"kernel, six, 1 thread      {one:12,.0f} runs/s")
    print(f"kernel, six, {cores} threads     {every:12,.0f} runs/s   ({every / one:.2f} x one thread)")
    settled, summed = account_rates(prepared)
    print(f"outcomes, six, 1 thread    {settled:12,.0f} runs/s")
    print(f"sums, six, 1 thread        {summed:12,.0f} runs/s")
    print(f"Mesa model, six            {mesa:12,.1f} runs/s   (kernel on one thread: {one / mesa:,.0f} x)")
    for countries in (6, 8, 10, 12):
        seconds, megabytes = solver_seconds(countries)
        print(f"exact equilibrium, N={countries:<3}   {1000 * seconds:12,.1f} ms   policy {megabytes:,.1f} MB")
    with tempfile.TemporaryDirectory() as folder:
        cold = sweep_seconds(Path(folder))
        warm = statistics.median(sweep_seconds(Path(folder)) for _ in range(5))
    print(f"sweep quickstart           {cold:12.1f} s with an empty cache, {warm:.1f} s after")


if __name__ == "__main__":
    main()
