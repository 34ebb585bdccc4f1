"""The equilibrium of the timing game among many countries, approximated on the count states.

The exact game knows who has signed, 2^N sets. Here a policy sees s = (m, n, h, z) only: meeting, signatures, harsh
precedents, news. For country i without a deal in s, the rest of the world is two chances, that it is called itself
and that a rival signs, and with W' the value after the meeting its own value is

    W_i(s) = A_i V_i + R_i E[W'_i(n + 1)] + (1 - A_i - R_i) W'_i(n),    V_i = p_i Q_move + (1 - p_i) Q_wait,

with p_i the logit of Q_move - Q_wait as in `model.equilibrium`. Forward, the measures M_i(s) = P(s, and i waits) give
x_i(s) = M_i / sum_j M_j * (N - n), the chance that i still waits; they move up with R_i and leave with A_i p_i r_i.
Backward and forward alternate until the policies stand still. This is a moment-based Markov equilibrium: countries
respond to moments of the state of the rivals as if those were Markov (Ifrach and Weintraub 2017, "A framework for
dynamic oligopoly in concentrated industries", Review of Economic Studies; with no moments it would be the oblivious
equilibrium of Weintraub, Benkard and Van Roy 2008, Econometrica).

Closure: countries are independent given s but for their number, which is n exactly. To first order in that
condition, with v = x (1 - x), among the waiting rivals of a waiting i

    P(j waits | i waits) = g_i x_j (1 - c_i (1 - x_j)),   c_i = (1 - x_i) / sum_(k != i) v_k, at most 2,

where g_i makes them add up to N - n - 1 (it is 1 unless c_i is cut). The weight of all who wait varies with who they
are, so a rival's pull is not w_j but e_j = w_j E[w] / E[w | j waits], and

    A_i = w_i / D_i,   R_i = sum_(j != i) P(j waits | i waits) e_j p_j r_j / D_i,   D_i = w_i + sum_(j != i) P e_j:

right to second order in the spread of the weights, never negative, and someone is called for sure. Among identical
countries all of it is exact: x = (N - n) / N, A = 1 / (N - n). Every sum runs over all countries once for a state, so
an iteration costs N operations a count state.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from typing import Any

import numpy as np

from model.choice import move_probability
from model.compiled import compiled_inner
from model.errors import InputError
from model.meeting import Policy
from model.states import count_state, count_states, triangle
from model.timing import Game

TOLERANCE = 1e-8  # largest change of a policy at which the iteration ends
MAX_ITERATIONS = 60
SLOW = 0.1  # where the residual does not fall to this share in an iteration, iterates are mixed
MIXED = 5  # iterates that are mixed
MOST_CUT = 2.0  # largest c: two countries of which one waits are still told apart exactly
SMALLEST_REACH = 1e-250  # below it a state counts as unreached: its signers are drawn evenly
THREADED_COUNTRIES = 30  # from here on a meeting is work enough for two threads


@dataclass(frozen=True)
class CrowdEquilibrium:
    """What the solver found, and how it ended. N countries, C count states.

    by_count (N, C): probability with which each country moves if called; value (N,): at the start, shares of stakes;
    residual: largest change of a policy in the last iteration, weighted by the probability of reaching the state;
    residual_anywhere: the same unweighted; converged: both are below the tolerance.
    """

    by_count: np.ndarray
    value: np.ndarray
    residual: float
    residual_anywhere: float
    iterations: int
    converged: bool

    def policy(self) -> Policy:
        """As a policy table in which every country reads `by_count`."""
        n = len(self.value)
        return Policy(self.by_count, np.zeros((1, 1)), np.zeros(n, np.bool_), np.zeros(1, np.int64))


def solve_crowd(
    game: Game,
    fixed: Policy | None = None,
    responds: np.ndarray | None = None,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
    threads: int | None = None,
) -> CrowdEquilibrium:
    """Approximate equilibrium among the countries that respond, the policies of the others held fixed.

    fixed, responds (N,) bool: countries with responds[i] False move as `fixed.by_count` says; by default all respond.
    The first iterate: all wait, and signers are drawn evenly. The result is the same to the bit whatever the number
    of threads. It ends after `max_iterations` at the latest and says in `converged` whether it got there.
    """
    n, states = len(game.priority), int(game.offsets[-1])
    by_count = np.zeros((n, states))
    if fixed is None or responds is None:
        responds = np.ones(n, np.bool_)
    elif fixed.uses_set[~responds].any():
        raise InputError("equilibrium among many countries: a fixed policy must be given by count, not by set")
    else:
        for i in np.flatnonzero(~responds):
            by_count[i] = np.where(game.sign[i] == -np.inf, 0.0, fixed.by_count[i])
    signed = count_states(n, len(game.offsets) - 1)[:, 1]
    waits, reach = np.tile(1.0 - signed / n, (n, 1)), np.ones(states)
    threads = (threads or cpu_count() or 1) if n >= THREADED_COUNTRIES else 1
    scratch = [np.empty((3 * n + 8, 2 * n)) for _ in range(threads)]
    mixing, before = Mixing(), np.inf
    with ThreadPoolExecutor(threads) as pool:

        def all_rows(rule: Callable[..., Any], m: int, *arguments: Any) -> list[Any]:
            """Apply a rule to the rows n of a meeting, shared out over threads. Row n has 2 (n + 1) states."""
            rows = min(m, n - 1) + 1
            bounds = [round(rows * (t / threads) ** 0.5) for t in range(threads + 1)]
            jobs = [(m, low, high, *arguments, scratch[t]) for t, (low, high) in enumerate(pairwise(bounds))]
            if threads == 1:
                return [rule(*jobs[0])]
            return list(pool.map(lambda job: rule(*job), jobs))

        for iteration in range(1, max_iterations + 1):
            value, residual, anywhere = backward(game, responds, waits, reach, by_count, all_rows)
            converged = iteration > 1 and max(residual, anywhere) <= tolerance
            if converged:
                break
            found = forward(game, by_count, reach, all_rows)
            waits = mixing.next(waits, found, reach) if residual > SLOW * before else found
            before = residual
    return CrowdEquilibrium(by_count, value, residual, anywhere, iteration, converged)


class Mixing:
    """Anderson mixing: the next iterate is the affine mix of the latest ones whose step would have been smallest.

    With x the iterate and f = F(x) - x its step, x' = x + f - sum_k c_k (dx_k + df_k) over the latest changes dx, df,
    where c minimises |f - sum_k c_k df_k| weighted by the probability of reaching a state. Plain alternation cycles
    where policies are steep (Anderson 1965; Walker and Ni 2011).
    """

    def __init__(self) -> None:
        self.last: tuple[np.ndarray, np.ndarray] | None = None
        self.changes: list[tuple[np.ndarray, np.ndarray]] = []

    def next(self, x: np.ndarray, found: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """The next iterate (N, C), after x led to `found`."""
        f = found - x
        if self.last is not None:
            self.changes = [*self.changes[1 - MIXED :], (x - self.last[0], f - self.last[1])]
        self.last = x, f
        steps = [df for _, df in self.changes]
        gram = np.array([[np.einsum("ic,ic,c", a, b, reach) for b in [*steps, f]] for a in steps])
        out = found.copy()
        if steps:
            for c, (dx, df) in zip(
                np.linalg.lstsq(gram[:, :-1], gram[:, -1], rcond=1e-14)[0], self.changes, strict=True
            ):
                out -= c * (dx + df)
        return np.clip(out, 0.0, 1.0, out=out)


def backward(
    game: Game, responds: np.ndarray, waits: np.ndarray, reach: np.ndarray, by_count: np.ndarray,
    all_rows: Callable[..., list[Any]],
) -> tuple[np.ndarray, float, float]:  # fmt: skip
    """Values and policies from the last meeting to the first, given who waits. Fills `by_count`.

    Returns the values at the start (N,) and the largest changes of the policies, weighted by reach and not.
    """
    meetings = len(game.offsets) - 1
    settled = np.repeat(game.no_deal, 2, axis=2)  # (2, N, states of a meeting), both sector states alike
    after, now = settled[1].copy(), np.zeros_like(settled[1])
    residual = anywhere = 0.0
    for m in range(meetings - 1, -1, -1):
        if m == game.regular - 1:
            after *= game.extension_probability
            after += (1.0 - game.extension_probability) * settled[0]
        after[:, ::2] += game.news_hazard * (after[:, 1::2] - after[:, ::2])
        changes = all_rows(rows_backward, m, game, responds, waits, reach, by_count, after, now)
        residual = max(residual, *(weighted for weighted, _ in changes))
        anywhere = max(anywhere, *(plain for _, plain in changes))
        after, now = now, after
    return after[:, 0].copy(), residual, anywhere


def forward(game: Game, by_count: np.ndarray, reach: np.ndarray, all_rows: Callable[..., list[Any]]) -> np.ndarray:
    """Who waits in each state under the policies, (N, C), from the first meeting to the last. Fills `reach` (C,)."""
    n, meetings = len(game.priority), len(game.offsets) - 1
    waits = np.zeros_like(by_count)
    reach[:] = 0.0  # and stays so where all have signed
    before, flows = np.zeros((2, 2, n, 2 * triangle(n + 1, 0)))  # each: those that stay, those that rise x N x states
    before[0, :, 0] = 1.0
    for m in range(meetings):
        all_rows(rows_forward, m, game, by_count, waits, reach, before, flows)
        before, flows = flows, before
    reach[game.offsets[game.regular] :] *= game.extension_probability
    return waits


@compiled_inner
def rows_backward(
    m: int, low: int, high: int, game: Game, responds: np.ndarray, waits: np.ndarray, reach: np.ndarray,
    by_count: np.ndarray, after: np.ndarray, now: np.ndarray, scratch: np.ndarray,
) -> tuple[float, float]:  # fmt: skip
    """Moves and values before meeting m in the rows low .. high - 1, from the values after it, (N, states).

    Returns the largest changes of a policy, weighted by reach and not.
    """
    n = len(game.priority)
    called, rival = scratch[:n], scratch[n : 2 * n]
    weighted, plain = 0.0, 0.0
    for signed in range(low, high):
        width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
        state = game.offsets[m] + here
        for i in range(n):
            if responds[i]:
                for k in range(width):
                    advantage = game.ratification[i, m] * (game.sign[i, state + k] - after[i, here + k])
                    if game.sign[i, state + k] == -np.inf:
                        advantage = -np.inf
                    move = move_probability(advantage, game.precision[i], game.base_log_odds[i])
                    change = abs(move - by_count[i, state + k])
                    plain = max(plain, change)
                    weighted = max(weighted, change * reach[state + k])
                    by_count[i, state + k] = move
        chances(game, m, signed, waits, by_count, scratch)
        for i in range(n):
            for k in range(width):
                wait, move, harsh = after[i, here + k], by_count[i, state + k], game.harsh[(here + k) // 2]
                risen = harsh * after[i, here + width + k + 2] + (1.0 - harsh) * after[i, here + width + k]
                value = wait + rival[i, k] * (risen - wait)
                if move > 0.0:
                    value += called[i, k] * move * game.ratification[i, m] * (game.sign[i, state + k] - wait)
                now[i, here + k] = value
    return weighted, plain


@compiled_inner
def rows_forward(
    m: int, low: int, high: int, game: Game, by_count: np.ndarray, waits: np.ndarray, reach: np.ndarray,
    before: np.ndarray, flows: np.ndarray, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Who waits before meeting m in the rows low .. high - 1, and the measures of those who wait that leave it.

    before, flows (2, N, states): measures after the last meeting and after this one, of those that stay in their row
    and of those that rise by a rival's signature.
    """
    n = len(game.priority)
    called, rival = scratch[:n], scratch[n : 2 * n]
    for signed in range(low, high):
        width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
        state = game.offsets[m] + here
        arrive(game, m, signed, before, called, reach[state : state + width])
        who_waits(signed, called, reach[state : state + width], waits[:, state : state + width], rival)
        chances(game, m, signed, waits, by_count, scratch)
        for i in range(n):
            for k in range(width):
                mass = reach[state + k] * waits[i, state + k]
                signs = called[i, k] * by_count[i, state + k] * game.ratification[i, m]
                flows[0, i, here + k] = mass * (1.0 - signs - rival[i, k])
                flows[1, i, here + k] = mass * rival[i, k]


