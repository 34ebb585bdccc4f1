"""How the program ends: a user's error is told and gives an exit code, and a signal leaves nothing half written."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from model.errors import InputError


def guarded(command: Callable[[], Any]) -> int:
    """Run the command line; a user's error is a line on standard error for each fault, and exit code 2."""
    try:
        command()
        sys.stdout.flush()
    except InputError as error:
        typer.echo("\n".join(f"error: {line}" for line in str(error).splitlines()), err=True)
        return 2
    except OSError as error:
        silence_output()
        typer.echo(f"error: standard output cannot be written ({error.strerror or error})", err=True)
        return 1
    return 0


def silence_output() -> None:
    """Send what is still buffered nowhere, so that it does not fail again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


@contextmanager
def tidy_when_told_to_stop() -> Iterator[None]:
    """SIGTERM ends the program as an error would, so that nothing half written stays; exit code 143 as is usual."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
