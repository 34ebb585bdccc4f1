"""Known results of bargaining: rows 1 to 6 of the benchmark list, and the terms table against the oracle."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.policy import prepare, strategies_of
from model.bargaining import along, frontier, nash_point, steps_in_order, steps_taken
from model.calendar import chance_called_again, make_calendar
from model.case_file import load_case
from model.grants import SLICES
from model.kernel import play
from model.outcomes import settle
from model.setting import make_setting
from model.terms import AFTER, BEFORE, FIRM, KNOWN, OPEN, SOFT, make_terms
from tests.tools.oracle import best_agreement, signature

NO_FLOOR = -np.inf
CUT, ISSUE_1, ISSUE_2, ISSUE_3 = range(4)
# Row 2: one grant worth 10 to the country and costing 8 (as a step: withdrawn), and three issues.
LOSS = np.array([10.0, 2.0, 3.0, 4.0])
GAIN = np.array([8.0, 6.0, 3.0, 2.0])


def agree(u_best, h_best, loss, gain, d, d_h, weight, u_floor=NO_FLOOR, gain_floor=NO_FLOOR):
    """(u, h, share of each step taken) of the Nash agreement, or None."""
    loss, gain = np.asarray(loss, dtype=float), np.asarray(gain, dtype=float)
    order = steps_in_order(loss, gain)
    u, h = frontier(u_best, h_best, loss, gain, order)
    agreed, segment, t = nash_point(u, h, d, d_h, weight, u_floor, gain_floor)
    if not agreed:
        return None
    return along(u, segment, t), along(h, segment, t), steps_taken(order, segment, t, len(loss))


def divide_the_pie(d, d_h, weight, u_floor=NO_FLOOR):
    """Shares (country, hegemon) of a pie of 1, or None."""
    agreement = agree(1.0, 0.0, [1.0], [1.0], d, d_h, weight, u_floor)
    return agreement and agreement[:2]


def groups_of_equal_steps(gain, loss):
    """Sets of instruments that trade at the same rate: only their sum is determined."""
    ratio = np.where(loss > 0, gain / np.where(loss > 0, loss, 1), np.inf)
    return [np.isclose(ratio, value, rtol=1e-9) for value in set(np.round(ratio, 9))]


# Rows 1 to 5


@pytest.mark.parametrize(("weight", "shares"), [(0.5, (0.45, 0.55)), (0.3, (0.31, 0.69))])
def test_row_1_divide_the_pie(weight, shares):
    """Row 1: pie 1, d = .1, d_H = .2 (Nash 1950)."""
    assert divide_the_pie(0.1, 0.2, weight) == pytest.approx(shares, abs=1e-6)


def test_row_2_vertices():
    """Row 2: the frontier's vertices, (hegemon, country) as listed."""
    u, h = frontier(10.0, -8.0, LOSS, GAIN, steps_in_order(LOSS, GAIN))
    expected = [(10, -8), (8, -2), (5, 1), (-5, 9), (-9, 11)]
    np.testing.assert_allclose(np.column_stack([u, h]), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("weight", "d", "d_h", "point"),
    [(0.5, 0.0, 0.0, (3.125, 2.5)), (0.4, 0.0, 0.0, (2.5, 3.0)), (0.5, 1.0, 0.5, (3.3125, 2.35))],
)
def test_row_2_agreement(weight, d, d_h, point):
    """Row 2: the Nash point by weight and disagreement point; issues 1 and 2 are conceded, 3 is not."""
    u, h, taken = agree(10.0, -8.0, LOSS, GAIN, d, d_h, weight)
    assert (u, h) == pytest.approx(point, abs=1e-6)
    assert taken[[ISSUE_1, ISSUE_2, ISSUE_3]] == pytest.approx([1.0, 1.0, 0.0], abs=1e-12)


def test_row_2_cut():
    """Row 2: at weight .5 and d = 0 the tariff is cut by .8125."""
    taken = agree(10.0, -8.0, LOSS, GAIN, 0.0, 0.0, 0.5)[2]
    assert 1.0 - taken[CUT] == pytest.approx(0.8125, abs=1e-6)


def test_row_2_red_line():
    """Row 2: a red line on issue 1 shrinks the pie to (.375, .3) with a cut of .3375."""
    cap = np.array([1.0, 0.0, 1.0, 1.0])
    u, h, taken = agree(10.0, -8.0, cap * LOSS, cap * GAIN, 0.0, 0.0, 0.5)
    assert (u, h) == pytest.approx((0.375, 0.3), abs=1e-6)
    assert 1.0 - taken[CUT] == pytest.approx(0.3375, abs=1e-6)
    assert taken[[ISSUE_1, ISSUE_2, ISSUE_3]] == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)


