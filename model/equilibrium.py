"""The exact equilibrium of the timing game by backward induction, while its tables stay small.

One country is asked at a time, so the game has one logit Markov perfect equilibrium and no stage fixed point. With
W_i(m, S, h, z) the value to country i, without a deal, of the state before meeting m,

    W_i = sum_j w_j / w(not S) * { V_i                                                          if j = i
                                 { a_j E[W'_i(S + j)] + (1 - a_j) W'_i(S)                        otherwise
    V_i = p_i Q_move + (1 - p_i) Q_wait,   Q_wait = W'_i(S),   Q_move = r_i U_i + (1 - r_i) W'_i(S),

where p_i is the logit of D = Q_move - Q_wait, r the ratification chance, a_j = p_j r_j, W' the value before the next
meeting once the news has or has not come, and E runs over the precedent. V is an average, not a log-sum: the log-sum
would add a fictitious ln(T+1)/lambda.

Identical countries have identical policies. Where choice is steep, rounding would grow from meeting to meeting until
they had not, so one of each set of mirrored states is solved for and the others are copies of it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from model.calls import add_up_weights, call_chance, chosen_weight, waiting_weight
from model.choice import move_probability, waits_with_reason
from model.compiled import compiled_inner
from model.cores import thread_count
from model.errors import InputError
from model.meeting import NONE, Policy, policy_at, ratification_at, sign_at
from model.states import bit_count, place_among_waiting, set_offsets, set_state, triangle
from model.timing import Game

MOST_BYTES = 2 * 10**9  # of tables; a fixed size, so that what is exact does not depend on the machine
THREADED_COUNTRIES = 10  # from here on a meeting is work enough for two threads


@dataclass(frozen=True)
class Equilibrium:
    """What the solver found. N countries, T meetings, S set states.

    value (N,): value at the start; by_set (T, S): probability with which each waiting country moves if called;
    reasoned (T, S): whether a wait of its would have a reason (`choice.waits_with_reason`);
    wait (T, S): its value of waiting if called (empty unless asked for). calls, terms (T, S): see `meeting.Policy`;
    hegemon (2,): what the game is worth to it by type, bn; all three empty where it does not play.
    """

    value: np.ndarray
    by_set: np.ndarray
    reasoned: np.ndarray
    wait: np.ndarray
    set_offsets: np.ndarray
    calls: np.ndarray = field(default_factory=lambda: NONE)
    terms: np.ndarray = field(default_factory=lambda: NONE)
    hegemon: np.ndarray = field(default_factory=lambda: NONE)

    def policy(self) -> Policy:
        """As a policy table in which every country reads `by_set`."""
        n = len(self.value)
        return Policy(np.zeros((n, 1)), self.by_set, np.ones(n, np.bool_), self.set_offsets, self.calls, self.terms)

    def state(self, country: int, mask: int, harsh: int = 0, known: int = 0) -> int:
        """The column of `by_set` and `wait` for a waiting country when the countries of `mask` have signed."""
        place = place_among_waiting(mask, country)
        return int(set_state(self.set_offsets[mask], place, bit_count(mask), harsh, known))

    def probability(
        self, country: int, meeting: int, signers: tuple[int, ...] = (), harsh: int = 0, known: int = 0
    ) -> float:
        """Chance that `country` moves if called at `meeting` when `signers` have signed."""
        mask = sum(1 << i for i in signers)
        return float(self.by_set[meeting, self.state(country, mask, harsh, known)])


def solve(
    game: Game,
    fixed: Policy | None = None,
    responds: np.ndarray | None = None,
    *,
    keep_policy: bool = True,
    keep_wait: bool = False,
    most_bytes: float = MOST_BYTES,
) -> Equilibrium:
    """Equilibrium among the countries that respond, the policies of the others held fixed.

    fixed, responds (N,) bool: countries with responds[i] False move as `fixed` says; by default all respond. Without
    `keep_policy` only values are found, which takes far smaller tables. Raises InputError where the tables would be
    larger than `most_bytes`.
    """
    n, meetings = len(game.who), len(game.offsets) - 1
    needed = table_bytes(n, meetings if keep_policy or keep_wait else 1)
    if needed > most_bytes:
        raise InputError(
            f"exact equilibrium: {n} countries and {meetings} meetings need {needed / 1e9:,.1f} GB of tables; at most "
            f"{most_bytes / 1e9:,.1f} GB are allowed"
        )
    offsets = set_offsets(n)
    if fixed is None or responds is None:
        responds = np.ones(n, np.bool_)
        fixed = Policy(np.zeros((n, 1)), np.zeros((1, 1)), ~responds, offsets)
    by_set = np.zeros((meetings if keep_policy else 1, offsets[-1]))
    found = Found(by_set, np.zeros(by_set.shape, np.bool_), np.zeros((meetings if keep_wait else 0, offsets[-1])))
    value = backward(game, fixed, responds, offsets, found)
    return Equilibrium(value, *found, offsets, fixed.calls, fixed.terms)


def table_bytes(countries: int, meetings: int) -> int:
    """Size of the exact solver's tables by set: 8 bytes for each of (meetings + 3) x S values, and 1 for each of
    meetings x S reasons to wait,

    S = sum over sets of n signers of 2 (n + 1) (N - n) = 2^N (N (N - 1) + 2 N) / 2.
    """
    states = 2**countries * (countries * (countries - 1) + 2 * countries) // 2
    return states * (8 * (meetings + 3) + meetings)


def evaluate(
    game: Game,
    policy: Policy,
    *,
    keep_policy: bool = True,
    keep_wait: bool = False,
    most_bytes: float = MOST_BYTES,
) -> Equilibrium:
    """What a mix of policies is worth: the same backward induction with nobody responding."""
    nobody = np.zeros(len(game.who), np.bool_)
    return solve(game, policy, nobody, keep_policy=keep_policy, keep_wait=keep_wait, most_bytes=most_bytes)


class Found(NamedTuple):
    """What the pass backward fills: see `Equilibrium`."""

    by_set: np.ndarray
    reasoned: np.ndarray
    wait: np.ndarray


def backward(game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, found: Found) -> np.ndarray:
    """Backward induction from the last meeting to the first; fills `found`, returns the values (N,)."""
    n = len(game.precision)
    tables, originals = np.zeros((3, offsets[-1])), mirrored(offsets, first_alike(game, fixed, responds))
    threads = thread_count()
    if n < THREADED_COUNTRIES or threads == 1:
        scratch = np.empty((4, 2 * n + 2))
        last = all_meetings(game, fixed, responds, offsets, originals, tables, found, scratch)
    else:
        last = all_meetings_threaded(game, fixed, responds, offsets, originals, tables, found, threads)
    return np.array([tables[last, set_state(offsets[0], i, 0, 0, 0)] for i in range(n)])


def first_alike(game: Game, fixed: Policy, responds: np.ndarray) -> np.ndarray:
    """For each country the first one that is identical to it, itself if there is none before; (N,)."""
    heads: dict[object, int] = {}

    def likeness(i: int) -> object:
        """All that tells a country from another, as bytes."""
        if (not responds[i] and fixed.uses_set[i]) or len(fixed.calls):
            return i
        own = [game.call_weight[:, i], game.precision[i], game.base_log_odds[i], game.ratification[i], game.sign[i]]
        moves = [] if responds[i] else [fixed.by_count[i]]
        return b"".join(table.tobytes() for table in (*own, game.no_deal[:, i], *moves)) + bytes([int(responds[i])])

    return np.array([heads.setdefault(likeness(i), i) for i in range(len(game.precision))])


def mirrored(offsets: np.ndarray, first: np.ndarray) -> np.ndarray:
    """For each column of a table by set the one of which it is a copy (S,); empty where all countries differ.

    Among identical countries the original has the earliest ones signed, and the first of the others deciding.
    """
    n = len(first)
    if np.array_equal(first, np.arange(n)):
        return np.empty(0, np.int64)
    groups = [np.flatnonzero(first == head) for head in dict.fromkeys(first)]
    originals = np.arange(offsets[-1])
    for mask in range((1 << n) - 1):
        counts = [sum(mask >> int(i) & 1 for i in group) for group in groups]
        same = sum(1 << int(i) for group, signed in zip(groups, counts, strict=True) for i in group[:signed])
        signed, width = bit_count(mask), 2 * (bit_count(mask) + 1)
        for group, count in zip(groups, counts, strict=True):
            for i in group:
                if not mask >> int(i) & 1:
                    mine = set_state(offsets[mask], place_among_waiting(mask, int(i)), signed, 0, 0)
                    theirs = set_state(offsets[same], place_among_waiting(same, int(group[count])), signed, 0, 0)
                    originals[mine : mine + width] = np.arange(theirs, theirs + width)
    return originals


@compiled_inner
def copy_originals(originals: np.ndarray, table: np.ndarray) -> None:
    """Make mirrored states of a table (S,) the same, in place: originals are their own."""
    for k in range(len(originals)):
        table[k] = table[originals[k]]


@compiled_inner
def all_meetings(
    game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, originals: np.ndarray, tables: np.ndarray,
    found: Found, scratch: np.ndarray,
) -> int:  # fmt: skip
    """All meetings from the last to the first, in one go. Returns the row of `tables` (3, S) with the first values."""
    n, meetings = len(game.precision), len(game.offsets) - 1
    sets = (1 << n) - 1  # the set of all has nobody left to decide
    after, now, signed_after = 0, 1, 2  # values after the meeting, before it, and expected over a precedent
    start_at_the_end(game, offsets, tables)
    for m in range(meetings - 1, -1, -1):
        row = m if len(found.by_set) == meetings else 0
        move, reason = found.by_set[row], found.reasoned[row]
        before_news(game.news_hazard, offsets, tables[after], 0, sets)
        before_precedent(game.harsh, n, offsets, tables[after], tables[signed_after], 0, sets)
        hold_backward(
            game, fixed, responds, offsets, m, tables[after], tables[signed_after], tables[now], move, reason, scratch,
            0, sets,
        )  # fmt: skip
        copy_originals(originals, tables[now])
        copy_originals(originals, move)
        copy_originals(originals, reason)
        if len(found.wait):
            for k in range(offsets[-1]):
                found.wait[m, k] = tables[after, k]
        after, now = now, after
        if m == game.regular:
            at_deadline(game, offsets, tables[after], tables[now])
    return after


def all_meetings_threaded(
    game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, originals: np.ndarray, tables: np.ndarray,
    found: Found, threads: int,
) -> int:  # fmt: skip
    """The same with the sets of signers shared out over threads.

    Sets are independent within a meeting, so the result is the same to the bit whatever the number of threads.
    """
    n, meetings = len(game.precision), len(game.offsets) - 1
    after, now, signed_after = 0, 1, 2
    shares = np.searchsorted(offsets, np.linspace(0, offsets[-1], 4 * threads + 1)[1:-1])
    bounds = [0, *(int(share) for share in shares), (1 << n) - 1]
    start_at_the_end(game, offsets, tables)
    with ThreadPoolExecutor(threads) as pool:

        def share_out(rule: Callable[..., None], *arguments: object, scratch: bool = False) -> None:
            spaces = [(np.empty((4, 2 * n + 2)),) if scratch else () for _ in bounds[1:]]
            jobs = [
                pool.submit(rule, *arguments, *space, first, last)
                for space, first, last in zip(spaces, bounds[:-1], bounds[1:], strict=True)
            ]
            for job in jobs:
                job.result()

        for m in range(meetings - 1, -1, -1):
            row = m if len(found.by_set) == meetings else 0
            move, reason = found.by_set[row], found.reasoned[row]
            share_out(before_news, game.news_hazard, offsets, tables[after])
            share_out(before_precedent, game.harsh, n, offsets, tables[after], tables[signed_after])
            share_out(
                hold_backward, game, fixed, responds, offsets, m, tables[after], tables[signed_after], tables[now],
                move, reason, scratch=True,
            )  # fmt: skip
            copy_originals(originals, tables[now])
            copy_originals(originals, move)
            copy_originals(originals, reason)
            if len(found.wait):
                found.wait[m] = tables[after]
            after, now = now, after
            if m == game.regular:
                at_deadline(game, offsets, tables[after], tables[now])
    return after


@compiled_inner
def start_at_the_end(game: Game, offsets: np.ndarray, tables: np.ndarray) -> None:
    """Values when no meeting is left, into row 0: of the extension's end, or of the deadline where none is held."""
    settle_no_deal(game.no_deal[1], offsets, tables[0])
    if len(game.offsets) - 1 == game.regular:
        at_deadline(game, offsets, tables[0], tables[1])


