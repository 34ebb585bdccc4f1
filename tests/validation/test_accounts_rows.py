"""Known results of the accounts of the pause: rows 21 to 27 of the list, each a limit in which the answer is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agents.policy import prepare
from model.bargaining import frontier, steps_in_order
from model.case import Case, Country, Window
from model.case_file import load_case
from model.equilibrium import solve
from model.forward import distribution
from model.grants import Grants, make_grants
from model.kernel import play
from model.meeting import Policy
from model.setting import make_setting
from model.states import count_offsets, count_state, count_states
from model.terms import FIRM, OPEN, SOFT, make_terms
from model.timing import Game, base_log_odds, raw_game, timing_game
from tests.tools.accounts.cases import at_random

SIX = load_case("six")
elasticities = st.just(1.0) | st.floats(1, 10)
shares = st.floats(0, 1)


def exchange_rate(tau, elasticity, taste, loss):
    """What a marginal step of the rate at tau costs the hegemon per unit of the country's gain."""
    return ((1 + tau * (1 - elasticity)) / elasticity + taste) / loss


def cut(trade, low, high, elasticity, loss, taste, slices) -> Grants:
    """One trade cut into slices; the other two are nothing."""
    nothing = np.zeros(2)
    return make_grants(
        np.array([trade, *nothing]), np.array([high, *nothing]), np.array([low, *nothing]), elasticity, loss, taste,
        (slices, 1, 1),
    )  # fmt: skip


# Rows 21 to 23: slices


@settings(deadline=None, max_examples=300)
@given(
    trade=st.floats(1e-3, 500), low=st.floats(0, 0.8), width=st.floats(0.01, 0.5), elasticity=elasticities,
    taste=shares, loss=st.floats(0.05, 1), slices=st.integers(1, 12),
)  # fmt: skip
def test_row_21_price_over_worth_lies_between_its_ends(trade, low, width, elasticity, taste, loss, slices):
    """Row 21: of every slice a -> b, between the closed form at b and at a, whatever the trade."""
    grants = cut(trade, low, low + width, elasticity, loss, taste, slices)
    ends = np.linspace(low, low + width, slices + 1)
    for (a, b), worth, price in zip(pairwise(ends), grants.loss, grants.price, strict=False):
        least, most = (exchange_rate(tau, elasticity, taste, loss) for tau in (b, a))
        assert least - 1e-9 <= price / worth <= most + 1e-9


@pytest.mark.parametrize(("low", "expected"), [(0.1, 0.583333), (1 / 3, 0.0)])
def test_row_21_thin_slices(low, expected):
    """Row 21: thin slices cost what the closed form says: .583333 at the baseline, nothing at the Laffer peak."""
    assert exchange_rate(low, 4, 0, 0.3) == pytest.approx(expected, abs=1e-6)
    errors = []
    for slices in (10, 100, 1000):
        grants = cut(100, low, low + 0.1, 4, 0.3, 0, slices)
        errors.append(abs(grants.price[0] / grants.loss[0] - expected))
    assert errors[2] < 2e-4
    assert errors[0] == pytest.approx(10 * errors[1], rel=0.1)  # in the limit equal to it
    assert errors[1] == pytest.approx(10 * errors[2], rel=0.1)


@settings(deadline=None, max_examples=300)
@given(
    elasticity=elasticities, taste=shares, loss=st.floats(0.05, 1), threatened=st.floats(0.1, 1),
    sector=st.floats(0.15, 1), sizes=st.lists(st.floats(0.1, 100), min_size=3, max_size=3), cover=shares,
    issues=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), max_size=4),
)  # fmt: skip
@example(1.0, 0.1, 0.8, 0.4, 0.25, [50.0, 25.0, 25.0], 0.5, [(1.0, 1.0)])
@example(1.0, 0.0, 1.0, 0.1015625, 1.0, [1.0, 1.0, 1.0], 0.0, [])  # so narrow that rounding could order them
def test_row_22_slices_go_from_the_lowest_rate_up(elasticity, taste, loss, threatened, sector, sizes, cover, issues):
    """Row 22: those of each trade are withdrawn one after the other from the baseline up, also at elasticity 1, where
    all of a trade are priced alike. Those that bring nothing are the highest, and are never withdrawn."""
    assume(threatened - 0.1 > 1e-3 and sector - 0.15 > 1e-3)
    low, high = np.array([0.1, 0.15, 0.15]), np.array([threatened, sector, sector])
    grants = make_grants(np.array(sizes), high, low, elasticity, loss, taste)
    level = np.where(grants.grant == 2, cover, 1.0)
    losses = np.concatenate([level * grants.loss, [cost for cost, _ in issues]])
    gains = np.concatenate([level * grants.price, [value for _, value in issues]])
    order = steps_in_order(losses, gains)
    for grant in range(3):
        own = np.flatnonzero(grants.grant == grant)
        taken = [step for step in order if step in own]
        assert taken == list(own[: len(taken)])
        assert (gains[own[len(taken) :]] <= 0).all()


