"""The batch kernel: many runs of one game, played on records by the rules of `model.meeting`.

Randomness is stateless, so replicates can be played in any order, on any number of threads, to the same bits. The order
of events stands here for the sweeps, and in `agents.negotiation` told by agents; a test holds one against the other.
"""

import numpy as np

from model.ahead import Ahead, draw_ahead, leave_races, make_ahead
from model.calls import NEVER, called_country, chosen_country, clearly_called
from model.compiled import compiled_inner
from model.draws import draw_at, run_key
from model.frontiers import NOWHERE
from model.meeting import (
    COUNTRY_RECORD,
    FULL,
    MASK_BITS,
    NO_DEAL,
    WORLD_RECORD,
    Policy,
    is_executed,
    is_extended,
    is_firm,
    is_harsh,
    is_ratified,
    moves,
    news_comes,
    package_signed,
    policy_at,
    position_at,
    ratification_at,
)
from model.states import triangle
from model.timing import Game


def play(game: Game, policy: Policy, *, seed: int, replicates: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Records of replicates first .. first + replicates - 1: world (R,), countries (R, N)."""
    worlds = np.zeros(replicates, WORLD_RECORD)
    countries = np.zeros((replicates, len(game.who)), COUNTRY_RECORD)
    play_runs(game, policy, seed, first, worlds, countries, make_ahead(game))
    return worlds, countries


@compiled_inner
def play_runs(
    game: Game, policy: Policy, seed: int, first: int, worlds: np.ndarray, countries: np.ndarray, ahead: Ahead
) -> None:
    """Replicates first, first + 1, ... into the records `worlds` (R,) and `countries` (R, N)."""
    for r in range(len(worlds)):
        play_run(game, policy, run_key(seed, first + r), worlds[r : r + 1], countries[r], ahead)


@compiled_inner
def play_run(
    game: Game, policy: Policy, run: np.uint64, world: np.ndarray, countries: np.ndarray, ahead: Ahead
) -> None:
    """One negotiation from day 0 to its end, on the records `world` (1,) and `countries` (N,)."""
    meetings = start_run(game, run, world, countries, ahead)
    for m in range(meetings):
        hold_meeting(game, policy, run, m, world, countries, ahead)
    for i in range(len(game.who)):
        if countries[i].deal_meeting == NEVER:
            executed = is_executed(run, game.who[i], game.execution[world[0].firm])
            countries[i].executed = 1 if executed else 0


@compiled_inner
def start_run(game: Game, run: np.uint64, world: np.ndarray, countries: np.ndarray, ahead: Ahead) -> int:
    """Set the records of a run to day 0, draw the hegemon's type, whether the deadline will be put off, and all else
    that can be drawn ahead. Returns the number of meetings."""
    world[0].firm = 1 if is_firm(run, game.prior_firm) else 0
    world[0].signed = 0
    world[0].harsh = 0
    world[0].known = 0
    world[0].mask = 0
    world[0].news_meeting = NEVER
    world[0].extended = 1 if is_extended(run, game.extension_probability) else 0
    for i in range(len(game.who)):
        countries[i].deal_meeting = NEVER
        countries[i].rank = 0
        countries[i].package = NO_DEAL
        countries[i].known = 0
        countries[i].harsh_precedent = 0
        countries[i].called = 0
        countries[i].failed = 0
        countries[i].executed = 0
        countries[i].agreed = NOWHERE
    meetings = len(game.offsets) - 1 if world[0].extended else game.regular
    draw_ahead(game, run, meetings, ahead)
    return meetings


@compiled_inner
def hold_meeting(
    game: Game, policy: Policy, run: np.uint64, m: int, world: np.ndarray, countries: np.ndarray, ahead: Ahead
) -> int:
    """Meeting m, event by event, on the records of one run. Returns the country that was called and waited, or NEVER
    where none was or it moved."""
    i, waited = next_called(game, policy, m, world, countries, ahead), NEVER
    if i != NEVER:
        countries[i].called += 1
        now = world[0]
        move = policy_at(policy, game.offsets, i, m, now.signed, now.harsh, now.known, now.mask)
        if moves(draw_at(ahead.choices[i], m), move):
            chance = ratification_at(game, policy, i, m, now.signed, now.harsh, now.known, now.mask)
            if is_ratified(run, game.who[i], m, chance):
                sign(game, policy, run, i, m, world, countries)
                leave_races(ahead, i, m)
            else:
                countries[i].failed += 1
        else:
            waited = i
    if not world[0].known and news_comes(ahead.news[m], game.news_hazard):
        world[0].known = 1
        world[0].news_meeting = m
    return waited


@compiled_inner
def next_called(game: Game, policy: Policy, m: int, world: np.ndarray, countries: np.ndarray, ahead: Ahead) -> int:
    """The country called at meeting m, by lottery or as the hegemon chooses; NEVER where all have signed."""
    if not len(policy.calls):
        clear = clearly_called(ahead.least, ahead.calls, m)
        if clear != NEVER:
            return clear
        return called_country(game.call_weight[m], countries["deal_meeting"], ahead.calls, m)
    now = world[0]
    first, step = policy.set_offsets[now.mask] + 2 * now.harsh + now.known, 2 * (now.signed + 1)
    return chosen_country(
        game.call_weight[m], policy.calls[m], first, step, now.mask, countries["deal_meeting"], ahead.calls, m
    )


@compiled_inner
def sign(game: Game, policy: Policy, run: np.uint64, i: int, m: int, world: np.ndarray, countries: np.ndarray) -> None:
    """Signature: the next rank, one public precedent; the package by the belief of the moment and the true type, or the
    terms on which both have agreed today."""
    now = world[0]
    belief = game.belief[triangle(now.signed, now.harsh)]
    countries[i].agreed = position_at(policy, i, m, now.signed, now.harsh, now.known, now.mask)
    countries[i].package = FULL
    if not len(policy.terms):
        countries[i].package = package_signed(game.packages, i, m, now.signed, now.known, belief, now.firm)
    countries[i].deal_meeting = m
    countries[i].known = now.known
    countries[i].rank = now.signed + 1
    harsh = is_harsh(run, game.who[i], m, game.precedent_accuracy, now.firm)
    countries[i].harsh_precedent = 1 if harsh else 0
    world[0].signed += 1
    world[0].harsh += countries[i].harsh_precedent
    if len(countries) <= MASK_BITS:
        world[0].mask |= 1 << i
