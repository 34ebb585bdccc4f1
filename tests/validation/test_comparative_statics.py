"""Comparative statics: those that hold without exception in a random search, on small games solved exactly, and the
directions of the whole model on case `six`.

What is *not* here is false: more precise precedents need not raise payoffs, a lower own ratification probability can
help, a higher own delay cost can make a country slower, and where no deal is worse for all the chance of no deal can be
higher (by .001, in 7 of 15,000 settings). Nor does a common delay cost hasten every single country.
"""

import dataclasses
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.policy import prepare, strategies_of
from model.belief import belief_firm, package_value
from model.calendar import make_calendar
from model.case_file import load_case
from model.equilibrium import Equilibrium, solve
from model.kernel import play
from model.outcomes import settle
from model.setting import make_setting
from model.states import bit_count, count_state, count_states
from model.terms import make_terms
from model.timing import raw_game, timing_game

ROUNDING = 1e-9


# The exact distribution of deals


def deal_chances(game):
    """Chance of a deal at each meeting in equilibrium: by country (N, T), and of the first one (T,).

    A measure over (type, signers, harsh precedents, news) is carried from meeting to meeting.
    """
    equilibrium = solve(game)
    n, meetings = len(game.precision), len(game.offsets) - 1
    deals, first = np.zeros((n, meetings)), np.zeros(meetings)
    measure = {(1, 0, 0, 0): game.prior_firm, (0, 0, 0, 0): 1 - game.prior_firm}
    for m in range(meetings):
        later: dict[tuple[int, int, int, int], float] = {}

        def arrive(firm, mask, harsh, known, mass, later=later):
            """Add mass after the meeting, news included."""
            heard = mass if known else game.news_hazard * mass
            for z, share in ((1, heard), (0, mass - heard)):
                state = (firm, mask, harsh, z)
                later[state] = later.get(state, 0.0) + share

        for (firm, mask, harsh, known), mass in measure.items():
            waiting = [i for i in range(n) if not mask >> i & 1]
            rivals = sum(game.call_weight[m, i] for i in waiting)
            is_harsh = game.precedent_accuracy if firm else 1 - game.precedent_accuracy
            stays = mass
            for i in waiting:
                move = equilibrium.by_set[m, equilibrium.state(i, mask, harsh, known)]
                ratified = game.ratification[i, count_state(game.offsets[m], bit_count(mask), harsh, known)]
                signs = mass * game.call_weight[m, i] / rivals * move * ratified
                deals[i, m] += signs
                first[m] += signs if mask == 0 else 0.0
                stays -= signs
                arrive(firm, mask | 1 << i, harsh + 1, known, signs * is_harsh)
                arrive(firm, mask | 1 << i, harsh, known, signs * (1 - is_harsh))
            arrive(firm, mask, harsh, known, stays)
        measure = later
    return deals, first


def summary(game, day=None, end=None):
    """(mean deal day over countries, mean chance of no deal, expected day of the first deal); no deal counts as `end`.
    Days are meetings unless given."""
    meetings = len(game.offsets) - 1
    day, end = np.arange(meetings) if day is None else day, meetings if end is None else end
    deals, first = deal_chances(game)
    no_deal, none_at_all = 1 - deals.sum(axis=1), 1 - first.sum()
    return (deals @ day + no_deal * end).mean(), no_deal.mean(), first @ day + none_at_all * end


def test_the_forward_pass_gives_the_value():
    """The helper above is right: chances add up, and expected payoffs are the solver's values (rank does not matter,
    the belief does not either, so that a deal's payoff depends on country and meeting only)."""
    game = raw_game(
        lambda i, rank, m, n, h, z: 0.6 + 0.1 * i - 0.03 * m, lambda i, n, h: 0.1 * i, countries=3, meetings=6,
        precision=8.0, base_rate=0.2, priority=(1.0, 2.0, 0.5), ratification=lambda i, m: 0.9 - 0.1 * i,
        prior_firm=0.3, precedent_accuracy=0.8, news_hazard=0.1,
    )  # fmt: skip
    deals, first = deal_chances(game)
    worth = np.array([[0.6 + 0.1 * i - 0.03 * m for m in range(6)] for i in range(3)])
    value = (deals * worth).sum(axis=1) + (1 - deals.sum(axis=1)) * np.array([0.0, 0.1, 0.2])
    np.testing.assert_allclose(value, solve(game).value, atol=1e-12)
    assert first[0] == pytest.approx(deals[:, 0].sum(), abs=1e-15)
    assert first.sum() <= 1


