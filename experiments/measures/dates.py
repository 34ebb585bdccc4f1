"""What signing on any date would bring a country, part by part: do(sign at meeting m) for every m, ratified, the others
negotiating as if the country would not come. Shares of stakes."""

from typing import Any

import numpy as np

from experiments.measures.study import Study
from model.belief import belief_firm
from model.calendar import make_calendar
from model.forward import SMALLEST_CHANCE
from model.grants import RECIPROCAL
from model.intervention import states_met
from model.meeting import LEAN, Policy, package_signed
from model.outcomes import states_at
from model.parts import SIGNING_PARTS, account_of
from model.states import count_states
from model.terms import FIRM, REGIME_NAMES, SOFT
from model.timing import Game


def payoff_by_date(study: Study, country: int) -> list[dict[str, Any]]:
    """A row for each meeting before the deadline: what signing there, ratified, would bring; the parts add up to
    `payoff_share`. Means over the public states met, given that the country can sign there; None where it never can. No
    rows against a hegemon that looks forward, for then there is no table of terms."""
    prepared, game = study.prepared, study.prepared.game
    if not study.at_stake(country) or study.looks_forward:
        return []
    absent, policy = study.without(country)
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
