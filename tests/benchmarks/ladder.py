"""How far exact solving goes on this machine, and how far an explicit extensive form goes in Gambit.

    uv run python tests/benchmarks/ladder.py

First: the exact equilibrium of the first N countries of case `eighteen`, with the policy table up to N = 14 and
values only at 16. Seconds are the median of repeated solves once everything is compiled. Memory is the peak resident
set of the process, one process for each N: Python, libraries and compiled code are in it, as the first line shows.

Second: the moment-based equilibrium of the whole cases `eighteen` and `all`, and how it ended.

Third: row 14 of the benchmark list, N countries and T meetings, as the extensive form of
`tests/validation/test_gambit.py`. Gambit solves the tree of all histories, by following the logit equilibrium from
lambda = 0 to 20, with the step lengths it comes with and with those of the test; the solver here solves the same game
by backward induction over states. Left out where Gambit is not installed. Every size has a process and a time-out of
its own.
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import numba
import numpy as np

from model.case_file import load_case
from model.crowd import solve_crowd
from model.equilibrium import solve
from model.setting import make_setting
from model.solver import is_exact
from model.terms import make_terms
from model.timing import Game, timing_game

EXACT = (6, 8, 10, 12, 14, 16)
EXACT_TIMEOUT = 600  # seconds for a size, compilation included
FLOORS = {12: (1.0, None), 14: (8.0, 4.0), 16: (120.0, 12.0)}  # N: seconds, GB
WHOLE_CASES = {"eighteen": None, "all": 15.0}  # at most so many seconds
WITH_GAMBIT = ((2, 2), (3, 2), (2, 3), (4, 2), (2, 4), (3, 3), (2, 5), (4, 3))  # N, T; by number of decision nodes
GAMBIT_TIMEOUT = 60
STEPS = {"defaults": {}, "long steps": {"first_step": 1.0, "max_accel": 2.0}}
PRECISION = 20.0


def median_seconds(task: Callable[[], object], repeats: int) -> float:
    """The median time of a task."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_gigabytes() -> float:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9


def first_of_eighteen(countries: int) -> Game:
    """The timing game of the first countries of case `eighteen`."""
    case = load_case("eighteen")
    setting = make_setting(dataclasses.replace(case, countries=case.countries[:countries]))
    return timing_game(setting, make_terms(setting))


def exact(countries: int) -> dict[str, Any]:
    """Seconds and memory of the exact equilibrium, with the policy table where it fits."""
    keep = is_exact(first_of_eighteen(countries))
    solve(first_of_eighteen(min(countries, 10)), keep_policy=keep)  # compiles the rules in their threaded form too
    game, repeats = first_of_eighteen(countries), 21 if countries <= 10 else 5 if countries <= 14 else 3
    seconds = median_seconds(lambda: solve(game, keep_policy=keep), repeats)
    return {"seconds": seconds, "gigabytes": peak_gigabytes(), "repeats": repeats}


def crowd(name: str) -> dict[str, Any]:
    """Seconds and memory of the moment-based equilibrium of a whole case, and how it ended."""
    setting = make_setting(load_case(name))
    game = timing_game(setting, make_terms(setting))
    found = solve_crowd(game, max_iterations=2)  # compiles the rules
    start = time.perf_counter()
    found = solve_crowd(game)
    seconds = time.perf_counter() - start
    return {
        "countries": len(found.value),
        "seconds": seconds,
        "gigabytes": peak_gigabytes(),
        "iterations": found.iterations,
        "residual": found.residual,
        "converged": found.converged,
    }


