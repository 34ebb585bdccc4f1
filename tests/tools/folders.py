"""Result folders in tests: small designs, what a folder holds, and whether two folders hold the same."""

import json
from pathlib import Path
from typing import Any

from experiments.sweeps.design import Design
from experiments.sweeps.design_file import parse_design
from experiments.tables.changeover import UNFINISHED

MYOPIC = {"name": "quick", "replicates": 9, "seed": 3, "strategy": "myopic", "grid": {"delay_cost": [0.0, 0.1]}}


def small_design(**changes: Any) -> Design:
    """Two points of nine runs of the myopic six, or what is changed of it."""
    return parse_design({**MYOPIC, **changes}, "test", Path(), "quick")


def result(folder: Path) -> dict[str, Any]:
    """All files of a finished folder by name, the manifest without its section on the run; nothing hidden is left."""
    held: dict[str, Any] = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    manifest = json.loads(held["manifest.json"])
    del manifest["run"]
    assert not (folder / UNFINISHED).exists()
    return {**held, "manifest.json": manifest}
