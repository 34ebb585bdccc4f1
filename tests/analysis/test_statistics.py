"""The statistics behind figures and sentences: the naive slope, and changes paired by run."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.analysis.aggregate import analyse
from experiments.analysis.interval import Z
from experiments.analysis.statistics import by_groups_of_ranks, changes, naive_line, naive_slope
from experiments.tables.reading import read_results
from tests.tools.program import read_tables


def test_paired_errors_are_the_direct_ones(swept: Path) -> None:
    """And smaller than those of independent samples, which is what common random draws are for."""
    analysis = analyse(read_results(swept))
    _, runs, countries = read_tables(swept)
    points = analysis.line("headline_value")
    by_run = countries.groupby(["point", "replicate"])["payoff_bn"].sum()
    surplus = runs.set_index(["point", "replicate"])["hegemon_surplus_bn"]
    found = changes(analysis, "headline_value")
    for party, series in (("countries", by_run), ("hegemon", surplus), ("together", by_run + surplus)):
        for i, point in enumerate(points):
            gap = series[point] - series[points[0]]
            change = found[party][i]
            assert change.value == pytest.approx(gap.mean(), rel=1e-5, abs=1e-5)
            assert change.high - change.low == pytest.approx(2 * Z * gap.sem(), rel=1e-4, abs=1e-5)
    apart = math.hypot(surplus[points[0]].sem(), surplus[points[-1]].sem())
    assert (surplus[points[-1]] - surplus[points[0]]).sem() < apart


def test_naive_slope_is_least_squares(swept: Path) -> None:
    analysis = analyse(read_results(swept))
    _, _, countries = read_tables(swept)
    here = countries[(countries["point"] == analysis.reference) & countries["deal_rank"].notna()]
    checked = 0
    for c, iso3 in enumerate(analysis.results.countries):
        mine = here[here["country"] == iso3]
        if mine["deal_rank"].nunique() < 2 or len(mine) < 3:
            continue
        for quantity in ("payoff_share", "payoff_bn"):
            expected = stats.linregress(mine["deal_rank"], mine[quantity])
            slope, line = naive_slope(analysis, c, quantity), naive_line(analysis, c, quantity)
            assert slope.value == line.slope == pytest.approx(expected.slope, rel=1e-9, abs=1e-12)
            assert slope.runs == len(mine)
            apart = mine["deal_rank"] - mine["deal_rank"].mean()
            residual = mine[quantity] - expected.intercept - expected.slope * mine["deal_rank"]
            robust = np.sqrt((apart**2 * residual**2).sum()) / (apart**2).sum()
            assert slope.high - slope.value == pytest.approx(Z * robust, rel=1e-6, abs=1e-9)
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize("width", [1, 2])
def test_groups_of_ranks_are_means_of_their_signatures(swept: Path, width: int) -> None:
    analysis = analyse(read_results(swept))
    _, _, countries = read_tables(swept)
    here = countries[(countries["point"] == analysis.reference) & countries["deal_rank"].notna()]
    for c, iso3 in enumerate(analysis.results.countries):
        mine = here[here["country"] == iso3]
        groups = mine.groupby((mine["deal_rank"].astype(int) - 1) // width)
        groups = groups.filter(lambda group: len(group) >= 5).groupby((mine["deal_rank"].astype(int) - 1) // width)
        ranks, found = by_groups_of_ranks(analysis.by_rank["payoff_share"], c, width)
        assert np.allclose(ranks, groups["deal_rank"].mean())
        assert np.allclose(found.value, groups["payoff_share"].mean())
        assert np.allclose(found.high - found.value, Z * groups["payoff_share"].sem())
