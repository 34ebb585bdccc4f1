"""Bins of a sample: their means by hand, their intervals by scipy, and what is left out."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.analysis.aggregate import Analysis, analyse
from experiments.analysis.bins import BINS, EARLY, MOST_LINES, SURPLUS, cut, paired_points, spread, t_intervals
from experiments.analysis.rows import EARLY_DAYS
from experiments.analysis.sentences import three_sentences
from experiments.analysis.wording import with_interval
from experiments.tables.reading import read_results
from experiments.tables.schema import WORLD
from model.errors import InputError
from tests.tools.sampled_folder import LIST, POINTS, SAMPLE, STRATEGIES, change_summary, read, sweep

QUANTITIES = {
    "signed": "p_deal",
    "payoff_share": "payoff_share_mean",
    "payoff_bn": "payoff_bn_mean",
    "days_waited": "days_waited_mean",
}


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sampled") / "small", **SAMPLE)


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grid = {**STRATEGIES, "domestic_constraint": [0.5, 1.0]}
    return sweep(tmp_path_factory.mktemp("crossed") / "small", grid=grid, **SAMPLE)


@pytest.fixture
def folder(sampled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sampled, tmp_path / "small"))


def analysed(folder: Path) -> Analysis:
    return analyse(read_results(folder))


def in_bins(values: pd.Series, low: float, high: float) -> pd.Series:
    """The bin of each value by hand."""
    return np.minimum(((values - low) / ((high - low) / BINS)).astype(int), BINS - 1)


def test_means_and_intervals_of_bins(sampled: Path) -> None:
    analysis, summary = analysed(sampled), read(sampled, "summary.csv")
    binned = analysis.binned
    assert binned is not None and analysis.results.sampled == ("headline_value", "delay_cost")
    for factor, high in (("headline_value", 0.06), ("delay_cost", 0.2)):
        summary["bin"] = in_bins(summary[factor], 0.0, high)
        assert np.allclose(binned.bins[factor].middle, high * (np.arange(BINS) + 0.5) / BINS)
        for quantity, column in QUANTITIES.items():
            found = t_intervals(binned.means[factor][quantity])
            for (b, iso3), group in summary.groupby(["bin", "country"])[column]:
                at = 0, int(b), analysis.results.countries.index(iso3)
                assert found.value[at] == pytest.approx(group.mean())
                assert found.runs is not None and found.runs[at] == len(group)
                if len(group) < 2:
                    assert np.isnan(found.low[at])
                elif group.std() > 1e-9:
                    ends = stats.t.interval(0.95, len(group) - 1, group.mean(), group.sem())
                    assert (found.low[at], found.high[at]) == pytest.approx(ends)


def test_early_deals_and_surplus_come_from_the_rows(sampled: Path) -> None:
    analysis = analysed(sampled)
    assert analysis.binned is not None
    by_point = read(sampled, "runs.csv").groupby("point")["hegemon_surplus_bn"].mean()
    assert analysis.binned.by_point[SURPLUS, WORLD] == pytest.approx(by_point.to_numpy())
    countries = read(sampled, "countries.csv")
    early = (countries["deal_day"] < EARLY_DAYS).groupby(countries["point"]).mean()
    assert analysis.binned.by_point[EARLY, WORLD] == pytest.approx(early.to_numpy())


def test_the_change_between_ends_is_welch_s(sampled: Path) -> None:
    analysis, summary = analysed(sampled), read(sampled, "summary.csv")
    assert analysis.binned is not None
    points = summary.groupby("point").agg({"payoff_bn_mean": "sum", "headline_value": "first"})
    cells = in_bins(points["headline_value"], 0.0, 0.06)
    low, high = (points["payoff_bn_mean"][cells == b] for b in (cells.min(), cells.max()))
    expected = stats.ttest_ind(high, low, equal_var=False)
    found = analysis.binned.end_change("headline_value", ("payoff_bn", WORLD))
    assert found.value == pytest.approx(high.mean() - low.mean())
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert f"raises it by {with_interval(found, ' bn a year')}" in three_sentences(analysis)[1]


def test_points_that_failed_are_in_no_bin(folder: Path) -> None:
    def fail(table: pd.DataFrame) -> None:
        table.loc[table["point"] == 5, "runs"] = 0
        gone = [name for name in table.columns if name.endswith(("_mean", "_se")) or name == "p_deal"]
        table.loc[table["point"] == 5, gone] = np.nan

    whole = analysed(folder).binned
    change_summary(folder, fail)
    left = analysed(folder).binned
    assert whole is not None and left is not None
    b = whole.bins["delay_cost"].of_point[5]
    counts = [found.means["delay_cost"]["payoff_bn"].count[0, :, 0] for found in (whole, left)]
    assert counts[0].sum() == POINTS and counts[1].sum() == POINTS - 1
    assert counts[0][b] - counts[1][b] == 1
    assert np.isnan(left.by_point["payoff_bn", WORLD][5])
    means = [found.means["delay_cost"]["payoff_bn"].mean[0, :, 0] for found in (whole, left)]
    others = np.arange(BINS) != b
    assert np.array_equal(means[0][others], means[1][others])


@pytest.mark.parametrize(
    ("column", "value"),
    [("runs", 7), ("runs", 1.5), ("p_deal", 1.5), ("p_deal", np.nan), ("payoff_bn_se", -1.0), ("country", "XXX")],
)
def test_a_summary_that_no_sweep_writes_is_one_line(folder: Path, column: str, value: object) -> None:
    def spoil(table: pd.DataFrame) -> None:
        table[column] = table[column].astype(object)
        table.loc[9, column] = value

    change_summary(folder, spoil)
    with pytest.raises(InputError, match=r"summary\.csv: (column|line)") as refused:
        analysed(folder)
    assert str(refused.value).isprintable()


def test_a_summary_cut_between_lines_or_out_of_order_is_one_line(folder: Path) -> None:
    lines = (folder / "summary.csv").read_text().splitlines(keepends=True)
    for spoilt in (lines[:-2], [*lines[:3], lines[4], lines[3], *lines[5:]], [*lines, lines[-1]]):
        (folder / "summary.csv").write_text("".join(spoilt))
        with pytest.raises(InputError, match=r"summary\.csv: (143 rows|141 rows|142 rows|line)"):
            analysed(folder)


def test_a_bin_a_value_where_they_are_few(tmp_path: Path) -> None:
    ranges = {"headline_value": {"from": 0.0, "to": 0.06}, "meetings_per_week": {"from": 1, "to": 4}}
    results = read_results(sweep(tmp_path / "a", **{**SAMPLE, "ranges": ranges}))
    bins = cut(results, "meetings_per_week")
    assert bins.by_value and bins.middle.tolist() == [1, 2, 3, 4]
    assert (bins.middle[bins.of_point] == results.factors["meetings_per_week"]).all()
    assert not cut(results, "headline_value").by_value


def test_a_grid_crossed_with_a_sample_has_a_line_a_value(crossed: Path) -> None:
    """Its other factors are held at the reference, and every line has each point of the sample."""
    analysis, summary = analysed(crossed), read(crossed, "summary.csv")
    binned, results = analysis.binned, analysis.results
    assert binned is not None
    assert results.gridded == ("KOR.strategy", "domestic_constraint")
    assert binned.lines.labels == ("myopic", "wait_and_see", "deadline")
    assert binned.lines.reference == 0 and results.factors["domestic_constraint"][analysis.reference] == 1.0
    here = summary[(summary["domestic_constraint"] == 1.0) & (summary["country"] == "KOR")].copy()
    here["bin"] = in_bins(here["delay_cost"], 0.0, 0.2)
    found = binned.means["delay_cost"]["payoff_share"]
    assert found.count[:, :, 0].sum(axis=1).tolist() == [POINTS] * 3
    for (label, b), group in here.groupby(["KOR.strategy", "bin"])["payoff_share_mean"]:
        assert found.mean[binned.lines.labels.index(label), b, 0] == pytest.approx(group.mean())


def test_strategies_are_compared_point_by_point(crossed: Path) -> None:
    analysis, summary = analysed(crossed), read(crossed, "summary.csv")
    assert analysis.binned is not None
    here = summary[(summary["domestic_constraint"] == 1.0) & (summary["country"] == "KOR")]
    by = {label: group["payoff_bn_mean"].to_numpy() for label, group in here.groupby("KOR.strategy")}
    expected = stats.ttest_rel(by["deadline"], by["myopic"])
    change = paired_points(analysis.results, analysis.binned, "KOR.strategy", 2.0, 0.0, ("payoff_bn", "KOR"))
    assert change.value == pytest.approx((by["deadline"] - by["myopic"]).mean())
    assert (change.low, change.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert change.runs == POINTS
    *_, strategy, constraint = three_sentences(analysis)
    assert strategy.startswith("With KOR strategy ") and "instead of myopic" in strategy
    assert f"over {POINTS} points of the sample" in strategy
    assert constraint.startswith("With domestic constraint 1 instead of 0.5 ")


def test_a_few_of_many_lines() -> None:
    values = np.linspace(0.0, 1.0, 41)
    found = spread(values, 0.3)
    assert len(found) <= MOST_LINES
    assert {0.0, 0.3, 1.0} <= set(found.round(9).tolist())


def test_a_list_that_is_no_grid_is_a_sample_and_one_that_is_a_grid(tmp_path: Path) -> None:
    results = read_results(sweep(tmp_path / "a", list=LIST))
    assert results.sampled == ("headline_value", "KOR.strategy") and results.gridded == ()
    assert results.labels == {"KOR.strategy": ("myopic", "deadline")}
    assert results.factors["KOR.strategy"].tolist() == [0, 1, 0]
    assert cut(results, "KOR.strategy").middle.tolist() == [0, 1]
    full = [{"headline_value": h, "KOR.strategy": s} for s in ("deadline", "myopic") for h in (0.0, 0.06)]
    results = read_results(sweep(tmp_path / "b", list=full))
    assert results.sampled == () and results.gridded == ("headline_value", "KOR.strategy")
    assert results.labels == {"KOR.strategy": ("deadline", "myopic")}
    assert results.default("KOR.strategy") == 1.0


def test_dates_that_are_none_in_a_list(tmp_path: Path) -> None:
    points = [{"KOR.date": day, "headline_value": h} for day, h in ((54, 0.0), ("none", 0.01), (20, 0.03))]
    results = read_results(sweep(tmp_path / "a", list=points))
    assert results.factors["KOR.date"].tolist() == [54, 90, 20], "none stands on the last day"
    assert analyse(results).binned is not None
