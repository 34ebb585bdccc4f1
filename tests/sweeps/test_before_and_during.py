"""What a sweep says before it begins, and of a folder on the way."""

import json
import re
from pathlib import Path

import pytest

from experiments.sweeps import blocks
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables.changeover import UNFINISHED
from tests.tools.folders import small_design
from tests.tools.program import Call, assert_refused, tree

DESIGN_FILE = 'name = "quick"\nreplicates = 3000\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'


class Stopped(Exception):
    """In the place of whatever may end a sweep."""


def stop(points: int, all_points: int, runs: int, all_runs: int) -> None:
    if runs == 6:
        raise Stopped


@pytest.fixture
def unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    monkeypatch.setattr(blocks, "BLOCK", 3)
    with pytest.raises(Stopped):
        run_sweep(small_design(), tmp_path / "out", progress=stop)
    return tmp_path / "out"


def test_dry_run_says_points_runs_time_and_bytes_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    before = tree(tmp_path)
    called = call("sweep", "quick.toml", "--dry-run")
    assert (called.code, called.err) == (0, "")
    assert tree(tmp_path) == before
    assert "2 points x 3,000 replicates = 6,000 runs, into results/quick/" in called.out
    assert re.search(r"about [\d.]+ (s|min|h) on \d+ cores", called.out)
    said = re.search(r"about ([\d.]+) MB in runs.csv and countries.csv", called.out)
    assert said is not None
    size = float(said[1])
    call("sweep", "quick.toml", "--no-figures")
    written = sum((tmp_path / "results" / "quick" / name).stat().st_size for name in ("runs.csv", "countries.csv"))
    assert size == pytest.approx(written / 1e6, rel=0.15)


def test_dry_run_counts_measures_and_more_replicates(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE.replace("[grid]", 'measures = ["hegemon_surplus"]\n[grid]'))
    called = call("sweep", "quick.toml", "--dry-run", "--replicates", "1_000_000_000".replace("_", ""))
    assert "2,000,000,000 runs" in called.out
    assert ", measures " in called.out
    assert re.search(r"about [\d.]+ TB", called.out)


def test_status_of_a_folder_on_the_way(unfinished: Path, call: Call) -> None:
    before = tree(unfinished)
    called = call("sweep", "--status", "out")
    assert (called.code, called.err) == (0, "")
    assert "out: unfinished sweep quick: 0 of 2 points, 6 of 18 runs (33 %), 0 failed, " in called.out
    assert "runs/s, about " in called.out
    assert "nobody works on it; the same command goes on with it" in called.out
    assert tree(unfinished) == before


def test_status_of_a_finished_folder(unfinished: Path, call: Call) -> None:
    run_sweep(small_design(), unfinished)
    assert call("sweep", "--status", "out").out == "out: finished sweep quick: 18 runs at 2 points, 0 failed\n"


def test_status_of_a_finished_folder_with_an_unfinished_one_beside_it(unfinished: Path, call: Call) -> None:
    run_sweep(small_design(), unfinished)
    with pytest.raises(Stopped):
        run_sweep(small_design(seed=8), unfinished, fresh=True, progress=stop)
    lines = call("sweep", "--status", "out").out.splitlines()
    assert [line.split(" sweep")[0] for line in lines] == [
        "out: unfinished", "nobody works on it; the same command goes on with it", "out: finished",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--status", "nowhere"), ["nowhere: no such folder"]),
        (("--status", "."), ["holds no sweep, finished or not"]),
        (("quickstart", "--status", "out"), ["a design cannot be given too"]),
        ((), ["which design"]),
    ],
)
def test_what_has_no_status_is_one_line(call: Call, arguments: tuple[str, ...], fragments: list[str]) -> None:
    assert_refused(call("sweep", *arguments), *fragments)


def test_status_of_an_edited_journal_is_one_line(unfinished: Path, call: Call) -> None:
    (unfinished / UNFINISHED / "journal.json").write_text("{}")
    assert_refused(call("sweep", "--status", "out"), "have been changed since")


def test_the_run_is_told_at_the_end_and_in_the_manifest(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    called = call("sweep", "quick.toml", "--no-figures")
    line = called.out.splitlines()[-1]
    run = json.loads((tmp_path / "results" / "quick" / "manifest.json").read_text())["run"]
    assert line.startswith(
        f"6,000 runs at 2 points in {run['seconds']:.1f} s ({run['runs_per_second']:,.0f} runs/s on "
    )
    assert set(run["seconds_by_work"]) == {"solving", "playing", "measuring", "writing", "waiting"}
    assert 0 < run["seconds_by_work"]["playing"] <= run["seconds"] * run["cores"]
