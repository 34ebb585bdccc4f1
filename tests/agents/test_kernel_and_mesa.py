"""One set of rules, two readers: the batch kernel and the Mesa model play the same negotiation to the bit.

Then what must hold of any run and its outcomes, the order of events against a second statement of it in plain Python,
the same rules uncompiled, and the mean over many runs against the exact value of the game.
"""

import json
import math
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from agents.strategies import CATALOGUE
from model.calendar import make_calendar
from model.calls import NEVER
from model.case_file import load_case
from model.draws import PURPOSES, draw, identity
from model.frontiers import NOWHERE
from model.grants import RECIPROCAL
from model.kernel import play
from model.meeting import COUNTRY_RECORD, FULL, LEAN, NO_DEAL, REBUFFED, WORLD_RECORD, policy_at
from model.outcomes import settle
from model.setting import make_setting
from model.states import count_state
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT

ROOT = Path(__file__).resolve().parents[2]
WORLD_FIELDS, COUNTRY_FIELDS = list(WORLD_RECORD.fields or ()), list(COUNTRY_RECORD.fields or ())
SCRIPTS = ("script:0", "script:30", "script:never")
MIX = {"default": "equilibrium", "KOR": "wait_and_see", "JPN": "script:7", "IND": "script:never"}
OTHER_MIX = {"default": "myopic", "KOR": "equilibrium", "VNM": "script:0", "GBR": "bandwagon", "AUS": "deadline"}
STRATEGIES = [*({"default": name} for name in (*CATALOGUE, *SCRIPTS)), MIX, OTHER_MIX]
WINDOWS = [
    {"extension_probability": x, "meetings_per_week": w} for x in (0.0, 0.5, 1.0) for w in (1, 6, 17)
]  # fmt: skip


def label(strategies):
    return " ".join(name if key == "default" else f"{key}={name}" for key, name in strategies.items())


def ready(case="six", strategies=None, overrides=None):
    loaded = load_case(case)
    return prepare(make_setting(loaded, overrides), strategies_of(loaded, strategies))


def batch(prepared, *, seed=1, replicates=1, first=0):
    return play(prepared.game, prepared.policy, seed=seed, replicates=replicates, first=first)


def step_to_the_end(prepared, seed, replicate):
    """The Mesa model after its last step; every step is a day."""
    model = Negotiation(prepared=prepared, seed=seed, replicate=replicate)
    steps, window = 0, prepared.setting.window
    while model.running:
        assert model.day == steps <= window.window_days + window.extension_days
        model.step()
        steps += 1
        assert model.day == steps - (not model.running)
    last = window.window_days + (window.extension_days if model.world[0]["extended"] else 0)
    assert (model.day, steps) == (last, last + 1)
    return model


def assert_equal_trajectories(prepared, seeds, replicates):
    for seed in seeds:
        worlds, countries = batch(prepared, seed=seed, replicates=replicates)
        for replicate in range(replicates):
            model = step_to_the_end(prepared, seed, replicate)
            for name in WORLD_FIELDS:
                assert model.world[0][name] == worlds[replicate][name], (seed, replicate, name)
            for name in COUNTRY_FIELDS:
                assert np.array_equal(model.country_records[name], countries[replicate][name]), (seed, replicate, name)


# Kernel = Mesa


@pytest.mark.parametrize("strategies", STRATEGIES, ids=label)
@pytest.mark.parametrize("case", ["six", "free_trade"])
def test_kernel_and_mesa_agree_to_the_bit(case, strategies):
    for window in WINDOWS:
        assert_equal_trajectories(ready(case, strategies, window), seeds=(0, 20250410), replicates=2)


PRESENT = {"KOR": "wait_and_see", "JPN": "script:7", "GBR": "bandwagon", "AUS": "deadline", "IND": "myopic"}
HEGEMONS = [
    {"hegemon": "choosing"},
    {"hegemon": "forward_looking"},
    {**OTHER_MIX, "hegemon": "choosing"},
    {**PRESENT, "hegemon": "forward_looking"},
]


