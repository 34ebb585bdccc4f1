"""How the program ends: a user's error is told and gives an exit code, and a signal leaves nothing half written."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from experiments.output import lasting_output, output_refused
from model.errors import InputError, what_failed

STOPPING = ("SIGTERM", "SIGHUP")  # told to stop, and the terminal or the connection is gone


def guarded(command: Callable[[], Any]) -> int:
    """Run the command line to its exit code. A user's error is a line on standard error for each fault, and exit code
    2; what else the system refuses is one line that names it, and exit code 1."""
    with lasting_output(), tidy_when_told_to_stop():
        code = exit_code(command)
        refused = output_refused()
        if refused is not None:
            typer.echo(f"error: standard output cannot be written ({refused.strerror or refused})", err=True)
    return code or int(refused is not None)


def exit_code(command: Callable[[], Any]) -> int:
    """Run a command; what cannot be done is said."""
    try:
        command()
    except InputError as error:
        typer.echo("\n".join(f"error: {line}" for line in str(error).splitlines()), err=True)
        return 2
    except OSError as error:
        typer.echo(f"error: {what_failed(error)}", err=True)
        return 1
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


@contextmanager
def tidy_when_told_to_stop() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program as an error would, so that nothing half written stays; the exit code is 128
    and the signal's number, as is usual. A signal that is ignored from the start (nohup) stays ignored."""
    known = [getattr(signal, name) for name in STOPPING if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}
    listened = [number for number in known if before[number] is not signal.SIG_IGN]

    told: list[int] = []

    def stop(number: int, frame: object) -> None:
        told.append(number)
        if len(told) == 1:  # a second one does not break off the tidying
            raise SystemExit(128 + number)

    for number in listened:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in listened:
            signal.signal(number, before[number])
