"""Measures in games where the answer is known, and exact against simulated where both exist."""

import dataclasses
import itertools
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.policy import prepare, strategies_of
from experiments.analysis.interval import NOT_DEFINED, UNDEFINED, Interval
from experiments.measures.catalogue import CATALOGUE, measure_rows
from experiments.measures.clustering import burstiness, clustering, intervals
from experiments.measures.constraint_cost import CHANNELS, constraint_cost, shapley
from experiments.measures.dates import payoff_by_date
from experiments.measures.first_mover import first_mover_advantage
from experiments.measures.study import UNCONVERGED, SimulatedRuns, Study, estimate
from experiments.measures.waiting import option_value, price_of_waiting
from experiments.measures.welfare import hegemon_surplus, planner_loss
from experiments.tables.schema import BN, DATE_PARTS, SHARE
from model import solver
from model.belief import package_value
from model.case import Case
from model.case_file import load_case
from model.crowd import solve_crowd
from model.equilibrium import solve
from model.intervention import called_last, moving_when_called, waiting_at_first
from model.meeting import Policy
from model.parts import PARTS, SIGNING_PARTS
from model.planner import planner_value
from model.setting import make_setting
from model.states import count_state, set_offsets
from model.terms import OPEN
from model.timing import raw_game

SIX = load_case("six")
KOR, JPN = SIX.ids.index("KOR"), SIX.ids.index("JPN")
THREE = ("KOR", "JPN", "AUS")
RATIFIED = {"ratification_constraint": 0.0}


def study(
    overrides: dict[str, float] | None = None,
    mix: dict[str, str] | None = None,
    runs: SimulatedRuns | None = None,
    case: Case = SIX,
) -> Study:
    return Study(prepare(make_setting(case, overrides), strategies_of(case, mix)), runs or SimulatedRuns(2, 4000))


def value(found: Interval) -> float:
    assert found.defined
    return found.value


# First-mover advantage


@pytest.mark.parametrize("country", range(6))
def test_nothing_is_left_of_rank_without_headline_and_learning(country):
    found = first_mover_advantage(study({"headline_value": 0.0, "precedent_accuracy": 0.5}), country)
    assert value(found["structural"]) == 0
    assert value(found["causal_held"]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("overrides", "years"), [({}, 90 / 365), ({"early_effect": 0.5, "deal_horizon": 4}, 45 / 1460)]
)
def test_structural_is_read_off_the_terms_table(overrides, years):
    """Terms and what flows from meeting 0 to the end of the pause."""
    ready = study(overrides)
    terms = ready.prepared.terms
    share = ((terms.payoff + years * terms.flow) / terms.stakes[:, None, None, None, None])[KOR, :, :, 0, OPEN]
    worth = [package_value(share[rank, 0], share[rank, 1], 0.2, 0.5) for rank in (0, 5)]
    assert value(first_mover_advantage(ready, KOR)["structural"]) == pytest.approx(worth[0] - worth[1], abs=1e-15)


def test_last_behind_others_who_sign_at_once():
    """Five others sign at meetings 0 to 4; Korea is called at meeting 5, rank 6, with h harsh of 5 by the true type."""
    ready = study(RATIFIED, {"default": "script:0"})
    game = ready.prepared.game
    known = 1 - (1 - game.news_hazard) ** 5
    expected = 0.0
    for h in range(6):
        chance = 0.0
        for prior, right in ((0.5, 0.75), (0.5, 0.25)):
            chance += prior * math.comb(5, h) * right**h * (1 - right) ** (5 - h)
        for z, p in ((0, 1 - known), (1, known)):
            expected += chance * p * game.sign[KOR, count_state(game.offsets[5], 5, h, z)]
    found = first_mover_advantage(ready, KOR)
    assert value(found["causal"]) == pytest.approx(game.sign[KOR, 0] - expected, abs=1e-12)
    assert value(found["committed"]) == pytest.approx(value(found["causal"]), abs=1e-14)  # scripts do not respond


def test_last_behind_others_who_never_sign():
    """Korea signs at the last meeting at rank 1, nothing learnt but the news."""
    ready = study({}, {"default": "script:never", "KOR": "equilibrium"})
    game = ready.prepared.game
    known = 1 - (1 - game.news_hazard) ** 76
    last = [game.sign[KOR, count_state(game.offsets[76], 0, 0, z)] for z in (0, 1)]
    expected = game.sign[KOR, 0] - (1 - known) * last[0] - known * last[1]
    assert value(first_mover_advantage(ready, KOR)["causal"]) == pytest.approx(expected, abs=1e-12)


