"""A list of points as a file: CSV, a header with the names of factors and a row a point. What the cells mean is seen to
in `experiments.sweeps.point_list`; here nothing is imported that is slow."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from model.errors import InputError
from model.names import as_text
from model.toml_file import read_text

MOST_BYTES = 500 * 10**6


@dataclass(frozen=True)
class ListFile:
    """The cells of a list, each row with the number of its line."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_list_file(path: Path, origin: str) -> ListFile:
    """The cells of a file, as many in each row as in its header. Empty lines are passed over."""
    try:
        text = read_text(path, MOST_BYTES)
    except InputError as error:
        raise InputError(f"{origin}: {error}") from None
    where = f"{origin}: {path.name}"
    if "\0" in text:
        raise InputError(f"{where}: not a text; a CSV file is needed")
    reader = csv.reader(io.StringIO(text, newline=None), strict=True, skipinitialspace=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except csv.Error as error:
        raise InputError(f"{where}: line {reader.line_num}: malformed CSV ({error})") from None
    if not rows:
        raise InputError(f"{where}: empty; a line with the names of factors and a row a point are needed")
    header = rows[0][1]
    if len(rows) == 1:
        raise InputError(f"{where}: no points; a row a point is needed below the names of factors")
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise InputError(f"{where}: columns are separated by commas")
    for position, name in enumerate(header):
        if not name:
            raise InputError(f"{where}: column {position + 1} has no name")
        as_text(name, f"{where}: column {position + 1}", but="")
        if name in header[:position]:
            raise InputError(f"{where}: column {name} is given twice")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise InputError(f"{where}: line {line}: {len(row)} cells; {len(header)} are needed, one a factor")
    return ListFile(header, rows[1:])
