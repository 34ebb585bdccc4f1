"""Means and standard errors of a point's runs, country by country, gathered chunk by chunk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.tables.rows import Chunk
from experiments.tables.schema import POINT, schema_with_factors
from model.outcomes import Outcomes

MEASURED = ("deal_day", "days_waited", "deal_rank", "tariff_final", "payoff_share", "payoff_bn")


@dataclass
class Moments:
    """Count, mean and sum of squared deviations by country, merged exactly as data come (Chan et al. 1983)."""

    count: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Moments":
        """Moments of values (R, N) over runs; NaN is left out."""
        given = ~np.isnan(values)
        count = given.sum(axis=0)
        mean = np.where(given, values, 0.0).sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(given, values - mean, 0.0) ** 2).sum(axis=0)
        return cls(count, mean, squares)

    def merged(self, other: "Moments") -> "Moments":
        """The moments of both samples together."""
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        gap = other.mean - self.mean
        return Moments(count, self.mean + share * gap, self.squares + other.squares + gap**2 * share * self.count)

    def mean_and_error(self, country: int) -> tuple[float | None, float | None]:
        """Mean, and its standard error (with two values or more); None where there is none."""
        count = int(self.count[country])
        mean = float(self.mean[country]) if count else None
        error = float(np.sqrt(self.squares[country] / (count - 1) / count)) if count > 1 else None
        return mean, error


def samples(outcomes: Outcomes) -> dict[str, np.ndarray]:
    """The measured quantities by run and country (R, N); NaN where there is no deal, except for the days waited."""
    has_deal = outcomes.deal_rank > 0
    return {
        "deal_day": np.where(has_deal, outcomes.deal_day, np.nan),
        "days_waited": np.where(has_deal, outcomes.deal_day, outcomes.end_day[:, None]).astype(float),
        "deal_rank": np.where(has_deal, outcomes.deal_rank, np.nan),
        "tariff_final": outcomes.tariff_final,
        "payoff_share": outcomes.payoff_share,
        "payoff_bn": outcomes.payoff_bn,
    }


@dataclass
class PointSummary:
    """The summary of one point: `add` its chunks, then read `rows`."""

    runs: int = 0
    deals: np.ndarray | None = None
    moments: dict[str, Moments] = field(default_factory=dict)

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk; a failed one adds nothing."""
        if chunk.outcomes is None:
            return
        self.runs += chunk.replicates
        deals = (chunk.outcomes.deal_rank > 0).sum(axis=0)
        self.deals = deals if self.deals is None else self.deals + deals
        for name, values in samples(chunk.outcomes).items():
            new = Moments.of(values)
            self.moments[name] = self.moments[name].merged(new) if name in self.moments else new

    def rows(
        self, point: int, point_id: str, factors: dict[str, float], countries: list[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        """One row a country; every value is empty where the point failed."""
        rows = []
        for position, (iso3, name) in enumerate(countries):
            row: dict[str, Any] = {
                "point": point,
                "point_id": point_id,
                **factors,
                "country": iso3,
                "country_name": name,
            }
            row["runs"] = self.runs
            row["p_deal"] = float(self.deals[position] / self.runs) if self.deals is not None else None
            for measured in MEASURED:
                mean, error = self.moments[measured].mean_and_error(position) if self.moments else (None, None)
                row[f"{measured}_mean"], row[f"{measured}_se"] = mean, error
            rows.append(row)
        return rows


def summary_schema(factors: Sequence[str]) -> pa.Schema:
    """summary.csv: point x country, the factors, then means and standard errors."""
    measured = [(f"{name}_{kind}", pa.float64()) for name in MEASURED for kind in ("mean", "se")]
    return schema_with_factors(
        POINT,
        factors,
        [
            ("country", pa.string()),
            ("country_name", pa.string()),
            ("runs", pa.int64()),
            ("p_deal", pa.float64()),
            *measured,
        ],
    )
