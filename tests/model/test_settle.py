"""What records mean, a second time: one country at a time in plain Python, on records that need not come about."""

import math

import numpy as np
import pytest

from agents.policy import prepare
from model.calendar import make_calendar
from model.calls import NEVER
from model.frontiers import NOWHERE
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL, SECTOR
from model.meeting import COUNTRY_RECORD, LEAN, NO_DEAL, REBUFFED, WORLD_RECORD
from model.outcomes import settle
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT
from model.valuation import Given

RUNS = 60
SETTINGS = {
    "six": ("six", {"extension_probability": 0.5}),
    "losses that are gains": ("six", {"delay_cost": -0.3, "KOR.signing_cost": 0.5, "rebuff_cost": 0.2}),
    "nothing at stake": ("free_trade", {}),
    "no issues": ("six", {"baseline_rate": 0.0, "early_effect": 1.0, "deal_horizon": 0.5}),
    "eighteen": ("eighteen", {"extension_probability": 0.2}),
}
BY_COUNTRY = (
    "deal_day", "tariff_final", "sector_rate_final", "terms_share", "flow_share", "delay_loss", "rebuff_loss",
    "signing_loss", "payoff_share", "payoff_bn", "payoff_pct_gdp",
)  # fmt: skip


def random_records(prepared, rng, agreed):
    """Any records, also impossible ones; agreed: the share of deals whose terms were agreed on in their state."""
    n, meetings = prepared.game.call_weight.shape[::-1]
    worlds, countries = np.zeros(RUNS, WORLD_RECORD), np.zeros((RUNS, n), COUNTRY_RECORD)
    extension = int(len(make_calendar(prepared.setting.window).day) > prepared.game.regular)
    worlds["firm"], worlds["extended"] = rng.integers(0, 2, RUNS), rng.integers(0, 1 + extension, RUNS)
    worlds["news_meeting"] = rng.integers(-1, meetings, RUNS)
    signed = rng.random((RUNS, n)) < rng.random((RUNS, 1)) * 1.4 - 0.2
    worlds["signed"] = signed.sum(axis=1)
    countries["deal_meeting"] = np.where(signed, rng.integers(0, meetings, (RUNS, n)), NEVER)
    countries["rank"] = np.where(signed, rng.integers(1, prepared.terms.payoff.shape[1] + 1, (RUNS, n)), 0)
    countries["package"] = np.where(signed, rng.integers(1, 4, (RUNS, n)), NO_DEAL)
    countries["known"] = np.where(signed, rng.integers(0, 2, (RUNS, n)), 0)
    countries["executed"] = np.where(signed, 0, rng.integers(0, 2, (RUNS, n)))
    farthest = prepared.terms.frontiers.vertices.min(axis=(1, 2)) - 1
    position = rng.choice([0.0, 0.3, 1.0], (RUNS, n)) * farthest
    countries["agreed"] = np.where(signed & (rng.random((RUNS, n)) < agreed), position, NOWHERE)
    return worlds, countries


def brought(prepared, i, record, regime):
    """Payoff, flow, hegemon's worth and flow, and levels of a deal: from the terms table or from the frontier."""
    terms, agreed, known = prepared.terms, float(record["agreed"]), int(record["known"])
    if agreed == NOWHERE:
        kind = SOFT if record["package"] == LEAN else FIRM
        at = (i, int(record["rank"]) - 1, kind, regime, known)
        relief, price = terms.relief[at][OPEN_SECTOR], terms.relief_price[at][OPEN_SECTOR]
        payoff, hegemon, levels = terms.payoff[at], terms.hegemon[at], terms.levels[at]
    else:
        low = min(int(agreed), int(terms.frontiers.vertices[i, regime, known]) - 2) if agreed else 0

        def between(table):
            a, b = table[i, regime, known, low], table[i, regime, known, low + 1]
            return a + (agreed - low) * (b - a)

        frontiers = terms.frontiers
        payoff, hegemon, levels = between(frontiers.payoff), between(frontiers.hegemon), between(frontiers.levels)
        relief, price = between(frontiers.relief)[OPEN_SECTOR], between(frontiers.relief_price)[OPEN_SECTOR]
    return payoff, payoff - relief - terms.grant_gain[i, RECIPROCAL], hegemon, hegemon + price, levels