@pytest.mark.parametrize(("floor", "u"), [(0.3, 0.5), (0.7, 0.7), (0.95, 0.95)])
def test_row_3_floor(floor, u):
    """Row 3: a floor binds only above the free agreement (Schelling 1960, Putnam 1988)."""
    assert divide_the_pie(0.0, 0.0, 0.5, floor) == pytest.approx((u, 1.0 - u), abs=1e-6)


def test_row_3_floor_beyond_the_pie():
    """Row 3: a floor of 1.1 leaves no deal."""
    assert divide_the_pie(0.0, 0.0, 0.5, 1.1) is None


def test_row_4_empty_zone():
    """Row 4: disagreement points that add up to more than the pie leave no deal, whatever the weight."""
    assert divide_the_pie(0.6, 0.5, 0.5) is None
    assert divide_the_pie(0.5, 0.5, 0.5) == pytest.approx((0.5, 0.5), abs=1e-9)  # the last point where one exists


def test_row_4_empty_zone_is_not_offered():
    """Row 4: in the whole model a country without a zone of agreement never signs, and nothing realised is NaN."""
    overrides = {"GBR.floor_before": 1.0, "headline_value": 0.0}
    setting = make_setting(load_case("six"), overrides)
    prepared = prepare(setting, strategies_of(setting.case))
    britain = setting.case.ids.index("GBR")
    assert np.isnan(prepared.terms.payoff[britain, :, :, BEFORE]).all()
    assert np.isnan(prepared.terms.levels[britain, :, :, BEFORE]).all()
    assert prepared.solution.equilibrium is not None and np.isfinite(prepared.solution.equilibrium.value).all()
    worlds, countries = play(prepared.game, prepared.policy, seed=1,
        replicates=500,
    )  # fmt: skip
    outcomes = settle(setting, prepared.terms, worlds, countries)
    assert (outcomes.deal_rank[:, britain] == 0).all()
    assert (outcomes.called_count[:, britain] > 0).any()
    for field in dataclasses.fields(outcomes):
        assert np.isfinite(getattr(outcomes, field.name)).all(), field.name


eighths = st.integers(-80, 80).map(lambda k: k / 8)
up_to_10 = st.integers(0, 80).map(lambda k: k / 8)
weights = st.integers(1, 19).map(lambda k: k / 20)
step_lists = st.lists(st.tuples(up_to_10, eighths), min_size=1, max_size=6)
scales = st.floats(0.1, 10.0)


@settings(deadline=None, max_examples=120)
@given(
    steps=step_lists, d_back=up_to_10, d_h_up=up_to_10, weight=weights, floor_back=up_to_10,
    u_scale=scales, u_shift=eighths, h_scale=scales, h_shift=eighths,
)  # fmt: skip
def test_row_5_invariance(steps, d_back, d_h_up, weight, floor_back, u_scale, u_shift, h_scale, h_shift):
    """Row 5: an affine change of either side's utility leaves every level where it was (the sum of levels, where steps
    have the same ratio of gain to loss: their order among themselves is a matter of rounding)."""
    loss, gain = np.array(steps).T
    d, d_h, floor = 20.0 - d_back, -20.0 + d_h_up, 20.0 - floor_back
    here = agree(20.0, -20.0, loss, gain, d, d_h, weight, floor)
    assume(here is not None)
    u, h, taken = here
    assume(min(u - d, h - d_h) > 1e-3)  # at a product of zero every feasible point is as good

    def u_of(x):
        return u_scale * x + u_shift

    def h_of(x):
        return h_scale * x + h_shift

    there = agree(
        u_of(20.0), h_of(-20.0), u_scale * loss, h_scale * gain, u_of(d), h_of(d_h), weight, u_of(floor)
    )  # fmt: skip
    assert there is not None
    assert there[:2] == pytest.approx((u_of(u), h_of(h)), abs=1e-6)
    for equal in groups_of_equal_steps(gain, loss):
        assert there[2] @ (equal * loss) == pytest.approx(taken @ (equal * loss), abs=1e-6)
        assert there[2] @ (equal * gain) == pytest.approx(taken @ (equal * gain), abs=1e-6)


