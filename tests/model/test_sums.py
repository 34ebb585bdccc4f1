"""Sums over runs: what they are, and that it does not matter how the runs are cut."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from model.sums import add_runs

VALUES = st.floats(-1e6, 1e6) | st.just(math.nan) | st.sampled_from([-1.0, -0.0, 0.0, 89.0])
RUNS = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=VALUES)


def in_words(values):
    """The sums of one country, one value after another."""
    count, about, total, squares = 0.0, 0.0, 0.0, 0.0
    for value in values:
        if not math.isnan(value):
            about = value if count == 0 else about
            count, total, squares = count + 1, total + (value - about), squares + (value - about) * (value - about)
    return [count, about, total, squares]


@settings(deadline=None)  # the first example compiles
@given(RUNS, st.data())
def test_values_are_added_one_by_one_however_they_are_cut(values, data):
    sums, at = np.zeros((4, values.shape[1])), 0
    while at < len(values):
        size = data.draw(st.integers(1, len(values) - at))
        add_runs(values[at : at + size], sums)
        at += size
    for i in range(values.shape[1]):
        assert sums[:, i].tolist() == in_words(values[:, i].tolist())


def test_the_mean_and_the_spread_come_out_of_them():
    values = np.random.default_rng(1).normal(1e6, 1.0, (1000, 3))
    count, about, total, squares = sums = np.zeros((4, 3))
    add_runs(values, sums)
    np.testing.assert_allclose(about + total / count, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose((squares - total**2 / count) / (count - 1), values.var(axis=0, ddof=1), rtol=1e-10)
