"""Replicates are added to a finished sweep: the same bytes as if all had been asked for at once."""

import json
import shutil
from pathlib import Path

import pytest

from agents.policy import Prepared
from agents.strategy_factors import Point
from experiments.sweeps import blocks
from experiments.sweeps.recipe import Recipe
from experiments.sweeps.sharing import Shared
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from model.errors import InputError
from tests.tools.folders import result, small_design
from tests.tools.program import Call, assert_refused, tree

DESIGN_FILE = 'name = "quick"\nreplicates = 9\nseed = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1, 0.2]\n'


class Stopped(Exception):
    """In the place of whatever may end a sweep."""


@pytest.mark.parametrize(("first", "chunk"), [(1, 5000), (5, 4), (8, 4), (20, 7)])
def test_replicates_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int, chunk: int) -> None:
    """The same bytes as if all had been asked for at once, and only the missing ones are played."""
    monkeypatch.setattr(blocks, "BLOCK", chunk)
    few = small_design(replicates=first, measures=["hegemon_surplus", "clustering"])
    many = small_design(replicates=23, measures=["hegemon_surplus", "clustering"])
    run_sweep(many, tmp_path / "at_once")
    run_sweep(few, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine\n")
    manifest = run_sweep(many, tmp_path / "out")
    assert manifest["run"]["played"] == 2 * (23 - first)
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine\n"
    (tmp_path / "out" / "notes.txt").unlink()
    assert result(tmp_path / "out") == result(tmp_path / "at_once")


def test_replicates_added_on_the_command_line(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a point that failed before: it is played whole."""
    prepare_point = blocks.prepare_point

    def fail(recipe: Recipe, factors: Point, *shared: Shared) -> Prepared:
        if factors["delay_cost"] == 0.1:
            raise ValueError("no root")
        return prepare_point(recipe, factors, *shared)

    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    with monkeypatch.context() as broken:
        broken.setattr(blocks, "prepare_point", fail)
        assert call("sweep", "quick.toml", "--out", "out", "--no-figures").code == 2
    assert call("sweep", "quick.toml", "--out", "out", "--no-figures", "--replicates", "12").code == 0
    assert call("sweep", "quick.toml", "--out", "whole", "--no-figures", "--replicates", "12").code == 0
    assert result(tmp_path / "out") == result(tmp_path / "whole")
    before = tree(tmp_path / "out")
    assert_refused(
        call("sweep", "quick.toml", "--out", "out", "--replicates", "11"), "12 replicates; 11 are fewer", "--fresh"
    )
    assert tree(tmp_path / "out") == before


@pytest.mark.parametrize("items", range(1, 8))
def test_adding_that_is_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, items: int) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    monkeypatch.setattr(blocks, "BLOCK", 4)
    few, many = small_design(), small_design(replicates=15)
    run_sweep(many, tmp_path / "at_once")
    run_sweep(few, tmp_path / "out")
    before, seen = result(tmp_path / "out"), []

    def stop(*done: int) -> None:
        seen.append(done)
        if len(seen) == items:
            raise Stopped

    if items < 7:  # taken and two chunks at each of two points
        with pytest.raises(Stopped):
            run_sweep(many, tmp_path / "out", progress=stop)
        copy = Path(shutil.copytree(tmp_path / "out", tmp_path / "copy"))
        shutil.rmtree(copy / ".unfinished")
        assert result(copy) == before
    run_sweep(many, tmp_path / "out")
    assert result(tmp_path / "out") == result(tmp_path / "at_once")


def test_rows_are_taken_over_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.tables import earlier

    monkeypatch.setattr(earlier, "BLOCK", 50)
    few, many = small_design(), small_design(replicates=15)
    run_sweep(many, tmp_path / "at_once")
    run_sweep(few, tmp_path / "out")
    run_sweep(many, tmp_path / "out")
    assert result(tmp_path / "out") == result(tmp_path / "at_once")


def test_a_result_that_changes_under_the_plan_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.sweeps import sweep

    run_sweep(small_design(), tmp_path / "out")
    monkeypatch.setattr(sweep, "fingerprint", lambda folder: "another")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="has been replaced by another process just now; start again"):
        run_sweep(small_design(replicates=15), tmp_path / "out")
    assert tree(tmp_path) == before


def test_an_older_result_has_too_little_to_add_to(call: Call, tmp_path: Path) -> None:
    """A manifest without format number, list of files and moments: it is finished, and stays as it is."""
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    assert call("sweep", "quick.toml", "--out", "out", "--no-figures").code == 0
    path = tmp_path / "out" / "manifest.json"
    held = json.loads(path.read_text())
    for name in ("format", "files", "run", "failed_points"):
        del held[name]
    path.write_text(json.dumps(held))
    for name in ("case.toml", "moments.bin"):
        (tmp_path / "out" / name).unlink()
    before = tree(tmp_path)
    assert "holds this sweep, finished" in call("sweep", "quick.toml", "--out", "out", "--no-figures").out
    refused = call("sweep", "quick.toml", "--out", "out", "--replicates", "12")
    assert_refused(refused, f"tariff-pause {held['versions']['tariff-pause']}", "--fresh")
    assert tree(tmp_path) == before
    held["format"] = 99
    path.write_text(json.dumps(held))
    assert_refused(call("sweep", "quick.toml", "--out", "out"), "newer than this program")
    assert_refused(call("analyze", "out"), "newer than this program")
