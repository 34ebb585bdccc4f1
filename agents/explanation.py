"""Why a called country moved or waited: what moving and waiting were worth in its state, side by side, part by part.

In shares of its stakes, and in bn USD a year, for every part k of `model.parts`,

    moving_k = ratification * signing_k + (1 - ratification) * waiting_k,

where signing_k is of the package that it would table now and waiting_k is expected of the signature or the no deal that
it comes to under everybody's policy, its own included: exact up to the exact solver's size, within the moment-based
approximation beyond, and labelled so. A cause (rank, its own date, news, precedents) comes with what moving - waiting
would be without it: `model.counterfactual` says what exactly is changed. Against a hegemon that looks forward there are
no causes: taking one away from one country would change every bargain to come. The same account serves `run --explain`,
the CSV of calls and the browser page; `agents.reason` puts it into words.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.policy import Prepared, moves_of
from agents.reason import AGREED, Words, in_words, kind_of
from model.belief import belief_firm
from model.choice import move_probability
from model.counterfactual import CAUSES, account_without, change_made
from model.meeting import LEAN, Event, package_signed, policy_at
from model.parts import DEAL, DEAL_DAY, DEAL_RANK, PARTS, Account, account_of, account_row
from model.solver import waiting_under
from model.states import PublicState
from model.terms import BEFORE, FIRM, NOTHING_AT_STAKE, REGIME_NAMES
from model.timing import Game
from model.waiting import without_bit


@dataclass(frozen=True)
class Part:
    """One part of what moving and waiting are worth: shares of stakes, and bn USD a year; moving and its difference
    are None where it cannot sign."""

    part: str
    moving: float | None
    waiting: float
    difference: float | None
    moving_bn: float | None
    waiting_bn: float
    difference_bn: float | None


@dataclass(frozen=True)
class Cause:
    """One thing that stands behind a choice: moving - waiting without it, and the change that taking it away makes.
    Shares of stakes, and bn USD a year. Where there is nothing to take away the change is 0."""

    cause: str
    without: float
    change: float
    change_bn: float


@dataclass(frozen=True)
class Explanation:
    """One call of one country. Values are shares of stakes, or bn USD a year where the name says so; parts add up to
    `moving` and `waiting`. What belongs to a signature is None where it cannot sign."""

    country: str
    meeting: int
    day: int
    answer: str
    kind: str  # see `agents.reason`
    words: Words  # the reason in sentences
    signed_before: int
    harsh_precedents: int
    belief_firm: float
    sector_news: bool
    regime: str
    own_date: int | None  # while it is ahead
    package: str  # the package it would table: full, lean, or none where it cannot sign
    why_not: str  # why it cannot sign
    stakes_bn: float
    parts: tuple[Part, ...]
    signing: float | None  # a signature that is ratified
    ratification: float
    moving: float | None
    waiting: float
    advantage: float | None  # moving - waiting
    advantage_bn: float | None
    waiting_method: str  # exact, or moment-based approximation
    deal_chance: float  # if it waits: that it comes to a deal in the end
    deal_day: float | None  # if it waits: the mean day and rank of that deal
    deal_rank: float | None
    causes: tuple[Cause, ...]  # none where it cannot sign
    probability: float  # with which it moves
    indifferent: float  # with which it would move if both were worth the same
    precision: float
    strategy: str
    sentence: str


class Explainer:
    """Explains the calls of a setting."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.waiting = waiting_under(prepared.game, prepared.solution)

    def explain(self, events: Sequence[Event]) -> list[Explanation]:
        """The account of each of these calls, in their order. Calls of one country share their passes backward, which
        spares time if they are of one run."""
        out: dict[int, Explanation] = {}
        by_country = defaultdict[int, list[int]](list)
        for number, event in enumerate(events):
            by_country[event.country].append(number)
        for country, numbers in by_country.items():
            accounts = self.explain_country(country, [events[number] for number in numbers])
            out |= dict(zip(numbers, accounts, strict=True))
        return [out[number] for number in range(len(events))]

    def explain_country(self, i: int, events: Sequence[Event]) -> list[Explanation]:
        """The account of each of these calls of country i."""
        prepared = self.prepared
        account = account_of(prepared.setting, prepared.terms, prepared.game, i, prepared.policy)
        states = [state_of(event) for event in events]
        wait = self.waiting.parts(i, account, states)
        told = [
            tell(prepared, event, account, parts, self.waiting.method)
            for event, parts in zip(events, wait, strict=True)
        ]
        without = self.without_causes(i, states, told)
        return [
            finished(one, prepared, [found[number] for found in without.values()]) for number, one in enumerate(told)
        ]

    def without_causes(
        self, i: int, states: list[PublicState], told: list[Explanation]
    ) -> dict[str, list[float | None]]:
        """By cause and call, what moving - waiting would be without the cause; None where it cannot sign."""
        prepared, rule = self.prepared, self.prepared.strategies[i].rule
        if prepared.hegemon.looks_forward:  # a cause taken away from one country would change every bargain to come
            return {cause: [None] * len(told) for cause in CAUSES}
        found: dict[str, list[float | None]] = {cause: [one.advantage for one in told] for cause in CAUSES}
        for cause in CAUSES:
            groups = defaultdict[Hashable, list[int]](list)
            for number, state in enumerate(states):
                if told[number].signing is not None:
                    groups[change_made(cause, prepared.game, i, state)].append(number)
            for change, numbers in groups.items():
                if change is None:
                    continue
                here = [states[number] for number in numbers]
                changed = account_without(cause, prepared.setting, prepared.terms, prepared.game, i, here[0])
                own = None if rule is None else moves_in(prepared, i, changed)
                wait = self.waiting.parts(i, changed, here, own, responds=rule is None)
                for number, parts in zip(numbers, wait, strict=True):
                    signing, ratification = told[number].signing, told[number].ratification
                    assert signing is not None
                    found[cause][number] = ratification * (signing - worth(parts))
        return found


