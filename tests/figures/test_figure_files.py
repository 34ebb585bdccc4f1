"""Figures are written whole or not at all, by `analyze` and at the end of a sweep; what is not ours stays."""

import os
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import experiments.figures.analyze as figures
from experiments.figures.analyze import STYLE, analyze
from experiments.figures.sheet import Plot
from experiments.tables.owner import Owner
from experiments.tables.schema import ANALYSIS
from tests.tools.killing import killed_before
from tests.tools.program import Call, assert_refused, strict_json, tree

ROOT = Path(__file__).resolve().parents[2]
ALWAYS = {"cumulative_deals", "deal_days", "payoff_by_rank", "tariff_by_rank"}


def test_files_are_complete_and_reproducible(folder: Path, call: Call) -> None:
    called = call("analyze", "small")
    assert (called.code, called.err) == (0, "")
    names = {path.name for path in (folder / "figures").iterdir()}
    stems = {"phase_early", "phase_payoff", "hegemon_surplus", *ALWAYS}
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")}
    for path in (folder / "figures").iterdir():
        assert path.read_bytes().startswith(b"\x89PNG" if path.suffix == ".png" else b"<?xml")
    numbers = pd.read_csv(folder / "analysis.csv")
    assert list(numbers.columns) == ANALYSIS.schema().names
    assert set(numbers["figure"]) == stems
    lines = called.out.strip().splitlines()
    assert lines[0].startswith("7 figures (png, svg) in small/figures/ and small/analysis.csv")
    assert lines[1].startswith("Left out: ")
    assert len([line for line in lines[2:] if line]) == 3
    before = tree(folder)
    assert call("analyze", "small").out == called.out
    assert tree(folder) == before


