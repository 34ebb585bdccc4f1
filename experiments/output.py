"""What is printed never decides what is done: standard output and standard error that outlast their readers.

A reader that leaves early (`| head -1`), a full disk behind `>`, a terminal that is gone: what cannot be written is
dropped, the work goes on, and the reason is kept for the end. What the encoding cannot hold is written as an escape.
"""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

READER_LEFT = (errno.EPIPE, errno.ESHUTDOWN)


class LastingStream(io.RawIOBase):
    """A raw stream that drops what it cannot write; `refused` is the first reason why."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.refused: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self.stream.fileno())

    def isatty(self) -> bool:
        return bool(self.stream.isatty())

    def write(self, data: Any) -> int | None:
        """Write what is left to write; None where a stream that does not block is full."""
        if self.refused is None:
            try:
                written: int | None = self.stream.write(data)
                return written
            except OSError as error:
                self.refused = error
        return len(data)


def lasting(stream: TextIO | None) -> TextIO:
    """A stream of the program as one that lasts. One that was closed from the start leads nowhere, one that is not
    the program's own (a test's, a notebook's) stays as it is."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if stream not in (sys.__stdout__, sys.__stderr__) or not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    raw: Any = LastingStream(raw_stream(stream))
    return io.TextIOWrapper(
        raw if stream.write_through else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def raw_stream(stream: Any) -> Any:
    """What lies below a stream of text and its buffer, if it has one."""
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Print through streams that last while this is open."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def output_refused() -> OSError | None:
    """Why standard output could not be written; None where it could, or where its reader left of its own accord."""
    sys.stdout.flush()
    refused: OSError | None = getattr(raw_stream(sys.stdout), "refused", None)
    return None if refused is None or refused.errno in READER_LEFT else refused