@pytest.mark.parametrize("strategies", HEGEMONS, ids=label)
def test_kernel_and_mesa_agree_where_the_hegemon_plays(strategies):
    """It is the hegemon agent that chooses, and the terms of the day are in the records."""
    for window in (*WINDOWS[::4], {"hegemon_precision": 1e6, "headline_value": 0.03}):
        assert_equal_trajectories(ready("six", strategies, window), seeds=(0, 20250410), replicates=3)
    prepared = ready("free_trade", strategies if len(strategies) == 1 else {"hegemon": strategies["hegemon"]})
    assert_equal_trajectories(prepared, (1,), 2)
    _, countries = batch(ready("six", strategies), replicates=100)
    signed = countries["deal_meeting"] != NEVER
    assert signed.any() and (countries["agreed"][~signed] == NOWHERE).all()
    assert ((countries["agreed"][signed] >= 0) == (strategies["hegemon"] == "forward_looking")).all()


EIGHTEEN = [{"default": name} for name in (*CATALOGUE, "script:30")] + [{"default": "aspiration", "EU": "script:60"}]


@pytest.mark.parametrize("strategies", EIGHTEEN, ids=label)
def test_kernel_and_mesa_agree_on_eighteen_countries(strategies):
    assert_equal_trajectories(ready("eighteen", strategies, {"extension_probability": 0.5}), (3, 2**40), 4)


def test_kernel_and_mesa_agree_on_more_countries_than_a_mask_has_bits():
    assert_equal_trajectories(ready("all", {"default": "script:0"}, {"extension_probability": 0.5}), (5,), 4)


@pytest.mark.parametrize(
    "window",
    [
        {"extension_probability": 1.0, "extension_days": 0},
        {"extension_probability": 1.0, "extension_days": 1, "meetings_per_week": 1},
        {"window_days": 1, "meetings_per_week": 7},
        {"window_days": 7, "meetings_per_week": 1},
        {"window_days": 30, "meetings_per_week": 70, "extension_probability": 0.5, "extension_days": 100},
    ],
    ids=str,
)
def test_kernel_and_mesa_agree_at_the_edges_of_the_calendar(window):
    assert_equal_trajectories(ready("six", {"default": "myopic"}, window), (1, 2, 3), 4)


def test_many_seeds_and_replicates():
    assert (len(WORLD_FIELDS), len(COUNTRY_FIELDS)) == (7, 9)
    prepared = ready("six", MIX, {"extension_probability": 0.5})
    assert_equal_trajectories(prepared, range(100, 130), 4)
    # Not one trajectory a hundred times over: both types, extensions and news are met, and all kinds of package.
    worlds, countries = batch(prepared, seed=100, replicates=400)
    for name in ("firm", "extended", "known"):
        assert 0.2 < worlds[name].mean() < 0.8
    assert set(np.unique(countries["package"])) == {NO_DEAL, FULL, LEAN, REBUFFED}
    assert countries["failed"].any() and countries["executed"].any()


@pytest.mark.parametrize(("case", "strategies"), [("six", None), ("six", MIX), ("eighteen", {"default": "myopic"})])
def test_runs_can_be_played_in_parts(case, strategies):
    prepared = ready(case, strategies, {"extension_probability": 0.5})
    whole = batch(prepared, replicates=100)
    parts = batch(prepared, replicates=60), batch(prepared, first=60, replicates=40)
    for k in range(2):
        assert np.array_equal(whole[k], np.concatenate([part[k] for part in parts]))
    assert len(np.unique(whole[1])) > 50


# What must hold of any run

RANDOM_SETTINGS = 25


