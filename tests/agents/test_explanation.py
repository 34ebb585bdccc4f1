"""Why an agent moved: the parts add up, they are the numbers that the game was played with, and each reason is met."""

from dataclasses import asdict

import numpy as np
import pytest

from agents.explanation import Explainer, Explanation
from agents.negotiation import Negotiation
from agents.policy import Prepared, prepare
from agents.reason import CANNOT_SIGN, HESITATES, MOVES_ANYWAY, WANTS_TO_MOVE, WANTS_TO_WAIT
from model.choice import move_probability
from model.equilibrium import evaluate
from model.grants import OPEN_SECTOR
from model.meeting import Event
from model.parts import PARTS

MIXES: tuple[dict[str, str], ...] = ({}, {"KOR": "wait_and_see", "JPN": "script:20"}, {"default": "aspiration"})


def calls_of(prepared: Prepared, seed: int) -> list[tuple[Event, Explanation]]:
    """Every call of a run with its account."""
    model = Negotiation(prepared=prepared, seed=seed)
    while model.running:
        model.step()
    told = Explainer(prepared).explain(model.events)
    assert len(told) == len(model.events)
    return list(zip(model.events, told, strict=True))


@pytest.mark.parametrize("strategy", MIXES)
@pytest.mark.parametrize("extension", [0.0, 1.0])
def test_identities(strategy: dict[str, str], extension: float) -> None:
    prepared = prepare("six", strategy, factors={"extension_probability": extension})
    found = evaluate(prepared.game, prepared.policy, keep_wait=True)
    for event, told in calls_of(prepared, seed=3):
        assert told.country == prepared.setting.case.ids[event.country]
        assert (told.day, told.answer) == (event.day, event.answer)
        assert tuple(part.part for part in told.parts) == PARTS
        assert told.signing is not None and told.moving is not None and told.advantage is not None
        wait = found.wait[event.meeting, found.state(event.country, event.mask, event.harsh, event.known)]
        assert told.waiting == pytest.approx(wait, abs=1e-12)
        r = told.ratification
        assert told.moving == pytest.approx(r * told.signing + (1 - r) * told.waiting, abs=1e-12)
        assert told.advantage == pytest.approx(told.moving - told.waiting, abs=1e-12)
        for side, total in (("moving", told.moving), ("waiting", told.waiting), ("difference", told.advantage)):
            assert sum(getattr(part, side) for part in told.parts) == pytest.approx(total, abs=1e-12)
            bn = sum(getattr(part, f"{side}_bn") for part in told.parts)
            assert bn == pytest.approx(total * told.stakes_bn, abs=1e-10)
        assert told.advantage_bn == pytest.approx(told.advantage * told.stakes_bn)
        assert told.causes[0].change_bn == pytest.approx(told.causes[0].change * told.stakes_bn)


@pytest.mark.parametrize(("case", "tolerance"), [("six", 1e-12), ("eighteen", 1e-6)])
def test_in_equilibrium_it_moves_by_the_logit_of_the_advantage_shown(case: str, tolerance: float) -> None:
    prepared = prepare(case)
    for event, told in calls_of(prepared, seed=5):
        if told.advantage is not None:
            odds = prepared.game.base_log_odds[event.country, event.signed]
            expected = move_probability(told.advantage, prepared.game.precision[event.country], odds)
            assert told.probability == pytest.approx(float(expected), abs=tolerance)
            assert told.indifferent == pytest.approx(float(np.exp(odds) / (1 + np.exp(odds))))


def test_open_sector_relief_is_capped_before_the_news_only() -> None:
    prepared = prepare("six", factors={"sector_news_rate": 0.05, "ratification_constraint": 0.0})
    full = prepared.terms.grant_gain[:, OPEN_SECTOR] / prepared.terms.stakes
    seen = set()
    for event, told in calls_of(prepared, seed=1):
        moving = told.parts[PARTS.index("open_sector_relief")].moving
        assert moving is not None and moving <= full[event.country] * (1.0 if told.sector_news else 0.5) + 1e-12
        seen.add(told.sector_news)
    assert seen == {False, True}


