"""A finished result whose rows are taken over into a new one, point by point, in constant memory."""

import hashlib
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from experiments.tables.batches import read_columns
from experiments.tables.manifest import MANIFEST
from experiments.tables.parts import BLOCK
from experiments.tables.rows import FAILED, OK
from experiments.tables.summary import width
from model.errors import InputError

MOMENTS = "moments.bin"


class Earlier:
    """The rows of a finished result. `offsets` says how far each table has been taken (bytes of a CSV file, rows of one
    in parts); the caller moves it on.

    Points that failed are not taken: they are played again (with `measures`, those whose measures failed too).
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], measures: bool) -> None:
        self.folder = folder
        self.countries = len(manifest["case"]["countries"])
        self.offsets: dict[str, int] = {}
        points = read_columns(folder / "points.csv", ("replicates",), ("status",))
        status = points["status"].astype(str)
        bad = (FAILED,) if not measures else tuple(set(status) - {OK})
        self.runs = np.where(np.isin(status, bad), 0, points["replicates"].astype(int))
        self.parts = {name: PartsReader(folder / f"{name}.parquet") for name in ("runs", "countries")}

    def held(self, point: int) -> int:
        """How many runs of a point can be taken over."""
        return int(self.runs[point])

    def header(self, name: str) -> bytes:
        """The first line of a table."""
        with (self.folder / name).open("rb") as file:
            return file.readline()

    def lines(self, name: str, point: int) -> Iterator[tuple[bytes, int]]:
        """The lines of a point in a table, in pieces, each with where the next begins. Those of earlier points are
        passed over."""
        if not (self.folder / name).exists():
            return
        with (self.folder / name).open("rb") as file:
            file.seek(self.offsets.get(name, 0))
            while lines := file.readlines(BLOCK):
                first, end = bisect_left(lines, point, key=point_of), bisect_right(lines, point, key=point_of)
                rest = sum(len(line) for line in lines[end:])
                if first < end:
                    yield b"".join(lines[first:end]), file.tell() - rest
                if rest:
                    return

    def tables(self, name: str, point: int) -> Iterator[tuple[pa.Table, int]]:
        """The same of a table in parts, each piece with how many rows of the table end with it."""
        return self.parts[name].of_point(point, self.offsets.get(f"{name}.parquet", 0))

    def numbers(self, point: int) -> np.ndarray:
        """The numbers behind the summary of a point's runs, as they stood when these had been played."""
        length = 8 * width(self.countries)
        with (self.folder / MOMENTS).open("rb") as file:
            file.seek(length * point)
            row = file.read(length)
        if len(row) != length:
            raise InputError(f"{self.folder / MOMENTS}: cut off or damaged; add --fresh to play the sweep again")
        return np.frombuffer(row, "<f8").astype(float)


class PartsReader:
    """A table in part files, read forward; the part at hand is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._at = -1  # number of the part at hand
        self._table: pa.Table | None = None
        self._begins: list[int] | None = None

    def of_point(self, point: int, start: int) -> Iterator[tuple[pa.Table, int]]:
        """The rows of a point from a row on, part by part, each with where the next begins. Those of earlier points
        are passed over."""
        while (found := self._part_with(start)) is not None:
            table, begin = found
            points = table["point"].to_numpy()
            first = max(int(np.searchsorted(points, point, "left")), start - begin)
            end = int(np.searchsorted(points, point, "right"))
            if first < end:
                yield table.slice(first, end - first), begin + end
            if end < len(points):
                return
            start = begin + len(points)

    def _part_with(self, row: int) -> tuple[pa.Table, int] | None:
        """The part in which a row lies, and its first row."""
        if self._begins is None:
            paths = sorted(self.folder.glob("part-*.parquet"))
            counts = [pyarrow.parquet.read_metadata(path).num_rows for path in paths]
            self._begins = [0, *itertools.accumulate(counts)]
        at = bisect_right(self._begins, row) - 1
        if at >= len(self._begins) - 1:
            return None
        if at != self._at or self._table is None:
            with (self.folder / f"part-{at:05d}.parquet").open("rb") as file:
                self._table, self._at = pyarrow.parquet.ParquetFile(file).read(use_threads=False), at
        return self._table, self._begins[at]


def point_of(line: bytes) -> int:
    """The point of a row; the header comes before all of them."""
    first = line.split(b",", 1)[0]
    return int(first) if first.isdigit() else -1


def fingerprint(folder: Path) -> str:
    """What tells one finished result from another: the hash of its manifest, which holds those of its files."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
