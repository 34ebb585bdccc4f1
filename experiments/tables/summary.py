"""The rows of summary.csv: means and standard errors of a point's runs, country by country, gathered chunk by chunk."""

from typing import Any

import numpy as np

from experiments.analysis.moments import Moments
from experiments.tables.declaration import cell
from experiments.tables.rows import Chunk
from experiments.tables.schema import SUMMED_UP
from model.outcomes import Outcomes

NAMES = tuple(column.name for column in SUMMED_UP)


def samples(outcomes: Outcomes) -> dict[str, np.ndarray]:
    """What is summed up, by run and country (R, N); deal day and rank are NaN where there is no deal."""
    values = {name: getattr(outcomes, name).astype(float) for name in NAMES}
    for name in ("deal_day", "deal_rank"):
        values[name] = np.where(outcomes.has_deal, values[name], np.nan)
    return values


class PointSummary:
    """The summary of one point of some countries (iso3, name): `add` its chunks, then read `rows`."""

    def __init__(self, countries: list[tuple[str, str]]) -> None:
        self.countries = countries
        self.runs = 0
        self.deals = np.zeros(len(countries), dtype=int)
        self.moments = {name: Moments(len(countries)) for name in NAMES}

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk; a failed one adds nothing."""
        if chunk.outcomes is None:
            return
        self.runs += chunk.replicates
        self.deals += chunk.outcomes.has_deal.sum(axis=0)
        for name, values in samples(chunk.outcomes).items():
            self.moments[name].add_runs(values)

    def rows(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        """One row a country, each begun with `head`; every value is empty where the point failed."""
        rows = []
        for i, (iso3, name) in enumerate(self.countries):
            row = {**head, "country": iso3, "country_name": name, "runs": self.runs}
            row["p_deal"] = float(self.deals[i] / self.runs) if self.runs else None
            for summed, moments in self.moments.items():
                row[f"{summed}_mean"], row[f"{summed}_se"] = cell(moments.mean[i]), cell(moments.error[i])
            rows.append(row)
        return rows
