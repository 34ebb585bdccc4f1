"""The rows of summary.csv: means and standard errors of a point's runs, country by country, gathered as runs come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.analysis.interval import standard_error
from experiments.tables.declaration import cell
from experiments.tables.schema import SUMMED_UP
from model.outcomes import Outcomes
from model.reasoned import Waits
from model.sums import add_runs

NAMES = tuple(column.name for column in SUMMED_UP)


@dataclass(frozen=True)
class Samples:
    """What is summed up of some runs: by quantity, run and country (6, R, N), deal day and rank NaN where there is no
    deal; deals (R, N); and the waits expected of a run where that is exact, else those of these runs."""

    values: np.ndarray
    deals: np.ndarray
    waits: Waits


def samples_of(outcomes: Outcomes, waits: Waits) -> Samples:
    """Of the outcomes of runs."""
    values = np.stack([getattr(outcomes, name).astype(float) for name in NAMES])
    for name in ("deal_day", "deal_rank"):
        values[NAMES.index(name)][~outcomes.has_deal] = np.nan
    return Samples(values, outcomes.has_deal, waits)


class Sums:
    """Count, sum and sum of squares by country, about the first value that was met; values are added one by one, in
    the order of the runs, so that the result is the same to the bit however they are cut into pieces."""

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows.copy()  # (4, N)
        self.count, self.about, self.total, self.squares = self.rows

    def add_runs(self, values: np.ndarray) -> None:
        """Take in values (R, N) over runs; NaN is left out."""
        add_runs(values, self.rows)

    @property
    def mean(self) -> np.ndarray:
        """Mean of each country; NaN where there is nothing."""
        return np.where(self.count > 0, self.about + self.total / np.maximum(self.count, 1), np.nan)

    @property
    def error(self) -> np.ndarray:
        """Standard error of each mean; NaN with fewer than two values."""
        spread = self.squares - self.total**2 / np.maximum(self.count, 1)
        return standard_error(np.maximum(spread, 0.0), self.count)


class PointSummary:
    """The summary of one point of some countries (iso3, name): `add` its runs, then read `rows`.

    numbers: of a summary as it stood, from which it goes on.
    """

    def __init__(self, countries: Sequence[tuple[str, str]], numbers: np.ndarray | None = None) -> None:
        n = len(countries)
        numbers = np.zeros(width(n)) if numbers is None else numbers
        self.countries = countries
        self.runs = int(numbers[0])
        counts = numbers[1 : 1 + 3 * n].reshape(3, n)
        self.deals = counts[0]
        self.waits = Waits(counts[1], counts[2], self.runs)
        sums = numbers[1 + 3 * n :].reshape(-1, 4, n)
        self.sums = {name: Sums(rows) for name, rows in zip(NAMES, sums, strict=True)}

    def add(self, samples: Samples) -> None:
        """Take in more runs."""
        self.runs += len(samples.deals)
        self.deals = self.deals + samples.deals.sum(axis=0)
        self.waits = self.waits.with_more(samples.waits)
        for name, values in zip(NAMES, samples.values, strict=True):
            self.sums[name].add_runs(values)

    @property
    def numbers(self) -> np.ndarray:
        """All of it as one row of numbers."""
        sums = (sums.rows.ravel() for sums in self.sums.values())
        return np.concatenate([[float(self.runs)], self.deals, self.waits.waits, self.waits.reasoned, *sums])

    def rows(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        """One row a country, each begun with `head`; every value is empty where the point failed."""
        rows = []
        for i, (iso3, name) in enumerate(self.countries):
            row = {**head, "country": iso3, "country_name": name, "runs": self.runs}
            row["p_deal"] = float(self.deals[i] / self.runs) if self.runs else None
            for summed, sums in self.sums.items():
                row[f"{summed}_mean"], row[f"{summed}_se"] = cell(sums.mean[i]), cell(sums.error[i])
            row["reasoned_waits"] = cell(self.waits.share[i])
            rows.append(row)
        return rows


def width(countries: int) -> int:
    """How many numbers the summary of a point has."""
    return 1 + countries * (3 + 4 * len(NAMES))