def polygon(setting, slices, known=1):
    """The frontier of the first country before its date, from the tables of its terms: (u rising, h)."""
    country, own = setting.countries[0], {name: float(values[0]) for name, values in setting.by_country.items()}
    parameters = setting.parameters
    rest = 1 - country.sector_share - country.open_share
    trade = country.imports * np.array([rest, country.sector_share, country.open_share])
    high = np.array([max(country.threatened_rate, parameters.baseline_rate), *(own["sector_rate"],) * 2])
    low = np.array([parameters.baseline_rate, *(own["sector_relief_rate"],) * 2])
    grants = make_grants(
        trade, high, low, own["demand_elasticity"], own["adjustment_loss"], parameters.tariff_taste, (slices,) * 3
    )
    terms = make_terms(setting)
    loss = np.concatenate([grants.loss, terms.issue_cost[0] * country.flexibility_before])
    gain = np.concatenate([grants.price, terms.issue_value[0] * country.flexibility_before])
    top = grants.loss.sum(), -grants.price[grants.grant > 0].sum()
    u, h = frontier(*top, loss, gain, steps_in_order(loss, gain))
    return u[::-1], h[::-1]


def gains_of_slicing(setting):
    """What the hegemon has more with 100 slices than with one, at 400 payoffs that both frontiers reach."""
    (u_one, h_one), (u_many, h_many) = (polygon(setting, slices) for slices in (1, 100))
    at = np.linspace(max(u_one[0], u_many[0]), min(u_one[-1], u_many[-1]), 402)[1:-1]
    return np.interp(at, u_many, h_many) - np.interp(at, u_one, h_one)


@pytest.mark.parametrize("seed", range(30))
def test_row_23_slices_help_the_hegemon(seed):
    """Row 23: at any payoff of the country the hegemon gets weakly more with 100 slices than with one. Strictly more
    not everywhere: along the edge of an issue both frontiers are the same where no slice is dearer than the issue."""
    tiny = at_random(seed, countries=1)
    assert gains_of_slicing(tiny.setting).min() > -1e-9


@pytest.mark.parametrize("elasticity", [1.5, 2, 4, 8])
@pytest.mark.parametrize("taste", [0.0, 0.3])
def test_row_23_strictly_inside_one_trade(elasticity, taste):
    """Row 23, strictly: where relief on one trade is all there is, below the Laffer peak, everywhere inside."""
    alone = lone(threatened_rate=min(0.3, 0.9 / (elasticity - 1)))
    setting = make_setting(alone, {"demand_elasticity": elasticity, "tariff_taste": taste})
    assert gains_of_slicing(setting).min() > 0
    flat = make_setting(alone, {"demand_elasticity": 1, "tariff_taste": taste})  # the rate of exchange does not change
    assert np.abs(gains_of_slicing(flat)).max() < 1e-9


# Rows 24 and 25: what inertia means


def lone(**data):
    """A case of one country that can always sign and is surely ratified, unless `data` say otherwise."""
    numbers = {
        "threatened_rate": 0.25, "imports": 100.0, "sector_share": 0.0, "open_share": 0.0, "priority": 1.0,
        "flexibility_before": 1.0, "flexibility_after": 1.0, "ratification_before": 1.0, "ratification_after": 1.0,
        "floor_before": 0.0, "floor_after": 0.0,
    }  # fmt: skip
    country = Country(iso3="AAA", name="A", exports=None, gdp=None, **numbers | data)
    return Case("lone", "", "", Window(), (country,), {}, "", "")


@pytest.mark.parametrize("per_week", [1, 6, 17])
@pytest.mark.parametrize("inertia", [0.03, 0.2])
def test_row_24_one_indifferent_country(inertia, per_week):
    """Row 24: at precision 0 one country has signed after T meetings with 1 - (1 - inertia)^(T / meetings a week)."""
    game = prepare(lone(), factors={"choice_precision": 0, "inertia": inertia, "meetings_per_week": per_week}).game
    found = distribution(game, solve(game))
    meetings = 90 * per_week // 7
    assert found.p_deal[0] == pytest.approx(1 - (1 - inertia) ** (meetings / per_week), abs=1e-12)
    if (inertia, per_week) == (0.03, 6):
        assert found.p_deal[0] == pytest.approx(0.323548, abs=1e-6)


