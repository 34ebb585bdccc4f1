"""Reasoned waits: the share expected in `six` as an independent implementation finds it, and counted run by run."""

import numpy as np
import pytest

from agents.explanation import Explainer
from agents.negotiation import Negotiation
from agents.policy import prepare
from agents.reason import CANNOT_SIGN, WANTS_TO_WAIT
from model.kernel import play
from model.reasoned import Waits, counted_waits
from model.solver import reasoned_waits


@pytest.mark.parametrize(
    ("factors", "share"),
    [
        ({}, 0.91),
        ({"headline_value": 0.03}, 0.92),
        ({"headline_value": 0.0}, 0.94),
        ({"headline_value": 0.06}, 0.93),
        ({"headline_value": 0.03, "ratification_slope": 0.0}, 0.91),
        ({"headline_value": 0.03, "KOR.domestic_constraint": 0.0}, 0.94),
    ],
)
def test_the_share_of_six(factors: dict[str, float], share: float) -> None:
    """The other implementation centres the slope of ratification at 1/2 and does not cap mu."""
    prepared = prepare("six", factors=factors)
    waits = reasoned_waits(prepared.game, prepared.solution, seed=0, replicates=1)
    assert waits.runs == 0 and waits.share_of_all == pytest.approx(share, abs=0.018)


@pytest.mark.parametrize("strategy", [{}, {"KOR": "wait_and_see", "JPN": "script:20", "AUS": "bandwagon"}])
def test_expected_waits_are_those_of_many_runs(strategy: dict[str, str]) -> None:
    """All calls less failures and signatures: their means lie inside simultaneous 99.9 % bands."""
    prepared = prepare("six", strategy, factors={"extension_probability": 0.5})
    _, records = play(prepared.game, prepared.policy, seed=3, replicates=20_000)
    waited = records["called"] - records["failed"] - (records["rank"] > 0)
    waits = reasoned_waits(prepared.game, prepared.solution, seed=3, replicates=20_000)
    error = waited.std(axis=0) / np.sqrt(len(waited))
    assert (np.abs(waited.mean(axis=0) - waits.mean) <= 4.0 * error + 1e-12).all()


def test_a_failed_ratification_is_no_wait() -> None:
    prepared = prepare("six", "script:0", factors={"KOR.ratification_before": 0.01, "KOR.ratification_after": 0.01})
    waits = reasoned_waits(prepared.game, prepared.solution, seed=0, replicates=1)
    assert waits.waits[0] == 0.0 and np.isnan(waits.share[0])


def test_nobody_who_cannot_sign_waits_without_a_reason() -> None:
    prepared = prepare("six", factors={"domestic_constraint": 1.0, "KOR.floor_before": 1.0, "KOR.floor_after": 1.0})
    waits = reasoned_waits(prepared.game, prepared.solution, seed=0, replicates=1)
    assert waits.share[0] == 1.0 and waits.waits[0] > 10.0
    free = prepare("free_trade")
    assert reasoned_waits(free.game, free.solution, seed=0, replicates=1).share_of_all == 1.0


def test_among_many_waits_are_counted_in_the_runs_that_are_played() -> None:
    """The agents tell the same runs call by call, and the account of each call says which reason it has."""
    prepared = prepare("eighteen", factors={"extension_probability": 0.5})
    expected, explainer = np.zeros((2, 18)), Explainer(prepared)
    for replicate in range(3):
        model = Negotiation(prepared=prepared, seed=5, replicate=replicate)
        while model.running:
            model.step()
        for event, told in zip(model.events, explainer.explain(model.events), strict=True):
            expected[0, event.country] += told.answer == "waited"
            expected[1, event.country] += told.answer == "waited" and told.kind in (WANTS_TO_WAIT, CANNOT_SIGN)
    waits = reasoned_waits(prepared.game, prepared.solution, seed=5, replicates=3)
    assert waits.runs == 3
    np.testing.assert_array_equal([waits.waits, waits.reasoned], expected)
    parts = [
        reasoned_waits(prepared.game, prepared.solution, seed=5, replicates=many, first=first)
        for first, many in ((0, 1), (1, 2))
    ]
    np.testing.assert_array_equal(parts[0].with_more(parts[1]).reasoned, waits.reasoned)


def test_runs_in_which_all_sign_end_without_waits() -> None:
    prepared = prepare("six", "script:0")
    never = np.zeros((6, prepared.game.offsets[-1]), np.bool_)
    counted = counted_waits(prepared.game, prepared.policy, never, seed=1, replicates=20)
    assert not counted.reasoned.any() and not counted.waits.any()
    assert np.isnan(Waits(np.zeros(2), np.zeros(2)).share_of_all)
