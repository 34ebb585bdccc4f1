"""Progress of a sweep: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LINES = 15.0


class Pace:
    """How fast runs are played in this session, and how long the rest takes."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.first: int | None = None

    def told(self, runs: int, all_runs: int) -> str:
        """Rate and time left, in words; nothing before there is a rate."""
        self.first = runs if self.first is None else self.first
        seconds = time.monotonic() - self.started
        played = runs - self.first
        if played <= 0 or seconds <= 0:
            return ""
        return f", {played / seconds:,.0f} runs/s, {in_time((all_runs - runs) * seconds / played)} left"


def in_time(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


@contextmanager
def progress_line(name: str) -> Iterator[Callable[[int, int, int, int], None]]:
    """A function to call with (points done, points in all, runs done, runs in all)."""
    pace = Pace()
    if sys.stderr.isatty():
        from rich.progress import BarColumn, Progress, TextColumn

        from experiments.console import make_console

        named, told = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[told]}"))
        with Progress(named, BarColumn(), told, console=make_console(stderr=True), transient=True) as bar:
            task = bar.add_task(name, total=None, told="")
            yield lambda points, all_points, runs, all_runs: bar.update(
                task, completed=runs, total=all_runs, told=f"{points}/{all_points} points{pace.told(runs, all_runs)}"
            )
        return
    last = time.monotonic()

    def line(points: int, all_points: int, runs: int, all_runs: int) -> None:
        nonlocal last
        told = pace.told(runs, all_runs)
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{name}: {points} of {all_points} points{told}", file=sys.stderr, flush=True)

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