def test_committed_differs_where_others_respond():
    found = first_mover_advantage(study(), KOR)
    assert abs(value(found["committed"]) - value(found["causal"])) > 1e-4


def test_naive_is_the_regression():
    ready = study(runs=SimulatedRuns(4, 3000, simulate=True))
    found = first_mover_advantage(ready, JPN)["naive"]
    outcomes = ready.outcomes
    signed = outcomes.deal_rank[:, JPN] > 0
    slope = np.polyfit(outcomes.deal_rank[signed, JPN], outcomes.payoff_share[signed, JPN], 1)[0]
    last = called_last(ready.prepared.game, JPN)
    _, records = ready.records(last, moving_when_called(ready.prepared.policy, last, JPN))
    assert value(found) == pytest.approx((1 - records["rank"][:, JPN].mean()) * slope, abs=1e-10)
    assert 3 < records["rank"][:, JPN].mean() < 6


def test_undefined_where_it_cannot_sign_or_nothing_is_at_stake():
    no_zone = study({"KOR.floor_before": 1.0, "KOR.floor_constraint": 1.0})
    found = first_mover_advantage(no_zone, KOR)
    assert not found["causal"].defined and not found["structural"].defined
    assert not price_of_waiting(no_zone, KOR)["week"].defined
    idle = Study(prepare(make_setting(load_case("free_trade")), strategies_of(load_case("free_trade"))))
    for row in measure_rows(idle, list(CATALOGUE), idle.prepared.setting.case.ids):
        of_worth = row["country"] != "world" and row["measure"] not in ("days_waited", "first_call")
        assert not of_worth or row["value"] is None
        assert (row["value"] is None) == (row["method"] == NOT_DEFINED)
    for simulate in (False, True):
        silent = study({"KOR.floor_before": 1.0}, {"default": "script:never"}, SimulatedRuns(1, 20, simulate))
        for row in measure_rows(silent, ["first_mover_advantage", "clustering", "planner_loss"], ["KOR"]):
            assert (row["value"] is None) == (row["method"] == NOT_DEFINED)


# Choices that are not all but certain, so that each of the three signs as many numbers in 3,000 runs: where a country
# signs in a few runs of a thousand, its slope on rank rests on one or two of them, and no band is to be believed.
OFTEN = {"choice_precision": 30.0, "inertia": 0.1}


@pytest.mark.parametrize(
    "overrides", [{"headline_value": 0.03}, {"extension_probability": 0.4, "headline_value": 0.06}]
)
def test_exact_and_simulated_agree(overrides):
    """Every measure of three countries inside simultaneous bands: 4.5 standard errors for about 40 numbers."""
    overrides = OFTEN | overrides
    names = [name for name in CATALOGUE if name != "planner_loss"]
    exact = list(measure_rows(study(overrides), names, THREE))
    simulated = list(measure_rows(study(overrides, runs=SimulatedRuns(6, 3000, simulate=True)), names, THREE))
    compared = 0
    for one, other in zip(exact, simulated, strict=True):
        assert (one["country"], one["part"], one["unit"]) == (other["country"], other["part"], other["unit"])
        is_range = (one["measure"], one["part"]) == ("constraint_cost", "total")
        if one["unit"] == BN or one["value"] is None or other["low"] is None or is_range:
            continue
        width = (other["high"] - other["low"]) / 2 / 1.96
        assert abs(one["value"] - other["value"]) <= 4.5 * width + 1e-12, (one, other)
        compared += one["method"] == "exact"
    assert compared >= 30


# Waiting


