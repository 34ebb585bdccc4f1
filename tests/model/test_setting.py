"""Overrides of parameters, of a country's numbers and of the window: what they change, and what is refused, how."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from agents.policy import prepare, strategies_of
from model.case import Country, Issue, Window
from model.case_file import load_case
from model.declaration import quantities
from model.errors import InputError
from model.parameters import Parameters
from model.setting import find_factor, make_setting
from model.terms import domestic_limits, effective, make_terms

SIX = load_case("six")
ALL = {**quantities(Parameters), **quantities(Window), **quantities(Country), **quantities(Issue)}

# By parameter: default, lowest and highest value allowed, range that is plausible.
DECLARED: dict[str, Any] = {
    "baseline_rate": (0.10, 0, 0.5, (0.1, 0.1)),
    "demand_elasticity": (4, 1, 10, (2, 8)),
    "adjustment_loss": (0.3, 0, 1, (0.15, 0.5)),
    "sector_rate": (0.25, 0, 1, (0.25, 0.25)),
    "sector_relief_rate": (0.15, 0, 1, (0.1, 0.2)),
    "headline_value": (0.01, -0.1, 0.2, (0, 0.03)),
    "headline_half_life": (2, 0.5, 20, (1, 5)),
    "bargaining_weight": (0.5, 0.05, 0.95, (0.3, 0.7)),
    "hegemon_patience": (0.8, 0, 1, (0, 1)),
    "hegemon_precision": (20, 0, 1e6, (5, 100)),
    "tariff_taste": (0, 0, 1, (0, 0.3)),
    "issue_value_scale": (0.02, 0, 0.2, (0.01, 0.04)),
    "issue_cost_scale": (0.02, 0, 0.2, (0.01, 0.04)),
    "execution_firm": (0.9, 0, 1, (0.75, 1)),
    "execution_soft": (0.3, 0, 1, (0.1, 0.5)),
    "prior_firm": (0.5, 0, 1, (0.25, 0.75)),
    "precedent_accuracy": (0.75, 0.5, 1, (0.6, 0.9)),
    "rebuff_cost": (0.2, 0, 1, (0.05, 0.4)),
    "sector_news_rate": (0.01, 0, 1, (0.003, 0.03)),
    "sector_regret": (0.5, 0, 1, (0, 1)),
    "deal_horizon": (1, 0.25, 10, (0.5, 4)),
    "early_effect": (1, 0, 1, (0, 1)),
    "delay_cost": (0, -1, 1, (-0.05, 0.1)),
    "signing_cost": (0.1, 0, 10, (0.02, 0.3)),
    "domestic_constraint": (1, 0, 1, (0.5, 1)),
    "caps_constraint": (1, 0, 1, (1, 1)),
    "ratification_constraint": (1, 0, 1, (1, 1)),
    "floor_constraint": (1, 0, 1, (1, 1)),
    "ratification_slope": (4, 0, 50, (0, 8)),
    "choice_precision": (100, 0, 1e6, (30, 300)),
    "inertia": (0.3, 1e-6, 0.999, (0.1, 0.5)),
}
SAME_FOR_ALL = {
    "baseline_rate", "headline_half_life", "tariff_taste", "execution_firm", "execution_soft", "prior_firm",
    "precedent_accuracy", "sector_news_rate", "deal_horizon", "early_effect", "hegemon_precision",
}  # fmt: skip


def refusal(overrides, case=SIX):
    """The one line with which overrides are refused."""
    with pytest.raises(InputError) as caught:
        make_setting(case, overrides, "here")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("here: ")
    return message


# Declarations


def test_parameters_are_those_of_the_specification():
    declared = {
        name: (q.default, q.low, q.high, q.plausible and q.plausible[:2]) for name, q in quantities(Parameters).items()
    }
    assert declared == DECLARED
    log = {name for name, q in quantities(Parameters).items() if q.plausible and q.plausible.scale == "log"}
    assert log == {"choice_precision"}
    assert {name for name, q in quantities(Parameters).items() if not q.by_country} == SAME_FOR_ALL


@pytest.mark.parametrize("name", ALL)
def test_every_declaration_is_complete_and_its_default_lies_in_its_range(name):
    quantity = ALL[name]
    assert quantity.low < quantity.high
    assert quantity.unit and quantity.meaning
    if quantity.plausible is not None:
        assert quantity.low <= quantity.plausible.low <= quantity.plausible.high <= quantity.high
        assert quantity.default is not None
        assert quantity.plausible.low <= quantity.default <= quantity.plausible.high
    if quantity.default is not None:
        assert quantity.check(quantity.default, "default") == quantity.default
    if name in DECLARED:
        assert quantity.source and quantity.group
        assert getattr(Parameters(), name) == quantity.default


def test_the_window_is_that_of_the_specification():
    assert dataclasses.astuple(Window())[:4] == (90, 6, 0, 23)
    assert make_setting(SIX).window == Window()


def test_without_overrides_everything_is_the_case_and_the_defaults():
    setting = make_setting(SIX)
    assert setting.case == SIX
    assert setting.parameters == Parameters()
    assert setting.overrides == {}
    for name, values in setting.by_country.items():
        assert values.shape == (6,)
        assert (values == DECLARED[name][0]).all()
    assert set(setting.by_country) == set(DECLARED) - SAME_FOR_ALL


# What overrides change


@pytest.mark.parametrize("name", DECLARED)
@pytest.mark.parametrize("end", [1, 2], ids=["lowest", "highest"])
def test_a_general_override_reaches_every_country_and_nothing_else(name, end):
    value = float(DECLARED[name][end])
    partner = {  # so that the pair of rates, or of probabilities, stays in order
        "sector_rate": {"sector_relief_rate": 0.0},
        "sector_relief_rate": {"sector_rate": 1.0},
        "execution_firm": {"execution_soft": 0.0},
        "execution_soft": {"execution_firm": 1.0},
    }.get(name, {})
    setting = make_setting(SIX, {name: value, **partner})
    assert setting.parameters == dataclasses.replace(Parameters(), **{name: value, **partner})
    assert setting.case == SIX
    for other, values in setting.by_country.items():
        assert (values == getattr(setting.parameters, other)).all()
    assert setting.overrides == {name: value, **partner}


@pytest.mark.parametrize("name", sorted(set(DECLARED) - SAME_FOR_ALL))
def test_an_override_by_country_reaches_that_country_alone(name):
    value = DECLARED[name][1] if name not in ("sector_rate",) else 0.2
    value = min(value, 0.1) if name == "sector_relief_rate" else value
    setting = make_setting(SIX, {f"GBR.{name}": value})
    assert setting.by_country[name].tolist() == [value if iso3 == "GBR" else DECLARED[name][0] for iso3 in SIX.ids]
    for other in setting.by_country.keys() - {name}:
        assert (setting.by_country[other] == DECLARED[other][0]).all()
    assert setting.parameters == Parameters()


def test_a_countrys_own_override_stands_above_the_general_one_in_any_order():
    general, own = ("domestic_constraint", 0.5), ("KOR.domestic_constraint", 0.0)
    first, second = make_setting(SIX, dict([general, own])), make_setting(SIX, dict([own, general]))
    for setting in (first, second):
        assert setting.by_country["domestic_constraint"].tolist() == [0.0, 0.5, 0.5, 0.5, 0.5, 0.5]
        assert setting.parameters.domestic_constraint == 0.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flexibility_before", 0.9), ("ratification_after", 0.25), ("floor_before", 0.2), ("date", 10),
        ("imports", 1.5), ("threatened_rate", 0.5), ("sector_share", 0.0), ("priority", 3), ("gdp", 2000.0),
        ("exports", 0),
    ],
)  # fmt: skip
def test_a_number_of_a_country_can_be_overridden(name, value):
    setting = make_setting(SIX, {f"KOR.{name}": value})
    assert getattr(setting.countries[0], name) == value
    assert setting.countries[0] == dataclasses.replace(SIX.countries[0], **{name: value})
    assert setting.countries[1:] == SIX.countries[1:]
    assert getattr(SIX.countries[0], name) != value  # the case itself is not touched


@pytest.mark.parametrize(
    ("name", "value"),
    [("window_days", 30), ("meetings_per_week", 12), ("extension_probability", 0.5), ("extension_days", 0)],
)
def test_the_window_can_be_overridden(name, value):
    assert make_setting(SIX, {name: value}).window == dataclasses.replace(Window(), **{name: value})


def test_integers_are_numbers_too():
    assert make_setting(SIX, {"headline_value": 0}).parameters.headline_value == 0.0
    assert make_setting(SIX, {"window_days": 30.0}).window.window_days == 30


def test_overrides_reach_the_model():
    """An override is read by what it is for: the terms table, the calendar, the choice (of Britain alone)."""
    strategies = strategies_of(SIX, {"default": "myopic"})
    before = prepare(make_setting(SIX), strategies)
    after = prepare(make_setting(SIX, {"KOR.imports": 2 * SIX.countries[0].imports, "GBR.inertia": 0.5}), strategies)
    assert after.terms.stakes[0] == pytest.approx(2 * before.terms.stakes[0], rel=1e-12)
    assert np.array_equal(after.terms.stakes[1:], before.terms.stakes[1:])
    assert (after.game.base_log_odds[3] > before.game.base_log_odds[3]).all()
    assert np.array_equal(np.delete(after.game.base_log_odds, 3, 0), np.delete(before.game.base_log_odds, 3, 0))
    assert len(prepare(make_setting(SIX, {"window_days": 30}), strategies).game.offsets) == 25 + 1


# Issues, and a country without a date


def own_issue(setting, name="rice_market"):
    """One of Korea's issues."""
    return next(issue for issue in setting.countries[0].issues if issue.name == name)


