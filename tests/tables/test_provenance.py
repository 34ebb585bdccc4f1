"""What a manifest says of the program: a hash that follows every source of a number, and the commit of its code."""

import shutil
import subprocess
from pathlib import Path

import pytest

from experiments.tables import provenance
from model import compiled

ROOT = Path(__file__).resolve().parents[2]
KEPT_OUT = shutil.ignore_patterns("__pycache__")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the program's code, to be edited, of which the manifest tells."""
    for name in ("model", "agents", "experiments"):
        shutil.copytree(ROOT / name, tmp_path / "program" / name, ignore=KEPT_OUT)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "program")
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "program" / "model" / "compiled.py"))
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "program")
    return tmp_path / "program"


def hashes() -> tuple[str, str]:
    """(hash of the compiled rules, hash in manifests), made anew."""
    return compiled.rule_hash.__wrapped__(), provenance.number_hash.__wrapped__()


NUMBERS = [
    path.relative_to(ROOT).as_posix() for room in ("sweeps", "measures", "tables", "analysis")
    for path in sorted((ROOT / "experiments" / room).rglob("*.py"))
]  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_what_makes_a_number_changes_the_hash_of_manifests_only(program: Path, name: str) -> None:
    rules, numbers = hashes()
    (program / name).write_bytes((program / name).read_bytes() + b"\n")
    now_rules, now_numbers = hashes()
    assert now_rules == rules
    assert now_numbers != numbers


@pytest.mark.parametrize("name", ["model/belief.py", "agents/deep/down/strategy.py", "model/sub/rule.py"])
def test_a_rule_changes_both_hashes_in_sub_folders_too(program: Path, name: str) -> None:
    rules, numbers = hashes()
    (program / name).parent.mkdir(parents=True, exist_ok=True)
    with (program / name).open("a") as file:
        file.write("\n")
    now_rules, now_numbers = hashes()
    assert now_rules != rules
    assert now_numbers != numbers


@pytest.mark.parametrize("name", ["experiments/cli.py", "experiments/figures/sheet.py", "experiments/page/app.py"])
def test_what_only_shows_numbers_changes_neither(program: Path, name: str) -> None:
    before = hashes()
    (program / name).write_text("")
    assert hashes() == before


# The commit


@pytest.fixture
def checkout(program: Path) -> Path:
    """The copy as a checkout with one commit, beside it a kept result and a page of text."""
    (program / "results").mkdir()
    for name in ("results/points.csv", "README.md"):
        (program / name).write_text("as committed\n")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        who = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
        subprocess.run(["git", *who, *arguments], cwd=program, check=True, capture_output=True)
    return program


def commit_of(checkout: Path) -> str:
    asked = ["git", "rev-parse", "HEAD"]
    return subprocess.run(asked, cwd=checkout, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_of_an_unedited_checkout(checkout: Path) -> None:
    assert provenance.git_commit() == commit_of(checkout)


@pytest.mark.parametrize("name", ["results/points.csv", "results/new.csv", "README.md", "notes.txt"])
def test_results_and_texts_do_not_make_it_dirty(checkout: Path, name: str) -> None:
    (checkout / name).write_text("edited\n")
    assert provenance.git_commit() == commit_of(checkout)


@pytest.mark.parametrize("name", ["model/belief.py", "model/new.py", "experiments/designs/new.toml", "pyproject.toml"])
def test_code_makes_it_dirty(checkout: Path, name: str) -> None:
    (checkout / name).write_text("")
    assert provenance.git_commit() == f"{commit_of(checkout)}-dirty"


def test_no_commit_outside_a_checkout_or_without_git(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provenance.git_commit() is None
    (program / ".git").mkdir()  # and not one that git can read
    assert provenance.git_commit() is None
    monkeypatch.setenv("PATH", "")
    assert provenance.git_commit() is None