@pytest.mark.parametrize("early_effect", [0.0, 0.6, 1.0])
def test_a_week_costs_its_delay_and_its_flow_where_nothing_else_changes(early_effect):
    """Japan signs first or a week later, and the flow of the package that it tables lasts a week less."""
    fixed = {"sector_news_rate": 0.0, "delay_cost": 0.3, "early_effect": early_effect}
    alone = study(fixed, {"default": "script:never"})
    terms = alone.prepared.terms
    share = terms.share[JPN, 0, :, 0, OPEN]
    flow = terms.flow[JPN, 0, :, 0, OPEN] / terms.stakes[JPN]
    assert np.abs(flow).min() > 0.001
    worth = []
    for days in (90, 83):
        lean, full = share + early_effect * days / 365 * flow
        worth.append(package_value(lean, full, 0.2, 0.5))
    found = price_of_waiting(alone, JPN)
    assert value(found["week"]) == pytest.approx(0.3 * 7 / 90 + worth[0] - worth[1], abs=1e-14)
    assert value(found["delay"]) == pytest.approx(0.3 * 7 / 90, abs=1e-14)
    for part in ("reciprocal_relief", "concessions", "no_deal", "signing_cost"):  # the package is the same
        assert value(found[part]) == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("overrides", [{}, {"extension_probability": 0.4, "delay_cost": 0.1, "KOR.floor_after": 1.0}])
@pytest.mark.parametrize("simulate", [False, True])
def test_waiting_is_split_into_parts_that_add_up(overrides, simulate):
    """To what other recursions and the sums of the runs make of the whole."""
    ready = study(overrides, runs=SimulatedRuns(3, 200, simulate))
    game, policy, x = ready.prepared.game, ready.prepared.policy, ready.prepared.game.extension_probability
    for i in range(6):
        waits = ready.payoffs(waiting_at_first(game, i), policy)[:, i].mean()
        no_deal = (1 - x) * game.no_deal[0, i, 0] + x * game.no_deal[1, i, 0]
        for found, whole, name in (
            (option_value(ready, i), waits - no_deal, "total"),
            (price_of_waiting(ready, i), None, "week"),
        ):
            parts = [value(found[part]) for part in PARTS]
            assert sum(parts) == pytest.approx(value(found[name]), abs=1e-12)
            assert whole is None or value(found[name]) == pytest.approx(whole, abs=1e-12)
        assert abs(value(option_value(ready, KOR)["concessions"])) > 0.05


def test_information_is_worth_nothing_where_nobody_signs():
    alone = study({}, {"default": "script:never", "KOR": "equilibrium"})
    found = option_value(alone, KOR)
    assert value(found["information"]) == pytest.approx(0, abs=1e-14)
    assert value(found["total"]) > 0.1


def test_option_value_of_a_country_that_never_signs_is_nothing():
    assert value(option_value(study({}, {"KOR": "script:never"}), KOR)["total"]) == pytest.approx(0, abs=1e-12)


def test_payoff_by_date():
    ready = study()
    rows = payoff_by_date(ready, KOR)
    assert [row["meeting"] for row in rows] == list(range(77))
    assert rows[0]["payoff_share"] == pytest.approx(ready.prepared.game.sign[KOR, 0], abs=1e-14)
    assert tuple(part.name for part in DATE_PARTS) == SIGNING_PARTS  # what reads results does not load it
    for row in rows:
        assert sum(row[part] for part in SIGNING_PARTS) == pytest.approx(row["payoff_share"], abs=1e-12)
        assert row["p_news"] == pytest.approx(1 - 0.99 ** (7 / 6 * row["meeting"]), abs=1e-12)
        assert (row["regime"] == "after") == (row["day"] >= 54)
        assert 0.1 - 1e-12 <= row["tariff"] <= 0.25
    ranks = [row["mean_rank"] for row in rows]
    assert ranks[0] == 1 and all(a <= b + 1e-12 for a, b in itertools.pairwise(ranks))
    simulated = payoff_by_date(study(runs=SimulatedRuns(7, 4000, simulate=True)), KOR)
    assert max(abs(a["payoff_share"] - b["payoff_share"]) for a, b in zip(rows, simulated, strict=True)) < 0.01


# Domestic constraint


def test_costs_add_up_over_channels():
    found = constraint_cost(study(), KOR)
    assert sum(value(found[channel]) for channel in CHANNELS) == pytest.approx(value(found["total"]), abs=1e-12)
    low, high = found["total"].low, found["total"].high
    assert low is not None and high is not None and low <= value(found["total"]) <= high and low < high