@pytest.mark.parametrize(
    ("score", "value"), [("domestic_cost", 0.5), ("hegemon_value", 5), ("red_line", 0), ("red_line", False)]
)
def test_a_number_of_an_issue_can_be_overridden_and_of_that_issue_alone(score, value):
    setting = make_setting(SIX, {f"KOR.rice_market.{score}": value})
    before = own_issue(make_setting(SIX))
    assert getattr(before, score) != value
    assert own_issue(setting) == dataclasses.replace(before, **{score: value})
    assert [issue for issue in setting.countries[0].issues if issue.name != "rice_market"] == [
        issue for issue in SIX.countries[0].issues if issue.name != "rice_market"
    ]
    assert setting.countries[1:] == SIX.countries[1:]
    assert isinstance(own_issue(setting).red_line, bool)


def test_a_setting_says_what_each_factor_is():
    factors = {"KOR.rice_market.domestic_cost": 2.5, "KOR.date": None, "JPN.delay_cost": 0.1, "window_days": 60}
    setting = make_setting(SIX, factors)
    for factor, value in factors.items():
        assert setting.value(factor) == value
    for factor, value in (("KOR.rice_market.red_line", 1), ("KOR.delay_cost", 0), ("headline_value", 0.01)):
        assert setting.value(factor) == value


