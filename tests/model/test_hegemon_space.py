"""A hegemon that plays, at any legal parameter point: everything is a number, values agree backward and forward, and
identical countries are treated alike to the bit."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.hegemon_strategies import HEGEMON
from agents.policy import Prepared, prepare, strategies_of
from agents.strategies import CATALOGUE
from model.equilibrium import Equilibrium
from model.expected import outcome_atoms
from model.forward import distribution
from model.frontiers import TOLERANCE
from model.hegemon import hegemon_values
from model.kernel import play
from model.outcomes import settle
from model.terms import NOTHING_AT_STAKE
from tests.model.test_symmetry import TIED, mirrored
from tests.tools.parameter_space import IDS, Play, examined, plays

KINDS = ("choosing", "forward_looking")
PRECISE = {"choice_precision": 1e6, "hegemon_precision": 1e6}


def prepared(point: Play, kind: str) -> Prepared:
    """The point against a hegemon that plays; rules that cannot meet it give way to the equilibrium."""
    chosen = {HEGEMON: kind}
    for iso3, name in zip(point.case.ids, point.strategies, strict=True):
        meets = kind == "choosing" or name not in CATALOGUE or CATALOGUE[name].present
        chosen[iso3] = name if meets else "equilibrium"
    return prepare(point.setting(), strategies_of(point.case, chosen))


@examined(60)
@given(plays(meetings=40), st.sampled_from(KINDS))
@example(Play(("KOR", "JPN"), {"adjustment_loss": 0, **PRECISE}, ("equilibrium", "myopic")), "forward_looking")
@example(Play(("KOR", "JPN"), {"AAA.imports": 1e-6, **PRECISE}, ("equilibrium", "myopic")), "forward_looking")
@example(Play(("KOR", "JPN"), {"precedent_accuracy": 1, **PRECISE}, ("equilibrium",) * 2), "forward_looking")
@example(Play(("GBR", "JPN", "AUS"), {"headline_value": -0.1, **PRECISE}, ("equilibrium",) * 3), "forward_looking")
def test_everything_is_a_number(point: Play, kind: str) -> None:
    ready = prepared(point, kind)
    game, found = ready.game, ready.solution.equilibrium
    assert isinstance(found, Equilibrium)
    for table in (found.by_set, found.calls, found.terms, found.value, found.hegemon):
        assert np.isfinite(table).all()
    assert ((found.by_set >= 0) & (found.by_set <= 1)).all() and (found.calls <= 0).all()
    forward = distribution(game, found)
    bn = np.abs(ready.terms.grant_price).sum() + ready.terms.stakes.sum() + np.abs(ready.terms.issue_value).sum()
    bn = max(bn, np.abs(found.hegemon).max()) * (1.0 + game.packages.flow_years.max())
    scale = np.maximum(1.0, np.abs(found.value).max()) + bn / np.maximum(ready.terms.stakes, NOTHING_AT_STAKE)
    assert (np.abs(forward.value - found.value) <= 1e-10 * scale).all()
    np.testing.assert_allclose(forward.p_deal + forward.no_deal.sum(axis=(1, 2)), 1.0, atol=1e-10)
    prior = np.array([1 - game.prior_firm, game.prior_firm])
    threat = prior @ game.execution * game.shadow.threat.sum()
    assert abs(forward.surplus_mean + threat - prior @ found.hegemon) <= 1e-10 * bn
    assert np.isfinite(forward.surplus_sd)
    assert (np.abs(hegemon_values(game, ready.policy) - found.hegemon) <= 1e-10 * bn).all()
    atoms = outcome_atoms(ready.setting, ready.terms, forward)
    at_stake = ready.terms.stakes >= NOTHING_AT_STAKE
    gap = atoms.mean(atoms.payoff_share) - np.where(at_stake, forward.value, 0.0)
    assert (np.abs(gap) <= 1e-10 * scale).all()
    worlds, records = play(game, ready.policy, seed=1, replicates=20)
    out = settle(ready.setting, ready.terms, worlds, records)
    assert np.isfinite(out.payoff_bn).all() and np.isfinite(out.hegemon_surplus_bn).all()
    rates = out.tariff_final
    assert ((rates >= ready.terms.baseline - 1e-12) & (rates <= ready.terms.threatened + 1e-12)).all()


@examined(40)
@given(plays(least=2, most=2, meetings=40), st.sampled_from(["ABA", "AAA", "AABA", "ABAB"]), st.sampled_from(KINDS))
@example(Play(("VNM", "KOR"), TIED, ("equilibrium",) * 2), "AAA", "forward_looking")
@example(Play(("VNM", "KOR"), PRECISE, ("equilibrium",) * 2), "ABAB", "forward_looking")
@example(Play(("GBR", "JPN"), PRECISE | {"headline_value": 0.03}, ("equilibrium",) * 2), "AABA", "choosing")
def test_identical_countries_are_treated_alike(point: Play, pattern: str, kind: str) -> None:
    """Copies of a country: the same values, moves, calls and terms at mirrored states, to the bit."""
    kinds = ["AB".index(letter) for letter in pattern]
    own = {
        f"{IDS[copy]}.{name.split('.')[1]}": value
        for name, value in point.overrides.items()
        if "." in name
        for copy, which in enumerate(kinds)
        if name.startswith(IDS[which])
    }
    general = {name: value for name, value in point.overrides.items() if "." not in name}
    ready = prepared(
        Play(
            tuple(point.countries[which] for which in kinds),
            general | own,
            tuple(point.strategies[which] for which in kinds),
            {IDS[copy]: point.issues[IDS[which]] for copy, which in enumerate(kinds) if IDS[which] in point.issues},
        ),
        kind,
    )
    found = ready.solution.equilibrium
    assert isinstance(found, Equilibrium)
    for copy in (k for k, which in enumerate(kinds) if which == 0 and k > 0):
        assert found.value[0] == found.value[copy]
        order = list(range(len(kinds)))
        order[0], order[copy] = copy, 0
        column, column_there = mirrored(order)
        for table in (found.by_set, found.calls, found.terms, found.reasoned):
            if len(table):
                assert np.array_equal(table[:, column_there], table[:, column])


@pytest.mark.parametrize("overrides", [{}, PRECISE, {"sector_news_rate": 0.1, "extension_probability": 0.3}], ids=str)
def test_a_bargain_leaves_nobody_worse_off(overrides: dict[str, float]) -> None:
    """Wherever something is agreed, moving is worth as much as waiting at least: a called country never refuses."""
    ready = prepare("six", {HEGEMON: "forward_looking"}, factors=overrides)
    found = ready.solution.equilibrium
    assert isinstance(found, Equilibrium)
    waits = found.by_set[found.terms >= 0]
    odds = ready.game.base_log_odds.min()
    assert (waits >= 1 / (1 + np.exp(-odds + TOLERANCE * ready.game.precision.max())) - 1e-12).all()