@compiled_inner
def settle_no_deal(no_deal: np.ndarray, offsets: np.ndarray, value: np.ndarray) -> None:
    """Write the value of no deal, (N, triangle), into every waiting country's place of a value table (S,)."""
    n = len(no_deal)
    for mask in range((1 << n) - 1):
        signed = bit_count(mask)
        place = 0
        for i in range(n):
            if not mask >> i & 1:
                for h in range(signed + 1):
                    here = set_state(offsets[mask], place, signed, h, 0)
                    value[here] = no_deal[i, triangle(signed, h)]
                    value[here + 1] = value[here]
                place += 1


@compiled_inner
def at_deadline(game: Game, offsets: np.ndarray, after: np.ndarray, spare: np.ndarray) -> None:
    """Mix the values of the extension (in `after`) with those of the end at the deadline, in place."""
    settle_no_deal(game.no_deal[0], offsets, spare)
    x = game.extension_probability
    for k in range(len(after)):
        after[k] = x * after[k] + (1.0 - x) * spare[k]


@compiled_inner
def before_news(hazard: float, offsets: np.ndarray, value: np.ndarray, first: int, last: int) -> None:
    """Turn values before a meeting into values before the news that precedes it, in place."""
    for k in range(offsets[first], offsets[last], 2):
        value[k] = (1.0 - hazard) * value[k] + hazard * value[k + 1]


