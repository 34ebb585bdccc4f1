"""A result folder from a stranger, of a grid of strategies crossed with a sample, or of a list: whatever stands in its
files, it is read rightly or refused in one line."""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.analysis.aggregate import analyse
from experiments.analysis.sentences import three_sentences
from experiments.page.replay import read_replay
from experiments.tables.manifest import read_manifest
from experiments.tables.reading import read_results
from model.errors import InputError
from tests.tools.program import assert_refused, edit, tree
from tests.tools.sampled_folder import SAMPLE, change_manifest, sweep
from tests.tools.strange import CELLS, STRANGE, refused, spoilt

GRID = {"KOR.strategy": ["myopic", "deadline"]}
POINTS = [{"headline_value": 0.0, "KOR.strategy": "myopic"}, {"headline_value": 0.03, "KOR.strategy": "deadline"}]
NAMES = ("", "x", "3", "../../x", "[/b] $\\frac$", "a\u200db\u00a0c")
ANYTHING = tuple(value for value in STRANGE if not {"nan", "inf"} & set(re.findall("[a-z]+", repr(value))))
FITS: dict[str, tuple[Any, ...]] = {
    "design.list": (),
    "design.sample": (None,),  # then it is a list
    "design.sample.points": (),
    "design.sample.method": ANYTHING,
    "design.ranges": (),
    "design.ranges.headline_value": (),
    "design.until": (*NAMES, None),  # text: points may have fewer runs, but here they have all
    "design.grid": (),
    "design.grid.KOR.strategy": (),
    "saved": (None,),
    "row_format": (None,),
    "defaults": ({}, None),
    "runs": (),
    "points": (),
}
READ = {  # the columns that are read
    "points.csv": ("point", "KOR.strategy", "headline_value", "replicates"),
    "list.csv": ("headline_value", "delay_cost"),
    "summary.csv": ("point", "country", "runs", "p_deal", "payoff_bn_mean", "days_waited_se"),
}
TAKEN = {
    ("points.csv", "replicates"): (),
    ("points.csv", "KOR.strategy"): (),
    ("list.csv", "headline_value"): (),
    ("summary.csv", "point"): (),
    ("summary.csv", "runs"): (),
    ("summary.csv", "payoff_bn_mean"): ("-1", "1.5", "100000"),
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("swept") / "small", grid=GRID, **SAMPLE)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("listed") / "small", list=POINTS)


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(swept, tmp_path / "small"))


def analysed(folder: Path) -> None:
    three_sentences(analyse(read_results(folder)))


def replayed(folder: Path) -> None:
    read_replay(str(folder), 30, 3)


def spoilt_grid(folder: Path) -> Iterator[Any]:
    """The strange values for the values of a factor whose name has a point in it."""
    whole = (folder / "manifest.json").read_text()
    for value in STRANGE:
        (folder / "manifest.json").write_text(whole)
        set_in(folder, "design", "grid", "KOR.strategy", value=value)
        yield value


@pytest.mark.parametrize("entry", FITS)
def test_of_a_manifest_what_fits_is_taken(folder: Path, entry: str) -> None:
    values = spoilt_grid(folder) if entry.startswith("design.grid.") else spoilt(folder, entry)
    taken = []
    for value in values:
        taken += [] if refused(analysed, folder) else [value]
        refused(replayed, folder)
    assert list(map(repr, taken)) == list(map(repr, FITS[entry]))


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in READ for column in READ[name]])
def test_a_cell_is_read_rightly_or_refused(folder: Path, name: str, column: str) -> None:
    lines = (folder / name).read_text().splitlines()
    place = lines[0].split(",").index(column)
    taken = []
    for cell in CELLS:
        cells = next(csv.reader([lines[9]]))
        cells[place] = cell
        (folder / name).write_text("\n".join([*lines[:9], ",".join(cells), *lines[10:]]) + "\n")
        taken += [] if refused(analysed, folder) else [cell]
        refused(replayed, folder)
    assert tuple(taken) == TAKEN.get((name, column), tuple(taken))


def spoil_list(folder: Path, old: str, new: str) -> None:
    edit(folder / "list.csv", lambda text: text.replace(old, new, 1))


def set_in(folder: Path, *keys: str, value: Any) -> None:
    def change(held: dict[str, Any]) -> None:
        for key in keys[:-1]:
            held = held[key]
        held[keys[-1]] = value

    change_manifest(folder, change)


