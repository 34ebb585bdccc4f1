"""Result folders: the tables a sweep writes, their columns, and how a folder comes to be complete or not at all.

Everything is written into a hidden folder beside the target and moved into place at the end, the manifest last:
a folder with a manifest is a finished sweep.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.csv

from experiments.tables.manifest import MANIFEST, is_text, read_document
from experiments.tables.replacing import beside, reason, remove_abandoned, replacing
from model.errors import InputError

TABLES = ("points.csv", "runs.csv", "countries.csv", "summary.csv", "terms.csv")
OPTIONAL = ("measures.csv", "dates.csv")  # written where a design asks for measures
FIGURES, ANALYSIS, FORMATS = "figures", "analysis.csv", ("png", "svg")
SIGNATURE = "tariff-pause analyze"


def csv_options(table: pa.Schema) -> pa.csv.WriteOptions:
    """No quotes where no cell can need them, so that the file is pleasant to read; else quotes round texts."""
    free_text = ("error", "country_name", "concessions", "meaning")
    quotes = any(column.name in free_text and column.type == pa.string() for column in table)
    return pa.csv.WriteOptions(
        quoting_style="needed" if quotes else "none",
        quoting_header="needed" if any("," in column.name for column in table) else "none",  # a factor of an issue
    )


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
        with replacing(target) as part:
            pa.csv.write_csv(table, part, csv_options(table.schema))
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


class ResultFolder:
    """A result folder in the making: a context in which tables are streamed, then `finish` moves them into place.

    Raises InputError at once where the target cannot be written or holds something else.
    """

    def __init__(self, target: Path, identity: str, fresh: bool) -> None:
        self.target = target
        try:
            check_target(target, identity, fresh)
        except OSError as error:
            raise InputError(f"{target}: cannot be written ({reason(error)})") from None
        self.part = beside(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            remove_abandoned(target)
            self.part.mkdir()
            if target.exists() and not os.access(target, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            shutil.rmtree(self.part, ignore_errors=True)
            raise InputError(f"{target}: cannot be written ({reason(error)})") from None
        self._writers: dict[str, pa.csv.CSVWriter] = {}

    def __enter__(self) -> "ResultFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            with suppress(OSError):
                writer.close()
        shutil.rmtree(self.part, ignore_errors=True)
        if isinstance(error, OSError):
            raise InputError(f"{self.target}: cannot be written ({reason(error)})") from None

    def append(self, name: str, table: pa.Table) -> None:
        """Stream rows to the end of a table."""
        if name not in self._writers:
            self._writers[name] = pa.csv.CSVWriter(
                self.part / name, table.schema, write_options=csv_options(table.schema)
            )
        self._writers[name].write_table(table)

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Move everything into place, the manifest last."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()
        (self.part / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if not self.target.exists():
            self.part.replace(self.target)
            return
        for name in (MANIFEST, *OPTIONAL):
            (self.target / name).unlink(missing_ok=True)
        remove_analysis(self.target)
        for path in sorted(self.part.iterdir(), key=lambda path: path.name == MANIFEST):
            path.replace(self.target / path.name)


def check_target(target: Path, identity: str, fresh: bool) -> None:
    """Refuse a target that is a file, or a folder that holds something other than this very sweep."""
    if target.is_symlink() and not target.exists():
        raise InputError(f"{target}: is a dangling link; a folder is needed (--out)")
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file; a folder is needed (--out)")
    for name in (*TABLES, *OPTIONAL, MANIFEST):
        if (target / name).is_dir():
            raise InputError(f"{target / name}: is a folder where a result file would go; choose another --out")
    if fresh or not target.exists() or not any(target.iterdir()):
        return
    try:
        held = read_document(target / MANIFEST)
    except InputError:
        raise InputError(
            f"{target}: is not empty and holds no finished sweep or measures; choose another --out, or add --fresh"
        ) from None
    if held.get("identity") != identity:
        name = held["design"].get("name")
        which = name if is_text(name) else "without a name"
        raise InputError(f"{target}: holds another sweep or other measures ({which}); add --fresh to replace it")


def is_drawn(path: Path) -> bool:
    """Whether a file is a figure that this program drew: it is signed in its first lines."""
    if path.suffix.removeprefix(".") not in FORMATS or not path.is_file():
        return False
    with path.open("rb") as file:
        return SIGNATURE.encode() in file.read(2048)


def remove_analysis(target: Path) -> None:
    """Remove the figures and numbers drawn from tables that are about to be replaced, and nothing of the user's own."""
    (target / ANALYSIS).unlink(missing_ok=True)
    for path in (target / FIGURES).glob("*"):
        if is_drawn(path):
            path.unlink()
    with suppress(OSError):
        (target / FIGURES).rmdir()