def random_overrides(number):
    """Parameters from all over their ranges."""
    rng = np.random.default_rng(number)
    soft, relief = rng.uniform(0, 1, 2)
    return {
        "baseline_rate": rng.uniform(0, 0.5),
        "demand_elasticity": rng.uniform(1, 10),
        "adjustment_loss": rng.uniform(0.01, 1),
        "sector_rate": rng.uniform(relief, 1),
        "sector_relief_rate": relief,
        "headline_value": rng.uniform(-0.1, 0.2),
        "headline_half_life": rng.uniform(0.5, 20),
        "bargaining_weight": rng.uniform(0.05, 0.95),
        "hegemon_patience": rng.uniform(0, 1),
        "issue_value_scale": rng.uniform(0, 0.2),
        "issue_cost_scale": rng.uniform(0, 0.2),
        "execution_soft": soft,
        "execution_firm": rng.uniform(soft, 1),
        "prior_firm": rng.uniform(0, 1),
        "precedent_accuracy": rng.uniform(0.5, 1),
        "rebuff_cost": rng.uniform(0, 1),
        "JPN.rebuff_cost": rng.uniform(0, 1),
        "sector_news_rate": rng.uniform(0, 0.1),
        "sector_regret": rng.uniform(0, 1),
        "delay_cost": rng.uniform(-1, 1),
        "GBR.delay_cost": rng.uniform(-1, 1),
        "signing_cost": rng.uniform(0, 1),
        "domestic_constraint": rng.uniform(0, 1),
        "choice_precision": 10 ** rng.uniform(-1, 4),
        "inertia": rng.uniform(0.01, 0.9),
        "extension_probability": rng.uniform(0, 1),
        "meetings_per_week": int(rng.integers(1, 18)),
        "deal_horizon": rng.uniform(0.25, 10),
        "early_effect": rng.uniform(0, 1),
        "tariff_taste": rng.uniform(0, 1),
        "ratification_slope": rng.uniform(0, 50),
    }


SCENARIOS = [
    ("six", {"default": "equilibrium"}, {}),
    ("six", {"default": "script:0"}, {"extension_probability": 0.5}),
    ("six", MIX, {"extension_probability": 1.0, "rebuff_cost": 0.05}),
    ("free_trade", {"default": "script:0"}, {"extension_probability": 0.5}),
    ("eighteen", {"default": "myopic"}, {"extension_probability": 0.5}),
    *(("six", {"default": "script:10", "KOR": "myopic"}, random_overrides(k)) for k in range(RANDOM_SETTINGS)),
]
NAMES = ["defaults", "script", "mix", "free trade", "eighteen", *(f"random {k}" for k in range(RANDOM_SETTINGS))]


class Played:
    """Runs of a scenario with their outcomes."""

    def __init__(self, case, strategies, overrides, replicates=150):
        self.prepared = ready(case, strategies, overrides)
        self.setting, self.terms = self.prepared.setting, self.prepared.terms
        self.calendar = make_calendar(self.setting.window)
        self.worlds, self.countries = batch(self.prepared, replicates=replicates)
        self.outcomes = settle(self.setting, self.terms, self.worlds, self.countries)
        self.has_deal = self.outcomes.deal_rank > 0

    def each(self):
        """Run and country positions."""
        return np.ndindex(self.has_deal.shape)


@cache
def play_scenario(number):
    return Played(*SCENARIOS[number])


@pytest.fixture(params=range(len(SCENARIOS)), ids=NAMES)
def played(request):
    return play_scenario(request.param)


def test_the_random_settings_differ_in_what_matters():
    """Deals in most of them, now and then a country that can never sign, and all packages."""
    runs = [play_scenario(k) for k in range(len(SCENARIOS) - RANDOM_SETTINGS, len(SCENARIOS))]
    assert sum(run.has_deal.mean() > 0.3 for run in runs) > RANDOM_SETTINGS / 2
    assert sum(not np.isfinite(run.prepared.game.sign).any(axis=1).all() for run in runs) > RANDOM_SETTINGS / 20
    assert sum((run.outcomes.package == LEAN).any() for run in runs) > RANDOM_SETTINGS / 8
    assert sum((run.outcomes.package == REBUFFED).any() for run in runs) > RANDOM_SETTINGS / 8


def test_payoffs_are_the_sum_of_their_parts(played):
    out = played.outcomes
    assert np.array_equal(
        out.payoff_share, out.terms_share + out.flow_share - out.delay_loss - out.rebuff_loss - out.signing_loss
    )  # fmt: skip
    assert np.allclose(out.payoff_bn, out.payoff_share * played.terms.stakes, rtol=1e-14, atol=0)
    for i, country in enumerate(played.setting.countries):
        if country.gdp is None:
            assert np.isnan(out.payoff_pct_gdp[:, i]).all()
        else:
            assert np.allclose(out.payoff_pct_gdp[:, i], 100 * out.payoff_bn[:, i] / country.gdp, rtol=1e-14, atol=0)
    assert (out.delay_loss * played.setting.by_country["delay_cost"] >= 0).all()
    for part in (out.rebuff_loss, out.signing_loss):
        assert (part >= 0).all()