@pytest.mark.usefixtures("few_formats")
def test_old_figures_go_and_what_is_not_ours_stays(folder: Path) -> None:
    (folder / "figures" / "mine").mkdir(parents=True)
    analyze(folder)
    for kind in ("png", "svg"):
        shutil.copy(folder / "figures" / f"deal_days.{kind}", folder / "figures" / f"of_before.{kind}")
    (folder / "figures" / "notes.svg").write_text("mine")
    (folder / "figures" / "mine" / "plot.py").write_text("mine")
    report = analyze(folder)
    kept = {str(path.relative_to(folder / "figures")) for path in (folder / "figures").rglob("*")}
    ours = {f"{name}.{kind}" for name in report.figures for kind in ("png", "svg")}
    assert kept == ours | {"notes.svg", "mine", "mine/plot.py"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.usefixtures("few_formats")
def test_interrupted_analysis_leaves_the_old_figures(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    analyze(folder)
    before = tree(folder)
    drawing = figures.save

    def fail(plot: Plot, target: Path) -> None:
        if plot.name == "deal_days":
            (target / "deal_days.png").write_text("half a fig")
            raise error
        drawing(plot, target)

    monkeypatch.setattr(figures, "save", fail)
    if isinstance(error, OSError):
        assert_refused(call("analyze", "small"), "small/figures", "No space left on device")
    else:
        with pytest.raises(KeyboardInterrupt):
            analyze(folder)
    assert tree(folder) == before


@pytest.mark.usefixtures("few_formats")
def test_what_an_interrupted_analysis_left_is_removed(folder: Path) -> None:
    (folder / ".drawing" / "figures").mkdir(parents=True)
    (folder / ".drawing" / "figures" / "half.png").write_text("half")
    analyze(folder)
    assert list(folder.glob(".*")) == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.usefixtures("few_formats")
def test_killed_before_any_file_operation_it_loses_nothing_of_the_users(folder: Path) -> None:
    analyze(folder)
    (folder / "figures" / "notes.svg").write_text("mine")
    (folder / "figures" / "mine").mkdir()
    (folder / "figures" / "mine" / "plot.py").write_text("mine")
    whole, number, killed = tree(folder), 0, True
    while killed:
        number += 3
        killed = killed_before(number, lambda: analyze(folder), folder)
        assert (folder / "figures" / "notes.svg").read_text() == "mine"
        assert (folder / "figures" / "mine" / "plot.py").read_text() == "mine"
        if (folder / "analysis.csv").exists():
            assert {path: content for path, content in tree(folder).items() if ".drawing" not in path} == whole
    assert number > 9
    assert tree(folder) == whole


@pytest.mark.usefixtures("few_formats")
@pytest.mark.parametrize("name", ["analysis.csv", "figures/deal_days.png"])
def test_a_file_of_the_users_own_is_not_replaced(folder: Path, call: Call, name: str) -> None:
    (folder / "figures").mkdir()
    (folder / name).write_text("mine")
    before = tree(folder)
    assert_refused(call("analyze", "small"), f"small/{name}: not ", "in the way; move it elsewhere")
    assert tree(folder) == before


def test_two_at_a_time_are_one_too_many(folder: Path, call: Call) -> None:
    owner = Owner(folder / ".drawing")
    owner.claim()
    assert_refused(call("analyze", "small"), "small: is in use by process")
    owner.release(keep=False)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("name", ["", "figures"])
def test_folder_that_cannot_be_written(folder: Path, call: Call, name: str) -> None:
    (folder / "figures").mkdir()
    before = tree(folder)
    (folder / name).chmod(0o555)
    try:
        assert_refused(call("analyze", "small"), "cannot be written", "Permission denied")
        assert tree(folder) == before
    finally:
        (folder / name).chmod(0o755)


def test_refused_permission_is_one_line(folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a superuser, to whom nothing is refused."""
    (folder / "figures").mkdir()
    before = tree(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "figures")
    assert_refused(call("analyze", "small"), "small/figures: cannot be written (Permission denied)")
    assert tree(folder) == before


# after a sweep

DESIGN = 'name = "quick"\nreplicates = 10\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'


@pytest.mark.usefixtures("few_formats")
def test_sweep_ends_with_figures_unless_told_not_to(call: Call, tmp_path: Path) -> None:
    (tmp_path / "quick.toml").write_text(DESIGN)
    called = call("sweep", "quick.toml", "--out", "out", "--no-figures")
    assert called.code == 0
    assert not (tmp_path / "out" / "figures").exists()
    drawn_too = call("sweep", "quick.toml", "--out", "out")
    assert (drawn_too.code, drawn_too.err) == (0, "")
    assert (tmp_path / "out" / "figures" / "deal_days.svg").exists()
    assert "2 figures (png, svg) in out/figures/" in drawn_too.out
    before = tree(tmp_path / "out")
    assert call("sweep", "quick.toml", "--out", "out").code == 0
    assert tree(tmp_path / "out") == before, "what is finished is not done again"
    again = call("sweep", "quick.toml", "--out", "out", "--no-figures", "--fresh")
    assert again.code == 0
    assert not (tmp_path / "out" / "figures").exists(), "figures of other tables survive"
    assert not (tmp_path / "out" / "analysis.csv").exists()


@pytest.mark.parametrize("error", [ZeroDivisionError("a\nb"), OSError(28, "No space left on device")])
def test_failure_in_drawing_does_not_lose_the_sweep(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(plot: Plot, target: Path) -> None:
        raise error

    monkeypatch.setattr(figures, "save", fail)
    (tmp_path / "quick.toml").write_text(DESIGN)
    called = call("sweep", "quick.toml", "--out", "out")
    assert called.code == 2
    assert len(called.err.splitlines()) == 1
    assert "the tables are complete, but the figures are not drawn" in called.err
    assert "tariff-pause analyze out" in called.err
    assert strict_json((tmp_path / "out" / "manifest.json").read_text())["runs"] == 20
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"countries.csv", "manifest.json", "points.csv", "runs.csv", "summary.csv", "terms.csv"} <= names
    assert not {"figures", "analysis.csv", ".drawing"} & names


def test_style_is_beside_the_code_and_goes_with_it() -> None:
    assert STYLE.parent == ROOT / "experiments" / "figures"
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "experiments" in packaged["packages"]
