"""A point of a sample, of a list, of strategies: a replay starts with its numbers and its strategies."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.page import replay
from experiments.page.app import draw
from experiments.page.session import Session
from experiments.page.start import Start
from experiments.page.story import read_story
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import parse_design

SAMPLE: dict[str, Any] = {
    "sample": {"method": "latin_hypercube", "points": 3, "seed": 4},
    "ranges": {"headline_value": [0.0, 0.05]},
}
ROWS = [{"KOR.date": 20, "hegemon.strategy": "choosing"}, {"KOR.date": None, "hegemon.strategy": "promise_keeping"}]
GRID = {"strategy": ["myopic", "deadline"], "KOR.strategy": ["equilibrium", "wait_and_see"]}
DESIGNS: dict[str, dict[str, Any]] = {
    "a sample": {**SAMPLE, "strategy": "myopic", "fixed": {"delay_cost": 0.1}},
    "a list": {"list": ROWS, "strategy": {"JPN": "deadline"}},
    "strategies": {"grid": GRID, "strategy": {"hegemon": "choosing"}},
    "strategies crossed with a sample": {**SAMPLE, "grid": GRID},
}


def stored(design: Design, folder: Path, monkeypatch: pytest.MonkeyPatch, point: int) -> Start:
    """The start of a page that replays a point, from the folder's design and its list alone."""
    if design.list_text is not None:
        (folder / "list.csv").write_text(design.list_text)
    manifest = SimpleNamespace(
        folder=folder,
        name="x",
        design=design.as_dict(),
        points=design.size,
        replicates=5,
        seed=11,
        case_sha256=design.case.digest,
        rule_hash="",
        versions={},
    )
    monkeypatch.setattr(replay, "read_manifest", lambda folder: manifest)
    return replay.read_replay(str(folder), point, 2)


@pytest.mark.parametrize("kind", DESIGNS)
def test_it_starts_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    design = parse_design(DESIGNS[kind], "test", tmp_path, "x", open_files=True)
    for point, factors in enumerate(design.points):
        start = stored(design, tmp_path, monkeypatch, point)
        assert all(not isinstance(value, str) for value in start.overrides.values())
        assert start.stored is not None and start.stored["factors"] == factors
        prepared = replay.prepare_stored(start)
        assert prepared.mix == design.mix_of(factors)
        assert prepared.setting.overrides == start.overrides
        assert {**start.overrides, **{k: v for k, v in factors.items() if isinstance(v, str)}} == factors


def test_the_page_shows_its_strategies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design = parse_design(DESIGNS["strategies"], "test", tmp_path, "x", open_files=True)
    session = Session(stored(design, tmp_path, monkeypatch, 3))
    said = draw(session, read_story(session.model))["notices"]
    assert "(strategy = deadline, KOR.strategy = wait_and_see)" in said
    assert dict(session.chosen.strategy) == {"hegemon": "choosing", "default": "deadline", "KOR": "wait_and_see"}
