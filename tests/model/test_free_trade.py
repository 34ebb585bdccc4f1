"""With nothing at stake nothing moves: no deal and exact zeros, whatever the strategy."""

import numpy as np
import pytest

from agents.policy import DEFAULT, prepare, strategies_of
from agents.strategies import CATALOGUE
from model.case_file import load_case
from model.kernel import play
from model.outcomes import Outcomes, settle
from model.setting import make_setting

REPLICATES = 200
EVERY = [*CATALOGUE, "script:0", "script:never"]


def outcomes_of(case_name: str, strategies: dict[str, str]) -> Outcomes:
    case = load_case(case_name)
    prepared = prepare(make_setting(case), strategies_of(case, strategies))
    worlds, countries = play(prepared.game, prepared.policy, seed=1, replicates=REPLICATES)
    return settle(prepared.setting, prepared.terms, worlds, countries)


@pytest.mark.parametrize("strategy", EVERY)
def test_nothing_at_stake_no_deal(strategy: str) -> None:
    out = outcomes_of("free_trade", {DEFAULT: strategy})
    assert out.deal_rank.shape == (REPLICATES, 6)
    assert (out.called_count.sum(axis=0) > 0).all()  # they are called, and do not sign
    assert (out.deals == 0).all()
    assert (out.deal_rank == 0).all()
    assert (out.first_deal_day == -1).all()
    payoffs = ("payoff_share", "payoff_bn", "payoff_pct_gdp")
    for name in (*payoffs, "terms_share", "flow_share", "delay_loss", "rebuff_loss", "signing_loss"):
        assert np.array_equal(getattr(out, name), np.zeros((REPLICATES, 6))), name
    assert (out.hegemon_surplus_bn == 0).all()
    assert set(np.unique(out.firm)) == {0, 1}  # under both types


@pytest.mark.parametrize("strategy", [*CATALOGUE, "script:0"])
def test_the_same_strategies_sign_where_something_is_at_stake(strategy: str) -> None:
    """Else the test above could not fail. Some strategies wait for the first deals of others: Japan and the UK."""
    out = outcomes_of("six", {DEFAULT: strategy, "JPN": "script:0", "GBR": "script:0"})
    others = [position for position, iso3 in enumerate(load_case("six").ids) if iso3 not in ("JPN", "GBR")]
    assert (out.deal_rank[:, others] > 0).any()
