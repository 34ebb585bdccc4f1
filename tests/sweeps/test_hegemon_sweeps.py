"""Sweeps against a hegemon that plays: its strategy in the manifest, replays, interruptions, and nothing at stake."""

import os
import re
from pathlib import Path

import pytest

from agents.hegemon_strategies import HEGEMON_CATALOGUE
from experiments.sweeps import blocks, sweep
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables.manifest import read_manifest
from experiments.tables.schema import BN
from tests.sweeps.test_resume import Stopped, stop_after
from tests.tools.folders import result
from tests.tools.program import Call, assert_refused, read_csv

DESIGN = """
case = "{case}"
replicates = 9
seed = 3
measures = ["implied_patience", "payoff", "hegemon_choices"]
measured = ["KOR"]
strategy = {{ default = "equilibrium", hegemon = "{hegemon}", AUS = "myopic" }}
[fixed]
delay_cost = 0.05
[grid]
headline_value = [0.0, 0.03]
"""
PLAYING = ("choosing", "forward_looking")


@pytest.fixture(autouse=True)
def an_entry_after_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    monkeypatch.setattr(blocks, "BLOCK", 4)
    monkeypatch.setattr(sweep, "git_commit", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def design(folder: Path, hegemon: str, case: str = "six") -> Design:
    path = folder / "mine.toml"
    path.write_text(DESIGN.format(hegemon=hegemon, case=case))
    return load_design(str(path))


@pytest.mark.parametrize("hegemon", HEGEMON_CATALOGUE)
def test_a_stored_run_is_played_again(call: Call, tmp_path: Path, hegemon: str) -> None:
    """The manifest names the strategy, and the replay gives the stored row."""
    run_sweep(design(tmp_path, hegemon), tmp_path / "out")
    assert read_manifest(tmp_path / "out").design["strategy"] == {
        "default": "equilibrium",
        "hegemon": hegemon,
        "AUS": "myopic",
    }
    stored = read_csv(tmp_path / "out" / "countries.csv").set_index(["point", "replicate"])
    for point, replicate in ((0, 0), (1, 8)):
        report = call("run", "--replay", "out", f"--point={point}", f"--replicate={replicate}", "--json").json
        assert report["replay"]["equal"] is True
        assert report["hegemon"]["strategy"] == hegemon
        assert [row["payoff_bn"] for row in report["countries"]] == list(stored.loc[(point, replicate), "payoff_bn"])


def test_the_hegemon_is_part_of_what_a_design_is(call: Call, tmp_path: Path) -> None:
    """A folder of one hegemon is not taken over by another."""
    run_sweep(design(tmp_path, "choosing"), tmp_path / "out")
    design(tmp_path, "forward_looking")
    assert_refused(call("sweep", "mine.toml", "--out", "out"), "out")


@pytest.mark.parametrize("hegemon", PLAYING)
@pytest.mark.parametrize("items", [1, 3, 6])
def test_an_interrupted_sweep_goes_on_to_the_same_bytes(tmp_path: Path, hegemon: str, items: int) -> None:
    ready = design(tmp_path, hegemon)
    run_sweep(ready, tmp_path / "whole", threads=1)
    with pytest.raises(Stopped):
        run_sweep(ready, tmp_path / "out", threads=1, progress=stop_after(items))
    run_sweep(ready, tmp_path / "out", threads=2)
    assert result(tmp_path / "out") == result(tmp_path / "whole")


@pytest.mark.parametrize("hegemon", PLAYING)
def test_nothing_at_stake(call: Call, tmp_path: Path, hegemon: str) -> None:
    """Nobody signs, nothing is paid, and no cell is a number that is none."""
    option = f"--strategy=hegemon={hegemon}"
    ran = call("run", "--case", "free_trade", option, "--json").json
    solved = call("solve", "--case", "free_trade", option, "--regret", "--json").json
    assert ran["hegemon"]["deals"] == ran["hegemon"]["surplus_bn"] == solved["hegemon"]["surplus_bn_mean"] == 0
    assert solved["hegemon_regret_bn"] == 0
    assert all(row["p_deal"] == row["payoff_bn_mean"] == 0 for row in solved["countries"])
    measured = call("measures", "--case", "free_trade", option, "--json").json
    assert {row["value"] for row in measured["measures"] if row["unit"] == BN} <= {None, 0}
    for command in ("run", "solve", "measures"):
        called = call(command, "--case", "free_trade", option)
        assert (called.code, called.err) == (0, "") and "nan" not in called.out.lower()
    run_sweep(design(tmp_path, hegemon, "free_trade"), tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        assert "nan" not in re.split(r"[,\n]", path.read_text().lower()), path
    assert (read_csv(tmp_path / "out" / "runs.csv")["deals"] == 0).all()
