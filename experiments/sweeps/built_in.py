"""The designs that come with the program: their names, and what a listing says of each. No case is loaded for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.toml_file import parse_toml, read_text

DESIGNS_FOLDER = Path(__file__).parent.parent / "designs"


@dataclass(frozen=True)
class DesignHead:
    """A built-in design as a listing shows it."""

    name: str
    points: int
    replicates: int
    about: str


def built_in_designs() -> list[str]:
    """The names of the designs that come with the program."""
    return sorted(path.stem for path in DESIGNS_FOLDER.glob("*.toml"))


def design_heads() -> list[DesignHead]:
    """Every built-in design, in the order of their names."""
    heads = []
    for name in built_in_designs():
        path = DESIGNS_FOLDER / f"{name}.toml"
        table = parse_toml(read_text(path), path.name)
        heads.append(DesignHead(name, count_points(table["grid"]), table["replicates"], table["about"]))
    return heads


def count_points(grid: Mapping[str, Any]) -> int:
    """Points of a full grid as written: its factors' values are lists, or { from, to, steps }."""
    return math.prod(len(values) if isinstance(values, list) else values["steps"] for values in grid.values())