def test_row_5_invariance_of_the_terms_table():
    """Row 5: halving all that the country feels (its losses and the costs of issues) moves no level and no tariff."""
    case = load_case("six")
    whole = make_terms(make_setting(case))
    halved = make_terms(make_setting(case, {"adjustment_loss": 0.15, "issue_cost_scale": 0.01}))
    np.testing.assert_allclose(halved.payoff, whole.payoff / 2, atol=1e-9)
    np.testing.assert_allclose(halved.levels, whole.levels, atol=1e-9)
    np.testing.assert_allclose(halved.final_rate, whole.final_rate, atol=1e-9)
    np.testing.assert_allclose(halved.hegemon, whole.hegemon, atol=1e-9)


# Row 6


@cache
def six():
    return load_case("six")


shares = st.floats(0.0, 1.0)
bargaining_overrides = st.fixed_dictionaries(
    {
        "headline_half_life": st.floats(0.5, 20.0),
        "bargaining_weight": st.floats(0.05, 0.95),
        "hegemon_patience": shares,
        "domestic_constraint": shares,
        "sector_regret": shares,
        "demand_elasticity": st.floats(1.0, 10.0),  # at high elasticities the price of relief is negative
        "execution_soft": st.floats(0.0, 0.5),
        "execution_firm": st.floats(0.5, 1.0),
        "floor_constraint": shares,
        "KOR.floor_before": shares,
        "KOR.floor_after": shares,
        "AUS.floor_after": shares,
        "VNM.floor_before": shares,
    }
)


@settings(deadline=None, max_examples=80)
@given(overrides=bargaining_overrides, headline_value=st.floats(0.0, 0.2))
def test_row_6_payoff_never_rises_with_rank(overrides, headline_value):
    """Row 6: with headline_value >= 0 a later rank is never better, and may lose the zone of agreement for good."""
    terms = make_terms(make_setting(six(), overrides | {"headline_value": headline_value}))
    earlier, later = terms.payoff[:, :-1], terms.payoff[:, 1:]
    assert not (np.isnan(earlier) & ~np.isnan(later)).any()
    rise = (later - earlier) / terms.stakes[:, None, None, None, None]
    assert np.nanmax(rise, initial=-np.inf) <= 1e-9


@settings(deadline=None, max_examples=50)
@given(overrides=bargaining_overrides)
def test_row_6_constant_without_headlines(overrides):
    """Row 6: at headline_value 0 rank does not matter at all."""
    terms = make_terms(make_setting(six(), overrides | {"headline_value": 0.0}))
    for table in (terms.payoff, terms.hegemon, terms.levels):
        np.testing.assert_array_equal(table, np.broadcast_to(table[:, :1], table.shape))


def slice_within(terms, place, regret):
    """The one slice inside which a signature's terms lie, as (grant, number from the lowest rate up), or None."""
    cover = (1.0, 1.0, 1.0 if place[-1] == KNOWN else 1.0 - regret)
    found = []
    for grant, slices in enumerate(SLICES):
        withdrawn = (1.0 - terms.levels[(*place, grant)] / cover[grant]) * slices
        if abs(withdrawn - round(withdrawn)) > 1e-6:
            found.append((grant, int(withdrawn)))
    return found[0] if len(found) == 1 else None


def exchange_rate(country, parameters, own, grant, number):
    """What giving a slice of a grant back is worth to the country per unit of what it costs the hegemon."""
    high = max(country.threatened_rate, parameters.baseline_rate) if grant == 0 else own["sector_rate"]
    low = parameters.baseline_rate if grant == 0 else own["sector_relief_rate"]
    a, b = (low + (high - low) * (number + k) / SLICES[grant] for k in (0, 1))
    kept_a, kept_b = ((1 + rate) ** -own["demand_elasticity"] for rate in (a, b))
    return own["adjustment_loss"] * (kept_a - kept_b) / (b * kept_b - a * kept_a)


