"""A result folder in the making: tables are streamed into a hidden folder inside the target, a journal says now and
then how much of them is on disk and where the work stands, and at the end everything changes over at once.

A folder with a manifest holds a finished result. Beside it may lie an unfinished one, which the same command goes on
with, whatever ended it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from experiments.tables.changeover import (
    OPTIONAL,
    ROW_FOLDERS,
    TABLES,
    UNFINISHED,
    check_names,
    decide,
    is_decided,
    read_quietly,
    roll_forward,
    settle,
)
from experiments.tables.journal import JOURNAL, Journal, read_journal
from experiments.tables.manifest import MANIFEST, is_text
from experiments.tables.owner import LOCK, OWNER, Owner
from experiments.tables.parts import Parts, files_in
from experiments.tables.replacing import reason
from experiments.tables.row_parts import RowParts
from experiments.tables.writing import csv_text
from model.errors import InputError

ENTRY_BYTES, ENTRY_SECONDS = 16_000_000, 5.0  # after so much that is new, or so long, an entry in the journal
CASE, DICTIONARY = "case.toml", "columns.csv"


class ResultFolder:
    """A context in which tables are added to, step by step; `finish` puts the result into place.

    like: what must be equal for an unfinished folder to be gone on with (None: it never is, and no journal is kept);
    standing: asked for where the work stands, as it goes into the journal; row_parts: the tables that are Parquet, in
    parts of `part_runs` runs each. Once entered, `resumed` is what the journal
    held, or None. InputError where the target cannot be written, is in use, or holds an unfinished result of another
    kind and not `fresh`.
    """

    def __init__(
        self,
        target: Path,
        like: Mapping[str, Any] | None,
        fresh: bool,
        standing: Callable[[], Mapping[str, Any]] = dict,
        names: tuple[str, ...] = (),
        row_parts: Mapping[str, pa.Schema] | None = None,
        part_runs: int = 1,
    ) -> None:
        self.target, self.work, self.like, self.standing = target, target / UNFINISHED, like, standing
        self.names = (*TABLES, *OPTIONAL, *ROW_FOLDERS, MANIFEST, *names)
        self.resumed: Mapping[str, Any] | None = None
        self.seconds_writing = 0.0
        self.parts = Parts(self.work)
        self._schemas, self._part_runs = row_parts or {}, part_runs
        self.row_parts: dict[str, RowParts] = {}
        self._owner = Owner(self.work)
        self._between_steps = False
        self._last_entry = time.monotonic()
        with self._named_errors():
            if not is_decided(target):
                check_names(target, self.names)
                check_unfinished(self.work, like, fresh)
            try:
                self._owner.claim()
                self._open(fresh)
            except BaseException:
                self._leave()
                raise

    def __enter__(self) -> "ResultFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        new = self.waiting_bytes or any(rows.runs for rows in self.row_parts.values())
        if error is not None and self._between_steps and self.like is not None and new:
            with suppress(OSError, InputError):
                self.entry()
        self._leave()

    @contextmanager
    def step(self) -> Iterator[None]:
        """What is added inside belongs together: the journal never falls between."""
        self._between_steps = False
        yield
        self._between_steps = True
        due = time.monotonic() - self._last_entry >= ENTRY_SECONDS or self.waiting_bytes >= ENTRY_BYTES
        if self.like is not None and due:
            self.entry()

    @property
    def waiting_bytes(self) -> int:
        """Bytes that are ready for the disk, and not on it yet."""
        return self.parts.waiting_bytes

    def append_rows(self, name: str, rows: bytes | pa.Table, runs: int, header: Callable[[], bytes]) -> None:
        """Add the rows of so many runs to a table of single runs: lines of CSV, or a table that goes into parts."""
        if isinstance(rows, pa.Table):
            started = time.perf_counter()
            self.row_parts[name].add(rows, runs)
            self.seconds_writing += time.perf_counter() - started
            return
        file = f"{name}.csv"
        self.add(file, rows if file in self.parts else header() + rows)

    def append(self, name: str, table: pa.Table) -> None:
        """Add rows to a table."""
        self.add(name, csv_text(table, header=name not in self.parts))

    def add(self, name: str, text: bytes) -> None:
        """Add to a file as it stands."""
        started = time.perf_counter()
        self.parts.add(name, text)
        self.seconds_writing += time.perf_counter() - started

    def entry(self) -> None:
        """Put what waits onto the disk, then say so in the journal."""
        started = time.perf_counter()
        self._between_steps = False
        with self._named_errors():
            self._owner.renew()
            for rows in self.row_parts.values():
                rows.note()
            self.parts.write()
            Journal(self.like or {}, self.standing(), self.parts.files()).write(self.work)
        self._between_steps = True
        self._last_entry = time.monotonic()
        self.seconds_writing += time.perf_counter() - started

    def finish(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Put the result into place: the tables, and the manifest with the size and hash of each; it is returned."""
        self._between_steps = False
        with self._named_errors():
            if self.like is not None:
                self.entry()
            self._owner.renew()
            for rows in self.row_parts.values():
                rows.finish()
            self.parts.write()
            run = {name: manifest[name] for name in ("run",) if name in manifest}
            rest = {name: entry for name, entry in manifest.items() if name not in run}
            whole = {**rest, "files": self.parts.files(), **run}
            check_names(self.target, self.names)
            self._owner.check()
            decide(self.work, whole)
            roll_forward(self.target)
        return whole

    def forget(self) -> None:
        """Keep nothing of what was done."""
        self._between_steps = False
        (self.work / JOURNAL).unlink(missing_ok=True)

    def _open(self, fresh: bool) -> None:
        """Under the claim: go on from the journal, or begin."""
        if is_decided(self.target):
            roll_forward(self.target)
            raise InputError(f"{self.target}: has been finished by another process just now; start again")
        check_unfinished(self.work, self.like, fresh)
        journal = journal_like(self.work, self.like)
        if journal is not None:
            try:
                self.parts.restore(journal.files)
                self.resumed = journal.state
            except InputError:
                if not fresh:
                    raise
                self.parts = Parts(self.work)
        kept = {LOCK, OWNER, *((JOURNAL, *self.parts.files()) if self.resumed is not None else ())}
        for name in [*files_in(self.work)]:
            if name not in kept:
                (self.work / name).unlink()
        for name, schema in self._schemas.items():
            self.row_parts[name] = RowParts(name, schema, self._part_runs, self.parts)
            if self.resumed is not None:
                self.row_parts[name].restore(self.work, self.resumed["runs"], self.parts.files())

    def _leave(self) -> None:
        """Release the folder; remove it, and what was made for it, where there is nothing to go on from. What is on
        disk decides: an interruption may come just after the journal is."""
        for rows in self.row_parts.values():
            rows.stop()
        self._owner.release(keep=(self.work / JOURNAL).exists() or is_decided(self.target))

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """What the system refuses is one line that names the file."""
        try:
            yield
        except OSError as error:
            self._between_steps = False
            named = f"{error.filename}: " if error.filename and str(error.filename) != str(self.target) else ""
            kept = kept_text(self.target)
            raise InputError(
                f"{self.target}: cannot be written ({named}{reason(error)}){'; ' if kept else ''}{kept}"
            ) from None