def signed_by_the_end(priority, inertia=0.03, meetings=77, per_week=6):
    """Chance that each country has signed, (N,), where every called country signs with mu_i(n): over all sets."""
    priority, n = np.asarray(priority, dtype=float), len(priority)
    odds = np.exp(base_log_odds(np.full(n, inertia), priority, per_week))
    mu = odds / (1 + odds)
    sets = np.arange(2**n)
    member = (sets[:, None] >> np.arange(n)) & 1
    waiting, signed = (1 - member) @ priority, member.sum(axis=1)
    without = [np.flatnonzero(member[:, i] == 0) for i in range(n)]
    rate = [priority[i] / waiting[without[i]] * mu[i, signed[without[i]]] for i in range(n)]
    mass = np.zeros(2**n)
    mass[0] = 1.0
    for _ in range(meetings):
        moved = [mass[without[i]] * rate[i] for i in range(n)]
        for i in range(n):
            mass[without[i]] -= moved[i]
            mass[without[i] + (1 << i)] += moved[i]
    return mass @ member


@pytest.mark.slow
def test_row_25_is_the_model_s_own_game():
    """The sum over sets above is what the exact solver gives for indifferent countries that differ in priority."""
    priority = [0.25, 1.0, 0.6]
    odds = base_log_odds(np.full(3, 0.1), np.array(priority), 6)
    game = raw_game(
        lambda *state: 0.0, lambda *state: 0.0, countries=3, meetings=40, precision=0.0, priority=priority
    )._replace(base_log_odds=odds)  # fmt: skip
    found = distribution(game, solve(game)).p_deal
    assert found == pytest.approx(signed_by_the_end(priority, 0.1, 40), abs=1e-12)


PRIORITIES: dict[int, list] = {
    6: [np.linspace(0.25, 1, 6), [1, 1, 1, 1, 1, 0.25], [0.25] * 5 + [1], [1, 1, 0.5, 1, 1, 1], [1] * 6],
    18: [np.linspace(0.25, 1, 18)],
}


@pytest.mark.parametrize(("countries", "within"), [(6, 0.015), (18, 0.03)])
def test_row_25_whatever_its_priority(countries, within):
    """Row 25: with priorities from .25 to 1 each of 6 countries signs within .015 of what it would alone, each of 18
    within .03."""
    for priority in PRIORITIES[countries]:
        assert np.abs(signed_by_the_end(priority) - (1 - 0.97 ** (77 / 6))).max() <= within


@pytest.mark.slow
def test_row_25_where_calls_are_rarer_than_weeks():
    """Row 25: among 92 countries the cap of 1/2 a call binds for those of low priority, and they fall short, here by .1
    to .15 (it depends on the priorities). Nobody exceeds what it would do alone."""
    priority, runs = np.linspace(0.25, 1, 92), 4000
    odds = np.exp(base_log_odds(np.full(92, 0.03), priority, 6))
    capped = (odds == 1).any(axis=1)
    assert 0 < capped.sum() < 46 and capped[: capped.sum()].all()
    game = indifferent_crowd(priority)
    mu = odds / (1 + odds)
    signed = count_states(92, 77)[:, 1]
    moves = np.where(signed < 92, mu[:, np.minimum(signed, 91)], 0.0)
    policy = Policy(moves, np.zeros((1, 1)), np.zeros(92, np.bool_), np.zeros(1, np.int64))
    _, records = play(game, policy, seed=2, replicates=runs)
    short = (1 - 0.97 ** (77 / 6)) - (records["rank"] > 0).mean(axis=0)
    assert 0.1 < short[:5].mean() < 0.15
    assert short.max() == pytest.approx(short[:10].max())
    error = np.sqrt(0.25 / runs)
    assert short.min() > -4 * error


def indifferent_crowd(priority) -> Game:
    """A game of many countries over 77 meetings in which a call is all that matters."""
    n, states = len(priority), count_offsets(len(priority), 77)[-1]
    small = raw_game(lambda *state: 0.0, lambda *state: 0.0, countries=1, meetings=77, precision=0.0)
    tables = {name: np.zeros((n, n, 2, 2)) for name in ("lean", "full", "lean_flow", "full_flow")}
    packages = small.packages._replace(**tables, rebuff_cost=np.zeros(n), regime=np.zeros((n, 77), np.int64))
    return small._replace(
        call_weight=np.tile(priority, (77, 1)), ratification=np.ones((n, states)), sign=np.zeros((n, states)),
        offsets=count_offsets(n, 77), packages=packages, who=np.arange(1, n + 1, dtype=np.uint64),
    )  # fmt: skip


