"""A small sweep of three factors, swept once for all tests of the analysis, and copies of it to spoil."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep

REPLICATES = 25
DESIGN: dict[str, Any] = {
    "name": "small",
    "replicates": REPLICATES,
    "seed": 3,
    "strategy": "myopic",
    "grid": {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0], "KOR.delay_cost": [0.05, 0.2]},
}


@pytest.fixture(scope="package")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of the sweep, not to be touched."""
    folder = tmp_path_factory.mktemp("swept") / "small"
    run_sweep(parse_design(DESIGN, "small", Path(), "small"), folder)
    return folder


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(swept, tmp_path / "small"))