def beside_gambit(countries: int, meetings: int, steps: str) -> dict[str, Any]:
    """Seconds of Gambit and of the solver here on one game, and the largest difference in a move's probability."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    test = import_module("tests.validation.test_gambit")
    # All precedents are mild, so that nothing branches which does not matter in this game.
    rules = dataclasses.replace(test.row_14(countries, meetings, PRECISION), prior_firm=0.0, precedent_accuracy=1.0)
    tree = test.Tree(rules)
    tree_game = test.gambit.read_efg(StringIO(tree.text()))
    start = time.perf_counter()
    [found] = test.gambit.qre.logit_solve_lambda(tree_game, [PRECISION], **STEPS[steps])
    gambit = time.perf_counter() - start
    game = test.raw_game(**vars(rules))
    equilibrium = solve(game)
    ours = median_seconds(lambda: solve(game), 101)
    moves = [
        (
            dict(iter(mixed))["move"],
            equilibrium.probability(choice.country, choice.history.meeting, choice.history.signers),
        )
        for own, behaviour in zip(tree.choices(), found.profile, strict=True)
        for choice, (_, mixed) in zip(own, behaviour, strict=True)
    ]
    return {
        "choices": len(moves),
        "nodes": sum(1 for _ in tree.nodes()),
        "gambit": gambit,
        "ours": ours,
        "difference": max(abs(theirs - own) for theirs, own in moves),
    }


def in_a_process(task: str, *arguments: object, timeout: float) -> dict[str, Any] | None:
    """What a task of this file returns in a new process; None if time ran out."""
    command = [sys.executable, __file__, task, *(str(argument) for argument in arguments)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{error.stderr}") from error
    return json.loads(done.stdout)


def verdict(countries: int, seconds: float, gigabytes: float) -> str:
    """Whether a size keeps to what is asked of it."""
    if countries not in FLOORS:
        return ""
    most_seconds, most_gigabytes = FLOORS[countries]
    asked = f"under {most_seconds:g} s" + (f" and {most_gigabytes:g} GB" if most_gigabytes else "")
    kept = seconds < most_seconds and (most_gigabytes is None or gigabytes < most_gigabytes)
    return f"{asked}: {'yes' if kept else 'NO'}"


def processor() -> str:
    """What the processor calls itself, where that can be read."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def print_exact() -> None:
    """The first ladder."""
    print("\nExact equilibrium, first N countries of `eighteen`")
    print(f"{'N':>3} {'kept':>7} {'seconds':>10} {'peak GB':>8} {'solves':>7}")
    for countries in EXACT:
        kept = "policy" if is_exact(first_of_eighteen(countries)) else "values"
        found = in_a_process("exact", countries, timeout=EXACT_TIMEOUT)
        if found is None:
            print(f"{countries:>3} {kept:>7}   not done in {EXACT_TIMEOUT} s", flush=True)
            continue
        seconds, gigabytes = found["seconds"], found["gigabytes"]
        line = f"{countries:>3} {kept:>7} {seconds:>10.4f} {gigabytes:>8.2f} {found['repeats']:>7}"
        print(f"{line}   {verdict(countries, seconds, gigabytes)}".rstrip(), flush=True)


def print_crowd() -> None:
    """The second ladder."""
    print("\nMoment-based equilibrium of whole cases")
    print(f"{'case':>9} {'N':>3} {'seconds':>10} {'peak GB':>8}")
    for name in WHOLE_CASES:
        found = in_a_process("crowd", name, timeout=EXACT_TIMEOUT)
        if found is None:
            print(f"{name:>9}   not done in {EXACT_TIMEOUT} s", flush=True)
            continue
        line = f"{name:>9} {found['countries']:>3} {found['seconds']:>10.2f} {found['gigabytes']:>8.2f}"
        ended = "converged" if found["converged"] else "did NOT converge"
        line = f"{line}   {ended} in {found['iterations']} iterations, residual {found['residual']:.0e}"
        most = WHOLE_CASES[name]
        if most is not None:
            line = f"{line}; under {most:g} s: {'yes' if found['seconds'] < most else 'NO'}"
        print(line, flush=True)


def print_beside_gambit() -> None:
    """The third ladder."""
    if find_spec("pygambit") is None:
        print("\nGambit is not installed (pip install pygambit): its ladder is left out")
        return
    print(f"\nRow 14 as an extensive form, lambda = {PRECISION:g}, pygambit {version('pygambit')}; seconds")
    columns = "".join(f"{'Gambit, ' + steps:>20}" for steps in STEPS)
    print(f"{'N':>3} {'T':>3} {'choices':>8} {'nodes':>6}{columns} {'here':>10} {'difference':>11}")
    for countries, meetings in WITH_GAMBIT:
        found = [in_a_process("gambit", countries, meetings, steps, timeout=GAMBIT_TIMEOUT) for steps in STEPS]
        cells = "".join(f"{done['gambit']:>20.2f}" if done else f"{f'over {GAMBIT_TIMEOUT}':>20}" for done in found)
        done = next((done for done in found if done), None)
        if done is None:
            print(f"{countries:>3} {meetings:>3} {'':>8} {'':>6}{cells}", flush=True)
            continue
        size = f"{countries:>3} {meetings:>3} {done['choices']:>8} {done['nodes']:>6}"
        print(f"{size}{cells} {done['ours']:>10.6f} {done['difference']:>11.0e}", flush=True)


def main() -> None:
    """The three ladders, or one rung in this process."""
    parser = argparse.ArgumentParser(description="How far exact solving goes on this machine.")
    parser.add_argument("task", nargs="?", choices=("exact", "crowd", "gambit"), help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task == "exact":
        print(json.dumps(exact(int(given.arguments[0]))))
    elif given.task == "crowd":
        print(json.dumps(crowd(given.arguments[0])))
    elif given.task == "gambit":
        countries, meetings, steps = given.arguments
        print(json.dumps(beside_gambit(int(countries), int(meetings), steps)))
    else:
        libraries = f"numba {numba.__version__}, numpy {np.__version__}"
        print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}")
        print("load before: {:.2f} {:.2f} {:.2f}".format(*os.getloadavg()))
        print_exact()
        print_crowd()
        print_beside_gambit()


if __name__ == "__main__":
    main()
