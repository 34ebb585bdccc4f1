"""Why the hegemon calls whom it does: what each call is worth to it, beside the best one and beside a lottery.

Of a call it expects Q_j (`model.hegemon`); only differences matter, and they stand in the policy table as pulls:
precision x (Q_j - max Q). Beside a call drawn by priority w alone it expects Q_j - sum_k w_k Q_k / sum_k w_k. A hegemon
that keeps its promise expects nothing: its calls are a lottery by priority. The same account serves `run --explain
hegemon`, the measures of the first call and the browser page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.amounts import bn, chance
from agents.explanation import state_of
from agents.policy import Prepared
from model.belief import belief_firm
from model.meeting import Event, call_weights, policy_at, ratification_at, sign_at
from model.offers import brought
from model.states import PublicState, place_among_waiting, set_state

SAME_BN = 0.00005  # bn USD a year: what is written as 0


@dataclass(frozen=True)
class Candidate:
    """A country that might be called. Money is bn USD a year to the hegemon, under the public belief."""

    country: str
    name: str
    chance: float  # of being called
    less_bn: float | None  # by how much its call is worth less than the best one; None where calls are a lottery
    beyond_lottery_bn: float | None  # what is expected of its call beyond one by lottery; None where calls are one
    deal_bn: float | None  # what its deal would be worth beyond no deal, headline included; None where it cannot sign
    signs: float  # chance that it would sign, ratified, if called
    can_sign: bool  # whether there is a zone of agreement


@dataclass(frozen=True)
class CallReason:
    """One call, and all whom it might have been for, the likeliest first."""

    meeting: int
    day: int
    country: str
    candidates: tuple[Candidate, ...]


def call_reasons(prepared: Prepared, events: Sequence[Event]) -> list[CallReason]:
    """The reason of each of these calls, which are a run's from the first on, in their order."""
    return [call_reason(prepared, event, without_deal(prepared, events[:at])) for at, event in enumerate(events)]


def without_deal(prepared: Prepared, events: Sequence[Event]) -> list[int]:
    """Who has no deal after these calls, which are a run's from the first on."""
    signed = {event.country for event in events if event.answer == "signed"}
    return [j for j in range(len(prepared.setting.case.ids)) if j not in signed]


def call_reason(prepared: Prepared, event: Event, waiting: Sequence[int]) -> CallReason:
    """The reason of one call; waiting: who had no deal before it."""
    called = prepared.setting.case.ids[event.country]
    return CallReason(event.meeting, event.day, called, candidates_in(prepared, state_of(event), waiting))


def candidates_in(prepared: Prepared, state: PublicState, waiting: Sequence[int]) -> tuple[Candidate, ...]:
    """Whom the hegemon may call in a public state, the likeliest first; waiting: who has no deal, at least one."""
    game, policy, m = prepared.game, prepared.policy, state.meeting
    priority = game.call_weight[m][waiting]
    weight, expected, by_lottery = call_weights(game, policy, state)[waiting], None, 0.0
    if prepared.hegemon.chooses and game.shadow.precision > 0.0:
        expected = np.array([pull_of(prepared, state, j) for j in waiting]) / game.shadow.precision
        by_lottery = priority @ expected / priority.sum()
    found = []
    for at, j in enumerate(waiting):
        can_sign = bool(sign_at(game, policy, j, *state.seen) > -np.inf)
        signs = float(policy_at(policy, game.offsets, j, *state.seen) * ratification_at(game, policy, j, *state.seen))
        country = prepared.setting.countries[j]
        found.append(
            Candidate(
                country=country.iso3,
                name=country.name,
                chance=float(weight[at] / weight.sum()),
                less_bn=None if expected is None else float(0.0 - expected[at]),
                beyond_lottery_bn=None if expected is None else float(expected[at] - by_lottery),
                deal_bn=deal_worth(prepared, state, j) if can_sign else None,
                signs=signs,
                can_sign=can_sign,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.chance))


def pull_of(prepared: Prepared, state: PublicState, j: int) -> float:
    """The pull of country j in a public state where the hegemon chooses."""
    offsets = prepared.policy.set_offsets
    place = place_among_waiting(state.mask, j)
    column = set_state(offsets[state.mask], place, state.signed, state.harsh, state.known)
    return float(prepared.policy.calls[state.meeting, column])


def deal_worth(prepared: Prepared, state: PublicState, j: int) -> float:
    """What j's deal would be worth to the hegemon beyond no deal, E_b[H^w + dR_n - q_w m_j]; bn USD a year."""
    game, policy = prepared.game, prepared.policy
    firm = belief_firm(game.prior_firm, game.precedent_accuracy, state.signed, state.harsh)
    soft_worth, firm_worth = (
        brought(game, policy, j, *state.seen, w) - game.execution[w] * game.shadow.threat[j] for w in range(2)
    )
    return float((1.0 - firm) * soft_worth + firm * firm_worth)


def in_words(told: CallReason) -> str:
    """A call in a sentence or two."""
    own = next(one for one in told.candidates if one.country == told.country)
    others = [one for one in told.candidates if one is not own]
    text = f"Day {told.day}: calls {own.name} ({chance(own.chance)})"
    if not others:
        return f"{text}: nobody else is left."
    if own.less_bn is None:
        return f"{text}, by lottery."
    best = min(others, key=lambda one: one.less_bn or 0.0)
    lead = (best.less_bn or 0.0) - own.less_bn
    other = f"{best.name} ({chance(best.chance)})"
    if abs(lead) < SAME_BN:
        text += f": no call is worth more, one to {other} as much"
    elif lead > 0.0:
        text += f": of all calls it is worth most, {bn(lead)} bn more than one to {other}"
    else:
        text += f", though a call to {other} is worth {bn(lead)} bn more"
    barred = [one.name for one in told.candidates if not one.can_sign]
    return f"{text}. No zone of agreement: {', '.join(barred)}." if barred else f"{text}."


def next_in_words(candidates: Sequence[Candidate]) -> str:
    """Whom it would call, and what it expects there, in a sentence; candidates: the likeliest first."""
    one = candidates[0]
    if one.less_bn is None:
        return "By a lottery, weighted by priority."
    text = f"It would most likely call {one.name} ({chance(one.chance)})"
    if len(candidates) == 1:
        text = f"Nobody but {one.name} is left to be called"
    if one.deal_bn is None:
        return f"{text}, though there is no zone of agreement today."
    sign = "-" if one.deal_bn < 0.0 else ""
    return f"{text}: a deal worth {sign}{bn(one.deal_bn)} bn USD a year to it is signed there with {chance(one.signs)}."
