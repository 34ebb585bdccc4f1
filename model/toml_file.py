"""Reading a TOML file strictly: every fault is one line, and a key that nothing reads is a misspelling."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.errors import InputError, unknown


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, or an `InputError` that says why not."""
    try:
        return path.read_text(encoding="utf-8")
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


def only_keys(table: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """Refuse a key that nothing reads: it is a misspelling."""
    for key in table:
        if key not in allowed:
            raise unknown("field", key, allowed, where)
