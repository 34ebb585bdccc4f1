"""The equilibrium of the timing game among many countries, approximated on the count states.

The exact game knows who has signed, 2^N sets. Here a policy sees s = (m, n, h, z) only: meeting, signatures, harsh
precedents, news. To country i without a deal in s the rest of the world is two chances: A_i, that it is called, and
R_i, that a rival signs. With W' the value after the meeting its own value is

    W_i(s) = A_i V_i + R_i E[W'_i(n + 1)] + (1 - A_i - R_i) W'_i(n),    V_i = p_i Q_move + (1 - p_i) Q_wait,

where p_i is the logit of Q_move - Q_wait as in `model.equilibrium`. Forward, P(s, and i waits) moves up with R_i and
leaves with A_i p_i r_i; it gives x_i(s), the chance that i still waits. Backward and forward alternate until the
policies stand still: a moment-based Markov equilibrium, in which countries respond to moments of the rivals' state as
if those were Markov (Ifrach and Weintraub 2017, "A framework for dynamic oligopoly in concentrated industries",
Review of Economic Studies; without n and h it would be the oblivious equilibrium of Weintraub, Benkard and Van Roy
2008, Econometrica).

Closure: given s countries are independent but for their number, n exactly. To first order in that condition, with
v = x (1 - x), a waiting country i faces

    P(j waits | i waits) = g_i x_j (1 - c_i (1 - x_j)),   c_i = (1 - x_i) / sum_(k != i) v_k, at most 2,

where g_i makes them add up to N - n - 1 (it is 1 unless c_i is cut). A heavy rival waits among heavier company, so its
pull is not w_j but e_j = w_j E[w] / E[w | j waits], w the weight of all who wait, and

    A_i = w_i / D_i,   R_i = sum_(j != i) P(j waits | i waits) e_j p_j r_j / D_i,   D_i = w_i + sum_(j != i) P e_j:

right to second order in the spread of weights, never negative, and someone is always called. Among identical countries
it is exact: x = (N - n) / N, A = 1 / (N - n). An iteration costs some N operations a count state.

How it ends. What counts is the residual: the largest change of a policy in an iteration times the probability of
reaching the state. In states that are all but never met (1e-15) policies may go round in circles for ever without
touching what happens, so `converged` asks the residual alone. Where states off the path have not settled when it falls
below the tolerance they get SETTLING more iterations, since interventions and explanations look at them.

Limits. At a choice precision up to 1000 it converged in every game tried, in 5 to 35 iterations. From 10^4 on policies
are all but pure and some games go round in circles; `converged` then says so, and what is returned is the last iterate.
How far it is from the exact equilibrium: `model.crowd_accuracy`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from model.calls import call_chance
from model.choice import move_probability
from model.compiled import compiled_inner
from model.cores import thread_count
from model.errors import InputError
from model.meeting import Policy
from model.states import count_state, count_states, triangle
from model.timing import Game

TOLERANCE = (
    1e-8  # largest change of a policy, weighted by the probability of reaching the state, at which it has converged
)
MAX_ITERATIONS = 60
SETTLING = 10  # iterations that policies off the path have to settle to the tolerance once it has converged
SLOW = 0.1  # where the residual does not fall to this share in an iteration, iterates are mixed
MIXED = 5  # earlier iterates that are mixed with the latest
ROUNDING = 1e-13  # residuals below it are noise
MOST_CUT = 2.0  # largest c: two countries of which one waits are still told apart exactly
SMALLEST_REACH = 1e-250  # below it a state counts as unreached: its signers are drawn evenly
COUNTRIES_A_THREAD = 30  # fewer are not worth one


@dataclass(frozen=True)
class CrowdEquilibrium:
    """What the solver found, and how it ended. N countries, C count states.

    by_count (N, C): probability with which each country moves if called; value (N,): at the start, shares of stakes;
    residual: largest change of a policy in the last iteration, weighted by the probability of reaching the state;
    residual_anywhere: the same unweighted; converged: `residual` is below the tolerance.
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
    game: Game, fixed: Policy | None = None, responds: np.ndarray | None = None, *, tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS, threads: int | None = None,
) -> CrowdEquilibrium:  # fmt: skip
    """Approximate equilibrium among the countries that respond, the policies of the others held fixed.

    fixed, responds (N,) bool: countries with responds[i] False move as `fixed.by_count` says; by default all respond.
    The first iterate: all wait, and signers are drawn evenly. The result is the same to the bit whatever the number
    of threads. It ends after `max_iterations` at the latest and says in `converged` whether it got there.
    """
    n, signed = len(game.precision), count_states(len(game.precision), len(game.offsets) - 1)[:, 1]
    waits, reach, by_count = np.tile(1.0 - signed / n, (n, 1)), np.ones(len(signed)), np.zeros((n, len(signed)))
    if fixed is None or responds is None:
        responds = np.ones(n, np.bool_)
    elif fixed.uses_set[~responds].any():
        raise InputError("equilibrium among many countries: a fixed policy must be given by count, not by set")
    else:
        np.copyto(by_count, fixed.by_count, where=~responds[:, None] & (game.sign != -np.inf))
    history, before, settling = list[tuple[np.ndarray, np.ndarray]](), np.inf, 0
    with shared_rows(n, threads) as all_rows:
        for iteration in range(1, max_iterations + 1):
            value, residual, anywhere = backward(game, responds, waits, reach, by_count, all_rows)
            converged = iteration > 1 and residual <= tolerance
            settling = settling + 1 if converged else 0
            if converged and (anywhere <= tolerance or settling > SETTLING):
                break
            found = forward(game, by_count, reach, all_rows)
            if residual > max(SLOW * before, ROUNDING):
                history = [*history[-MIXED:], (found, found - waits)]
                found = mixed(history, reach)
            waits, before = found, residual
    return CrowdEquilibrium(by_count, value, residual, anywhere, iteration, converged)


