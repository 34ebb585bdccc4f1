"""Writing files: a table as CSV text, a single file that is whole or not there, and what is on disk when it is said
to be."""

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from experiments.tables.replacing import reason, replacing
from model.errors import InputError

FREE_TEXT = ("error", "country_name", "concessions", "meaning")  # texts that may hold a comma or a quote
MANY_ROWS = 1_000
RARE_TEXT = "reason"  # the same, and empty in nearly every row


def csv_options(table: pa.Table, header: bool = True) -> pa.csv.WriteOptions:
    """No quotes where no cell can need them, so that the file is pleasant to read; else quotes round texts."""
    free = any(field.name in FREE_TEXT and field.type == pa.string() for field in table.schema)
    rare = RARE_TEXT in table.schema.names and table[RARE_TEXT].null_count < table.num_rows
    style = "needed" if free or rare else "none"
    heads = "needed" if any("," in name for name in table.schema.names) else "none"  # a factor of an issue
    return pa.csv.WriteOptions(include_header=header, quoting_style=style, quoting_header=heads)


def csv_text(table: pa.Table, header: bool) -> bytes:
    """A table as the text of a CSV file."""
    sink, options = pa.BufferOutputStream(), csv_options(table, header)
    if options.quoting_style == "none" and len(table) > MANY_ROWS:
        table = pa.table({name: worded(table[name]) for name in table.schema.names})
    pa.csv.write_csv(table, sink, options)
    return bytes(sink.getvalue())


def worded(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """A column of numbers as the texts that stand for them in a CSV file, each value that comes again written once: in
    rows of runs most do, and to write a number takes longer than to look it up. Other columns stay as they are."""
    if not pa.types.is_floating(column.type):
        return column
    found = column.combine_chunks().dictionary_encode()
    return found.dictionary.cast(pa.string()).take(found.indices)


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A table from rows with the same keys."""
    return pa.Table.from_pylist(list(rows))


def write_csv(rows: pa.Table | Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a table beside `path` and move it into place; InputError where it cannot be written."""
    table = rows if isinstance(rows, pa.Table) else table_of(rows)
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: cannot be written (not an ordinary file)")
        with replacing(target) as part, part.open("wb") as file:
            pa.csv.write_csv(table, file, csv_options(table))
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({reason(error)})") from None


def write_new_text(text: str, path: Path) -> None:
    """Write a file that does not exist yet."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path}: exists already; choose another name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({reason(error)})") from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that, whatever ends the program or the machine, the old content is there or the new."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder onto the disk, where the system can be told to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems do not do folders
            raise
    finally:
        os.close(handle)
