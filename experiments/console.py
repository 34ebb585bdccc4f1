"""The terminal, for tables and progress: what users name is printed as it is written, whatever it looks like."""

from rich.console import Console

WIDE = 150


def make_console(*, stderr: bool = False) -> Console:
    """The terminal, or a wider page: a narrow one wraps lines, for a number cut short would be a wrong number.

    Square brackets and colons in names and paths are no markup and no emoji.
    """
    width = None if stderr else max(Console().width, WIDE)
    return Console(width=width, stderr=stderr, markup=False, emoji=False)
