"""That an equilibrium was not found is never hidden: in results, on the terminal, in documents."""

import json
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from model import solver
from model.crowd import solve_crowd

DESIGN = """
name = "many"
case = "eighteen"
replicates = 2
seed = 1
[grid]
delay_cost = [0.05, 0.2]
"""
COLUMNS = ["method", "residual", "iterations", "converged"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that gives up after two iterations."""
    monkeypatch.setattr(solver, "solve_crowd", partial(solve_crowd, max_iterations=2))


def sweep(tmp_path: Path, text: str) -> tuple[str, pd.DataFrame, dict]:
    """(standard error, points.csv, manifest) of a sweep."""
    (tmp_path / "design.toml").write_text(text)
    shown = CliRunner().invoke(
        app, ["sweep", str(tmp_path / "design.toml"), "--out", str(tmp_path / "out"), "--no-figures"]
    )
    assert shown.exit_code == 0, shown.output
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    return shown.stderr, pd.read_csv(tmp_path / "out" / "points.csv"), manifest


@pytest.mark.usefixtures("impatient")
def test_a_sweep_says_where_it_did_not_converge(tmp_path: Path) -> None:
    warned, points, manifest = sweep(tmp_path, DESIGN)
    assert "did not converge at 2 of 2 points" in warned
    assert manifest["unconverged_points"] == [0, 1]
    assert list(points.columns[-6:-2]) == COLUMNS
    assert list(points["method"]) == ["moment-based"] * 2
    assert list(points["iterations"]) == [2, 2]
    assert not points["converged"].any()
    assert (points["residual"] > 1e-8).all()


def test_a_sweep_that_converged_says_how(tmp_path: Path) -> None:
    warned, points, manifest = sweep(tmp_path, DESIGN)
    assert "converge" not in warned
    assert manifest["unconverged_points"] == []
    assert points["converged"].all()
    assert (points["residual"] <= 1e-8).all() and (points["iterations"] > 2).all()


@pytest.mark.parametrize(
    ("strategy", "row"), [("equilibrium", ["exact", 0.0, 1, True]), ("myopic", ["none", None, None, None])]
)
def test_exact_and_none(tmp_path: Path, strategy: str, row: list) -> None:
    text = DESIGN.replace("eighteen", "six").replace("seed = 1", f'seed = 1\nstrategy = "{strategy}"')
    _, points, _ = sweep(tmp_path, text)
    found = points.loc[0, COLUMNS]
    assert [None if pd.isna(value) else value for value in found] == row


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", ["run", "solve"])
def test_run_and_solve_say_so_in_one_line(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--case", "eighteen", "--json"])
    assert shown.exit_code == 0
    [line] = shown.stderr.splitlines()
    assert line.startswith("warning: the equilibrium did not converge: residual ")
    assert "2 iterations" in line
    document = json.loads(shown.stdout)
    ending = document if command == "solve" else document["equilibrium"]
    assert (ending["iterations"], ending["converged"]) == (2, False)
    assert ending["residual"] > 1e-8


def test_regret_among_many_is_labelled() -> None:
    """`solve --regret` works beyond the exact solver's size, and says how."""
    shown = CliRunner().invoke(app, ["solve", "--case", "eighteen", "--regret", "--json"])
    assert shown.exit_code == 0 and shown.stderr == ""
    document = json.loads(shown.stdout)
    assert document["regret_method"] == "moment-based approximation"
    assert document["converged"] is True
    regret = [row["regret_share"] for row in document["countries"]]
    assert min(regret) >= -1e-12 and 0.001 < max(regret) < 0.2
    exact = json.loads(CliRunner().invoke(app, ["solve", "--regret", "--json"]).stdout)
    assert exact["regret_method"] == "exact"
