"""The journal of an unfinished folder: where the work stands, and how much of every table is known to be on disk.

It is written whole, after the data that it speaks of. What lies in a table beyond the length that it names is cut off
when the work goes on; what lies before must have the hash that it names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.tables.writing import write_whole
from model.errors import InputError

JOURNAL = "journal.json"


@dataclass(frozen=True)
class Journal:
    """One entry.

    like: what must be equal for the work to go on; state: where it stands; files: name -> bytes and sha256 on disk.
    """

    like: Mapping[str, Any]
    state: Mapping[str, Any]
    files: Mapping[str, Mapping[str, Any]]

    def write(self, work: Path) -> None:
        """Put this entry in the place of the one before."""
        content = {"like": self.like, "state": self.state, "files": self.files}
        write_whole(work / JOURNAL, json.dumps({**content, "sha256": digest(content)}).encode())


def digest(content: Mapping[str, Any]) -> str:
    """The hash that an entry carries of itself."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_journal(work: Path) -> Journal | None:
    """The last entry; None where there is none, InputError where it is not one that was written here."""
    try:
        held = json.loads((work / JOURNAL).read_text(encoding="utf-8"))
        stated = held.pop("sha256")
        if digest(held) == stated:
            return Journal(held["like"], held["state"], held["files"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise damaged(work)


def damaged(work: Path) -> InputError:
    """The refusal to go on with what has been edited or cut."""
    return InputError(f"{work}: the unfinished tables have been changed since; add --fresh to begin anew")
