"""What waiting costs a country, what it is worth, and what signing on any date would bring. Shares of stakes.

price of waiting  E[payoff | do(sign at meeting 0)] - E[payoff | do(sign a week later)]: positive where a week's wait is
                  dear. Delay, rank, regime, news and what precedents teach are all in it
option value      E[payoff | do(wait at meeting 0)] less what no deal is worth there: the worth of being asked again
its information   option value less what it would be if precedents taught nothing (accuracy 1/2), the game solved anew:
part              the rivals' response is in it, so it may be negative
payoff by date    do(sign at meeting m) for every m, in parts, the others negotiating as if the country would not come
"""

from typing import Any

import numpy as np

from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.study import Study, estimate, unless_converged
from model.belief import belief_firm
from model.calendar import make_calendar
from model.forward import SMALLEST_CHANCE
from model.grants import RECIPROCAL
from model.intervention import moving_when_called, never_called, states_met, waiting_at_first, worth_at
from model.meeting import LEAN, Policy, package_signed
from model.outcomes import states_at
from model.parts import SIGNING_PARTS, account_of
from model.states import count_states
from model.terms import FIRM, REGIME_NAMES, SOFT
from model.timing import Game

WEEK, TOTAL, INFORMATION = "week", "total", "information"


def price_of_waiting(study: Study, country: int) -> dict[str, Interval]:
    """The price of a week's wait from meeting 0."""
    later = int(study.prepared.setting.window.meetings_per_week)
    game = study.prepared.game
    if not study.at_stake(country) or later >= game.regular or game.sign[country, 0] == -np.inf:
        return {WEEK: UNDEFINED}
    absent, policy = without(study, country)
    if study.is_exact:
        states, chance = states_met(absent, study.distribution_of(absent, policy).reach, later)
        rows = np.array([chance @ worth_at(game, country, states)])
    else:
        rows = worth_at(game, country, states_at(absent, *study.records(absent, policy), later))
    return {WEEK: estimate(game.sign[country, 0] - rows)}


def option_value(study: Study, country: int) -> dict[str, Interval]:
    """The value of the option to sign later, and the part of it that precedents' information makes."""
    if not study.at_stake(country):
        return dict.fromkeys((TOTAL, INFORMATION), UNDEFINED)
    rows = option_rows(study, country)
    untaught = estimate(rows - option_rows(study.untaught, country))
    return {TOTAL: estimate(rows), INFORMATION: unless_converged(untaught, study.untaught.converged)}


def option_rows(study: Study, country: int) -> np.ndarray:
    """E[payoff | do(wait at meeting 0)] - no deal, (R,)."""
    game = study.prepared.game
    waits = study.payoffs(waiting_at_first(game, country), study.prepared.policy)[:, country]
    x = game.extension_probability
    return waits - ((1.0 - x) * game.no_deal[0, country, 0] + x * game.no_deal[1, country, 0])


def payoff_by_date(study: Study, country: int) -> list[dict[str, Any]]:
    """A row for each meeting before the deadline: what signing there, ratified, would bring; the parts add up to
    `payoff_share`. Means over the public states met, given that the country can sign there; None where it never can."""
    prepared, game = study.prepared, study.prepared.game
    if not study.at_stake(country):
        return []
    absent, policy = without(study, country)
    reach = study.distribution_of(absent, policy).reach if study.is_exact else simulated_reach(study, absent, policy)
    day, table = make_calendar(prepared.setting.window).day, count_states(len(game.precision), len(game.offsets) - 1)
    signing = account_of(prepared.setting, prepared.terms, game, country).signing[:, : len(SIGNING_PARTS)]
    rows = []
    for meeting in range(game.regular):
        states, chance = states_met(game, reach, meeting)
        can = game.sign[country, states] > -np.inf
        can &= chance[can].sum() > SMALLEST_CHANCE
        regime = int(prepared.game.packages.regime[country, meeting])
        row: dict[str, Any] = {
            "country": prepared.setting.case.ids[country],
            "meeting": meeting,
            "day": int(day[meeting]),
            "regime": REGIME_NAMES[regime],
            "mean_rank": float(1 + chance @ table[states, 1]),
            "p_news": float(chance @ table[states, 3]),
            "p_can_sign": min(float(chance @ can), 1.0),
            "ratification": float(chance @ game.ratification[country, states]),
        }
        tariffs = np.array([expected_tariff(study, country, regime, table[state]) for state in states[can]])
        weight = chance[can] / chance[can].sum() if can.any() else np.empty(0)
        means = weight @ signing[states[can]] if can.any() else np.full(len(SIGNING_PARTS), np.nan)
        share, tariff = means.sum(), weight @ tariffs if can.any() else np.nan
        stakes = prepared.terms.stakes[country]
        numbers = dict(zip(SIGNING_PARTS, means, strict=True))
        numbers |= {"payoff_share": share, "payoff_bn": share * stakes}
        numbers |= {"concessions_bn": -numbers["concessions"] * stakes, "tariff": tariff}
        rows.append(row | {name: None if np.isnan(value) else float(value) for name, value in numbers.items()})
    return rows


def without(study: Study, country: int) -> tuple[Game, Policy]:
    """The game, and everybody's policies, in which a country is not called while others wait, and never moves."""
    absent = never_called(study.prepared.game, country)
    return absent, moving_when_called(study.prepared.policy, absent, country, 0.0)


def simulated_reach(study: Study, game: Game, policy: Policy) -> np.ndarray:
    """The share of the study's runs that meet each count state, (C,)."""
    records = study.records(game, policy)
    reach = np.zeros(game.offsets[-1])
    for meeting in range(game.regular):
        np.add.at(reach, states_at(game, *records, meeting), 1.0 / study.runs.replicates)
    return reach


def expected_tariff(study: Study, country: int, regime: int, state: np.ndarray) -> float:
    """The reciprocal rate expected of a signature in a count state."""
    prepared, game = study.prepared, study.prepared.game
    meeting, signed, harsh, known = (int(number) for number in state)
    belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, signed, harsh))
    rate = prepared.terms.final_rate[country, signed, :, regime, known, RECIPROCAL]
    lean = package_signed(game.packages, country, meeting, signed, known, belief, firm=0) == LEAN
    return float((1.0 - belief) * rate[SOFT] + belief * rate[FIRM] if lean else rate[FIRM])
