"""How a table is declared: every column once, with its unit and what it means.

Its arrow schema and its part of the data dictionary follow from the declaration, and rows are checked against it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from agents.strategy_factors import is_category

WORDS, INDEX, COUNT, DAY, RANK = "words", "index", "count", "day", "rank"
FRACTION, PROBABILITY, YES_NO = "fraction", "probability", "true or false"
ITS_OWN = "its own"  # of a column whose unit stands elsewhere


@dataclass(frozen=True)
class Column:
    """A column: `optional` where not every file of the table has it."""

    name: str
    kind: pa.DataType
    unit: str
    meaning: str
    optional: bool = False


def words(name: str, meaning: str) -> Column:
    """A column of texts."""
    return Column(name, pa.string(), WORDS, meaning)


def whole(name: str, unit: str, meaning: str) -> Column:
    """A column of whole numbers."""
    return Column(name, pa.int64(), unit, meaning)


def number(name: str, unit: str, meaning: str) -> Column:
    """A column of numbers."""
    return Column(name, pa.float64(), unit, meaning)


def flag(name: str, meaning: str) -> Column:
    """A column of true and false."""
    return Column(name, pa.bool_(), YES_NO, meaning)


POINT = whole("point", INDEX, "point of the design's grid, from 0 on; the last factor varies fastest")
POINT_ID = words("point_id", "made from the point's content alone: case, strategies and factors")
FACTOR = number(
    "(every factor)",
    ITS_OWN,
    "value at the point; `tariff-pause parameters` lists meanings and units; of strategies, the name of one",
)


def factor_column(name: str) -> Column:
    """The column of a factor: of numbers, or of names of strategies."""
    return replace(FACTOR, name=name, kind=pa.string() if is_category(name) else FACTOR.kind)


@dataclass(frozen=True)
class Table:
    """A table: its name (of its file without .csv, or of the command that writes it), what it has a row for, and its
    columns. In a sweep a table `by_point` has point, point_id and every factor before them."""

    name: str
    row: str
    columns: tuple[Column, ...]
    by_point: bool = False

    def schema(self, factors: Sequence[str] | None = None, given: Sequence[str] | None = None) -> pa.Schema:
        """Its arrow schema. `factors`: of the sweep; `given`: the optional columns to keep, if not all."""
        head = () if factors is None or not self.by_point else (POINT, POINT_ID)
        varied = [factor_column(name) for name in factors or ()] if head else []
        kept = [column for column in self.columns if not column.optional or given is None or column.name in given]
        return pa.schema([(column.name, column.kind) for column in (*head, *varied, *kept)])

    def of(self, rows: Sequence[Mapping[str, Any]], factors: Sequence[str] | None = None) -> pa.Table:
        """The table of some rows. Their keys must be its columns: a column that is not declared is not written."""
        schema = self.schema(factors, list(rows[0]) if rows else ())
        if rows and set(rows[0]) != set(schema.names):
            raise KeyError(f"{self.name}: {sorted(set(rows[0]) ^ set(schema.names))} declared or given, not both")
        return pa.Table.from_pylist(list(rows), schema)


def dictionary(tables: Iterable[Table]) -> Iterator[dict[str, str]]:
    """The data dictionary: a row for each column of each table."""
    for table in tables:
        for column in (*((POINT, POINT_ID, FACTOR) if table.by_point else ()), *table.columns):
            yield {"table": table.name, "column": column.name, "unit": column.unit, "meaning": column.meaning}


def cell(value: Any) -> Any:
    """A plain Python value; None for NaN."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return value
