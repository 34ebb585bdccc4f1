"""What a command imports: a listing nothing that compiles, computes or draws, a sweep neither Mesa nor pandas."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.sweeps.built_in import design_heads
from experiments.sweeps.design_file import load_design
from model.case_file import load_case, shipped_cases
from model.case_list import case_heads

COMPILED = ("numba", "llvmlite", "mesa", "pandas", "pyarrow", "matplotlib", "solara", "scipy")
LISTINGS = (("cases",), ("designs",), ("parameters",), ("--help",), ("sweep", "--help"), ("cases", "six", "--show"))
CALL = """
import sys
import experiments.cli
try:
    experiments.cli.main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""


def imported(code: str, *arguments: str, among: tuple[str, ...], folder: Path) -> list[str]:
    """Which of these modules a process of its own has imported at its end."""
    tell = f"{code}\nimport sys\nprint('\\nimported:', *(name for name in {among!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", tell, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    label, *names = done.stdout.splitlines()[-1].split()
    assert label == "imported:"
    return names


@pytest.mark.parametrize("arguments", LISTINGS, ids=" ".join)
def test_a_listing_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    few = ("numpy",) if "--show" not in arguments else ()
    assert imported(CALL, *arguments, among=(*COMPILED, *few), folder=tmp_path) == []


def test_strategies_are_listed_without_compiling_them(tmp_path: Path) -> None:
    assert imported(CALL, "strategies", among=COMPILED, folder=tmp_path) == []


@pytest.mark.parametrize("package", ["model", "agents", "experiments", "experiments.cli"])
def test_a_package_imports_nothing_heavy_by_itself(tmp_path: Path, package: str) -> None:
    assert imported(f"import {package}", among=(*COMPILED, "numpy"), folder=tmp_path) == []


def test_a_sweep_imports_neither_mesa_nor_pandas(tmp_path: Path) -> None:
    unwanted = ("mesa", "pandas", "solara")
    assert imported("import experiments.sweeps.sweep", among=unwanted, folder=tmp_path) == []
    sweep = ("sweep", "quickstart", "--replicates", "2")
    assert imported(CALL, *sweep, among=unwanted, folder=tmp_path) == []
    assert (tmp_path / "results" / "quickstart" / "figures").is_dir()


def test_pandas_can_be_had_after_a_sweep_all_the_same(tmp_path: Path) -> None:
    late = """
import pyarrow as pa
from experiments.tables.without_pandas import keep_pandas_out
keep_pandas_out()
table = pa.table({"a": [1, 2]})
assert "pandas" not in __import__("sys").modules
assert list(table.to_pandas()["a"]) == [1, 2]
import pandas
"""
    assert imported(late, among=("pandas",), folder=tmp_path) == ["pandas"]


# What is read in a light way is what is there


def test_heads_of_cases_are_those_of_the_cases() -> None:
    loaded = [load_case(name) for name in shipped_cases()]
    assert [(head.name, head.title, head.countries) for head in case_heads()] == [
        (case.name, case.title, len(case.countries)) for case in loaded
    ]


def test_heads_of_designs_are_those_of_the_designs() -> None:
    for head in design_heads():
        design = load_design(head.name)
        assert (head.points, head.replicates, head.about) == (len(design.points), design.replicates, design.about)
