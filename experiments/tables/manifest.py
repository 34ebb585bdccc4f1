"""The manifest of a result folder, read and checked here and nowhere else: whatever is wrong with it is one line.

A folder may come from a stranger. Its names become names of files and its numbers sizes of arrays, so that nothing is
taken from it that a sweep would not write.

`Manifest` has what readers of a finished sweep need. Who needs more of its design than the names in it hands `design`
to the design's own parser, `experiments.sweeps.design_file.parse_design`.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.strategy_factors import is_category
from experiments.tables.replacing import reason
from experiments.tables.saving import COUNTRIES, CSV, FORMATS, KEPT, Saving
from model.case import Country, Window
from model.declaration import quantities
from model.errors import InputError
from model.names import as_text

MANIFEST = "manifest.json"
LIST = "list.csv"  # the points of a sample or of a list, where the design has one
FORMAT = 3  # of result folders; 1 had no number, no list of files and no moments, 2 was all grids, and every row as CSV
AGAIN = "run the sweep again"
GIVE = "give the result folder of a sweep"
MOST_POINTS, MOST_REPLICATES, MOST_COUNTRIES = 10**6, 10**9, 1000
MOST_LETTERS = 1000  # of a text that is shown
LARGEST = 1e30  # single precision holds it, and its square is a number still
FACTOR = re.compile(r"hegemon\.strategy|(?:[A-Z]{2,3}\.(?:[^\"]{1,100}\.)?)?[a-z0-9_]+", re.ASCII)
NAME = re.compile(r"\w{1,100}", re.ASCII)


class Later(InputError):
    """A result folder of a format that came after this program."""


@dataclass(frozen=True)
class Manifest:
    """What a finished sweep says of itself."""

    folder: Path
    name: str
    design: Mapping[str, Any]  # the content of a design file
    varied: tuple[str, ...]  # the names of its factors: those of the grid, then those of the sample or list
    listed: tuple[str, ...]  # those of the sample or list alone; their values are in list.csv
    ranges: Mapping[str, tuple[float, float]]  # of a sample
    fixed: tuple[str, ...]
    points: int
    replicates: int  # of a point; where the design says until when it plays (`until`), at most
    runs: int  # in all
    until: str | None
    saving: Saving  # which rows of single runs it keeps, and how
    seed: int
    case: str
    case_sha256: str
    countries: tuple[str, ...]
    dates: Mapping[str, float]  # a country's date, where it has one
    window: Mapping[str, float]
    parameters: Mapping[str, float]
    defaults: Mapping[str, float | str | None]  # of each varied factor without the design; not in earlier versions
    rule_hash: str
    versions: Mapping[str, str]

    @property
    def of_grid(self) -> tuple[str, ...]:
        """The factors of the grid."""
        return self.varied[: len(self.varied) - len(self.listed)]

    @property
    def of_list(self) -> int:
        """How many points stand in list.csv; each is played at every point of the grid."""
        return self.points // math.prod(len(self.design["grid"][name]) for name in self.of_grid)

    def planned(self, factor: str) -> list[Any]:
        """The values that a factor of the grid, or a fixed one, takes in the design: numbers, NaN for no date; names of
        strategies."""
        values = self.design["grid"][factor] if factor in self.of_grid else [self.design["fixed"][factor]]
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

    listed = ranges = None
    if held["design"].get("list") is not None:
        entry("design.list", lambda name: name == LIST)
        listed = listed_factors(folder / LIST)
    if held["design"].get("sample") is not None:
        entry("design.list", lambda name: name == LIST)
        ranges = entry("design.ranges", is_table(is_range, is_factor))
        entry("design.ranges", lambda table: set(table) == set(listed or ()))
    points = entry("points", is_whole(1, MOST_POINTS))
    replicates = entry("design.replicates", is_whole(1, MOST_REPLICATES))
    grid = entry("design.grid", is_table_of_factors(is_list_of), {} if listed else None)
    manifest = Manifest(
        folder=folder,
        name=entry("design.name", is_text),
        design={**held["design"], "grid": grid},
        varied=(*grid, *(listed or ())),
        listed=tuple(listed or ()),
        ranges={name: (float(low), float(high)) for name, (low, high) in (ranges or {}).items()},
        fixed=tuple(entry("design.fixed", is_table(is_value, is_number_factor), {})),
        points=points,
        replicates=replicates,
        runs=entry("runs", is_whole(1, points * replicates)),
        seed=entry("seeds.seed", is_whole(0, 2**63 - 1)),
        case=entry("case.name", is_text),
        case_sha256=entry("case.sha256", is_text),
        countries=tuple(entry("case.countries", is_list_of(is_name, MOST_COUNTRIES))),
        until=entry("design.until", lambda text: text is None or is_text(text)),
        saving=Saving(
            entry("saved", tuple(KEPT).__contains__, COUNTRIES), entry("row_format", FORMATS.__contains__, CSV)
        ),
        dates=entry("case.dates", is_table(is_date, is_name), {}),
        window=entry("window", is_table(is_number)),
        parameters=entry("parameters", is_table(is_number)),
        defaults=entry("defaults", is_table_of_factors(lambda fits: lambda value: value is None or fits(value)), {}),
        rule_hash=entry("rule_hash", is_text, "not noted"),
        versions=entry("versions", is_table(is_text), {}),
    )
    twice = len(set(manifest.varied) | set(manifest.fixed)) < len(manifest.varied) + len(manifest.fixed)
    entry("design.grid", lambda _: not twice and len(manifest.varied) > 0)
    in_grid = math.prod(len(values) for values in grid.values())
    if ranges is not None:
        entry("design.sample.points", lambda given: is_whole(1, MOST_POINTS)(given) and points == in_grid * given)
    entry("points", lambda _: points % in_grid == 0 if listed else points == in_grid)
    if manifest.until is None:
        entry("runs", lambda runs: runs == points * replicates)
    entry("window.window_days", is_number)
    for name, quantity in quantities(Window).items():
        if name in manifest.window:
            quantity.check(manifest.window[name], f"{path}: window.{name}")
    return manifest


def listed_factors(path: Path) -> tuple[str, ...]:
    """The header of list.csv: the factors of a sample or list."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except FileNotFoundError:
        raise InputError(f"{path.parent}: {path.name} is missing; {AGAIN}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: cut off or damaged (not a table); {AGAIN}") from None
    if not header or not all(is_factor(name) for name in header) or len(set(header)) < len(header):
        raise InputError(f"{path}: its first line is not one of factors, each once; {AGAIN}")
    return tuple(header)


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


def is_number_factor(value: Any) -> bool:
    """The name of a factor that is a number."""
    return is_factor(value) and not is_category(value)


def is_strategy(value: Any) -> bool:
    """The name of a strategy, or of one of the user's own: FILE.py:FUNCTION."""
    return is_text(value) and value != ""


def is_range(value: Any) -> bool:
    """The ends of a range, the lower one first."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value)) and value[0] <= value[1]


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


def is_table_of_factors(of: Callable[[Callable[[Any], bool]], Callable[[Any], bool]]) -> Callable[[Any], bool]:
    """A table by factor: what `of` makes of a value that fits, a number or, where the name says so, a strategy."""
    number, category = of(is_value), of(is_strategy)

    def check(value: Any) -> bool:
        return is_table(lambda _: True, is_factor)(value) and all(
            (category if is_category(name) else number)(one) for name, one in value.items()
        )

    return check


def is_list_of(fits: Callable[[Any], bool], most: int = MOST_POINTS) -> Callable[[Any], bool]:
    """A list with something in it, all of it different."""

    def check(value: Any) -> bool:
        if not isinstance(value, list) or not 0 < len(value) <= most:
            return False
        return all(fits(one) for one in value) and len(set(value)) == len(value)

    return check
