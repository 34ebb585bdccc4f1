"""The events of a meeting, each a rule of numbers, read by the batch kernel and by the agents alike.

In order: call (`model.calls`), choice, ratification, signature (rank, package, precedent), news. At the deadline: the
extension or the end; at the end the threat is executed or not on each country without a deal.

Randomness is data, so a rule that draws asks for the run, whose draw it is and the meeting: see `model.draws`. The
choice and the news, which nearly every meeting asks for, are given their draw u: the kernel makes those ahead.
"""

from typing import NamedTuple

import numpy as np

from model.belief import tables_lean
from model.calls import weigh_calls
from model.compiled import compiled_inner
from model.draws import DEADLINE, PRECEDENT, RATIFICATION, TYPE, WORLD, draw_at, stream_key
from model.frontiers import NOWHERE
from model.shadow import ratified_there, sign_there
from model.states import PublicState, count_state, place_among_waiting, set_state
from model.timing import Game, Packages

NO_DEAL, FULL, LEAN, REBUFFED = 0, 1, 2, 3
PACKAGES = ("none", "full", "lean", "rebuffed")

# What has happened in the world so far, and to each country; one record each, whose fields are read by name also where
# rules are not compiled.
WORLD_RECORD = np.dtype(
    (
        np.record,
        [
            ("firm", np.int64),  # 1: the hegemon is firm
            ("signed", np.int64),  # deals so far
            ("harsh", np.int64),  # harsh precedents among them
            ("known", np.int64),  # 1: the open sectors' outcome is known
            ("mask", np.int64),  # who has signed, as bits (kept for up to 62 countries)
            ("news_meeting", np.int64),  # meeting after which the news came, or NEVER
            ("extended", np.int64),  # 1: the deadline was put off
        ],
    )
)
COUNTRY_RECORD = np.dtype(
    (
        np.record,
        [
            ("deal_meeting", np.int64),  # or NEVER
            ("rank", np.int64),  # 1 for the first deal; 0: none
            ("package", np.int64),  # NO_DEAL, FULL, LEAN, REBUFFED
            ("known", np.int64),  # the outcome was known when it signed
            ("harsh_precedent", np.int64),  # its own deal set a harsh precedent
            ("called", np.int64),  # times called
            ("failed", np.int64),  # ratifications that failed
            ("executed", np.int64),  # 1: no deal, and the threat was executed
            ("agreed", np.float64),  # the position of its terms on the frontier, or NOWHERE: the terms table has them
        ],
    )
)
MASK_BITS = 62
NONE = np.zeros((0, 0))  # a table that is not there


class Policy(NamedTuple):
    """The policy table: the probability with which each country moves when called, in every public state.

    `by_count` (N, C) holds rules that look at how many have signed, `by_set` (T, S) those that look at who (exact
    equilibrium); `uses_set` (N,) says which one a country reads. One of them may be empty.

    Beside the moves stand the hegemon's: `calls` (T, S) the pull of each waiting country (`model.calls`), empty where
    calls are a lottery; `terms` (T, S) the position on its frontier of what would be agreed with it (`model.shadow`),
    empty where terms are a table by rank.
    """

    by_count: np.ndarray
    by_set: np.ndarray
    uses_set: np.ndarray
    set_offsets: np.ndarray
    calls: np.ndarray = NONE
    terms: np.ndarray = NONE


class Event(NamedTuple):
    """One call: which country, in which public state, and its answer. `mask` has the bits of those who had signed."""

    meeting: int
    day: int
    country: int
    answer: str
    signed: int
    harsh: int
    known: int
    mask: int


@compiled_inner
def policy_at(
    policy: Policy, offsets: np.ndarray, i: int, m: int, signed: int, harsh: int, known: int, mask: int
) -> float:
    """Probability that country i moves if it is called at meeting m in this public state."""
    if policy.uses_set[i]:
        place = place_among_waiting(mask, i)
        return policy.by_set[m, set_state(policy.set_offsets[mask], place, signed, harsh, known)]
    return policy.by_count[i, count_state(offsets[m], signed, harsh, known)]


@compiled_inner
def agreed_at(policy: Policy, i: int, m: int, signed: int, harsh: int, known: int, mask: int) -> float:
    """The position of what would be agreed with country i in this public state, where bargains look forward."""
    place = place_among_waiting(mask, i)
    return policy.terms[m, set_state(policy.set_offsets[mask], place, signed, harsh, known)]


