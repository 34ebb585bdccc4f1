"""Reading a result folder: what it holds, checked against its manifest, and its large tables in batches.

Nothing here runs the model. A folder that is incomplete or damaged is refused in one line that says what to do.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from experiments.tables.folder import MANIFEST, OPTIONAL, reason
from experiments.tables.schema import DATE_PARTS
from model.errors import InputError

BLOCK_BYTES = 1 << 21
AGAIN = "run the sweep again"
MEASURES, DATES = OPTIONAL
OPTIONAL_TABLES = {
    MEASURES: (("point", "value", "low", "high"), ("country", "measure", "part", "unit", "method")),
    DATES: (
        ("point", "meeting", "day", "mean_rank", "p_can_sign", "ratification", "payoff_share", "payoff_bn",
         *DATE_PARTS),
        ("country",),
    ),
}  # fmt: skip
Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """A finished sweep: its manifest, the factors of every point, and its optional small tables (None if absent)."""

    folder: Path
    manifest: Mapping[str, Any]
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
        return int(self.manifest["points"])

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
    if not folder.exists():
        raise InputError(f"{folder}: no such folder; give the result folder of a sweep")
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder; give the result folder of a sweep")
    manifest = read_manifest(folder / MANIFEST)
    for name in ("points.csv", "runs.csv", "countries.csv"):
        if not (folder / name).is_file():
            design = manifest["design"]["name"]
            raise InputError(f"{folder}: {name} is missing; {AGAIN}, as in: tariff-pause sweep {design} --out DIR")
    case, window = manifest["case"], manifest["window"]
    grid = tuple(manifest["design"]["grid"])
    points = read_columns(folder / "points.csv", ("point", *grid, *manifest["design"].get("fixed", {})), ())
    if not np.array_equal(points["point"], np.arange(manifest["points"])):
        raise InputError(
            f"{folder / 'points.csv'}: {len(points['point']):,} points, {manifest['points']:,} expected; {AGAIN}"
        )
    factors = {name: values for name, values in points.items() if name != "point"}
    countries = tuple(case["countries"])
    names = read_names(folder / "summary.csv", len(countries))
    extended = window.get("extension_probability", 0) > 0
    return Results(
        folder=folder,
        manifest=manifest,
        name=str(manifest["design"]["name"]),
        case=str(case["name"]),
        countries=countries,
        country_names=tuple(names.get(iso3, iso3) for iso3 in countries),
        dates={iso3: float(day) for iso3, day in case.get("dates", {}).items()},
        window_days=float(window["window_days"]),
        last_day=float(window["window_days"]) + (float(window.get("extension_days", 0)) if extended else 0.0),
        replicates=int(manifest["design"]["replicates"]),
        factors=factors,
        varied=tuple(name for name in grid if len(np.unique(factors[name])) > 1),
        measures=read_optional(folder, MEASURES),
        by_date=read_optional(folder, DATES),
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest, with the entries that reading needs."""
    if not path.is_file():
        raise InputError(f"{path.parent}: holds no finished sweep (no {MANIFEST}); give the result folder of a sweep")
    with reading(path):
        text = path.read_text(encoding="utf-8")
    kinds = {
        ("design", "name"): str, ("design", "grid"): dict, ("design", "replicates"): int, ("case", "name"): str,
        ("case", "countries"): list, ("window", "window_days"): int | float, ("parameters",): dict, ("points",): int,
        ("runs",): int,
    }  # fmt: skip
    try:
        manifest = json.loads(text)
        for keys, kind in kinds.items():
            entry = manifest
            for key in keys:
                entry = entry[key]
            if not isinstance(entry, kind) or (keys[-1] == "countries" and not entry):
                raise TypeError
    except (ValueError, RecursionError):
        raise InputError(f"{path}: cut off or damaged (malformed JSON); {AGAIN}") from None
    except (KeyError, TypeError):
        raise InputError(f"{path}: {'.'.join(keys)} is missing or not what a sweep writes; {AGAIN}") from None
    return dict(manifest)


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


def read_batches(path: Path, numbers: tuple[str, ...], texts: tuple[str, ...]) -> Iterator[dict[str, np.ndarray]]:
    """A table in batches: columns of numbers as float64 (NaN where empty), of texts as object arrays."""
    read_header(path, (*numbers, *texts))
    kinds = {**dict.fromkeys(numbers, pa.float64()), **dict.fromkeys(texts, pa.dictionary(pa.int32(), pa.string()))}
    options = pa.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    with reading(path), pa.csv.open_csv(
        path, read_options=pa.csv.ReadOptions(block_size=BLOCK_BYTES), convert_options=options
    ) as reader:  # fmt: skip
        for batch in reader:
            yield {name: as_numpy(batch.column(name)) for name in kinds}


def as_numpy(column: pa.Array) -> np.ndarray:
    """A column as a NumPy array; texts through their dictionary, so that each is made once."""
    if isinstance(column, pa.DictionaryArray):
        words = np.array([*column.dictionary.to_pylist(), ""], dtype=object)
        codes: np.ndarray = column.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        return np.asarray(words[codes])
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def read_columns(path: Path, numbers: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, np.ndarray]:
    """A small table whole."""
    batches = list(read_batches(path, numbers, texts))
    empty: dict[str, np.ndarray] = {
        **{name: np.zeros(0) for name in numbers}, **{name: np.zeros(0, dtype=object) for name in texts}
    }  # fmt: skip
    return {name: np.concatenate([batch[name] for batch in batches]) for name in empty} if batches else empty


def read_optional(folder: Path, name: str) -> dict[str, np.ndarray] | None:
    """A table that not every sweep writes."""
    numbers, texts = OPTIONAL_TABLES[name]
    return read_columns(folder / name, numbers, texts) if (folder / name).is_file() else None


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
