"""Figures: each draws what the folder supports, says its units, and is written whole or not at all."""

import csv
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest

import experiments.figures.analyze as figures
from experiments.analysis.aggregate import Analysis, analyse
from experiments.figures.analyze import STYLE, analyze, draw_figures
from experiments.figures.sheet import HEADER, LeftOut, Plot, factor_label
from experiments.figures.timing import cumulative_share
from experiments.sweeps.design import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.reading import read_results
from experiments.tables.schema import DATE_PARTS
from tests.tools.program import Call, assert_refused, strict_json, tree

ROOT = Path(__file__).resolve().parents[2]
SIX = ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")
UNITS = r"\(|share|probability|fraction|rank|days|bn USD"
TWO: dict[str, Any] = {"headline_value": [0.0, 0.03, 0.06], "domestic_constraint": [0.0, 1.0]}
FOUR: dict[str, Any] = {"headline_value": [0.0, 0.03], "domestic_constraint": [0.0, 1.0]}
ALWAYS = {"cumulative_deals", "deal_days", "payoff_by_rank", "tariff_by_rank"}


def sweep_to(folder: Path, grid: dict[str, Any], case: str = "six", replicates: int = 20) -> Path:
    table = {"name": "small", "case": case, "replicates": replicates, "strategy": "myopic", "grid": grid}
    run_sweep(parse_design(table, "small", Path(), "small"), folder, fresh=True)
    return folder


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep_to(tmp_path_factory.mktemp("swept") / "small", TWO)


@pytest.fixture
def folder(swept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(swept, tmp_path / "small"))


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with matplotlib.rc_context(fname=STYLE):
        yield


