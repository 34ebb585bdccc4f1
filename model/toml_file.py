"""Reading a TOML file strictly: every fault is one line, and a key that nothing reads is a misspelling."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from model.errors import InputError, unknown

MOST_BYTES = 10 * 10**6


def read_text(path: Path) -> str:
    """The text of an ordinary UTF-8 file of a reasonable size, or an `InputError` that says why not."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: cannot be read ({'a folder' if path.is_dir() else 'not an ordinary file'})")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"{path}: is larger than {MOST_BYTES // 10**6} MB, which no case or design needs")
        return content.decode("utf-8")
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
    """Refuse a key that nothing reads: it is a misspelling."""
    for key in table:
        if key not in allowed:
            raise unknown("field", key, allowed, where)
