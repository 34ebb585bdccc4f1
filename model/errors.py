"""The one error a user may cause: a clear line on what was given, what is allowed and where it came from."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """What was given cannot be used. The message is one line; the command line prints it and exits with 2."""


def unknown(kind: str, given: str, allowed: Iterable[str], origin: str) -> InputError:
    """The error for a name that is not on a list, with the nearest name that is."""
    names = list(allowed)
    near = get_close_matches(given, names, n=1, cutoff=0.5) or [name for name in names if name.lower() == given.lower()]
    hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(names[:40])}"
    return InputError(f"{origin}: unknown {kind} {given!r}; {hint}")