@pytest.fixture
def few_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough where only what becomes of the files is at stake."""
    monkeypatch.setattr(figures, "FAMILIES", figures.FAMILIES[1:2])


def write_measures(folder: Path) -> None:
    """A measures.csv with every measure, some of it not defined."""
    points = list(csv.DictReader((folder / "points.csv").open()))
    with (folder / "measures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*points[0], "country", "measure", "part", "unit", "value", "low", "high", "method"])

        def add(point: dict[str, str], country: str, measure: str, part: str, unit: str, value: float | None,
                half: float | None = None) -> None:  # fmt: skip
            ends = ("", "") if half is None or value is None else (value - half, value + half)
            method = "exact" if half is None else "simulated"
            text = "" if value is None else value
            writer.writerow([*point.values(), country, measure, part, unit, text, *ends, method])

        for number, point in enumerate(points):
            for c, iso3 in enumerate(SIX):
                for unit, scale in (("share of stakes", 1.0), ("bn USD a year", 8.0)):
                    for k, part in enumerate(("structural", "causal", "causal_held", "committed", "naive")):
                        value = None if (iso3, part) == ("AUS", "committed") else scale * (0.1 * (c - 2) + 0.02 * k)
                        half = 0.03 * scale if part in ("causal", "naive") else None
                        add(point, iso3, "first_mover_advantage", part, unit, value, half)
                    for k, part in enumerate(("total", "caps", "ratification", "floor")):
                        add(point, iso3, "constraint_cost", part, unit, scale * (0.05 * number - 0.1 + 0.02 * k), 0.04)
                    add(point, iso3, "price_of_waiting", "week", unit, 0.01 * scale)
            for part in ("countries", "joint"):
                add(point, "world", "planner_loss", part, "bn USD a year", 5.0 + number, 0.5)
            add(point, "world", "hegemon_surplus", "mean", "bn USD a year", 12.0)
            add(point, "world", "clustering", "last_9_days", "share of deals", 0.2, 0.05)
            add(point, "world", "clustering", "quiet_spell", "days", 20.0, 2.0)


def write_dates(folder: Path) -> None:
    """A dates.csv for Korea, whose parts add up."""
    points = list(csv.DictReader((folder / "points.csv").open()))
    with (folder / "dates.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        chances = ("mean_rank", "p_news", "p_can_sign", "ratification")
        sums = ("payoff_share", "payoff_bn", "concessions_bn", "tariff")
        writer.writerow([*points[0], "country", "meeting", "day", "regime", *chances, *DATE_PARTS, *sums])
        for point in points:
            for meeting in range(0, 77, 7):
                day = 7 * meeting // 6
                parts = [0.5, 0.2, 0.1, -0.3, -0.02, -0.05 * day / 90, -0.01]
                share = sum(parts)
                writer.writerow([*point.values(), "KOR", meeting, day, "before", 1 + day / 20, 0.1, 1.0, 0.5, *parts,
                                 share, 8 * share, -2.4, 0.1])  # fmt: skip


def drawn(folder: Path) -> tuple[dict[str, Plot], list[LeftOut], Analysis]:
    analysis = analyse(read_results(folder))
    everything = list(draw_figures(analysis))
    plots = {item.name: item for item in everything if isinstance(item, Plot)}
    return plots, [item for item in everything if isinstance(item, LeftOut)], analysis


def texts(plot: Plot) -> list[str]:
    """Everything written on a figure outside tick labels."""
    found = [text.get_text() for text in plot.figure.texts]
    for axes in plot.figure.axes:
        found += [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(), *(text.get_text() for text in axes.texts)]
    return [text for text in found if text]


def assert_fit_for_print(plot: Plot) -> None:
    """Nothing is written outside the page; there is a caption; the axes have units; the numbers are there."""
    canvas = plot.figure.canvas
    renderer = canvas.get_renderer() if hasattr(canvas, "get_renderer") else None
    plot.figure.draw_without_rendering()
    width, height = plot.figure.bbox.size
    written = list(plot.figure.texts)
    for axes in plot.figure.axes:
        if not axes.axison:
            continue
        written += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title]
    for text in written:
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, (plot.name, text.get_text(), box, (width, height))
    assert any(text.startswith("Sweep small, case ") for text in texts(plot))
    assert any(re.search(UNITS, text, re.I) for text in texts(plot)), texts(plot)
    assert plot.rows
    assert all(tuple(line) == HEADER and line["unit"] for line in plot.rows)


def test_what_a_plain_sweep_supports(folder: Path) -> None:
    plots, left_out, _ = drawn(folder)
    assert set(plots) == {"phase_early", "phase_payoff", "hegemon_surplus", *ALWAYS}
    assert {item.why for item in left_out} == {"the folder holds no measures.csv", "the folder holds no dates.csv"}
    for plot in plots.values():
        assert_fit_for_print(plot)


def test_what_measures_and_dates_add(folder: Path) -> None:
    write_measures(folder)
    write_dates(folder)
    plots, left_out, analysis = drawn(folder)
    assert left_out == []
    assert set(plots) >= {
        "first_mover_advantage", "constraint_cost", "price_of_waiting", "map_first_mover_advantage",
        "map_constraint_cost", "map_price_of_waiting", "constraint_cost_over_headline_value", "clustering", "dates_KOR",
    }  # fmt: skip
    for plot in plots.values():
        assert_fit_for_print(plot)
    assert len(plots["hegemon_surplus"].figure.axes) == 3
    labels = [text.get_text() for text in plots["first_mover_advantage"].figure.legends[0].get_texts()]
    assert labels == ["structural", "causal", "causal, date and state held", "committed", "naive (slope)"]
    assert "causal effect" in [text.get_text() for text in plots["payoff_by_rank"].figure.legends[0].get_texts()]
    net = [line for line in plots["dates_KOR"].rows if line["quantity"] == "payoff_share"]
    parts = [line for line in plots["dates_KOR"].rows if line["quantity"] in DATE_PARTS]
    for line in net:
        assert line["point"] == analysis.reference
        assert line["value"] == pytest.approx(sum(part["value"] for part in parts if part["x"] == line["x"]))


@pytest.mark.parametrize(
    ("grid", "missing"),
    [
        ({"hegemon_patience": [0.0, 0.5, 1.0]}, {"hegemon_surplus"}),
        ({"hegemon_patience": [0.8]}, {"hegemon_surplus", "phase_early, phase_payoff"}),
        ({"KOR.date": [20, 54], "delay_cost": [0.0, 0.1], "extension_probability": [0.0, 0.5]}, {"hegemon_surplus"}),
    ],
)
def test_one_factor_no_factor_and_more_than_two(tmp_path: Path, grid: dict[str, Any], missing: set[str]) -> None:
    plots, left_out, analysis = drawn(sweep_to(tmp_path / "x", grid))
    assert set(plots) == ALWAYS | ({"phase_early", "phase_payoff"} if analysis.results.varied else set())
    assert {item.name for item in left_out if not item.why.startswith("the folder")} == missing
    for plot in plots.values():
        assert_fit_for_print(plot)
    if len(grid) > 2:
        assert any("Held: extension probability 0." in text for text in texts(plots["phase_early"]))
    if not analysis.results.varied:
        assert any("the only one" in text for text in texts(plots["deal_days"]))


@pytest.mark.parametrize(
    ("case", "panels"), [("eighteen", 18), pytest.param("all", 18, marks=pytest.mark.slow), ("free_trade", 6)]
)
def test_many_countries_and_nothing_at_stake(tmp_path: Path, case: str, panels: int) -> None:
    plots, _, analysis = drawn(sweep_to(tmp_path / "x", FOUR, case=case, replicates=6))
    if case != "free_trade":
        assert len(plots["phase_early"].figure.axes) == panels + 1  # and the colour bar
    for plot in plots.values():
        assert_fit_for_print(plot)
        assert plot.figure.get_size_inches()[1] < 9.5
    in_file = {line["country"] for line in plots["phase_early"].rows}
    assert in_file == set(analysis.results.countries)


def test_phase_map_shows_the_means(folder: Path) -> None:
    plots, _, analysis = drawn(folder)
    countries = pd.read_csv(folder / "countries.csv")
    countries["early"] = countries["deal_day"] < 18
    expected = countries.groupby(["point", "country"])["early"].mean()
    for line in plots["phase_early"].rows:
        assert line["value"] == pytest.approx(expected[line["point"], line["country"]])
        assert line["low"] <= line["value"] <= line["high"]
        assert line["runs"] == 20
    korea = plots["phase_early"].figure.axes[0].collections[0].get_array()
    assert np.asarray(korea).shape == (2, 3)
    for p, point in enumerate(analysis.plane):
        assert np.asarray(korea)[p % 2, p // 2] == pytest.approx(expected[point, "KOR"])


def test_cumulative_share_counts_deals(folder: Path) -> None:
    _, _, analysis = drawn(folder)
    share = cumulative_share(analysis.kept[analysis.reference], 90)
    countries = pd.read_csv(folder / "countries.csv")
    here = countries[countries["point"] == analysis.reference]
    for day in (0, 17, 45, 90):
        by_run = (here["deal_day"] <= day).groupby(here["replicate"]).mean()
        assert share["mean"][day] == pytest.approx(by_run.mean())
        assert share["high"][day] - share["low"][day] == pytest.approx(2 * 1.959964 * by_run.sem())
        assert share["first"][day] == pytest.approx(np.quantile(by_run, 0.1, method="inverted_cdf"))
    assert (np.diff(share["mean"]) >= 0).all()


def test_factor_labels_have_units() -> None:
    assert factor_label("headline_value") == "Headline value (share of imports)"
    assert factor_label("KOR.domestic_constraint").startswith("KOR domestic constraint (")
    assert factor_label("KOR.date") == "KOR date (day)"
    assert factor_label("of_tomorrow") == "Of tomorrow"


# files


def test_files_are_complete_and_reproducible(folder: Path, call: Call) -> None:
    called = call("analyze", "small")
    assert (called.code, called.err) == (0, "")
    names = {path.name for path in (folder / "figures").iterdir()}
    stems = {"phase_early", "phase_payoff", "hegemon_surplus", *ALWAYS}
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")}
    for path in (folder / "figures").iterdir():
        assert path.read_bytes().startswith(b"\x89PNG" if path.suffix == ".png" else b"<?xml")
    numbers = pd.read_csv(folder / "analysis.csv")
    assert tuple(numbers.columns) == HEADER
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
    (folder / ".figures.partial-999999999" / "figures").mkdir(parents=True)
    (folder / f".figures.partial-{os.getppid()}").mkdir()
    analyze(folder)
    assert [path.name for path in folder.glob(".*")] == [f".figures.partial-{os.getppid()}"]


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
    again = call("sweep", "quick.toml", "--out", "out", "--no-figures")
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
    names = ["countries.csv", "manifest.json", "points.csv", "runs.csv", "summary.csv", "terms.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names


def test_style_is_beside_the_code_and_goes_with_it() -> None:
    assert STYLE.parent == ROOT / "experiments" / "figures"
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "experiments" in packaged["packages"]