@pytest.mark.parametrize("weight", [0.3, 0.5])
def test_row_6_strict_inside_an_edge(weight):
    """Row 6: where the terms of two ranks lie inside one slice of a grant they lie inside one edge of the frontier.
    Without floors the later rank then loses the country's weight times the fall in the headline, in the country's money
    at that slice's rate of exchange."""
    overrides = {
        "hegemon_patience": 0.0, "floor_constraint": 0.0, "bargaining_weight": weight, "headline_half_life": 8.0,
    }  # fmt: skip
    setting = make_setting(six(), overrides)
    terms, regret = make_terms(setting), setting.parameters.sector_regret
    compared = 0
    for i, k, *state in np.ndindex(terms.payoff[:, :-1].shape):
        here, there = (i, k, *state), (i, k + 1, *state)
        found = slice_within(terms, here, regret)
        if found is None or slice_within(terms, there, regret) != found:
            continue
        compared += 1
        own = {name: values[i] for name, values in setting.by_country.items()}
        rate = exchange_rate(setting.countries[i], setting.parameters, own, *found)
        lost = terms.payoff[here] - terms.payoff[there]
        assert lost > 0
        assert lost == pytest.approx(weight * rate * (terms.headline[i, k] - terms.headline[i, k + 1]), rel=1e-6)
    assert compared >= 10


def test_row_6_flat_at_a_corner():
    """Row 6: where two ranks end at the same corner, the rank premium is nil."""
    terms = make_terms(make_setting(six()))
    same_levels = (np.abs(terms.levels[:, 1:] - terms.levels[:, :-1]) < 1e-12).all(axis=-1)
    assert same_levels.any()
    later, earlier = terms.payoff[:, 1:][same_levels], terms.payoff[:, :-1][same_levels]
    np.testing.assert_allclose(later, earlier, atol=1e-12)


# The terms table against the oracle


def oracle_terms(setting, i, k, firm, regime, sector):
    """The signature of country i at rank k + 1 by the oracle, the hegemon's outside options included."""
    country, parameters = setting.countries[i], setting.parameters
    own = {name: values[i] for name, values in setting.by_country.items()}
    headline = own["headline_value"] * country.imports * 2 ** (-k / parameters.headline_half_life)
    execution = (parameters.execution_soft, parameters.execution_firm)

    def sign(regime, kind, h_floor):
        limit = own["domestic_constraint"]
        flexibility = (country.flexibility_before, country.flexibility_after)[regime]
        caps = [
            1 - limit * own["caps_constraint"] * (1 - (0 if issue.red_line else flexibility))
            for issue in country.issues
        ]
        return signature(
            imports=country.imports,
            sector_share=country.sector_share,
            open_share=country.open_share,
            threatened_rate=country.threatened_rate,
            baseline_rate=parameters.baseline_rate,
            demand_elasticity=own["demand_elasticity"],
            adjustment_loss=own["adjustment_loss"],
            tariff_taste=parameters.tariff_taste,
            sector_rate=own["sector_rate"],
            sector_relief_rate=own["sector_relief_rate"],
            sector_regret=own["sector_regret"],
            sector_known=sector == KNOWN,
            issues=[(x.domestic_cost, x.hegemon_value, cap) for x, cap in zip(country.issues, caps, strict=True)],
            issue_value_scale=own["issue_value_scale"],
            issue_cost_scale=own["issue_cost_scale"],
            execution=execution[kind],
            bargaining_weight=own["bargaining_weight"],
            floor=(country.floor_before, country.floor_after)[regime] * limit * own["floor_constraint"],
            headline=headline,
            h_floor=h_floor,
        )

    # The full package must be accepted by the soft type too, whose no deal is worth more where the price is negative.
    price = relief_price(country, parameters, own["demand_elasticity"])
    # So must it where the soft type, which can wait as well, asks for more before the date.
    accepting = (SOFT, FIRM) if firm else (SOFT,)
    beyond = [(execution[kind] - execution[firm]) * price for kind in accepting]  # of a type's no deal over firm's own
    asked = [0.0 for _ in accepting]
    if regime == BEFORE and country.date is not None:
        calendar, everyone = make_calendar(setting.window), sum(other.priority for other in setting.countries)
        chance = chance_called_again(calendar, country.date, country.priority / everyone)
        for kind in accepting:
            after = sign(AFTER, kind, max(0.0, *beyond) if kind else 0.0)
            if after is not None:
                asked[kind] = own["hegemon_patience"] * chance * after["hegemon_gain"]
    return sign(regime, firm, max(0.0, *(one + other for one, other in zip(beyond, asked, strict=True))))


def relief_price(country, parameters, elasticity):
    """What reciprocal relief in full costs the hegemon in revenue and in protection, bn."""
    trade, low = (1 - country.sector_share - country.open_share) * country.imports, parameters.baseline_rate
    high = max(country.threatened_rate, low)
    revenue = high * (1 + high) ** -elasticity - low * (1 + low) ** -elasticity
    return trade * (revenue + parameters.tariff_taste * ((1 + low) ** -elasticity - (1 + high) ** -elasticity))


