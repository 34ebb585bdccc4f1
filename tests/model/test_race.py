"""What is drawn ahead is what would be drawn, and bounds decide a race only as the logarithm does."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.policy import prepare
from model.ahead import draw_ahead, leave_races, make_ahead
from model.calls import NEVER, call_time, called_country, clearly_called, least_time
from model.draws import CALL, CHOICE, NEWS, WORLD, draw_at, draws_from_start, run_key, stream_key

SMALLEST, LARGEST = 2.0**-53, 1.0 - 2.0**-53
DRAWS = st.integers(0, 2**52 - 1).map(lambda bits: (bits + 0.5) * 2.0**-52)
EXTREMES = st.sampled_from([SMALLEST, 3 * SMALLEST, 0.5, LARGEST - 2 * SMALLEST, LARGEST])
WEIGHTS = st.one_of(st.sampled_from([1.0, 0.5, 1e-200, 1e-6, 1e6]), st.floats(1e-6, 1e6))
examined = settings(deadline=None)  # the first example compiles
RACERS = st.lists(st.tuples(DRAWS | EXTREMES, WEIGHTS, st.booleans()), min_size=1, max_size=12)


@examined
@given(st.integers(0, 2**64 - 1), st.integers(0, 150))
def test_a_stream_in_bulk_is_the_stream_one_by_one(key, meetings):
    out = np.full(meetings, np.nan)
    draws_from_start(np.uint64(key), out)
    assert out.tolist() == [draw_at(np.uint64(key), m) for m in range(meetings)]


@pytest.mark.parametrize("case", ["six", "eighteen"])
@pytest.mark.parametrize("meetings", [0, 1, 7, 77])
def test_what_is_drawn_ahead(case, meetings):
    game = prepare(case, "script:0", factors={"extension_probability": 0.5}).game
    ahead, run = make_ahead(game), np.uint64(run_key(5, 3))
    draw_ahead(game, run, meetings, ahead)
    for i, who in enumerate(game.who):
        stream = np.uint64(stream_key(run, who, CALL))
        assert ahead.calls[i, :meetings].tolist() == [draw_at(stream, m) for m in range(meetings)]
        assert int(ahead.choices[i]) == stream_key(run, who, CHOICE)
        for m in range(meetings):
            time = call_time(ahead.calls[i, m], game.call_weight[m, i])
            assert 0.0 < ahead.least[i, m] <= time * (1.0 + 1e-15)
    news = np.uint64(stream_key(run, WORLD, NEWS))
    assert ahead.news[:meetings].tolist() == [draw_at(news, m) for m in range(meetings)]


def test_who_has_signed_never_comes_in_again():
    game = prepare("six", "script:0").game
    ahead = make_ahead(game)
    draw_ahead(game, np.uint64(run_key(1, 1)), 70, ahead)
    before = ahead.least.copy()
    leave_races(ahead, 2, 30)
    assert np.isinf(ahead.least[2, 31:70]).all()
    np.testing.assert_array_equal(ahead.least[2, :31], before[2, :31])
    others = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(ahead.least[others, :70], before[others, :70])


@examined
@given(DRAWS | EXTREMES)
@example(SMALLEST)
@example(LARGEST)
def test_the_bounds_of_the_logarithm(u):
    """Against 50 digits: t + t^2/2 + t^3/3 + t^4/4 <= -log(u) < the same + t^5 / (5u), but for rounding."""
    with localcontext() as context:
        context.prec = 50
        exact = float(-Decimal(u).ln())
    t, least = 1.0 - u, least_time(u, 1.0)
    assert least <= exact * (1.0 + 1e-15)
    assert exact <= (least + t**5 / (5.0 * u)) * (1.0 + 1e-15)


def race(draws, weights, waiting):
    """The race by bounds and by the rule, and who is first by Python's own logarithm."""
    draws, weights = np.array(draws)[:, None], np.array(weights)
    least = np.array([[least_time(u, 1.0 / w)] if waits else [np.inf]
                      for u, w, waits in zip(draws[:, 0], weights, waiting, strict=True)])  # fmt: skip
    deal_meeting = np.where(waiting, NEVER, 0)
    times = [-math.log(u) / w if waits else math.inf
             for u, w, waits in zip(draws[:, 0], weights, waiting, strict=True)]  # fmt: skip
    first = int(np.argmin(times)) if any(waiting) else NEVER
    return clearly_called(least, draws, 0), called_country(weights, deal_meeting, draws, 0), first


@examined
@given(RACERS)
@example([(0.5, 1.0, True), (0.5, 1.0, True)])
@example([(LARGEST, 1e-200, True), (SMALLEST, 1e6, True), (0.5, 1.0, False)])
@example([(LARGEST, 1.0, True), (LARGEST - 2 * SMALLEST, 2.0, True)])
def test_bounds_decide_as_the_rule_does(racers):
    clear, called, first = race(*zip(*racers, strict=True))
    assert called == first
    assert clear in (NEVER, called)


@examined
@given(RACERS, DRAWS | EXTREMES, WEIGHTS)
def test_a_tie_is_not_clear_and_the_first_is_called(racers, u, weight):
    """Two leaders with the same draw and weight."""
    leaders = [(u, weight, True), (u, weight, True)]
    time = -math.log(u) / weight
    others = [one for one in racers if not one[2] or -math.log(one[0]) / one[1] > time]
    clear, called, _ = race(*zip(*others, *leaders, strict=True))
    assert (clear, called) == (NEVER, len(others))


@pytest.mark.parametrize("n", [1, 2, 3, 6, 18, 92])
def test_bounds_decide_most_races(n):
    rng = np.random.default_rng(n)
    least, draws = np.empty((n, 2000)), rng.uniform(size=(n, 2000))
    for i, m in np.ndindex(least.shape):
        least[i, m] = least_time(float(draws[i, m]), 1.0)
    called = [clearly_called(least, draws, m) for m in range(2000)]
    decided = [m for m in range(2000) if called[m] != NEVER]
    assert len(decided) > 0.9 * 2000
    assert [called[m] for m in decided] == np.argmax(draws, axis=0)[decided].tolist()


def test_all_have_signed():
    assert race([0.5, 0.7], [1.0, 1.0], [False, False]) == (NEVER, NEVER, NEVER)
