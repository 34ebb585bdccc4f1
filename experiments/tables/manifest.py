"""The manifest of a result folder, read and checked here and nowhere else: whatever is wrong with it is one line.

`Manifest` has what readers of a finished sweep need. Who needs more of its design than the names in it hands `design`
to the design's own parser, `experiments.sweeps.design.parse_design`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.tables.replacing import reason
from model.case import Country, Window
from model.declaration import quantities
from model.errors import InputError

MANIFEST = "manifest.json"
AGAIN = "run the sweep again"
GIVE = "give the result folder of a sweep"
MOST_POINTS, MOST_REPLICATES, MOST_COUNTRIES = 10**6, 10**9, 1000


@dataclass(frozen=True)
class Manifest:
    """What a finished sweep says of itself."""

    folder: Path
    name: str
    design: Mapping[str, Any]  # the content of a design file
    varied: tuple[str, ...]  # the names of its factors
    fixed: tuple[str, ...]
    points: int
    replicates: int
    seed: int
    case: str
    case_sha256: str
    countries: tuple[str, ...]
    dates: Mapping[str, float]  # a country's date, where it has one
    window: Mapping[str, float]
    parameters: Mapping[str, float]
    rule_hash: str
    versions: Mapping[str, str]

    @property
    def runs(self) -> int:
        """Runs in all."""
        return self.points * self.replicates


def read_document(path: Path) -> dict[str, Any]:
    """The content of a manifest, of a sweep or of measures alone; InputError where it is none."""
    if not path.is_file():
        raise InputError(f"{path.parent}: holds no finished sweep (no {MANIFEST}); {GIVE}")
    try:
        held = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (malformed JSON); {AGAIN}") from None
    if not isinstance(held, dict) or not isinstance(held.get("design"), dict):
        raise InputError(f"{path}: design.name is missing or not what a sweep writes; {AGAIN}")
    return held


def refuse(constant: str) -> None:
    """NaN and Infinity are no numbers in JSON."""
    raise ValueError(constant)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished sweep; InputError, in a line, where the folder holds none or it is damaged."""
    if not folder.is_dir():
        raise InputError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}; {GIVE}")
    path = folder / MANIFEST
    held = read_document(path)

    def entry(name: str, fits: Callable[[Any], bool], default: Any = None) -> Any:
        value: Any = held
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        value = default if value is None else value
        if not fits(value):
            raise InputError(f"{path}: {name} is missing or not what a sweep writes; {AGAIN}")
        return value

    manifest = Manifest(
        folder=folder,
        name=entry("design.name", is_text),
        design=held["design"],
        varied=tuple(entry("design.grid", is_table(anything))),
        fixed=tuple(entry("design.fixed", is_table(anything), {})),
        points=entry("points", is_whole(1, MOST_POINTS)),
        replicates=entry("design.replicates", is_whole(1, MOST_REPLICATES)),
        seed=entry("seeds.seed", is_whole(0, 2**63 - 1)),
        case=entry("case.name", is_text),
        case_sha256=entry("case.sha256", is_text),
        countries=tuple(entry("case.countries", is_list_of_names)),
        dates=entry("case.dates", is_table(is_date), {}),
        window=entry("window", is_table(is_number)),
        parameters=entry("parameters", is_table(is_number)),
        rule_hash=entry("rule_hash", is_text, "not noted"),
        versions=entry("versions", is_table(is_text), {}),
    )
    entry("runs", lambda runs: runs == manifest.runs)
    entry("window.window_days", is_number)
    for name, quantity in quantities(Window).items():
        if name in manifest.window:
            quantity.check(manifest.window[name], f"{path}: window.{name}")
    return manifest


def anything(value: Any) -> bool:
    """No demand."""
    return True


def is_text(value: Any) -> bool:
    """A text on one line that every terminal can show."""
    return isinstance(value, str) and value.isprintable()


def is_number(value: Any) -> bool:
    """A number that is neither infinite nor absurd."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def is_whole(low: int, high: int) -> Callable[[Any], bool]:
    """A whole number in a range."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_date(value: Any) -> bool:
    """A day on which a country's date may be."""
    date = quantities(Country)["date"]
    return is_number(value) and date.low <= value <= date.high


def is_table(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A table by name, each entry of which fits."""
    return lambda value: isinstance(value, dict) and all(is_text(key) and fits(one) for key, one in value.items())


def is_list_of_names(value: Any) -> bool:
    """A list of different texts, neither empty nor longer than any case."""
    names = isinstance(value, list) and 0 < len(value) <= MOST_COUNTRIES and all(is_text(name) for name in value)
    return names and len(set(value)) == len(value)
