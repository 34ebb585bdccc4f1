"""Calling the program in tests: how a call ended, and what is asked of a refusal."""

import json
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

PROGRAM = Path(sysconfig.get_path("scripts")) / "tariff-pause"
SIX = ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")


@dataclass(frozen=True)
class Called:
    """How a call of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as strict JSON."""
        assert (self.code, self.err) == (0, "")
        return strict_json(self.out)


Call = Callable[..., Called]


def strict_json(text: str) -> Any:
    """JSON without NaN and Infinity, and without a key given twice."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), keys
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, hidden files too: a file's content, None for a folder and for other things."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def assert_refused(called: Called, *fragments: str) -> None:
    """Exit code 2, nothing on standard output, one line on standard error that starts with "error:"."""
    assert "Traceback" not in called.err
    assert called.code == 2
    assert called.out == ""
    assert called.err.startswith("error: ")
    assert called.err.endswith("\n")
    assert len(called.err.splitlines()) == 1, called.err
    for fragment in fragments:
        assert fragment in called.err


def read_csv(path: Path) -> pd.DataFrame:
    """Read by pandas, to the last bit of every number."""
    return pd.read_csv(path, engine="python")


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def read_tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """points.csv, runs.csv, and countries.csv with the factors of each point."""
    points, runs, countries = (pd.read_csv(folder / f"{name}.csv") for name in ("points", "runs", "countries"))
    return points, runs, countries.merge(points, on="point")


def assert_same_rows(frame: pd.DataFrame, rows: list[dict[str, Any]]) -> None:
    """A table read from CSV holds what the JSON rows hold; an empty cell is null, or an empty text."""
    assert list(frame.columns) == list(rows[0])
    assert len(frame) == len(rows)
    for position, row in enumerate(rows):
        for name, value in row.items():
            cell = frame.at[position, name]
            if value is None or value == "":
                assert pd.isna(cell), (position, name, cell)
            else:
                assert cell == value, (position, name, cell, value)