# Random raw games


def between(low, high):
    """Numbers in [low, high], to three digits: differences far below that are no economics."""
    return st.integers(round(1000 * low), round(1000 * high)).map(lambda k: k / 1000)


@st.composite
def economies(draw):
    """Two or three countries that differ in everything, with packages, learning, news and failing ratifications."""
    n = draw(st.integers(2, 3))

    def each(low, high):
        return draw(st.lists(between(low, high), min_size=n, max_size=n))

    return {
        "countries": n,
        "meetings": draw(st.integers(2, 8)),
        "full": each(0.2, 0.6),
        "lean_premium": each(0.0, 0.4),
        "rebuff": each(0.0, 0.5),
        "premium": [sorted(each(0.0, 0.3), reverse=True) for _ in range(n)],  # by rank
        "regret": each(0.0, 0.3),
        "spared": each(0.0, 0.8),  # what is saved where the threat is not executed
        "delay": draw(between(0.0, 0.3)),
        "execution": (draw(between(0.0, 0.6)), draw(between(0.6, 1.0))),  # soft, firm
        "precision": each(1.0, 300.0),
        "base_rate": each(0.02, 0.6),
        "priority": each(0.3, 2.0),
        "ratification": each(0.4, 1.0),
        "prior_firm": draw(between(0.05, 0.95)),
        "precedent_accuracy": draw(between(0.5, 1.0)),
        "news_hazard": draw(between(0.0, 0.3)),
    }


def as_game(economy, delay=0.0, credibility=0.0, first_premium=0.0):
    """The raw game of an economy, with a common delay cost, a penalty on no deal or a premium on rank 1 on top."""
    e = economy
    cost = e["delay"] + delay

    def belief(n, h):
        return belief_firm(e["prior_firm"], e["precedent_accuracy"], n, h)

    def sign(i, rank, m, n, h, z):
        full = e["full"][i]
        package = package_value(full + e["lean_premium"][i], full, e["rebuff"][i], belief(n, h))
        premium = e["premium"][i][rank - 1] + first_premium * (rank == 1)
        return package + premium - e["regret"][i] * (z == 0) - cost * m / e["meetings"]

    def no_deal(i, n, h):
        soft, firm = e["execution"]
        executed = belief(n, h) * firm + (1 - belief(n, h)) * soft
        return (1 - executed) * e["spared"][i] - cost - credibility

    return raw_game(
        sign, no_deal, countries=e["countries"], meetings=e["meetings"], precision=e["precision"],
        base_rate=e["base_rate"], priority=e["priority"], ratification=lambda i, m: e["ratification"][i],
        prior_firm=e["prior_firm"], precedent_accuracy=e["precedent_accuracy"], news_hazard=e["news_hazard"],
    )  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(economy=economies(), rise=between(0.01, 0.5))
def test_common_delay_cost_hastens(economy, rise):
    """A higher common delay cost never raises the mean deal day (over all countries, no deal counted as the end)."""
    before, after = summary(as_game(economy)), summary(as_game(economy, delay=rise))
    assert after[0] <= before[0] + ROUNDING


@settings(deadline=None, max_examples=80)
@given(economy=economies(), already=between(0.02, 0.3), rise=between(0.01, 0.5))
def test_a_better_first_rank_does_not_delay_the_first_deal(economy, already, rise):
    """A higher rank-1 payoff, where rank 1 already beats rank N (by `already` and more), never delays the first deal.

    The condition matters: among ranks that are worth the same a rise can delay it, because it makes the far side of a
    logit choice, a deal later, worth more too.
    """
    before = summary(as_game(economy, first_premium=already))
    after = summary(as_game(economy, first_premium=already + rise))
    assert after[2] <= before[2] + ROUNDING


