"""Strategies that vary: of all countries, of one, of the hegemon; who plays what at each point."""

from pathlib import Path
from typing import Any

import pytest

from agents.strategy_file import OPENED
from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.recipe import recipe_of
from experiments.tables.saving import Saving
from experiments.tables.schema import SUMMARY
from model.errors import InputError

QUOTED = """
[grid]
strategy = ["equilibrium", "myopic"]
"KOR.strategy" = ["deadline", "script:7"]
"hegemon.strategy" = ["choosing", "promise_keeping"]
"""
NESTED = QUOTED.replace('"KOR.strategy"', "KOR.strategy").replace('"hegemon.strategy"', "hegemon.strategy")


def load(folder: Path, text: str) -> Design:
    (folder / "mine.toml").write_text(text)
    return load_design(str(folder / "mine.toml"))


def design_of(**table: Any) -> Design:
    return parse_design(table, "test", Path(), "x", open_files=True)


def test_quoted_or_not(tmp_path: Path) -> None:
    one, other = load(tmp_path, QUOTED), load(tmp_path, NESTED)
    assert one.varied == other.varied == ("strategy", "KOR.strategy", "hegemon.strategy")
    assert one.points == other.points and one.identity == other.identity
    assert len(set(one.point_ids)) == 8
    assert one.points[1] == {
        "strategy": "equilibrium",
        "KOR.strategy": "deadline",
        "hegemon.strategy": "promise_keeping",
    }


def test_who_plays_what(tmp_path: Path) -> None:
    design = load(tmp_path, f'strategy = {{ JPN = "bandwagon" }}\n{QUOTED}')
    mix = recipe_of(design, Saving()).mix_at(design.points[4])
    assert [strategy.name for strategy in mix.countries] == ["deadline", "bandwagon", *["myopic"] * 4]
    assert mix.hegemon.name == "choosing"
    assert design.defaults == {
        "strategy": "equilibrium",
        "KOR.strategy": "equilibrium",
        "hegemon.strategy": "promise_keeping",
    }


def test_a_point_is_the_same_whether_its_strategies_vary_or_not() -> None:
    varied = design_of(grid={"KOR.strategy": ["deadline", "myopic"], "delay_cost": [0.1]})
    fixed = design_of(strategy={"KOR": "myopic"}, grid={"delay_cost": [0.1]})
    assert varied.point_ids[1] == fixed.point_ids[0] != varied.point_ids[0]


def test_it_can_be_read_back(tmp_path: Path) -> None:
    for text in (QUOTED, f'strategy = {{ JPN = "bandwagon" }}\n{QUOTED}', '[grid]\nKOR.strategy = ["myopic"]'):
        design = load(tmp_path, text)
        again = parse_design(design.as_dict(), "manifest.json", tmp_path, "x")
        assert (again.points, again.identity, again.strategy) == (design.points, design.identity, design.strategy)


def test_its_column_is_of_texts() -> None:
    schema = SUMMARY.schema(["KOR.strategy", "delay_cost"])
    assert [str(schema.field(name).type) for name in ("KOR.strategy", "delay_cost")] == ["string", "double"]


