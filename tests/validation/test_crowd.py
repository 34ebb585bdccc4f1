"""The moment-based equilibrium for many countries: exact among identical ones, near the exact solver elsewhere."""

import dataclasses

import numpy as np
import pytest

from model.case_file import load_case
from model.crowd import solve_crowd
from model.equilibrium import solve
from model.setting import make_setting
from model.states import count_offsets, count_state
from model.terms import make_terms
from model.timing import Game, raw_game, timing_game


def identical(n: int, precision: float = 30.0, base_rate: float = 0.1) -> Game:
    """Identical countries, with precedents, news and an extension."""
    return raw_game(
        lambda i, k, m, signed, h, z: 0.6 - 0.01 * m - 0.03 * k - 0.05 * (h - signed / 2) - 0.1 * (1 - z),
        lambda i, signed, h: 0.2, countries=n, meetings=12, precision=precision, base_rate=base_rate,
        precedent_accuracy=0.8, news_hazard=0.05, ratification=lambda i, m: 0.9, extension_probability=0.3,
        extension_meetings=4,
    )  # fmt: skip


def test_exact_among_identical_countries() -> None:
    game = identical(5)
    crowd, exact = solve_crowd(game), solve(game)
    assert crowd.converged
    np.testing.assert_allclose(crowd.value, exact.value, atol=1e-8)
    offsets = count_offsets(5, 16)
    for m in range(16):
        for signed in range(min(m, 4) + 1):
            signers = tuple(range(signed))
            for h in range(signed + 1):
                move = crowd.by_count[4, count_state(offsets[m], signed, h, 0)]
                assert move == pytest.approx(exact.probability(4, m, signers, h), abs=1e-7)


@pytest.mark.parametrize("precision", [0.0, 1e6])
def test_limits_of_precision(precision: float) -> None:
    crowd = solve_crowd(identical(4, precision))
    assert np.all((crowd.by_count >= 0) & (crowd.by_count <= 1))
    assert np.all(np.isfinite(crowd.value))
    if precision == 0.0:
        reachable = crowd.by_count[0] > 0
        np.testing.assert_allclose(crowd.by_count[0][reachable], 0.1, atol=1e-12)


def test_not_converging_is_said() -> None:
    assert not solve_crowd(identical(4), max_iterations=1).converged


@pytest.mark.parametrize("first", [0, 4, 8])
def test_near_the_exact_solver_on_real_countries(first: int) -> None:
    """Eight partners of `eighteen`: the value at the start within 0.01 of stakes at the median."""
    case = load_case("eighteen")
    setting = make_setting(dataclasses.replace(case, countries=case.countries[first : first + 8]))
    game = timing_game(setting, make_terms(setting))
    crowd = solve_crowd(game)
    assert crowd.converged
    assert crowd.residual <= 1e-8
    assert float(np.median(np.abs(crowd.value - solve(game).value))) < 0.01
