"""The manifest of a sweep: what a reader needs to trust and to reproduce its folder. It is the same however often the
sweep was interrupted, and whoever played it; how it went is told beside it."""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.sweeps.design import Design
from experiments.sweeps.recipe import Recipe
from experiments.sweeps.standing import Standing
from experiments.sweeps.until import Until
from experiments.tables.batches import read_columns
from experiments.tables.earlier import MOMENTS
from experiments.tables.manifest import FORMAT
from experiments.tables.provenance import number_hash, versions
from experiments.tables.rows import FAILED, MEASURES_FAILED
from experiments.tables.summary import PointSummary, width
from model.case import Window
from model.crowd_accuracy import ACCURACY
from model.declaration import quantities
from model.parameters import Parameters
from model.solver import MOMENT_BASED


def manifest_of(design: Design, recipe: Recipe, at: Standing, work: Path) -> dict[str, Any]:
    """The manifest of a design whose tables stand finished in a working folder."""
    return {
        "format": FORMAT,
        "design": design.as_dict(),
        "identity": design.identity,
        **held_numbers(design),
        "defaults": design.defaults,
        "seeds": {"seed": design.seed, "replicates": [0, design.replicates - 1]},
        **recipe.saving.as_dict(),
        "points": len(design.points),
        "runs": at.runs,
        "failed_runs": at.failed_runs,
        **of_points(work / "points.csv"),
        **({"points_not_known": not_known(recipe, recipe.until, work)} if recipe.until is not None else {}),
        "rule_hash": number_hash(),
        "git_commit": at.commit,
        "versions": dict(versions()),
    }


def held_numbers(design: Design) -> dict[str, Any]:
    """Parameters, window and case where the design does not vary them."""
    case = design.case

    def held_at(factor: str, otherwise: float | None) -> float | None:
        return design.fixed.get(factor, otherwise)

    dates = {country.iso3: held_at(f"{country.iso3}.date", country.date) for country in case.countries}
    return {
        "parameters": {name: held_at(name, quantity.default) for name, quantity in quantities(Parameters).items()},
        "window": {name: held_at(name, getattr(case.window, name)) for name in quantities(Window)},
        "case": {
            "name": case.name,
            "sha256": case.digest,
            "countries": list(case.ids),
            "dates": {iso3: date for iso3, date in dates.items() if date is not None},
        },
    }


def of_points(path: Path) -> dict[str, Any]:
    """Which points failed, did not converge or lie outside of the stated accuracy, from points.csv."""
    points = read_columns(path, ("point",), ("status", "reason", "method", "converged", "doubt"))
    told = list(zip(points["point"].astype(int).tolist(), points["status"], points["reason"], strict=True))
    return {
        "failed_points": [point for point, status, _ in told if status == FAILED],
        "failed_measures": [f"point {point}: {why}" for point, status, why in told if status == MEASURES_FAILED],
        "unconverged_points": points["point"][points["converged"] == "false"].astype(int).tolist(),
        "doubtful_points": points["point"][points["doubt"] != ""].astype(int).tolist(),
        "accuracy": ACCURACY if (points["method"] == MOMENT_BASED).any() else None,
    }


def not_known(recipe: Recipe, until: Until, work: Path) -> list[int]:
    """The points with all replicates at which the error asked for was not reached, but for those that failed."""
    countries = recipe.countries
    moments = np.memmap(work / MOMENTS, "<f8", "r").reshape(-1, width(len(countries)))
    full = np.flatnonzero(moments[:, 0] == recipe.replicates)
    return [int(at) for at in full if until.error_of(PointSummary(countries, np.array(moments[at]))) >= until.bound]
