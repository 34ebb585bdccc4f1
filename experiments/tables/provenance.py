"""What a manifest says of the program that made a result folder: its commit, the hash of its rules, its versions."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from model.compiled import RULE_FOLDERS, source_hash

ROOT = Path(__file__).resolve().parents[2]
CODE = ("model", "agents", "experiments", "pyproject.toml")
MAKING_NUMBERS = ("sweeps", "measures", "tables", "analysis")  # rooms of `experiments`
NUMBER_FOLDERS = (*RULE_FOLDERS, *(f"experiments/{room}" for room in MAKING_NUMBERS))
LIBRARIES = ("tariff-pause", "numpy", "numba", "pyarrow", "mesa")


@cache
def versions() -> Mapping[str, str]:
    """Versions of the program, of Python and of the libraries that make the numbers."""
    found = {"python": platform.python_version(), "platform": f"{sys.platform} {platform.machine()}"}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def versions_of_numbers() -> dict[str, str]:
    """The versions on which the numbers of a sweep depend, and how they are written."""
    return {name: found for name, found in versions().items() if name != "mesa"}


@cache
def number_hash() -> str:
    """The hash of all code that makes a number of a result folder: the rules, and what measures and sums up. It is the
    manifest's `rule_hash`; `model.compiled.rule_hash` is that of the compiled rules alone."""
    return source_hash(NUMBER_FOLDERS)


def git_commit() -> str | None:
    """The commit of the program's own checkout, with "-dirty" where its code has been edited; None outside one."""
    if not (ROOT / ".git").exists():
        return None
    try:
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--", *CODE) else "")
    except (OSError, subprocess.SubprocessError):
        return None


def git(*arguments: str) -> str:
    """What git answers of the program's checkout."""
    ask = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(ask, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
