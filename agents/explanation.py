"""Why a called country moved or waited: what moving and waiting were worth in its state, part by part.

In shares of its stakes,
    signing = reliefs - concessions + flow of the pause - risk of a rebuff - delay - signing cost,
    moving  = ratification * signing + (1 - ratification) * waiting,
    waiting = no deal + option value,
where waiting is the value of going on under everybody's true policy, its own included: exact up to the exact solver's
size, within the moment-based approximation beyond, and labelled so. The same account serves `run --explain` and the
browser page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.policy import Prepared
from model.belief import belief_firm
from model.grants import GRANTS
from model.meeting import LEAN, Event, package_signed, policy_at
from model.solver import WaitingValues
from model.states import PublicState, count_state, triangle
from model.terms import FIRM, REGIME_NAMES, SOFT

if TYPE_CHECKING:
    from agents.negotiation import Negotiation

PARTS = (
    "reciprocal_relief",
    "sector_relief",
    "open_sector_relief",
    "concessions",
    "flow_of_the_pause",
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
    ratification = float(game.ratification[i, count_state(game.offsets[m], event.signed, event.harsh, event.known)])
    no_deal = float(game.no_deal[int(m >= game.regular), i, triangle(event.signed, event.harsh)])
    state = PublicState(m, event.day, event.signed, event.harsh, event.known, event.mask)
    waiting = values.at(i, state)
    moving = advantage = None
    if can_sign:
        moving = ratification * signing + (1.0 - ratification) * waiting
        advantage = moving - waiting
    probability = policy_at(
        prepared.policy, game.offsets, i, m, event.signed, event.harsh, event.known, event.mask
    )  # fmt: skip
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
    i, m, terms, own = event.country, event.meeting, prepared.terms, prepared.setting.by_country
    package = package_signed(prepared.game.packages, i, m, event.signed, event.known, belief, firm=0)
    weights = {FIRM: belief, SOFT: 1.0 - belief} if package == LEAN else {FIRM: 1.0}

    def expected(table: np.ndarray) -> Any:
        """The mean of a table of the terms over what each type would sign."""
        return sum(weight * table[i, event.signed, kind, regime, event.known] for kind, weight in weights.items())

    stakes = float(terms.stakes[i])
    values = (
        *(float(relief) / stakes for relief in expected(terms.relief)),
        -float(expected(terms.levels)[GRANTS:] @ terms.issue_cost[i]) / stakes,
        float(prepared.game.packages.flow_years[m] * expected(terms.flow)) / stakes,
        -belief * float(own["rebuff_cost"][i]) if package == LEAN else 0.0,
        -float(own["delay_cost"][i]) * event.day / prepared.setting.window.window_days,
        -float(own["signing_cost"][i]) / (prepared.setting.parameters.deal_horizon * stakes),
    )
    return package == LEAN, dict(zip(PARTS, values, strict=True))
