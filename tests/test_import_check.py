"""A file or package named `model` or `agents` that is found before ours is named in one line, wherever one starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.program import Called, assert_refused

ROOT = Path(__file__).resolve().parent.parent
FOREIGN = ("model.py", "model/__init__.py", "agents.py", "agents/__init__.py")


def ask(folder: Path, *arguments: str) -> Called:
    """Python started in a folder that comes first where modules are looked for."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    return Called(done.returncode, done.stdout, done.stderr)


@pytest.fixture(params=FOREIGN)
def foreign(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A module of that name that is not ours."""
    path = tmp_path / request.param
    path.parent.mkdir(exist_ok=True)
    path.write_text("answer = 42\n")
    return path


def test_the_command_line_names_the_file(foreign: Path, tmp_path: Path) -> None:
    for arguments in (("cases",), ("--help",), ("run", "--json")):
        assert_refused(ask(tmp_path, "-m", "experiments", *arguments), str(foreign), "a folder of its own")


@pytest.mark.parametrize("before", ["", "import model, agents; "])
def test_a_notebook_names_the_file(foreign: Path, tmp_path: Path, before: str) -> None:
    called = ask(tmp_path, "-c", f"{before}from experiments import run")
    assert called.code == 1
    last = called.err.splitlines()[-1]
    assert last.startswith(f"ImportError: {foreign} is imported as {foreign.relative_to(tmp_path).parts[0][:5]!r}"[:-2])


def test_nothing_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("")
    (tmp_path / "model").mkdir()  # a folder without Python in it
    (tmp_path / "model" / "notes.txt").write_text("")
    assert ask(tmp_path, "-m", "experiments", "cases").code == 0
    assert ask(tmp_path, "-c", "from experiments import run, read_results").code == 0