@compiled_inner
def position_at(policy: Policy, i: int, m: int, signed: int, harsh: int, known: int, mask: int) -> float:
    """The same, or NOWHERE where the terms table has the terms."""
    return agreed_at(policy, i, m, signed, harsh, known, mask) if len(policy.terms) else NOWHERE


def call_weights(game: Game, policy: Policy, state: PublicState) -> np.ndarray:
    """The weight with which each country is called in a public state, (N,): its priority, or what the hegemon's choice
    makes of it. Where calls are a lottery those who have signed keep theirs."""
    weight = game.call_weight[state.meeting]
    if not len(policy.calls):
        return weight
    out, first = np.zeros(len(weight)), policy.set_offsets[state.mask] + 2 * state.harsh + state.known
    weigh_calls(weight, policy.calls[state.meeting], first, 2 * (state.signed + 1), state.mask, out)
    return out


@compiled_inner
def sign_at(game: Game, policy: Policy, i: int, m: int, signed: int, harsh: int, known: int, mask: int) -> float:
    """What a ratified signature is worth to country i in this public state, share of stakes; -inf: it cannot sign."""
    if len(policy.terms):
        position = agreed_at(policy, i, m, signed, harsh, known, mask)
        regime, years = game.packages.regime[i, m], game.packages.flow_years[m]
        return sign_there(game.shadow, i, m, regime, known, years, position)
    return game.sign[i, count_state(game.offsets[m], signed, harsh, known)]


@compiled_inner
def ratification_at(
    game: Game, policy: Policy, i: int, m: int, signed: int, harsh: int, known: int, mask: int
) -> float:
    """The chance that a signature of country i in this public state is ratified."""
    if len(policy.terms):
        position = agreed_at(policy, i, m, signed, harsh, known, mask)
        regime, years = game.packages.regime[i, m], game.packages.flow_years[m]
        return ratified_there(game.shadow, i, regime, known, years, position)
    return game.ratification[i, count_state(game.offsets[m], signed, harsh, known)]


@compiled_inner
def is_firm(run: np.uint64, prior: float) -> bool:
    """Type: whether the hegemon is firm in this run."""
    return draw_at(stream_key(run, WORLD, TYPE), 0) < prior


@compiled_inner
def moves(u: float, probability: float) -> bool:
    """Choice: the called country moves with the probability of its policy. u: its draw for the purpose CHOICE."""
    return u < probability


@compiled_inner
def is_ratified(run: np.uint64, who: np.uint64, m: int, probability: float) -> bool:
    """Ratification: with the probability in force that day; a failure uses the slot up."""
    return draw_at(stream_key(run, who, RATIFICATION), m) < probability


@compiled_inner
def package_signed(packages: Packages, i: int, m: int, signed: int, known: int, believed_firm: float, firm: int) -> int:
    """Package: country i tables the one that is worth more under the belief; a firm hegemon rebuffs the lean one."""
    regime, years = packages.regime[i, m], packages.flow_years[m]
    r_lean = packages.lean[i, signed, regime, known] + years * packages.lean_flow[i, signed, regime, known]
    r_full = packages.full[i, signed, regime, known] + years * packages.full_flow[i, signed, regime, known]
    if not tables_lean(r_lean, r_full, packages.rebuff_cost[i], believed_firm):
        return FULL
    return REBUFFED if firm else LEAN


@compiled_inner
def is_harsh(run: np.uint64, who: np.uint64, m: int, accuracy: float, firm: int) -> bool:
    """Precedent: the one public signal that a signature leaves; it is harsh with the accuracy given firm."""
    return draw_at(stream_key(run, who, PRECEDENT), m) < (accuracy if firm else 1.0 - accuracy)


@compiled_inner
def news_comes(u: float, hazard: float) -> bool:
    """News: whether the open outcome, unknown so far, becomes known before the next meeting. u: the world's draw for
    the purpose NEWS."""
    return u < hazard


@compiled_inner
def is_extended(run: np.uint64, probability: float) -> bool:
    """Deadline: whether it is put off."""
    return draw_at(stream_key(run, WORLD, DEADLINE), 0) < probability


@compiled_inner
def is_executed(run: np.uint64, who: np.uint64, probability: float) -> bool:
    """The end: whether the threat is executed on a country without a deal."""
    return draw_at(stream_key(run, who, DEADLINE), 1) < probability