@compiled_inner
def before_precedent(
    harsh: np.ndarray, n: int, offsets: np.ndarray, value: np.ndarray, out: np.ndarray, first: int, last: int
) -> None:
    """E[value(S, h)] over the precedent of the latest signature, by the h before it: out (S,), h < |S|."""
    for mask in range(max(first, 1), last):
        signed = bit_count(mask)
        for place in range(n - signed):
            here = set_state(offsets[mask], place, signed, 0, 0)
            for h in range(signed):
                chance = harsh[triangle(signed - 1, h)]
                for k in range(here + 2 * h, here + 2 * h + 2):
                    out[k] = chance * value[k + 2] + (1.0 - chance) * value[k]


@compiled_inner
def hold_backward(
    game: Game, fixed: Policy, responds: np.ndarray, offsets: np.ndarray, m: int, after: np.ndarray,
    signed_after: np.ndarray, now: np.ndarray, move: np.ndarray, reasoned: np.ndarray, scratch: np.ndarray, first: int,
    last: int,
) -> None:  # fmt: skip
    """Values and moves before meeting m for the sets of signers first .. last - 1 that can have come about by then.

    The inner loops run over all (h, z) at once. scratch (4, 2N + 2): the chances that one is called, and signs.
    """
    n, chooses = len(game.precision), len(fixed.calls) > 0
    called, signs, most, total = scratch[0], scratch[1], scratch[2], scratch[3]
    for mask in range(first, last):
        signed = bit_count(mask)
        if signed > m:
            continue
        width = 2 * (signed + 1)
        waiting = waiting_weight(game.call_weight[m], mask)
        if chooses:
            add_up_weights(game.call_weight[m], fixed.calls[m], offsets[mask], width, mask, most, total)
        for k in range(offsets[mask], offsets[mask + 1]):
            now[k] = 0.0
        place = 0
        for j in range(n):
            if mask >> j & 1:
                continue
            lottery, odds = call_chance(game.call_weight[m, j], waiting), game.base_log_odds[j, signed]
            here = offsets[mask] + place * width
            for s in range(width):
                called[s] = lottery
                if chooses:
                    weight = chosen_weight(game.call_weight[m, j], fixed.calls[m, here + s], most[s])
                    called[s] = call_chance(weight, total[s])
                wait = after[here + s]
                value = sign_at(game, fixed, j, m, signed, s // 2, s % 2, mask)
                ratified = ratification_at(game, fixed, j, m, signed, s // 2, s % 2, mask)
                probability, advantage = 0.0, -np.inf
                if value != -np.inf:
                    advantage = ratified * (value - wait)
                    if responds[j]:
                        probability = move_probability(advantage, game.precision[j], odds)
                    else:
                        probability = policy_at(fixed, game.offsets, j, m, signed, s // 2, s % 2, mask)
                    now[here + s] += called[s] * (wait + probability * advantage)
                else:
                    now[here + s] += called[s] * wait
                move[here + s], reasoned[here + s] = probability, waits_with_reason(advantage, len(fixed.terms) > 0)
                signs[s] = called[s] * probability * ratified
            there = offsets[mask | (1 << j)]
            other = 0
            for k in range(n - signed):
                if k != place:
                    mine = offsets[mask] + k * width
                    after_it = there + other * (width + 2)
                    for s in range(width):
                        now[mine + s] += (
                            signs[s] * signed_after[after_it + s] + (called[s] - signs[s]) * after[mine + s]
                        )
                    other += 1
            place += 1
