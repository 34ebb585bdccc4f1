"""The headline numbers of the shipped cases, as rows of `baseline.csv`; run as a script it prints what has changed.

    uv run python -m tests.update_baseline            # shows the changes, writes nothing
    uv run python -m tests.update_baseline --write    # writes them too: then say why in the changelog

A row is case, setting, kind, name, value. Kinds: `expectation` (exact, or of the kernel's runs beyond the exact size),
`run` (single runs), `measure`, `terms`, `game` (the tables of the timing game, read at some states) and `value` (what
the game is worth to each country at its start).
"""

import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from agents.policy import Prepared, prepare, strategies_of
from experiments.measures.catalogue import CATALOGUE, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.reports.run import play_one
from experiments.reports.solution import solve_report
from model.case_file import load_case
from model.crowd_values import crowd_values
from model.equilibrium import evaluate
from model.grants import RECIPROCAL
from model.meeting import PACKAGES
from model.setting import make_setting
from model.states import count_state, count_states
from model.terms import REGIME_NAMES, SECTOR_NAMES, TYPE_NAMES

BASELINE = Path(__file__).parent / "baseline.csv"
HEADER = ("case", "setting", "kind", "name", "value")
SETTINGS: tuple[tuple[str, dict[str, float]], ...] = (
    ("six", {}),
    ("six", {"extension_probability": 0.4}),
    ("six", {"headline_value": 0.06}),
    ("eighteen", {}),
    ("all", {}),
)
SEEDS = {"six": 5, "eighteen": 2, "all": 1}  # runs that are kept, from seed 0 on
MEETINGS = (0, 46, 76)  # at which the game's tables are read: the first, the one after Korea's election, the last
EXPECTED = (
    "p_deal", "days_waited_mean", "p_first", "tariff_mean", "sector_rate_mean", "payoff_share_mean", "payoff_bn_mean",
)  # fmt: skip
Key = tuple[str, str, str, str]


def named(*parts: object) -> str:
    """The name of a row: its parts, with dots between."""
    return ".".join(str(part) for part in parts)


def expectations(prepared: Prepared) -> Iterator[tuple[str, object]]:
    """What `solve` reports, country by country."""
    report = solve_report(prepared, False)
    yield "surplus_bn_mean", report["hegemon"]["surplus_bn_mean"]
    for row in report["countries"]:
        for column in EXPECTED:
            yield named(row["country"], column), row[column]


def single_runs(prepared: Prepared, seeds: int) -> Iterator[tuple[str, object]]:
    """Day, package and payoff of every country in the first runs."""
    for seed in range(seeds):
        outcomes = play_one(prepared, seed)
        yield named(seed, "surplus_bn"), outcomes.hegemon_surplus_bn[0]
        for i, iso3 in enumerate(prepared.setting.case.ids):
            yield named(seed, iso3, "deal_day"), outcomes.deal_day[0, i]
            yield named(seed, iso3, "package"), PACKAGES[outcomes.package[0, i]]
            yield named(seed, iso3, "payoff_share"), outcomes.payoff_share[0, i]


def measured(prepared: Prepared) -> Iterator[tuple[str, object]]:
    """Every measure of every country."""
    study = Study(prepared, SimulatedRuns(seed=1, replicates=500))
    for row in measure_rows(study, tuple(CATALOGUE), prepared.setting.case.ids):
        yield named(row["country"], row["measure"], row["part"], row["unit"].replace(" ", "_")), row["value"]


def terms_at_the_ends(prepared: Prepared) -> Iterator[tuple[str, object]]:
    """Payoff and final reciprocal rate at the first and the last rank."""
    share, rate = prepared.terms.share, prepared.terms.final_rate[..., RECIPROCAL]
    last = share.shape[1] - 1
    for i, iso3 in enumerate(prepared.setting.case.ids):
        regimes = 1 if prepared.setting.countries[i].date is None else 2
        for rank, kind, regime, known in np.ndindex(2, 2, regimes, 2):
            at = (i, rank * last, kind, regime, known)
            where = (iso3, rank * last + 1, TYPE_NAMES[kind], REGIME_NAMES[regime], SECTOR_NAMES[known])
            yield named(*where, "share"), share[at]
            yield named(*where, "tariff"), rate[at]


