"""What waiting is worth to one country part by part, exactly: a pass backward that carries the vector of parts.

Under everybody's policies, with X the vector of parts (`model.parts`) of the signature or the no deal that a country
without a deal comes to,

    X(m, S, h, z) = X'(S) + c_i p_i r_i (signing - X'(S)) + sum_(j not in S, j != i) c_j p_j r_j (E[X'(S+j)] - X'(S)),

c the chance of being called, p of moving, r of ratification, X' the vector before the next meeting once the news has or
has not come, E over the precedent: the recursion of `model.equilibrium` a part at a time, so that the parts add up to
its values. X'(S) is what waiting is worth where the country is called.

One country's states are the sets of signers among the others, and of those only the supersets of the sets asked about,
from the earliest meeting asked about on: what is kept is two tables of such states, whatever the number of meetings.
"""

from typing import NamedTuple

import numpy as np

from model.calls import add_up_weights, call_chance, chosen_weight, waiting_weight
from model.choice import move_probability
from model.compiled import compiled_inner
from model.meeting import Policy, policy_at, ratification_at, sign_at
from model.parts import NO_DEAL, Account, account_row
from model.states import (
    PublicState,
    bit_count,
    count_state,
    mass_offsets,
    place_among_waiting,
    set_state,
    triangle,
)
from model.timing import Game


class Asked(NamedTuple):
    """The A states asked about: their meetings and places in a table of states, (A,); and what follows from them."""

    meeting: np.ndarray
    place: np.ndarray
    first: int  # the earliest meeting
    least: int  # the fewest signatures
    lag: int  # no more than m - lag can have signed before meeting m


def asked_at(states: list[PublicState], places: list[int]) -> Asked:
    """The states asked about, given their places."""
    meeting, signed = np.array([(state.meeting, state.signed) for state in states]).T
    return Asked(meeting.copy(), np.array(places), int(meeting.min()), int(signed.min()), int((meeting - signed).min()))


def waiting_parts(
    game: Game, policy: Policy, country: int, account: Account, states: list[PublicState], responds: bool
) -> np.ndarray:
    """The parts of what waiting is worth to a country that is called in each of these states, (len(states), K).

    responds: it answers `account` by the logit, whatever the policy table says of it; the others move by the table.
    """
    others = [without_bit(state.mask, country) for state in states]
    places = mass_offsets(len(game.who) - 1)
    at = [int(places[mask]) + 2 * state.harsh + state.known for state, mask in zip(states, others, strict=True)]
    base = int(np.bitwise_and.reduce(others))
    out = np.zeros((len(states), account.signing.shape[1]))
    tables = np.zeros((2, int(places[-1]), out.shape[1]))
    asked, scratch = asked_at(states, at), np.empty((2, 2 * len(game.who) + 2))
    parts_backward(game, policy, country, account, responds, places, base, asked, out, tables, scratch)
    return out


def without_bit(mask: int, country: int) -> int:
    """A set of signers that does not hold `country`, numbered among the others."""
    return (mask >> (country + 1) << country) | (mask & ((1 << country) - 1))


