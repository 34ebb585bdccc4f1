"""Points as rows: those of a list of the user's own, and how rows are written into a result folder."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.sweeps.categories import Source, check_strategy
from experiments.sweeps.factor_values import MOST_POINTS, Value, factors_of, find_varied
from experiments.sweeps.list_file import read_list_file
from experiments.tables.manifest import LIST
from model.declaration import NONE
from model.errors import InputError, unknown

EXAMPLE = "write the path of a CSV file, as in 'mine.csv'"
Parse = Callable[[Any, str], Value]  # what was given and where -> the value of a factor


@dataclass(frozen=True)
class PointList:
    """Rows of values, (points, factors); `NO_LIST` is one row of none."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def values_of(self, name: str) -> tuple[Value, ...]:
        """The values of a factor, each once, in the order in which they come."""
        column = self.names.index(name)
        return tuple(dict.fromkeys(row[column] for row in self.rows))

    @property
    def text(self) -> str:
        """The text of a CSV file, from which the same numbers are read to the last bit."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.names)
        writer.writerows([NONE if value is None else value for value in row] for row in self.rows)
        return file.getvalue()


NO_LIST = PointList((), ((),))


def parse_list(source: Source, given: Any) -> PointList:
    """A list of points: the path of a CSV file, or a table a point."""
    if isinstance(given, str):
        return from_file(source, given)
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise InputError(f"{source.origin}: {EXAMPLE}, or a table for each point")
    return from_tables(source, given)


def from_file(source: Source, given: str) -> PointList:
    """The points of a CSV file. `none`, or an empty cell, is no date; no other cell may be empty."""
    if not source.open_files and given != LIST:
        raise InputError(f"{source.origin} = {given!r}: in a result folder it is {LIST!r}")
    path = source.folder / Path(given)
    file = read_list_file(path, source.origin)
    within = source.within(path.name)
    columns = [parser_of(within, name, from_text=True) for name in file.header]
    places = [f"line {line}" for line, _ in file.rows]
    return checked(within, file.header, columns, [row for _, row in file.rows], places)


def from_tables(source: Source, tables: Sequence[dict[str, Any]]) -> PointList:
    """The points of tables, each with the factors of the first."""
    rows = [factors_of(table, f"{source.origin}: row {number}") for number, table in enumerate(tables)]
    if not rows or not rows[0]:
        raise InputError(f"{source.origin}: no points; at least one is needed, with a factor at least")
    names = list(rows[0])
    for number, row in enumerate(rows):
        for name in row:
            if name not in names:
                raise unknown("factor", name, names, f"{source.origin}: row {number}: not in row 0")
        if missing := [name for name in names if name not in row]:
            raise InputError(f"{source.origin}: row {number}: {missing[0]} is missing")
    columns = [parser_of(source, name, from_text=False) for name in names]
    places = [f"row {number}" for number in range(len(rows))]
    return checked(source, names, columns, [[row[name] for name in names] for row in rows], places)


def parser_of(source: Source, name: str, from_text: bool) -> Parse:
    """How the cells of a column are read."""
    quantity = find_varied(source.case, name, source.origin)
    seen: dict[Any, str] = {}

    def strategy(cell: Any, where: str) -> str:
        if not isinstance(cell, str) or cell not in seen:
            checked = check_strategy(Source(source.case, where, source.folder, source.open_files), name, cell)
            seen[cell] = checked
        return seen[cell]

    def number(cell: Any, where: str) -> Value:
        assert quantity is not None
        found = quantity.parse(cell, where) if from_text else quantity.check(cell, where)
        return None if found is None else found + 0.0  # -0 is 0

    def present(cell: Any, where: str) -> Value:
        if cell in ("", None):
            if quantity is not None and quantity.may_be_none:
                return None
            raise InputError(f"{where} is missing")
        return strategy(cell, where) if quantity is None else number(cell, where)

    return present


def checked(
    source: Source,
    names: Sequence[str],
    columns: Sequence[Parse],
    cells: Sequence[Sequence[Any]],
    places: Sequence[str],
) -> PointList:
    """The points of rows of cells; `places` says where each row was given."""
    if len(cells) > MOST_POINTS:
        raise InputError(f"{source.origin}: {len(cells):,} points; at most {MOST_POINTS:,} are allowed")
    rows = []
    for row, place in zip(cells, places, strict=True):
        where = f"{source.origin}: {place}"
        rows.append(
            tuple(parse(cell, f"{where}: {name}") for parse, cell, name in zip(columns, row, names, strict=True))
        )
    if twice := same_rows(rows):
        first, second = twice
        raise InputError(f"{source.origin}: {places[second]}: the same point as {places[first]}")
    return PointList(tuple(names), tuple(rows))


def same_rows(rows: Iterable[tuple[Value, ...]]) -> tuple[int, int] | None:
    """The numbers of the first two rows that are the same, if any are."""
    seen: dict[tuple[Value, ...], int] = {}
    for number, row in enumerate(rows):
        if seen.setdefault(row, number) != number:
            return seen[row], number
    return None
