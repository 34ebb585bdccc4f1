"""Count, mean and squares merge exactly; the least squares line of grouped values is that of the values."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.analysis.interval import Z
from experiments.analysis.moments import Moments
from experiments.analysis.regression import least_squares


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-1e3, 1e3)), min_size=1, max_size=60), st.integers(1, 59))
def test_moments_by_group(pairs: list[tuple[int, float]], cut: int) -> None:
    moments = Moments(5)
    group, value = (np.array(column) for column in zip(*pairs, strict=True))
    moments.add(group[:cut], value[:cut].astype(float))
    moments.add(group[cut:], value[cut:].astype(float))
    for g in range(5):
        own = value[group == g]
        assert moments.count[g] == len(own)
        if len(own):
            assert moments.mean[g] == pytest.approx(own.mean(), rel=1e-9, abs=1e-9)
            assert moments.squares[g] == pytest.approx(((own - own.mean()) ** 2).sum(), rel=1e-6, abs=1e-6)
        else:
            assert math.isnan(moments.mean[g])


@given(st.lists(st.tuples(*[st.one_of(st.just(math.nan), st.floats(-1e3, 1e3))] * 2), min_size=1, max_size=40))
def test_runs_and_groups_are_the_same_moments(rows: list[tuple[float, float]]) -> None:
    values = np.array(rows)
    by_run, by_group = Moments(2), Moments(2)
    for part in np.array_split(values, 3):
        by_run.add_runs(part)
    by_group.add(np.tile([0, 1], len(values)), values.ravel())
    assert np.array_equal(by_run.count, by_group.count)
    assert np.allclose(by_run.mean, by_group.mean, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert np.allclose(by_run.squares, by_group.squares, rtol=1e-6, atol=1e-6)
    expected = pd.DataFrame(values).sem().to_numpy()
    assert np.allclose(by_run.error, expected, rtol=1e-6, atol=1e-6, equal_nan=True)


@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_neighbours_taken_together_are_one_group(width: int) -> None:
    rng = np.random.default_rng(4)
    group, values = rng.integers(0, 5, 200), rng.normal(size=200)
    fine, coarse = Moments(5), Moments(-(-5 // width))
    fine.add(group, values)
    coarse.add(group // width, values)
    for name in ("count", "mean", "squares"):
        assert np.allclose(getattr(fine.together(width), name), getattr(coarse, name)), name


def test_line_of_grouped_values_is_that_of_the_values() -> None:
    rng = np.random.default_rng(7)
    x = rng.integers(1, 6, 300)
    y = 0.3 - 0.1 * x + rng.normal(size=300) * x
    groups = Moments(6)
    groups.add(x, y)
    one_by_one = least_squares(x.astype(float), y)
    grouped = least_squares(np.arange(6), groups.mean, groups.count, groups.squares)
    assert one_by_one.slope == pytest.approx(stats.linregress(x, y).slope, rel=1e-12)
    assert (grouped.slope, grouped.error) == (pytest.approx(one_by_one.slope), pytest.approx(one_by_one.error))
    assert (grouped.x, grouped.y) == (pytest.approx(x.mean()), pytest.approx(y.mean()))


def test_error_of_a_slope_covers_as_often_as_it_says() -> None:
    """Also where values spread more at some x than at others."""
    rng, inside = np.random.default_rng(11), 0
    for _ in range(1000):
        x = rng.integers(1, 6, 200).astype(float)
        line = least_squares(x, 2.0 - 0.5 * x + rng.normal(size=200) * x)
        inside += abs(line.slope + 0.5) < Z * line.error
    assert 0.925 < inside / 1000 < 0.97


def test_no_line_where_x_does_not_vary() -> None:
    for line in (least_squares(np.ones(5), np.arange(5.0)), least_squares(np.zeros(0), np.zeros(0))):
        assert math.isnan(line.slope)
    assert math.isnan(least_squares(np.array([1.0, 2.0]), np.array([0.0, 1.0])).error)
