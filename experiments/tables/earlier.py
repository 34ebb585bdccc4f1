"""A finished result whose rows are taken over into a new one, point by point, in constant memory."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiments.tables.manifest import MANIFEST
from experiments.tables.parts import BLOCK
from experiments.tables.reading import read_columns
from experiments.tables.rows import FAILED, OK
from experiments.tables.summary import width
from model.errors import InputError

MOMENTS = "moments.bin"


class Earlier:
    """The rows of a finished result. `offsets` says how far each table has been taken; the caller moves it on.

    Points that failed are not taken: they are played again (with `measures`, those whose measures failed too).
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], measures: bool) -> None:
        self.folder = folder
        self.replicates = int(manifest["design"]["replicates"])
        self.countries = len(manifest["case"]["countries"])
        self.offsets: dict[str, int] = {}
        status = read_columns(folder / "points.csv", (), ("status",))["status"]
        bad = (FAILED,) if not measures else tuple(set(status) - {OK})
        self.holds = ~np.isin(status.astype(str), bad)

    def held(self, point: int) -> int:
        """How many runs of a point can be taken over."""
        return self.replicates if self.holds[point] else 0

    def header(self, name: str) -> bytes:
        """The first line of a table."""
        with (self.folder / name).open("rb") as file:
            return file.readline()

    def rows(self, name: str, point: int) -> Iterator[tuple[bytes, int]]:
        """The rows of a point in a table, in pieces, each with where the next begins. Those of earlier points are
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

    def numbers(self, point: int) -> np.ndarray:
        """The numbers behind the summary of a point's runs, as they stood when these had been played."""
        length = 8 * width(self.countries)
        with (self.folder / MOMENTS).open("rb") as file:
            file.seek(length * point)
            row = file.read(length)
        if len(row) != length:
            raise InputError(f"{self.folder / MOMENTS}: cut off or damaged; add --fresh to play the sweep again")
        return np.frombuffer(row, "<f8").astype(float)


def point_of(line: bytes) -> int:
    """The point of a row; the header comes before all of them."""
    first = line.split(b",", 1)[0]
    return int(first) if first.isdigit() else -1


def fingerprint(folder: Path) -> str:
    """What tells one finished result from another: the hash of its manifest, which holds those of its files."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
