"""A sweep from design to result folder: runs every point, streams the tables, writes the manifest."""

import dataclasses
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.batch import Chunk, Measured, run_design
from experiments.design import Design
from experiments.results import COUNTRIES, DATE_ROWS, MEASURE_ROWS, RUNS, ResultFolder, schema_with_factors, table_of
from experiments.summary import MEASURED, PointSummary
from experiments.terms_table import terms_rows
from model.compiled import rule_hash
from model.declaration import quantities
from model.meeting import PACKAGES
from model.setting import make_setting
from model.terms import TYPE_NAMES, make_terms

LIBRARIES = ("tariff-pause", "numpy", "numba", "pyarrow", "mesa")
POINT = [("point", pa.int64()), ("point_id", pa.string())]
ENDING = [("method", pa.string()), ("residual", pa.float64()), ("iterations", pa.int64()), ("converged", pa.bool_())]
Progress = Callable[[int, int], None]


def run_sweep(
    design: Design, target: Path, *, fresh: bool = False, threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:  # fmt: skip
    """Run a design into a result folder and return the manifest. InputError where the folder cannot be used."""
    points = design.points
    ids = design.point_ids
    countries = [(country.iso3, country.name) for country in design.case.countries]
    started = time.perf_counter()
    failed_runs, failed_measures, unconverged = 0, list[str](), list[int]()
    with ResultFolder(target, design.identity, fresh) as folder:
        folder.append("terms.csv", table_of(terms_rows(first_terms(design))))
        summary = PointSummary()
        for chunk in run_design(design, threads):
            if isinstance(chunk, Measured):
                head = {"point": chunk.point, "point_id": ids[chunk.point], **points[chunk.point]}
                for name, schema, rows in (
                    ("measures.csv", MEASURE_ROWS, chunk.rows),
                    ("dates.csv", DATE_ROWS, chunk.dates),
                ):
                    if rows:
                        columns = schema_with_factors(POINT, design.factors, schema)
                        folder.append(name, pa.Table.from_pylist([head | row for row in rows], columns))
                failed_measures += [f"point {chunk.point}: {chunk.error}"] if chunk.error else []
                continue
            folder.append("runs.csv", runs_table(chunk))
            folder.append("countries.csv", countries_table(chunk, design.case.ids))
            failed_runs += chunk.replicates if chunk.outcomes is None else 0
            if chunk.first == 0:
                summary = PointSummary()
            summary.add(chunk)
            if chunk.first + chunk.replicates == design.replicates:
                point = chunk.point
                folder.append("points.csv", point_table(design, chunk, ids[point]))
                unconverged += [point] if chunk.ending is not None and chunk.ending.converged is False else []
                rows = summary.rows(point, ids[point], points[point], countries)
                folder.append("summary.csv", pa.Table.from_pylist(rows, summary_schema(design)))
                progress(point + 1, len(points))
        manifest = make_manifest(design, failed_runs, failed_measures, time.perf_counter() - started)
        manifest["unconverged_points"] = unconverged
        folder.finish(manifest)
    return manifest


def first_terms(design: Design) -> tuple[Any, Any]:
    """Setting and terms table of point 0."""
    setting = make_setting(design.case, design.points[0], design.name)
    return setting, make_terms(setting)


def point_table(design: Design, chunk: Chunk, point_id: str) -> pa.Table:
    """points.csv: a row a point, with every factor, and how its solver ended (empty where the point failed)."""
    ending = dataclasses.asdict(chunk.ending) if chunk.ending is not None else {}
    row = {"point": chunk.point, "point_id": point_id, **chunk.factors, **ending}
    return pa.Table.from_pylist([row], schema_with_factors(POINT, design.factors, ENDING))


def summary_schema(design: Design) -> pa.Schema:
    """summary.csv: point x country, the factors, then means and standard errors."""
    measured = [(f"{name}_{kind}", pa.float64()) for name in MEASURED for kind in ("mean", "se")]
    return schema_with_factors(
        POINT,
        design.factors,
        [
            ("country", pa.string()),
            ("country_name", pa.string()),
            ("runs", pa.int64()),
            ("p_deal", pa.float64()),
            *measured,
        ],
    )


def optional(values: np.ndarray, absent: np.ndarray) -> pa.Array:
    """A column that is empty where `absent`."""
    return pa.array(values, mask=absent)


def runs_table(chunk: Chunk) -> pa.Table:
    """runs.csv rows of a chunk; a failed run has its point, replicate and error, and nothing else."""
    out = chunk.outcomes
    head = {
        "point": np.full(chunk.replicates, chunk.point),
        "replicate": np.arange(chunk.first, chunk.first + chunk.replicates),
        "status": ["ok" if out is not None else "failed"] * chunk.replicates,
        "error": [chunk.error or None] * chunk.replicates,
    }
    if out is None:
        nothing = {name: pa.nulls(chunk.replicates, RUNS.field(name).type) for name in RUNS.names[4:]}
        return pa.table({**head, **nothing}, schema=RUNS)
    body = {
        "hegemon_type": np.array(TYPE_NAMES)[out.firm],
        "deals": out.deals,
        "first_deal_day": optional(out.first_deal_day, out.first_deal_day < 0),
        "last_deal_day": optional(out.last_deal_day, out.last_deal_day < 0),
        "news_day": optional(out.news_day, out.news_day < 0),
        "hegemon_surplus_bn": out.hegemon_surplus_bn,
    }
    return pa.table({**head, **body}, schema=RUNS)


def countries_table(chunk: Chunk, ids: tuple[str, ...]) -> pa.Table:
    """countries.csv rows of a chunk: run by run, the countries in the order of the case. None for a failed chunk."""
    out = chunk.outcomes
    if out is None:
        return COUNTRIES.empty_table()
    n = len(ids)
    no_deal = (out.deal_rank == 0).ravel()
    columns: dict[str, Any] = {
        "point": np.full(chunk.replicates * n, chunk.point),
        "replicate": np.repeat(np.arange(chunk.first, chunk.first + chunk.replicates), n),
        "country": list(ids) * chunk.replicates,
        "deal_day": optional(out.deal_day.ravel(), no_deal),
        "deal_rank": optional(out.deal_rank.ravel(), no_deal),
        "package": optional(np.array(PACKAGES, dtype=object)[out.package.ravel()], no_deal),
        "payoff_pct_gdp": optional(out.payoff_pct_gdp.ravel(), np.isnan(out.payoff_pct_gdp.ravel())),
    }
    for name in COUNTRIES.names:
        if name not in columns:
            columns[name] = getattr(out, name).ravel()
    return pa.table({name: columns[name] for name in COUNTRIES.names}, schema=COUNTRIES)


def make_manifest(design: Design, failed_runs: int, failed_measures: list[str], seconds: float) -> dict[str, Any]:
    """What a reader needs to trust and to reproduce the folder."""
    setting = make_setting(design.case, design.fixed, design.name)
    runs = len(design.points) * design.replicates
    return {
        "design": design.as_dict(),
        "identity": design.identity,
        "parameters": dataclasses.asdict(setting.parameters),
        "window": {name: getattr(setting.window, name) for name in quantities(type(setting.window))},
        "case": {
            "name": design.case.name,
            "sha256": design.case.digest,
            "countries": list(design.case.ids),
            "dates": {country.iso3: country.date for country in setting.countries if country.date is not None},
        },
        "seeds": {"seed": design.seed, "replicates": [0, design.replicates - 1]},
        "points": len(design.points),
        "runs": runs,
        "failed_runs": failed_runs,
        "failed_measures": failed_measures,
        "rule_hash": rule_hash(),
        "git_commit": git_commit(),
        "versions": versions(),
        "wall_seconds": round(seconds, 3),
        "runs_per_second": round(runs / seconds, 1),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def versions() -> dict[str, str]:
    """Versions of the program, of Python and of the libraries that make the numbers."""
    found = {"python": platform.python_version(), "platform": f"{sys.platform} {platform.machine()}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def git_commit() -> str | None:
    """The commit of the program's own checkout, with "-dirty" where it has been edited; None outside one."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        ask = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(ask, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