def test_numbers_of_issues_reach_the_terms():
    before = make_terms(make_setting(SIX))
    j = [issue.name for issue in SIX.countries[0].issues].index("rice_market")
    scale = 0.02 / 5 * SIX.countries[0].imports
    cheap = make_terms(make_setting(SIX, {"KOR.rice_market.domestic_cost": 1, "KOR.rice_market.hegemon_value": 4.5}))
    assert cheap.issue_cost[0, j] == pytest.approx(scale * 1, rel=1e-12)
    assert cheap.issue_value[0, j] == pytest.approx(scale * 4.5, rel=1e-12)
    assert (before.levels[0, ..., 3 + j] == 0).all()  # a red line
    open_to_talk = make_terms(make_setting(SIX, {"KOR.rice_market.red_line": 0, "KOR.rice_market.domestic_cost": 0}))
    assert np.nanmax(open_to_talk.levels[0, ..., 3 + j]) == SIX.countries[0].flexibility_after
    drawn = make_terms(make_setting(SIX, {f"KOR.{issue.name}.red_line": 1 for issue in SIX.countries[0].issues}))
    assert np.nanmax(drawn.levels[0, ..., 3:]) == 0
    for other in (cheap, open_to_talk, drawn):
        assert np.array_equal(other.payoff[1:], before.payoff[1:], equal_nan=True)