def test_statics_are_strict_somewhere():
    """The comparisons above move what they should by a wide margin in an ordinary game; and there a worse no deal does
    leave fewer without one."""
    economy = {
        "countries": 3, "meetings": 8, "full": [0.4] * 3, "lean_premium": [0.2] * 3, "rebuff": [0.2] * 3,
        "premium": [[0.02, 0.01, 0.0]] * 3, "regret": [0.1] * 3, "spared": [0.5] * 3, "delay": 0.02,
        "execution": (0.3, 0.9), "precision": [20.0] * 3, "base_rate": [0.1] * 3, "priority": [1.0] * 3,
        "ratification": [0.9] * 3, "prior_firm": 0.5, "precedent_accuracy": 0.75, "news_hazard": 0.05,
    }  # fmt: skip
    base = summary(as_game(economy))
    assert summary(as_game(economy, delay=0.3))[0] < base[0] - 0.2
    assert summary(as_game(economy, credibility=0.3))[1] < base[1] - 0.05
    assert summary(as_game(economy, first_premium=0.2))[2] < base[2] - 0.2


# Small versions of case six


@cache
def six():
    return load_case("six")


@st.composite
def small_cases(draw):
    """Two or three of the six countries over some weeks: (case, overrides)."""
    chosen = draw(st.lists(st.integers(0, 5), min_size=2, max_size=3, unique=True))
    case = dataclasses.replace(six(), countries=tuple(six().countries[i] for i in sorted(chosen)))
    overrides = {
        "window_days": draw(st.integers(10, 35)),
        "meetings_per_week": draw(st.integers(2, 6)),
        "delay_cost": draw(between(-0.3, 0.3)),
        "headline_value": draw(between(0.0, 0.1)),
        "hegemon_patience": draw(between(0.0, 1.0)),
        "sector_regret": draw(between(0.0, 1.0)),
        "sector_news_rate": draw(between(0.0, 0.1)),
        "prior_firm": draw(between(0.05, 0.95)),
        "precedent_accuracy": draw(between(0.5, 1.0)),
        "domestic_constraint": draw(between(0.0, 1.0)),
        "choice_precision": draw(between(3.0, 300.0)),
        "inertia": draw(between(0.01, 0.5)),
        "deal_horizon": draw(between(0.25, 4.0)),
        "early_effect": draw(between(0.0, 1.0)),
        "tariff_taste": draw(between(0.0, 0.3)),
        "ratification_slope": draw(between(0.0, 20.0)),
    }
    return case, overrides


def game_of(case, overrides):
    """(timing game, day of each meeting, last day)."""
    setting = make_setting(case, overrides)
    calendar = make_calendar(setting.window)
    return timing_game(setting, make_terms(setting)), calendar.day, calendar.end_day[0]


@settings(deadline=None, max_examples=25)
@given(small=small_cases(), rise=between(0.01, 0.7))
def test_common_delay_cost_hastens_in_small_cases(small, rise):
    """The first property on terms from the real bargaining, domestic dates included."""
    case, overrides = small
    before = summary(*game_of(case, overrides))
    after = summary(*game_of(case, overrides | {"delay_cost": overrides["delay_cost"] + rise}))
    assert after[0] <= before[0] + ROUNDING


@settings(deadline=None, max_examples=25)
@given(small=small_cases(), rise=between(0.01, 0.5))
def test_a_better_first_rank_in_small_cases(small, rise):
    """The second property there, from a first rank that beats the last by .02 at least."""
    game, *days = game_of(*small)
    is_first = count_states(len(game.precision), len(game.offsets) - 1)[:, 1] == 0
    before = summary(game._replace(sign=game.sign + 0.02 * is_first), *days)
    after = summary(game._replace(sign=game.sign + (0.02 + rise) * is_first), *days)
    assert after[2] <= before[2] + ROUNDING


# The whole model: directions and rough sizes

REPLICATES = 4000


@cache
def outcomes_under(**overrides):
    """Outcomes of 4000 runs of `six` in equilibrium, with the same draws throughout; `__` stands for a dot."""
    setting = make_setting(six(), {name.replace("__", "."): value for name, value in overrides.items()})
    prepared = prepare(setting, strategies_of(setting.case))
    worlds, countries = play(prepared.game, prepared.policy, seed=1,
        replicates=REPLICATES,
    )  # fmt: skip
    return settle(setting, prepared.terms, worlds, countries)


def days_waited(**overrides):
    """Mean days waited by country, no deal counted as 90."""
    day = outcomes_under(**overrides).deal_day
    return dict(zip(six().ids, np.where(day < 0, 90, day).mean(axis=0), strict=True))


