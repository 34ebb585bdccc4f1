"""Where compiled rules are kept between runs, and what happens where they cannot be.

A file that is cut off, empty or otherwise damaged is removed and made anew. Each ends with a checksum, for damaged
machine code would not be noticed, but run. Where nothing can be kept, rules are compiled for this run alone.
"""

import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from numba.core import config
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    UserProvidedCacheLocator,
)
from platformdirs import user_cache_path

from model.errors import what_failed

CHOSEN_BY = ("TARIFF_PAUSE_CACHE", "NUMBA_CACHE_DIR")  # the first that is set
OURS = re.compile(r"[0-9a-f]{16}-numba\d[\w.+]*-py\d[\w.+]*")
MARK, SIGNATURE = "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55"  # bford.info/cachedir
MARKED = f"{SIGNATURE}\n# Compiled rules of tariff-pause. This folder may be removed at any time.\n"
STALE_AFTER_DAYS = 30
CHECKSUM_BYTES = 32

said: list[str] = []


def say_once(problem: str) -> None:
    """Tell the user, once in a run, that rules are compiled in vain."""
    if not said and sys.stderr is not None:
        with suppress(OSError):
            print(
                f"tariff-pause: compiled rules cannot be kept ({problem}), so each run compiles them anew; "
                f"{CHOSEN_BY[0]} names another folder for them",
                file=sys.stderr,
            )
    said.append(problem)


def open_folder(name: str) -> Path | None:
    """The folder of that name, ready for use, in the chosen cache or the user's; None where there can be none."""
    try:
        folder = parent_folder() / name
        make_folder(folder)
    except OSError as error:
        say_once(what_failed(error))
        return None
    except RuntimeError as error:
        say_once(f"no folder of the user's own: {error}")
        return None
    remove_stale(folder.parent)
    return folder


def parent_folder() -> Path:
    """Where folders of compiled rules lie; OSError or RuntimeError where the user has no place for them."""
    for variable in CHOSEN_BY:
        if os.environ.get(variable):
            return Path(os.environ[variable]).absolute()
    parent = user_cache_path("tariff-pause")
    if not parent.is_absolute():
        raise OSError(f"{parent}: not an absolute path")
    return parent


def make_folder(folder: Path) -> None:
    """Make a folder, or find it, with our mark in it, and make sure that files can be written there; an OSError
    leaves nothing behind."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_ours(folder):
            (folder / MARK).write_text(MARKED, encoding="utf-8")
        tempfile.TemporaryFile(dir=folder).close()
        os.utime(folder)
    except OSError:
        if folder in missing:
            with suppress(OSError):
                (folder / MARK).unlink(missing_ok=True)
        for path in missing:
            with suppress(OSError):
                path.rmdir()
        raise


def is_ours(folder: Path) -> bool:
    """Whether a folder is one that this program has made for compiled rules."""
    try:
        marked = (folder / MARK).read_text(encoding="utf-8") == MARKED
    except (OSError, ValueError):
        return False
    return marked and OURS.fullmatch(folder.name) is not None and not folder.is_symlink()


def remove_stale(parent: Path) -> None:
    """Remove our folders that have not been used for a month, and nothing else."""
    with suppress(OSError):
        for folder in parent.iterdir():
            if is_ours(folder) and time.time() - folder.stat().st_mtime > STALE_AFTER_DAYS * 86400:
                shutil.rmtree(folder, ignore_errors=True)


def keep_compiled(function: Any, folder: Path) -> None:
    """Let a function of numba's keep what it compiles in a folder."""
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)  # read when a cache is made, and only then
    try:
        function._cache = RuleCache(function.py_func)
    except (OSError, RuntimeError):
        say_once(f"{folder}: cannot be used")
    finally:
        settings.CACHE_DIR = before


class Damaged(ValueError):
    """A file is not what was written."""


class CheckedFile(IndexDataCacheFile):
    """numba's index and data files of a function, with a checksum at their end, which unpickling does not reach."""

    @contextmanager
    def _open_for_write(self, path: str) -> Iterator[BinaryIO]:
        with super()._open_for_write(path) as file:
            content = io.BytesIO()
            yield content
            file.write(content.getvalue() + checksum(content.getvalue()))

    def _load_index(self) -> Any:
        check(Path(self._index_path))
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        check(Path(self._data_path(name)))
        return super()._load_data(name)


def checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def check(path: Path) -> None:
    """Raise Damaged if a file does not end with its checksum; one that is not there passes."""
    with suppress(FileNotFoundError):
        content = path.read_bytes()
        if content[-CHECKSUM_BYTES:] != checksum(content[:-CHECKSUM_BYTES]):
            raise Damaged(str(path))


class RuleCacheImpl(CompileResultCacheImpl):
    """Keeps functions in the chosen folder, and nowhere else (numba would turn to __pycache__)."""

    _locator_classes = [UserProvidedCacheLocator]  # noqa: RUF012


class RuleCache(FunctionCache):
    """numba's cache of a function, whose trouble costs time and nothing else."""

    _impl_class = RuleCacheImpl

    def __init__(self, rule: Any) -> None:
        super().__init__(rule)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = CheckedFile(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What was compiled earlier; None, and the files are removed, where they are damaged."""
        try:
            return super().load_overload(signature, context)
        except Exception:
            self.remove_files()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep what was compiled; where that fails, it is used all the same."""
        try:
            super().save_overload(signature, compiled)
        except Exception as error:
            self.remove_files()
            say_once(f"{self.cache_path}: {getattr(error, 'strerror', None) or error}")

    def remove_files(self) -> None:
        """Remove all files of this function."""
        for path in Path(self.cache_path).glob(f"{self._impl.filename_base}.*"):
            with suppress(OSError):
                path.unlink()
