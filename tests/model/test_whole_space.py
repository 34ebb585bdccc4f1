"""What terms, exact distributions and best responses keep to at any legal parameter point."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model.belief import package_value
from model.calendar import make_calendar
from model.expected import outcome_atoms
from model.regret import regrets
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT, make_terms
from tests.tools.parameter_space import CORNERS, Play, evaluate, examined, payoff_scale, plays


@examined(30)
@given(plays(most=6))
def test_terms_are_complete_or_missing(play: Play) -> None:
    """Either everything about an agreement is a number, or nothing is; levels and final rates keep to their ranges."""
    terms = make_terms(play.setting())
    agreed = np.isfinite(terms.payoff)
    assert np.array_equal(np.isfinite(terms.hegemon), agreed)
    assert np.array_equal(np.isfinite(terms.levels), np.broadcast_to(agreed[..., None], terms.levels.shape))
    assert not np.isinf(terms.payoff).any()
    for flow in (terms.flow, terms.hegemon_flow):
        assert np.array_equal(np.isfinite(flow), agreed)
    most = np.broadcast_to(terms.grant_gain[:, None, None, None, None], terms.relief.shape)[agreed]
    assert ((terms.relief[agreed] >= 0) & (terms.relief[agreed] <= most * (1 + 1e-12))).all()
    levels, rates = terms.levels[agreed], terms.final_rate[agreed]
    assert (levels >= 0).all()
    assert (levels <= 1).all()
    country = np.nonzero(agreed)[0]
    high = np.stack([terms.threatened, terms.sector_rate, terms.sector_rate], axis=1)[country]
    low = np.stack([np.full(len(terms.stakes), terms.baseline), terms.sector_relief_rate, terms.sector_relief_rate], 1)
    assert (rates <= high).all()
    assert (rates >= low[country] - 1e-15).all()


@examined(30)
@given(plays(least=4, most=6), st.floats(0, 1))
def test_payoff_by_rank_falls_with_the_headline(play: Play, belief: float) -> None:
    """All else fixed, the terms never get better with rank where the headline value is >= 0, nor worse where <= 0.

    Let rho be the headline. On the concave frontier the Nash point moves towards the country as rho rises, and by at
    most rho itself, -1 <= dh/drho <= 0. So the floors on the hegemon's gain, h + rho >= d_H and h + rho - d_H >= x
    (h_after + rho - d_H) with x <= 1, only loosen. Insistence ends where there is no zone of agreement after the date,
    but there its gain has fallen to its floor anyway: no jump. So it holds everywhere, for both packages and for their
    best at any belief; with rank zones of agreement vanish, and never appear.
    """
    setting = play.setting()
    terms, own = make_terms(setting), setting.by_country
    stakes = np.where(terms.stakes < NOTHING_AT_STAKE, np.inf, terms.stakes)[:, None, None, None]
    scale = np.abs(terms.grant_price).sum(axis=1) + terms.stakes + np.abs(terms.headline).max(axis=1)
    slack = (1e-9 + 1e-11 * scale / terms.stakes.clip(NOTHING_AT_STAKE))[:, None, None, None]
    share = np.where(np.isnan(terms.payoff), -np.inf, terms.payoff / stakes[..., None])
    lean, full = share[:, :, SOFT], share[:, :, FIRM]
    with np.errstate(invalid="ignore"):  # inf - inf where neither package has a zone of agreement
        best = np.vectorize(package_value)(lean, full, own["rebuff_cost"][:, None, None, None], belief)
    signs = np.sign(own["headline_value"])[:, None, None, None]
    for payoff in (lean, full, np.where(full == -np.inf, -np.inf, best)):
        earlier, later = payoff[:, :-1], payoff[:, 1:]
        assert ((signs < 0) | (later <= earlier + slack)).all()
        assert ((signs > 0) | (later >= earlier - slack)).all()


@examined(30)
@given(plays())
@example(Play(("KOR", "JPN", "VNM"), {"ratification_constraint": 0, "AAA.priority": 3, "CCC.priority": 0.1},
              ("script:0",) * 3))  # fmt: skip
def test_forward_pass(play: Play) -> None:
    """Nothing is negative, all adds up to 1, nobody signs without a zone of agreement, and the expected payoffs are
    those of the backward induction."""
    prepared = play.prepare()
    found, forward = evaluate(prepared)
    terms, scale = prepared.terms, payoff_scale(prepared)
    np.testing.assert_allclose(forward.p_deal + forward.no_deal.sum(axis=(1, 2)), 1.0, atol=1e-10)
    assert abs(forward.deals.sum() - 1.0) < 1e-10
    np.testing.assert_allclose(forward.by_rank.sum(axis=0), forward.deals[::-1].cumsum()[::-1][1:], atol=1e-10)
    np.testing.assert_allclose(forward.value, found.value, rtol=0, atol=1e-10 * scale)
    assert np.isfinite([forward.surplus_mean, forward.surplus_sd]).all()
    ranks = terms.payoff.shape[1]
    assert (forward.atoms[:, :, ranks:] == 0).all()
    for i, regime in enumerate(prepared.game.packages.regime):
        missing = np.isnan(terms.share[i, :, FIRM])[:, regime].transpose(1, 0, 2)  # (T, K, 2)
        assert (forward.atoms[i, :, :ranks][missing] == 0).all()
    for values in (forward.atoms, forward.no_deal, forward.deals):
        assert (values >= 0).all()


@examined(25)
@given(plays(meetings=40))
@example(Play(("KOR", "JPN"), {"window_days": 2}, ("equilibrium", "equilibrium")))
def test_expected_outcomes(play: Play) -> None:
    """What each atom is worth as a realised outcome adds up to the value of the game; all in range."""
    prepared = play.prepare()
    _, forward = evaluate(prepared)
    terms, scale = prepared.terms, payoff_scale(prepared)
    atoms = outcome_atoms(prepared.setting, terms, forward)
    at_stake = terms.stakes >= NOTHING_AT_STAKE
    np.testing.assert_allclose(atoms.probability.sum(axis=0), 1.0, atol=1e-10)
    np.testing.assert_allclose(
        atoms.mean(atoms.payoff_share), np.where(at_stake, forward.value, 0.0), rtol=0, atol=1e-10 * scale
    )
    assert np.isfinite(atoms.payoff_bn).all()
    possible = np.broadcast_to(atoms.probability > 0, atoms.rank.shape)
    assert (atoms.days_waited[possible] <= max(make_calendar(prepared.setting.window).end_day)).all()
    assert (((atoms.rank >= 0) & (atoms.rank <= len(play.countries))) | ~possible).all()
    assert (
        ((atoms.tariff_final >= terms.baseline - 1e-15) & (atoms.tariff_final <= terms.threatened)) | ~possible
    ).all()


@pytest.mark.parametrize("corner", CORNERS, ids=lambda corner: " ".join(f"{value:g}" for value in corner.values()))
def test_corners_of_the_pause(corner: dict[str, Any]) -> None:
    """At every combination of the ends of horizon, early effect, delay cost, taste and win-set, with an extension: all
    is a number, the expected payoffs are those of the backward induction, and realised ones have the same mean."""
    window: dict[str, Any] = {
        "window_days": 20,
        "extension_probability": 0.5,
        "extension_days": 9,
        "AAA.date": 11,
        "CCC.date": None,
    }
    for strategies in (("equilibrium",) * 3, ("equilibrium", "script:0", "aspiration")):
        prepared = Play(("KOR", "JPN", "GBR"), corner | window, strategies).prepare()
        game = prepared.game
        assert not np.isnan(game.sign).any() and np.isfinite(game.no_deal).all()
        assert ((game.ratification >= 0) & (game.ratification <= 1)).all()
        assert np.isfinite(game.base_log_odds).all() and (game.base_log_odds <= 0).all()
        found, forward = evaluate(prepared)
        scale = payoff_scale(prepared)
        assert ((found.by_set >= 0) & (found.by_set <= 1)).all()
        np.testing.assert_allclose(forward.p_deal + forward.no_deal.sum(axis=(1, 2)), 1.0, atol=1e-10)
        np.testing.assert_allclose(forward.value, found.value, rtol=0, atol=1e-10 * scale)
        atoms = outcome_atoms(prepared.setting, prepared.terms, forward)
        np.testing.assert_allclose(atoms.mean(atoms.payoff_share), found.value, rtol=0, atol=1e-10 * scale)
        assert np.isfinite([forward.surplus_mean, forward.surplus_sd]).all()


@examined(30)
@given(plays(meetings=40))
def test_no_policy_beats_the_best_response(play: Play) -> None:
    prepared = play.prepare()
    found = regrets(prepared.game, prepared.policy)
    assert (found.regret >= -1e-10 * payoff_scale(prepared)).all()