def test_every_part_is_what_the_terms_table_and_the_day_say(played):
    """Each number of a run a second time, one country at a time, from the setting and the terms table."""
    out, terms, own = played.outcomes, played.terms, played.setting.by_country
    parameters, window = played.setting.parameters, played.setting.window
    surplus = np.zeros(len(played.worlds))
    headline = np.mean([own["headline_value"][j] * one.imports for j, one in enumerate(played.setting.countries)])
    for r, i in played.each():
        world, record, country = played.worlds[r], played.countries[r, i], played.setting.countries[i]
        stakes = terms.stakes[i]
        names = ("terms_share", "flow_share", "delay_loss", "rebuff_loss", "signing_loss")
        parts = [getattr(out, name)[r, i] for name in names]
        ended = window.window_days + world["extended"] * window.extension_days
        if stakes < NOTHING_AT_STAKE:
            assert parts == [0.0] * 5
            continue
        if record["deal_meeting"] == NEVER:
            relief = 0.0 if record["executed"] else terms.grant_gain[i, RECIPROCAL] / stakes
            expected = [relief, 0.0, own["delay_cost"][i] * ended / window.window_days, 0.0, 0.0]
            tariff = terms.threatened[i] if record["executed"] else terms.baseline
            levels = 0.0
        else:
            day = played.calendar.day[record["deal_meeting"]]
            regime = int(country.date is not None and day >= country.date)
            kind = SOFT if record["package"] == LEAN else FIRM
            at = (i, record["rank"] - 1, kind, regime, record["known"])
            years = parameters.early_effect * (ended - day) / (365 * parameters.deal_horizon)
            expected = [
                terms.payoff[at] / stakes,
                years * terms.flow[at] / stakes,
                own["delay_cost"][i] * day / window.window_days,
                own["rebuff_cost"][i] if record["package"] == REBUFFED else 0.0,
                own["signing_cost"][i] / parameters.deal_horizon / stakes,
            ]
            relief = terms.levels[at][RECIPROCAL]
            tariff = relief * terms.baseline + (1 - relief) * terms.threatened[i]
            levels = terms.levels[at][3:]
            kept_out = terms.execution[world["firm"]] * terms.grant_price[i, RECIPROCAL]
            one_more = headline * 2 ** (-(record["rank"] - 1) / parameters.headline_half_life)
            surplus[r] += terms.hegemon[at] + years * terms.hegemon_flow[at] + one_more - kept_out
        assert parts == pytest.approx(expected, rel=1e-12, abs=1e-15)
        assert out.tariff_final[r, i] == pytest.approx(tariff, rel=1e-12)
        assert np.array_equal(out.concession_levels[r, i], levels + np.zeros(out.concession_levels.shape[2]))
    assert out.hegemon_surplus_bn == pytest.approx(surplus, rel=1e-9, abs=1e-12)


def test_ranks_days_and_packages(played):
    out, window = played.outcomes, played.setting.window
    assert np.array_equal(out.deals, played.has_deal.sum(axis=1))
    end = window.window_days + played.worlds["extended"] * window.extension_days
    assert np.array_equal(out.end_day, end)
    for r in range(len(out.deals)):
        mine = played.has_deal[r]
        assert sorted(out.deal_rank[r, mine]) == list(range(1, out.deals[r] + 1))
        meetings, days = played.countries[r]["deal_meeting"], out.deal_day[r]
        in_order = np.argsort(out.deal_rank[r, mine])
        assert (np.diff(meetings[mine][in_order]) > 0).all()  # one signature a meeting
        assert ((days[mine] >= 0) & (days[mine] < end[r])).all()
        assert (days[~mine] == -1).all()
        assert out.first_deal_day[r] == (days[mine].min() if mine.any() else -1)
        assert out.last_deal_day[r] == days.max()
        assert played.worlds[r]["harsh"] == played.countries[r]["harsh_precedent"].sum()
        assert played.countries[r]["called"].sum() <= len(played.calendar.day)
    assert (played.countries["called"] >= played.countries["failed"] + played.has_deal).all()
    firm = np.broadcast_to(played.worlds["firm"][:, None] == 1, played.has_deal.shape)
    assert np.array_equal(out.package != NO_DEAL, played.has_deal)
    assert firm[out.package == REBUFFED].all()
    assert not firm[out.package == LEAN].any()
    assert not (played.countries["executed"].astype(bool) & played.has_deal).any()


