"""Why a called country moved or waited: what moving and waiting were worth in its state, part by part.

In shares of its stakes,
    signing = reliefs - concessions - risk of a rebuff - delay - signing cost,
    moving  = ratification * signing + (1 - ratification) * waiting,
    waiting = no deal + option value,
where waiting is the value of going on under everybody's true policy, its own included: exact up to the exact solver's
size, within the moment-based approximation beyond, and labelled so. The same account serves `run --explain` and the
browser page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.policy import Prepared
from model.belief import belief_firm, tables_lean
from model.meeting import Event, policy_at
from model.solver import WaitingValues
from model.states import PublicState, count_state, triangle
from model.terms import FIRM, GRANTS, REGIME_NAMES, SOFT

if TYPE_CHECKING:
    from agents.negotiation import Negotiation

PARTS = (
    "reciprocal_relief",
    "sector_relief",
    "open_sector_relief",
    "concessions",
    "rebuff_risk",
    "delay",
    "signing_cost",
)


@dataclass(frozen=True)
class Explanation:
    """One call of one country. Values are shares of stakes; `parts` add up to `signing`; None where it could not
    sign."""

    country: str
    day: int
    signed_before: int
    harsh_precedents: int
    sector_news: bool
    regime: str
    belief_firm: float
    package: str  # the package it would table: full, lean, or none where it cannot sign
    parts: dict[str, float]
    signing: float | None
    ratification: float
    moving: float | None
    waiting: float
    waiting_method: str  # exact, or moment-based approximation
    no_deal: float
    option_value: float
    advantage: float | None
    probability: float
    answer: str
    sentence: str


def explain_run(model: "Negotiation", country: int, values: WaitingValues) -> list[Explanation]:
    """Every call of a country in a run, in order. `values` comes from `solver.waiting_values`."""
    return [explain(model.prepared, event, values) for event in model.events if event.country == country]


def explain(prepared: Prepared, event: Event, values: WaitingValues) -> Explanation:
    """The account of one call."""
    i, m, game = event.country, event.meeting, prepared.game
    belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, event.signed, event.harsh))
    regime = int(game.packages.regime[i, m])
    signing = float(game.sign[i, count_state(game.offsets[m], event.signed, event.harsh, event.known)])
    can_sign = bool(np.isfinite(signing))
    lean, parts = signing_parts(prepared, event, belief, regime) if can_sign else (False, {})
    ratification = float(game.ratification[i, m])
    no_deal = float(game.no_deal[int(m >= game.regular), i, triangle(event.signed, event.harsh)])
    state = PublicState(m, event.day, event.signed, event.harsh, event.known, event.mask)
    waiting = values.at(i, state)
    moving = advantage = None
    if can_sign:
        moving = ratification * signing + (1.0 - ratification) * waiting
        advantage = moving - waiting
    probability = policy_at(prepared.policy, game.offsets, i, m, event.signed, event.harsh, event.known, event.mask)
    return Explanation(
        country=prepared.setting.case.ids[i],
        day=event.day,
        signed_before=event.signed,
        harsh_precedents=event.harsh,
        sector_news=bool(event.known),
        regime=REGIME_NAMES[regime],
        belief_firm=belief,
        package=("lean" if lean else "full") if can_sign else "none",
        parts=parts,
        signing=signing if can_sign else None,
        ratification=ratification,
        moving=moving,
        waiting=waiting,
        waiting_method=values.method,
        no_deal=no_deal,
        option_value=waiting - no_deal,
        advantage=advantage,
        probability=float(probability),
        answer=event.answer,
        sentence=prepared.strategies[i].sentence,
    )


def signing_parts(prepared: Prepared, event: Event, belief: float, regime: int) -> tuple[bool, dict[str, float]]:
    """Whether it would table the lean package, and the parts of the expected value of signing; they add up to it."""
    i, terms, own = event.country, prepared.terms, prepared.setting.by_country
    rebuff_cost = float(own["rebuff_cost"][i])
    at = (i, event.signed, slice(None), regime, event.known)
    lean = bool(tables_lean(terms.share[at][SOFT], terms.share[at][FIRM], rebuff_cost, belief))
    weights = np.array([1.0 - belief, belief]) if lean else np.array([0.0, 1.0])
    expected = sum(w * terms.levels[at][kind] for kind, w in ((SOFT, weights[0]), (FIRM, weights[1])) if w > 0)
    reliefs = expected[:GRANTS] * terms.grant_gain[i] / terms.stakes[i]
    concessions = expected[GRANTS:] @ terms.issue_cost[i] / terms.stakes[i]
    window = prepared.setting.window.window_days
    values = (
        *(float(relief) for relief in reliefs),
        -float(concessions),
        -belief * rebuff_cost if lean else 0.0,
        -float(own["delay_cost"][i]) * event.day / window,
        -float(own["signing_cost"][i]) / float(terms.stakes[i]),
    )
    return lean, dict(zip(PARTS, values, strict=True))
