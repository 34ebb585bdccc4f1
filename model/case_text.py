"""A case as the text of a TOML file: what `cases --copy` writes and a user edits; the same layout as `cases/all.toml`.

The text says the case in full. Read back, it gives the same case, whatever the tables were made from.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from model.case import Case, Window
from model.case_data import COUNTRY_KEYS, ISSUE_KEYS, NUMBER_KEYS
from model.declaration import quantities

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


def case_text(head: str, table: Mapping[str, Any]) -> str:
    """The text of a case: comments at its head, then every key of its tables in the order of their declaration."""
    blocks = [
        head,
        "\n".join(lines(table, ("name", "title", "about"))),
        block("[window]", lines(table.get("window", {}), quantities(Window))),
    ]
    for country in table["country"]:
        blocks.append(block("[[country]]", lines(country, [key for key in COUNTRY_KEYS if key != "issue"])))
        blocks += [block("[[country.issue]]", lines(issue, ISSUE_KEYS)) for issue in country.get("issue", [])]
    sources = table.get("sources", {})
    blocks.append(block("[sources]", lines(sources, sources)))
    return "\n\n".join(filter(None, blocks)) + "\n"


def with_text(case: Case, text: str) -> Case:
    """The case with the text that says it, and its digest."""
    return dataclasses.replace(case, text=text, digest=hashlib.sha256(text.encode()).hexdigest())


def head_of(text: str) -> str:
    """The comments at the head of a case file, up to its first line that is none: they go with its countries."""
    found: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        found.append(line)
    return "\n".join(found)


def block(header: str, body: list[str]) -> str:
    """A table with its header; nothing where it is empty."""
    return "\n".join([header, *body]) if body else ""


def lines(table: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    """`key = value` for those of the keys that a table gives."""
    return [f"{written_key(key)} = {written(table[key])}" for key in keys if key in table]


def written(value: Any) -> str:
    """A value as TOML: a number, a text, true or false, a day, or the table of a number."""
    if isinstance(value, dict):
        return "{ " + ", ".join(lines(value, NUMBER_KEYS)) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def written_key(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if BARE_KEY.match(key) else written(key)