def test_a_strategy_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the design, in its grid or its list; a manifest names it, and opens nothing."""
    monkeypatch.setattr("agents.strategy_file.OPENED", OPENED)
    text = "def never(states):\n    return 0.0\n"
    (tmp_path / "own.py").write_text(text)
    (tmp_path / "list.csv").write_text("KOR.strategy,JPN.strategy\nown.py:never,myopic\nmyopic,myopic\n")
    path = f"{tmp_path / 'own.py'}:never"
    for content in ('[grid]\nKOR.strategy = ["own.py:never", "myopic"]', 'list = "list.csv"'):
        design = load(tmp_path, content)
        assert [point["KOR.strategy"] for point in design.points] == [path, "myopic"]
        assert design.strategy_files == {"own.py": text} and path in design.strategy_names
        assert recipe_of(design, Saving()).mix_at(design.points[0]).countries[0].name == "own.py:never"
        before = design.point_ids
        (tmp_path / "own.py").write_text(f"{text}# changed\n")
        after = load(tmp_path, content).point_ids
        assert after[0] != before[0] and after[1] == before[1]
        (tmp_path / "own.py").write_text(text)
    OPENED.clear()
    with pytest.raises(InputError, match="opened only by --strategy on the command line"):
        parse_design(design.as_dict(), "manifest.json", tmp_path, "x")


FORWARD = {"hegemon.strategy": ["promise_keeping", "forward_looking"]}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt strategy": (
        {"grid": {"strategy": ["myopik"]}},
        "grid: strategy: unknown strategy 'myopik'; did you mean 'myopic'?",
    ),
    "a misspelt strategy of the hegemon": (
        {"grid": {"hegemon.strategy": ["chosing"]}},
        "grid: hegemon.strategy: unknown strategy of the hegemon 'chosing'; did you mean 'choosing'?",
    ),
    "a strategy of the hegemon for a country": (
        {"grid": {"KOR.strategy": ["choosing"]}},
        "choosing is a strategy of the hegemon",
    ),
    "a misspelt category": (
        {"grid": {"KOR.strategie": ["myopic"]}},
        "unknown factor 'KOR.strategie'; did you mean 'KOR.strategy'?",
    ),
    "of no country": ({"grid": {"KOX.strategy": ["myopic"]}}, "unknown country 'KOX'; did you mean 'KOR'?"),
    "of a misspelt hegemon": (
        {"grid": {"hegemn.strategy": ["choosing"]}},
        "unknown country 'hegemn'; did you mean 'hegemon'?",
    ),
    "of default": ({"grid": {"default.strategy": ["myopic"]}}, "default.strategy: write strategy, for all countries"),
    "numbers": (
        {"grid": {"strategy": [1, 2]}},
        "grid: strategy: 1 is not the name of a strategy; tariff-pause strategies lists",
    ),
    "steps": (
        {"grid": {"KOR": {"strategy": {"from": 0, "to": 1, "steps": 2}}}},
        "KOR.strategy: write a list of names, as in",
    ),
    "one name": (
        {"grid": {"strategy": "myopic"}},
        "grid: strategy: write a list of names, as in ['equilibrium', 'myopic']",
    ),
    "none": ({"grid": {"strategy": []}}, "grid: strategy: an empty list of values"),
    "the same twice": ({"grid": {"strategy": ["myopic", "myopic"]}}, "grid: strategy: a value is given twice"),
    "fixed as a number": (
        {"grid": {"inertia": [0.1]}, "fixed": {"KOR.strategy": "myopic"}},
        "fixed: KOR.strategy is not a number; write it as --strategy KOR=NAME",
    ),
    "fixed and varied, of all": (
        {"strategy": "myopic", "grid": {"strategy": ["myopic"]}},
        "strategy: strategy is both fixed and varied",
    ),
    "fixed and varied, of one": (
        {"strategy": {"KOR": "myopic"}, "grid": {"KOR.strategy": ["myopic"]}},
        "strategy: KOR.strategy is both fixed and varied",
    ),
    "fixed and varied, of the hegemon": (
        {"strategy": {"hegemon": "choosing"}, "list": [{"hegemon.strategy": "choosing"}]},
        "strategy: hegemon.strategy is both fixed and varied",
    ),
    "two that cannot meet": (
        {"grid": {**FORWARD, "KOR.strategy": ["myopic", "aspiration"]}},
        "strategy: hegemon=forward_looking: KOR cannot play aspiration, which judges by more than the present state",
    ),
    "two that cannot meet, one of them fixed": (
        {"strategy": {"default": "forecaster"}, "grid": FORWARD},
        "hegemon=forward_looking: KOR cannot play forecaster",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_category_is_one_line(fault: str) -> None:
    table, told = BAD[fault]
    with pytest.raises(InputError) as caught:
        design_of(**table)
    assert str(caught.value).startswith("test: ") and told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_only_combinations_that_occur_have_to_meet() -> None:
    rows = [
        {"KOR.strategy": "aspiration", "hegemon.strategy": "choosing"},
        {"KOR.strategy": "myopic", "hegemon.strategy": "forward_looking"},
    ]
    assert design_of(list=rows).size == 2
    with pytest.raises(InputError, match="KOR cannot play aspiration"):
        design_of(list=[*rows, {"KOR.strategy": "aspiration", "hegemon.strategy": "forward_looking"}])
