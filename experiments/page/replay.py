"""Replay: a stored row of a sweep, rebuilt from its folder, and compared with what is played now.

What a sweep wrote is enough to play any of its runs again: case, strategies, factors of the point, seed and
replicate. The design in the manifest goes through the design's own parser. Equality is promised under the same rules,
case file and versions; whatever differs is said.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from agents.policy import Prepared, prepare, strategies_of
from agents.strategy_factors import numbers_of, strategies_at
from experiments.page.start import MOST_SEED, Start
from experiments.reports.run import play_one
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import parse_design
from experiments.sweeps.solving_time import say_what_it_takes
from experiments.tables.batches import STREAMED, native_file, one_line
from experiments.tables.changeover import settle
from experiments.tables.folder import CASE
from experiments.tables.manifest import MANIFEST, Manifest, is_text, read_manifest
from experiments.tables.provenance import number_hash, versions
from experiments.tables.rows import Chunk, countries_table
from experiments.tables.schema import COUNTRIES, RUNS
from experiments.tables.stored_rows import rows_at, rows_path
from model.case import Case
from model.case_file import load_case
from model.errors import InputError
from model.setting import make_setting

TOLERANCE = 1e-9  # relative; files hold every digit, yet another machine may round the last one otherwise
COMPARED = [name for name in COUNTRIES.schema().names if name not in ("point", "replicate", "country")]


@dataclass(frozen=True)
class Stored:
    """One stored run: where it stands, its seed, why equality is not promised, and its rows of countries.csv
    (none: the folder does not hold them, and `missing` says why)."""

    folder: str
    point: int
    replicate: int
    seed: int
    factors: dict[str, float | str | None]
    doubts: list[str]
    rows: list[dict[str, Any]] | None
    missing: str = ""


@dataclass(frozen=True)
class Verdict:
    """How a replay compares: `equal` is None where nothing could be compared; one plain sentence for the page."""

    equal: bool | None
    text: str


def read_replay(folder: str, point: int, replicate: int, most_seed: int = MOST_SEED) -> Start:
    """The start of a page that replays a stored row; InputError where there is no such row, or it cannot be rebuilt."""
    origin = f"--replay {folder}"
    try:
        settle(Path(folder))
        manifest = read_manifest(Path(folder))
    except InputError as error:
        raise InputError(f"--replay {error}") from None
    if not 0 <= point < manifest.points:
        raise InputError(f"--point {point}: {folder} has the points 0 to {manifest.points - 1}")
    if not 0 <= replicate < manifest.replicates:
        raise InputError(f"--replicate {replicate}: {folder} has the replicates 0 to {manifest.replicates - 1}")
    if manifest.seed > most_seed:
        raise InputError(f"{origin}: its seed is {manifest.seed}; the page takes seeds up to {most_seed}")
    try:
        design = design_of(manifest)
    except InputError as error:
        raise error.within(f"{origin}: cannot be rebuilt here") from None
    factors = design.points[point]
    rows, missing = read_rows(Path(folder), point, replicate, origin)
    doubts = list(why_it_may_differ(manifest, design.case))
    stored = Stored(folder, point, replicate, manifest.seed, factors, doubts, rows, missing)
    countries = None if design.countries is None else list(design.countries)
    numbers, strategy = numbers_of(factors), {**design.strategy, **strategies_at(factors)}
    return Start(design.case_given, manifest.seed, numbers, strategy, replicate, countries, asdict(stored))


def design_of(manifest: Manifest) -> Design:
    """The design of a stored sweep. Its case is the one that it names where that is unchanged, else the copy in the
    folder, where there is one: so it does not matter whether a case file was edited or moved since."""
    folder, kept = manifest.folder, manifest.folder / CASE
    named = is_text(manifest.design.get("case", ""))
    try:
        design = parse_design(manifest.design, MANIFEST, folder, manifest.name)
        if design.case.digest == manifest.case_sha256 or not kept.is_file():
            return design
    except InputError:
        if not (named and kept.is_file()):
            raise
    table = {**manifest.design, "case": str(kept.absolute())}
    return parse_design(table, MANIFEST, folder, manifest.name)


def prepare_stored(start: Start) -> Prepared:
    """The prepared setting of a stored run, as its folder describes it."""
    case = load_case(start.case, start.countries)
    setting = make_setting(case, start.overrides, "--replay")
    mix = strategies_of(case, start.strategy, "--replay")
    say_what_it_takes(setting, mix)
    return prepare(setting, mix)


def read_rows(folder: Path, point: int, replicate: int, origin: str) -> tuple[list[dict[str, Any]] | None, str]:
    """The rows of a run in the countries table, or none and why."""
    manifest, at = read_manifest(folder), {"point": point, "replicate": replicate}
    if COUNTRIES.name not in manifest.saving.tables:
        return None, "the rows of its countries were not saved (--save countries)"
    path, runs = (rows_path(manifest, table.name) for table in (COUNTRIES, RUNS))
    if not path.exists():
        return None, f"{path.name} is not in the folder"
    rows = matching_in(path, COUNTRIES.schema(), at, origin)
    if rows:
        return rows, ""
    failed = matching_in(runs, RUNS.schema(), at, origin) if runs.exists() else []
    if failed and failed[0].get("status") == "failed":
        raise InputError(f"{origin}: that run failed when it was stored: {one_line(failed[0].get('error'))}")
    raise InputError(f"{origin}: {path.name} has no row of point {point}, replicate {replicate}")


def matching_in(path: Path, schema: pa.Schema, at: Mapping[str, int], origin: str) -> list[dict[str, Any]]:
    """The rows of a table, a CSV file or a folder of Parquet parts, at given values of its columns."""
    if path.suffix == ".csv":
        return matching(path, kinds_of(schema), at, origin)
    try:
        return rows_at(path, schema, at)
    except InputError as error:
        raise error.within(origin) from None


def kinds_of(schema: pa.Schema) -> dict[str, pa.DataType]:
    """The type of every column."""
    return dict(zip(schema.names, schema.types, strict=True))


def matching(path: Path, kinds: Mapping[str, pa.DataType], at: Mapping[str, int], origin: str) -> list[dict[str, Any]]:
    """The rows of a CSV file at given values of its columns: the columns of `kinds` that it has, read as these types
    (guessed from its beginning they would be wrong further down); in pieces, for files may be long."""
    found: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
        known = {name: kind for name, kind in kinds.items() if name in header}
        # Only an empty cell is empty: NA is Namibia.
        convert = pa.csv.ConvertOptions(
            column_types=known, include_columns=list(known), null_values=[""], strings_can_be_null=True
        )
        with native_file(path) as file, pa.csv.open_csv(file, STREAMED, convert_options=convert) as reader:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                for name, value in at.items():
                    table = table.filter(pa.compute.equal(table[name], value))
                if table.num_rows == 0 and found:
                    break
                found += table.to_pylist()
    except FileNotFoundError:
        raise InputError(f"{origin}: {path.name} is not in the folder") from None
    except (OSError, KeyError, csv.Error, UnicodeDecodeError, pa.ArrowException) as error:
        raise InputError(f"{origin}: {path.name} cannot be read ({one_line(error)})") from None
    return found


def why_it_may_differ(manifest: Manifest, case: Case) -> Iterator[str]:
    """Why the run played now need not be the stored one."""
    if manifest.rule_hash != number_hash():
        yield "the rules of the model have changed"
    if manifest.case_sha256 != case.digest:
        yield f"the file of case {case.name} has changed"
    for name, now in versions().items():
        if manifest.versions.get(name) != now:
            yield f"{name} was {manifest.versions.get(name, 'not noted')}, is {now}"


def compare(stored: Stored, prepared: Prepared) -> Verdict:
    """Play the stored run to its end and compare it with the stored rows, column by column."""
    if stored.rows is None:
        return Verdict(None, f"It cannot be compared with the stored row: {stored.missing}.")
    outcomes = play_one(prepared, stored.seed, stored.replicate)
    chunk = Chunk(stored.point, stored.replicate, 1, outcomes)
    now = {row["country"]: row for row in countries_table(chunk, prepared.setting.case.ids).to_pylist()}
    then = {row["country"]: row for row in stored.rows}
    if set(now) != set(then):
        return Verdict(False, "It is not the stored row: the countries are others.")
    for country, row in then.items():
        for name in COMPARED:
            if name in row and not same(row[name], now[country][name]):
                was, is_now = shown(row[name]), shown(now[country][name])
                return Verdict(False, f"It is not the stored row: {name} of {country} was {was}, is {is_now}.")
    return Verdict(True, "Its outcome equals the stored row, column by column.")


def same(then: Any, now: Any) -> bool:
    """Whether two cells are equal, empty ones too."""
    if isinstance(then, float) and isinstance(now, float):
        return math.isclose(then, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE) or bool(np.isnan(then) and np.isnan(now))
    return bool(then == now)


def shown(value: Any) -> str:
    """A cell as text."""
    return "empty" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def replayed(folder: Path, point: int, replicate: int) -> tuple[Prepared, int, dict[str, Any]]:
    """A stored run of a result folder: its prepared setting, its seed, and how it compares with what is stored."""
    start = read_replay(str(folder), point, replicate, most_seed=2**63 - 1)
    stored = Stored(**(start.stored or {}))
    prepared = prepare_stored(start)
    verdict = compare(stored, prepared)
    doubts = f" It cannot be guaranteed: {'; '.join(stored.doubts)}." if stored.doubts else ""
    told = {"folder": str(folder), "point": point, "equal": verdict.equal, "doubts": stored.doubts}
    return prepared, start.seed, {**told, "text": f"Point {point}, replicate {replicate}. {verdict.text}{doubts}"}
