"""The one error a user may cause: what was given, what is allowed and where it came from; a line for each fault."""

import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import ParamSpec, TypeVar

MOST_LINES = 50
P = ParamSpec("P")
T = TypeVar("T")


class InputError(ValueError):
    """What was given cannot be used. The command line prints the message, a line for each fault, and exits with 2."""

    @property
    def in_one_line(self) -> str:
        """All faults on one line, for where there is room for no more."""
        return "; ".join(str(self).splitlines())

    def within(self, where: str) -> "InputError":
        """The same faults, told as those of a part of something else."""
        return InputError("\n".join(f"{where}: {line}" for line in str(self).splitlines()))


class Faults:
    """The faults of one input, noted as they are found and reported together."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        """Note a fault; one that is noted already is not repeated."""
        if line not in self.lines:
            self.lines.append(line)

    def tried(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What `check` returns, or None where it raises an `InputError`, whose lines are noted."""
        try:
            return check(*args, **kwargs)
        except InputError as error:
            for line in str(error).splitlines():
                self.note(line)
            return None

    def report(self) -> None:
        """Raise what was noted as one `InputError`; of very many faults the first and how many more."""
        more = len(self.lines) - MOST_LINES
        rest = [f"and {more:,} more faults"] if more > 0 else []
        if self.lines:
            raise InputError("\n".join(self.lines[:MOST_LINES] + rest))


def nearest(given: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, if any is like what was given."""
    names = list(names)
    near = get_close_matches(given, names, n=1, cutoff=0.5) or [name for name in names if name.lower() == given.lower()]
    return near[0] if near else None


def unknown(kind: str, given: str, allowed: Iterable[str], origin: str) -> InputError:
    """The error for a name that is not on a list, with the nearest name that is."""
    names = list(allowed)
    near = nearest(given, names)
    hint = f"did you mean {near!r}?" if near else f"allowed: {', '.join(names[:40])}"
    return InputError(f"{origin}: unknown {kind} {given!r}; {hint}")


def what_failed(error: OSError) -> str:
    """The path that the system refused, where it names one, and why, in one line."""
    paths = [os.fsdecode(path) for path in (error.filename, error.filename2) if isinstance(path, str | bytes)]
    why = error.strerror or " ".join(str(error).split()) or type(error).__name__
    return f"{' to '.join(paths)}: {why}" if paths else why