def in_words(prepared, world, record, i, given=None):
    """One country's outcome of one run, by name; beside it the hegemon's surplus and the concessions."""
    setting, terms, parameters = prepared.setting, prepared.terms, prepared.setting.parameters
    calendar, country = make_calendar(setting.window), setting.countries[i]
    own = {name: float(values[i]) for name, values in setting.by_country.items()}
    end = calendar.end_day[int(world["extended"])]
    stakes, at_stake = float(terms.stakes[i]), float(terms.stakes[i] >= NOTHING_AT_STAKE)
    stakes = stakes if at_stake else 1.0
    signed = record["deal_meeting"] != NEVER
    surplus, concessions = 0.0, np.zeros(terms.levels.shape[-1] - GRANTS)
    if signed:
        day = int(calendar.day[record["deal_meeting"]])
        regime = int(country.date is not None and day >= country.date)
        payoff, flow, hegemon, hegemon_flow, levels = given or brought(prepared, i, record, regime)
        years = parameters.early_effect * max(end - day, 0) / (365.0 * parameters.deal_horizon)
        out = {
            "deal_day": day,
            "terms_share": at_stake * (payoff / stakes),
            "flow_share": at_stake * (years * flow / stakes),
            "rebuff_loss": own["rebuff_cost"] if record["package"] == REBUFFED else 0.0,
            "signing_loss": own["signing_cost"] / (parameters.deal_horizon * stakes),
        }
        lowered = terms.threatened[i] - terms.baseline, terms.sector_rate[i] - terms.sector_relief_rate[i]
        out["tariff_final"] = terms.threatened[i] - levels[RECIPROCAL] * lowered[0]
        out["sector_rate_final"] = terms.sector_rate[i] - levels[SECTOR] * lowered[1]
        threat = terms.execution[FIRM if world["firm"] else SOFT] * terms.grant_price[i, RECIPROCAL]
        surplus = (hegemon + terms.headline_increment[record["rank"] - 1] - threat) + years * hegemon_flow
        concessions = levels[GRANTS:]
    else:
        day = end
        spared = 0.0 if record["executed"] else terms.grant_gain[i, RECIPROCAL] / stakes
        out = {"deal_day": -1, "terms_share": at_stake * spared, "flow_share": 0.0}
        out |= {"rebuff_loss": 0.0, "signing_loss": 0.0, "sector_rate_final": terms.sector_rate[i]}
        out["tariff_final"] = terms.threatened[i] if record["executed"] else terms.baseline
    out["delay_loss"] = at_stake * own["delay_cost"] * day / calendar.window_days
    losses = (out["delay_loss"], out["rebuff_loss"], out["signing_loss"])
    out["payoff_share"] = out["terms_share"] + out["flow_share"] - losses[0] - losses[1] - losses[2]
    out["payoff_bn"] = out["payoff_share"] * (stakes if at_stake else 0.0)
    out["payoff_pct_gdp"] = math.nan if country.gdp is None else 100.0 * out["payoff_bn"] / country.gdp
    return out, surplus, concessions


def check(prepared, worlds, countries, outcomes, given=None):
    """Every number of the outcomes to the bit; the hegemon's surplus is a sum, so to rounding."""
    day = make_calendar(prepared.setting.window).day
    for r in range(RUNS):
        surplus, days = [], []
        for i in range(countries.shape[1]):
            stated = None if given is None else tuple(values[r, i] for values in given)
            out, worth, concessions = in_words(prepared, worlds[r], countries[r, i], i, stated)
            for name in BY_COUNTRY:
                np.testing.assert_array_equal(getattr(outcomes, name)[r, i], out[name], name)
            np.testing.assert_array_equal(outcomes.concession_levels[r, i], concessions)
            surplus.append(worth)
            days += [out["deal_day"]] if out["deal_day"] >= 0 else []
        assert outcomes.hegemon_surplus_bn[r] == pytest.approx(sum(surplus), rel=1e-12, abs=1e-12, nan_ok=True)
        assert (outcomes.first_deal_day[r], outcomes.last_deal_day[r]) == (min(days, default=-1), max(days, default=-1))
        news = worlds[r]["news_meeting"]
        assert outcomes.news_day[r] == (day[news] if news != NEVER else -1)


@pytest.mark.parametrize("agreed", [0.0, 0.5, 1.0], ids=["by table", "mixed", "agreed"])
@pytest.mark.parametrize("name", SETTINGS)
def test_outcomes_of_any_records(name, agreed):
    case, factors = SETTINGS[name]
    prepared = prepare(case, "script:0", factors=factors)
    worlds, countries = random_records(prepared, np.random.default_rng(len(name)), agreed)
    check(prepared, worlds, countries, settle(prepared.setting, prepared.terms, worlds, countries))


def test_what_deals_bring_can_be_given():
    prepared, rng = prepare("six", "script:0"), np.random.default_rng(3)
    worlds, countries = random_records(prepared, rng, 0.0)
    levels = prepared.terms.levels.shape[-1]
    given = Given._make([*rng.normal(size=(4, *countries.shape)), rng.random((*countries.shape, levels))])
    outcomes = settle(prepared.setting, prepared.terms, worlds, countries, given)
    check(prepared, worlds, countries, outcomes, given)


def test_runs_are_settled_one_by_one_as_together():
    prepared = prepare("eighteen", "script:0")
    worlds, countries = random_records(prepared, np.random.default_rng(5), 0.3)
    together = settle(prepared.setting, prepared.terms, worlds, countries)
    for r in range(0, RUNS, 7):
        alone = settle(prepared.setting, prepared.terms, worlds[r : r + 1], countries[r : r + 1])
        for name, values in vars(alone).items():
            np.testing.assert_array_equal(values[0], getattr(together, name)[r], name)