def test_final_rates_lie_between_baseline_and_threat(played):
    out, terms = played.outcomes, played.terms
    assert (out.tariff_final >= terms.baseline - 1e-12).all()
    assert (out.tariff_final <= terms.threatened + 1e-12).all()
    assert (out.sector_rate_final >= terms.sector_relief_rate - 1e-12).all()
    assert (out.sector_rate_final <= terms.sector_rate + 1e-12).all()
    assert ((out.concession_levels >= 0) & (out.concession_levels <= 1)).all()


def test_nobody_signs_what_it_cannot_sign(played):
    """At every signature the public state, rebuilt from the others' records, is one in which it could be signed."""
    for r in range(len(played.worlds)):
        records = played.countries[r]
        harsh = 0
        signers = np.flatnonzero(played.has_deal[r])
        for i in signers[np.argsort(played.outcomes.deal_rank[r, signers])]:
            offset = played.prepared.game.offsets[records[i]["deal_meeting"]]
            state = count_state(offset, records[i]["rank"] - 1, harsh, records[i]["known"])
            assert np.isfinite(played.prepared.game.sign[i, state])
            harsh += records[i]["harsh_precedent"]


def test_nothing_at_stake_nothing_moves():
    still = Played("free_trade", {"default": "script:0"}, {"extension_probability": 0.5})
    assert not still.has_deal.any()
    assert (still.outcomes.payoff_share == 0).all() and (still.outcomes.payoff_bn == 0).all()
    assert (still.outcomes.hegemon_surplus_bn == 0).all()
    assert (still.countries["called"].sum(axis=1) >= 77).all()  # it is called all the same, and wastes the slot


def test_a_country_that_cannot_sign_waits():
    """A ratifier that insists on everything before the vote: scripted to move at once, Korea signs after it only."""
    everything = {"KOR.floor_before": 1.0, "KOR.floor_after": 0.0, "sector_news_rate": 0.0}
    runs = Played("six", {"default": "script:0"}, everything)
    signed = runs.has_deal[:, 0]
    assert signed.sum() > 100
    assert (runs.outcomes.deal_day[signed, 0] >= 54).all()
    assert (runs.countries["called"][:, 0] > 10).all()
    assert (runs.outcomes.deal_day[:, 1:].max(axis=1) < 54).all()
    free = Played("six", {"default": "script:0"}, {})
    assert (free.outcomes.deal_day[:, 0] < 54).any()  # the floor it was


@pytest.mark.parametrize("day", [0, 1, 30, 54, 89, 90])
def test_a_script_never_signs_before_its_day(day):
    runs = Played("six", {"default": "myopic", "KOR": f"script:{day}", "GBR": "script:never"}, {}, replicates=400)
    days = runs.outcomes.deal_day[runs.has_deal[:, 0], 0]
    assert (days >= day).all()
    assert (len(days) > 0) == (day < 89)  # meetings of the last week fall on days 84, 85, 86, 87 and 88
    assert not runs.has_deal[:, 3].any()


@pytest.mark.parametrize("day", [0, 30])
def test_a_script_signs_at_the_first_call_from_its_day(day):
    sure = {"ratification_constraint": 0.0}
    prepared = ready("six", {"default": f"script:{day}"}, sure)
    for replicate in range(20):
        model = step_to_the_end(prepared, 1, replicate)
        for i in range(6):
            calls = [event for event in model.events if event.country == i]
            first = next(event for event in calls if event.day >= day)
            assert first.answer == "signed"
            assert model.countries[i].deal_day == first.day
            assert calls.index(first) == len(calls) - 1


