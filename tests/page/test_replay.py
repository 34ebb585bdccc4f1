"""Replay: any stored run is rebuilt and compared; what is missing, changed or damaged is said."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from experiments import cli
from experiments.page.app import draw
from experiments.page.replay import read_replay
from experiments.page.session import Session
from experiments.page.story import read_story
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.folder import MANIFEST
from model.errors import InputError

DESIGN = """
replicates = 5
seed = 11
strategy = { default = "equilibrium", KOR = "wait_and_see" }
[fixed]
delay_cost = 0.1
[grid]
headline_value = [0.0, 0.05]
"KOR.domestic_constraint" = [0.0, 1.0]
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """The result folder of a small sweep."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "small.toml").write_text(DESIGN)
    run_sweep(load_design(str(folder / "small.toml")), folder / "small", threads=1)
    return folder / "small"


@pytest.fixture
def folder(swept, tmp_path) -> Path:
    """A copy of it, to damage."""
    return Path(shutil.copytree(swept, tmp_path / "copy"))


def notices(folder: Path, point: int = 2, replicate: int = 3) -> str:
    """What a page that replays this row says."""
    session = Session(read_replay(str(folder), point, replicate))
    return draw(session, read_story(session.model))["notices"]


def edit_manifest(folder: Path, *keys: str, value: object) -> None:
    held = json.loads((folder / MANIFEST).read_text())
    at = held
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    (folder / MANIFEST).write_text(json.dumps(held))


def without_its_case(folder: Path, name: str) -> None:
    """As of a sweep by an older version of the program, whose case file is gone."""
    edit_manifest(folder, "design", "case", value=name)
    (folder / "case.toml").unlink()


def test_a_run_of_some_countries_is_played_again(tmp_path):
    text = DESIGN.replace("[fixed]", 'countries = ["TWN", "KOR"]\n[fixed]')
    (tmp_path / "some.toml").write_text(text)
    run_sweep(load_design(str(tmp_path / "some.toml")), tmp_path / "some", threads=1)
    start = read_replay(str(tmp_path / "some"), 3, 2)
    assert (start.case, start.countries) == ("all", ["TWN", "KOR"])
    session = Session(start)
    assert session.verdict is not None and session.verdict.equal
    assert "cannot be guaranteed" not in notices(tmp_path / "some", 3, 2)
    edit_manifest(tmp_path / "some", "design", "countries", value=["TWN", "XXX"])
    with pytest.raises(InputError, match=r"cannot be rebuilt here: manifest\.json: countries: unknown country 'XXX'"):
        read_replay(str(tmp_path / "some"), 3, 2)


@pytest.mark.parametrize("point", range(4))
@pytest.mark.parametrize("replicate", [0, 4])
def test_any_row_is_played_again(swept, point, replicate):
    session = Session(read_replay(str(swept), point, replicate))
    assert session.verdict is not None and session.verdict.equal
    session.act({"action": "finish"})
    with (swept / "countries.csv").open() as file:
        stored = [
            row for row in csv.DictReader(file) if (int(row["point"]), int(row["replicate"])) == (point, replicate)
        ]
    for row, shown in zip(stored, read_story(session.model).rows, strict=True):
        assert row["country"] == shown.iso3
        assert row["deal_day"] == ("" if shown.deal_day is None else str(shown.deal_day))
        assert float(row["tariff_final"]) == shown.now and int(row["called_count"]) == len(shown.calls)
    said = draw(session, read_story(session.model))["notices"]
    assert "equals the stored row" in said and "cannot be guaranteed" not in said


@pytest.mark.parametrize(
    ("keys", "value", "doubt"),
    [
        (("rule_hash",), "0" * 16, "the rules of the model have changed"),
        (("case", "sha256"), "0" * 64, "the file of case six has changed"),
        (("versions", "numpy"), "1.0", "numpy was 1.0, is "),
        (("versions",), {}, "was not noted"),
    ],
)
def test_what_cannot_be_guaranteed_is_said(folder, keys, value, doubt):
    edit_manifest(folder, *keys, value=value)
    said = notices(folder)
    assert "It cannot be guaranteed: " in said and doubt in said and "equals the stored row" in said


@pytest.mark.parametrize(
    ("column", "value"), [("deal_day", "89"), ("payoff_bn", "1.5"), ("package", "lean"), ("deal_rank", "")]
)
def test_another_outcome_than_the_stored_one_is_said(folder, column, value):
    path = folder / "countries.csv"
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if (row["point"], row["replicate"], row["country"]) == ("2", "3", "VNM"):
            assert row[column] != value and row["deal_day"]
            row[column] = value
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert f"It is not the stored row: {column} of VNM was" in notices(folder)
    assert "equals the stored row" in notices(folder, replicate=2)


def test_without_countries_csv_the_run_is_played_and_not_compared(folder):
    (folder / "countries.csv").unlink()
    assert "It cannot be compared with the stored row: countries.csv is not in the folder." in notices(folder)


def test_a_run_is_rebuilt_from_the_manifest_alone(folder):
    (folder / "points.csv").unlink()
    start = read_replay(str(folder), 2, 3)
    assert start.overrides == {"headline_value": 0.05, "KOR.domestic_constraint": 0.0, "delay_cost": 0.1}
    assert start.strategy == {"default": "equilibrium", "KOR": "wait_and_see"}


def test_a_changed_setting_is_no_longer_the_stored_run(swept):
    session = Session(read_replay(str(swept), 2, 3))
    session.act({"action": "value", "factor": "headline_value", "value": 0.01})
    assert "No longer the stored run" in draw(session, read_story(session.model))["notices"]
    address = session.chosen.address(session.start, 5)
    again = Session(read_replay(str(swept), 2, 3), address)
    assert again.chosen == session.chosen and again.played == 5 and again.chosen.replicate == 3
    session.act({"action": "restore"})
    assert "equals the stored row" in draw(session, read_story(session.model))["notices"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--point", "4"], "--point 4: {folder} has the points 0 to 3"),
        (["--replicate", "5"], "--replicate 5: {folder} has the replicates 0 to 4"),
        (["--point", "-1"], "--point -1"),
        (["--case", "six"], "--replay: --case cannot be given too"),
        (["--seed", "3"], "--replay: --seed cannot be given too"),
        (["--set", "delay_cost=0.1", "--strategy", "myopic"], "--replay: --set, --strategy cannot be given too"),
    ],
)
def test_a_row_that_is_not_there_is_one_line(swept, arguments, message, capsys, monkeypatch):
    command = ["tariff-pause", "view", "--no-open", "--port", "0", "--replay", str(swept), *arguments]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == ""
    assert said.err.startswith("error: " + message.format(folder=swept)) and said.err.count("\n") == 1


def test_a_point_without_a_folder_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tariff-pause", "view", "--no-open", "--point", "1"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err == "error: --point and --replicate need --replay DIR\n"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no such folder"),
        (lambda folder: (folder / MANIFEST).unlink(), "holds no finished sweep (no manifest.json)"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "manifest.json: cut off or damaged (malformed JSON)"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "design.name is missing or not what a sweep writes"),
        (lambda folder: edit_manifest(folder, "seeds", value=3), "seeds.seed is missing or not what a sweep writes"),
        (lambda folder: edit_manifest(folder, "points", value=9), "points is missing or not what a sweep writes"),
        (lambda folder: edit_manifest(folder, "design", "grid", value={"inertia": [0.1]}), "points is missing or not"),
        (
            lambda folder: edit_manifest(folder, "design", "grid", value={"inertia": 0.1}),
            "design.grid is missing or not",
        ),
        (lambda folder: without_its_case(folder, "sixx"), "cannot be rebuilt here: "),
        (lambda folder: edit_manifest(folder, "design", "strategy", value={"KOR": "gone"}), "cannot be rebuilt here: "),
        (lambda folder: (folder / "countries.csv").write_text("point,replicate\n0,0\n"), "has no row of point 2"),
        (lambda folder: (folder / "countries.csv").write_text(""), "countries.csv cannot be read"),
    ],
)
def test_a_damaged_folder_is_one_line(folder, damage, message):
    damage(folder)
    with pytest.raises(InputError) as caught:
        read_replay(str(folder), 2, 3)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"--replay {folder}")


def test_a_run_that_failed_when_it_was_stored_is_one_line(folder):
    for name in ("countries.csv", "runs.csv"):
        path = folder / name
        lines = path.read_text().splitlines()
        kept = [line for line in lines if not line.startswith("2,3,")]
        path.write_text("\n".join([*kept, *(["2,3,failed,no memory,,,,,,"] if name == "runs.csv" else [])]) + "\n")
    with pytest.raises(InputError, match="that run failed when it was stored: no memory"):
        read_replay(str(folder), 2, 3)
