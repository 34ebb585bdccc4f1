"""The README's claims: its commands exist, its lines of Python run, its table is the shipped result."""

import re
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_it_names_exists():
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    named = set(re.findall(r"uv run tariff-pause (\w+)", README))
    assert named
    assert named <= names


@pytest.mark.parametrize("headline", [0.0, 0.03, 0.06])
def test_its_table_is_the_shipped_result(headline):
    summary = pd.read_csv(ROOT / "results" / "kept" / "first_mover" / "summary.csv")
    korea = summary[(summary["country"] == "KOR") & (summary["headline_value"] == headline)]
    days = korea.set_index("domestic_constraint")["days_waited_mean"].round().astype(int)
    assert f"| {headline:.2f} | {days[0.0]} | {days[0.5]} | {days[1.0]} |" in README


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
