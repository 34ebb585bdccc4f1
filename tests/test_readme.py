"""The README's claims: its commands exist, its Python runs, its numbers are the model's and fail where it says."""

import re
from pathlib import Path

import numpy as np
import pytest

from experiments.cli import app
from model.crowd_accuracy import ACCURACY
from model.glossary import GLOSSARY
from tests.claims import ATTACKS, HEADLINES, being_first, korea_waits, premiums

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_it_names_exists():
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    named = set(re.findall(r"uv run tariff-pause (\w+)", README))
    assert named
    assert named <= names


@pytest.fixture(scope="module")
def as_shipped() -> tuple[np.ndarray, np.ndarray]:
    """Korea's days waited by headline value and limits; the causal advantage of being first by headline value."""
    return korea_waits({}), np.array([being_first({}, value) for value in HEADLINES[:3]])


def test_its_table_is_what_the_model_gives(as_shipped):
    for value, days in zip(HEADLINES, as_shipped[0], strict=True):
        (row,) = re.findall(rf"^\| {value:.2f}[^|]*\|(.*)\|$", README, flags=re.MULTILINE)
        assert row.split(" | ") == [f" {days[0]:.1f}", f"{days[1]:.1f}", f"{days[2]:.1f} "]


def test_what_it_says_of_being_first(as_shipped):
    without, usual, large = 100 * as_shipped[1]
    assert (without < 0).all()
    korea, japan, vietnam, britain, australia, india = np.abs(without).round().astype(int)
    said = (
        f"Korea loses {korea} % of its stakes, Japan {japan}, Vietnam {vietnam}, Britain {britain}, "
        f"Australia {australia} and India {india}. At the default of 0.01 Britain gains {usual[3]:.0f} % and "
        f"Australia {usual[4]:.0f} %, and the others still lose; at 0.03 Japan gains {large[1]:.0f} % and "
        f"India {large[5]:.0f} % too."
    )
    assert said in " ".join(README.split())
    assert list(usual > 0) == [False, False, False, True, True, False]
    assert list(large > 0) == [False, True, False, True, True, True]


@pytest.mark.parametrize("name", [name for name in ATTACKS if name != "as shipped"])
def test_its_claims_fail_where_it_says(name):
    days, first = korea_waits(ATTACKS[name]), being_first(ATTACKS[name], 0.0)
    assert (np.diff(days[:, 2]) < 0).all()
    assert (days[1:, 2] > days[1:, 0]).all()
    lengthens = days[0, 2] - days[0, 0]
    if name in ("elasticity 2", "precision 300"):
        assert lengthens < -1
    else:
        assert abs(lengthens) < 0.5 if name == "inertia .1" else lengthens > 0.5
    assert [i for i in range(6) if first[i] >= 0] == ([3] if name == "bargaining weight .7" else [])
    assert [i for i in range(6) if np.isnan(first[i])] == ([0, 4] if name == "bargaining weight .3" else [])


def test_it_answers_its_question():
    """What is promised, and what comes out with six meetings a week and with one, shares of stakes."""
    promised, out = premiums({}, 0.01, 6)
    japan, britain, india = 100 * promised[[1, 3, 5]]
    rare = 100 * premiums({}, 0.01, 1)[1]
    said = " ".join(README.split())
    assert f"Britain gets {britain:.1f} % of its stakes more as the first" in said
    assert f"India {india:.1f} and Japan {japan:.1f}, whatever" in said
    assert f"{100 * out[1]:.1f} % for Japan and India and nothing for the others" in said
    assert round(out[1], 3) == round(out[5], 3)
    assert list(np.flatnonzero(~np.isnan(out))) == [1, 5]
    assert f"with one meeting a week {rare[3]:.1f}, {rare[5]:.1f} and {rare[1]:.1f} %" in said


@pytest.mark.parametrize("name", ATTACKS)
def test_less_comes_out_than_was_promised_where_meetings_are_many(name):
    promised, out = premiums(ATTACKS[name], 0.01, 6)
    defined = ~np.isnan(out)
    assert defined.any()
    assert (out[defined] < promised[defined]).all()
    assert (out[defined] > 0.0).all()


def test_it_explains_every_word_by_the_one_glossary():
    for entry in GLOSSARY:
        assert f"| {entry.word} | {f'`{entry.symbol}`' if entry.symbol else ''} | {entry.meaning} |" in README


def test_it_states_the_accuracy_that_solve_states():
    assert ACCURACY in " ".join(README.split())


def test_it_begins_with_two_commands():
    (block,) = re.findall(r"```sh\n(.*?)```", README, flags=re.S)[:1]
    assert len(block.strip().splitlines()) == 2


def test_its_lines_of_python_run_in_order(tmp_path, monkeypatch):
    """As in one notebook, in an empty folder. A fault is shown with its line in the README."""
    monkeypatch.chdir(tmp_path)
    notebook = {"__name__": "__main__"}
    for block in re.finditer(r"^```python\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE):
        line = README.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], str(ROOT / "README.md"), "exec"), notebook)
