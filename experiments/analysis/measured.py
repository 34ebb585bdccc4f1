"""What measures.csv holds, found by point, measure and part."""

import math
from dataclasses import dataclass

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.tables.reading import Columns
from experiments.tables.schema import SHARE


@dataclass(frozen=True)
class Measured:
    """One number of measures.csv; NaN where it is not defined."""

    point: int
    country: str
    part: str
    unit: str
    value: float
    low: float
    high: float
    method: str

    @property
    def unclear(self) -> bool:
        """Whether its interval holds zero."""
        return self.low <= 0 <= self.high


def select(
    table: Columns | None, *, measure: str | None = None, part: str | None = None, unit: str | None = None,
    point: int | None = None,
) -> list[Measured]:  # fmt: skip
    """The rows that fit everything that is given, in the order of the file; none where there is no file."""
    if table is None:
        return []
    chosen = np.ones(len(table["point"]), dtype=bool)
    for name, wanted in (("measure", measure), ("part", part), ("unit", unit), ("point", point)):
        if wanted is not None:
            chosen &= table[name] == wanted
    return [
        Measured(
            int(table["point"][i]), table["country"][i], table["part"][i], table["unit"][i], float(table["value"][i]),
            float(table["low"][i]), float(table["high"][i]), table["method"][i],
        )
        for i in np.flatnonzero(chosen)
    ]  # fmt: skip


def measured_at(
    analysis: Analysis, measure: str, part: str | None = None, unit: str | None = SHARE, point: int | None = None
) -> list[Measured]:
    """Rows of a measure at a point (the reference point if none is given) that are defined."""
    at = analysis.reference if point is None else point
    rows = select(analysis.results.measures, measure=measure, part=part, unit=unit, point=at)
    return [item for item in rows if math.isfinite(item.value)]


def names_in(table: Columns | None, column: str, **where: str) -> list[str]:
    """The different entries of a column, in the order of the file, where other columns have given entries."""
    if table is None:
        return []
    chosen = np.ones(len(table["point"]), dtype=bool)
    for name, wanted in where.items():
        chosen &= table[name] == wanted
    return list(dict.fromkeys(table[column][chosen].tolist()))