def check_target(target: Path) -> None:
    """Refuse a target that is no folder; finish an interrupted change-over in it."""
    if target.is_symlink() and not target.exists():
        raise InputError(f"{target}: is a dangling link; a folder is needed (--out)")
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file; a folder is needed (--out)")
    settle(target)


def check_held(target: Path, identity: str, fresh: bool) -> None:
    """Refuse a folder that holds something other than this very result. An unfinished one is looked at elsewhere."""
    if fresh or not target.exists() or not any(path.name != UNFINISHED for path in target.iterdir()):
        return
    held = read_quietly(target / MANIFEST)
    if held is None and (target / UNFINISHED / JOURNAL).exists():
        return
    if held is None:
        raise InputError(
            f"{target}: is not empty and holds no finished sweep or measures; choose another --out, or add --fresh"
        )
    if held.get("identity") != identity:
        name = held["design"].get("name")
        which = name if is_text(name) else "without a name"
        raise InputError(f"{target}: holds another sweep or other measures ({which}); add --fresh to replace it")


def journal_like(work: Path, like: Mapping[str, Any] | None) -> Journal | None:
    """The journal of an unfinished result of the same kind, if there is one."""
    if like is None:
        return None
    try:
        journal = read_journal(work)
    except InputError:
        return None
    return journal if journal is not None and journal.like == like else None


def check_unfinished(work: Path, like: Mapping[str, Any] | None, fresh: bool) -> None:
    """Refuse to throw away an unfinished result of another kind, or one that has been edited, unless told to."""
    if fresh:
        return
    journal = read_journal(work)
    if journal is None or journal.like == like:
        return
    name, differs = journal.state.get("name", "?"), difference(journal.like, like or {})
    raise InputError(f"{work.parent}: holds an unfinished sweep {differs} ({name}); add --fresh to begin anew")


def difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """In what an unfinished result is of another kind, in words."""
    if then.get("identity") != now.get("identity"):
        return "of another design"
    if then.get("rules") != now.get("rules"):
        return "by other rules of the model"
    if then.get("saving") != now.get("saving"):
        return "that keeps other rows, or in another format"
    if then.get("versions") != now.get("versions"):
        return "with other versions of Python or its libraries"
    return "that was to follow on another result"


def kept_text(target: Path) -> str:
    """What is kept of an interrupted sweep, in words; empty where nothing is."""
    with suppress(InputError, OSError):
        journal = read_journal(target / UNFINISHED)
        if journal is not None:
            state = journal.state
            more = f" and {state['replicate']:,} runs of the next" if state["replicate"] else ""
            return (
                f"{state['point']:,} of {state['points']:,} points{more} are kept in {target / UNFINISHED}; "
                f"the same command goes on from there"
            )
    return ""