@contextmanager
def shared_rows(n: int, threads: int | None) -> Iterator[Callable[..., list[Any]]]:
    """A function that applies a rule to all rows of a meeting, shared out over threads.

    Row n of a meeting, n countries having signed, has 2 (n + 1) states. It is called as rule(m, low, high, *arguments,
    scratch) for shares low .. high - 1 of the rows, with working space of its own; the results come in order.
    """
    threads = min(threads or thread_count(), 1 + n // COUNTRIES_A_THREAD)
    scratch = [np.empty((3 * n + 8, 2 * n)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def all_rows(rule: Callable[..., Any], m: int, *arguments: Any) -> list[Any]:
            rows = min(m, n - 1) + 1
            bounds = [round(rows * (t / threads) ** 0.5) for t in range(threads + 1)]
            jobs = [(m, low, high, *arguments, scratch[t]) for t, (low, high) in enumerate(pairwise(bounds))]
            return list((pool.map if threads > 1 else map)(lambda job: rule(*job), jobs))

        yield all_rows


def mixed(history: list[tuple[np.ndarray, np.ndarray]], reach: np.ndarray) -> np.ndarray:
    """Anderson mixing of the latest iterations, each (what it found, its step f = found - start), both (N, C).

    The affine mix of what was found whose step, mixed alike, is smallest when weighted by the probability of reaching
    a state (Anderson 1965). Where policies are steep, plain alternation would go round in circles.
    """
    steps = [step for _, step in history]
    products = np.array([[np.einsum("ic,ic,c", one, other, reach) for other in steps] for one in steps])
    latest = np.eye(len(steps))[-1]
    apart = latest - np.eye(len(steps))[:-1]
    weights = latest - np.linalg.lstsq(apart @ products @ apart.T, apart @ products @ latest, rcond=1e-14)[0] @ apart
    out = np.zeros_like(steps[0])
    for weight, (found, _) in zip(weights, history, strict=True):
        out += weight * found
    return np.clip(out, 0.0, 1.0, out=out)


def backward(
    game: Game, responds: np.ndarray, waits: np.ndarray, reach: np.ndarray, by_count: np.ndarray,
    all_rows: Callable[..., list[Any]],
) -> tuple[np.ndarray, float, float]:  # fmt: skip
    """Values and policies from the last meeting to the first, given who waits. Fills `by_count`.

    Returns the values at the start (N,) and the largest changes of the policies, weighted by reach and not.
    """
    settled = np.repeat(game.no_deal, 2, axis=2)  # (2, N, states of a meeting), both sector states alike
    after, now = settled[1].copy(), np.zeros_like(settled[1])
    residual = anywhere = 0.0
    for m in reversed(range(len(game.offsets) - 1)):
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
    n = len(game.precision)
    waits = np.zeros_like(by_count)
    reach[:] = 0.0  # and stays so where all have signed
    before, flows = np.zeros((2, 2, n, 2 * triangle(n + 1, 0)))  # each: those that stay, those that rise x N x states
    before[0, :, 0] = 1.0
    for m in range(len(game.offsets) - 1):
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
    n = len(game.precision)
    called, rival = scratch[:n], scratch[n : 2 * n]
    weighted, plain = 0.0, 0.0
    for signed in range(low, high):
        width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
        state = game.offsets[m] + here
        for i in range(n):
            if responds[i]:
                for k in range(width):
                    sign, advantage = game.sign[i, state + k], -np.inf
                    if sign != -np.inf:
                        advantage = game.ratification[i, state + k] * (sign - after[i, here + k])
                    move = move_probability(advantage, game.precision[i], game.base_log_odds[i, signed])
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
                    value += called[i, k] * move * game.ratification[i, state + k] * (game.sign[i, state + k] - wait)
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
    n = len(game.precision)
    called, rival = scratch[:n], scratch[n : 2 * n]
    for signed in range(low, high):
        width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
        state = game.offsets[m] + here
        who_waits(game, m, signed, before, reach[state : state + width], waits[:, state : state + width])
        chances(game, m, signed, waits, by_count, scratch)
        for i in range(n):
            for k in range(width):
                mass = reach[state + k] * waits[i, state + k]
                signs = called[i, k] * by_count[i, state + k] * game.ratification[i, state + k]
                flows[0, i, here + k] = mass * (1.0 - signs - rival[i, k])
                flows[1, i, here + k] = mass * rival[i, k]


@compiled_inner
def who_waits(game: Game, m: int, signed: int, before: np.ndarray, reach: np.ndarray, waits: np.ndarray) -> None:
    """One row before meeting m: `reach` (width,), the probability of a state, and `waits` (N, width), x_i in it.

    First the measures P(state, and i waits): precedents, then news. They add up to (N - n) P(state). The closure may
    leave an x above 1; what is cut off there is given to all, along x (1 - x).
    """
    n, width = waits.shape
    left, here, below = n - signed, count_state(0, signed, 0, 0), count_state(0, signed - 1, 0, 0)
    hazard = game.news_hazard if m > 0 else 0.0
    reach[:] = 0.0
    for i in range(n):
        for k in range(width):
            mass = before[0, i, here + k]
            if k >= 2:
                mass += game.harsh[(below + k) // 2 - 1] * before[1, i, below + k - 2]
            if k < width - 2:
                mass += (1.0 - game.harsh[(below + k) // 2]) * before[1, i, below + k]
            waits[i, k] = mass
        for k in range(0, width, 2):
            waits[i, k + 1] += hazard * waits[i, k]
            waits[i, k] *= 1.0 - hazard
            reach[k] += waits[i, k] / left
            reach[k + 1] += waits[i, k + 1] / left
    for k in range(width):
        total = spread = 0.0
        for i in range(n):
            waits[i, k] = min(waits[i, k] / reach[k], 1.0) if reach[k] > SMALLEST_REACH else left / n
            total += waits[i, k]
            spread += waits[i, k] * (1.0 - waits[i, k])
        share = (left - total) / spread if left - total < spread else 1.0
        for i in range(n):
            waits[i, k] += share * waits[i, k] * (1.0 - waits[i, k])


@compiled_inner
def chances(game: Game, m: int, signed: int, waits: np.ndarray, by_count: np.ndarray, scratch: np.ndarray) -> None:
    """The closure in one row: A_i and R_i of every country, into the first 2 N rows of `scratch` (3 N + 8, width)."""
    n, width, state = len(game.precision), 2 * (signed + 1), count_state(game.offsets[m], signed, 0, 0)
    called, rival, pull, sums = scratch[:n], scratch[n : 2 * n], scratch[2 * n : 3 * n], scratch[3 * n :]
    sums[:, :width] = 0.0
    for i in range(n):
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            sums[0, k] += x
            sums[1, k] += v
            sums[2, k] += x * game.call_weight[m, i]
            sums[3, k] += v * game.call_weight[m, i]
    for i in range(n):
        weight = game.call_weight[m, i]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            others = max(sums[1, k] - v, 0.0)
            c = (1.0 - x) / others if 1.0 - x < MOST_CUT * others else MOST_CUT
            met = sums[0, k] - x - c * others
            g = (n - signed - 1) / met if met > 0.0 else 0.0
            rivals = g * max(sums[2, k] - x * weight - c * (sums[3, k] - v * weight), 0.0)
            e = weight * sums[2, k] / (weight + rivals)
            signs = e * by_count[i, state + k] * game.ratification[i, state + k]
            called[i, k], rival[i, k], pull[i, k] = c, g, e
            sums[4, k] += x * e
            sums[5, k] += v * e
            sums[6, k] += x * signs
            sums[7, k] += v * signs
    for i in range(n):
        weight = game.call_weight[m, i]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            c, g, e = called[i, k], rival[i, k], pull[i, k]
            signs = e * by_count[i, state + k] * game.ratification[i, state + k]
            rivals = g * max(sums[4, k] - x * e - c * (sums[5, k] - v * e), 0.0)
            rival_signs = g * max(sums[6, k] - x * signs - c * (sums[7, k] - v * signs), 0.0)
            called[i, k] = call_chance(weight, weight + rivals)
            rival[i, k] = call_chance(min(rival_signs, rivals), weight + rivals)