NO_HEADER = "list.csv: its first line is not one of factors, each once"
BAD = {
    "no list": (lambda f: (f / "list.csv").unlink(), ["list.csv is missing"]),
    "another name": (lambda f: set_in(f, "design", "list", value="../list.csv"), ["manifest.json: design.list"]),
    "an unknown factor": (lambda f: spoil_list(f, "delay_cost", "delay cost"), [NO_HEADER]),
    "a factor twice": (lambda f: spoil_list(f, "delay_cost", "headline_value"), [NO_HEADER]),
    "a factor of the grid": (lambda f: spoil_list(f, "delay_cost", "KOR.strategy"), ["manifest.json: design.ranges"]),
    "a row too few": (
        lambda f: edit(f / "list.csv", lambda text: "\n".join(text.splitlines()[:-1]) + "\n"),
        ["list.csv: 23 rows, 24 expected"],
    ),
    "a row too many": (lambda f: edit(f / "list.csv", lambda text: text + "0,0\n"), ["list.csv: 25 rows, 24 expected"]),
    "cut in mid-line": (lambda f: edit(f / "list.csv", lambda text: text[:-5]), ["list.csv: cut off in mid-line"]),
    "outside of its range": (
        lambda f: set_in(f, "design", "ranges", "headline_value", value=[0.0, 0.01]),
        ["list.csv: column headline_value is not that of manifest.json"],
    ),
    "a range upside down": (
        lambda f: set_in(f, "design", "ranges", "headline_value", value=[0.06, 0.0]),
        ["manifest.json: design.ranges"],
    ),
    "a strategy without a value": (
        lambda f: set_in(f, "design", "grid", value={"KOR.strategy": ["myopic", "bandwagon"]}),
        ["points.csv: column KOR.strategy is not that of manifest.json"],
    ),
    "a number among strategies": (
        lambda f: set_in(f, "design", "grid", value={"KOR.strategy": ["myopic", 3]}),
        ["manifest.json: design.grid"],
    ),
    "a strategy among numbers": (
        lambda f: set_in(f, "design", "grid", value={"inertia": ["myopic", "deadline"]}),
        ["manifest.json: design.grid"],
    ),
    "saved otherwise": (lambda f: set_in(f, "saved", value="everything"), ["manifest.json: saved"]),
    "in another format": (lambda f: set_in(f, "row_format", value="../parquet"), ["manifest.json: row_format"]),
    "of a later version": (lambda f: set_in(f, "format", value=4), ["which is newer than this program"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_what_does_not_fit_is_one_line_and_left_as_it_is(folder: Path, call: Any, fault: str) -> None:
    spoil, fragments = BAD[fault]
    spoil(folder)
    before = tree(folder)
    assert_refused(call("analyze", "small"), *fragments)
    assert tree(folder) == before


def test_points_are_those_of_the_list(listed: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(listed, tmp_path / "small"))
    analysed(folder)
    spoil_list(folder, "0.03", "0.04")
    with pytest.raises(InputError, match=r"points\.csv: column headline_value is not that of list\.csv"):
        read_results(folder)
    spoil_list(folder, "0.04", "inf")
    with pytest.raises(InputError, match=r"list\.csv: column headline_value"):
        read_results(folder)
    spoil_list(folder, "inf", "")
    with pytest.raises(InputError, match=r"list\.csv: column headline_value"):
        read_results(folder)
    spoil_list(folder, "\n,", "\n0.03,")
    spoil_list(folder, "deadline", "\x1b[31m")
    with pytest.raises(InputError) as failed:
        read_results(folder)
    assert str(failed.value).isprintable()


def test_what_readers_need(swept: Path, listed: Path) -> None:
    manifest = read_manifest(swept)
    assert manifest.varied == ("KOR.strategy", "headline_value", "delay_cost")
    assert (manifest.of_grid, manifest.listed, manifest.of_list) == (("KOR.strategy",), manifest.varied[1:], 24)
    assert manifest.ranges == {"headline_value": (0.0, 0.06), "delay_cost": (0.0, 0.2)}
    assert (manifest.saving.save, manifest.saving.row_format, manifest.until) == ("countries", "csv", None)
    assert manifest.runs == 48 * 6 == manifest.points * manifest.replicates
    found = read_manifest(listed)
    assert (found.of_grid, found.of_list, found.ranges) == ((), 2, {})
    results = read_results(swept)
    assert results.factors["headline_value"][24:].tolist() == results.factors["headline_value"][:24].tolist()
    assert results.factors["KOR.strategy"].tolist() == 24 * [0.0] + 24 * [1.0]
    assert results.default("KOR.strategy") == 0.0