@compiled_inner
def parts_backward(
    game: Game,
    policy: Policy,
    i: int,
    account: Account,
    responds: bool,
    places: np.ndarray,
    base: int,
    asked: Asked,
    out: np.ndarray,
    tables: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """The pass from the last meeting to the earliest one asked about; fills `out` (A, K).

    places (2^(N-1) + 1,): where the states (h, z) of each set of signers among the others begin; base: the signers that
    all states asked about have in common; tables (2, states, K), scratch (2, 2N + 2): working space.
    """
    meetings = len(game.offsets) - 1
    after, now = 0, 1
    settle_parts(account.no_deal[1], places, base, 1.0, tables[after])
    if meetings == game.regular:
        settle_parts(account.no_deal[0], places, base, 1.0 - game.extension_probability, tables[after])
    for m in range(meetings - 1, asked.first - 1, -1):
        hear_news_of_parts(account.news_hazard, tables[after])
        note_asked(asked, m, tables[after], out)
        if m > asked.first:
            hold_parts(
                game, policy, i, account, responds, places, base, m, m - asked.lag, tables[after], tables[now], scratch
            )
            after, now = now, after
            if m == game.regular:
                settle_parts(account.no_deal[0], places, base, 1.0 - game.extension_probability, tables[after])


@compiled_inner
def hear_news_of_parts(hazard: float, table: np.ndarray) -> None:
    """The parts (states, K) before the news may come, from those after it, in place."""
    for s in range(0, table.shape[0], 2):
        for k in range(table.shape[1]):
            table[s, k] += hazard * (table[s + 1, k] - table[s, k])


@compiled_inner
def note_asked(asked: Asked, m: int, table: np.ndarray, out: np.ndarray) -> None:
    """Copy the parts of those asked about that lie at meeting m, from a table (states, K) to out (A, K)."""
    for a in range(len(out)):
        if asked.meeting[a] == m:
            for k in range(table.shape[1]):
                out[a, k] = table[asked.place[a], k]


@compiled_inner
def settle_parts(no_deal: np.ndarray, places: np.ndarray, base: int, share: float, table: np.ndarray) -> None:
    """Let the pause end in a share of all cases: table = share no_deal + (1 - share) table, in place."""
    columns = table.shape[1]
    for mask in range(len(places) - 1):
        if mask & base != base:
            continue
        signed = bit_count(mask)
        for h in range(signed + 1):
            for z in range(2):
                here = places[mask] + 2 * h + z
                for k in range(columns):
                    ends = no_deal[triangle(signed, h), k]
                    table[here, k] = share * ends + (1.0 - share) * table[here, k]


@compiled_inner
def hold_parts(
    game: Game,
    policy: Policy,
    i: int,
    account: Account,
    responds: bool,
    places: np.ndarray,
    base: int,
    m: int,
    most: int,
    after: np.ndarray,
    now: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """One meeting backward: the parts before meeting m, `now`, from those after it, both (states, K), where at
    most `most` have signed."""
    n, columns, low = len(game.who), now.shape[1], (1 << i) - 1
    chooses, pull, total = len(policy.calls) > 0, scratch[0], scratch[1]
    for others in range(len(places) - 1):
        if others & base != base:
            continue
        signed = bit_count(others)
        if signed > most:
            continue
        mask = ((others & ~low) << 1) | (others & low)
        width, here, state = 2 * (signed + 1), places[others], count_state(game.offsets[m], signed, 0, 0)
        waiting = waiting_weight(game.call_weight[m], mask)
        if chooses:
            offset = policy.set_offsets[mask]
            add_up_weights(game.call_weight[m], policy.calls[m], offset, width, mask, pull, total)
        called, mine = call_chance(game.call_weight[m, i], waiting), place_among_waiting(mask, i)
        for s in range(width):
            if chooses:
                wanted = policy.calls[m, set_state(policy.set_offsets[mask], mine, signed, 0, 0) + s]
                called = call_chance(chosen_weight(game.call_weight[m, i], wanted, pull[s]), total[s])
            signs, row = 0.0, account_row(account, game.offsets, m, others, signed, s)
            if account.sign[row] != -np.inf:
                if responds:
                    wait = 0.0
                    for k in range(min(columns, NO_DEAL + 1)):
                        wait += after[here + s, k]
                    advantage = account.ratification[row] * (account.sign[row] - wait)
                    move = move_probability(advantage, game.precision[i], game.base_log_odds[i, signed])
                else:
                    move = policy_at(policy, game.offsets, i, m, signed, s // 2, s % 2, mask)
                signs = called * move * account.ratification[row]
            for k in range(columns):
                now[here + s, k] = after[here + s, k] + signs * (account.signing[row, k] - after[here + s, k])
        place = 0
        for j in range(n):
            if mask >> j & 1:
                continue
            by_set = chooses or policy.uses_set[j]
            column = set_state(policy.set_offsets[mask], place, signed, 0, 0) if by_set else 0
            place += 1
            if j == i:
                continue
            called = call_chance(game.call_weight[m, j], waiting)
            there = places[others | (1 << (j if j < i else j - 1))]
            for s in range(width):
                if chooses:
                    weight = chosen_weight(game.call_weight[m, j], policy.calls[m, column + s], pull[s])
                    called = call_chance(weight, total[s])
                move = policy.by_set[m, column + s] if policy.uses_set[j] else policy.by_count[j, state + s]
                signs = called * move * ratification_at(game, policy, j, m, signed, s // 2, s % 2, mask)
                if signs == 0.0 or sign_at(game, policy, j, m, signed, s // 2, s % 2, mask) == -np.inf:
                    continue
                harsh = account.harsh[triangle(signed, s // 2)]
                for k in range(columns):
                    risen = harsh * after[there + s + 2, k] + (1.0 - harsh) * after[there + s, k]
                    now[here + s, k] += signs * (risen - after[here + s, k])
