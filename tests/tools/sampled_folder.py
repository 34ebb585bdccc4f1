"""Result folders of sweeps that are no full grids of numbers: small ones, swept once each, and their tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.saving import Saving
from tests.tools.program import read_csv

POINTS = 24
RANGES = {"headline_value": {"from": 0.0, "to": 0.06}, "delay_cost": {"from": 0.0, "to": 0.2}}
DESIGN: dict[str, Any] = {"name": "small", "replicates": 6, "seed": 3, "strategy": "myopic"}
SAMPLE: dict[str, Any] = {"sample": {"method": "latin_hypercube", "points": POINTS, "seed": 1}, "ranges": RANGES}
STRATEGIES = {"KOR.strategy": ["myopic", "wait_and_see", "deadline"]}
LIST = [
    {"headline_value": 0.0, "KOR.strategy": "myopic"},
    {"headline_value": 0.03, "KOR.strategy": "deadline"},
    {"headline_value": 0.06, "KOR.strategy": "myopic"},
]


def sweep(folder: Path, save: str = "countries", row_format: str = "csv", **more: Any) -> Path:
    """A sweep of myopic countries, into a folder."""
    design = parse_design({**DESIGN, **more}, "small", Path(), "small")
    run_sweep(design, folder, saving=Saving(save, row_format), threads=1)
    return folder


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of a folder."""
    held = json.loads((folder / "manifest.json").read_text())
    change(held)
    (folder / "manifest.json").write_text(json.dumps(held))


def read(folder: Path, name: str) -> pd.DataFrame:
    """A table, to the last bit."""
    return read_csv(folder / name)


def change_summary(folder: Path, change: Callable[[pd.DataFrame], object]) -> None:
    """Change summary.csv as a data frame."""
    table = read(folder, "summary.csv")
    change(table)
    table.to_csv(folder / "summary.csv", index=False)
