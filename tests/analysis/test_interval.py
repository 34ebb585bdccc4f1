"""Intervals: of shares, means and paired differences; what of them is clear."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.analysis.interval import (
    SIMULATED,
    UNDEFINED,
    Interval,
    Intervals,
    Z,
    around,
    mean_of,
    paired_difference,
    share_intervals,
)


@pytest.mark.parametrize(("count", "runs"), [(0, 10), (3, 10), (10, 10), (50, 200)])
def test_share_interval_is_wilsons(count: int, runs: int) -> None:
    found = share_intervals(np.array([count]), np.array([runs])).one(0)
    expected = stats.binomtest(count, runs).proportion_ci(method="wilson")
    assert (found.low, found.high) == (pytest.approx(expected.low, abs=1e-6), pytest.approx(expected.high, abs=1e-6))
    assert (found.value, found.runs, found.method) == (count / runs, runs, SIMULATED)


def test_mean_with_its_interval() -> None:
    rows = np.random.default_rng(1).normal(3.0, 2.0, 50)
    found = mean_of(np.append(rows, math.nan))
    assert found.value == pytest.approx(rows.mean())
    assert found.high - found.value == pytest.approx(Z * stats.sem(rows))
    assert (found.runs, found.bounded, found.clear) == (50, True, True)


def test_paired_difference_leaves_failed_runs_out() -> None:
    nan = math.nan
    found = paired_difference(np.array([3.0, 5.0, nan, 9.0]), np.array([1.0, 2.0, 4.0, nan]))
    assert (found.value, found.high, found.runs) == (2.5, pytest.approx(2.5 + Z * 0.5), 2)
    nothing = paired_difference(np.array([nan]), np.array([1.0]))
    assert (nothing.defined, nothing.bounded, nothing.runs) == (False, False, 0)


@pytest.mark.parametrize(
    ("found", "clear"),
    [
        (Interval(0.1), True),
        (Interval(0.0), False),
        (Interval(1e-12), False),
        (around(2.0, 0.5), True),
        (around(0.4, 0.5), False),
        (around(1.0, math.nan), False),
        (Interval(0.3, -0.1, 0.6), False),
        (UNDEFINED, False),
    ],
)
def test_what_differs_from_zero(found: Interval, clear: bool) -> None:
    assert found.clear is clear
    assert found.times(8.0).clear is clear
    assert (found.times(8.0).method, found.times(8.0).runs) == (found.method, found.runs)


def test_many_are_like_one() -> None:
    found = [around(1.0, 0.5, 7), Interval(2.0)]
    many = Intervals.of(found)
    assert np.array_equal(many.low, [found[0].low, math.nan], equal_nan=True)
    assert (many[1:].one(0).value, many[1:].one(0).bounded) == (2.0, False)
    counted = Intervals.around(np.array([1.0, 2.0]), np.array([0.5, math.nan]), np.array([7, 1]))
    assert counted.one(0) == around(1.0, 0.5, 7)
    assert counted[[1]].one(0).runs == 1
