"""Result folders that are no full grid of numbers, or hold no rows, or hold them as Parquet: swept as grids or lists,
and their files rewritten as the formats of result folders say."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.sweeps.design import Design, parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.schema import COUNTRIES, RUNS

BY_POINT = ("points", "summary", "measures", "dates")
NO_ROWS: dict[str, tuple[str, ...]] = {"summary": ("runs", "countries"), "runs": ("countries",)}


@dataclass(frozen=True)
class Listed(Design):
    """A design whose points are given one by one."""

    listed: tuple[dict[str, float | None], ...] = ()

    @property
    def points(self) -> list[dict[str, float | None]]:
        return [dict(point) for point in self.listed]


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A folder whose manifest is changed."""
    path = folder / "manifest.json"
    held = json.loads(path.read_text())
    change(held)
    path.write_text(json.dumps(held, indent=2))
    return folder


def list_to(
    folder: Path,
    points: Sequence[Mapping[str, float]],
    ranges: Mapping[str, tuple[float, float]] | None = None,
    **more: Any,
) -> Path:
    """A sweep of myopic countries over points; with `ranges` as that of a sample, else as that of a list."""
    names = tuple(points[0])
    grid = {name: sorted({point[name] for point in points}) for name in names}
    table = {"name": "small", "replicates": 6, "strategy": "myopic", "grid": grid, **more}
    few = parse_design({**table, "grid": {name: values[:1] for name, values in grid.items()}}, "small", Path(), "small")
    design = Listed(
        **{**vars(few), "grid": {name: tuple(values) for name, values in grid.items()}}, listed=tuple(map(dict, points))
    )
    run_sweep(design, folder, fresh=True)
    write_list(folder, names, [[point[name] for name in names] for point in points])

    def change(held: dict[str, Any]) -> None:
        held["format"] = 3
        held["design"] |= {"grid": {}, "list": "list.csv"}
        if ranges is not None:
            held["design"] |= {
                "sample": {"method": "latin_hypercube", "points": len(points), "seed": 1},
                "ranges": {name: list(ends) for name, ends in ranges.items()},
            }

    return change_manifest(folder, change)


def write_list(folder: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A list.csv."""
    with (folder / "list.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([names, *rows])


def crossed(folder: Path, parts: Mapping[str, Path], factor: str, default: str) -> Path:
    """The folders of several sweeps of the same points as one, in which a category tells them apart."""
    folder.mkdir()
    first = next(iter(parts.values()))
    for path in first.iterdir():
        if (path.is_file() and path.suffix in (".toml", ".json")) or path.name in (
            "columns.csv",
            "terms.csv",
            "list.csv",
        ):
            (folder / path.name).write_bytes(path.read_bytes())
    held = json.loads((first / "manifest.json").read_text())
    for name in (*BY_POINT, "runs", "countries"):
        if not (first / f"{name}.csv").exists():
            continue
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            for number, (label, part) in enumerate(parts.items()):
                header, *rows = csv.reader((part / f"{name}.csv").open(newline=""))
                if number == 0:
                    writer.writerow([*header[:2], factor, *header[2:]] if name in BY_POINT else header)
                for point, *rest in rows:
                    moved = int(point) + number * held["points"]
                    writer.writerow([moved, rest[0], label, *rest[1:]] if name in BY_POINT else [moved, *rest])

    def change(manifest: dict[str, Any]) -> None:
        manifest["format"] = 3
        manifest["design"]["grid"] = {factor: list(parts), **manifest["design"]["grid"]}
        manifest["points"] *= len(parts)
        manifest["runs"] *= len(parts)
        manifest["defaults"] = {factor: default, **manifest["defaults"]}

    return change_manifest(folder, change)


def without_rows(folder: Path, saved: str) -> Path:
    """The folder as `--save summary` or `--save runs` leaves it."""
    for name in NO_ROWS[saved]:
        (folder / f"{name}.csv").unlink()
    return change_manifest(folder, lambda held: held.update(saved=saved, format=3))


def as_parquet(folder: Path, parts: int = 3) -> Path:
    """The folder with its rows as Parquet."""
    for table in (RUNS, COUNTRIES):
        path, schema = folder / f"{table.name}.csv", table.schema()
        kinds = dict(zip(schema.names, schema.types, strict=True))
        convert = pa.csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=True)
        rows = pa.csv.read_csv(path, convert_options=convert)
        (folder / f"{table.name}.parquet").mkdir()
        length = -(-len(rows) // parts)
        for number in range(parts):
            part = folder / f"{table.name}.parquet" / f"part-{number:05d}.parquet"
            pq.write_table(rows.slice(number * length, length), part, use_dictionary=["country", "status"])
        path.unlink()
    return change_manifest(folder, lambda held: held.update(row_format="parquet", format=3))


def until(folder: Path, runs_at: Sequence[int], text: str = "payoff_bn < 0.02") -> Path:
    """The folder as if its points had been given up after so many runs; its summary stays that of all runs."""
    for name, key in (("points", None), ("runs", 1), ("countries", 1)):
        header, *rows = csv.reader((folder / f"{name}.csv").open(newline=""))
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            if key is None:
                writer.writerow([*header, "replicates"])
                writer.writerows([*row, runs_at[int(row[0])]] for row in rows)
                continue
            writer.writerow(header)
            writer.writerows(row for row in rows if int(row[key]) < runs_at[int(row[0])])

    def change(held: dict[str, Any]) -> None:
        held["design"]["until"] = text
        held["runs"] = sum(runs_at)
        held["format"] = 3

    return change_manifest(folder, change)
