"""Reading a result folder: what it holds, checked against its manifest, and its large tables in batches.

Nothing here runs the model. A folder that is incomplete or damaged is refused in one line that says what to do.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from experiments.tables.changeover import settle
from experiments.tables.declaration import POINT, Table
from experiments.tables.manifest import AGAIN, LARGEST, MANIFEST, Manifest, is_name, is_text, read_manifest
from experiments.tables.replacing import reason
from experiments.tables.schema import DATES, MEASURES, WORLD
from model.case import Window
from model.declaration import quantities
from model.errors import InputError

# How a file is read in batches. With more than one thread pyarrow reads ahead, and may still do so when the program
# ends, which aborts it (https://github.com/apache/arrow/issues/43604).
STREAMED = pa.csv.ReadOptions(block_size=1 << 21, use_threads=False)
FEWEST_BYTES = 4  # of any row
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """A finished sweep: its manifest, the factors of every point, and its optional small tables (None if absent)."""

    folder: Path
    manifest: Manifest
    name: str
    case: str
    countries: tuple[str, ...]
    country_names: tuple[str, ...]
    replicates: int
    factors: Mapping[str, np.ndarray]  # name -> value at every point
    varied: tuple[str, ...]  # factors with two values or more, in the order of the design
    measures: Columns | None
    by_date: Columns | None

    @property
    def points(self) -> int:
        return self.manifest.points

    def country_name(self, iso3: str) -> str:
        """The name of a country of the case; other codes stand for themselves."""
        return self.country_names[self.countries.index(iso3)] if iso3 in self.countries else iso3

    def of_window(self, name: str, point: int) -> float:
        """A number of the window at a point: what the design sets there, else the case's."""
        return float(self.factors[name][point] if name in self.factors else self.manifest.window.get(name, 0.0))

    def window_days(self, point: int) -> float:
        """The day of the deadline at a point."""
        return self.of_window("window_days", point)

    def last_day(self, point: int) -> float:
        """The day on which all ends at a point, at the latest: that of the extension, where there may be one."""
        extended = self.of_window("extension_probability", point) > 0
        return self.window_days(point) + (self.of_window("extension_days", point) if extended else 0.0)

    def dates(self, point: int) -> dict[str, float]:
        """The countries' own dates at a point, of those that have one there: a factor's none stands after the end."""
        own = {iso3: f"{iso3}.date" for iso3 in self.countries if f"{iso3}.date" in self.factors}
        at = {iso3: float(self.factors[name][point]) for iso3, name in own.items()}
        fixed = {iso3: day for iso3, day in self.manifest.dates.items() if iso3 not in own}
        return fixed | {iso3: day for iso3, day in at.items() if day < self.last_day(point)}

    def default(self, factor: str) -> float | None:
        """What a factor is where the design does not vary it; None where nothing says so."""
        if factor in self.manifest.defaults:
            return self.manifest.defaults[factor]
        iso3, _, name = factor.rpartition(".")  # in folders of earlier versions
        if name == "date":
            return self.manifest.dates.get(iso3)
        value = {**self.manifest.window, **self.manifest.parameters}.get(name)
        return None if value is None else float(value)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a file is read is one line that names the file."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (pa.ArrowInvalid, pa.ArrowKeyError, csv.Error) as error:
        raise InputError(f"{path}: cut off or damaged ({one_line(error)}); {AGAIN}") from None
    except (UnicodeDecodeError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (not UTF-8 text); {AGAIN}") from None


def one_line(text: object) -> str:
    """What another program, or another's file, says: its beginning, without what would move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text).strip()[:160])


def read_results(folder: Path) -> Results:
    """Open a result folder; InputError where it is none, or where a table does not fit its manifest."""
    settle(folder)
    manifest = read_manifest(folder)
    for name in ("points.csv", "runs.csv", "countries.csv"):
        if not (folder / name).is_file():
            again = f"{AGAIN}, as in: tariff-pause sweep {manifest.name} --out DIR"
            raise InputError(f"{folder}: {name} is missing; {again}")
    if (folder / "runs.csv").stat().st_size < FEWEST_BYTES * manifest.runs:  # before memory is taken for so many
        raise InputError(f"{folder / 'runs.csv'}: too short for {manifest.runs:,} runs: cut off or damaged; {AGAIN}")
    points = read_columns(folder / "points.csv", (POINT.name, *manifest.varied, *manifest.fixed))
    if not np.array_equal(points[POINT.name], np.arange(manifest.points)):
        raise InputError(
            f"{folder / 'points.csv'}: {len(points[POINT.name]):,} points, {manifest.points:,} expected; {AGAIN}"
        )
    factors = {name: values for name, values in points.items() if name != POINT.name}
    for name, values in factors.items():
        planned = np.array(manifest.planned(name), dtype=float)
        if not (np.isin(values, planned) | (np.isnan(values) & np.isnan(planned).any())).all():
            raise InputError(f"{folder / 'points.csv'}: column {name} is not that of {MANIFEST}; {AGAIN}")
    dates = [name for name in factors if name.endswith(".date")]
    factors |= {name: with_place_for_none(factors[name], last_day_of_all(manifest.window, points)) for name in dates}
    check_window(factors, folder / "points.csv")
    names = read_names(folder / "summary.csv", len(manifest.countries))
    return Results(
        folder=folder,
        manifest=manifest,
        name=manifest.name,
        case=manifest.case,
        countries=manifest.countries,
        country_names=tuple(names.get(iso3, iso3) for iso3 in manifest.countries),
        replicates=manifest.replicates,
        factors=factors,
        varied=tuple(name for name in manifest.varied if len(np.unique(factors[name])) > 1),
        measures=read_optional(manifest, MEASURES),
        by_date=read_optional(manifest, DATES),
    )


def last_day_of_all(window: Mapping[str, float], points: Columns) -> float:
    """The day on which the pause ends at the latest, over all points."""
    of = {name: np.max(points.get(name, value)) for name, value in window.items()}
    return float(of["window_days"] + (of.get("extension_days", 0) if of.get("extension_probability", 0) > 0 else 0))


def with_place_for_none(values: np.ndarray, last_day: float) -> np.ndarray:
    """A country's dates with numbers for empty cells: having none is the same as having one after the last meeting, so
    it stands on the day on which the pause ends, and after all other values."""
    place = max(last_day, float(np.max(values, initial=-1.0, where=~np.isnan(values))) + 1.0)
    return np.where(np.isnan(values), place, values)


def check_window(factors: Mapping[str, np.ndarray], path: Path) -> None:
    """Where the window varies over points, each is one that a sweep can have."""
    for name, quantity in quantities(Window).items():
        for value in np.unique(factors.get(name, np.zeros(0))):
            quantity.check(float(value), f"{path}: {name}")


def read_header(path: Path, needed: tuple[str, ...]) -> list[str]:
    """The names of a table's columns; InputError if one of the needed ones is missing, or the file is cut off."""
    with reading(path):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
        with path.open("rb") as raw:
            size = raw.seek(0, 2)
            raw.seek(max(size - 1, 0))
            ends = raw.read(1) == b"\n"
    for name in needed:
        if name not in header:
            raise InputError(f"{path}: column {name} is missing; {AGAIN}")
    if not ends:
        raise InputError(f"{path}: cut off in mid-line; {AGAIN}")
    return header


def read_batches(path: Path, numbers: Sequence[str], texts: Sequence[str] = ()) -> Iterator[dict[str, np.ndarray]]:
    """A table in batches: columns of numbers as float64 (NaN where empty), of texts as object arrays."""
    read_header(path, (*numbers, *texts))
    kinds = {**dict.fromkeys(numbers, pa.float64()), **dict.fromkeys(texts, pa.dictionary(pa.int32(), pa.string()))}
    options = pa.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    # Opened here, for pyarrow opens no path that is not UTF-8.
    with reading(path), path.open("rb") as file, pa.csv.open_csv(file, STREAMED, convert_options=options) as reader:
        for batch in reader:
            columns = {name: as_numpy(batch.column(name)) for name in kinds}
            for name in numbers:
                if (beyond := columns[name][np.abs(columns[name]) > LARGEST]).size:
                    raise InputError(f"{path}: column {name}: {beyond[0]:g} is not what a sweep writes; {AGAIN}")
            yield columns


def as_numpy(column: pa.Array) -> np.ndarray:
    """A column as a NumPy array; texts through their dictionary, so that each is made once."""
    if isinstance(column, pa.DictionaryArray):
        words = np.array([*column.dictionary.to_pylist(), ""], dtype=object)
        codes: np.ndarray = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(words[codes])
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def read_columns(path: Path, numbers: Sequence[str], texts: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """A small table whole."""
    batches = list(read_batches(path, numbers, texts))
    if not batches:
        kinds = {**dict.fromkeys(numbers, float), **dict.fromkeys(texts, object)}
        return {name: np.zeros(0, dtype=kind) for name, kind in kinds.items()}
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def read_optional(manifest: Manifest, table: Table) -> dict[str, np.ndarray] | None:
    """A table that not every sweep writes, its factors left out; None where the folder does not hold it."""
    path, columns = manifest.folder / f"{table.name}.csv", table.schema()
    if not path.is_file():
        return None
    texts = [column.name for column in columns if column.type == pa.string()]
    numbers = [POINT.name, *(column.name for column in columns if column.name not in texts)]
    read = read_columns(path, numbers, texts)
    if not np.isin(read[POINT.name], np.arange(manifest.points)).all():
        raise InputError(f"{path}: column {POINT.name}: not the points of {MANIFEST}; {AGAIN}")
    checks: dict[str, Callable[[Any], bool]] = {
        "country": lambda code: code in (*manifest.countries, WORLD),
        "measure": is_name,
        "unit": lambda unit: is_text(unit) and unit != "",
    }
    for name in texts:
        fits = checks.get(name, is_text)
        if strange := [text for text in dict.fromkeys(read[name]) if not fits(text)]:
            raise InputError(f"{path}: column {name}: {one_line(strange[0])!r} is not what a sweep writes; {AGAIN}")
    return read


def read_names(path: Path, countries: int) -> dict[str, str]:
    """The countries' names from the first lines of summary.csv; none where the file is missing."""
    if not path.is_file():
        return {}
    names: dict[str, str] = {}
    with reading(path), path.open(encoding="utf-8-sig", newline="") as file:
        for _, row in zip(range(countries), csv.DictReader(file), strict=False):
            if row.get("country") and row.get("country_name") and is_text(row["country_name"]):
                names[row["country"]] = row["country_name"]
    return names
