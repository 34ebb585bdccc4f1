"""Progress of a sweep: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LINES = 15.0


@contextmanager
def progress_line(name: str) -> Iterator[Callable[[int, int], None]]:
    """A function to call with (points done, points in all)."""
    if sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from experiments.console import make_console

        named = TextColumn("{task.description}", markup=False)
        columns = (named, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=make_console(stderr=True), transient=True) as bar:
            task = bar.add_task(name, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    last = time.monotonic()

    def line(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{name}: {done} of {total} points", file=sys.stderr, flush=True)

    yield line


@contextmanager
def status_line(name: str) -> Iterator[Callable[[str], None]]:
    """A function to call with what is under way: shown on a terminal, silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from experiments.console import make_console

    with make_console(stderr=True).status(name) as shown:
        yield lambda text: shown.update(f"{name}: {text}")