# Row 26: accounting


def test_row_26_signs_at_once_or_last():
    """Row 26: one country, surely ratified, without news, date, extension or delay cost, at precision 1e6 and mu = 1/2:
    it signs at once where its package flows towards it, at the last meeting where it flows away.

    As long as one package is tabled throughout, it beats no deal, and a meeting's flow is told apart at this precision:
    1e6 |f| / G times the step of phi above 20.
    """
    found = [one for one in map(at_once_or_last, range(120)) if one is not None]
    for chance, flow in found:
        assert chance[0 if flow > 0 else -1] > 1 - 1e-6
    assert sum(flow > 0 for _, flow in found) >= 5 and sum(flow < 0 for _, flow in found) >= 20


def at_once_or_last(seed):
    """(chance of signing at each meeting, flow of the package) of a random country, None where the row says nothing."""
    fixed = {
        "choice_precision": 1e6, "sector_news_rate": 0, "delay_cost": 0, "AAA__delay_cost": 0, "AAA__date": None,
        "ratification_constraint": 0, "early_effect": 0.1 + 0.9 * seed / 120, "extension_probability": 0,
    }  # fmt: skip
    setting = at_random(seed, countries=1, **fixed).setting
    terms = make_terms(setting)
    game = timing_game(setting, terms)._replace(base_log_odds=np.zeros((1, 1)))
    share, flow = terms.share[0, 0, :, 0, OPEN], terms.flow[0, 0, :, 0, OPEN] / terms.stakes[0]
    if not np.isfinite(share[FIRM]) or terms.stakes[0] < 0.05:
        return None
    firm, rebuff = game.prior_firm, game.packages.rebuff_cost[0]
    tabled = set()
    for years in game.packages.flow_years:
        lean, full = share + years * flow
        tabled.add(bool((1 - firm) * lean + firm * (full - rebuff) > full))
    if len(tabled) > 1:
        return None
    flows = (1 - firm) * flow[SOFT] + firm * flow[FIRM] if tabled == {True} else flow[FIRM]
    worth = game.sign[0, [count_state(game.offsets[m], 0, 0, 0) for m in range(game.regular)]]
    step = -np.diff(game.packages.flow_years).max(initial=-np.inf)
    if worth.min() <= game.no_deal[0, 0, 0] + 1e-3 or 1e6 * abs(flows) * step <= 20:
        return None
    return distribution(game, solve(game)).by_meeting[0], float(flows)


# Row 27: the first accounts

# What the game was worth to each country of case six at its start before flows, slices, win-sets and the base rate by
# calls, at the defaults of then: KOR JPN VNM GBR AUS IND.
FIRST_ACCOUNTS = {
    "defaults": (
        0.533706631614913, 0.6871572964317442, 0.6153735490481596, 0.6505059723049771, -0.0452421617663995,
        0.6429055122931464,
    ),
    "extension": (
        0.5338617308417855, 0.6872041963328028, 0.6158624924875672, 0.650551338883515, -0.05065720729492866,
        0.642942818083753,
    ),
    "headline": (
        0.6527786093348492, 0.7154029357884298, 0.66369332700627, 0.709325475512453, -0.02053847672434028,
        0.7242486193169486,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "overrides"),
    [("defaults", {}), ("extension", {"extension_probability": 0.4}), ("headline", {"headline_value": 0.06})],
)
def test_row_27_the_first_accounts_are_a_limit(name, overrides):
    """Row 27: one slice a grant, no early effect, a ratifier blind to the terms, and waiting dear by assumption: the
    values of the first accounts, whose base rate was the same for all: inertia .03 for a call a week in turn."""
    first = {
        "headline_value": 0.03, "early_effect": 0, "ratification_slope": 0, "delay_cost": 0.05, "choice_precision": 30,
    }  # fmt: skip
    setting = make_setting(SIX, first | overrides)
    n, per_week = len(SIX.ids), 6
    stay = (1 - 0.03) ** (n / per_week)
    odds = np.full((n, n), np.log((1 - stay) / stay))
    game = timing_game(setting, make_terms(setting, (1, 1, 1)))._replace(base_log_odds=odds)
    assert solve(game).value == pytest.approx(FIRST_ACCOUNTS[name], abs=1e-12)
