"""The designs that come with the program: their names, and what a listing says of each. No case is loaded for it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.sweeps.list_file import read_list_file
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
        heads.append(DesignHead(name, count_points(table, path.parent), table["replicates"], table["about"]))
    return heads


def count_points(table: Mapping[str, Any], folder: Path) -> int:
    """Points of a design as written: every combination of its grid with every row of its sample or its list."""
    rows = table["sample"]["points"] if "sample" in table else 1
    if "list" in table:
        rows = len(read_list_file(folder / table["list"], table["list"]).rows)
    return rows * math.prod(values_in(table.get("grid", {})))


def values_in(grid: Mapping[str, Any]) -> Iterator[int]:
    """How many values each factor of a grid takes: a list, or { from, to, steps }; a country's table holds factors."""
    for values in grid.values():
        if isinstance(values, list):
            yield len(values)
        elif "steps" in values:
            yield values["steps"]
        else:
            yield from values_in(values)
