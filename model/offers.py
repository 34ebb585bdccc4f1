"""One meeting of a hegemon that plays, backward, for all public states at once: bargains, offers and calls.

The rules of `model.hegemon`, which says what they mean. Tables of the hegemon's values, (2, states), are by type and by
set of signers, harsh precedents and news (`states.mass_offsets`); those of a country in a state are by set (S,).
"""

import numpy as np

from model.belief import belief_firm
from model.calls import call_chance, chosen_weight, largest_pull, waiting_weight
from model.choice import move_probability
from model.compiled import compiled, compiled_inner
from model.meeting import LEAN, Policy, agreed_at, package_signed, policy_at, ratification_at, sign_at
from model.shadow import agreement, hegemon_there
from model.states import bit_count
from model.timing import Game


@compiled
def fill_signatures(game: Game, policy: Policy, m: int, i: int, sign: np.ndarray, ratification: np.ndarray) -> None:
    """What a signature of country i is worth, and its chance of ratification, in its states of one meeting (S,)."""
    n = len(game.who)
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        if signed > m or mask >> i & 1:
            continue
        place = i - bit_count(mask & ((1 << i) - 1))
        for s in range(2 * (signed + 1)):
            column = policy.set_offsets[mask] + place * 2 * (signed + 1) + s
            sign[column] = sign_at(game, policy, i, m, signed, s // 2, s % 2, mask)
            ratification[column] = ratification_at(game, policy, i, m, signed, s // 2, s % 2, mask)


@compiled_inner
def settle_hegemon(game: Game, places: np.ndarray, worth: np.ndarray) -> None:
    """What the end is worth to the hegemon by type, into worth (2, states): sum of q_w m_i over who has no deal."""
    n = len(game.who)
    for mask in range(1 << n):
        threat = 0.0
        for i in range(n):
            if not mask >> i & 1:
                threat += game.shadow.threat[i]
        for s in range(places[mask], places[mask + 1]):
            for w in range(2):
                worth[w, s] = game.execution[w] * threat


@compiled_inner
def mix_hegemon(game: Game, places: np.ndarray, worth: np.ndarray, spare: np.ndarray) -> None:
    """At the deadline: mix what the extension is worth (in `worth`) with the end, in place; all (2, states)."""
    settle_hegemon(game, places, spare)
    x = game.extension_probability
    for w in range(2):
        for s in range(worth.shape[1]):
            worth[w, s] = x * worth[w, s] + (1.0 - x) * spare[w, s]


@compiled_inner
def hear_news(hazard: float, worth: np.ndarray) -> None:
    """Turn the hegemon's values before a meeting into those before the news that precedes it, in place."""
    for w in range(2):
        for s in range(0, worth.shape[1], 2):
            worth[w, s] = (1.0 - hazard) * worth[w, s] + hazard * worth[w, s + 1]


@compiled_inner
def gain_from(game: Game, worth: np.ndarray, w: int, here: int, there: int) -> float:
    """W^w(S + j) - W^w(S): what type w gets from going on with one more deal, its precedent averaged out."""
    harsh = game.precedent_accuracy if w else 1.0 - game.precedent_accuracy
    return harsh * worth[w, there + 2] + (1.0 - harsh) * worth[w, there] - worth[w, here]


@compiled_inner
def strike_all(
    game: Game, offsets: np.ndarray, places: np.ndarray, m: int, after: np.ndarray, worth: np.ndarray, terms: np.ndarray
) -> None:
    """What would be agreed at meeting m with each waiting country in every state, as positions into terms (S,)."""
    n, shadow = len(game.who), game.shadow
    years = game.packages.flow_years[m]
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        if signed > m:
            continue
        width, place = 2 * (signed + 1), 0
        for j in range(n):
            if mask >> j & 1:
                continue
            column, regime = offsets[mask] + place * width, game.packages.regime[j, m]
            place += 1
            if shadow.ratification[j, regime] <= 0.0:
                continue
            there = places[mask | (1 << j)]
            for s in range(width):
                belief = belief_firm(game.prior_firm, game.precedent_accuracy, signed, s // 2)
                here = places[mask] + s
                gain = (1.0 - belief) * gain_from(game, worth, 0, here, there + s)
                gain += belief * gain_from(game, worth, 1, here, there + s) + shadow.headline[signed]
                d = shadow.stakes[j] * (after[column + s] + shadow.costs[j, m])
                terms[column + s] = agreement(shadow, j, regime, s % 2, years, d, -gain)


@compiled_inner
def brought(game: Game, policy: Policy, j: int, m: int, signed: int, h: int, z: int, mask: int, w: int) -> float:
    """H^w + dR_n: what j's signature in this state brings a hegemon of type w itself, bn."""
    regime, years = game.packages.regime[j, m], game.packages.flow_years[m]
    if len(policy.terms):
        position = agreed_at(policy, j, m, signed, h, z, mask)
        return hegemon_there(game.shadow, j, regime, z, years, position) + game.shadow.headline[signed]
    belief = belief_firm(game.prior_firm, game.precedent_accuracy, signed, h)
    kind = 0 if package_signed(game.packages, j, m, signed, z, belief, w) == LEAN else 1
    over_no_deal = game.hegemon_gain[j, signed, kind, regime, z, w]
    flow = game.hegemon_flow[j, signed, kind, regime, z]
    return over_no_deal + game.execution[w] * game.shadow.threat[j] + years * flow


@compiled_inner
def call_all(
    game: Game,
    policy: Policy,
    responds: np.ndarray,
    offsets: np.ndarray,
    places: np.ndarray,
    m: int,
    precision: float,
    pulls: np.ndarray,
    after: np.ndarray,
    worth: np.ndarray,
    before: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Moves, calls and the hegemon's values at meeting m: fills a row of the policy table, pulls (S,) and before (2,
    states).

    Countries that respond move by the logit, the others as the table says. A precision below 0 leaves the pulls as they
    are; where there are none, calls are a lottery. scratch (3, N): what calling each country brings either type, and
    the weights.
    """
    n = len(game.who)
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        if signed > m:
            continue
        width, weight = 2 * (signed + 1), game.call_weight[m]
        lottery = waiting_weight(weight, mask)
        for s in range(width):
            h, z = s // 2, s % 2
            here, belief = places[mask] + s, belief_firm(game.prior_firm, game.precedent_accuracy, signed, h)
            column, most = offsets[mask] + s, -np.inf
            for j in range(n):
                if mask >> j & 1:
                    continue
                scratch[0, j], scratch[1, j] = 0.0, 0.0
                sign = sign_at(game, policy, j, m, signed, h, z, mask)
                if sign != -np.inf:
                    ratified = ratification_at(game, policy, j, m, signed, h, z, mask)
                    if responds[j]:
                        advantage = ratified * (sign - after[column])
                        move = move_probability(advantage, game.precision[j], game.base_log_odds[j, signed])
                        policy.by_set[m, column] = move
                    else:
                        move = policy_at(policy, game.offsets, j, m, signed, h, z, mask)
                    there = places[mask | (1 << j)] + s
                    for w in range(2):
                        gain = gain_from(game, worth, w, here, there)
                        gain += brought(game, policy, j, m, signed, h, z, mask, w)
                        scratch[w, j] = ratified * move * gain
                scratch[2, j] = (1.0 - belief) * scratch[0, j] + belief * scratch[1, j]
                most = max(most, scratch[2, j])
                column += width
            for w in range(2):
                before[w, here] = worth[w, here]
            if precision >= 0.0:
                column = offsets[mask] + s
                for j in range(n):
                    if not mask >> j & 1:
                        pulls[column] = precision * (scratch[2, j] - most)
                        column += width
            column, most, total = offsets[mask] + s, 0.0, lottery
            if len(pulls):
                most, total = largest_pull(weight, pulls, column, width, mask), 0.0
                for j in range(n):
                    if not mask >> j & 1:
                        scratch[2, j] = chosen_weight(weight[j], pulls[column], most)
                        total += scratch[2, j]
                        column += width
            for j in range(n):
                if not mask >> j & 1:
                    called = call_chance(scratch[2, j] if len(pulls) else weight[j], total)
                    for w in range(2):
                        before[w, here] += called * scratch[w, j]
