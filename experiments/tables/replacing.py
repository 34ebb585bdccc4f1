"""Putting a file into place in one step: it is made beside its place, under a hidden name of its own, then moved.

Whatever interrupts the making leaves the old one whole. What is left of one that was killed goes a day later.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFT_SECONDS = 86_400.0


def beside(target: Path) -> Path:
    """A hidden name beside a target under which to make it; no other process makes the same one."""
    return target.with_name(f".{target.name}.partial-{secrets.token_hex(6)}")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Where to make a file that takes the place of `target` at the end; nothing of it stays after a failure."""
    remove_left(target)
    part = beside(target)
    try:
        yield part
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink()


def remove_left(target: Path) -> None:
    """Remove what was left beside a target long ago."""
    name = re.compile(rf"\.{re.escape(target.name)}\.partial-[0-9a-f]{{12}}\Z")
    with suppress(OSError):
        for path in target.parent.iterdir():
            if name.match(path.name) and time.time() - path.stat().st_mtime > LEFT_SECONDS:
                path.unlink()


def reason(error: OSError) -> str:
    """Why the system refused, in a few words."""
    return os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