def test_script_never_never_signs():
    runs = Played("six", {"default": "script:never"}, {"extension_probability": 1.0})
    assert not runs.has_deal.any()
    assert (runs.countries["called"].sum(axis=1) == len(runs.calendar.day)).all()


# The mean over runs is the value of the game


@pytest.mark.parametrize(
    ("strategies", "overrides"),
    [
        (None, {}),
        (None, {"extension_probability": 0.5, "prior_firm": 0.2, "precedent_accuracy": 0.95}),
        (None, {"meetings_per_week": 2, "choice_precision": 300, "inertia": 0.3, "sector_news_rate": 0.05}),
        (None, {"headline_value": -0.01, "rebuff_cost": 0.02, "choice_precision": 5}),
        (MIX, {"extension_probability": 1.0}),
    ],
    ids=["defaults", "extension", "few meetings", "last mover", "mix"],
)
def test_mean_payoff_is_the_value_at_the_start(strategies, overrides):
    replicates = 20_000
    prepared = ready("six", strategies, overrides)
    outcomes = settle(prepared.setting, prepared.terms, *batch(prepared, seed=11, replicates=replicates))
    mean = outcomes.payoff_share.mean(axis=0)
    error = outcomes.payoff_share.std(axis=0, ddof=1) / math.sqrt(replicates)
    assert ((error > 1e-6) & (error < 0.005)).all()  # everybody's payoff varies
    assert (np.abs(mean - prepared.solution.equilibrium.value) < 4 * error).all()
    assert outcomes.deals.mean() > 1


# The order of events, stated a second time


def play_by_hand(prepared, seed, replicate):
    """One run in plain Python, from the specification: call, choice, ratification, signature, precedent, news."""
    game, window, parameters = prepared.game, prepared.setting.window, prepared.setting.parameters
    ids, n, own, terms = prepared.setting.case.ids, len(prepared.game.who), prepared.setting.by_country, prepared.terms

    def luck(who, purpose, meeting):
        return draw(seed, replicate, identity(who), PURPOSES[purpose], meeting)

    firm = luck("world", "type", 0) < game.prior_firm
    extended = luck("world", "deadline", 0) < window.extension_probability
    a_week = window.meetings_per_week
    regular = math.floor(window.window_days * a_week / 7)
    days = [math.floor(7 * m / a_week) for m in range(regular)]
    if extended:
        more = math.floor(window.extension_days * a_week / 7)
        days += [window.window_days + math.floor(7 * m / a_week) for m in range(more)]
    precedents: list[bool] = []
    signed: dict[int, tuple[int, ...]] = {}
    known, news = False, NEVER
    called, failed = [0] * n, [0] * n
    for m, day in enumerate(days):
        waiting = [i for i in range(n) if i not in signed]
        if waiting:
            i = min(waiting, key=lambda j: -math.log(luck(ids[j], "call", m)) / prepared.setting.countries[j].priority)
            called[i] += 1
            rank, harsh = len(signed), sum(precedents)
            mask = sum(1 << j for j in signed)
            moves = policy_at(prepared.policy, game.offsets, i, m, rank, harsh, int(known), mask)
            if luck(ids[i], "choice", m) < moves:
                date = prepared.setting.countries[i].date
                after = int(date is not None and day >= date)
                a, b = game.precedent_accuracy, game.prior_firm
                right = b * a**harsh * (1 - a) ** (rank - harsh)
                wrong = (1 - b) * (1 - a) ** harsh * a ** (rank - harsh)
                belief = right / (right + wrong)
                put_off = 1.0 if m >= regular else window.extension_probability
                left = window.window_days + put_off * window.extension_days - day
                years = parameters.early_effect * left / (365 * parameters.deal_horizon)
                at = (i, rank, slice(None), after, int(known))
                lean, full = (terms.payoff[at] + years * terms.flow[at]) / terms.stakes[i]
                risky = (1 - belief) * lean + belief * (full - own["rebuff_cost"][i])
                tabled = risky if risky > full else full
                chance = terms.ratification[i, after]
                if chance < 1:
                    odds = chance / (1 - chance) * math.exp(own["ratification_slope"][i] * (tabled - 2 / 3))
                    chance = odds / (1 + odds)
                if luck(ids[i], "ratification", m) < chance:
                    package = FULL if not risky > full else REBUFFED if firm else LEAN
                    precedent = luck(ids[i], "precedent", m) < (a if firm else 1 - a)
                    signed[i] = (m, rank + 1, package, int(known), int(precedent))
                    precedents.append(precedent)
                else:
                    failed[i] += 1
        if not known and luck("world", "news", m) < 1 - (1 - prepared.setting.parameters.sector_news_rate) ** (
            7 / a_week
        ):
            known, news = True, m
    execution = prepared.setting.parameters.execution_firm if firm else prepared.setting.parameters.execution_soft
    rows = [
        (*signed[i], called[i], failed[i], 0, NOWHERE)
        if i in signed
        else (NEVER, 0, NO_DEAL, 0, 0, called[i], failed[i], int(luck(ids[i], "deadline", 1) < execution), NOWHERE)
        for i in range(n)
    ]
    mask = sum(1 << i for i in signed)
    return (int(firm), len(signed), sum(precedents), int(known), mask, news, int(extended)), rows


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("strategies", [{"default": "equilibrium"}, MIX, {"default": "script:0"}], ids=label)
def test_the_kernel_follows_the_order_of_events(strategies, window):
    prepared = ready("six", strategies, {**window, "rebuff_cost": 0.05})
    worlds, countries = batch(prepared, seed=8, replicates=12)
    for replicate in range(12):
        world, rows = play_by_hand(prepared, 8, replicate)
        assert worlds[replicate].item() == world
        assert [row.item() for row in countries[replicate]] == rows


