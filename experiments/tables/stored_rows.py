"""The rows of a result folder, run by run and country by country: one CSV file, or a folder of Parquet parts.

A part is read in batches in constant memory, by this thread alone (as CSV is, for the same reason); what it holds is
checked as strictly as CSV is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from experiments.tables.batches import as_numpy, check_numbers, one_line, read_batches
from experiments.tables.manifest import AGAIN, Manifest
from experiments.tables.replacing import reason
from experiments.tables.saving import CSV
from model.errors import InputError

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

PART = re.compile(r"part-(\d{5,8})\.parquet", re.ASCII)
ROWS_AT_ONCE = 1 << 16


def rows_path(manifest: Manifest, name: str) -> Path:
    """Where the rows of a table lie: a file, or a folder."""
    return manifest.folder / f"{name}.{manifest.saving.row_format}"


def row_batches(
    manifest: Manifest, name: str, numbers: Sequence[str], texts: Sequence[str] = ()
) -> Iterator[dict[str, np.ndarray]]:
    """The rows of a table in batches: columns of numbers as float64 (NaN where empty), of texts as object arrays."""
    path = rows_path(manifest, name)
    if manifest.saving.row_format == CSV:
        yield from read_batches(path, numbers, texts)
        return
    for part in parts_of(path):
        with opened(part, texts) as file:
            check_columns(part, file.schema_arrow, numbers, texts)
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=[*numbers, *texts], use_threads=False):
                columns = {one: as_numpy(batch.column(one).cast(pa.float64())) for one in numbers}
                check_numbers(part, columns)
                yield columns | {one: as_numpy(batch.column(one).dictionary_encode()) for one in texts}


def count_rows(manifest: Manifest, name: str) -> int | None:
    """How many rows the parts say that they have, before any is read; None for CSV, which says nothing."""
    if manifest.saving.row_format == CSV:
        return None
    total = 0
    for part in parts_of(rows_path(manifest, name)):
        with opened(part) as file:
            total += file.metadata.num_rows
    return total


def rows_at(path: Path, schema: pa.Schema, at: Mapping[str, int]) -> list[dict[str, Any]]:
    """The rows of a Parquet folder at given values of its columns: those columns of a schema that it has."""
    found: list[dict[str, Any]] = []
    for part in parts_of(path):
        with opened(part) as file:
            names = [name for name in schema.names if name in file.schema_arrow.names]
            for group in range(file.num_row_groups):
                if not may_hold(file, group, at):
                    continue
                for batch in file.iter_batches(ROWS_AT_ONCE, [group], names, use_threads=False):
                    table = typed(pa.Table.from_batches([batch]), schema)
                    for name, value in at.items():
                        table = table.filter(pa.compute.equal(table[name], value))
                    found += table.to_pylist()
    return found


def may_hold(file: "ParquetFile", group: int, at: Mapping[str, int]) -> bool:
    """Whether a group of rows can have the given values, by what it says of its least and largest ones."""
    columns = file.metadata.row_group(group)
    for place in range(columns.num_columns):
        column = columns.column(place)
        found = column.statistics if column.path_in_schema in at else None
        if found is not None and found.has_min_max and not found.min <= at[column.path_in_schema] <= found.max:
            return False
    return True


def whole_table(path: Path, schema: pa.Schema) -> pa.Table:
    """All rows of a Parquet folder, in the columns and types of a schema."""
    tables = []
    for part in parts_of(path):
        with opened(part) as file:
            check_there(part, file.schema_arrow, schema.names)
            tables.append(typed(file.read(schema.names, use_threads=False), schema))
    return pa.concat_tables(tables)


def typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of a table in the types of a schema, texts out of their dictionaries."""
    return table.cast(pa.schema([schema.field(name) for name in table.column_names]))


def parts_of(path: Path) -> list[Path]:
    """The part files of a table in order, none of them missing."""
    try:
        matches = [found for entry in path.iterdir() if (found := PART.fullmatch(entry.name))]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    matches.sort(key=lambda found: int(found[1]))
    for number, found in zip(count(), matches, strict=False):
        if int(found[1]) != number:
            raise InputError(f"{path}: part {number} is missing; {AGAIN}")
    if not matches:
        raise InputError(f"{path}: holds no part; {AGAIN}")
    return [path / found.string for found in matches]


@contextmanager
def opened(path: Path, texts: Sequence[str] = ()) -> Iterator["ParquetFile"]:
    """A part file; whatever is wrong with it is one line that names it."""
    from pyarrow.parquet import ParquetFile  # of use to those alone who keep rows so

    try:
        with path.open("rb") as raw:
            yield ParquetFile(raw, read_dictionary=list(texts), pre_buffer=False, page_checksum_verification=True)
    except OSError as error:
        if error.errno is not None:
            raise InputError(f"{path}: cannot be read ({reason(error)})") from None
        raise damaged(path, error) from None
    except (pa.ArrowException, KeyError, UnicodeDecodeError) as error:
        raise damaged(path, error) from None


def damaged(path: Path, error: Exception) -> InputError:
    """The refusal of a part."""
    return InputError(f"{path}: cut off or damaged ({one_line(error)}); {AGAIN}")


def check_columns(path: Path, schema: pa.Schema, numbers: Sequence[str], texts: Sequence[str]) -> None:
    """Every column is there, once, and of its kind."""
    check_there(path, schema, (*numbers, *texts))
    for name in (*numbers, *texts):
        kind = schema.field(name).type
        value = kind.value_type if pa.types.is_dictionary(kind) else kind
        words = pa.types.is_string(value) or pa.types.is_large_string(value)
        number = pa.types.is_integer(value) or pa.types.is_floating(value)
        if not (pa.types.is_null(value) or (words if name in texts else number)):
            raise InputError(f"{path}: column {name}: {one_line(kind)} is not what a sweep writes; {AGAIN}")


def check_there(path: Path, schema: pa.Schema, names: Sequence[str]) -> None:
    """Every column is there once."""
    for name in names:
        if schema.get_field_index(name) < 0:
            raise InputError(f"{path}: column {name} is missing; {AGAIN}")