def worth(parts: np.ndarray) -> float:
    """The sum of the parts in a row (COLUMNS,)."""
    return float(parts[: len(PARTS)].sum())


def state_of(event: Event) -> PublicState:
    """The public state in which a country was called."""
    return PublicState(event.meeting, event.day, event.signed, event.harsh, event.known, event.mask)


def tell(prepared: Prepared, event: Event, account: Account, wait: np.ndarray, method: str) -> Explanation:
    """The account of one call but for its causes and its words; wait (COLUMNS,): the parts of waiting."""
    i, m, game, terms = event.country, event.meeting, prepared.game, prepared.terms
    others, looks_forward = without_bit(event.mask, i), prepared.hegemon.looks_forward
    place = int(account_row(account, game.offsets, m, others, event.signed, 2 * event.harsh + event.known))
    belief = float(belief_firm(game.prior_firm, game.precedent_accuracy, event.signed, event.harsh))
    can_sign, stakes = bool(account.sign[place] > -np.inf), float(terms.stakes[i])
    ratification, waiting = float(account.ratification[place]), worth(wait)
    signing = worth(account.signing[place])
    moving = ratification * account.signing[place] + (1.0 - ratification) * wait
    tabled = package_signed(game.packages, i, m, event.signed, event.known, belief, firm=0)
    package = AGREED if looks_forward else "lean" if tabled == LEAN else "full"
    precision, odds = float(game.precision[i]), float(game.base_log_odds[i, event.signed])
    country = prepared.setting.countries[i]
    before = game.packages.regime[i, m] == BEFORE
    advantage = worth(moving) - waiting
    return Explanation(
        country=country.iso3,
        meeting=m,
        day=event.day,
        answer=event.answer,
        kind=kind_of(advantage if can_sign else None, event.answer, looks_forward),
        words=Words("", "", "", ""),
        signed_before=event.signed,
        harsh_precedents=event.harsh,
        belief_firm=belief,
        sector_news=bool(event.known),
        regime=REGIME_NAMES[game.packages.regime[i, m]],
        own_date=int(country.date) if country.date is not None and before else None,
        package=package if can_sign else "none",
        why_not="" if can_sign else why_not(prepared, event),
        stakes_bn=stakes,
        parts=tuple(
            part_row(name, float(moving[k]) if can_sign else None, float(wait[k]), stakes)
            for k, name in enumerate(PARTS)
        ),
        signing=signing if can_sign else None,
        ratification=ratification,
        moving=worth(moving) if can_sign else None,
        waiting=waiting,
        advantage=advantage if can_sign else None,
        advantage_bn=advantage * stakes if can_sign else None,
        waiting_method=method,
        deal_chance=float(wait[DEAL]),
        deal_day=float(wait[DEAL_DAY] / wait[DEAL]) if wait[DEAL] > 0.0 else None,
        deal_rank=float(wait[DEAL_RANK] / wait[DEAL]) if wait[DEAL] > 0.0 else None,
        causes=(),
        probability=float(policy_at(prepared.policy, game.offsets, i, *state_of(event).seen)),
        indifferent=float(move_probability(0.0, precision, odds)),
        precision=precision,
        strategy=prepared.strategies[i].name,
        sentence=prepared.strategies[i].sentence,
    )