def test_an_issue_whose_name_has_points_and_spaces():
    named = dataclasses.replace(SIX.countries[0], issues=(Issue("U.S. beef, 30 months", 4.0, 3.0),))
    case = dataclasses.replace(SIX, countries=(named, *SIX.countries[1:]))
    setting = make_setting(case, {"KOR.U.S. beef, 30 months.domestic_cost": 1})
    assert setting.countries[0].issues == (Issue("U.S. beef, 30 months", 4.0, 1.0),)


@pytest.mark.parametrize("value", [None, "none"])
def test_a_country_without_a_date_stays_as_before_it_for_ever(value):
    """The same as a date after the last meeting: nobody bargains or votes in a regime that never comes."""
    strategies = strategies_of(SIX, {"default": "myopic"})
    never, late = (prepare(make_setting(SIX, {"KOR.date": date}), strategies) for date in (value, 90))
    assert never.setting.countries[0].date is None
    assert never.setting.overrides == {"KOR.date": None}
    for field in ("sign", "ratification", "no_deal"):
        assert np.array_equal(getattr(never.game, field), getattr(late.game, field))
    assert not np.array_equal(never.game.sign, prepare(make_setting(SIX), strategies).game.sign)
    assert make_setting(SIX, {"AUS.date": 30}).countries[4].date == 30


# What is refused


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("headline_valu", "headline_value"),
        ("delay_costs", "delay_cost"),
        ("DELAY_COST", "delay_cost"),
        ("precedent_acuracy", "precedent_accuracy"),
        ("window_day", "window_days"),
        ("KOR.flexibility_befor", "flexibility_before"),
        ("KOR.domestic_constrain", "domestic_constraint"),
        ("KRO.domestic_constraint", "KOR"),
        ("kor.domestic_constraint", "KOR"),
        ("JAP.delay_cost", "JPN"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(name, nearest):
    message = refusal({name: 0.5})
    assert f"did you mean {nearest!r}?" in message
    assert repr(name.split(".")[0 if nearest in SIX.ids else -1]) in message


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("KOR.rice_markt.domestic_cost", "unknown issue 'rice_markt'; did you mean 'rice_market'?"),
        (
            "KOR.rice_market.domestic_costs",
            "unknown number of an issue 'domestic_costs'; did you mean 'domestic_cost'?",
        ),
        ("KOR.rice_market.description", "unknown number of an issue 'description'; "),
        ("KOR.rice_market", "KOR.rice_market is an issue; write one of its numbers: KOR.rice_market.hegemon_value, "),
        ("KOR.domestic_cost", "domestic_cost is a number of an issue; write it as KOR."),
        ("KRO.rice_market.red_line", "unknown country 'KRO'; did you mean 'KOR'?"),
        ("JPN.agricultural_market.flexibility_before", "unknown "),
    ],
)
def test_an_unknown_issue_or_number_of_an_issue(name, told):
    assert told in refusal({name: 1})