@compiled_inner
def arrive(game: Game, m: int, signed: int, before: np.ndarray, measure: np.ndarray, reach: np.ndarray) -> None:
    """P(state, and i waits) in one row before meeting m, into `measure` (N, width); precedent, then news.

    Each state's probability goes into `reach`: N - n countries wait in it, so it is the sum over them by N - n.
    """
    n = len(game.priority)
    here, below = count_state(0, signed, 0, 0), count_state(0, signed - 1, 0, 0)
    hazard = game.news_hazard if m > 0 else 0.0
    reach[:] = 0.0
    for i in range(n):
        for k in range(2 * (signed + 1)):
            mass = before[0, i, here + k]
            if k >= 2:
                mass += game.harsh[(below + k) // 2 - 1] * before[1, i, below + k - 2]
            if k < 2 * signed:
                mass += (1.0 - game.harsh[(below + k) // 2]) * before[1, i, below + k]
            measure[i, k] = mass
        for k in range(0, 2 * (signed + 1), 2):
            measure[i, k + 1] += hazard * measure[i, k]
            measure[i, k] *= 1.0 - hazard
        for k in range(2 * (signed + 1)):
            reach[k] += measure[i, k] / (n - signed)


@compiled_inner
def who_waits(signed: int, measure: np.ndarray, reach: np.ndarray, waits: np.ndarray, sums: np.ndarray) -> None:
    """x_i = M_i / reach in one row, kept in [0, 1] and adding up to N - n, into `waits` (N, width).

    The closure may leave an x above 1. What is cut off there is given to all, along x (1 - x).
    """
    n, width = waits.shape
    total, spread = sums[0], sums[1]
    for k in range(width):
        total[k] = spread[k] = 0.0
    for i in range(n):
        for k in range(width):
            x = min(measure[i, k] / reach[k], 1.0) if reach[k] > SMALLEST_REACH else (n - signed) / n
            measure[i, k] = x
            total[k] += x
            spread[k] += x * (1.0 - x)
    for i in range(n):
        for k in range(width):
            lacking = n - signed - total[k]
            share = lacking / spread[k] if lacking < spread[k] else 1.0
            x = measure[i, k] + share * measure[i, k] * (1.0 - measure[i, k])
            waits[i, k] = x


@compiled_inner
def chances(game: Game, m: int, signed: int, waits: np.ndarray, by_count: np.ndarray, scratch: np.ndarray) -> None:
    """The closure of one row: A_i and R_i of every country, into the first 2 N rows of `scratch` (3 N + 8, width).

    Names: x the chance to wait, v = x (1 - x); `left` = N - n countries wait.
    """
    n, left, width = len(game.priority), len(game.priority) - signed, 2 * (signed + 1)
    state = count_state(game.offsets[m], signed, 0, 0)
    called, rival, pull, sums = scratch[:n], scratch[n : 2 * n], scratch[2 * n : 3 * n], scratch[3 * n :]
    for s in range(8):
        for k in range(width):
            sums[s, k] = 0.0
    for i in range(n):
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            sums[0, k] += x
            sums[1, k] += v
            sums[2, k] += x * game.priority[i]
            sums[3, k] += v * game.priority[i]
    for i in range(n):
        weight = game.priority[i]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            others = max(sums[1, k] - v, 0.0)
            c = (1.0 - x) / others if 1.0 - x < MOST_CUT * others else MOST_CUT
            met = sums[0, k] - x - c * others
            g = (left - 1) / met if met > 0.0 else 0.0
            rivals = g * max(sums[2, k] - x * weight - c * (sums[3, k] - v * weight), 0.0)
            e = weight * sums[2, k] / (weight + rivals)
            signs = e * by_count[i, state + k] * game.ratification[i, m]
            called[i, k], rival[i, k], pull[i, k] = c, g, e
            sums[4, k] += x * e
            sums[5, k] += v * e
            sums[6, k] += x * signs
            sums[7, k] += v * signs
    for i in range(n):
        weight = game.priority[i]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            c, g, e = called[i, k], rival[i, k], pull[i, k]
            signs = e * by_count[i, state + k] * game.ratification[i, m]
            rivals = g * max(sums[4, k] - x * e - c * (sums[5, k] - v * e), 0.0)
            sign = g * max(sums[6, k] - x * signs - c * (sums[7, k] - v * signs), 0.0)
            called[i, k] = weight / (weight + rivals)
            rival[i, k] = min(sign, rivals) / (weight + rivals)
