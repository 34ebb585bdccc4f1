"""Tables in the making: what is on disk, and what waits in memory to be put there."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from experiments.tables.journal import damaged

BLOCK = 1 << 22
OWN_NAME = re.compile(r"(?!\.)[^/\\]+(?:/part-\d{5,}\.parquet)?")


def is_own_name(name: str) -> bool:
    """Whether a file's name leads nowhere else: that of a file in the folder, or of a part in a folder of parts."""
    return OWN_NAME.fullmatch(name) is not None


def files_in(folder: Path) -> Iterator[str]:
    """The names of all files in a folder, and of those in its folders of parts."""
    for path in folder.iterdir():
        if path.is_file():
            yield path.name
        elif path.suffix == ".parquet" and path.is_dir() and not path.is_symlink():
            yield from (f"{path.name}/{part.name}" for part in path.iterdir())


def remove_empty(folder: Path) -> None:
    """Remove folders of parts that have none."""
    for path in folder.glob("*.parquet"):
        with suppress(OSError):
            path.rmdir()


class Parts:
    """The tables of a working folder, each longer by what is added and on disk up to the last `write`."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.waiting_bytes = 0
        self._tables: dict[str, tuple[int, list[bytes]]] = {}  # name -> length on disk, what waits
        self._hash: dict[str, Any] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def add(self, name: str, text: bytes) -> None:
        """Put something at the end of a table, in memory."""
        if name not in self._tables:
            self._hash[name], self._tables[name] = hashlib.sha256(), (0, [])
        self._hash[name].update(text)
        self._tables[name][1].append(text)
        self.waiting_bytes += len(text)

    def drop(self, name: str) -> None:
        """A table that is needed no more; its file goes when the journal has said so."""
        self.waiting_bytes -= sum(len(text) for text in self._tables.pop(name, (0, []))[1])
        self._hash.pop(name, None)

    def write(self) -> None:
        """Put all that waits onto the disk. After a failure it can be done again: every byte has its place."""
        for name, (length, waiting) in self._tables.items():
            if not waiting:
                continue
            try:
                (self.work / name).parent.mkdir(exist_ok=True)
                self._tables[name] = write_at(self.work / name, length, waiting), []
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(self.work / name)) from None
        self.waiting_bytes = 0

    def files(self) -> dict[str, dict[str, Any]]:
        """Length and hash of every table, by name, once written."""
        return {
            name: {"bytes": self._tables[name][0], "sha256": self._hash[name].hexdigest()}
            for name in sorted(self._tables)
        }

    def restore(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Cut every table back to what the journal names; InputError where that is not what lies there."""
        for name, told in files.items():
            if not is_own_name(name):
                raise damaged(self.work)
            length = int(told["bytes"])
            try:
                with (self.work / name).open("r+b") as file:
                    found = hash_of(file, length)
                    if found is None or found.hexdigest() != told["sha256"]:
                        raise damaged(self.work)
                    file.truncate(length)
            except FileNotFoundError:
                raise damaged(self.work) from None
            self._hash[name], self._tables[name] = found, (length, [])


def write_at(path: Path, place: int, texts: Iterable[bytes]) -> int:
    """Write into a file from some place on, and onto the disk; where it ends then."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(handle, "wb") as file:
        file.seek(place)
        file.writelines(texts)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def hash_of(file: BinaryIO, length: int) -> Any:
    """The SHA-256 of the first bytes of a file; None where it is shorter."""
    found = hashlib.sha256()
    while length > 0:
        block = file.read(min(BLOCK, length))
        if not block:
            return None
        found.update(block)
        length -= len(block)
    return found
