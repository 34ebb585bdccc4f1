"""Reading a result folder: what it holds, checked against its manifest.

Nothing here runs the model. A folder that is incomplete or damaged is refused in one line that says what to do.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from agents.strategy_factors import is_category
from experiments.tables.batches import Columns, one_line, read_columns, read_header, reading
from experiments.tables.changeover import settle
from experiments.tables.declaration import POINT, Table
from experiments.tables.factors import (
    REPLICATES,
    categories,
    centre_of,
    check_window,
    checked_factors,
    checked_runs,
    coded,
    is_small_grid,
    labels_of,
    last_day_of_all,
    takes_two,
    with_place_for_none,
)
from experiments.tables.manifest import (
    AGAIN,
    MANIFEST,
    Manifest,
    is_name,
    is_text,
    read_manifest,
)
from experiments.tables.saving import COUNTRIES, RUNS
from experiments.tables.schema import DATES, MEASURES, WORLD
from model.errors import InputError

FEWEST_BYTES = 4  # of any row


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
        return RUNS in self.manifest.saving.tables

    @property
    def has_countries(self) -> bool:
        """Whether countries.csv was saved."""
        return COUNTRIES in self.manifest.saving.tables

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
    factors = checked_factors(manifest, points)
    labels = labels_of(manifest, factors)
    factors |= {name: coded(factors[name], known) for name, known in labels.items()}
    listed = {name: factors[name][: manifest.of_list] for name in manifest.listed}
    small = not manifest.ranges and is_small_grid(listed)
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
    for name in ("points.csv", *manifest.saving.files):
        there = Path.is_dir if name.endswith(".parquet") else Path.is_file
        if not there(folder / name):
            again = f"{AGAIN}, as in: tariff-pause sweep {manifest.name} --out DIR"
            raise InputError(f"{folder}: {name} is missing; {again}")
    if "runs.csv" in manifest.saving.files and (folder / "runs.csv").stat().st_size < FEWEST_BYTES * manifest.runs:
        raise InputError(f"{folder / 'runs.csv'}: too short for {manifest.runs:,} runs: cut off or damaged; {AGAIN}")


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