def test_whole_model_headline_value_pulls_korea_and_vietnam():
    """More headline value, earlier deals of Korea and Vietnam: 0, the default .01, .06."""
    none, some, much = days_waited(headline_value=0.0), days_waited(), days_waited(headline_value=0.06)
    for iso3 in ("KOR", "VNM"):
        assert none[iso3] > some[iso3] > much[iso3]


def test_whole_model_delay_cost_hastens_all_six():
    """A delay cost of .2 instead of none brings every one of the six forward."""
    cheap, dear = days_waited(), days_waited(delay_cost=0.2)
    for iso3 in six().ids:
        assert dear[iso3] < cheap[iso3] - 2


def test_whole_model_full_cover_ends_the_wait_for_news():
    """With sector_regret 0 nothing is lost by signing before the news: Japan and Australia do so, and so does Britain,
    which seldom waited for it."""
    regret, cover = days_waited(), days_waited(sector_regret=0.0)
    for iso3 in ("JPN", "AUS"):
        assert cover[iso3] < regret[iso3] - 5
    assert cover["GBR"] < regret["GBR"] < 10


def test_whole_model_korea_unbound_is_much_earlier():
    """Without its domestic limits Korea signs weeks earlier, where being first is worth as much as all relief costs."""
    free, bound = (days_waited(headline_value=0.03, KOR__domestic_constraint=limit)["KOR"] for limit in (0.0, 1.0))
    assert free < bound - 20


def test_whole_model_about_five_of_six_sign():
    """About 4.9 of the six sign; Australia, with almost nothing to gain, mostly does not."""
    outcomes = outcomes_under()
    assert 4.5 < outcomes.deals.mean() < 5.3
    signed = dict(zip(six().ids, (outcomes.deal_rank > 0).mean(axis=0), strict=True))
    assert signed.pop("AUS") < 0.5
    assert min(signed.values()) > 0.75


def test_whole_model_stakes():
    """Stakes in bn, within 2 %."""
    expected = {"KOR": 8.7, "JPN": 9.7, "VNM": 14.9, "GBR": 1.06, "AUS": 0.11, "IND": 6.5}
    stakes = make_terms(make_setting(six())).stakes
    assert dict(zip(six().ids, stakes, strict=True)) == pytest.approx(expected, rel=0.02)


def korea_value(patience, constraint):
    """Korea's payoff in equilibrium, share of stakes, at a headline value of .03."""
    overrides = {"hegemon_patience": patience, "KOR.domestic_constraint": constraint, "headline_value": 0.03}
    setting = make_setting(six(), overrides)
    return solve(timing_game(setting, make_terms(setting))).value[six().ids.index("KOR")]


def test_whole_model_tied_hands():
    """Being bound pays Korea at every patience, and most against a hegemon that cannot wait (Schelling). An
    implementation of its own gives .588 bound at patience 1, .635 at 0, and .577 free."""
    free = korea_value(0.8, 0.0)
    bound = {patience: korea_value(patience, 1.0) for patience in (0.0, 0.5, 0.8, 1.0)}
    assert [*bound.values()] == sorted(bound.values(), reverse=True)
    assert free + 0.005 < bound[1.0] < bound[0.0] - 0.03
    assert (free, bound[0.0], bound[1.0]) == pytest.approx((0.577, 0.635, 0.588), abs=0.01)


def test_whole_model_free_trade():
    """With nothing at stake nothing happens: no deal, and every payoff is 0 exactly."""
    setting = make_setting(load_case("free_trade"))
    prepared = prepare(setting, strategies_of(setting.case))
    assert isinstance(prepared.solution.equilibrium, Equilibrium) and (prepared.solution.equilibrium.value == 0).all()
    assert (prepared.solution.equilibrium.by_set == 0).all()
    worlds, countries = play(prepared.game, prepared.policy, seed=1,
        replicates=REPLICATES,
    )  # fmt: skip
    outcomes = settle(setting, prepared.terms, worlds, countries)
    assert (outcomes.deals == 0).all()
    assert (outcomes.deal_rank == 0).all()
    assert (outcomes.payoff_share == 0).all()
    assert (outcomes.payoff_bn == 0).all()
    assert (outcomes.hegemon_surplus_bn == 0).all()
