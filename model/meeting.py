"""One meeting: the order of its events, stated once, read by the batch kernel and by the Mesa model.

The events of a meeting, in order: call, choice, ratification, signature (rank, package, precedent), news.
At the deadline: the extension or the end; at the end the threat is executed or not on each country without a deal.
"""

import math
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm, tables_lean
from model.compiled import compiled_inner
from model.draws import (
    CALL,
    CHOICE,
    DEADLINE,
    NEWS,
    PRECEDENT,
    RATIFICATION,
    TYPE,
    WORLD,
    draw_at,
    stream_key,
)  # fmt: skip
from model.states import count_state, place_among_waiting, set_state
from model.timing import Game

NO_DEAL, FULL, LEAN, REBUFFED = 0, 1, 2, 3
PACKAGES = ("none", "full", "lean", "rebuffed")
NEVER = -1

# What has happened in the world so far, and to each country; one record each.
WORLD_RECORD = np.dtype(
    [
        ("firm", np.int64),  # 1: the hegemon is firm
        ("signed", np.int64),  # deals so far
        ("harsh", np.int64),  # harsh precedents among them
        ("known", np.int64),  # 1: the open sectors' outcome is known
        ("mask", np.int64),  # who has signed, as bits (kept for up to 62 countries)
        ("news_meeting", np.int64),  # meeting after which the news came, or NEVER
        ("extended", np.int64),  # 1: the deadline was put off
    ]
)
COUNTRY_RECORD = np.dtype(
    [
        ("deal_meeting", np.int64),  # or NEVER
        ("rank", np.int64),  # 1 for the first deal; 0: none
        ("package", np.int64),  # NO_DEAL, FULL, LEAN, REBUFFED
        ("known", np.int64),  # the outcome was known when it signed
        ("harsh_precedent", np.int64),  # its own deal set a harsh precedent
        ("called", np.int64),  # times called
        ("failed", np.int64),  # ratifications that failed
        ("executed", np.int64),  # 1: no deal, and the threat was executed
    ]
)
MASK_BITS = 62


class Policy(NamedTuple):
    """The policy table: the probability with which each country moves when called, in every public state.

    `by_count` (N, C) holds rules that look at how many have signed, `by_set` (T, S) those that look at who (exact
    equilibrium); `uses_set` (N,) says which one a country reads. One of them may be empty.
    """

    by_count: np.ndarray
    by_set: np.ndarray
    uses_set: np.ndarray
    set_offsets: np.ndarray


class Packages(NamedTuple):
    """What the choice of package reads: shares of stakes (N, K, 2, 2) by rank, regime and sector state."""

    lean: np.ndarray
    full: np.ndarray
    rebuff_cost: np.ndarray  # (N,)
    regime: np.ndarray  # (N, T)


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
def called_country(weight: np.ndarray, countries: np.ndarray, call_streams: np.ndarray, m: int) -> int:
    """The country called at meeting m: the smallest -log(u_i) / weight_i among those without a deal, or NEVER.

    An exponential race, so each is called with probability proportional to its weight (N,), by a draw of its own.
    -log(u) >= 1 - u spares the logarithm of those who have lost already.
    """
    first, best = NEVER, math.inf
    for i in range(len(weight)):
        if countries[i].deal_meeting == NEVER:
            u = draw_at(call_streams[i], m)
            if (1.0 - u) < best * weight[i]:
                time = -math.log(u) / weight[i]
                if time < best:
                    first, best = i, time
    return first


@compiled_inner
def start_run(
    game: Game, run: np.uint64, who: np.ndarray, world: np.ndarray, countries: np.ndarray, call_streams: np.ndarray
) -> None:
    """Set the records of a run to day 0, draw the hegemon's type, and derive the countries' streams of calls."""
    world[0].firm = 1 if draw_at(stream_key(run, WORLD, TYPE), 0) < game.prior_firm else 0
    world[0].signed = 0
    world[0].harsh = 0
    world[0].known = 0
    world[0].mask = 0
    world[0].news_meeting = NEVER
    world[0].extended = 0
    for i in range(len(who)):
        countries[i].deal_meeting = NEVER
        countries[i].rank = 0
        countries[i].package = NO_DEAL
        countries[i].known = 0
        countries[i].harsh_precedent = 0
        countries[i].called = 0
        countries[i].failed = 0
        countries[i].executed = 0
        call_streams[i] = stream_key(run, who[i], CALL)


