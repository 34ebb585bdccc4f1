"""A sweep from design to result folder: runs every point, streams the tables, writes the manifest."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiments.sweeps.design import Design
from experiments.sweeps.points import Measured, run_design
from experiments.tables.folder import ResultFolder
from experiments.tables.provenance import git_commit, number_hash, versions
from experiments.tables.rows import countries_table, point_table, runs_table
from experiments.tables.schema import DATES, MEASURES, SUMMARY, TERMS
from experiments.tables.summary import PointSummary
from experiments.tables.terms import terms_rows
from model.declaration import quantities
from model.setting import make_setting
from model.terms import make_terms

Progress = Callable[[int, int], None]


def run_sweep(
    design: Design,
    target: Path,
    *,
    fresh: bool = False,
    threads: int | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Run a design into a result folder and return the manifest. InputError where the folder cannot be used."""
    points = design.points
    ids = design.point_ids
    countries = [(country.iso3, country.name) for country in design.case.countries]
    started = time.perf_counter()
    failed_runs, failed_measures, unconverged = 0, list[str](), list[int]()
    with ResultFolder(target, design.identity, fresh) as folder:
        folder.append("terms.csv", TERMS.of(terms_rows(first_terms(design))))
        summary = PointSummary(countries)
        for chunk in run_design(design, threads):
            head = {"point": chunk.point, "point_id": ids[chunk.point], **points[chunk.point]}
            if isinstance(chunk, Measured):
                for table, rows in ((MEASURES, chunk.rows), (DATES, chunk.dates)):
                    if rows:
                        folder.append(f"{table.name}.csv", table.of([head | row for row in rows], design.factors))
                failed_measures += [f"point {chunk.point}: {chunk.error}"] if chunk.error else []
                continue
            folder.append("runs.csv", runs_table(chunk))
            folder.append("countries.csv", countries_table(chunk, design.case.ids))
            failed_runs += chunk.replicates if chunk.outcomes is None else 0
            if chunk.first == 0:
                summary = PointSummary(countries)
            summary.add(chunk)
            if chunk.first + chunk.replicates == design.replicates:
                point = chunk.point
                folder.append("points.csv", point_table(design.factors, chunk, ids[point]))
                unconverged += [point] if chunk.ending is not None and chunk.ending.converged is False else []
                folder.append("summary.csv", SUMMARY.of(summary.rows(head), design.factors))
                progress(point + 1, len(points))
        manifest = make_manifest(design, failed_runs, failed_measures, time.perf_counter() - started)
        manifest["unconverged_points"] = unconverged
        folder.finish(manifest)
    return manifest


def first_terms(design: Design) -> tuple[Any, Any]:
    """Setting and terms table of point 0."""
    setting = make_setting(design.case, design.points[0], design.name)
    return setting, make_terms(setting)


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
        "rule_hash": number_hash(),
        "git_commit": git_commit(),
        "versions": versions(),
        "wall_seconds": round(seconds, 3),
        "runs_per_second": round(runs / seconds, 1),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
