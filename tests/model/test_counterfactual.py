"""Taking one thing away from a call on: the numbers are those of a game changed by hand and solved for one country."""

import dataclasses

import numpy as np
import pytest

from agents.explanation import Explainer
from agents.negotiation import Event
from agents.policy import Prepared, moves_of, prepare
from model.belief import belief_firm
from model.counterfactual import CAUSES, DATE, NEWS, PRECEDENTS, RANK, account_without, change_made
from model.equilibrium import solve
from model.meeting import Policy
from model.setting import make_setting
from model.states import PublicState, count_state
from model.timing import Game, timing_game

KOREA = 0
STATES = (
    PublicState(3, 3, 0, 0, 0, 0),
    PublicState(20, 23, 1, 1, 0, 0b001000),
    PublicState(40, 46, 2, 1, 1, 0b101000),
    PublicState(60, 70, 3, 1, 0, 0b101010),
)


@pytest.fixture(scope="module", params=["equilibrium", "myopic", "forecaster"])
def prepared(request: pytest.FixtureRequest) -> Prepared:
    factors = {"extension_probability": 0.3, "headline_value": 0.03, "sector_news_rate": 0.02}
    return prepare("six", {"KOR": request.param}, factors=factors)


def by_hand(cause: str, prepared: Prepared, state: PublicState) -> Game:
    """The game of the model in which only Korea's tables are changed."""
    setting, terms, game = prepared.setting, prepared.terms, prepared.game
    if cause == NEWS:
        return game._replace(news_hazard=0.0)
    if cause == RANK:
        ranks = np.minimum(np.arange(terms.payoff.shape[1]), state.signed)
        tables = {name: getattr(terms, name)[:, ranks] for name in ("payoff", "levels", "relief")}
        changed = timing_game(setting, dataclasses.replace(terms, **tables))
    elif cause == DATE:
        countries = list(setting.countries)
        countries[KOREA] = dataclasses.replace(countries[KOREA], date=None)
        no_date = dataclasses.replace(setting, case=dataclasses.replace(setting.case, countries=tuple(countries)))
        changed = timing_game(no_date, terms)
    else:
        belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, state.signed, state.harsh))
        other = {**setting.overrides, "precedent_accuracy": 0.5, "prior_firm": belief}
        changed = timing_game(make_setting(setting.case, other), terms)
    sign, ratification, no_deal = game.sign.copy(), game.ratification.copy(), game.no_deal.copy()
    sign[KOREA], ratification[KOREA] = changed.sign[KOREA], changed.ratification[KOREA]
    no_deal[:, KOREA] = changed.no_deal[:, KOREA]
    return game._replace(sign=sign, ratification=ratification, no_deal=no_deal, harsh=changed.harsh)


def solved_for_korea(prepared: Prepared, game: Game, state: PublicState) -> float:
    """Moving - waiting of Korea in the changed game: it answers by its own strategy, the others as they did."""
    policy, strategy = prepared.policy, prepared.strategies[KOREA]
    responds = np.arange(6) == KOREA if strategy.rule is None else np.zeros(6, np.bool_)
    if strategy.rule is not None:
        by_count = policy.by_count.copy()
        by_count[KOREA] = moves_of(strategy, prepared.setting, game, KOREA)
        policy = Policy(by_count, policy.by_set, policy.uses_set, policy.set_offsets)
    found = solve(game, policy, responds, keep_wait=True)
    wait = found.wait[state.meeting, found.state(KOREA, state.mask, state.harsh, state.known)]
    place = count_state(game.offsets[state.meeting], state.signed, state.harsh, state.known)
    return float(game.ratification[KOREA, place] * (game.sign[KOREA, place] - wait))


@pytest.mark.parametrize("state", STATES)
def test_numbers_are_those_of_a_game_solved_by_hand(prepared: Prepared, state: PublicState) -> None:
    event = Event(state.meeting, state.day, KOREA, "waited", *state[2:])
    [told] = Explainer(prepared).explain([event])
    assert told.advantage == pytest.approx(solved_for_korea(prepared, prepared.game, state), abs=1e-12)
    assert told.advantage is not None
    for cause in told.causes:
        change = change_made(cause.cause, prepared.game, KOREA, state)
        if change is None:
            assert (cause.change, cause.without) == (0.0, told.advantage)
            continue
        expected = solved_for_korea(prepared, by_hand(cause.cause, prepared, state), state)
        assert cause.without == pytest.approx(expected, abs=1e-12), cause.cause
        assert cause.change == pytest.approx(expected - told.advantage, abs=1e-12)
        assert cause.change_bn == pytest.approx(cause.change * told.stakes_bn)
    assert tuple(cause.cause for cause in told.causes) == CAUSES


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("state", STATES)
def test_signing_in_the_call_itself_is_left_as_it_is(prepared: Prepared, cause: str, state: PublicState) -> None:
    setting, terms, game = prepared.setting, prepared.terms, prepared.game
    changed = account_without(cause, setting, terms, game, KOREA, state)
    place = count_state(game.offsets[state.meeting], state.signed, state.harsh, state.known)
    assert changed.sign[place] == pytest.approx(game.sign[KOREA, place], abs=1e-12)
    assert changed.ratification[place] == pytest.approx(game.ratification[KOREA, place], abs=1e-12)
    can = changed.sign > -np.inf
    np.testing.assert_array_equal(changed.signing[can, 0], changed.sign[can])


def test_where_there_is_nothing_to_take_away(prepared: Prepared) -> None:
    game, last = prepared.game, PublicState(70, 81, 5, 3, 1, 0b111110)
    assert [change_made(cause, game, KOREA, last) for cause in CAUSES] == [None] * 4
    first = PublicState(0, 0, 0, 0, 0, 0)
    assert None not in [change_made(cause, game, KOREA, first) for cause in CAUSES]
    assert change_made(DATE, game, 2, first) is None  # Vietnam has no date
    assert change_made(PRECEDENTS, game._replace(precedent_accuracy=0.5), KOREA, first) is None
    assert change_made(PRECEDENTS, game._replace(prior_firm=1.0), KOREA, first) is None
    assert change_made(NEWS, game._replace(news_hazard=0.0), KOREA, first) is None
