"""The commands as functions, for a notebook or a script: what the command line prints comes as data frames.

    from experiments import run, solve, measure, sweep, read_results

They take a case by name or path (or one that `model.load_case` or `agents.prepare` made), a strategy, and factors as
`--set` takes them. What cannot be used is a ValueError, a line for each fault. Pandas is imported when a frame is
asked for.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.policy import DEFAULT, Prepared, prepare
from agents.strategy_file import names_file, open_strategy
from experiments.measures.catalogue import (
    CATALOGUE,
    DATES,
    check_measures,
    date_rows,
    measure_rows,
    measured_countries,
)
from experiments.measures.study import SimulatedRuns, Study
from experiments.reports.convergence import warnings_of
from experiments.reports.frames import Run, Solution
from experiments.reports.run import play_one, run_report
from experiments.reports.solution import solve_report
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.factor_values import MOST_SEED
from experiments.sweeps.progress import progress_line
from experiments.sweeps.sweep import run_sweep
from experiments.tables import schema
from experiments.tables.frames import SweepResults, frame, read_results
from experiments.tables.saving import parse_saving
from model.case import Case
from model.declaration import whole
from model.errors import InputError
from model.setting import Setting

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Run", "Solution", "SweepResults", "measure", "read_results", "run", "solve", "sweep"]

GivenCase = str | Path | Case | Setting | Prepared
GivenStrategy = str | Mapping[str, str]


def run(
    case: GivenCase = "six",
    *,
    seed: int = 0,
    replicate: int = 0,
    strategy: GivenStrategy | None = None,
    factors: Mapping[str, float] | None = None,
) -> Run:
    """Play one negotiation, as `tariff-pause run` does.

    Parameters
    ----------
    case
        A case by name or path, or what `load_case` or `prepare` returned.
    seed, replicate
        Of the draws, from 0 on: the same two meet the same draws in every game.
    strategy
        A name for all countries, or names by iso3 code (and "default"); a rule of your own is `FILE.py:FUNCTION`.
    factors
        What differs from the defaults and from the case, by name.

    Returns
    -------
    Run
        With `countries` (a data frame) and `hegemon`.

    Examples
    --------
    >>> played = run("six", seed=7, strategy={"KOR": "wait_and_see"}, factors={"headline_value": 0.06})
    >>> list(played.countries["country"])
    ['KOR', 'JPN', 'VNM', 'GBR', 'AUS', 'IND']
    >>> played.hegemon["type"] in ("firm", "soft")
    True
    """
    prepared = game_of(case, strategy, factors)
    seed = whole(plain(seed), 0, MOST_SEED, "seed")
    replicate = whole(plain(replicate), 0, MOST_SEED, "replicate")
    report = run_report(prepared, play_one(prepared, seed, replicate), seed)
    return Run(prepared.setting.case.name, seed, replicate, report)


def solve(
    case: GivenCase = "six",
    *,
    strategy: GivenStrategy | None = None,
    factors: Mapping[str, float] | None = None,
) -> Solution:
    """The distribution of outcomes, as `tariff-pause solve` shows it: exact, or simulated beyond 14 countries.

    Parameters
    ----------
    case, strategy, factors
        As of `run`.

    Returns
    -------
    Solution
        With `countries` and `regret` (data frames) and `hegemon`.

    Examples
    --------
    >>> solved = solve("six", factors={"headline_value": 0.06})
    >>> solved.method
    'exact'
    >>> bool((solved.regret["regret_share"] > -1e-9).all())
    True
    """
    prepared = game_of(case, strategy, factors)
    report = solve_report(prepared, with_regret=False)
    return Solution(report["case"], report["method"], prepared, report)


def measure(
    case: GivenCase = "six",
    *,
    measures: str | Sequence[str] = (),
    measured: str | Sequence[str] = (),
    strategy: GivenStrategy | None = None,
    factors: Mapping[str, float] | None = None,
    seed: int = 1,
    replicates: int = 2000,
) -> "pd.DataFrame":
    """Measures of a game, as `tariff-pause measures` makes them: a row a number.

    Parameters
    ----------
    case, strategy, factors
        As of `run`.
    measures
        A name or several; none: all but `payoff_by_date`, a table of its own, which is asked for alone.
    measured
        The iso3 codes of the countries to measure; none: all, or in a large case the six of most imports.
    seed, replicates
        Of the runs behind what is simulated.

    Returns
    -------
    pandas.DataFrame
        `country`, `measure`, `part`, `unit`, `value`, `low`, `high`, `method`.

    Examples
    --------
    >>> cost = measure("six", measures="constraint_cost", measured="KOR")
    >>> list(cost["part"].unique())
    ['total', 'caps', 'ratification', 'floor']
    """
    names = check_measures(several(measures), "measures") or tuple(CATALOGUE)
    if DATES in names and len(names) > 1:
        raise InputError(f"measures: {DATES} is a table of its own; ask for it alone")
    prepared = game_of(case, strategy, factors)
    countries = measured_countries(prepared.setting.case, several(measured), "measured")
    runs = SimulatedRuns(whole(plain(seed), 0, MOST_SEED, "seed"), whole(plain(replicates), 2, 10**7, "replicates"))
    study = Study(prepared, runs)
    if names == (DATES,):
        return frame(schema.DATES.of(date_rows(study, countries)))
    return frame(schema.MEASURES.of(list(measure_rows(study, names, countries))))


def sweep(
    design: str | Path | Mapping[str, Any],
    out: str | Path | None = None,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    until: str | None = None,
    save: str | None = None,
    row_format: str | None = None,
    scheduler: str | None = None,
    fresh: bool = False,
) -> SweepResults:
    """Run every point of a design into a result folder, as `tariff-pause sweep --no-figures` does.

    Parameters
    ----------
    design
        A built-in design by name, a file by path, or what such a file holds as a mapping; arrays will do for lists,
        and a data frame for its `list` of points.
    out
        The result folder; `results/<name of the design>` by default.
    replicates, seed
        In place of those of the design.
    until
        A condition such as "payoff_bn < 0.02": runs are added to a point until that standard error is reached.
    save, row_format
        What is kept ("countries", "runs" or "summary"), and how rows are written ("csv" or "parquet").
    scheduler
        The address of a dask.distributed cluster that does the work.
    fresh
        Replace another sweep that the folder holds.

    Returns
    -------
    SweepResults
        With `points`, `runs`, `countries` and `summary` (data frames), each read when it is asked for.

    Examples
    --------
    >>> design = {"name": "mine", "replicates": 20, "grid": {"headline_value": np.linspace(0, 0.06, 3)}}
    >>> results = sweep(design)
    >>> list(results.points["headline_value"])
    [0.0, 0.03, 0.06]
    >>> results.summary.groupby("country")["payoff_bn_mean"].max().index.to_list()
    ['AUS', 'GBR', 'IND', 'JPN', 'KOR', 'VNM']
    """
    chosen = design_of(design)
    if replicates is not None:
        chosen = replace(chosen, replicates=whole(plain(replicates), 1, 10**9, "replicates"))
    if seed is not None:
        chosen = replace(chosen, seed=whole(plain(seed), 0, MOST_SEED, "seed"))
    if until is not None:
        chosen = replace(chosen, until=until)
    target, saving = Path("results") / chosen.name if out is None else Path(out), parse_saving(save, row_format)
    with progress_line(chosen.name) as progress:
        manifest = run_sweep(chosen, target, saving=saving, scheduler=scheduler, fresh=fresh, progress=progress)
    for what, count in (
        ("runs failed; `runs` says why", manifest["failed_runs"]),
        ("points have no measures; manifest.json says why", len(manifest["failed_measures"])),
        ("points have an equilibrium that did not converge; `points` says where", len(manifest["unconverged_points"])),
        ("points have all replicates and are not known as asked for", len(manifest.get("points_not_known", ()))),
        ("points are outside of the stated accuracy; `points` says why", len(manifest.get("doubtful_points", ()))),
    ):
        if count:
            warnings.warn(f"{target}: {count:,} {what}", stacklevel=2)
    return read_results(target)


def game_of(case: GivenCase, strategy: GivenStrategy | None, factors: Mapping[str, float] | None) -> Prepared:
    """The game that is meant; a warning where its equilibrium was not found."""
    if isinstance(case, Prepared):
        if strategy or factors:
            raise InputError("case: a prepared game has its strategies and factors; give them to `prepare` instead")
        return case
    prepared = prepare(case, opened(strategy), factors=factors)
    for text in warnings_of(vars(prepared.status)):
        warnings.warn(text, stacklevel=3)
    return prepared


def opened(strategy: GivenStrategy | None) -> dict[str, str]:
    """Strategies by iso3 code (and "default"); the file of one of the user's own is opened."""
    named = {DEFAULT: strategy} if isinstance(strategy, str) else dict(strategy or {})
    for key, name in named.items():
        if not isinstance(name, str):
            raise InputError(f"strategy: {name!r} is no name; a rule of your own stands in a file: FILE.py:FUNCTION")
        if names_file(name):
            named[key] = open_strategy(name, "strategy")
    return named


def design_of(design: str | Path | Mapping[str, Any]) -> Design:
    """The design that is meant. A case in a mapping is looked for from where Python runs."""
    if isinstance(design, Mapping):
        return parse_design(plain(design), "design", Path.cwd(), "sweep", open_files=True)
    return load_design(str(design))


def several(names: str | Sequence[str]) -> list[str]:
    """One name or several."""
    return [names] if isinstance(names, str) else list(names)


def plain(value: Any) -> Any:
    """What a design file could hold: numbers of numpy as Python's, arrays and ranges as lists, frames as tables."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a data frame: a table for each row
        return value.astype(object).where(value.notna(), None).to_dict("records")
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
