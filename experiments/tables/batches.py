"""A CSV table of a result folder: its header, its columns whole, or in batches in constant memory.

Whatever is wrong with a file is one line that names it.
"""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from experiments.tables.manifest import AGAIN, LARGEST
from experiments.tables.replacing import reason
from model.errors import InputError

# How a file is read in batches: parsed by the thread that asks for them.
STREAMED = pa.csv.ReadOptions(block_size=1 << 21, use_threads=False)
Columns = Mapping[str, np.ndarray]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a file is read is one line that names the file."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (pa.ArrowException, csv.Error) as error:
        raise InputError(f"{path}: cut off or damaged ({one_line(error)}); {AGAIN}") from None
    except (UnicodeDecodeError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (not UTF-8 text); {AGAIN}") from None


def one_line(text: object) -> str:
    """What another program, or another's file, says: its beginning, without what would move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text).strip()[:160])


def read_header(path: Path, needed: tuple[str, ...]) -> list[str]:
    """The names of a table's columns; InputError if one of the needed ones is missing, or the file is cut off."""
    with reading(path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
        with path.open("rb") as raw:
            size = raw.seek(0, 2)
            raw.seek(max(size - 1, 0))
            ends = raw.read(1) == b"\n"
    for name in needed:
        if name not in header:
            raise InputError(f"{path}: column {name} is missing; {AGAIN}")
    if not ends:
        raise InputError(f"{path}: cut off in mid-line; {AGAIN}")
    return header


def read_batches(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), empty: Sequence[str] = ()
) -> Iterator[dict[str, np.ndarray]]:
    """A table in batches: columns of numbers as float64 (NaN where empty), of texts as object arrays."""
    read_header(path, (*numbers, *texts))
    kinds = {**dict.fromkeys(numbers, pa.float64()), **dict.fromkeys(texts, pa.dictionary(pa.int32(), pa.string()))}
    options = pa.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    options.null_values = [*options.null_values, *empty]
    with reading(path), native_file(path) as file, pa.csv.open_csv(file, STREAMED, convert_options=options) as reader:
        for batch in reader:
            columns = {name: as_numpy(batch.column(name)) for name in kinds}
            check_numbers(path, {name: columns[name] for name in numbers})
            yield columns


def native_file(path: Path) -> pa.NativeFile:
    """A file that pyarrow reads by itself. It reads, and lets go of what it has read, in threads of its own; of a file
    that Python has opened it may do so when the program ends, which aborts it
    (https://github.com/apache/arrow/issues/43604). The path goes in as bytes, for no text is taken that is not UTF-8.
    """
    return pa.OSFile(os.fsencode(path))


def check_numbers(path: Path, columns: Columns) -> None:
    """No number of a table is infinite or absurd."""
    for name, values in columns.items():
        if (beyond := values[np.abs(values) > LARGEST]).size:
            raise InputError(f"{path}: column {name}: {beyond[0]:g} is not what a sweep writes; {AGAIN}")


def as_numpy(column: pa.Array) -> np.ndarray:
    """A column as a NumPy array; texts through their dictionary, so that each is made once."""
    if isinstance(column, pa.DictionaryArray):
        words = np.array([*column.dictionary.to_pylist(), ""], dtype=object)
        codes: np.ndarray = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(words[codes])
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def read_columns(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), empty: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """A small table whole. empty: what stands for no number, beside what pyarrow takes for it."""
    batches = list(read_batches(path, numbers, texts, empty))
    if not batches:
        kinds = {**dict.fromkeys(numbers, float), **dict.fromkeys(texts, object)}
        return {name: np.zeros(0, dtype=kind) for name, kind in kinds.items()}
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
