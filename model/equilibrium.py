"""The exact equilibrium of the timing game by backward induction, up to about 12 countries.

One country is asked at a time, so the game has one logit Markov perfect equilibrium and no stage fixed point. With
W_i(m, S, h, z) the value to country i, without a deal, of the state before meeting m,

    W_i = sum_j w_j / w(not S) * { V_i                                                          if j = i
                                 { a_j E[W'_i(S + j)] + (1 - a_j) W'_i(S)                        otherwise
    V_i = p_i Q_move + (1 - p_i) Q_wait,   Q_wait = W'_i(S),   Q_move = r_i U_i + (1 - r_i) W'_i(S),

where p_i is the logit of D = Q_move - Q_wait, r the ratification chance, a_j = p_j r_j, W' the value before the next
meeting once the news has or has not come, and E runs over the precedent. V is an average, not a log-sum: the log-sum
would add a fictitious ln(T+1)/lambda.
"""

from dataclasses import dataclass

import numpy as np

from model.choice import move_probability
from model.compiled import compiled_inner
from model.errors import InputError
from model.meeting import Policy, policy_at
from model.states import bit_count, count_state, set_offsets, set_state, triangle
from model.timing import Game

EXACT_COUNTRIES = 14  # beyond, the policy table no longer fits in memory


@dataclass(frozen=True)
class Equilibrium:
    """How the solver ended: `value` (N,) at the start, and the policy of every country in every state (T, S)."""

    value: np.ndarray
    by_set: np.ndarray
    set_offsets: np.ndarray

    def policy(self, by_count: np.ndarray | None = None) -> Policy:
        """As a policy table in which every country reads the equilibrium."""
        n = len(self.value)
        counts = np.zeros((n, 1)) if by_count is None else by_count
        return Policy(counts, self.by_set, np.ones(n, np.bool_), self.set_offsets)

    def probability(
        self, country: int, meeting: int, signers: tuple[int, ...] = (), harsh: int = 0, known: int = 0
    ) -> float:
        """Chance that `country` moves if called at `meeting` when `signers` have signed."""
        mask = sum(1 << i for i in signers)
        waiting = len(self.value) - len(signers)
        place = sum(1 for i in range(country) if i not in signers)
        return float(self.by_set[meeting, set_state(self.set_offsets[mask], waiting, harsh, known) + place])


def solve(game: Game, fixed: Policy | None = None, responds: np.ndarray | None = None) -> Equilibrium:
    """Equilibrium among the countries that respond, the policies of the others held fixed.

    fixed, responds (N,) bool: countries with responds[i] False move as `fixed` says. By default all respond. Raises
    InputError beyond EXACT_COUNTRIES.
    """
    n = len(game.priority)
    if n > EXACT_COUNTRIES:
        raise InputError(f"exact equilibrium: {n} countries; at most {EXACT_COUNTRIES} are allowed")
    offsets = set_offsets(n)
    if fixed is None or responds is None:
        fixed, responds = (
            Policy(np.zeros((n, 1)), np.zeros((1, 1)), np.zeros(n, np.bool_), offsets),
            np.ones(n, np.bool_),
        )
    meetings = len(game.offsets) - 1
    by_set = np.zeros((meetings, offsets[-1]))
    tables = np.zeros((3, offsets[-1]))
    last = backward_induction(game, fixed, responds, offsets, by_set, tables)
    return Equilibrium(tables[last, :n].copy(), by_set, offsets)


@compiled_inner
def settle_no_deal(no_deal: np.ndarray, offsets: np.ndarray, value: np.ndarray) -> None:
    """Write the value of no deal, (N, triangle), into every waiting country's place of a value table (S,)."""
    n = len(no_deal)
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        waiting = n - signed
        for h in range(signed + 1):
            for z in range(2):
                place = set_state(offsets[mask], waiting, h, z)
                for i in range(n):
                    if not mask >> i & 1:
                        value[place] = no_deal[i, triangle(signed, h)]
                        place += 1


@compiled_inner
def before_news(hazard: float, n: int, offsets: np.ndarray, value: np.ndarray) -> None:
    """Turn values before a meeting into values before the news that precedes it, in place."""
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        waiting = n - signed
        for h in range(signed + 1):
            unknown = set_state(offsets[mask], waiting, h, 0)
            known = set_state(offsets[mask], waiting, h, 1)
            for k in range(waiting):
                value[unknown + k] = (1.0 - hazard) * value[unknown + k] + hazard * value[known + k]


