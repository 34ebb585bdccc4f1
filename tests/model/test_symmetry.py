"""What names, order, copies of a country and the unit of money must not change, at any legal parameter point.

The examples with a long window and a precise choice are hard: rounding grows there from meeting to meeting.
"""

import math
from typing import Any

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agents.policy import prepare, strategies_of
from model.setting import Setting, make_setting
from model.states import place_among_waiting, set_offsets
from model.terms import NOTHING_AT_STAKE
from tests.tools.parameter_space import (
    IDS,
    OWN,
    SET_STATE,
    Play,
    evaluate,
    examined,
    payoff_scale,
    plays,
    set_columns,
)


def rearranged(play: Play, order: list[int]) -> Play:
    """The countries in another order and, as they are called by their place, under other names."""
    names = {IDS[old]: IDS[new] for new, old in enumerate(order)}
    overrides = {
        f"{names[name.split('.')[0]]}.{name.split('.')[1]}" if "." in name else name: value
        for name, value in play.overrides.items()
    }
    return Play(
        tuple(play.countries[old] for old in order), overrides, tuple(play.strategies[old] for old in order),
        {names[iso3]: issues for iso3, issues in play.issues.items()},
    )  # fmt: skip


def mirrored(order: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The columns of tables by set, and those of the same states when countries stand as in `order`."""
    n, offsets = len(order), set_offsets(len(order))
    column, country, mask, signed, harsh, known = set_columns(n)
    there: Any = sum((mask >> old & 1) << new for new, old in enumerate(order))
    of = np.array([order.index(i) for i in range(n)])[country]
    places = [place_among_waiting(int(m), int(i)) for m, i in zip(there, of, strict=True)]
    return column, SET_STATE(offsets[there], np.array(places), signed, harsh, known)


TIED: dict[str, float] = {
    "choice_precision": 5000,
    "window_days": 200,
}  # long, and precise: errors of rounding grow from day to day


@examined(40)
@given(plays(), st.permutations(range(4)))
@example(Play(("VNM", "VNM", "VNM"), TIED, ("equilibrium",) * 3), [2, 0, 1, 3])
def test_relabelling_relabels(play: Play, permutation: list[int]) -> None:
    """Another order and other names: the same terms, policies, values and distribution, country by country."""
    order = [place for place in permutation if place < len(play.countries)]
    here, there = play.prepare(), rearranged(play, order).prepare()
    scale = payoff_scale(here)
    for name in ("payoff", "hegemon", "levels", "final_rate"):
        one, other = getattr(here.terms, name)[order], getattr(there.terms, name)
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-9 * np.nanmax(np.abs(one), initial=0.0))
    found, forward = evaluate(here)
    again, forward_again = evaluate(there)
    column, column_there = mirrored(order)
    np.testing.assert_allclose(again.by_set[:, column_there], found.by_set[:, column], rtol=0, atol=1e-9)
    np.testing.assert_allclose(again.value, found.value[order], rtol=0, atol=1e-9 * scale)
    np.testing.assert_allclose(forward_again.by_meeting, forward.by_meeting[order], rtol=0, atol=1e-9)
    np.testing.assert_allclose(forward_again.by_rank, forward.by_rank[order], rtol=0, atol=1e-9)


@examined(40)
@given(plays(least=2, most=2), st.sampled_from(["ABA", "AAA", "ABAA", "AABA", "ABAB"]))
@example(Play(("VNM", "KOR"), TIED, ("equilibrium",) * 2), "AAA")
@example(Play(("VNM", "KOR"), TIED, ("equilibrium",) * 2), "ABAB")
def test_identical_countries_are_treated_alike(play: Play, pattern: str) -> None:
    """Copies of a country: the same terms to the bit, the same policies at mirrored states, the same distribution."""
    kinds = ["AB".index(letter) for letter in pattern]
    own = {
        f"{IDS[copy]}.{name.split('.')[1]}": value
        for name, value in play.overrides.items() if "." in name
        for copy, kind in enumerate(kinds) if name.startswith(IDS[kind])
    }  # fmt: skip
    general = {name: value for name, value in play.overrides.items() if "." not in name}
    prepared = Play(
        tuple(play.countries[kind] for kind in kinds), general | own, tuple(play.strategies[kind] for kind in kinds),
        {IDS[copy]: play.issues[IDS[kind]] for copy, kind in enumerate(kinds) if IDS[kind] in play.issues},
    ).prepare()  # fmt: skip
    found, forward = evaluate(prepared)
    for copy in (k for k, kind in enumerate(kinds) if kind == 0 and k > 0):
        for name in ("payoff", "hegemon", "levels", "relief", "relief_price", "flow", "hegemon_flow"):
            assert getattr(prepared.terms, name)[0].tobytes() == getattr(prepared.terms, name)[copy].tobytes()
        for name in ("sign", "ratification", "base_log_odds"):
            assert getattr(prepared.game, name)[0].tobytes() == getattr(prepared.game, name)[copy].tobytes()
        if play.strategies[0] == "equilibrium":
            assert prepared.solution.equilibrium is not None
            assert prepared.solution.equilibrium.value[0] == prepared.solution.equilibrium.value[copy]
        order = list(range(len(kinds)))
        order[0], order[copy] = copy, 0
        column, column_there = mirrored(order)
        np.testing.assert_array_equal(found.by_set[:, column_there], found.by_set[:, column])
        assert abs(forward.p_deal[0] - forward.p_deal[copy]) <= 1e-12
        assert np.abs(forward.atoms[0] - forward.atoms[copy]).max() <= 1e-12


MONEY = ("imports", "exports", "gdp")


def in_other_money(play: Play, factor: float) -> tuple[Setting, Setting]:
    """The setting as it is, and with all its money times a factor. Those that leave the legal range are skipped."""
    here = play.setting()
    scaled = {"signing_cost": here.parameters.signing_cost * factor}
    for i, country in enumerate(here.countries):
        cost = here.by_country["signing_cost"][i]
        values = {name: getattr(country, name) for name in MONEY} | {"signing_cost": cost}
        scaled |= {f"{country.iso3}.{name}": value * factor for name, value in values.items()}
    assume(
        all(OWN[name.split(".")[-1]].low <= value <= OWN[name.split(".")[-1]].high for name, value in scaled.items())
    )
    return here, make_setting(play.case, {**play.overrides, **scaled})


@examined(40)
@given(plays(), st.sampled_from([0.125, 0.37, 0.9, 1.001, 2.0, 3.7]))
@example(Play(("JPN", "KOR"), {"demand_elasticity": 1.38}, ("myopic", "myopic")), 1.001)
def test_the_unit_of_money_does_not_matter(play: Play, factor: float) -> None:
    """All money times c: payoffs in bn times c; shares of stakes, rates, levels and policies as they were.

    To the bit where c is a power of 2, else to 1e-9; policies to 1e-9 where lambda times the largest payoff is at most
    1e4, as rounding is multiplied by both."""
    settings_ = in_other_money(play, factor)
    chosen = strategies_of(play.case, dict(zip(IDS, play.strategies, strict=False)))
    here, there = (prepare(setting, chosen) for setting in settings_)
    one, other = here.terms, there.terms
    # "Nothing at stake" is a number of bn, not a share
    assume(np.array_equal(one.stakes < NOTHING_AT_STAKE, other.stakes < NOTHING_AT_STAKE))
    tolerance = 0.0 if math.frexp(factor)[0] == 0.5 else 1e-9
    scale = factor * (np.abs(one.grant_price).sum(axis=1) + one.stakes)[:, None, None, None, None]
    for name in ("payoff", "hegemon"):
        gap = np.abs(getattr(other, name) - factor * getattr(one, name)) / np.where(scale > 0, scale, 1.0)
        assert np.array_equal(np.isnan(getattr(other, name)), np.isnan(getattr(one, name)))
        assert np.nanmax(gap, initial=0.0) <= tolerance
    at_stake = one.stakes >= NOTHING_AT_STAKE
    for name in ("share", "levels", "final_rate"):
        np.testing.assert_allclose(
            getattr(other, name)[at_stake], getattr(one, name)[at_stake], rtol=tolerance, atol=tolerance
        )
    if tolerance == 0.0 or here.game.precision.max() * payoff_scale(here) <= 1e4:
        np.testing.assert_allclose(there.policy.by_count, here.policy.by_count, rtol=0, atol=tolerance)
        np.testing.assert_allclose(there.policy.by_set, here.policy.by_set, rtol=0, atol=tolerance)
