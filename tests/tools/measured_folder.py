"""A result folder of a small sweep, and what measures might add to it, made up."""

import csv
from pathlib import Path
from typing import Any

from experiments.measures.first_mover import CAUSAL, COMMITTED, HELD, NAIVE, STRUCTURAL
from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.schema import BN, DATE_PARTS, DATES, MEASURES, SHARE
from tests.tools.program import SIX

ESTIMANDS = (STRUCTURAL, CAUSAL, HELD, COMMITTED, NAIVE)


def sweep_to(folder: Path, grid: dict[str, Any], case: str = "six", replicates: int = 20) -> Path:
    """A sweep of myopic countries over a grid, into a folder."""
    table = {"name": "small", "case": case, "replicates": replicates, "strategy": "myopic", "grid": grid}
    run_sweep(parse_design(table, "small", Path(), "small"), folder, fresh=True)
    return folder


def made_up_measures(number: int) -> list[tuple[Any, ...]]:
    """Every measure at a point, some of it not defined: the columns of measures.csv."""
    rows: list[tuple[Any, ...]] = []

    def add(country: str, measure: str, part: str, unit: str, value: float | None, half: float | None = None) -> None:
        ends = (None, None) if half is None or value is None else (value - half, value + half)
        rows.append((country, measure, part, unit, value, *ends, "exact" if half is None else "simulated"))

    for c, iso3 in enumerate(SIX):
        for unit, scale in ((SHARE, 1.0), (BN, 8.0)):
            for k, part in enumerate(ESTIMANDS):
                value = None if (iso3, part) == ("AUS", COMMITTED) else scale * (0.1 * (c - 2) + 0.02 * k)
                add(iso3, "first_mover_advantage", part, unit, value, 0.03 * scale if part in (CAUSAL, NAIVE) else None)
            for k, part in enumerate(("total", "caps", "ratification", "floor")):
                add(iso3, "constraint_cost", part, unit, scale * (0.05 * number - 0.1 + 0.02 * k), 0.04)
            add(iso3, "price_of_waiting", "week", unit, 0.01 * scale)
    for part in ("countries", "joint"):
        add("world", "planner_loss", part, BN, 5.0 + number, 0.5)
    add("world", "hegemon_surplus", "mean", BN, 12.0)
    add("world", "clustering", "last_9_days", "share of deals", 0.2, 0.05)
    add("world", "clustering", "quiet_spell", "days", 20.0, 2.0)
    return rows


def made_up_dates(meetings: range) -> list[tuple[Any, ...]]:
    """Korea's dates at a point, whose parts add up: the columns of dates.csv."""
    rows = []
    for meeting in meetings:
        day = 7 * meeting // 6
        worth = (0.5, 0.2, 0.1, -0.3, -0.04 * (1 - day / 90), -0.02, -0.05 * day / 90, -0.01)
        parts = {part.name: value for part, value in zip(DATE_PARTS, worth, strict=True)}
        share = sum(parts.values())
        chances = {"mean_rank": 1 + day / 20, "p_news": 0.1, "p_can_sign": 1.0, "ratification": 0.5}
        sums = {"payoff_share": share, "payoff_bn": 8 * share, "concessions_bn": 2.4, "tariff": 0.1}
        row = {"country": "KOR", "meeting": meeting, "day": day, "regime": "before", **chances, **parts, **sums}
        rows.append(tuple(row[column.name] for column in DATES.columns))
    return rows


def write_table(folder: Path, name: str, columns: list[str], rows_at: Any) -> None:
    """A table of rows at every point of the folder: `rows_at` gives them by the point's number."""
    points = list(csv.DictReader((folder / "points.csv").open()))
    with (folder / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*points[0], *columns])
        for number, point in enumerate(points):
            writer.writerows([*point.values(), *row] for row in rows_at(number))


def write_measures(folder: Path) -> None:
    """A measures.csv with every measure."""
    write_table(folder, "measures.csv", MEASURES.schema().names, made_up_measures)


def write_dates(folder: Path) -> None:
    """A dates.csv for Korea."""
    write_table(folder, "dates.csv", DATES.schema().names, lambda number: made_up_dates(range(0, 77, 7)))