@compiled_inner
def before_precedent(harsh: np.ndarray, n: int, offsets: np.ndarray, value: np.ndarray, out: np.ndarray) -> None:
    """E[value(S, h)] over the precedent of the latest signature, by the h before it: out (S,), h < |S|."""
    for mask in range(1, (1 << n) - 1):
        signed = bit_count(mask)
        waiting = n - signed
        for h in range(signed):
            chance = harsh[triangle(signed - 1, h)]
            for z in range(2):
                mild_place = set_state(offsets[mask], waiting, h, z)
                harsh_place = set_state(offsets[mask], waiting, h + 1, z)
                for k in range(waiting):
                    out[mild_place + k] = chance * value[harsh_place + k] + (1.0 - chance) * value[mild_place + k]


@compiled_inner
def backward_induction(
    game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, by_set: np.ndarray, tables: np.ndarray
) -> int:
    """Fill the policy `by_set` (T, S) from the last meeting to the first.

    `tables` (3, S) is working space; the values at the start end up in the row that is returned, whose first N
    entries are those of the state in which nobody has signed.
    """
    n = len(game.priority)
    meetings = len(game.offsets) - 1
    after, now, signed_after = 0, 1, 2  # values before the next meeting, before this one, and after a signature
    settle_no_deal(game.no_deal[1], offsets, tables[after])
    if meetings == game.regular:
        at_deadline(game, offsets, tables[after], tables[now])
    for m in range(meetings - 1, -1, -1):
        before_news(game.news_hazard, n, offsets, tables[after])
        before_precedent(game.harsh, n, offsets, tables[after], tables[signed_after])
        for mask in range((1 << n) - 1):
            if bit_count(mask) <= m:
                one_set(
                    game, fixed, responds, offsets, m, mask, tables[after], tables[signed_after], tables[now],
                    by_set[m],
                )  # fmt: skip
        after, now = now, after
        if m == game.regular:
            at_deadline(game, offsets, tables[after], tables[now])
    return after


@compiled_inner
def at_deadline(game: Game, offsets: np.ndarray, after: np.ndarray, spare: np.ndarray) -> None:
    """Mix the values of the extension (in `after`) with those of the end at the deadline, in place."""
    settle_no_deal(game.no_deal[0], offsets, spare)
    x = game.extension_probability
    for k in range(len(after)):
        after[k] = x * after[k] + (1.0 - x) * spare[k]


@compiled_inner
def one_set(
    game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, m: int, mask: int, after: np.ndarray,
    signed_after: np.ndarray, now: np.ndarray, move: np.ndarray,
) -> None:  # fmt: skip
    """Values and moves before meeting m where exactly the countries of `mask` have signed."""
    n = len(game.priority)
    signed = bit_count(mask)
    waiting = n - signed
    total = 0.0
    for j in range(n):
        if not mask >> j & 1:
            total += game.priority[j]
    for h in range(signed + 1):
        for z in range(2):
            here = set_state(offsets[mask], waiting, h, z)
            state = count_state(game.offsets[m], signed, h, z)
            for k in range(waiting):
                now[here + k] = 0.0
            place = 0
            stay = 0.0  # chance that this meeting changes nobody's deal, weighted over the calls
            for j in range(n):
                if mask >> j & 1:
                    continue
                called = game.priority[j] / total
                wait = after[here + place]
                value, ratified = game.sign[j, state], game.ratification[j, m]
                probability = 0.0
                advantage = -np.inf
                if value != -np.inf:
                    advantage = ratified * (value - wait)
                    if responds[j]:
                        probability = move_probability(advantage, game.precision[j], game.base_log_odds[j])
                    else:
                        probability = policy_at(fixed, game.offsets, j, m, signed, h, z, mask)
                move[here + place] = probability
                signs = called * probability * ratified
                stay += called - signs
                if probability > 0.0:
                    now[here + place] += called * probability * advantage + signs * wait
                there = set_state(offsets[mask | (1 << j)], waiting - 1, h, z)
                for k in range(place):
                    now[here + k] += signs * signed_after[there + k]
                for k in range(place + 1, waiting):
                    now[here + k] += signs * signed_after[there + k - 1]
                place += 1
            for k in range(waiting):
                now[here + k] += stay * after[here + k]
