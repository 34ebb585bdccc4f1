"""Reading a result folder: what it holds, checked against its manifest, and its large tables in batches.

Nothing here runs the model. A folder that is incomplete or damaged is refused in one line that says what to do.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from experiments.tables.declaration import POINT, Table
from experiments.tables.manifest import AGAIN, Manifest, read_manifest
from experiments.tables.replacing import reason
from experiments.tables.schema import DATES, MEASURES
from model.errors import InputError

BLOCK_BYTES = 1 << 21
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
    dates: Mapping[str, float]  # a country's own date, where it has one
    window_days: float
    last_day: float  # of the extension, where there may be one
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


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a file is read is one line that names the file."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason(error)})") from None
    except (pa.ArrowInvalid, pa.ArrowKeyError, csv.Error) as error:
        raise InputError(f"{path}: cut off or damaged ({str(error).splitlines()[0][:160]}); {AGAIN}") from None
    except (UnicodeDecodeError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (not UTF-8 text); {AGAIN}") from None


def read_results(folder: Path) -> Results:
    """Open a result folder; InputError where it is none, or where a table does not fit its manifest."""
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
    dates = [name for name in factors if name.endswith(".date")]
    factors |= {name: with_place_for_none(factors[name], last_day_of_all(manifest.window, points)) for name in dates}
    names = read_names(folder / "summary.csv", len(manifest.countries))
    window_days, window = float(manifest.window["window_days"]), manifest.window
    extension_days = window.get("extension_days", 0.0) if window.get("extension_probability", 0.0) > 0 else 0.0
    return Results(
        folder=folder,
        manifest=manifest,
        name=manifest.name,
        case=manifest.case,
        countries=manifest.countries,
        country_names=tuple(names.get(iso3, iso3) for iso3 in manifest.countries),
        dates=manifest.dates,
        window_days=window_days,
        last_day=window_days + float(extension_days),
        replicates=manifest.replicates,
        factors=factors,
        varied=tuple(name for name in manifest.varied if len(np.unique(factors[name])) > 1),
        measures=read_optional(folder, MEASURES),
        by_date=read_optional(folder, DATES),
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


def read_header(path: Path, needed: tuple[str, ...]) -> list[str]:
    """The names of a table's columns; InputError if one of the needed ones is missing, or the file is cut off."""
    with reading(path):
        with path.open(encoding="utf-8", newline="") as file:
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
    blocks = pa.csv.ReadOptions(block_size=BLOCK_BYTES)
    options = pa.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    with reading(path), pa.csv.open_csv(path, read_options=blocks, convert_options=options) as reader:
        for batch in reader:
            yield {name: as_numpy(batch.column(name)) for name in kinds}


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


def read_optional(folder: Path, table: Table) -> dict[str, np.ndarray] | None:
    """A table that not every sweep writes, its factors left out; None where the folder does not hold it."""
    path, columns = folder / f"{table.name}.csv", table.schema()
    if not path.is_file():
        return None
    texts = [column.name for column in columns if column.type == pa.string()]
    numbers = [POINT.name, *(column.name for column in columns if column.name not in texts)]
    return read_columns(path, numbers, texts)


def read_names(path: Path, countries: int) -> dict[str, str]:
    """The countries' names from the first lines of summary.csv; none where the file is missing."""
    if not path.is_file():
        return {}
    names: dict[str, str] = {}
    with reading(path), path.open(encoding="utf-8", newline="") as file:
        for _, row in zip(range(countries), csv.DictReader(file), strict=False):
            if row.get("country") and row.get("country_name"):
                names[row["country"]] = row["country_name"]
    return names
