"""A small sweep, drawn in the style of the figures."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import pytest

import experiments.figures.analyze as figures
from experiments.figures.analyze import STYLE
from experiments.figures.timing import timing_figures
from tests.tools.measured_folder import sweep_to

GRID: dict[str, Any] = {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0]}


@pytest.fixture(scope="package")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of the sweep, not to be touched."""
    return sweep_to(tmp_path_factory.mktemp("swept") / "small", GRID)


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    """A copy to add to."""
    return Path(shutil.copytree(swept, tmp_path / "small"))


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    """The figures' own style."""
    with matplotlib.rc_context(fname=STYLE):
        yield


@pytest.fixture
def few_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """One family of figures: enough where only what becomes of the files is at stake."""
    monkeypatch.setattr(figures, "FAMILIES", (timing_figures,))
