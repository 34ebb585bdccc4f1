"""`tariff-pause measures`: what was asked, the answer as one document, and as a result folder."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.policy import prepare, strategies_of
from experiments.measures.catalogue import (
    CATALOGUE,
    DATES,
    check_measures,
    date_rows,
    measure_rows,
    measured_countries,
)
from experiments.measures.study import SimulatedRuns, Study
from experiments.tables import schema
from experiments.tables.folder import ResultFolder, check_held, check_target
from experiments.tables.provenance import git_commit, number_hash, versions
from model.case import Case
from model.declaration import whole
from model.setting import Overrides, make_setting

Status = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """Which measures, of which countries, in which setting; `names` and `countries` empty: all."""

    case: Case
    overrides: Overrides
    strategy: Mapping[str, str]
    names: tuple[str, ...]
    countries: tuple[str, ...]
    seed: int
    replicates: int

    def study(self) -> Study:
        """The setting under study. InputError where something cannot be used."""
        runs = SimulatedRuns(self.seed, whole(self.replicates, 2, 10**7, "--replicates"))
        setting = make_setting(self.case, self.overrides, "--set")
        return Study(prepare(setting, strategies_of(self.case, self.strategy, "--strategy")), runs)

    @property
    def chosen(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The measures and the countries that are meant, checked."""
        names = check_measures(self.names, "--measure") or (*CATALOGUE, DATES)
        return names, measured_countries(self.case, self.countries, "--country")

    def as_dict(self) -> dict[str, Any]:
        """As written into the manifest."""
        names, countries = self.chosen
        return {
            "name": "measures",
            "case": self.case.name,
            "countries": list(self.case.ids),
            "case_sha256": self.case.digest,
            "seed": self.seed,
            "replicates": self.replicates,
            "strategy": dict(self.strategy),
            "fixed": dict(self.overrides),
            "measures": list(names),
            "measured": list(countries),
        }


def measure_report(question: Question, status: Status) -> dict[str, Any]:
    """Every measure asked for: rows of measures.csv and of dates.csv. `status` shows what is under way."""
    names, countries = question.chosen
    study = question.study()
    rows = []
    for number, name in enumerate(names, 1):
        status(f"{name} ({number} of {len(names)})")
        rows += list(measure_rows(study, [name], countries))
    dates = date_rows(study, countries) if DATES in names else []
    return {"names": list(names), "countries": list(countries), "measures": rows, "dates": dates}


def write_measures(question: Question, target: Path, fresh: bool, status: Status) -> dict[str, Any]:
    """The same, and measures.csv, dates.csv and manifest.json in a folder: complete, or not there at all."""
    content, started = question.as_dict(), time.perf_counter()
    identity = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    check_target(target)
    check_held(target, identity, fresh)
    with ResultFolder(target, None, fresh) as folder:
        report = measure_report(question, status)
        for table in (schema.MEASURES, schema.DATES):
            if rows := report[table.name]:
                folder.append(f"{table.name}.csv", table.of(rows))
        manifest = {
            "design": content,
            "identity": identity,
            "rule_hash": number_hash(),
            "git_commit": git_commit(),
            "versions": versions(),
            "wall_seconds": round(time.perf_counter() - started, 3),
        }
        folder.finish(manifest)
    return report