def test_the_range_is_over_all_ends_of_the_judgement_inputs():
    """The least and the greatest of nine costs: as things are, and with each channel's data at either end."""
    given, free = SIX.countries[KOR].provenance, study({"KOR.domestic_constraint": 0.0}).payoff_rows[0, KOR]
    costs = [free - study().payoff_rows[0, KOR]]
    for ends in itertools.product(("low", "high"), repeat=3):
        data = {
            f"KOR.{channel}_{when}": getattr(given[f"{channel}_{when}"], end)
            for channel, end in zip(("flexibility", "ratification", "floor"), ends, strict=True)
            for when in ("before", "after")
        }
        costs.append(free - study(data).payoff_rows[0, KOR])
    found = constraint_cost(study(), KOR)["total"]
    assert (found.low, found.high) == (pytest.approx(min(costs), abs=1e-12), pytest.approx(max(costs), abs=1e-12))
    assert value(found) == pytest.approx(costs[0], abs=1e-12)


def test_one_channel_alone_bears_all():
    found = constraint_cost(study({"caps_constraint": 0.0, "floor_constraint": 0.0}), KOR)
    assert value(found["ratification"]) == pytest.approx(value(found["total"]), abs=1e-15)
    assert value(found["caps"]) == value(found["floor"]) == 0
    free = constraint_cost(study({"KOR.domestic_constraint": 0.0}), KOR)
    assert all(value(free[part]) == 0 for part in free)


def test_tied_hands_help_most_against_a_hegemon_that_cannot_wait():
    """An implementation of its own gives .577 free; .588 bound at patience 1, .635 at 0 (headline value .03)."""
    patient, hasty = (
        constraint_cost(study({"hegemon_patience": x, "headline_value": 0.03}), KOR)["total"] for x in (1.0, 0.0)
    )
    assert -0.02 < value(patient) < -0.005
    assert -0.07 < value(hasty) < -0.04


def test_shapley_is_the_mean_over_orders():
    rng = np.random.default_rng(1)
    coalitions = [c for size in range(4) for c in itertools.combinations(CHANNELS, size)]
    worth = {coalition: rng.normal(size=3) for coalition in coalitions}
    for channel in CHANNELS:
        steps = []
        for order in itertools.permutations(CHANNELS):
            before = order[: order.index(channel)]
            joined = (*before, channel)
            steps.append(
                worth[tuple(c for c in CHANNELS if c in before)] - worth[tuple(c for c in CHANNELS if c in joined)]
            )
        np.testing.assert_allclose(shapley(worth, channel), np.mean(steps, axis=0), atol=1e-12)


# Planner


@pytest.mark.slow
def test_planner_is_the_best_of_all_policies():
    """Two countries, two meetings: all 256 pairs of policies, valued one by one."""
    game = raw_game(
        lambda i, k, m, n, h, z: 0.4 + 0.1 * i - 0.15 * m + 0.1 * (k == 1) + (0.5 if n and not h else -0.1 * n),
        lambda i, n, h: 0.35 - 0.1 * h,
        countries=2,
        meetings=2,
        precision=5.0,
        priority=(1.0, 2.0),
        precedent_accuracy=0.8,
        ratification=lambda i, m: 0.9,
    )
    offsets, nobody = set_offsets(2), np.zeros(2, np.bool_)
    open_states = [s for s in range(offsets[-1]) if s % 2 == 0]  # no news: the others cannot come about
    best = -math.inf
    first = [s for s in open_states if s < offsets[1]]
    for moves in itertools.product((0.0, 1.0), repeat=len(first) + len(open_states)):
        by_set = np.zeros((2, offsets[-1]))
        by_set[0, first] = moves[: len(first)]
        by_set[1, open_states] = moves[len(first) :]
        policy = Policy(np.zeros((2, 1)), by_set, np.ones(2, np.bool_), offsets)
        best = max(best, float(solve(game, policy, nobody, keep_policy=False).value.sum()))
    assert planner_value(game, game.sign, game.no_deal) == pytest.approx(best, abs=1e-12)


