"""A folder that is none, or that is damaged, is refused in a line and left as it is."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.tables.reading import read_results
from model.errors import InputError
from tests.tools.program import Call, assert_refused, edit, tree


def cut_in_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-25])


def cut_between_lines(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))


def fail_every_run(folder: Path) -> None:
    edit(folder / "runs.csv", lambda t: t.replace('"ok"', '"failed"'))
    edit(folder / "countries.csv", lambda t: t.splitlines()[0] + "\n")


BAD: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), ["holds no finished sweep", "manifest.json"]),
    "manifest cut": (lambda f: edit(f / "manifest.json", lambda t: t[:200]), ["manifest.json", "malformed JSON"]),
    "manifest a list": (lambda f: (f / "manifest.json").write_text("[]"), ["manifest.json", "design.name"]),
    "manifest without countries": (
        lambda f: edit(f / "manifest.json", lambda t: t.replace('"countries"', '"x"')),
        ["case.countries is missing"],
    ),
    "no countries.csv": (lambda f: (f / "countries.csv").unlink(), ["countries.csv is missing", "run the sweep again"]),
    "no runs.csv": (lambda f: (f / "runs.csv").unlink(), ["runs.csv is missing", "tariff-pause sweep small"]),
    "missing column": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("payoff_bn", "payoff", 1)),
        ["countries.csv", "column payoff_bn is missing"],
    ),
    "missing factor": (
        lambda f: edit(f / "points.csv", lambda t: t.replace("headline_value", "x", 1)),
        ["points.csv", "column headline_value is missing"],
    ),
    "cut in mid-line": (lambda f: cut_in_line(f / "countries.csv"), ["countries.csv", "cut off in mid-line"]),
    "runs cut in mid-line": (lambda f: cut_in_line(f / "runs.csv"), ["runs.csv", "cut off in mid-line"]),
    "a line cut in the middle of the file": (
        lambda f: edit(f / "countries.csv", lambda t: re.sub(r"\n3,7,JPN,.*\n", "\n3,7,JPN,4\n", t)),
        ["countries.csv", "cut off or damaged"],
    ),
    "cut between lines": (lambda f: cut_between_lines(f / "countries.csv"), ["countries.csv", "1,797 rows, 1,800"]),
    "runs cut between lines": (lambda f: cut_between_lines(f / "runs.csv"), ["runs.csv", "297 rows, 300 expected"]),
    "points cut": (lambda f: cut_between_lines(f / "points.csv"), ["points.csv", "9 points, 12 expected"]),
    "text for a number": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n3,seven,JPN")),
        ["countries.csv", "seven"],
    ),
    "point that is not there": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n99,7,JPN")),
        ["point 99 is not in the manifest"],
    ),
    "country that is not there": (
        lambda f: edit(f / "countries.csv", lambda t: t.replace("\n3,7,JPN", "\n3,7,XXX")),
        ["country 'XXX'"],
    ),
    "every run failed": (
        fail_every_run,
        ["every run failed", "runs.csv says why"],
    ),
    "empty countries.csv": (lambda f: (f / "countries.csv").write_text(""), ["column point is missing"]),
    "not text": (lambda f: (f / "countries.csv").write_bytes(b"\xff\xfe\x00\n"), ["cut off or damaged"]),
    "damaged measures.csv": (lambda f: (f / "measures.csv").write_text("point,value\n1,2\n"), ["measures.csv"]),
    "figures a file": (lambda f: (f / "figures").write_text("x"), ["figures", "not a folder"]),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_folder_is_refused_in_a_line_and_left_as_it_is(folder: Path, call: Call, fault: str) -> None:
    spoil, fragments = BAD[fault]
    spoil(folder)
    before = tree(folder)
    assert_refused(call("analyze", "small"), *fragments)
    assert tree(folder) == before


@pytest.mark.parametrize(
    ("name", "fragment"),
    [("nowhere", "no such folder"), ("small/points.csv", "not a folder"), (".", "holds no finished sweep")],
)
@pytest.mark.usefixtures("folder")
def test_what_is_no_result_folder(call: Call, name: str, fragment: str) -> None:
    assert_refused(call("analyze", name), name, fragment)


def test_curated_results_say_to_run_the_sweep_again(call: Call) -> None:
    curated = Path(__file__).resolve().parents[2] / "results" / "kept" / "first_mover"
    if (curated / "countries.csv").exists():
        pytest.skip("the whole sweep is there")
    assert_refused(call("analyze", str(curated)), "is missing", "tariff-pause sweep first_mover --out DIR")


def test_unreadable_table_is_one_line(folder: Path) -> None:
    (folder / "countries.csv").unlink()
    (folder / "countries.csv").mkdir()
    with pytest.raises(InputError, match=r"countries\.csv is missing"):
        read_results(folder)
