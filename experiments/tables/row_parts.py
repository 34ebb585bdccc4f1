"""Rows of single runs as Parquet: a folder of part files, each closed for good, so that all of them can be read at any
time.

Part k of a table holds runs k P .. (k + 1) P - 1 of the sweep in their order, whoever played them and in how many
pieces: so the same sweep has the same bytes. At an entry of the journal all full parts are closed files; the rows of
the one in the making, which wait in memory, go into a file of their own (Arrow IPC streams), from which an interrupted
sweep takes them up.
"""

import io
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from experiments.tables.parts import Parts

PART_ROWS = 500_000  # of countries, at most
MOST_MADE = 2  # parts on their way at a time
ZSTD = {"compression": "zstd", "compression_level": 1, "write_statistics": ["point", "replicate", "country"]}


def runs_in_part(countries: int) -> int:
    """P: how many runs a part holds, the same for all tables of a sweep."""
    return max(PART_ROWS // max(countries, 1), 1)


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file with one group of rows, whatever pieces it comes in."""
    sink, table = io.BytesIO(), table.combine_chunks()
    pyarrow.parquet.write_table(table, sink, row_group_size=max(len(table), 1), **ZSTD)
    return sink.getvalue()


class RowParts:
    """One table on its way into part files of `runs_in_part` runs each. Parts are made in a thread of its own, while
    the next one fills."""

    def __init__(self, name: str, schema: pa.Schema, size: int, parts: Parts) -> None:
        self.name, self.schema, self.size, self.parts = name, schema, size, parts
        self.number = 0  # of the part in the making
        self.runs = 0  # that it has so far
        self._waiting: list[pa.Table] = []
        self._on_disk = 0  # tables of these that are in the file of those that wait
        self._maker = ThreadPoolExecutor(1)
        self._made: deque[tuple[str, str, Future[bytes]]] = deque()  # part, file of its rows that waited, its bytes

    def add(self, rows: pa.Table, runs: int) -> None:
        """Take in the rows of so many runs, as many of each run; parts that are full are closed."""
        each = len(rows) // runs
        while runs:
            fit = min(runs, self.size - self.runs)
            self._waiting.append(rows.slice(0, fit * each))
            rows, runs, self.runs = rows.slice(fit * each), runs - fit, self.runs + fit
            if self.runs == self.size:
                self.close()
                self._collect(MOST_MADE)

    def close(self) -> None:
        """Make the part in the making a file, if it has a run."""
        if not self.runs:
            return
        table = pa.concat_tables([self.schema.empty_table(), *self._waiting])
        name = f"{self.name}.parquet/part-{self.number:05d}.parquet"
        self._made.append((name, self.waiting_file, self._maker.submit(parquet_bytes, table)))
        self.number, self.runs, self._waiting, self._on_disk = self.number + 1, 0, [], 0

    def note(self) -> None:
        """Before an entry of the journal: put the closed parts into their files, and what waits into its own."""
        self._collect(0)
        new = self._waiting[self._on_disk :]
        if new:
            sink = io.BytesIO()
            with pa.ipc.new_stream(sink, self.schema) as stream:
                for table in new:
                    stream.write_table(table)
            self.parts.add(self.waiting_file, sink.getvalue())
            self._on_disk = len(self._waiting)

    def finish(self) -> None:
        """Close the last part, and put all into their files."""
        self.close()
        self._collect(0)

    def stop(self) -> None:
        """Make nothing more."""
        self._maker.shutdown(cancel_futures=True)

    def restore(self, work: Path, runs: int, files: Mapping[str, object]) -> None:
        """As it stood when so many runs of the sweep were in."""
        self.number, self.runs = divmod(runs, self.size)
        if self.waiting_file in files:
            with (work / self.waiting_file).open("rb") as file:
                length = file.seek(0, 2)
                file.seek(0)
                while file.tell() < length:
                    self._waiting.append(pa.ipc.open_stream(file).read_all())
        self._on_disk = len(self._waiting)

    @property
    def waiting_file(self) -> str:
        """Where the rows wait of the part in the making."""
        return f"{self.name}-{self.number:05d}.arrow"

    def _collect(self, most: int) -> None:
        """Take the parts that have been made, until no more than `most` are on their way."""
        while len(self._made) > most:
            name, waited, made = self._made.popleft()
            self.parts.add(name, made.result())
            self.parts.drop(waited)
