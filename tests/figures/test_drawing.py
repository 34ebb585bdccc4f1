"""Figures: each draws what the folder supports, says its units, and has its numbers beside it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.statistics import cumulative_share
from experiments.analysis.wording import factor_label
from experiments.tables.schema import BN, DATE_PARTS, SHARE
from tests.tools.drawn import assert_fit_for_print, drawn, texts
from tests.tools.measured_folder import made_up_measures, sweep_to, write_dates, write_measures

FOUR: dict[str, Any] = {"headline_value": [0.0, 0.03], "domestic_constraint": [0.0, 1.0]}
ALWAYS = {"cumulative_deals", "deal_days", "payoff_by_rank", "tariff_by_rank"}


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
        "first_mover_advantage",
        "constraint_cost",
        "price_of_waiting",
        "map_first_mover_advantage",
        "map_constraint_cost",
        "map_price_of_waiting",
        "constraint_cost_over_headline_value",
        "clustering",
        "dates_KOR",
    }
    for plot in plots.values():
        assert_fit_for_print(plot)
    assert len(plots["hegemon_surplus"].figure.axes) == 3
    labels = [text.get_text() for text in plots["first_mover_advantage"].figure.legends[0].get_texts()]
    assert labels == ["structural", "causal", "causal, date and state held", "committed", "naive"]
    net = [line for line in plots["dates_KOR"].rows if line["quantity"] == "payoff_share"]
    parts = [line for line in plots["dates_KOR"].rows if line["quantity"] in {part.name for part in DATE_PARTS}]
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
    ("case", "panels"),
    [*(pytest.param(case, 18, marks=pytest.mark.slow) for case in ("eighteen", "all")), ("free_trade", 6)],
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


def test_the_naive_advantage_is_the_measured_one(folder: Path) -> None:
    """One name, one number: where measures.csv has it, exactly that; what is drawn through the runs is a slope."""
    bare, _, analysis = drawn(folder)
    slopes = [line for line in bare["payoff_by_rank"].rows if line["quantity"] == "naive slope"]
    assert {line["unit"] for line in slopes} == {"share of stakes per rank", "bn USD a year per rank"}
    assert not [line for line in bare["payoff_by_rank"].rows if "advantage" in line["quantity"]]
    assert any("was not measured" in text for text in texts(bare["payoff_by_rank"]))
    write_measures(folder)
    plots, _, _ = drawn(folder)
    expected = {(row[0], row[3]): row[4:7] for row in made_up_measures(analysis.reference) if row[2] == "naive"}
    for name in ("payoff_by_rank", "first_mover_advantage"):
        rows = [line for line in plots[name].rows if line["quantity"] == "first_mover_advantage / naive"]
        found = {(line["country"], line["unit"]): (line["value"], line["low"], line["high"]) for line in rows}
        assert found == {key: pytest.approx(numbers) for key, numbers in expected.items()}
        assert {unit for _, unit in found} == {SHARE, BN}
    assert "naive \N{MINUS SIGN}0.12, causal \N{MINUS SIGN}0.18" in texts(plots["payoff_by_rank"])
    for plot in plots.values():
        assert not [line for line in plot.rows if "first minus last" in line["quantity"]]


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
        assert share.mean.value[day] == pytest.approx(by_run.mean())
        assert share.mean.high[day] - share.mean.low[day] == pytest.approx(2 * 1.959964 * by_run.sem())
        for quantile, decile in ((0.1, share.first_decile), (0.9, share.last_decile)):
            assert decile[day] == pytest.approx(np.quantile(by_run, quantile, method="inverted_cdf"))
    assert (np.diff(share.mean.value) >= 0).all()


def test_factor_labels_have_units() -> None:
    assert factor_label("headline_value") == "Headline value (share of imports)"
    assert factor_label("KOR.domestic_constraint").startswith("KOR domestic constraint (")
    assert factor_label("KOR.date") == "KOR date (day)"
    assert factor_label("of_tomorrow") == "Of tomorrow"