def compare_with_oracle(overrides, sample, seed):
    """Check `sample` random entries of the terms table of `six`; returns how many of them are signatures."""
    setting = make_setting(six(), overrides)
    terms = make_terms(setting)
    places = list(np.ndindex(terms.payoff.shape))
    signatures = 0
    for choice in np.random.default_rng(seed).choice(len(places), sample, replace=False):
        place = i, k, *_ = places[choice]
        label = f"{overrides}: {six().ids[i]} rank {k + 1} type, regime, sector {place[2:]}"
        expected = oracle_terms(setting, *place)
        assert (expected is None) == np.isnan(terms.payoff[place]), label
        if expected is None:
            continue
        signatures += 1
        assert terms.stakes[i] == pytest.approx(expected["stakes"], rel=1e-12), label
        assert terms.payoff[place] == pytest.approx(expected["u"], abs=1e-6), label
        assert terms.hegemon[place] == pytest.approx(expected["h"], abs=1e-6), label
        assert terms.share[place] == pytest.approx(expected["share"], abs=1e-6), label
        issues = len(six().countries[i].issues)
        levels = terms.levels[place]
        assert (levels[3 + issues :] == 0).all(), label
        assert levels[:3] == pytest.approx(expected["reliefs"], abs=1e-6), label
        assert terms.flow[place] == pytest.approx(expected["flow"], abs=1e-6), label
        assert terms.hegemon_flow[place] == pytest.approx(expected["hegemon_flow"], abs=1e-6), label
        cost, value = terms.issue_cost[i, :issues], terms.issue_value[i, :issues]
        for equal in groups_of_equal_steps(value, cost):
            conceded = levels[3 : 3 + issues] @ (equal * cost)
            assert conceded == pytest.approx(expected["concessions"] @ (equal * cost), abs=1e-6), label
    return signatures


# Elasticities at which relief brings revenue, and deals worth little to the hegemon.
NEGATIVE_PRICE = {
    "demand_elasticity": 10.0, "headline_value": -0.02, "bargaining_weight": 0.95, "execution_soft": 0.2,
}  # fmt: skip


def test_terms_table_against_oracle_at_defaults():
    """The terms table at the defaults: payoffs, hegemon's payoffs and levels at 12 entries."""
    assert compare_with_oracle({}, 12, seed=0) >= 10


@pytest.mark.slow
def test_terms_table_against_oracle_at_many_entries():
    """The same at 100."""
    assert compare_with_oracle({}, 100, seed=2) >= 80


@pytest.mark.parametrize(
    "overrides",
    [
        {"hegemon_patience": 1.0, "headline_value": 0.0, "domestic_constraint": 0.6},
        {"bargaining_weight": 0.8, "headline_value": 0.1, "headline_half_life": 1.0, "KOR.floor_after": 0.4},
        NEGATIVE_PRICE,
        {"headline_value": -0.01, "issue_value_scale": 0.01, "sector_relief_rate": 0.05, "baseline_rate": 0.2},
        {"tariff_taste": 0.3, "headline_value": 0.03, "bargaining_weight": 0.6, "sector_regret": 0.2},
    ],
    ids=["patient hegemon", "strong countries", "negative price", "last-mover value", "taste for protection"],
)
def test_terms_table_against_oracle_under_overrides(overrides):
    """The terms table away from the defaults, 8 entries a point."""
    assert compare_with_oracle(overrides, 8, seed=1) >= 3


@pytest.mark.parametrize(("iso3", "rank", "sector"), [("KOR", 1, OPEN), ("AUS", 6, KNOWN)])
def test_patience_floor_against_oracle(iso3, rank, sector):
    """Before its date a country yields what a patient hegemon insists on, and gets less than from one in a hurry."""
    setting, i = make_setting(six(), {"hegemon_patience": 1.0}), six().ids.index(iso3)
    patient, hurried = make_terms(setting), make_terms(make_setting(six(), {"hegemon_patience": 0.0}))
    bound = 0
    for firm in (SOFT, FIRM):
        place = (i, rank - 1, firm, BEFORE, sector)
        expected = oracle_terms(setting, *place)
        assert (expected is None) == np.isnan(patient.payoff[place])
        if expected is not None:
            assert patient.payoff[place] == pytest.approx(expected["u"], abs=1e-6)
            assert patient.hegemon[place] == pytest.approx(expected["h"], abs=1e-6)
            bound += patient.payoff[place] < hurried.payoff[place] - 1e-3
    assert bound >= 1


