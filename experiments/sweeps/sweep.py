"""A sweep from design to result folder: runs every point that is not there yet, streams the tables, writes the
manifest. One writer, in the order of the points; interrupted, it goes on where it stopped."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from agents.strategy_factors import numbers_of
from experiments.sweeps.blocks import Measured, Played
from experiments.sweeps.clock import Clock
from experiments.sweeps.design import Design
from experiments.sweeps.plan import Plan, make_plan
from experiments.sweeps.points import Counted, Item, Place, Taken, job_count, run_design
from experiments.sweeps.recipe import Recipe, recipe_of
from experiments.sweeps.standing import Standing
from experiments.sweeps.sweep_manifest import manifest_of
from experiments.sweeps.workers import Workers, WorkersFailed, local_workers
from experiments.tables.changeover import OPTIONAL, UNFINISHED
from experiments.tables.declaration import dictionary
from experiments.tables.earlier import MOMENTS, Earlier, fingerprint
from experiments.tables.folder import CASE, DICTIONARY, ResultFolder, kept_text
from experiments.tables.manifest import LIST
from experiments.tables.provenance import git_commit
from experiments.tables.row_parts import runs_in_part
from experiments.tables.rows import point_table
from experiments.tables.saving import PARQUET, RUNS, Saving
from experiments.tables.schema import COLUMNS, DATES, IN_FOLDERS, MEASURES, ROW_TABLES, SUMMARY, TERMS
from experiments.tables.summary import PointSummary
from experiments.tables.terms import terms_rows
from experiments.tables.writing import csv_text
from model.errors import InputError
from model.setting import make_setting
from model.terms import make_terms

Progress = Callable[[int, int, int, int], None]  # points done, points in all, runs done, runs in all
OF_POINTS = ("points.csv", "summary.csv", *OPTIONAL)


def run_sweep(
    design: Design,
    target: Path,
    *,
    saving: Saving | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    threads: int | None = None,
    scheduler: str | None = None,
    progress: Progress = lambda points, all_points, runs, all_runs: None,
) -> dict[str, Any]:
    """Run a design into a result folder and return the manifest; at once where the folder holds it already.

    saving: what of the runs is kept, and how their rows are written; scheduler: the address of a dask.distributed
    cluster whose workers do the work, in the place of threads here. InputError where the folder or the cluster cannot
    be used, or where no run succeeds: then the folder is left as it was.
    """
    saving = saving or Saving()
    recipe = recipe_of(design, saving)
    plan = make_plan(design, saving, target, fresh, retry_failed)
    if plan.finished is not None:
        return {**plan.finished, "was_finished": True}
    try:
        with workers_for(design, recipe, threads, scheduler) as workers:
            return Sweep(design, target, plan, recipe, workers).run(fresh, progress)
    except WorkersFailed as error:
        raise WorkersFailed(f"{error}; {kept_text(target) or 'nothing is kept'}") from None


def workers_for(
    design: Design, recipe: Recipe, threads: int | None, scheduler: str | None
) -> AbstractContextManager[Workers]:
    """Who works on a design: the cluster that a scheduler speaks for, else threads of this process."""
    if scheduler is None:
        return local_workers(recipe, job_count(design), threads)
    from experiments.sweeps.cluster import cluster_workers

    return cluster_workers(recipe, scheduler)


class Sweep:
    """One sweep at work: what comes from the workers goes into the tables, step by step."""

    def __init__(self, design: Design, target: Path, plan: Plan, recipe: Recipe, workers: Workers) -> None:
        self.design, self.target, self.plan, self.recipe, self.workers = design, target, plan, recipe, workers
        self.points, self.ids, self.saving = design.points, design.point_ids, recipe.saving
        self.countries = recipe.countries
        self.clock, self.started = Clock(), time.perf_counter()
        self.before = 0.0  # seconds of the sessions before this one
        self.standing = Standing(PointSummary(self.countries))
        self.earlier: Earlier | None = None
        if plan.earlier is not None:
            self.earlier = Earlier(target, plan.earlier, measures=plan.again)
            self.standing.offsets = self.earlier.offsets

    def run(self, fresh: bool, progress: Progress) -> dict[str, Any]:
        """To the end; the manifest."""
        names = (CASE, DICTIONARY, LIST, MOMENTS, *own_texts(self.design))
        parts, size = {}, runs_in_part(len(self.countries))
        if self.saving.row_format == PARQUET:
            parts = {name: ROW_TABLES[name].schema() for name in self.saving.tables}
        with ResultFolder(self.target, self.plan.like, fresh, self.journal, names, parts, size) as self.folder:
            self.check_earlier()
            if self.folder.resumed is None:
                self.standing.commit = git_commit()
                with self.folder.step():
                    self.begin()
            else:
                self.go_on(self.folder.resumed)
            held = self.earlier.held if self.earlier is not None else lambda point: 0
            items = run_design(self.design, self.recipe, self.workers, self.standing.place, held, self.clock)
            for item in items:
                self.take(item)
                if isinstance(item, Counted):
                    continue
                at = self.standing
                left = (len(self.points) - at.place.point) * self.design.replicates
                progress(at.place.point, len(self.points), at.runs, at.runs + left - at.place.replicate)
            if self.standing.failed_runs == self.standing.runs:
                self.folder.forget()
                raise InputError(f"{self.target}: every run failed, nothing is kept or replaced; {self.standing.why}")
            self.folder.entry()
            return self.folder.finish(self.manifest())

    def journal(self) -> dict[str, Any]:
        """Where the sweep stands, for the journal."""
        more = {"name": self.design.name, "points": len(self.points), "replicates": self.design.replicates}
        return {**self.standing.as_dict(), **more, "seconds": self.seconds(), "clock": self.clock.seconds()}

    def go_on(self, held: Mapping[str, Any]) -> None:
        """From where an interrupted sweep stopped."""
        self.standing = Standing.from_dict(held, self.countries)
        self.standing.sessions += 1
        self.before, self.clock = float(held["seconds"]), Clock(held["clock"])
        if self.earlier is not None:
            self.earlier.offsets = self.standing.offsets

    def check_earlier(self) -> None:
        """The result whose rows are taken over is still the one that was looked at."""
        if self.earlier is not None and fingerprint(self.target) != self.plan.like["earlier"][0]:
            raise InputError(f"{self.target}: has been replaced by another process just now; start again")

    def begin(self) -> None:
        """What is not about single points."""
        self.folder.append("terms.csv", TERMS.of(terms_rows(first_terms(self.design))))
        self.folder.add(CASE, self.design.case.text.encode())
        if self.design.list_text is not None:
            self.folder.add(LIST, self.design.list_text.encode())
        for name, text in own_texts(self.design).items():
            self.folder.add(name, text.encode())
        self.folder.append(DICTIONARY, COLUMNS.of(list(dictionary(IN_FOLDERS))))

    def take(self, item: Item) -> None:
        """One item into the tables."""
        if isinstance(item, Counted):
            self.standing.replicates = item.replicates
        elif isinstance(item, Taken):
            self.take_over(item)
        else:
            self.clock.add_all(item.seconds)
            with self.folder.step(), self.clock.measure("writing"):
                if isinstance(item, Measured):
                    self.take_measures(item)
                else:
                    self.take_runs(item)

    def take_measures(self, item: Measured) -> None:
        """Rows of measures.csv and dates.csv."""
        head = {"point": item.point, "point_id": self.ids[item.point], **self.points[item.point]}
        for table, rows in ((MEASURES, item.rows), (DATES, item.dates)):
            if rows:
                self.folder.append(f"{table.name}.csv", table.of([head | row for row in rows], self.design.factors))
        self.standing.measures_failure = item.error
        self.standing.place = dataclasses.replace(self.standing.place, measured=True)

    def take_runs(self, item: Played) -> None:
        """Rows of the tables of single runs; at the end of a point its own."""
        at = self.standing
        for name, rows in item.rows.items():
            self.folder.append_rows(name, rows, item.replicates, lambda name=name: header_of(name))  # type: ignore[misc]
        if item.summary is not None:
            at.summary = PointSummary(self.countries, item.summary)
        elif item.samples is not None:
            at.summary.add(item.samples)
        at.runs += item.replicates
        at.played += item.replicates
        if item.error:
            at.failed_runs += item.replicates
            at.failure = at.failure or item.error
            at.why = at.why or item.error
        at.ending = at.ending or item.ending
        at.place = dataclasses.replace(at.place, replicate=item.first + item.replicates)
        if at.place.replicate == at.replicates:
            self.end_point()

    def end_point(self) -> None:
        """The rows that a point has once all its runs are there."""
        at, point = self.standing, self.standing.place.point
        factors, point_id = self.points[point], self.ids[point]
        table = point_table(factors, point, point_id, at.replicates, at.ending, at.failure, at.measures_failure)
        self.folder.append("points.csv", table)
        rows = at.summary.rows({"point": point, "point_id": point_id, **factors})
        self.folder.append("summary.csv", SUMMARY.of(rows, self.design.factors))
        self.folder.add(MOMENTS, at.summary.numbers.astype("<f8").tobytes())
        at.next_point()

    def take_over(self, item: Taken) -> None:
        """The rows of an earlier result. Where all of a point's runs are there, the point is done with them."""
        assert self.earlier is not None
        at, whole = self.standing, item.replicates == self.standing.replicates
        lines = () if self.saving.row_format == PARQUET else self.saving.files
        for name in (*lines, *(OF_POINTS if whole else ())):
            for rows, offset in self.earlier.lines(name, item.point):
                with self.folder.step(), self.clock.measure("writing"):
                    if name not in self.folder.parts:
                        self.folder.add(name, self.earlier.header(name))
                    self.folder.add(name, rows)
                    at.offsets[name] = offset
        with self.folder.step(), self.clock.measure("writing"):
            if self.saving.row_format == PARQUET:
                self.take_over_parts(item)
            at.summary = PointSummary(self.countries, self.earlier.numbers(item.point))
            at.runs += item.replicates
            at.place = Place(item.point, taken=True, replicate=item.replicates)
            if whole:
                self.folder.add(MOMENTS, at.summary.numbers.astype("<f8").tobytes())
                at.next_point()

    def take_over_parts(self, item: Taken) -> None:
        """The same of tables in parts: all of a point's rows in one step, for parts hold whole runs."""
        assert self.earlier is not None
        for name in self.saving.tables:
            each = 1 if name == RUNS else len(self.countries)
            for table, end in self.earlier.tables(name, item.point):
                self.folder.append_rows(name, table, len(table) // each, bytes)
                self.standing.offsets[f"{name}.parquet"] = end

    def seconds(self) -> float:
        """Of this session and those before it."""
        return round(self.before + time.perf_counter() - self.started, 3)

    def manifest(self) -> dict[str, Any]:
        """What a reader needs to trust and to reproduce the folder; `run` tells how it went."""
        seconds, played = self.seconds(), self.standing.played
        run = {
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": seconds,
            "played": played,
            "runs_per_second": round(played / max(seconds, 1e-3), 1),
            "seconds_by_work": self.clock.seconds(),
            "cores": self.workers.size,
            "sessions": self.standing.sessions,
        }
        told = manifest_of(self.design, self.recipe, self.standing, self.target / UNFINISHED)
        return {**told, "run": run}


def header_of(name: str) -> bytes:
    """The first line of a table of single runs."""
    return csv_text(ROW_TABLES[name].schema().empty_table(), header=True)


def own_texts(design: Design) -> dict[str, str]:
    """The texts of the user's own strategies, by the names that their files have in the folder."""
    paths = list(design.strategy_files)
    names = [Path(path).name for path in paths]
    alone = {
        path: name if names.count(name) == 1 else f"{at + 1}_{name}"
        for at, (path, name) in enumerate(zip(paths, names, strict=True))
    }
    return {alone[path]: text for path, text in design.strategy_files.items()}


def first_terms(design: Design) -> tuple[Any, Any]:
    """Setting and terms table of point 0."""
    setting = make_setting(design.case, numbers_of(design.points[0]), design.name)
    return setting, make_terms(setting)