def game_tables(prepared: Prepared) -> Iterator[tuple[str, object]]:
    """The tables of the timing game at some meetings, no deal at the two ends, and who moves when indifferent."""
    game, ids = prepared.game, prepared.setting.case.ids
    states = count_states(len(ids), len(game.offsets) - 1)
    for i, iso3 in enumerate(ids):
        for signed, odds in enumerate(game.base_log_odds[i]):
            yield named(iso3, "base_log_odds", signed), odds
        for extended in range(2):
            yield named(iso3, "no_deal", extended), game.no_deal[extended, i, 0]
        for meeting in MEETINGS:
            for known in range(2):
                place = count_state(game.offsets[meeting], 0, 0, known)
                yield named(iso3, "ratification", meeting, known), game.ratification[i, place]
            for state in np.flatnonzero(states[:, 0] == meeting):
                yield named(iso3, "sign", *states[state]), game.sign[i, state]


def values(prepared: Prepared) -> Iterator[tuple[str, object]]:
    """What the game is worth to each country at its start, shares of stakes."""
    if prepared.exact:
        found = evaluate(prepared.game, prepared.policy, keep_policy=False).value
    else:
        found = crowd_values(prepared.game, prepared.policy).value
    yield from zip(prepared.setting.case.ids, found, strict=True)


def text(value: object) -> str:
    """A value as it stands in the file: floats so that they read back to the bit, empty where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value) if isinstance(value, str | int | np.integer) else repr(float(value))  # type: ignore[arg-type]


def baseline(cases: tuple[str, ...] = ("six", "eighteen", "all")) -> dict[Key, str]:
    """Every row of some cases, by case, setting, kind and name."""
    rows: dict[Key, str] = {}
    for case, overrides in SETTINGS:
        if case not in cases:
            continue
        loaded = load_case(case)
        prepared = prepare(make_setting(loaded, overrides), strategies_of(loaded))
        kinds = {
            "expectation": expectations(prepared),
            "run": single_runs(prepared, SEEDS[case]),
            "terms": terms_at_the_ends(prepared),
            "value": values(prepared),
        }
        if case == "six":
            kinds |= {"measure": measured(prepared), "game": game_tables(prepared)}
        setting = " ".join(f"{name}={value:g}" for name, value in overrides.items()) or "defaults"
        for kind, found in kinds.items():
            rows |= {(case, setting, kind, name): text(value) for name, value in found}
    return rows


def read_baseline() -> dict[Key, str]:
    """The rows that are kept."""
    with BASELINE.open(encoding="utf-8", newline="") as file:
        return {(row["case"], row["setting"], row["kind"], row["name"]): row["value"] for row in csv.DictReader(file)}


def differs(kept: str, found: str) -> bool:
    """Whether two values are not the same number but for rounding, or not the same text."""
    try:
        return not math.isclose(float(kept), float(found), rel_tol=1e-10, abs_tol=1e-12)
    except ValueError:
        return kept != found


def changes(kept: dict[Key, str], found: dict[Key, str]) -> list[str]:
    """A line for each row that is new, gone or different."""
    lines = [f"gone     {' '.join(key)} {kept[key]}" for key in kept.keys() - found.keys()]
    lines += [f"new      {' '.join(key)} {found[key]}" for key in found.keys() - kept.keys()]
    lines += [
        f"changed  {' '.join(key)} {kept[key]} -> {found[key]}"
        for key in kept.keys() & found.keys()
        if differs(kept[key], found[key])
    ]
    return sorted(lines)


def main() -> None:
    found = baseline()
    for line in changes(read_baseline() if BASELINE.exists() else {}, found):
        print(line)
    if "--write" in sys.argv[1:]:
        with BASELINE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows((*key, value) for key, value in found.items())


if __name__ == "__main__":
    main()