def test_a_country_without_issues_has_no_issue_to_set():
    bare = dataclasses.replace(SIX, countries=(dataclasses.replace(SIX.countries[0], issues=()),))
    assert "KOR has no issues" in refusal({"KOR.rice_market.red_line": 1}, bare)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KOR.rice_market.domestic_cost", 5.5, "out of range (allowed: 0 to 5, score)"),
        ("KOR.rice_market.domestic_cost", None, "None is not a number"),
        ("KOR.rice_market.red_line", 0.5, "0.5 is not a whole number (allowed: 0 to 1)"),
        ("KOR.rice_market.red_line", 2, "out of range (allowed: 0 to 1, 0 or 1)"),
        ("KOR.date", "never", "'never' is not a number (allowed: 0 to 1000, or none, day)"),
        ("KOR.imports", "none", "'none' is not a number"),
        ("delay_cost", None, "None is not a number"),
    ],
)
def test_a_number_of_an_issue_or_a_date_that_cannot_be(name, value, told):
    message = refusal({name: value})
    assert message.startswith(f"here: {name}: ") and told in message


@pytest.mark.parametrize("name", ["xyzzy", "", ".", "KOR.", "KOR.KOR.delay_cost", "KOR.xyzzy", "delay_cost.KOR"])
def test_a_name_like_nothing_at_all_is_refused(name):
    refusal({name: 0.5})


@pytest.mark.parametrize("iso3", ["CHN", "TWN", "XXX", "EU"])
def test_a_country_that_is_not_in_the_case_is_refused(iso3):
    message = refusal({f"{iso3}.delay_cost": 0.1})
    assert f"unknown country {iso3!r}" in message
    assert find_factor(load_case("all"), "EU.delay_cost", "here").name == "delay_cost"


@pytest.mark.parametrize("name", sorted(SAME_FOR_ALL | set(quantities(Window))))
def test_what_cannot_differ_by_country_is_refused_by_country(name):
    message = refusal({f"KOR.{name}": 0.5})
    assert f"{name} cannot differ by country" in message


@pytest.mark.parametrize("name", quantities(Country))
def test_a_countrys_own_number_needs_its_country(name):
    assert f"KOR.{name}" in refusal({name: 0.5})


BAD = [math.nan, math.inf, -math.inf, "0.5", "text", "", True, False, None, [0.5], {"from": 0}, 1j]


@pytest.mark.parametrize("name", ["delay_cost", "KOR.delay_cost", "KOR.imports", "window_days", "choice_precision"])
@pytest.mark.parametrize("value", BAD, ids=repr)
def test_what_is_not_a_finite_number_is_refused(name, value):
    message = refusal({name: value})
    assert name in message
    assert "allowed: " in message


def test_an_integer_beyond_all_floats_is_refused():
    assert "delay_cost" in refusal({"delay_cost": 10**400})


@pytest.mark.parametrize("name", [name for name, q in ALL.items() if name not in quantities(Issue)])
def test_out_of_range_is_refused_and_the_ends_are_allowed(name):
    quantity = ALL[name]
    factor = f"KOR.{name}" if name in quantities(Country) else name
    allowed = f"{quantity.low:g} to {quantity.high:g}"
    step = 1 if quantity.integer else 1e-9 * max(quantity.high - quantity.low, 1)
    for value in (quantity.low - step, quantity.high + step):
        message = refusal({factor: value})
        assert message.startswith(f"here: {factor}: ")
        assert allowed in message and "out of range" in message
    for value in (quantity.low, quantity.high):
        assert quantity.check(value, "here") == value


def test_a_percentage_is_told_apart():
    assert "write 0.3" in refusal({"adjustment_loss": 30})
    assert "write 0.25" in refusal({"KOR.threatened_rate": 25})


@pytest.mark.parametrize("name", ["window_days", "meetings_per_week", "extension_days", "KOR.date"])
def test_whole_numbers_are_meant_where_days_and_meetings_are_counted(name):
    message = refusal({name: 20.5})
    assert name in message and "whole number" in message


@pytest.mark.parametrize(
    "overrides",
    [
        {"execution_soft": 0.95},
        {"execution_firm": 0.2},
        {"execution_soft": 0.6, "execution_firm": 0.5},
    ],
)
def test_a_soft_hegemon_does_not_execute_more_often_than_a_firm_one(overrides):
    message = refusal(overrides)
    assert "execution_soft" in message and "execution_firm" in message
    assert make_setting(SIX, {"execution_soft": 0.5, "execution_firm": 0.5})


