"""A settings file in the place of what would be typed: the same answer; what is typed stands above it."""

from pathlib import Path

import pytest

from experiments.page.start import Start
from model.case_file import load_case
from tests.tools.program import Call, Called, assert_refused

TEXT = """
case = "six"
countries = ["KOR", "JPN", "GBR"]
strategy = { default = "myopic", KOR = "wait_and_see" }
seed = 7
[fixed]
headline_value = 0.06
KOR.inertia = 0.2
"KOR.date" = "none"
"""
SELECTED = ("--case", "six", "--countries", "KOR,JPN,GBR")
FACTORS = ("--set", "headline_value=0.06", "--set", "KOR.inertia=0.2", "--set", "KOR.date=none")
TYPED = (*SELECTED, "--strategy", "myopic", "--strategy", "KOR=wait_and_see", *FACTORS)
FAST = {
    "run": ("--json",),
    "solve": ("--json",),
    "terms": ("--json",),
    "measures": ("--json", "--measure", "hegemon_surplus", "--replicates", "50"),
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("command", FAST)
def test_it_is_as_if_it_had_been_typed(mine: Path, call: Call, command: str) -> None:
    typed = (*SELECTED, *FACTORS) if command == "terms" else TYPED  # terms has no --strategy
    seed = ("--seed", "7") if command in ("run", "measures") else ()
    by_file = call(command, "--settings", str(mine), *FAST[command])
    by_hand = call(command, *typed, *seed, *FAST[command])
    assert by_file.json == by_hand.json


def started(monkeypatch: pytest.MonkeyPatch, call: Call, *arguments: str) -> tuple[Start | None, Called]:
    """With what `view` opens the page."""
    opened: list[Start] = []
    monkeypatch.setattr("experiments.page.serve.serve", lambda start, *_, **__: opened.append(start))
    called = call("view", *arguments)
    return (opened[0] if opened else None), called


def test_the_page_opens_with_it(mine: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    start, _ = started(monkeypatch, call, "--settings", str(mine))
    typed, _ = started(monkeypatch, call, *TYPED, "--seed", "7")
    assert start == typed and start is not None
    assert start.overrides == {"headline_value": 0.06, "KOR.inertia": 0.2, "KOR.date": None}


def test_what_is_typed_stands_above_it(mine: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    above = ("--set", "KOR.inertia=0.3", "--strategy", "JPN=deadline", "--strategy", "myopic", "--seed", "8")
    start, _ = started(monkeypatch, call, "--settings", str(mine), *above)
    assert start is not None
    assert start.overrides == {"headline_value": 0.06, "KOR.inertia": 0.3, "KOR.date": None}
    assert start.strategy == {"default": "myopic", "KOR": "wait_and_see", "JPN": "deadline"}
    assert (start.case, start.countries, start.seed) == ("six", ["KOR", "JPN", "GBR"], 8)
    start, _ = started(monkeypatch, call, "--settings", str(mine), "--case", "eighteen", "--countries", "KOR,TWN")
    assert start is not None
    assert (start.case, start.countries, start.seed) == ("eighteen", ["KOR", "TWN"], 7)


def test_files_are_found_beside_it(tmp_path: Path, call: Call) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "own.toml").write_text(load_case("six").text)
    (folder / "own.py").write_text("def never(states):\n    return 0.0\n")
    (folder / "mine.toml").write_text('case = "own.toml"\nstrategy = "own.py:never"\n')
    report = call("run", "--settings", "folder/mine.toml", "--json").json
    assert report["hegemon"]["deals"] == 0


def test_nothing_in_it_changes_nothing(tmp_path: Path, call: Call) -> None:
    (tmp_path / "empty.toml").write_text("")
    assert call("run", "--settings", "empty.toml", "--json").json == call("run", "--json").json


BAD: dict[str, tuple[str, str]] = {
    "an unknown key": ("titel = 3", "unknown field 'titel'; allowed: case, countries, strategy, seed, fixed"),
    "a misspelt key": ("contries = ['KOR']", "unknown field 'contries'; did you mean 'countries'?"),
    "a factor outside": ("headline_value = 0.06", "headline_value: factors stand below [fixed]"),
    "a factor of a country outside": ("KOR.inertia = 0.2", "KOR.inertia: factors stand below [fixed]"),
    "a quoted one": ('"KOR.inertia" = 0.2', "KOR.inertia: factors stand below [fixed]"),
    "a number of an issue outside": (
        "KOR.rice_market.red_line = 1",
        "KOR.rice_market.red_line: factors stand below [fixed]",
    ),
    "a strategy as a factor": ('KOR.strategy = "myopic"', "KOR.strategy: write strategy = { KOR = ... }"),
    "that of the hegemon": ('hegemon.strategy = "choosing"', "hegemon.strategy: write strategy = { hegemon = ... }"),
    "a strategy below fixed": ('[fixed]\nstrategy = "myopic"', "fixed: strategy: write it above [fixed]"),
    "a seed below fixed": ("[fixed]\nseed = 3", "fixed: seed: write it above [fixed]"),
    "a grid": ("[grid]\ninertia = [0.1]", "grid is of a design, not of settings: tariff-pause sweep mine.toml runs it"),
    "replicates": (
        "replicates = 3",
        "replicates is of a design, not of settings: tariff-pause sweep mine.toml runs it",
    ),
    "a seed that is none": ("seed = -1", "seed = -1: a whole number from 0"),
    "an unknown case": ('case = "sixx"', "case: case: unknown case 'sixx'; did you mean 'six'?"),
    "a case that is no text": ("case = 6", "case = 6 is not a text"),
    "no list of countries": ('countries = "KOR"', "countries = 'KOR': write a list of names"),
    "an unknown country": ("countries = ['KOX']", "countries: unknown country 'KOX'; did you mean 'KOR'?"),
    "an unknown factor": ("[fixed]\ninerta = 0.1", "fixed: unknown parameter 'inerta'; did you mean 'inertia'?"),
    "a factor out of range": ("[fixed]\ninertia = 2", "fixed: inertia: 2 is out of range"),
    "a list for a factor": ("[fixed]\ninertia = [0.1]", "fixed: inertia: [0.1] is not a number"),
    "fixed is no table": ("fixed = 3", "fixed is not a table"),
    "factors that contradict": ("[fixed]\nexecution_soft = 0.95", "mine.toml: execution_soft = 0.95 is above"),
    "an unknown strategy": ('strategy = "myopik"', "strategy: unknown strategy 'myopik'; did you mean 'myopic'?"),
    "a strategy of no country": (
        'strategy = { KOX = "myopic" }',
        "strategy: unknown country 'KOX'; did you mean 'KOR'?",
    ),
    "a strategy that is no text": ("strategy = 3", "strategy: write a name, or a table as in"),
    "a file that is not there": ('strategy = "none.py:rule"', "none.py: there is no such file"),
    "malformed": ("case = ", "malformed TOML"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_one_line(tmp_path: Path, call: Call, fault: str) -> None:
    text, told = BAD[fault]
    (tmp_path / "mine.toml").write_text(text)
    assert_refused(call("run", "--settings", "mine.toml"), "error: mine.toml: ", told)


@pytest.mark.parametrize("command", ["run", "view"])
def test_not_beside_a_replay(mine: Path, call: Call, command: str) -> None:
    assert_refused(call(command, "--replay", "out", "--settings", str(mine)), "--settings cannot be given too")


def test_where_two_together_contradict(tmp_path: Path, call: Call) -> None:
    (tmp_path / "mine.toml").write_text('strategy = { hegemon = "forward_looking" }\n[fixed]\nexecution_soft = 0.8\n')
    called = call("run", "--settings", "mine.toml", "--set", "execution_firm=0.7")
    assert_refused(called, "mine.toml and --set: execution_soft = 0.8 is above execution_firm = 0.7")
    called = call("run", "--settings", "mine.toml", "--strategy", "KOR=aspiration")
    assert_refused(called, "mine.toml and --strategy: hegemon=forward_looking: KOR cannot play aspiration")


def test_no_such_file(call: Call) -> None:
    assert_refused(call("solve", "--settings", "none.toml"), "none.toml: there is no such file")


def test_help_says_it(call: Call) -> None:
    for command in (*FAST, "view"):
        assert "--settings" in call(command, "--help").out


@pytest.mark.parametrize("command", ["run", "solve", "terms", "measures", "view"])
def test_the_help_says_what_it_holds(call: Call, command: str) -> None:
    assert "strategy, seed and [fixed]" in " ".join(call(command, "--help").out.replace("│", " ").split())
