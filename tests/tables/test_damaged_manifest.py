"""A manifest is read in one place, which refuses whatever is wrong with it in one line."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from experiments.tables.manifest import MANIFEST, read_document, read_manifest
from model.errors import InputError

GOOD: dict[str, Any] = {
    "design": {
        "name": "small",
        "case": "six",
        "replicates": 5,
        "seed": 1,
        "strategy": {"default": "myopic"},
        "fixed": {"inertia": 0.1},
        "grid": {"delay_cost": [0.0, 0.1]},
    },
    "identity": "0123456789abcdef",
    "parameters": {"delay_cost": 0.05},
    "window": {"window_days": 90.0, "extension_probability": 0.0, "a_number_of_tomorrow": 3},
    "case": {"name": "six", "sha256": "0" * 64, "countries": ["KOR", "JPN"], "dates": {"KOR": 54.0}},
    "seeds": {"seed": 1, "replicates": [0, 4]},
    "points": 2,
    "runs": 10,
    "rule_hash": "0" * 16,
    "versions": {"python": "3.11.7"},
    "wall_seconds": 1.0,
}
NUMBERS: tuple[Any, ...] = (None, True, -1, 0, 1.5, 1e999, -1e400, float("nan"), 10**400)
TEXTS: tuple[Any, ...] = ("", "x", "two\nlines", "\ud800", "\x1b[31m")
LISTS: tuple[Any, ...] = ([], [1], [None], ["KOR", "KOR"], ["K\nR"], [[[]]])
OBJECTS: tuple[Any, ...] = ({}, {"": 1}, {"a\nb": 1}, {"KOR": "x"}, {"KOR": {}})


def write(folder: Path, manifest: Any) -> Path:
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def paths(value: Any, *above: str) -> list[tuple[str, ...]]:
    """Where every entry of a document lies."""
    found = [above] if above else []
    if isinstance(value, dict):
        found += [path for key, one in value.items() for path in paths(one, *above, key)]
    return found


def test_what_readers_need(tmp_path: Path) -> None:
    manifest = read_manifest(write(tmp_path, GOOD))
    assert (manifest.name, manifest.case, manifest.countries) == ("small", "six", ("KOR", "JPN"))
    assert (manifest.varied, manifest.fixed, manifest.seed) == (("delay_cost",), ("inertia",), 1)
    assert (manifest.points, manifest.replicates, manifest.runs) == (2, 5, 10)
    assert manifest.window["window_days"] == 90
    assert manifest.design == GOOD["design"]


@pytest.mark.parametrize("path", paths(GOOD), ids=".".join)
def test_an_absurd_entry_is_one_line_or_not_needed(tmp_path: Path, path: tuple[str, ...]) -> None:
    for value in (*NUMBERS, *TEXTS, *LISTS, *OBJECTS):
        spoiled = copy.deepcopy(GOOD)
        at = spoiled
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        refused_or_read(write(tmp_path, spoiled))
        del at[path[-1]]
        refused_or_read(write(tmp_path, spoiled))


def refused_or_read(folder: Path) -> None:
    """Either it is read, every entry with its type, or it is refused in one printable line."""
    try:
        manifest = read_manifest(folder)
    except InputError as error:
        assert str(error).isprintable() and str(error).startswith(str(folder)), str(error)
        return
    assert isinstance(manifest.points, int) and isinstance(manifest.replicates, int)
    assert all(name.isprintable() for name in (*manifest.countries, *manifest.varied, *manifest.fixed))
    assert all(isinstance(number, int | float) and abs(number) < 1e300 for number in manifest.window.values())


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '{"design": []}', '{"design": NaN}', "[" * 100_000])
def test_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    for read in (read_manifest, lambda folder: read_document(folder / MANIFEST)):
        with pytest.raises(InputError, match="run the sweep again") as refused:
            read(tmp_path)
        assert "\n" not in str(refused.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="malformed JSON"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(("name", "message"), [("nowhere", "no such folder"), (MANIFEST, "not a folder")])
def test_no_folder(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_manifest(write(tmp_path, GOOD) / name)
