"""The manifest of a result folder, read and checked here and nowhere else: whatever is wrong with it is one line.

A folder may come from a stranger. Its names become names of files and its numbers sizes of arrays, so that nothing is
taken from it that a sweep would not write.

`Manifest` has what readers of a finished sweep need. Who needs more of its design than the names in it hands `design`
to the design's own parser, `experiments.sweeps.design.parse_design`.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.tables.replacing import reason
from model.case import Country, Window
from model.declaration import quantities
from model.errors import InputError
from model.names import as_text

MANIFEST = "manifest.json"
FORMAT = 2  # of result folders; 1 had no number, no list of files and no moments
AGAIN = "run the sweep again"
GIVE = "give the result folder of a sweep"
MOST_POINTS, MOST_REPLICATES, MOST_COUNTRIES = 10**6, 10**9, 1000
MOST_LETTERS = 1000  # of a text that is shown
LARGEST = 1e30  # single precision holds it, and its square is a number still
FACTOR = re.compile(r"(?:[A-Z]{2,3}\.(?:[^\"]{1,100}\.)?)?[a-z0-9_]+", re.ASCII)
NAME = re.compile(r"\w{1,100}", re.ASCII)


class Later(InputError):
    """A result folder of a format that came after this program."""


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
    defaults: Mapping[str, float | None]  # what each varied factor is without the design; earlier versions had none
    rule_hash: str
    versions: Mapping[str, str]

    @property
    def runs(self) -> int:
        """Runs in all."""
        return self.points * self.replicates

    def planned(self, factor: str) -> list[float]:
        """The values that a factor takes in the design; NaN for no date."""
        values: list[float | None] = self.design["grid"].get(factor) or [self.design["fixed"][factor]]
        return [math.nan if value is None else value for value in values]


def read_document(path: Path) -> dict[str, Any]:
    """The content of a manifest, of a sweep or of measures alone; InputError where it is none."""
    if not path.is_file():
        raise InputError(f"{path.parent}: holds no finished sweep (no {MANIFEST}); {GIVE}")
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=refuse)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (malformed JSON); {AGAIN}") from None
    if not isinstance(held, dict) or not isinstance(held.get("design"), dict):
        raise InputError(f"{path}: design.name is missing or not what a sweep writes; {AGAIN}")
    found = held.get("format", 1)
    if not isinstance(found, int) or found > FORMAT:
        raise Later(f"{path.parent}: made by {maker(held)}, which is newer than this program")
    return held


def maker(held: Mapping[str, Any]) -> str:
    """Which version of the program made a result."""
    found = held.get("versions")
    name = found.get("tariff-pause") if isinstance(found, dict) else None
    return f"tariff-pause {name if is_text(name) else 'of an unknown version'}"


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
        varied=tuple(entry("design.grid", is_table(is_list_of(is_value), is_factor))),
        fixed=tuple(entry("design.fixed", is_table(is_value, is_factor), {})),
        points=entry("points", is_whole(1, MOST_POINTS)),
        replicates=entry("design.replicates", is_whole(1, MOST_REPLICATES)),
        seed=entry("seeds.seed", is_whole(0, 2**63 - 1)),
        case=entry("case.name", is_text),
        case_sha256=entry("case.sha256", is_text),
        countries=tuple(entry("case.countries", is_list_of(is_name, MOST_COUNTRIES))),
        dates=entry("case.dates", is_table(is_date, is_name), {}),
        window=entry("window", is_table(is_number)),
        parameters=entry("parameters", is_table(is_number)),
        defaults=entry("defaults", is_table(is_value), {}),
        rule_hash=entry("rule_hash", is_text, "not noted"),
        versions=entry("versions", is_table(is_text), {}),
    )
    entry("points", lambda points: points == math.prod(len(manifest.planned(name)) for name in manifest.varied))
    entry("runs", lambda runs: runs == manifest.runs)
    entry("window.window_days", is_number)
    for name, quantity in quantities(Window).items():
        if name in manifest.window:
            quantity.check(manifest.window[name], f"{path}: window.{name}")
    return manifest


def is_text(value: Any) -> bool:
    """A text on one line, as a case or a design may have it."""
    try:
        return len(as_text(value, "", but="")) <= MOST_LETTERS
    except InputError:
        return False


def is_name(value: Any) -> bool:
    """What can stand in a file's name: the code of a country, a measure."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_factor(value: Any) -> bool:
    """The name of a factor: headline_value, KOR.inertia, KOR.rice_market.red_line (an issue may have any name)."""
    return isinstance(value, str) and value.isprintable() and FACTOR.fullmatch(value) is not None


def is_number(value: Any) -> bool:
    """A number that is neither infinite nor absurd."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def is_value(value: Any) -> bool:
    """The value of a factor: a number, or None for a country without a date."""
    return value is None or is_number(value)


def is_whole(low: int, high: int) -> Callable[[Any], bool]:
    """A whole number in a range."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_date(value: Any) -> bool:
    """A day on which a country's date may be."""
    date = quantities(Country)["date"]
    return is_number(value) and date.low <= value <= date.high


def is_table(fits: Callable[[Any], bool], names: Callable[[Any], bool] = is_text) -> Callable[[Any], bool]:
    """A table by name, each entry of which fits."""
    return lambda value: isinstance(value, dict) and all(names(key) and fits(one) for key, one in value.items())


def is_list_of(fits: Callable[[Any], bool], most: int = MOST_POINTS) -> Callable[[Any], bool]:
    """A list with something in it, all of it different."""

    def check(value: Any) -> bool:
        if not isinstance(value, list) or not 0 < len(value) <= most:
            return False
        return all(fits(one) for one in value) and len(set(value)) == len(value)

    return check
