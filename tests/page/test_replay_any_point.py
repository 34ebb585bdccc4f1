"""Any point of a sample, of a list, of strategies is played again: its numbers and its strategies, and the same row."""

from pathlib import Path
from typing import Any

import pytest

from experiments.page import replay
from experiments.page.app import draw
from experiments.page.session import Session
from experiments.page.story import read_story
from experiments.sweeps import sampling
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import parse_design
from experiments.sweeps.recipe import recipe_of
from experiments.sweeps.sweep import run_sweep
from experiments.tables.saving import Saving

SAMPLE: dict[str, Any] = {
    "sample": {"method": "latin_hypercube", "points": 2, "seed": 4},
    "ranges": {"headline_value": [0.0, 0.05]},
}
ROWS = [{"KOR.date": 20, "JPN.strategy": "myopic"}, {"KOR.date": None, "JPN.strategy": "wait_and_see"}]
GRID = {"strategy": ["myopic", "deadline"], "KOR.strategy": ["equilibrium", "wait_and_see"]}
DESIGNS: dict[str, dict[str, Any]] = {
    "a sample": {**SAMPLE, "strategy": "myopic", "fixed": {"delay_cost": 0.1}},
    "a list": {"list": ROWS, "strategy": {"KOR": "deadline"}},
    "strategies crossed with a sample": {**SAMPLE, "grid": GRID},
}


@pytest.fixture(params=DESIGNS)
def design(request: pytest.FixtureRequest) -> Design:
    table = {"replicates": 3, "seed": 11, **DESIGNS[request.param]}
    return parse_design(table, "test", Path(), "x", open_files=True)


def test_it_starts_as_it_was_and_gives_the_stored_row(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sweep(design, tmp_path / "out", threads=1)
    monkeypatch.setattr(sampling, "unit_points", None)  # nothing is drawn again
    for point, factors in enumerate(design.points):
        start = replay.read_replay(str(tmp_path / "out"), point, 2)
        said = {name: value for name, value in factors.items() if isinstance(value, str)}
        assert start.stored is not None and start.stored["factors"] == factors
        assert {**start.overrides, **said} == factors and not said.keys() & start.overrides.keys()
        prepared = replay.prepare_stored(start)
        assert prepared.mix == recipe_of(design, Saving()).mix_at(factors)
        assert replay.compare(replay.Stored(**start.stored), prepared).equal


def test_the_page_names_its_strategies(tmp_path: Path) -> None:
    table = {"replicates": 1, "grid": GRID, "strategy": {"JPN": "bandwagon"}}
    run_sweep(parse_design(table, "test", Path(), "x"), tmp_path / "out", threads=1)
    session = Session(replay.read_replay(str(tmp_path / "out"), 3, 0))
    assert dict(session.chosen.strategy) == {"JPN": "bandwagon", "default": "deadline", "KOR": "wait_and_see"}
    said = draw(session, read_story(session.model))["notices"]
    assert "(strategy = deadline, KOR.strategy = wait_and_see)" in said and "equals the stored row" in said
