"""Texts that users give: what may stand on a terminal, in a table, and in a cell of a spreadsheet.

Letters of any script are fine, as are blanks and the invisible joiners that some scripts need. Control characters can
drive a terminal, direction characters can make a text read as another one, and a spreadsheet takes a name that begins
with = + - @ for a formula, also where something invisible stands before it.
"""

import unicodedata
from typing import Any

from model.errors import InputError

FORMULA_STARTS = ("=", "+", "-", "@")
DIRECTION = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # embeddings, overrides, isolates
CONTROL = ("Cc", "Zl", "Zp", "Cs")  # control characters, separators of lines and paragraphs, halves of characters
UNSEEN = ("Cf", "Zs", "Mn", "Me")  # joiners and marks, blanks, and marks that need a letter before them


def as_text(value: Any, where: str, but: str = "\n\t") -> str:
    """A text without control and direction characters; lines and tabs are fine."""
    if not isinstance(value, str):
        raise InputError(f"{where}: {value!r} is not a text")
    for letter in value:
        if letter in DIRECTION or (unicodedata.category(letter) in CONTROL and letter not in but):
            raise InputError(f"{where}: {value!r}: control and direction characters are not allowed ({letter!r})")
    return value


def safe_name(value: Any, where: str) -> str:
    """A name on one line that is not empty and that no spreadsheet takes for a formula."""
    name = as_text(value, where, but="")
    seen = [letter for letter in name if unicodedata.category(letter) not in UNSEEN]
    if not seen or '"' in name or unicodedata.normalize("NFKC", seen[0]).startswith(FORMULA_STARTS):
        raise InputError(
            f"{where}: {name!r}: a name is not empty, has no quotes or line breaks, and does not begin with = + - @"
        )
    return name
