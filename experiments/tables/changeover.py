"""The change-over from an old result to a new one, in a single step: the new manifest, with the size and hash of every
new file, comes to lie beside the finished tables in the working folder. Until then the old result lies whole in the
target; from then on whatever opens the target first rolls the change-over forward, as often as it is interrupted.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.tables.journal import JOURNAL
from experiments.tables.manifest import MANIFEST, Later, read_document
from experiments.tables.owner import Owner
from experiments.tables.parts import is_own_name, remove_empty
from experiments.tables.replacing import reason
from experiments.tables.writing import sync_folder, write_whole
from model.errors import InputError

TABLES = ("points.csv", "runs.csv", "countries.csv", "summary.csv", "terms.csv")
OPTIONAL = ("measures.csv", "dates.csv")  # written where a design asks for measures
ROW_FOLDERS = ("runs.parquet", "countries.parquet")  # where rows of single runs are Parquet
FIGURES, ANALYSIS, FORMATS = "figures", "analysis.csv", ("png", "svg")
SIGNATURE = "tariff-pause analyze"
UNFINISHED = ".unfinished"  # the working folder, inside the target


def decide(work: Path, manifest: Mapping[str, Any]) -> None:
    """The step that makes the tables of the working folder the result of its target."""
    write_whole(work / MANIFEST, manifest_text(manifest))


def manifest_text(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as its file holds it."""
    return (json.dumps(manifest, indent=2) + "\n").encode()


def is_decided(target: Path) -> bool:
    """Whether a change-over has begun that is not at its end."""
    return (target / UNFINISHED / MANIFEST).is_file()


def settle(target: Path) -> None:
    """Roll a change-over forward that was interrupted; does nothing where there is none. Before reading a folder."""
    work = target / UNFINISHED
    if not is_decided(target):
        if work.is_dir() and not (work / JOURNAL).exists():
            with suppress(InputError, OSError):
                tidy(work)
        return
    owner = Owner(work)
    try:
        owner.claim()
        roll_forward(target)
        owner.release(keep=False)
    except OSError as error:
        raise InputError(f"{target}: holds a new result that cannot be put into place ({reason(error)})") from None


def tidy(work: Path) -> None:
    """Remove a working folder from which nothing can be gone on with, if nobody uses it."""
    owner = Owner(work)
    owner.claim()
    owner.release(keep=is_decided(work.parent) or (work / JOURNAL).exists())


def roll_forward(target: Path) -> None:
    """Put a decided result into place. Each step can be interrupted and done again. The caller is the owner."""
    work = target / UNFINISHED
    manifest = read_quietly(work / MANIFEST)
    if manifest is None:
        return
    files = files_of(manifest)
    (work / JOURNAL).unlink(missing_ok=True)
    for name in sorted(own_files(target) - {*files, MANIFEST}):
        (target / name).unlink(missing_ok=True)
    remove_empty(target)
    remove_analysis(target)
    (target / MANIFEST).unlink(missing_ok=True)
    folders = {(target / name).parent for name in files}
    for name in files:
        if (work / name).exists():
            (target / name).parent.mkdir(exist_ok=True)
            (work / name).replace(target / name)
    for folder in sorted(folders | {target}, reverse=True):
        if folder.is_dir():
            sync_folder(folder)
    (work / MANIFEST).replace(target / MANIFEST)
    sync_folder(target)


def read_quietly(path: Path) -> dict[str, Any] | None:
    """A manifest of ours; None where there is none, or another file has its name. InputError for a later format."""
    try:
        return read_document(path)
    except Later:
        raise
    except InputError:
        return None


def files_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The files that a manifest lists, by name: bytes and sha256. Names that lead elsewhere are none of ours."""
    listed = manifest.get("files")
    files = listed if isinstance(listed, dict) else {}
    return {name: entry for name, entry in files.items() if is_own_name(name) and isinstance(entry, dict)}


def own_files(target: Path) -> set[str]:
    """The names of files in a folder that are ours: tables that its manifest lists, other files that it lists and that
    are what it says, and, where a manifest is older than such lists or an interruption took it, those that have the
    name and the beginning of a table of ours."""
    manifest, tables = read_quietly(target / MANIFEST), (*TABLES, *OPTIONAL)
    listed = files_of(manifest or {})
    ours = {name for name in listed if name in tables or is_as_told(target / name, listed[name])}
    begun = {name for name in (*tables, ANALYSIS) if is_table(target / name)}
    begun |= {name for folder in ROW_FOLDERS for name in parts_in(target, folder)}
    return ours | begun | ({MANIFEST} if manifest is not None else set())


def is_as_told(path: Path, told: Mapping[str, Any]) -> bool:
    """Whether a file has the size and the hash that a manifest tells."""
    if not path.is_file() or path.stat().st_size != told.get("bytes"):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == told.get("sha256")


def is_table(path: Path) -> bool:
    """Whether a file begins as our tables do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(200).replace(b'"', b"").startswith((b"point,", b"country,", b"figure,"))


def parts_in(target: Path, folder: str) -> Iterator[str]:
    """The names of the parts of a table of ours: they are named like parts, and Parquet."""
    for path in (target / folder).glob("part-*.parquet"):
        name = f"{folder}/{path.name}"
        if is_own_name(name) and path.is_file():
            with path.open("rb") as file:
                if file.read(4) == b"PAR1":
                    yield name


def check_names(target: Path, names: Iterable[str]) -> None:
    """Refuse a folder in which a file of the user's own has the name of one that would be written."""
    ours = own_files(target)
    for name in names:
        if name in ROW_FOLDERS and (target / name).is_dir():
            for path in (target / name).iterdir():
                if f"{name}/{path.name}" not in ours:
                    raise InputError(f"{path}: is not a file that a sweep wrote here; choose another --out")
            continue
        if (target / name).is_dir():
            raise InputError(f"{target / name}: is a folder where a result file would go; choose another --out")
        if (target / name).exists() and name not in ours:
            raise InputError(f"{target / name}: is not a file that a sweep wrote here; choose another --out")


def is_drawn(path: Path) -> bool:
    """Whether a file is a figure that this program drew: it is signed in its first lines."""
    if path.suffix.removeprefix(".") not in FORMATS or not path.is_file():
        return False
    with path.open("rb") as file:
        return SIGNATURE.encode() in file.read(2048)


def remove_analysis(target: Path) -> None:
    """Remove the figures and numbers drawn from tables that are about to be replaced, and nothing of the user's own."""
    if is_table(target / ANALYSIS):
        (target / ANALYSIS).unlink()
    for path in (target / FIGURES).glob("*"):
        if is_drawn(path):
            path.unlink()
    with suppress(OSError):
        (target / FIGURES).rmdir()
