"""Reading a result folder: what it holds, checked against its manifest, and its large tables in batches.

Nothing here runs the model. A folder that is incomplete or damaged is refused in one line that says what to do.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from agents.strategy_factors import is_category
from experiments.tables.changeover import settle
from experiments.tables.declaration import POINT, Table
from experiments.tables.manifest import (
    AGAIN,
    CSV,
    EVERY_ROW,
    LARGEST,
    LIST,
    MANIFEST,
    NO_ROWS,
    RUNS_ALONE,
    Manifest,
    is_name,
    is_strategy,
    is_text,
    read_manifest,
)
from experiments.tables.replacing import reason
from experiments.tables.schema import DATES, MEASURES, WORLD
from model.case import Window
from model.declaration import NONE, quantities
from model.errors import InputError

# How a file is read in batches. With more than one thread pyarrow reads ahead, and may still do so when the program
# ends, which aborts it (https://github.com/apache/arrow/issues/43604).
STREAMED = pa.csv.ReadOptions(block_size=1 << 21, use_threads=False)
FEWEST_BYTES = 4  # of any row
FEW_VALUES = 20  # a list that is a full grid of factors with no more values than these is shown as a grid
REPLICATES = "replicates"  # column of points.csv
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """A finished sweep: its manifest, the factors of every point, and its optional small tables (None if absent).

    A factor that is a category is coded 0, 1, ... in the order of its `labels`: that of the design's grid, or that of
    their first appearance in a list.
    """

    folder: Path
    manifest: Manifest
    name: str
    case: str
    countries: tuple[str, ...]
    country_names: tuple[str, ...]
    replicates: int
    factors: Mapping[str, np.ndarray]  # name -> value at every point
    labels: Mapping[str, tuple[str, ...]]  # names of a category's values
    varied: tuple[str, ...]  # factors with two values or more, in the order of the design
    sampled: tuple[str, ...]  # those of them that come from a sample, or from a list that is no small full grid
    centre: int | None  # the row of a list from which each of the others differs in one factor; None where none is
    runs_at: np.ndarray  # runs of every point (P,)
    measures: Columns | None
    by_date: Columns | None

    @property
    def points(self) -> int:
        return self.manifest.points

    @property
    def gridded(self) -> tuple[str, ...]:
        """The varied factors that are not sampled: each of their values is met with each of the others'."""
        return tuple(name for name in self.varied if name not in self.sampled)

    @property
    def has_runs(self) -> bool:
        """Whether runs.csv was saved."""
        return self.manifest.saved != NO_ROWS

    @property
    def has_countries(self) -> bool:
        """Whether countries.csv was saved."""
        return self.manifest.saved == EVERY_ROW

    def range_of(self, factor: str) -> tuple[float, float]:
        """The range from which a factor was sampled; else from its least to its largest value."""
        values = self.factors[factor]
        return self.manifest.ranges.get(factor, (float(values.min()), float(values.max())))

    def value_text(self, factor: str, value: float) -> str:
        """A factor's value as text; a category's name."""
        if factor in self.labels:
            return self.labels[factor][int(value)]
        return f"{value:.3g}" if factor in self.sampled else f"{value:g}"

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
        """What a factor is where the design does not vary it; None where nothing says so. Of a category: its place
        among the labels, None where it is none of them."""
        if factor in self.manifest.defaults:
            found = self.manifest.defaults[factor]
            if isinstance(found, str):
                return float(self.labels[factor].index(found)) if found in self.labels.get(factor, ()) else None
            return found
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
    except (pa.ArrowException, csv.Error) as error:
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
    check_files(manifest)
    path = folder / "points.csv"
    counted = REPLICATES in read_header(path, ())
    named = (*manifest.varied, *manifest.fixed)
    numbers = [name for name in named if not is_category(name)]
    points = read_columns(path, (POINT.name, *numbers, *([REPLICATES] if counted else [])), categories(named))
    if not np.array_equal(points[POINT.name], np.arange(manifest.points)):
        raise InputError(f"{path}: {len(points[POINT.name]):,} points, {manifest.points:,} expected; {AGAIN}")
    runs_at = checked_runs(manifest, points.pop(REPLICATES) if counted else None)
    factors = {name: values for name, values in points.items() if name != POINT.name}
    for name in (*manifest.of_grid, *manifest.fixed):
        if not is_among(factors[name], manifest.planned(name)):
            raise InputError(f"{path}: column {name} is not that of {MANIFEST}; {AGAIN}")
    listed = read_list(manifest)
    for name, values in listed.items():
        if not is_same(factors[name], np.tile(values, manifest.points // manifest.of_list)):
            raise InputError(f"{path}: column {name} is not that of {LIST}; {AGAIN}")
    of_grid = dict.fromkeys(categories(manifest.of_grid))
    labels = {
        name: tuple(manifest.planned(name) if name in of_grid else dict.fromkeys(listed[name].tolist()))
        for name in categories(manifest.varied)
    }
    for name, known in labels.items():
        factors[name] = coded(factors[name], known)
        if name in listed:
            listed[name] = factors[name][: manifest.of_list]
    small = is_small_grid(listed)
    centre = None if small else centre_of(listed)
    gridlike = small or centre is not None
    dates = [name for name in factors if name.endswith(".date")]
    factors |= {name: with_place_for_none(factors[name], last_day_of_all(manifest.window, points)) for name in dates}
    check_window(factors, path)
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
        labels=labels,
        varied=tuple(name for name in manifest.varied if takes_two(factors[name])),
        sampled=() if gridlike else tuple(name for name in listed if takes_two(factors[name])),
        centre=centre,
        runs_at=runs_at,
        measures=read_optional(manifest, MEASURES),
        by_date=read_optional(manifest, DATES),
    )


def check_files(manifest: Manifest) -> None:
    """The tables that the manifest promises are there; as CSV, long enough for so many runs, before memory is taken."""
    folder = manifest.folder
    rows = {NO_ROWS: (), RUNS_ALONE: ("runs",)}.get(manifest.saved, ("runs", "countries"))
    for name in ("points.csv", *(f"{name}.{manifest.row_format}" for name in rows)):
        there = Path.is_dir if name.endswith(".parquet") else Path.is_file
        if not there(folder / name):
            again = f"{AGAIN}, as in: tariff-pause sweep {manifest.name} --out DIR"
            raise InputError(f"{folder}: {name} is missing; {again}")
    if rows and manifest.row_format == CSV and (folder / "runs.csv").stat().st_size < FEWEST_BYTES * manifest.runs:
        raise InputError(f"{folder / 'runs.csv'}: too short for {manifest.runs:,} runs: cut off or damaged; {AGAIN}")


def categories(factors: Sequence[str]) -> list[str]:
    """Those of some factors that are categories."""
    return [name for name in factors if is_category(name)]


def takes_two(values: np.ndarray) -> bool:
    """Whether a factor takes two values or more."""
    return bool((values != values[0]).any())


def is_among(values: np.ndarray, planned: Sequence[Any]) -> bool:
    """Whether a factor takes planned values only."""
    if values.dtype == object:
        return set(values.tolist()) <= set(planned)
    allowed = np.array(planned, dtype=float)
    return bool((np.isin(values, allowed) | (np.isnan(values) & np.isnan(allowed).any())).all())


def is_same(values: np.ndarray, others: np.ndarray) -> bool:
    """Whether a factor has the same values, point by point."""
    return bool(np.array_equal(values, others, equal_nan=values.dtype != object))


def coded(values: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """A category's values as places among its labels, all of which are known."""
    codes = np.zeros(len(values))
    for place, label in enumerate(labels):
        codes[values == label] = place
    return codes


def checked_runs(manifest: Manifest, found: np.ndarray | None) -> np.ndarray:
    """The runs of every point, which add up to those of the manifest."""
    if found is None and manifest.until is None:
        return np.full(manifest.points, manifest.replicates)
    path, most = manifest.folder / "points.csv", manifest.replicates
    if found is None:
        raise InputError(f"{path}: column {REPLICATES} is missing; {AGAIN}")
    least = most if manifest.until is None else 0
    bad = ~((found >= least) & (found <= most) & (found == np.floor(found)))
    if bad.any() or found.sum() != manifest.runs:
        value = f"{found[bad][0]:g}" if bad.any() else f"{found.sum():,.0f} runs in all"
        raise InputError(f"{path}: column {REPLICATES}: {value} is not that of {MANIFEST}; {AGAIN}")
    return found.astype(int)


def read_list(manifest: Manifest) -> dict[str, np.ndarray]:
    """The factors of a sample or list as list.csv has them, each value one that it can have; none without one."""
    if not manifest.listed:
        return {}
    path, names = manifest.folder / LIST, manifest.listed
    listed = read_columns(path, [name for name in names if not is_category(name)], categories(names), (NONE,))
    listed = {name: listed[name] for name in names}
    rows = len(listed[names[0]])
    if rows != manifest.of_list:
        raise InputError(f"{path}: {rows:,} rows, {manifest.of_list:,} expected: cut off or damaged; {AGAIN}")
    for name, values in listed.items():
        low, high = manifest.ranges.get(name, (-math.inf, math.inf))
        if is_category(name):
            fits = all(is_strategy(text) for text in dict.fromkeys(values.tolist()))
        elif name.endswith(".date") and name not in manifest.ranges:
            fits = True  # an empty cell is no date
        else:
            fits = bool(((values >= low) & (values <= high)).all())
        if not fits:
            raise InputError(f"{path}: column {name} is not that of {MANIFEST}; {AGAIN}")
    return listed


def is_small_grid(listed: Mapping[str, np.ndarray]) -> bool:
    """Whether a list has each value of each of its factors with each of the others' once, and few of each."""
    place, size = np.zeros(1, dtype=np.int64), 1
    for values in listed.values():
        distinct, at = np.unique(values, return_inverse=True)
        if len(distinct) > FEW_VALUES or size > len(values):
            return False
        place, size = place * len(distinct) + at, size * len(distinct)
    return len(place) == size == len(np.unique(place))


def centre_of(listed: Mapping[str, np.ndarray]) -> int | None:
    """The row of a list from which every other differs in one factor, where it varies one at a time, and more than
    one."""
    away, varied = np.zeros(len(next(iter(listed.values()))), dtype=int), 0
    for values in listed.values():
        distinct, at, times = np.unique(values, return_inverse=True, return_counts=True)
        away += at != np.argmax(times)
        varied += len(distinct) > 1
    return int(np.argmin(away)) if varied > 1 and away.min() == 0 and away.max() == 1 else None


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


def read_batches(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), empty: Sequence[str] = ()
) -> Iterator[dict[str, np.ndarray]]:
    """A table in batches: columns of numbers as float64 (NaN where empty), of texts as object arrays."""
    read_header(path, (*numbers, *texts))
    kinds = {**dict.fromkeys(numbers, pa.float64()), **dict.fromkeys(texts, pa.dictionary(pa.int32(), pa.string()))}
    options = pa.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    options.null_values = [*options.null_values, *empty]
    # Opened here, for pyarrow opens no path that is not UTF-8.
    with reading(path), path.open("rb") as file, pa.csv.open_csv(file, STREAMED, convert_options=options) as reader:
        for batch in reader:
            columns = {name: as_numpy(batch.column(name)) for name in kinds}
            check_numbers(path, {name: columns[name] for name in numbers})
            yield columns


def check_numbers(path: Path, columns: Columns) -> None:
    """No number of a table is infinite or absurd."""
    for name, values in columns.items():
        if (beyond := values[np.abs(values) > LARGEST]).size:
            raise InputError(f"{path}: column {name}: {beyond[0]:g} is not what a sweep writes; {AGAIN}")


def as_numpy(column: pa.Array) -> np.ndarray:
    """A column as a NumPy array; texts through their dictionary, so that each is made once."""
    if isinstance(column, pa.DictionaryArray):
        words = np.array([*column.dictionary.to_pylist(), ""], dtype=object)
        codes: np.ndarray = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(words[codes])
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def read_columns(
    path: Path, numbers: Sequence[str], texts: Sequence[str] = (), empty: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """A small table whole. empty: what stands for no number, beside what pyarrow takes for it."""
    batches = list(read_batches(path, numbers, texts, empty))
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
