"""The reason of an answer in words: which kind of reason it is, the largest differences, what stands behind them.

A wait has one of three reasons, and says which: it wants to wait (waiting is worth at least as much as moving), it
cannot sign (no zone of agreement, or nothing would be ratified), or it hesitates (moving is worth more, and yet it
moves with a chance only: inertia, and a choice that is not more precise). A move has two: it wants to move, or it moves
all the same, though waiting is worth at least as much, for the same want of precision.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.amounts import bn, chance, percent, size
from model.choice import waits_with_reason
from model.counterfactual import DATE, NEWS, PRECEDENTS, RANK

if TYPE_CHECKING:
    from agents.explanation import Cause, Explanation, Part

WANTS_TO_WAIT, CANNOT_SIGN, HESITATES = "wants to wait", "cannot sign", "hesitates"
WANTS_TO_MOVE, MOVES_ANYWAY = "wants to move", "moves all the same"
MOST_NAMED = 3  # differences that are named in words
NAMED_FROM = 0.0005  # share of stakes from which a difference or a cause is named: what is not rounded to 0.0 %

PART_NAMES = {
    "reciprocal_relief": "relief, reciprocal",
    "sector_relief": "relief, sectors",
    "open_sector_relief": "relief, open sectors",
    "concessions": "concessions",
    "flow_of_the_pause": "flow of the pause",
    "rebuff_risk": "risk of a rebuff",
    "delay": "time lost",
    "signing_cost": "cost of signing",
    "no_deal": "threat not executed",
}
BETTER_WORSE = {  # what moving brings more of, or less, than waiting
    "reciprocal_relief": ("more relief from the reciprocal tariff", "less relief from the reciprocal tariff"),
    "sector_relief": ("more relief in sectors", "less relief in sectors"),
    "open_sector_relief": ("more relief in open sectors", "less relief in open sectors"),
    "concessions": ("smaller concessions", "larger concessions"),
    "flow_of_the_pause": ("more from the deal while the pause lasts", "less from the deal while the pause lasts"),
    "rebuff_risk": ("less risk of a rebuff", "more risk of a rebuff"),
    "delay": ("less time lost", "more time lost"),
    "signing_cost": ("less cost of signing", "more cost of signing"),
    "no_deal": ("more of a threat not executed", "less of a threat not executed, without a deal"),
}
AGREED = "agreed"  # a package that both sides agree on that day, where the hegemon looks forward
CAUSE_NAMES = {
    RANK: "if no later rank were worse",
    DATE: "if its own date never came",
    NEWS: "if no sector news could come",
    PRECEDENTS: "if precedents taught nothing",
}
CAUSE_NOUNS = {
    RANK: "its rank among the deals",
    DATE: "its own date",
    NEWS: "the sector news that may come",
    PRECEDENTS: "what others' deals may teach",
}


def kind_of(advantage: float | None, answer: str, bargained: bool = False) -> str:
    """Which reason an answer has; advantage: moving - waiting, share of stakes, None where it cannot sign. bargained:
    see `choice.waits_with_reason`."""
    if advantage is None:
        return CANNOT_SIGN
    reasoned = waits_with_reason(advantage, bargained)
    if answer == "waited":
        return WANTS_TO_WAIT if reasoned else HESITATES
    return MOVES_ANYWAY if reasoned else WANTS_TO_MOVE


@dataclass(frozen=True)
class Words:
    """A reason in sentences, each of them empty where there is nothing to say."""

    verdict: str  # which reason it is, and how much is at stake in it
    differences: str  # the largest differences between moving and waiting
    cause: str  # the largest single cause, with what would be without it
    outlook: str  # what waiting leads to


def in_words(told: "Explanation") -> Words:
    """The reason of an answer in sentences."""
    return Words(verdict(told), differences(told), largest_cause(told), outlook(told))


def verdict(told: "Explanation") -> str:
    """Which reason it is, and how much is at stake in it."""
    if told.advantage is None:
        return f"It cannot sign: {told.why_not}."
    amount = f"{size(told.advantage)} of its stakes ({bn(told.advantage * told.stakes_bn)} bn USD a year)"
    more = "waiting is worth as much as moving"
    if not waits_with_reason(abs(told.advantage)):
        side = ("moving", "waiting") if told.advantage > 0.0 else ("waiting", "moving")
        more = f"{side[0]} is worth {amount} more than {side[1]}"
    if told.kind == HESITATES:
        return f"It hesitates: {more}; yet it moves at one call with {chance(told.probability)} ({hesitation(told)})."
    if told.kind == MOVES_ANYWAY:
        return f"It moves all the same: {more}; at one call that happens with {chance(told.probability)}."
    return f"It {told.kind}: {more}."


def hesitation(told: "Explanation") -> str:
    """Why it does not move for certain although moving is worth more."""
    if told.strategy != "equilibrium":
        return f"its strategy is {told.strategy}"
    return f"{chance(told.indifferent)} if it were indifferent, by inertia; choice precision {told.precision:g}"


def differences(told: "Explanation") -> str:
    """The largest differences between moving and waiting, part by part."""
    named = [part for part in told.parts if part.difference is not None and abs(part.difference) >= NAMED_FROM]
    named.sort(key=lambda part: -abs(part.difference or 0.0))
    if not named:
        return ""
    texts = [difference(part) for part in named[:MOST_NAMED]]
    listed = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"Moving now rather than waiting means {listed}, in % of stakes."


def difference(part: "Part") -> str:
    """One difference in words, with its number."""
    value = part.difference or 0.0
    return f"{BETTER_WORSE[part.part][0 if value > 0.0 else 1]} ({percent(value, plus=True)})"


def largest_cause(told: "Explanation") -> str:
    """The cause that changes most, with the number that taking it away gives."""
    cause = max(told.causes, key=lambda one: abs(one.change), default=None)
    if cause is None or abs(cause.change) < NAMED_FROM:
        return ""
    side = "waiting" if cause.change > 0.0 else "moving"
    amount = f"{size(cause.change)} of its stakes ({bn(cause.change_bn)} bn USD a year)"
    noun = CAUSE_NOUNS[cause.cause] + (f" (day {told.own_date})" if cause.cause == DATE else "")
    return f"The largest single cause, {noun}, speaks for {side} with {amount}: {without_it(cause)}."


def without_it(cause: "Cause") -> str:
    """What the choice would be without a cause."""
    if waits_with_reason(abs(cause.without)):
        return f"{CAUSE_NAMES[cause.cause]}, both would be worth the same"
    side = ("moving", "waiting") if cause.without > 0.0 else ("waiting", "moving")
    return f"{CAUSE_NAMES[cause.cause]}, {side[0]} would be worth {size(cause.without)} more than {side[1]}"


def outlook(told: "Explanation") -> str:
    """What waiting leads to."""
    if told.deal_day is None or told.deal_rank is None:
        return "If it waits it never comes to a deal." if told.stakes_bn > 0.0 else ""
    return (
        f"If it waits it comes to a deal with {chance(told.deal_chance)}, on average on day {told.deal_day:.0f} as "
        f"number {told.deal_rank:.1f}."
    )