def test_each_kind_of_reason_is_met_and_says_how_much() -> None:
    """A wait wants to wait, cannot sign, or hesitates; the words hold the numbers of the account."""
    kinds: dict[str, Explanation] = {}
    for seed in range(6):
        for _, told in calls_of(prepare("six", factors={"IND.floor_before": 0.95, "IND.floor_after": 0.95}), seed):
            kinds.setdefault(told.kind, told)
            waits = told.kind in (WANTS_TO_WAIT, CANNOT_SIGN, HESITATES)
            assert waits == (told.answer == "waited")
            assert (told.kind == CANNOT_SIGN) == (told.advantage is None)
            if told.advantage is not None:
                assert (told.advantage > 1e-12) == (told.kind in (HESITATES, WANTS_TO_MOVE))
    assert set(kinds) == {WANTS_TO_WAIT, CANNOT_SIGN, HESITATES, WANTS_TO_MOVE, MOVES_ANYWAY}
    wants = kinds[WANTS_TO_WAIT]
    assert wants.advantage is not None and wants.advantage_bn is not None
    assert wants.words.verdict.startswith("It wants to wait: waiting is worth ")
    assert f"{-100 * wants.advantage:.1f}% of its stakes" in wants.words.verdict
    hesitates = kinds[HESITATES].words.verdict
    assert hesitates.startswith("It hesitates: moving is worth") and "yet it moves at one call with" in hesitates
    assert "by inertia; choice precision 100" in hesitates
    assert kinds[CANNOT_SIGN].words.verdict.startswith("It cannot sign: there is no zone of agreement")


def test_a_country_that_cannot_sign_says_so_and_why() -> None:
    for factors, why in (
        ({"KOR.floor_before": 1.0, "KOR.floor_after": 1.0}, "there is no zone of agreement"),
        ({"KOR.floor_before": 1.0}, "after its own date"),
        ({"KOR.ratification_before": 0.0, "KOR.ratification_after": 0.0}, "nothing that it signs would be ratified"),
    ):
        prepared = prepare("six", factors=factors)
        told = [one for event, one in calls_of(prepared, seed=2) if event.country == 0 and event.day < 50]
        assert told
        for one in told:
            assert (one.kind, one.package, one.signing, one.moving) == (CANNOT_SIGN, "none", None, None)
            assert (one.probability, one.answer, one.causes) == (0.0, "waited", ())
            assert why in one.why_not and why in one.words.verdict
            assert sum(part.waiting for part in one.parts) == pytest.approx(one.waiting, abs=1e-12)
    free = calls_of(prepare("free_trade"), seed=1)
    assert {one.why_not for _, one in free} == {"nothing is at stake for it"}
    assert all(part.waiting == 0.0 for _, one in free for part in one.parts)


def test_a_rule_that_waits_where_moving_is_better_is_not_called_inertia() -> None:
    told = [one for _, one in calls_of(prepare("six", {"GBR": "script:80"}), seed=1) if one.country == "GBR"]
    hesitating = [one for one in told if one.kind == HESITATES]
    assert hesitating and all("its strategy is script:80" in one.words.verdict for one in hesitating)


def test_a_cause_is_named_only_with_its_number() -> None:
    named = 0
    for _, told in calls_of(prepare("six"), seed=0):
        largest = max((abs(cause.change) for cause in told.causes), default=0.0)
        assert bool(told.words.cause) == (largest >= 0.0005)
        if told.words.cause:
            named += 1
            assert "The largest single cause" in told.words.cause and f"{100 * largest:.1f}%" in told.words.cause
    assert named > 10


def test_calls_are_explained_alike_one_by_one_and_together() -> None:
    prepared = prepare("six", factors={"extension_probability": 1.0})
    explainer = Explainer(prepared)
    for event, told in calls_of(prepared, seed=4)[::9]:
        [alone] = explainer.explain([event])
        for name, value in asdict(told).items():
            if isinstance(value, float):
                assert getattr(alone, name) == pytest.approx(value, abs=1e-14), name
        assert (alone.kind, alone.words) == (told.kind, told.words)


def test_beyond_the_exact_size_it_is_approximate_and_says_so() -> None:
    for case, method in (("six", "exact"), ("eighteen", "moment-based approximation")):
        told = [one for _, one in calls_of(prepare(case), seed=1)]
        assert {one.waiting_method for one in told} == {method}
        assert any(abs(cause.change) > 1e-4 for one in told for cause in one.causes)