# Uncompiled

UNCOMPILED = """
import json, sys
import numba, numpy as np
from agents.policy import prepare, strategies_of
from model.ahead import make_ahead
from model.case_file import load_case
from model.draws import run_key
from model.kernel import play_run
from model.meeting import COUNTRY_RECORD, WORLD_RECORD
from model.setting import make_setting
assert numba.config.DISABLE_JIT and not hasattr(play_run, "py_func")
answers = []
np.seterr(over="ignore")  # the hash is arithmetic modulo 2^64
for case, strategies, overrides, seed, replicates in json.loads(sys.argv[1]):
    loaded = load_case(case)
    p = prepare(make_setting(loaded, overrides), strategies_of(loaded, strategies))
    for replicate in range(replicates):
        world = np.zeros(1, WORLD_RECORD).view(np.recarray)
        countries = np.zeros(len(p.game.who), COUNTRY_RECORD).view(np.recarray)
        run = run_key(seed, replicate)
        play_run(p.game, p.policy, run, world, countries, make_ahead(p.game))
        answers.append([world.tolist(), countries.tolist()])
print(json.dumps(answers))
"""


def test_the_rules_uncompiled_give_the_same_records():
    """The same source run by Python itself: compilation changes nothing, not even the last bit of a draw."""
    plays = [
        ("six", {"default": "script:0"}, {"extension_probability": 0.5}, 3, 6),
        (
            "six",
            {"default": "myopic", "KOR": "script:30"},
            {"meetings_per_week": 3, "extension_probability": 1},
            2**61,
            6,
        ),
        ("six", {"default": "bandwagon", "VNM": "script:0"}, {"rebuff_cost": 0.02, "meetings_per_week": 4}, 5, 6),
        ("free_trade", {"default": "script:0"}, {"meetings_per_week": 2}, 1, 2),
        ("six", {"default": "equilibrium"}, {"meetings_per_week": 1}, 7, 6),
        ("six", {"hegemon": "choosing"}, {"meetings_per_week": 1, "window_days": 21}, 7, 6),
        ("six", {"hegemon": "forward_looking", "KOR": "script:3"}, {"meetings_per_week": 1, "window_days": 21}, 7, 6),
    ]
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED, json.dumps(plays)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    compiled = []
    for case, strategies, overrides, seed, replicates in plays:
        worlds, countries = batch(ready(case, strategies, overrides), seed=seed, replicates=replicates)
        compiled += [[[list(w.item())], [list(c.item()) for c in cs]] for w, cs in zip(worlds, countries, strict=True)]
    assert json.loads(done.stdout) == compiled
