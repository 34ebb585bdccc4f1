"""Any stored row again, in the shell: what `run --replay` shows is what the sweep stored, and why each call went so."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from model.case_file import load_case
from tests.tools.program import Call, assert_refused, read_csv

DESIGN = """
case = "own.toml"
replicates = 4
seed = 9223372036854775807
strategy = { default = "equilibrium", KOR = "wait_and_see" }
[fixed]
delay_cost = 0.1
[grid]
headline_value = [0.0, 0.05]
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of a case of the user's own; the seed is too large for a browser."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "own.toml").write_text(load_case("six").text)
    (folder / "mine.toml").write_text(DESIGN)
    run_sweep(load_design(str(folder / "mine.toml")), folder / "out")
    return folder


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    """The result, taken elsewhere; the case file of the design is edited afterwards, then gone."""
    return Path(shutil.copytree(swept / "out", tmp_path / "out"))


@pytest.mark.parametrize("point", [0, 1])
@pytest.mark.parametrize("replicate", [0, 3])
def test_a_stored_row_is_played_again(call: Call, folder: Path, point: int, replicate: int) -> None:
    report = call("run", "--replay", "out", "--point", str(point), "--replicate", str(replicate), "--json").json
    assert report["replay"]["equal"] is True
    assert report["replay"]["doubts"] == []
    assert (report["seed"], report["replicate"]) == (2**63 - 1, replicate)
    assert report["overrides"] == {"headline_value": [0.0, 0.05][point], "delay_cost": 0.1}
    stored = read_csv(folder / "countries.csv")
    stored = stored[(stored["point"] == point) & (stored["replicate"] == replicate)]
    assert [row["payoff_bn"] for row in report["countries"]] == list(stored["payoff_bn"])
    assert report["countries"][0]["strategy"] == "wait_and_see"


def test_the_same_run_without_a_folder(call: Call, folder: Path, swept: Path) -> None:
    stored = call("run", "--replay", "out", "--point", "1", "--replicate", "2", "--json").json
    free = call(
        "run", "--case", str(swept / "own.toml"), "--seed", str(2**63 - 1), "--replicate", "2", "--strategy",
        "KOR=wait_and_see", "--set", "headline_value=0.05", "--set", "delay_cost=0.1", "--json",
    ).json  # fmt: skip
    assert stored["countries"] == free["countries"]


@pytest.mark.parametrize("fate", ["edited", "gone"])
def test_it_is_the_same_after_the_case_file_was_edited_or_moved(
    call: Call, folder: Path, swept: Path, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    before = call("run", "--replay", "out", "--json").json
    path = swept / "own.toml"
    text = path.read_text()
    try:
        path.write_text(text.replace("0.3817", "0.3")) if fate == "edited" else path.unlink()
        after = call("run", "--replay", "out", "--json").json
    finally:
        path.write_text(text)
    assert after == before
    assert after["replay"]["equal"] is True


def test_an_edited_copy_of_the_case_is_said(call: Call, folder: Path, swept: Path) -> None:
    (folder / "case.toml").write_text((folder / "case.toml").read_text() + "\n# mine\n")
    path = swept / "own.toml"
    text = path.read_text()
    try:
        path.unlink()
        said = call("run", "--replay", "out").out
    finally:
        path.write_text(text)
    assert "equals the stored row" in said
    assert "It cannot be guaranteed: the file of case" in said


def test_it_is_said_below_the_table(call: Call, folder: Path) -> None:
    called = call("run", "--replay", "out", "--point", "1", "--explain", "KOR")
    assert (called.code, called.err) == (0, "")
    assert "Point 1, replicate 0. Its outcome equals the stored row, column by column.\n" in called.out
    held = json.loads((folder / "manifest.json").read_text())
    held["rule_hash"] = "0" * 16
    (folder / "manifest.json").write_text(json.dumps(held))
    assert "It cannot be guaranteed: the rules of the model have changed." in call("run", "--replay", "out").out


def test_each_call_with_what_moving_and_waiting_were_worth(call: Call, folder: Path, tmp_path: Path) -> None:
    ask = ("run", "--replay", "out", "--point", "1", "--replicate", "3")
    report = call(*ask, "--explain", "JPN", "--calls", "calls.csv", "--json").json
    with (tmp_path / "calls.csv").open() as file:
        rows = list(csv.DictReader(file))
    called = {row["country"]: row["called_count"] for row in report["countries"]}
    assert {iso3: sum(row["country"] == iso3 for row in rows) for iso3 in called} == called
    own = [row for row in rows if row["country"] == "JPN"]
    for row, account in zip(own, report["explanation"], strict=True):
        for name in ("moving", "waiting", "advantage", "probability", "signing"):
            assert row[name] == "" if account[name] is None else float(row[name]) == account[name]
        assert row["answer"] == account["answer"]


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--replay", "out", "--seed", "0"), ["--replay: --seed cannot be given too"]),
        (("--replay", "out", "--case", "six", "--set", "delay_cost=0"), ["--case, --set cannot be given too"]),
        (("--replay", "out", "--point", "2"), ["--point 2: out has the points 0 to 1"]),
        (("--replay", "out", "--replicate", "4"), ["--replicate 4: out has the replicates 0 to 3"]),
        (
            (
                "--replay",
                "nowhere",
            ),
            ["no such folder"],
        ),
        (("--point", "0"), ["--point needs --replay DIR"]),
        (("--replicate", "-1"), ["--replicate -1"]),
        (("--replay", "out", "--explain", "KOX"), ["KOX"]),
    ],
)
def test_what_cannot_be_played_is_one_line(
    call: Call, folder: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    assert_refused(call("run", *arguments), *fragments)
