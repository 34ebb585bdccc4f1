"""What a stranger may have put into a result folder: values for entries of a manifest, and cells for tables."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from model.errors import InputError

NUMBERS = (-1, 0, 7, 1.5, 10**30, 1e300, float("nan"), float("inf"), True)
TEXTS = ("", "x", "3", "a\nb", "\x1b[31m\u202e", "\ud800", "../../x", "[/b] $\\frac$", "a\u200db\u00a0c", 5000 * "9")
NESTED: tuple[Any, ...] = ([], [1, 1], [[1]], [None], {}, {"a": {"b": 1}}, {"../x": 1}, {"a": float("nan")}, None)
STRANGE = (*NUMBERS, *TEXTS, *NESTED)
CELLS = (
    "", "x", "-1", "1.5", "1e300", "inf", "nan", "100000", 5000 * "9", "../../x", "\x1b[31m\u202e", "a\x00b", '"',
    "KOR",
)  # fmt: skip


def refused(read: Callable[[Path], None], folder: Path) -> bool:
    """Whether a folder is refused, in one line."""
    try:
        read(folder)
    except InputError as error:
        assert str(error).isprintable(), str(error)[:1000]
        return True
    return False


def spoilt(folder: Path, entry: str) -> Iterator[Any]:
    """The strange values, each put into the manifest in turn."""
    whole = (folder / "manifest.json").read_text()
    *above, key = entry.split(".")
    for value in STRANGE:
        held = table = json.loads(whole)
        for one in above:
            table = table[one]
        table[key] = value
        (folder / "manifest.json").write_text(json.dumps(held))
        yield value
