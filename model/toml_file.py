"""Reading a TOML file strictly: every fault is one line, and a key that nothing reads is a misspelling."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.errors import InputError, nearest, unknown

MOST_BYTES = 10 * 10**6


def names_a_file(text: str) -> bool:
    """Whether a path is meant rather than a name that comes with the program: a folder in it, or .toml at its end."""
    return "/" in text or os.sep in text or text.lower().endswith(".toml")


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """The text of an ordinary UTF-8 file of a reasonable size, or an `InputError` that says why not.

    A byte-order mark and the line ends of Windows, which some editors write, are not part of it.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: cannot be read ({'a folder' if path.is_dir() else 'not an ordinary file'})")
        with path.open("rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise InputError(f"{path}: is larger than {most // 10**6} MB, which no case or design needs")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: cannot be read ({reason})") from None


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """A TOML document as a dictionary, or an `InputError` that names the line."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(f"{origin}: malformed TOML: nested too deep") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin}: malformed TOML: {' '.join(str(error).split())}") from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise InputError(f"{origin}: malformed TOML: a number has too many digits") from None


def only_keys(table: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """Refuse keys that nothing reads, a line each: they are misspellings."""
    names = list(allowed)
    lines = [str(unknown("field", key, names, where)) for key in table if key not in names]
    if lines:
        raise InputError("\n".join(lines))


def misspelt(table: Mapping[str, Any], allowed: Iterable[str]) -> set[str | None]:
    """The keys that are probably meant by those that nothing reads; they are not missing, only misspelt."""
    names = list(allowed)
    return {nearest(key, names) for key in table if key not in names}
