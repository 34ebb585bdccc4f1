"""Rules run uncompiled to the same bits, and a strategy goes to other processes."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.policy import prepare, strategies_of
from agents.strategies import CATALOGUE, Script, find_strategy
from agents.strategy_file import open_strategy
from model.case_file import load_case
from model.errors import InputError
from model.kernel import play
from model.setting import make_setting
from tests.tools.program import PROGRAM

COMMANDS = [
    "run --json --seed 3",
    pytest.param("run --json --explain KOR --set extension_probability=0.5", marks=pytest.mark.slow),
    pytest.param("solve --json --regret --countries KOR,JPN,GBR", marks=pytest.mark.slow),
    "terms --json",
    pytest.param("run --json --strategy forecaster --strategy KOR=script:7", marks=pytest.mark.slow),
    pytest.param("run --json --case eighteen --strategy wait_and_see", marks=pytest.mark.slow),
    pytest.param(
        "measures --json --countries KOR,JPN --measure constraint_cost --measure clustering --replicates 20",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_without_compilation_the_same_to_the_bit(command: str) -> None:
    """For debugging: NUMBA_DISABLE_JIT=1."""
    outputs = []
    for disable in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disable}
        done = subprocess.run([str(PROGRAM), *command.split()], env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]


# Other processes

OWN = """
import numpy as np

def patient(states):
    "Signs from day 40 on."
    return np.full(len(states.signed), float(states.day >= 40))

def broken(states):
    return 1 / 0
"""
BATCH = """
from mesa import batch_run
from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from agents.strategy_file import open_strategy
from model.case_file import load_case
from model.setting import make_setting

if __name__ == "__main__":
    case = load_case("six")
    name = open_strategy("mine.py:patient", "test")
    chosen = [{"default": "script:7"}, {"default": "myopic", "KOR": name}, {"default": "equilibrium"}]
    prepared = [prepare(make_setting(case), strategies_of(case, one)) for one in chosen]
    for processes in (1, 2):
        rows = batch_run(Negotiation, {"prepared": prepared, "seed": [1]}, number_processes=processes,
                         data_collection_period=-1, display_progress=False)
        rows = sorted((row for row in rows if "deals" in row), key=lambda row: row["RunId"])
        print([(row["deals"], row["harsh_precedents"]) for row in rows])
"""


@pytest.mark.slow
def test_mesa_s_batch_run_in_two_processes(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    (tmp_path / "batch.py").write_text(BATCH)
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "batch.py"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": root, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    alone, together = done.stdout.splitlines()[-2:]
    assert alone == together and alone.startswith("[(")


@pytest.mark.parametrize("name", [*CATALOGUE, "script:7", "script:never"])
def test_every_strategy_is_pickled_as_itself(name: str) -> None:
    strategy = find_strategy(name, "test")
    assert pickle.loads(pickle.dumps(strategy)) == strategy


def test_a_prepared_setting_is_pickled_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    case = load_case("six")
    mine = open_strategy("mine.py:patient", "test")
    prepared = prepare(make_setting(case), strategies_of(case, {"default": "script:7", "KOR": mine}))
    (tmp_path / "mine.py").unlink()  # the text goes along, so the file need not be there
    again = pickle.loads(pickle.dumps(prepared))
    for one, other in zip(play(prepared.game, prepared.policy, seed=1, replicates=50),
                          play(again.game, again.policy, seed=1, replicates=50), strict=True):  # fmt: skip
        assert np.array_equal(one, other)
    anew = prepare(again.setting, again.strategies)
    assert np.array_equal(anew.policy.by_count, prepared.policy.by_count)


def test_a_fault_in_a_user_s_rule_is_one_line_also_there(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    name = open_strategy(str(tmp_path / "mine.py:broken"), "test")
    again = pickle.loads(pickle.dumps(find_strategy(name, "test")))
    case = load_case("six")
    with pytest.raises(InputError, match=r"strategy broken: meeting 0: ZeroDivisionError: division by zero"):
        prepare(make_setting(case), (again,) * 6)


def test_a_script_moves_from_its_day_on() -> None:
    assert Script(7.0) == Script(7.0) != Script(8.0)
