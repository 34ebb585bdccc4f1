"""The rows of points.csv, runs.csv and countries.csv from what was played."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from agents.strategy_factors import Point
from experiments.tables.saving import Saving
from experiments.tables.schema import COUNTRIES, POINTS, RUNS
from model.meeting import PACKAGES
from model.outcomes import Outcomes
from model.solver import Status
from model.terms import TYPE_NAMES


@dataclass(frozen=True)
class Chunk:
    """Replicates first .. first + replicates - 1 of a point: their outcomes, or why there are none."""

    point: int
    first: int
    replicates: int
    outcomes: Outcomes | None
    error: str = ""


OK, FAILED, MEASURES_FAILED = "ok", "failed", "measures failed"


def point_table(
    factors: Point,
    point: int,
    point_id: str,
    replicates: int,
    ending: Status | None,
    failure: str,
    measures_failure: str,
) -> pa.Table:
    """points.csv: a row a point, with every factor, how its solver ended, and whether it failed and why; of a failed
    point nothing else is known."""
    row = dict.fromkeys(POINTS.schema().names)
    row |= dataclasses.asdict(ending) if ending is not None and not failure else {}
    row |= {
        "replicates": replicates,
        "status": FAILED if failure else MEASURES_FAILED if measures_failure else OK,
        "reason": failure or measures_failure or None,
    }
    return POINTS.of([{"point": point, "point_id": point_id, **factors, **row}], list(factors))


def rows_of(chunk: Chunk, saving: Saving, ids: tuple[str, ...]) -> list[tuple[str, pa.Table]]:
    """The rows of a chunk in each table of single runs that is kept, by the name of the table."""
    made = {RUNS.name: lambda: runs_table(chunk), COUNTRIES.name: lambda: countries_table(chunk, ids)}
    return [(name, made[name]()) for name in saving.tables]


def optional(values: np.ndarray, absent: np.ndarray) -> pa.Array:
    """A column that is empty where `absent`."""
    return pa.array(values, mask=absent)


def named(names: Sequence[str], index: np.ndarray, absent: np.ndarray | None = None) -> pa.Array:
    """A column of the names that an index points at, made by arrow: Python would hold up the other threads."""
    return pa.array(names, pa.string()).take(pa.array(index, mask=absent))


def runs_table(chunk: Chunk) -> pa.Table:
    """runs.csv rows of a chunk; a failed run has its point, replicate and error, and nothing else."""
    out, schema = chunk.outcomes, RUNS.schema()
    head = {
        "point": np.full(chunk.replicates, chunk.point),
        "replicate": np.arange(chunk.first, chunk.first + chunk.replicates),
        "status": pa.repeat(OK if out is not None else FAILED, chunk.replicates),
        "error": pa.repeat(pa.scalar(chunk.error or None, pa.string()), chunk.replicates),
    }
    if out is None:
        nothing = {field.name: pa.nulls(chunk.replicates, field.type) for field in schema if field.name not in head}
        return pa.table({**head, **nothing}, schema=schema)
    body = {
        "hegemon_type": named(TYPE_NAMES, out.firm),
        "deals": out.deals,
        "first_deal_day": optional(out.first_deal_day, out.first_deal_day < 0),
        "last_deal_day": optional(out.last_deal_day, out.last_deal_day < 0),
        "news_day": optional(out.news_day, out.news_day < 0),
        "hegemon_surplus_bn": out.hegemon_surplus_bn,
    }
    return pa.table({**head, **body}, schema=schema)


def countries_table(chunk: Chunk, ids: tuple[str, ...]) -> pa.Table:
    """countries.csv rows of a chunk: run by run, the countries in the order of the case. None for a failed chunk."""
    out, schema = chunk.outcomes, COUNTRIES.schema()
    if out is None:
        return schema.empty_table()
    n, no_deal = len(ids), ~out.has_deal.ravel()
    columns: dict[str, Any] = {
        "point": np.full(chunk.replicates * n, chunk.point),
        "replicate": np.repeat(np.arange(chunk.first, chunk.first + chunk.replicates), n),
        "country": named(ids, np.tile(np.arange(n), chunk.replicates)),
        "deal_day": optional(out.deal_day.ravel(), no_deal),
        "deal_rank": optional(out.deal_rank.ravel(), no_deal),
        "package": named(PACKAGES, out.package.ravel(), no_deal),
        "payoff_pct_gdp": optional(out.payoff_pct_gdp.ravel(), np.isnan(out.payoff_pct_gdp.ravel())),
    }
    for name in schema.names:
        if name not in columns:
            columns[name] = getattr(out, name).ravel()
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)
