"""How the program ends: a user's error is told and gives an exit code, and a signal leaves nothing half written."""

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from model.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


def check_imports() -> None:
    """`agents` and `model` are also the names of other packages: say so if one of those is found first."""
    for name in ("model", "agents"):
        spec = importlib.util.find_spec(name)
        found = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if found != ROOT / name:
            raise InputError(
                f"start: the package {name!r} is found at {found}, not at {ROOT / name}; another installed package of "
                f"that name hides ours: run tariff-pause in an environment of its own (uv run tariff-pause)"
            )


def guarded(command: Callable[[], Any]) -> int:
    """Run the command line; a user's error is a line on standard error for each fault, and exit code 2."""
    try:
        check_imports()
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