def test_alone_and_decisive_there_is_nothing_to_lose():
    """One country is its own planner, but for the noise of its choice."""
    lone = dataclasses.replace(SIX, countries=(SIX.country("KOR", "tests"),))
    sharp = study({"choice_precision": 1e6, "inertia": 0.5}, case=lone)
    assert value(planner_loss(sharp)["countries"]) == pytest.approx(0, abs=1e-4)
    assert value(planner_loss(study(case=lone))["countries"]) > 0.001


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    headline=st.floats(-0.1, 0.2),
    accuracy=st.floats(0.5, 1),
    precision=st.floats(0, 1e4),
    mix=st.sampled_from(["equilibrium", "myopic", "wait_and_see", "bandwagon"]),
    delay=st.floats(0, 0.5),
)
def test_nobody_beats_the_planner(headline, accuracy, precision, mix, delay):
    overrides = {"headline_value": headline, "precedent_accuracy": accuracy, "choice_precision": precision}
    three = dataclasses.replace(SIX, countries=SIX.countries[:3])
    found = planner_loss(study(overrides | {"delay_cost": delay}, {"default": mix}, case=three))
    assert value(found["countries"]) >= -1e-9
    assert value(found["joint"]) >= -1e-9


def test_hegemon_surplus_by_both_ways():
    exact = value(hegemon_surplus(study())["mean"])
    found = hegemon_surplus(study(runs=SimulatedRuns(9, 8000, simulate=True)))["mean"]
    assert found.bounded
    assert abs(exact - value(found)) < 4.5 * (found.high - found.low) / 3.92


# Clustering


def test_clustering_of_known_sequences():
    assert burstiness(intervals(np.array([30, 60]), 90.0)) == pytest.approx(-1)
    assert burstiness(intervals(np.array([0, 0, 0, 0]), 90.0)) == pytest.approx(1)
    assert math.isnan(burstiness(intervals(np.array([30]), 90.0)))
    rng = np.random.default_rng(5)
    at_random = [burstiness(intervals(rng.uniform(0, 90, 6), 90.0)) for _ in range(4_000)]
    assert -0.06 < np.mean(at_random) < 0  # a little below 0 for so few
    r_squared = [np.var(gaps := intervals(rng.uniform(0, 90, 6), 90.0)) / np.mean(gaps) ** 2 for _ in range(4_000)]
    assert np.mean(r_squared) == pytest.approx(6 / 8, abs=0.02)  # (k - 1) / (k + 1), where the coefficient is 0


def test_deals_at_the_deadline():
    late = clustering(study(RATIFIED, {"default": "script:81"}))
    assert value(late["last_9_days"]) == 1
    assert value(late["quiet_spell"]) >= 81
    assert clustering(study({}, {"default": "script:never"}))["last_9_days"] == UNDEFINED


# Intervals


def test_an_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(3)
    found = [estimate(rng.normal(1.0, 2.0, 200)) for _ in range(2000)]
    assert 0.93 < np.mean([one.low <= 1.0 <= one.high for one in found]) < 0.97


def test_shares_and_bn_stand_side_by_side():
    ready = study()
    rows = list(measure_rows(ready, ["price_of_waiting"], ["JPN"]))
    assert [row["unit"] for row in rows] == [SHARE, BN] * (1 + len(PARTS))
    for share, bn in zip(rows[::2], rows[1::2], strict=True):
        assert share["part"] == bn["part"]
        assert bn["value"] == pytest.approx(share["value"] * ready.prepared.terms.stakes[JPN])


def test_an_equilibrium_that_did_not_converge_is_said(monkeypatch):
    """Of many countries, with one iteration only: every number that rests on an equilibrium says so."""
    monkeypatch.setattr(solver, "solve_crowd", partial(solve_crowd, max_iterations=1))
    monkeypatch.setattr(solver, "MOST_BYTES", 0)
    three = dataclasses.replace(SIX, countries=SIX.countries[:3])
    few = study(runs=SimulatedRuns(1, 20), case=three)
    rows = list(measure_rows(few, ["constraint_cost", "option_value"], ["KOR"]))
    assert {row["method"] for row in rows} == {UNCONVERGED}
    beyond = list(measure_rows(few, ["planner_loss"], []))
    assert {row["method"] for row in beyond} == {NOT_DEFINED}
    converged = study({}, {"default": "myopic"}, SimulatedRuns(1, 20), three)
    assert {row["method"] for row in measure_rows(converged, ["option_value"], ["KOR"])} == {"simulated"}


def test_what_is_as_good_as_impossible_has_no_measure():
    """Korea's floor bars it after its election; being last is then an event of probability 1e-200, or of rounding."""
    found = study({"KOR.floor_after": 1.0}, {"AUS": "script:never"})
    assert math.isnan(first_mover_advantage(found, KOR)["naive"].value)
    assert first_mover_advantage(found, KOR)["naive"].method == NOT_DEFINED