@pytest.mark.parametrize(
    ("overrides", "iso3"),
    [
        ({"sector_relief_rate": 0.3}, "KOR"),
        ({"sector_rate": 0.1}, "KOR"),
        ({"VNM.sector_relief_rate": 0.3}, "VNM"),
        ({"sector_relief_rate": 0.1, "IND.sector_rate": 0.05}, "IND"),
    ],
)
def test_relief_does_not_raise_the_sectoral_rate(overrides, iso3):
    message = refusal(overrides)
    assert "sector_relief_rate" in message and "sector_rate" in message and iso3 in message
    assert make_setting(SIX, {"sector_relief_rate": 0.25})


def test_shares_of_trade_do_not_add_up_to_more_than_all_of_it():
    message = refusal({"KOR.sector_share": 0.95})
    assert "KOR" in message and "sector_share + open_share" in message
    assert make_setting(SIX, {"KOR.sector_share": 0.95, "KOR.open_share": 0.05})


@pytest.mark.parametrize(("window_days", "meetings_per_week"), [(1, 6), (6, 1), (2, 3)])
def test_a_window_in_which_no_meeting_fits_is_refused(window_days, meetings_per_week):
    message = refusal({"window_days": window_days, "meetings_per_week": meetings_per_week})
    assert "window_days" in message and "meetings_per_week" in message
    assert make_setting(SIX, {"window_days": window_days + 1, "meetings_per_week": meetings_per_week})


# Sign conventions of the domestic limits


@pytest.mark.parametrize("value", [0.0, 0.3, 0.95, 1.0])
def test_a_constraint_of_one_is_the_data_and_of_zero_no_limit(value):
    assert effective(value, 1.0, 1.0) == pytest.approx(value, abs=1e-15)
    for constraint, channel in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.0)):
        assert effective(value, constraint, channel) == 1.0
    assert effective(value, 0.5, 1.0) == effective(value, 1.0, 0.5) == pytest.approx((1 + value) / 2)
    if value < 1:
        rising = [effective(value, constraint, 1.0) for constraint in (1.0, 0.7, 0.2, 0.0)]
        assert rising == sorted(rising) and len(set(rising)) == 4


def test_domestic_limits_by_channel():
    korea = SIX.countries[0]
    korea = dataclasses.replace(korea, floor_before=0.2, floor_after=0.1)
    red = np.array([issue.red_line for issue in korea.issues])
    assert red.any() and not red.all()
    caps, ratified, floors = domestic_limits(korea, 1.0, 1.0, 1.0, 1.0)
    assert np.allclose(caps, [np.where(red, 0.0, 0.3), np.where(red, 0.0, 0.7)])
    assert np.allclose(ratified, [0.5, 0.95])
    assert np.allclose(floors, [0.2, 0.1])
    for knobs in ((0.0, 1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0)):
        caps, ratified, floors = domestic_limits(korea, *knobs)
        assert (caps == 1).all() and (ratified == 1).all() and (floors == 0).all()
    # Freeing one channel leaves the other two as in the data.
    data = domestic_limits(korea, 1.0, 1.0, 1.0, 1.0)
    for channel in range(3):
        caps_knob, ratification_knob, floor_knob = (0.0 if k == channel else 1.0 for k in range(3))
        freed = domestic_limits(korea, 1.0, caps_knob, ratification_knob, floor_knob)
        for other in range(3):
            assert np.array_equal(freed[other], data[other]) == (other != channel)


@pytest.mark.parametrize("factor", ["domestic_constraint", "ratification_constraint", "KOR.domestic_constraint"])
def test_constraints_reach_the_terms(factor):
    assert make_terms(make_setting(SIX)).ratification[0].tolist() == pytest.approx([0.5, 0.95])
    free = make_terms(make_setting(SIX, {factor: 0.0})).ratification
    assert free[0].tolist() == [1.0, 1.0]
    assert (free[1] == 1.0).all() == (not factor.startswith("KOR"))
