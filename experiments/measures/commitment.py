"""What a promise is worth: the premium that is promised against the one that comes out, and who gains from a promise.

premium              worth of the package that a country would sign as the first, less that of the package it would sign
                     as the last of all, at the meeting in the middle of the window, the sectors' outcome open.
                     Promised: by the terms table, rank alone (the belief is the prior's). Coming out: against a
                     hegemon that looks forward, over the precedents that the prior expects; it is a scarcity rent, and
                     is lost where meetings are plenty. Causal, promised and coming out: the causal first-mover
                     advantage (`first_mover`) in either game, to which day, date and precedents add
worth_of_commitment  a country's expected payoff where the hegemon keeps its promise less that where it looks forward
hegemon_choices      the hegemon's expected surplus. Order: if it chooses whom to call, less by lottery (the promised
                     terms kept). Commitment: if it keeps its promise, less if it looks forward

Each hegemon's game is solved anew with the countries' own strategies. Exact; not defined, with the reason, where a game
is too large for a hegemon that plays or a country's strategy cannot meet it.
"""

import math
from dataclasses import replace

import numpy as np

from agents.hegemon_strategies import PROMISE_KEEPING
from agents.policy import Prepared
from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.first_mover import causal, package_at
from experiments.measures.study import Study
from model.meeting import sign_at
from model.terms import OPEN
from model.timing import Game

PROMISED, COMING_OUT, TOTAL, ORDER, COMMITMENT = "promised", "coming_out", "total", "order", "commitment"
CAUSAL_PROMISED, CAUSAL_COMING_OUT = "causal_promised", "causal_coming_out"
CHOOSING, FORWARD_LOOKING = "choosing", "forward_looking"
NO_ZONE = "not defined: no zone of agreement as the first or as the last"


def premium(study: Study, country: int) -> dict[str, Interval]:
    """The premium by rank, promised and coming out, shares of stakes."""
    game = study.prepared.game
    if not study.at_stake(country):
        return dict.fromkeys((PROMISED, COMING_OUT, CAUSAL_PROMISED, CAUSAL_COMING_OUT), UNDEFINED)
    found = dict.fromkeys((PROMISED, COMING_OUT), UNDEFINED)
    if game.packages.full.shape[1] == len(game.who) <= game.regular // 2:  # else the last rank is not reached by then
        found = {PROMISED: promised(game, country), COMING_OUT: coming_out(study.against(FORWARD_LOOKING), country)}
    return found | {
        part: no_game(kind) if (against := study.against(kind)) is None else causal_against(study, against, country)
        for part, kind in ((CAUSAL_PROMISED, PROMISE_KEEPING), (CAUSAL_COMING_OUT, FORWARD_LOOKING))
    }


def causal_against(study: Study, prepared: Prepared, country: int) -> Interval:
    """The causal first-mover advantage in another hegemon's game: day, date and what is learnt are in it."""
    return causal(replace(study, prepared=prepared), prepared.game, country)


def promised(game: Game, country: int) -> Interval:
    """The premium by the terms table, everything but the rank the same."""
    worth = [package_at(game, country, rank, game.regular // 2) for rank in (0, len(game.who) - 1)]
    return Interval(worth[0] - worth[1]) if np.isfinite(worth).all() else replace(UNDEFINED, method=NO_ZONE)


def coming_out(prepared: Prepared | None, country: int) -> Interval:
    """The premium in the bargains of a hegemon that looks forward."""
    if prepared is None:
        return no_game(FORWARD_LOOKING)
    game, policy, n = prepared.game, prepared.policy, len(prepared.game.who)
    prior, accuracy, others = game.prior_firm, game.precedent_accuracy, (1 << n) - 1 - (1 << country)

    def worth(signed: int, harsh: int, mask: int) -> float:
        return float(sign_at(game, policy, country, game.regular // 2, signed, harsh, OPEN, mask))

    first, last = worth(0, 0, 0), 0.0
    for harsh in range(n):
        mild = n - 1 - harsh
        firm, soft = accuracy**harsh * (1 - accuracy) ** mild, accuracy**mild * (1 - accuracy) ** harsh
        chance = math.comb(n - 1, harsh) * (prior * firm + (1 - prior) * soft)
        last += chance * worth(n - 1, harsh, others) if chance > 0.0 else 0.0
    return Interval(first - last) if np.isfinite([first, last]).all() else replace(UNDEFINED, method=NO_ZONE)


def worth_of_commitment(study: Study, country: int) -> dict[str, Interval]:
    """What the hegemon's promise is worth to a country, share of stakes."""
    if not study.at_stake(country):
        return {TOTAL: UNDEFINED}
    promised, looking = study.payoffs_against(PROMISE_KEEPING), study.payoffs_against(FORWARD_LOOKING)
    if promised is None or looking is None:
        return {TOTAL: no_game(FORWARD_LOOKING)}
    return {TOTAL: Interval(float(promised.value[country] - looking.value[country]))}


def hegemon_choices(study: Study) -> dict[str, Interval]:
    """What choosing the order, and keeping its promise, are worth to the hegemon, bn."""
    surplus = {kind: study.payoffs_against(kind) for kind in (PROMISE_KEEPING, CHOOSING, FORWARD_LOOKING)}

    def gain(more: str, less: str) -> Interval:
        one, other = surplus[more], surplus[less]
        if one is None or other is None:
            return no_game(more if one is None else less)
        return Interval(one.surplus_mean - other.surplus_mean)

    return {ORDER: gain(CHOOSING, PROMISE_KEEPING), COMMITMENT: gain(PROMISE_KEEPING, FORWARD_LOOKING)}


def no_game(kind: str) -> Interval:
    """Not defined, and why."""
    return replace(UNDEFINED, method=f"not defined: hegemon={kind} cannot be played here")