def test_full_package_is_accepted_by_both_types():
    """Where the price of relief is negative no deal is worth more to the soft type than to the firm one. The firm
    type's terms must give it as much; at some entries that is what decides, and there the oracle agrees."""
    setting = make_setting(six(), NEGATIVE_PRICE)
    terms = make_terms(setting)
    worth = terms.hegemon[:, :, FIRM] + terms.headline[:, :, None, None]
    surplus = worth - terms.disagreement[1][:, SOFT, None, None, None]
    assert (terms.grant_price[:, 0] < 0).sum() == 4
    assert np.nanmin(surplus) >= -1e-9
    binding = np.argwhere(np.abs(surplus) < 1e-9)
    assert len(binding) >= 10
    for i, k, regime, sector in binding[:: len(binding) // 4]:
        expected = oracle_terms(setting, i, k, FIRM, regime, sector)
        assert terms.payoff[i, k, FIRM, regime, sector] == pytest.approx(expected["u"], abs=1e-6)


# Where the soft type, who can wait too, asks for more before Korea's election than the firm one.
PATIENT_SOFT = {
    "demand_elasticity": 8.5, "headline_value": -0.01, "hegemon_patience": 1.0, "execution_soft": 0.6,
    "execution_firm": 0.7, "bargaining_weight": 0.9, "adjustment_loss": 0.5,
}  # fmt: skip


def test_full_package_gives_the_soft_type_what_it_can_wait_for():
    """Before its date a country's full package yields the soft type at least its share of what it would get after, and
    for Korea that is what decides at some entries; there the oracle agrees."""
    setting = make_setting(six(), PATIENT_SOFT)
    terms, calendar = make_terms(setting), make_calendar(setting.window)
    country, everyone = six().countries[0], sum(other.priority for other in six().countries)
    chance = chance_called_again(calendar, country.date, country.priority / everyone)
    worth = terms.hegemon[0] + terms.headline[0, :, None, None, None] - terms.disagreement[1][0, SOFT]
    spare = worth[:, FIRM, BEFORE] - chance * worth[:, SOFT, AFTER]
    assert np.nanmin(spare) >= -1e-9
    binding = np.argwhere(np.abs(spare) < 1e-9)
    assert len(binding) == 8
    for k, sector in binding[:2]:
        expected = oracle_terms(setting, 0, k, FIRM, BEFORE, sector)
        assert terms.payoff[0, k, FIRM, BEFORE, sector] == pytest.approx(expected["u"], abs=1e-6)


# The closed form against the oracle


@settings(deadline=None, max_examples=160)
@given(steps=step_lists)
def test_frontier_is_concave(steps):
    """Along the frontier the country loses and the hegemon gains, at an exchange rate that never improves for it."""
    loss, gain = np.array(steps).T
    order = steps_in_order(loss, gain)
    assert sorted(order) == list(np.flatnonzero(gain > 0))
    u, h = frontier(0.0, 0.0, loss, gain, order)
    fall, rise = -np.diff(u), np.diff(h)
    assert (fall >= 0).all()
    assert (rise > 0).all()
    assert (rise[:-1] * fall[1:] - rise[1:] * fall[:-1] >= 0).all()


@settings(deadline=None, max_examples=16)
@given(
    steps=step_lists, d_back=st.integers(1, 80), d_h_up=up_to_10, rho=up_to_10, weight=weights,
    floor_back=st.none() | up_to_10, h_floor=st.none() | eighths,
)  # fmt: skip
def test_nash_point_against_oracle(steps, d_back, d_h_up, rho, weight, floor_back, h_floor):
    """The closed form agrees with a search over linear programmes, with and without floors, to 1e-7."""
    loss, gain = np.array(steps).T
    d, d_h = 20.0 - d_back / 8, -20.0 + d_h_up
    u_floor = NO_FLOOR if floor_back is None else 20.0 - floor_back
    h_floor = NO_FLOOR if h_floor is None else h_floor
    expected = best_agreement(
        loss, gain, np.ones(len(loss)), 20.0, -20.0, d, d_h, rho, weight, u_floor, h_floor
    )  # fmt: skip
    found = agree(20.0, -20.0 + rho, loss, gain, d, d_h, weight, u_floor, h_floor)
    assert (found is None) == (expected is None)
    if found is not None:
        u, h, levels = expected
        assert found[:2] == pytest.approx((u, h + rho), abs=1e-7)
        assert found[2] @ loss == pytest.approx(levels @ loss, abs=1e-7)
