"""Why the hegemon called whom it did: what each call was worth to it, less what the best one was.

Of a call it expects Q_j (`model.hegemon`); only differences matter, and they stand in the policy table as pulls:
precision x (Q_j - max Q). A hegemon that keeps its promise expects nothing: its calls are a lottery by priority.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.policy import Prepared
from model.calls import weigh_calls
from model.meeting import Event, policy_at, ratification_at, sign_at
from model.states import place_among_waiting, set_state


@dataclass(frozen=True)
class Candidate:
    """A country that might have been called."""

    country: str
    chance: float  # of being called
    less_bn: float | None  # by how much its call is worth less than the best one, bn; None where calls are a lottery
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
    """The reason of each of these calls, in their order."""
    return [call_reason(prepared, event) for event in events]


def call_reason(prepared: Prepared, event: Event) -> CallReason:
    """The reason of one call."""
    game, policy, ids, m = prepared.game, prepared.policy, prepared.setting.case.ids, event.meeting
    waiting = [j for j in range(len(ids)) if not event.mask >> j & 1]
    weight, seen = game.call_weight[m].copy(), (m, event.signed, event.harsh, event.known, event.mask)
    less: dict[int, float | None] = dict.fromkeys(waiting)
    if prepared.hegemon.chooses:
        first, step = policy.set_offsets[event.mask] + 2 * event.harsh + event.known, 2 * (event.signed + 1)
        weigh_calls(game.call_weight[m], policy.calls[m], first, step, event.mask, weight)
        for j in waiting:
            place = place_among_waiting(event.mask, j)
            column = set_state(policy.set_offsets[event.mask], place, event.signed, event.harsh, event.known)
            if game.shadow.precision > 0.0:
                less[j] = float(-policy.calls[m, column] / game.shadow.precision)
    total = float(weight[waiting].sum())
    candidates = [
        Candidate(
            ids[j],
            float(weight[j] / total),
            less[j],
            float(policy_at(policy, game.offsets, j, *seen) * ratification_at(game, policy, j, *seen)),
            bool(sign_at(game, policy, j, *seen) > -np.inf),
        )
        for j in waiting
    ]
    candidates.sort(key=lambda one: -one.chance)
    return CallReason(m, event.day, ids[event.country], tuple(candidates))


def in_words(told: CallReason) -> str:
    """A call in a sentence or two."""
    own = next(one for one in told.candidates if one.country == told.country)
    others = [one for one in told.candidates if one is not own]
    text = f"Day {told.day}: calls {told.country} ({own.chance:.0%})"
    if not others:
        return f"{text}: nobody else is left."
    if own.less_bn is None:
        return f"{text}, by lottery."
    best = min(others, key=lambda one: one.less_bn or 0.0)
    lead = (best.less_bn or 0.0) - own.less_bn
    if lead >= 0.0:
        text += f": of all calls it is worth most, {lead:.3f} bn more than one to {best.country} ({best.chance:.0%})"
    else:
        text += f", though a call to {best.country} ({best.chance:.0%}) is worth {-lead:.3f} bn more"
    barred = [one.country for one in told.candidates if not one.can_sign]
    return f"{text}. No zone of agreement: {', '.join(barred)}." if barred else f"{text}."
