"""That an equilibrium was not found is never hidden: in results, on the terminal, in documents."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from model import solver
from model.case_file import load_case
from model.crowd import MAX_ITERATIONS, TOLERANCE, solve_crowd
from model.crowd_accuracy import ACCURACY, accuracy_doubt
from model.setting import make_setting
from model.terms import make_terms
from model.timing import raw_game, timing_game
from tests.tools.crowd_games import plausible_setting

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
    tmp_path.mkdir(exist_ok=True)
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
    assert list(points.columns[-7:-3]) == COLUMNS
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


def test_states_that_are_never_met_are_no_false_alarm() -> None:
    """A plausible setting of `eighteen` in which policies go round in circles where nobody ever gets to."""
    case = load_case("eighteen")
    setting = make_setting(case, plausible_setting(np.random.default_rng([242, 7])))
    found = solve_crowd(timing_game(setting, make_terms(setting)))
    assert found.converged and found.residual <= TOLERANCE and found.iterations < MAX_ITERATIONS
    assert found.residual_anywhere > 1e-3


def test_accuracy_is_stated_wherever_it_is_used(tmp_path: Path) -> None:
    """One text: `solve` on the terminal and as a document, and the manifest of a sweep; not where all is exact."""
    shown = CliRunner().invoke(app, ["solve", "--case", "eighteen"])
    assert ACCURACY in " ".join(shown.stdout.split()) and shown.stderr == ""
    warned, points, manifest = sweep(tmp_path, DESIGN)
    assert manifest["accuracy"] == ACCURACY and manifest["doubtful_points"] == []
    assert points["doubt"].isna().all() and warned == ""
    exact = CliRunner().invoke(app, ["solve", "--json"]).stdout
    assert "accuracy" not in json.loads(exact)
    _, _, manifest = sweep(tmp_path / "exact", DESIGN.replace("eighteen", "six"))
    assert manifest["accuracy"] is None


def test_outside_of_the_stated_accuracy_a_line_says_so(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["solve", "--case", "eighteen", "--set", "KOR.priority=0.01", "--json"])
    [line] = shown.stderr.splitlines()
    document = json.loads(shown.stdout)
    assert line.startswith("warning: the equilibrium is moment-based and outside of its stated accuracy: ")
    assert line.endswith(document["doubt"]) and "factor of 100" in line
    far = DESIGN.replace("delay_cost = [0.05, 0.2]", "choice_precision = [100, 400]")
    warned, points, manifest = sweep(tmp_path, far)
    assert "stated accuracy at 1 of 2 points" in warned
    assert manifest["doubtful_points"] == [1]
    assert pd.isna(points["doubt"][0]) and "400" in points["doubt"][1]


@pytest.mark.parametrize(
    ("priorities", "precision", "said"),
    [
        ([1.0, 4.0], 300.0, None),
        ([0.3, 1.2], 300.0, None),
        ([1.0, 4.1], 300.0, "factor of 4.1: mean days waited may be off by"),
        ([0.1, 10.0], 300.0, "factor of 100: mean days waited may be off by"),
        ([0.1, 10.1], 300.0, "factor of 101: errors were measured up to 100"),
        ([1.0, 1.0], 301.0, "choice precision of up to 301: errors were measured up to 300"),
    ],
)
def test_the_domain_of_the_stated_accuracy(priorities: list[float], precision: float, said: str | None) -> None:
    game = raw_game(
        lambda *state: 0.0, lambda *state: 0.0, countries=2, meetings=2, precision=precision, priority=priorities
    )
    found = accuracy_doubt(game)
    assert found is None if said is None else found is not None and said in found