def part_row(name: str, moving: float | None, waiting: float, stakes: float) -> Part:
    """One part in both units."""
    if moving is None:
        return Part(name, None, waiting, None, None, waiting * stakes, None)
    difference = moving - waiting
    return Part(name, moving, waiting, difference, moving * stakes, waiting * stakes, difference * stakes)


def finished(told: Explanation, prepared: Prepared, without: Sequence[float | None]) -> Explanation:
    """An account with its causes and its words; without: what moving - waiting would be without each of CAUSES."""
    causes = []
    for cause, value in zip(CAUSES, without, strict=True):
        if value is not None and told.advantage is not None:
            change = value - told.advantage
            causes.append(Cause(cause, value, change, change * told.stakes_bn))
    told = replace(told, causes=tuple(causes))
    return replace(told, words=in_words(told))


def moves_in(prepared: Prepared, i: int, account: Account) -> np.ndarray:
    """The probabilities with which country i moves by its rule in tables that are changed for it, (C,)."""
    game = prepared.game
    sign, ratification, no_deal = game.sign.copy(), game.ratification.copy(), game.no_deal.copy()
    sign[i], ratification[i] = account.sign, account.ratification
    no_deal[:, i] = account.no_deal[..., : len(PARTS)].sum(axis=-1)
    changed: Game = game._replace(
        sign=sign, ratification=ratification, no_deal=no_deal, harsh=account.harsh, news_hazard=account.news_hazard
    )
    return moves_of(prepared.strategies[i], prepared.setting, changed, i)


def why_not(prepared: Prepared, event: Event) -> str:
    """Why a country cannot sign in the state of a call, and when it could."""
    i, m, terms, regime = event.country, event.meeting, prepared.terms, prepared.game.packages.regime[event.country]
    if terms.stakes[i] < NOTHING_AT_STAKE:
        return "nothing is at stake for it"
    if terms.ratification[i, regime[m]] <= 0.0:
        return "nothing that it signs would be ratified at home"
    if prepared.hegemon.looks_forward:
        return "there is no zone of agreement today: together the two sides expect more of going on"
    zone = np.isfinite(terms.payoff[i, :, FIRM])  # by rank, regime and sector state
    could = {
        "after its own date": regime.max() > regime[m] and zone[event.signed, regime.max(), event.known],
        "once the open sectors' outcome is known": not event.known and zone[event.signed, regime[m], 1],
        "at a later rank": zone[event.signed + 1 :, regime[m], event.known].any(),
    }
    when = " or ".join(text for text, holds in could.items() if holds)
    text = f"there is no zone of agreement with a firm hegemon for deal number {event.signed + 1}"
    return f"{text}; there would be one {when}" if when else text
