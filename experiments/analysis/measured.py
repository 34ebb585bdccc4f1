"""What measures.csv holds, found by point, measure and part."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.analysis.aggregate import Analysis
from experiments.analysis.interval import Interval
from experiments.analysis.selection import line_points
from experiments.tables.batches import Columns
from experiments.tables.schema import SHARE

FIRST_MOVER, CAUSAL, NAIVE = "first_mover_advantage", "causal", "naive"
Wanted = Mapping[str, str | None]  # entries of measures.csv by column


@dataclass(frozen=True)
class MeasureRow:
    """A number of measures.csv and whose it is."""

    point: int
    country: str
    measure: str
    part: str
    unit: str
    found: Interval


def rows_where(table: Columns | None, wanted: Wanted, point: int | None = None) -> list[MeasureRow]:
    """The rows with the wanted entries, and of a point if one is given, in the order of the file; none where there is
    no file."""
    if table is None:
        return []
    chosen = matching(table, wanted)
    if point is not None:
        chosen &= table["point"] == point
    return [row_at(table, int(i)) for i in np.flatnonzero(chosen)]


def matching(table: Columns, wanted: Wanted) -> np.ndarray:
    """Which rows have the wanted entries; None: any."""
    chosen = np.ones(len(table["point"]), dtype=bool)
    for name, entry in wanted.items():
        if entry is not None:
            chosen &= table[name] == entry
    return chosen


def row_at(table: Columns, i: int) -> MeasureRow:
    """One row of the file."""
    value, low, high = (float(table[name][i]) for name in ("value", "low", "high"))
    country, measure, part, unit, method = (
        str(table[name][i]) for name in ("country", "measure", "part", "unit", "method")
    )
    return MeasureRow(int(table["point"][i]), country, measure, part, unit, Interval(value, low, high, method))


def measured_at(
    analysis: Analysis, measure: str, part: str | None = None, unit: str | None = SHARE
) -> list[MeasureRow]:
    """The rows of a measure at the reference point that are defined; none where that cannot stand for a sample."""
    if not analysis.near:
        return []
    wanted = {"measure": measure, "part": part, "unit": unit}
    rows = rows_where(analysis.results.measures, wanted, analysis.reference)
    return [row for row in rows if row.found.defined]


def measured_along(
    analysis: Analysis, factor: str, wanted: Wanted, through: int | None = None
) -> tuple[np.ndarray, list[MeasureRow]]:
    """Values of a factor on the line through a point (if none is given, the reference), and the rows with the wanted
    entries there, where they are defined."""
    values = analysis.results.factors[factor]
    start = analysis.reference if through is None else through
    points = {int(point) for point in line_points(analysis.results, start, factor)}
    rows = [row for row in rows_where(analysis.results.measures, wanted) if row.point in points and row.found.defined]
    rows.sort(key=lambda row: values[row.point])
    return np.array([values[row.point] for row in rows]), rows


def measured_by_point(analysis: Analysis, wanted: Wanted) -> np.ndarray:
    """The numbers with the wanted entries by point (all points,); NaN where there is none."""
    values, table = np.full(analysis.results.points, np.nan), analysis.results.measures
    if table is not None:
        chosen = matching(table, wanted)
        values[table["point"][chosen].astype(int)] = table["value"][chosen]
    return values


def names_in(table: Columns | None, column: str, **wanted: str) -> list[str]:
    """The different entries of a column, in the order of the file, where other columns have given entries."""
    return [] if table is None else list(dict.fromkeys(table[column][matching(table, wanted)].tolist()))
