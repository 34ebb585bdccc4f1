"""Points that fail are rows like others, and can be played again without the rest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agents.policy import Prepared
from agents.strategy_factors import Point
from experiments.sweeps import blocks
from experiments.sweeps.recipe import Recipe
from experiments.sweeps.sharing import Shared
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from tests.tools.folders import result, small_design
from tests.tools.program import Call, assert_refused, tree

DESIGN = small_design(
    grid={"delay_cost": [0.0, 0.1, 0.2]}, measures=["price_of_waiting", "payoff_by_date"], measured=["KOR", "JPN"]
)
DESIGN_FILE = (
    'name = "quick"\nreplicates = 9\nseed = 3\nstrategy = "myopic"\nmeasures = ["price_of_waiting", '
    '"payoff_by_date"]\nmeasured = ["KOR", "JPN"]\n[grid]\ndelay_cost = [0.0, 0.1, 0.2]\n'
)
WHY = 'ValueError: no "root", no fruit'


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "out"
    run_sweep(DESIGN, folder)
    return folder


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The middle point cannot be prepared, until the fixture is called."""
    prepare_point = blocks.prepare_point

    def prepare(recipe: Recipe, factors: Point, *shared: Shared) -> Prepared:
        if factors["delay_cost"] == 0.1:
            raise ValueError('no "root",\nno fruit')
        return prepare_point(recipe, factors, *shared)

    monkeypatch.setattr(blocks, "prepare_point", prepare)
    return lambda: monkeypatch.setattr(blocks, "prepare_point", prepare_point)


@pytest.fixture
def failed(failing: Callable[[], None], tmp_path: Path) -> Path:
    """A result with a failed point in its middle; what failed works from now on."""
    run_sweep(DESIGN, tmp_path / "out")
    failing()
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    return tmp_path / "out"


def test_a_failed_point_is_a_row(failed: Path, whole: Path) -> None:
    table, expected = pd.read_csv(failed / "points.csv"), pd.read_csv(whole / "points.csv")
    assert list(table["status"]) == ["ok", "failed", "ok"]
    assert list(table["reason"].fillna("")) == ["", WHY, ""]
    assert list(table["point_id"]) == list(expected["point_id"])
    assert table.loc[1, ["method", "residual", "iterations", "converged"]].isna().all()
    summary = pd.read_csv(failed / "summary.csv")
    own = summary[summary["point"] == 1]
    assert len(own) == 6
    assert own.iloc[:, own.columns.get_loc("p_deal") :].isna().all().all()
    measures = pd.read_csv(failed / "measures.csv")
    assert set(measures["point"]) == {0, 2}


def test_only_the_rows_of_the_failed_point_differ(failed: Path, whole: Path) -> None:
    for name in ("points.csv", "countries.csv", "summary.csv", "measures.csv", "dates.csv"):
        mine, expected = ((folder / name).read_text().splitlines() for folder in (failed, whole))
        assert [line for line in mine if not line.startswith("1,")] == [
            line for line in expected if not line.startswith("1,")
        ]


def test_it_is_said_at_the_end_and_in_the_exit_code(failing: Callable[[], None], call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    called = call("sweep", "quick.toml", "--no-figures")
    assert called.code == 2
    assert called.err == (
        "error: results/quick: 9 runs failed at 1 of 3 points; points.csv and runs.csv say why; "
        "--retry-failed plays those points again\n"
    )
    assert "27 runs at 3 points, 9 failed" in called.out
    again = call("sweep", "quick.toml", "--no-figures")
    assert (again.code, again.err) == (0, "")
    assert "9 of them failed: --retry-failed plays those points again" in again.out


def test_failed_points_are_played_again_and_no_others(
    failed: Path, whole: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[float] = []
    prepare_point = blocks.prepare_point

    def note(recipe: Recipe, factors: Point, *shared: Shared) -> Prepared:
        prepared.append(float(str(factors["delay_cost"])))
        return prepare_point(recipe, factors, *shared)

    monkeypatch.setattr(blocks, "prepare_point", note)
    called = call("sweep", "quick.toml", "--out", "out", "--retry-failed", "--no-figures")
    assert (called.code, called.err) == (0, "")
    assert prepared == [0.1]
    assert result(failed) == result(whole)
    called = call("sweep", "quick.toml", "--out", "out", "--retry-failed", "--no-figures")
    assert called.code == 0
    assert "holds this sweep, finished" in called.out


def test_while_they_fail_again_the_folder_is_the_same(failing: Callable[[], None], call: Call, tmp_path: Path) -> None:
    run_sweep(DESIGN, tmp_path / "out")
    before = result(tmp_path / "out")
    run_sweep(DESIGN, tmp_path / "out", retry_failed=True)
    assert result(tmp_path / "out") == before


class Stopped(Exception):
    """In the place of whatever may end a sweep."""


@pytest.mark.parametrize("items", [1, 2, 3, 4])  # taken, measured, chunk, taken
def test_a_second_try_that_is_interrupted_goes_on(
    failed: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, items: int
) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    before, seen = result(failed), []

    def stop(*done: int) -> None:
        seen.append(done)
        if len(seen) == items:
            raise Stopped

    with pytest.raises(Stopped):
        run_sweep(DESIGN, failed, retry_failed=True, progress=stop)
    after = tree(failed)
    assert {name: after[name] for name in before if name != "manifest.json"} == {
        name: content for name, content in before.items() if name != "manifest.json"
    }
    assert run_sweep(DESIGN, failed, retry_failed=True)["run"]["sessions"] == 2
    assert result(failed) == result(whole)


def test_measures_that_fail_are_rows_too(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise ArithmeticError("no\nnumber")

    with monkeypatch.context() as broken:
        broken.setattr(blocks, "measure_rows", fail)
        manifest = run_sweep(DESIGN, tmp_path / "out")
    assert manifest["failed_measures"] == [f"point {point}: ArithmeticError: no number" for point in range(3)]
    table = pd.read_csv(tmp_path / "out" / "points.csv")
    assert set(table["status"]) == {"measures failed"}
    assert set(table["method"]) == {"none"}
    run_sweep(DESIGN, tmp_path / "out", retry_failed=True)
    assert result(tmp_path / "out") == result(whole)


def test_without_a_finished_sweep_there_is_nothing_to_try_again(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    assert_refused(call("sweep", "quick.toml", "--retry-failed"), "--retry-failed", "holds no finished sweep")
    assert not (tmp_path / "results").exists()


def test_a_chunk_that_fails_makes_its_point_failed(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    play = blocks.play

    def fail(*arguments: Any, first: int, **options: Any) -> Any:
        if first == 8:
            raise MemoryError("too large")
        return play(*arguments, first=first, **options)

    with monkeypatch.context() as broken:
        broken.setattr(blocks, "play", fail)
        manifest = run_sweep(DESIGN, tmp_path / "out")
    assert (manifest["failed_runs"], manifest["failed_points"]) == (3, [0, 1, 2])
    assert list(pd.read_csv(tmp_path / "out" / "points.csv")["reason"]) == 3 * ["MemoryError: too large"]
    assert list(pd.read_csv(tmp_path / "out" / "summary.csv")["runs"].unique()) == [8]
    run_sweep(DESIGN, tmp_path / "out", retry_failed=True)
    assert result(tmp_path / "out") == result(whole)
