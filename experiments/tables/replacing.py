"""Putting a file or a folder into place in one step: it is made beside its place, under a hidden name, then moved.

Whatever interrupts the making leaves the old one whole. What a process has left that is gone, the next one removes.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path


def beside(target: Path) -> Path:
    """The hidden name beside a target under which this process makes it."""
    return target.with_name(f".{target.name}.partial-{os.getpid()}")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Where to make a file or a folder that takes the place of `target` at the end; nothing of it stays after a
    failure."""
    remove_abandoned(target)
    part = beside(target)
    old = part.with_name(f"{part.name}-old")
    try:
        yield part
        if target.is_dir():  # the system replaces a file in one step, a folder only where it is empty
            target.replace(old)
        part.replace(target)
    finally:
        if old.exists() and not target.exists():
            old.replace(target)
        remove(part)
        remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there and can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def remove_abandoned(target: Path) -> None:
    """Remove what interrupted processes have left beside a target, if they are gone."""
    for path in target.parent.glob(f".{escape(target.name)}.partial-*"):
        pid = path.name.rpartition(".partial-")[2].removesuffix("-old")
        if pid.isdigit() and not is_running(int(pid)):
            remove(path)


def is_running(pid: int) -> bool:
    """Whether a process is alive (on systems where asking is harmless; elsewhere it is taken to be)."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def reason(error: OSError) -> str:
    """Why the system refused, in a few words."""
    return os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
