"""Figures of samples, lists, categories and sweeps without rows: which are drawn, and what is on them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from experiments.analysis.bins import t_intervals
from experiments.figures.analyze import Report, report_text
from experiments.figures.names_axis import names_along, names_beside
from experiments.figures.sheet import NO_ROWS, NOT_NEAR, SAMPLED, LeftOut, Plot
from experiments.tables.reading import Results
from tests.tools.drawn import assert_fit_for_print, drawn, texts
from tests.tools.measured_folder import write_dates, write_measures
from tests.tools.sampled_folder import LIST, RANGES, SAMPLE, STRATEGIES, read, sweep

AT_A_POINT = {"cumulative_deals", "deal_days", "payoff_by_rank", "tariff_by_rank"}
OF_ROWS, OF_SUMMARY = ("early", "payoff", "days_waited", "totals"), ("deal", "payoff", "days_waited", "totals")
ONE_AT_A_TIME = [
    {"headline_value": 0.01, "inertia": 0.3, "KOR.strategy": "myopic"},
    {"headline_value": 0.03, "inertia": 0.3, "KOR.strategy": "myopic"},
    {"headline_value": 0.01, "inertia": 0.1, "KOR.strategy": "myopic"},
    {"headline_value": 0.01, "inertia": 0.3, "KOR.strategy": "wait_and_see"},
]
OF_LIST = ("headline_value", "inertia", "KOR_strategy")
TWO = {"KOR.strategy": ["myopic", "deadline"], "hegemon.strategy": ["promise_keeping", "choosing"]}
KINDS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("sample", SAMPLE, {f"{name}_over_{factor}" for name in OF_ROWS for factor in RANGES} | AT_A_POINT),
    (
        "sample without rows",
        {**SAMPLE, "save": "summary"},
        {f"{name}_over_{factor}" for name in OF_SUMMARY for factor in RANGES},
    ),
    (
        "sobol x categories",
        {"sample": {"method": "sobol", "points": 16, "seed": 1}, "ranges": RANGES, "grid": STRATEGIES},
        {f"{name}_over_{factor}" for name in OF_ROWS for factor in RANGES} | AT_A_POINT,
    ),
    ("one category", {"grid": STRATEGIES}, {"phase_early", "phase_payoff"} | AT_A_POINT),
    ("two categories", {"grid": TWO}, {"phase_early", "phase_payoff"} | AT_A_POINT),
    (
        "category and number",
        {"grid": {**STRATEGIES, "headline_value": [0.0, 0.06]}},
        {"phase_early", "phase_payoff", "hegemon_surplus"} | AT_A_POINT,
    ),
    (
        "list",
        {"list": LIST},
        {f"{name}_over_{factor}" for name in OF_ROWS for factor in ("headline_value", "KOR_strategy")} | AT_A_POINT,
    ),
    (
        "one at a time",
        {"list": ONE_AT_A_TIME},
        {f"{name}_over_{factor}" for name in ("early", "payoff") for factor in OF_LIST}
        | {"hegemon_surplus"}
        | AT_A_POINT,
    ),
    (
        "grid without rows",
        {"grid": {"headline_value": [0.0, 0.06], "delay_cost": [0.0, 0.1]}, "save": "summary"},
        {"phase_deal", "phase_payoff", "phase_days_waited", "hegemon_surplus"},
    ),
    (
        "category without countries",
        {"grid": STRATEGIES, "save": "runs"},
        {"phase_deal", "phase_payoff", "phase_days_waited"},
    ),
]


SLOW_KINDS = ("sobol x categories", "category without countries")


@pytest.mark.parametrize(
    ("design", "names"),
    [pytest.param(*rest, id=kind, marks=[pytest.mark.slow] if kind in SLOW_KINDS else []) for kind, *rest in KINDS],
)
def test_which_figures_are_drawn(tmp_path: Path, design: dict[str, Any], names: set[str]) -> None:
    plots, left_out, _ = drawn(sweep(tmp_path / "small", **design))
    assert set(plots) == names
    for plot in plots.values():
        assert_fit_for_print(plot)
        assert plot.figure.get_size_inches()[1] < 9.5
    if "save" in design:
        assert {"cumulative_deals, deal_days", "payoff_by_rank, tariff_by_rank"} <= {
            item.name for item in left_out if item.why == NO_ROWS
        }


@pytest.mark.parametrize(
    "design",
    [
        pytest.param(SAMPLE, marks=pytest.mark.slow),
        {"grid": STRATEGIES},
        pytest.param({"grid": TWO}, marks=pytest.mark.slow),
        pytest.param({"list": ONE_AT_A_TIME}, marks=pytest.mark.slow),
    ],
)
def test_measures_over_bins_and_names(tmp_path: Path, design: dict[str, Any]) -> None:
    folder = sweep(tmp_path / "small", **design)
    write_measures(folder)
    write_dates(folder)
    plots, left_out, analysis = drawn(folder)
    for plot in plots.values():
        assert_fit_for_print(plot)
    assert {"constraint_cost", "first_mover_advantage", "price_of_waiting", "dates_KOR"} <= set(plots)
    if design is SAMPLE:
        for factor in RANGES:
            over = {f"{name}_over_{factor}" for name in ("constraint_cost", "planner_loss", "clustering")}
            assert over <= set(plots)
        assert not any(name.startswith("map_") for name in plots)
        binned = analysis.binned
        assert binned is not None
        rows = [row for row in plots["planner_loss_over_delay_cost"].rows if row["quantity"].startswith("theirs")]
        cells = binned.bins["delay_cost"].of_point
        for row, b in zip(rows, sorted(set(cells.tolist())), strict=True):
            assert row["value"] == pytest.approx(5.0 + np.flatnonzero(cells == b).mean()), "as made up"
            assert row["point"] is None
    elif "list" in design:
        assert {f"constraint_cost_over_{name}" for name in OF_LIST} <= set(plots)
    else:
        assert {"constraint_cost_over_KOR_strategy", "planner_loss"} <= set(plots)
    assert all(item.why in (SAMPLED, "headline_value does not vary") for item in left_out)


def test_numbers_of_a_figure_are_the_bins(tmp_path: Path) -> None:
    plots, _, analysis = drawn(sweep(tmp_path / "small", grid=STRATEGIES, **SAMPLE))
    binned = analysis.binned
    assert binned is not None
    found = t_intervals(binned.means["delay_cost"]["payoff_share"])
    rows = plots["payoff_over_delay_cost"].rows
    assert len(rows) == np.isfinite(found.value).sum()
    for row in rows:
        line = next(k for k, label in enumerate(binned.lines.labels) if label in row["quantity"])
        b = int(np.argmin(np.abs(binned.bins["delay_cost"].middle - row["x"])))
        at = line, b, analysis.results.countries.index(row["country"])
        assert row["value"] == found.value[at]
        assert found.runs is not None and row["runs"] == found.runs[at]
        assert (row["low"] is None) == (found.runs[at] < 2)
    said = " ".join(texts(plots["payoff_over_delay_cost"])).replace("\n", " ")
    assert "95 % t intervals over points" in said and "none for a single point" in said
    legend = [text.get_text() for text in plots["payoff_over_delay_cost"].figure.legends[0].get_texts()]
    assert legend == [f"KOR strategy {label}" for label in STRATEGIES["KOR.strategy"]]


def test_names_stand_on_an_axis_without_an_order(tmp_path: Path) -> None:
    """Marks that no line joins, at their names."""
    folder = sweep(tmp_path / "small", grid=STRATEGIES)
    plots, _, analysis = drawn(folder)
    axes = plots["phase_payoff"].figure.axes[3]  # of the lower row: the upper one has marks alone
    names = [text.get_text().replace("\n", " ") for text in axes.get_xticklabels()]
    assert names == ["myopic", "wait and see", "deadline"]
    (marks,) = axes.lines
    assert marks.get_linestyle() == "None"
    summary = read(folder, "summary.csv")
    britain = summary[summary["country"] == "GBR"]["payoff_share_mean"]
    assert np.asarray(marks.get_ydata()) == pytest.approx(britain.to_numpy())
    legend = plots["cumulative_deals"].figure.axes[0].get_legend()
    assert legend is not None
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ["KOR strategy myopic (reference)", "KOR strategy wait_and_see", "KOR strategy deadline"]
    assert analysis.reference == 0


@pytest.mark.parametrize(("width", "turned"), [(6.0, False), (1.0, True)])
def test_names_are_turned_where_they_are_too_wide(width: float, turned: bool) -> None:
    labels = {"strategy": ("wait_and_see", "best_response_to_all_others", "/a/b.py:mine")}
    results = cast(Results, SimpleNamespace(labels=labels))
    names = names_along(results, "strategy", width)
    assert (names.turned, names.more > 0) == (turned, turned)
    assert names.written[-1] == "mine"
    assert max(map(len, names.written)) <= 20
    assert names_along(results, "inertia", width).written == () == names_beside(results, "inertia").written


def test_a_sample_far_from_the_defaults_has_no_figure_at_one_point(tmp_path: Path) -> None:
    ranges = {"headline_value": {"from": 0.05, "to": 0.1}, "inertia": {"from": 0.8, "to": 0.9}}
    plots, left_out, analysis = drawn(sweep(tmp_path / "small", **{**SAMPLE, "ranges": ranges}))
    assert not analysis.near
    assert not set(plots) & AT_A_POINT
    assert {item.name for item in left_out if item.why == NOT_NEAR} == {
        "cumulative_deals, deal_days",
        "payoff_by_rank, tariff_by_rank",
    }


def test_more_factors_than_can_be_drawn(tmp_path: Path) -> None:
    """Those that move payoffs most are."""
    ranges = {
        **RANGES,
        **{f"{iso3}.delay_cost": {"from": 0.0, "to": 0.1} for iso3 in ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")},
    }
    plots, left_out, _ = drawn(sweep(tmp_path / "small", **{**SAMPLE, "ranges": ranges}))
    assert sum(name.startswith("payoff_over_") for name in plots) == 6
    assert "payoff_over_headline_value" in plots
    assert any(item.name.startswith("figures over ") and "of 6 factors at most" in item.why for item in left_out)


def test_what_is_left_out_for_one_reason_is_told_once() -> None:
    left = (LeftOut("a", "why"), LeftOut("b", "other"), LeftOut("c", "why"))
    text = report_text(Report(Path("x"), ("d",), left, ("One.",), 1, 0))
    assert "Left out: a, c (why); b (other)" in text


def test_plots_have_their_own_names(tmp_path: Path) -> None:
    plots, _, _ = drawn(sweep(tmp_path / "small", list=LIST))
    for name, plot in plots.items():
        assert isinstance(plot, Plot) and {row["figure"] for row in plot.rows} == {name}