@compiled_inner
def hold_meeting(
    game: Game, policy: Policy, packages: Packages, run: np.uint64, who: np.ndarray, call_streams: np.ndarray,
    m: int, world: np.ndarray, countries: np.ndarray,
) -> int:  # fmt: skip
    """Meeting m, event by event, on the records of one run. Returns the country called, or NEVER."""
    i = called_country(game.call_weight[m], countries, call_streams, m)
    if i != NEVER:
        countries[i].called += 1
        if moves(game, policy, run, who[i], i, m, world):
            if is_ratified(game, run, who[i], i, m):
                sign(game, packages, run, who[i], i, m, world, countries)
            else:
                countries[i].failed += 1
    hear_news(game, run, m, world)
    return i


@compiled_inner
def moves(game: Game, policy: Policy, run: np.uint64, who: np.uint64, i: int, m: int, world: np.ndarray) -> bool:
    """Choice: the called country moves with the probability in the policy table."""
    now = world[0]
    probability = policy_at(policy, game.offsets, i, m, now.signed, now.harsh, now.known, now.mask)
    return draw_at(stream_key(run, who, CHOICE), m) < probability


@compiled_inner
def is_ratified(game: Game, run: np.uint64, who: np.uint64, i: int, m: int) -> bool:
    """Ratification: with the probability in force that day; a failure uses the slot up."""
    return draw_at(stream_key(run, who, RATIFICATION), m) < game.ratification[i, m]


@compiled_inner
def sign(
    game: Game, packages: Packages, run: np.uint64, who: np.uint64, i: int, m: int, world: np.ndarray,
    countries: np.ndarray,
) -> None:  # fmt: skip
    """Signature: the next rank, the package by the belief of the moment and the true type, one public precedent."""
    now = world[0]
    regime = packages.regime[i, m]
    belief = belief_firm(game.prior_firm, game.precedent_accuracy, now.signed, now.harsh)
    r_lean = packages.lean[i, now.signed, regime, now.known]
    r_full = packages.full[i, now.signed, regime, now.known]
    if not tables_lean(r_lean, r_full, packages.rebuff_cost[i], belief):
        countries[i].package = FULL
    else:
        countries[i].package = REBUFFED if now.firm else LEAN
    countries[i].deal_meeting = m
    countries[i].known = now.known
    countries[i].rank = now.signed + 1
    harsh_chance = game.precedent_accuracy if now.firm else 1.0 - game.precedent_accuracy
    is_harsh = draw_at(stream_key(run, who, PRECEDENT), m) < harsh_chance
    countries[i].harsh_precedent = 1 if is_harsh else 0
    world[0].signed += 1
    world[0].harsh += countries[i].harsh_precedent
    if len(countries) <= MASK_BITS:
        world[0].mask |= 1 << i


@compiled_inner
def hear_news(game: Game, run: np.uint64, m: int, world: np.ndarray) -> None:
    """News: before the next meeting the open outcome becomes known with its hazard."""
    if not world[0].known and draw_at(stream_key(run, WORLD, NEWS), m) < game.news_hazard:
        world[0].known = 1
        world[0].news_meeting = m


@compiled_inner
def is_extended(game: Game, run: np.uint64) -> bool:
    """Deadline: whether it is put off."""
    return draw_at(stream_key(run, WORLD, DEADLINE), 0) < game.extension_probability


@compiled_inner
def execute_threats(
    run: np.uint64, who: np.ndarray, execution: np.ndarray, world: np.ndarray, countries: np.ndarray
) -> None:
    """The end: on each country without a deal the threat is executed with its type's probability."""
    for i in range(len(who)):
        if countries[i].deal_meeting == NEVER:
            executed = draw_at(stream_key(run, who[i], DEADLINE), 1) < execution[world[0].firm]
            countries[i].executed = 1 if executed else 0
