"""A user's own strategy in a file: what it is asked, what it may answer, and who may have it opened."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.policy import prepare
from agents.strategies import find_strategy
from agents.strategy_file import OPENED, open_strategy
from experiments.sweeps.design_file import load_design, parse_design
from model.errors import InputError
from model.kernel import play
from model.solver import EXACT, waiting_under
from tests.tools.program import Call, assert_refused

MINE = """
import numpy as np
from agents.strategies import CATALOGUE

seen = []

def patient(states):
    \"\"\"Signs in the last three weeks only, where that beats no deal.\"\"\"
    return np.where((states.day >= 69) & (states.sign > states.no_deal), 1.0, 0.0)

def myopic(states):
    return CATALOGUE["myopic"].rule(states)

def never(states):
    return 0.0

def outside(states):
    return states.signed - 1.5

def short(states):
    return np.zeros(len(states.signed) + 1)

def words(states):
    return "often"

def wrong(states):
    return 1 / 0

def nan(states):
    return np.full(len(states.signed), np.nan)

def writes(states):
    states.sign[:] = 100.0
    return 1.0

number = 3
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return path


@pytest.fixture(autouse=True)
def forgotten():
    """Files that a test has opened are not open in the next one."""
    before = dict(OPENED)
    yield
    OPENED.clear()
    OPENED.update(before)


def test_it_plays_as_it_says(mine: Path) -> None:
    name = open_strategy(f"{mine}:patient", "test")
    assert find_strategy(name, "test").sentence == "Signs in the last three weeks only, where that beats no deal."
    prepared = prepare("six", strategy={"KOR": name})
    _, countries = play(prepared.game, prepared.policy, seed=1, replicates=300)
    meetings = countries["deal_meeting"][:, prepared.setting.case.ids.index("KOR")]
    day = np.array([7 * m // 6 for m in meetings[meetings >= 0]])
    assert len(day) > 100
    assert day.min() >= 69
    assert waiting_under(prepared.game, prepared.solution).method == EXACT  # the solver reads it too


def test_a_copy_of_a_rule_of_the_catalogue_is_tabulated_alike(mine: Path) -> None:
    own = prepare("six", strategy=open_strategy(f"{mine}:myopic", "test"))
    shipped = prepare("six", strategy="myopic")
    assert np.array_equal(own.policy.by_count, shipped.policy.by_count)


@pytest.mark.parametrize(
    ("function", "what"),
    [
        ("outside", "meeting 0: -1.5 is no probability; allowed: 0 to 1"),
        ("short", "meeting 0: the answer has shape (3,); a number or shape (2,) is allowed"),
        ("words", "meeting 0: the answer is no array of numbers (str)"),
        ("wrong", "meeting 0: ZeroDivisionError: division by zero"),
        ("nan", "meeting 0: nan is no probability"),
        ("writes", "meeting 0: ValueError: assignment destination is read-only"),
    ],
)
def test_a_wrong_answer_is_one_line(mine: Path, call: Call, function: str, what: str) -> None:
    assert_refused(call("run", "--strategy", f"KOR={mine}:{function}"), function, what)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("mine.py:nobody", "mine.py has no function 'nobody'"),
        ("mine.py:number", "number is no function (int)"),
        ("mine.py", "write FILE.py:FUNCTION"),
        ("mine.py:", "write FILE.py:FUNCTION"),
        ("none.py:patient", "none.py: there is no such file"),
        ("broken.py:patient", "cannot be run (SyntaxError"),
        ("leaves.py:patient", "cannot be run (SystemExit"),
        (".:patient", "unknown strategy"),
    ],
)
def test_a_bad_file_is_one_line(mine: Path, call: Call, name: str, what: str) -> None:
    (mine.parent / "broken.py").write_text("def patient(states:\n")
    (mine.parent / "leaves.py").write_text("raise SystemExit(0)\n")
    assert_refused(call("run", "--strategy", f"KOR={name}"), name.partition(":")[0], what)


def test_only_who_types_its_name_opens_a_file(mine: Path) -> None:
    ran = mine.parent / "ran"
    mine.write_text(f"open({str(ran)!r}, 'w').close()\n{MINE}")
    named = f"{mine}:never"
    with pytest.raises(InputError, match="opened only by --strategy on the command line"):
        prepare("six", strategy=named)
    table = {"name": "own", "strategy": named, "grid": {"headline_value": [0.0]}}
    with pytest.raises(InputError, match="opened only by"):
        parse_design(table, "manifest.json", mine.parent, "own")
    assert not ran.exists()
    parse_design(table, "own.toml", mine.parent, "own", open_files=True)
    assert ran.exists()


def design_file(folder: Path, name: str = "patient") -> Path:
    path = folder / "own.toml"
    path.write_text(f'replicates = 3\nstrategy = {{ KOR = "mine.py:{name}" }}\n[grid]\nheadline_value = [0.0]\n')
    return path


def test_a_design_opens_its_own_beside_it_and_the_text_makes_the_id(mine: Path, call: Call) -> None:
    design = load_design(str(design_file(mine.parent)))
    assert design.strategy_files == {"mine.py": MINE}
    assert call("sweep", "own.toml", "--out", "out", "--no-figures").code == 0
    before = pd.read_csv("out/points.csv")["point_id"]
    assert json.loads(Path("out/manifest.json").read_text())["design"]["strategy"]["KOR"].endswith("mine.py:patient")
    elsewhere = mine.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.py").write_text(MINE)
    assert load_design(str(design_file(elsewhere))).point_ids == list(before)  # the same text, wherever it lies
    mine.write_text(MINE + "\n# changed\n")
    assert load_design("own.toml").point_ids != list(before)
