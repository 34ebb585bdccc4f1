"""The equilibrium of the timing game among many countries, approximated on states by class of priority.

The exact game knows who has signed, 2^N sets. Here a policy sees s = (m, n_1 .. n_K, h, z) only: meeting, signatures
in each of K classes of priority (`model.priority_classes`; with one class, signatures), harsh precedents, news. To
country i without a deal in s the rest of the world is 1 + K chances: A_i, that it is called, and R_ic, that a rival of
class c signs (`model.crowd_closure`). With W' the value after the meeting its own value is

    W_i(s) = A_i V_i + sum_c R_ic E[W'_i(n_c + 1)] + (1 - A_i - sum_c R_ic) W'_i(s),
    V_i = p_i Q_move + (1 - p_i) Q_wait,

where p_i is the logit of Q_move - Q_wait as in `model.equilibrium`. Forward, P(s, and i waits) moves up with R_ic and
leaves with A_i p_i r_i; it gives x_i(s), the chance that i still waits. Backward and forward alternate until the
policies stand still: a moment-based Markov equilibrium, in which countries respond to moments of the rivals' state as
if those were Markov (Ifrach and Weintraub 2017, "A framework for dynamic oligopoly in concentrated industries",
Review of Economic Studies; without n and h it would be the oblivious equilibrium of Weintraub, Benkard and Van Roy
2008, Econometrica). Among identical countries it is exact.

When it has converged. The residual of an iteration is the expected number of calls in a negotiation, played by its
policies, that the policies of the iteration before would answer otherwise:

    sum over s of P(s) sum_i x_i A_i |p_i - p_i before|.

So it bounds the chance that a run would differ, and the distance of any country's payoff as a share of the range of
payoffs. States that are not reached do not count, however steep choice is there. An iteration costs some N operations
a state.

Limits. At a choice precision up to 1000 it converged in every game tried. From 10^4 on policies are all but pure and
some games go round in circles; `converged` then says so, and what is returned is the last iterate. How far it is from
the exact equilibrium is measured: `model.crowd_accuracy`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from model.choice import move_probability
from model.class_states import ClassStates, class_of_each, class_states, classes_of, count_columns
from model.compiled import compiled_inner
from model.cores import thread_count
from model.crowd_closure import chances, scratch_shape, who_waits
from model.errors import InputError
from model.meeting import Policy
from model.priority_classes import priority_classes
from model.states import count_state, triangle
from model.timing import Game

TOLERANCE = 1e-8  # residual at which the iteration ends: one answer in a hundred million negotiations
MAX_ITERATIONS = 60
SLOW = 0.1  # where the residual does not fall to this share in an iteration, iterates are mixed
MIXED = 5  # earlier iterates that are mixed with the latest
ROUNDING = 1e-13  # residuals below it are noise
CELLS_A_THREAD = 20_000  # countries x states of a meeting; fewer are not worth one


@dataclass(frozen=True)
class CrowdEquilibrium:
    """What the solver found, and how it ended. N countries, C class states.

    moves (N, C): probability with which each country moves if called; value (N,): at the start, shares of stakes;
    residual: expected number of calls in a negotiation that the last two iterates answer differently;
    residual_anywhere: the largest change of a policy, in states that are never reached too; converged: the residual is
    below the tolerance.
    """

    moves: np.ndarray
    states: ClassStates
    value: np.ndarray
    residual: float
    residual_anywhere: float
    iterations: int
    converged: bool

    def policy(self) -> Policy:
        """As a policy table in which every country reads `by_count`."""
        n = len(self.value)
        nowhere = np.zeros((1, 1)), np.zeros(n, np.bool_), np.zeros(1, np.int64)
        return Policy(self.moves, *nowhere, classes=classes_of(self.states))


def solve_crowd(
    game: Game, fixed: Policy | None = None, responds: np.ndarray | None = None, *, of: np.ndarray | None = None,
    tolerance: float = TOLERANCE, max_iterations: int = MAX_ITERATIONS, threads: int | None = None,
) -> CrowdEquilibrium:  # fmt: skip
    """Approximate equilibrium among the countries that respond, the policies of the others held fixed.

    fixed, responds (N,) bool: countries with responds[i] False move as `fixed.by_count` says; by default all respond.
    of (N,): the class of each country, by default those of `fixed`, or by priority.
    The first iterate: all wait, and signers are drawn evenly. The result is the same to the bit whatever the number
    of threads. It ends after `max_iterations` at the latest and says in `converged` whether it got there.
    """
    n = len(game.precision)
    states = states_for(game, fixed, of)
    moves = np.zeros((n, states.offsets[-1]))
    if fixed is None or responds is None:
        responds = np.ones(n, np.bool_)
    elif not responds.all():
        np.copyto(moves, fixed_moves(game, fixed, states), where=~responds[:, None])
    waits, reach = drawn_evenly(states), np.ones(states.offsets[-1])
    mixing, before = Mixing(), np.inf
    with shared_rows(states, threads) as all_rows:
        for iteration in range(1, max_iterations + 1):
            value, residual, anywhere = backward(game, states, responds, waits, reach, moves, all_rows)
            converged = iteration > 1 and residual <= tolerance
            if converged:
                break
            found = forward(game, states, moves, reach, all_rows)
            if residual > max(SLOW * before, ROUNDING):
                found = mixing.mixed(waits, found, reach)
            waits, before = found, residual
    return CrowdEquilibrium(moves, states, value, residual, anywhere, iteration, converged)


def states_for(game: Game, policy: Policy | None = None, of: np.ndarray | None = None) -> ClassStates:
    """The states on which a policy is given, or else those by the classes `of` (N,), by default of priority."""
    if policy is not None and len(policy.classes.members):
        of = class_of_each(policy.classes, len(game.precision))
    return class_states(priority_classes(game) if of is None else of, len(game.offsets) - 1)


def fixed_moves(game: Game, policy: Policy, states: ClassStates) -> np.ndarray:
    """The probabilities of a policy in every class state, (N, C), 0 where a country cannot sign."""
    if policy.uses_set.any():
        raise InputError("many countries: policies must be given by count, not by set")
    columns = count_columns(states)
    moves = policy.by_count if len(policy.classes.members) else policy.by_count[:, columns]
    return np.where(game.sign[:, columns] != -np.inf, moves, 0.0)


def drawn_evenly(states: ClassStates) -> np.ndarray:
    """The chance that each country waits if all of its class are alike, (N, C)."""
    share = (states.waiting / states.waiting[0])[:, states.of].T
    in_meeting = np.repeat(share, np.diff(states.start), axis=1)
    return np.concatenate([in_meeting[:, :width] for width in np.diff(states.offsets)], axis=1)


@contextmanager
def shared_rows(states: ClassStates, threads: int | None) -> Iterator[Callable[..., list[Any]]]:
    """A function that applies a rule to all rows of a meeting, shared out over threads.

    It is called as rule(m, low, high, *arguments, scratch) for shares low .. high - 1 of the rows, with working space
    of its own; the results come in order.
    """
    n, classes = len(states.of), states.waiting.shape[1]
    threads = min(threads or thread_count(), 1 + n * int(states.start[-1]) // CELLS_A_THREAD)
    scratch = [np.empty(scratch_shape(n, classes)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:

        def all_rows(rule: Callable[..., Any], m: int, *arguments: Any) -> list[Any]:
            rows = int(states.rows[m])
            even = np.linspace(0, states.start[rows], threads + 1)
            bounds = np.searchsorted(states.start[: rows + 1], even).tolist()
            jobs = [(m, low, high, *arguments, scratch[t]) for t, (low, high) in enumerate(pairwise(bounds))]
            return list((pool.map if threads > 1 else map)(lambda job: rule(*job), jobs))

        yield all_rows


class Mixing:
    """Anderson mixing of the latest iterations, each what it found and its step f = found - start, both (N, C).

    The affine mix of what was found whose step, mixed alike, is smallest when weighted by the probability of reaching
    a state (Anderson 1965). Where policies are steep, plain alternation would go round in circles.
    """

    def __init__(self) -> None:
        self.found: list[np.ndarray] = []
        self.steps: list[np.ndarray] = []
        self.products = np.empty((0, 0))  # of the steps, each weighted by the reach of the later one

    def mixed(self, start: np.ndarray, found: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """The next start, (N, C), once an iteration from `start` has found this."""
        self.found, self.steps = [*self.found[-MIXED:], found], [*self.steps[-MIXED:], found - start]
        weighted = reach * self.steps[-1]
        latest = np.array([np.einsum("ic,ic", weighted, step) for step in self.steps])
        kept = self.products[-MIXED:, -MIXED:]
        self.products = np.block([[kept, latest[:-1, None]], [latest]])
        newest = np.eye(len(latest))[-1]
        apart = newest - np.eye(len(latest))[:-1]
        normal, pull = apart @ self.products @ apart.T, apart @ self.products @ newest
        weights = newest - np.linalg.lstsq(normal, pull, rcond=1e-14)[0] @ apart
        out = np.zeros_like(found)
        for weight, each in zip(weights, self.found, strict=True):
            out += weight * each
        return np.clip(out, 0.0, 1.0, out=out)


def no_deal_by_class(game: Game, states: ClassStates) -> np.ndarray:
    """The value of no deal in every state of a meeting, without and with the extension, (2, N, states)."""
    pairs = [np.arange(2 * triangle(n, 0), 2 * triangle(n + 1, 0)) // 2 for n in states.signed]
    return np.ascontiguousarray(game.no_deal[:, :, np.concatenate(pairs)])


def backward(
    game: Game, states: ClassStates, responds: np.ndarray, waits: np.ndarray, reach: np.ndarray, moves: np.ndarray,
    all_rows: Callable[..., list[Any]],
) -> tuple[np.ndarray, float, float]:  # fmt: skip
    """Values and policies from the last meeting to the first, given who waits. Fills `moves`.

    Returns the values at the start (N,), the residual, and the largest change of a policy anywhere.
    """
    settled = no_deal_by_class(game, states)
    after, now = settled[1].copy(), np.zeros_like(settled[1])
    changes = np.zeros((2, len(states.signed)))  # of each row: the residual, the largest
    residual = anywhere = 0.0
    for m in reversed(range(len(game.offsets) - 1)):
        if m == game.regular - 1:
            after *= game.extension_probability
            after += (1.0 - game.extension_probability) * settled[0]
        after[:, ::2] += game.news_hazard * (after[:, 1::2] - after[:, ::2])
        all_rows(rows_backward, m, game, states, responds, waits, reach, moves, after, now, changes)
        residual += float(changes[0, : states.rows[m]].sum())
        anywhere = max(anywhere, float(changes[1, : states.rows[m]].max()))
        after, now = now, after
    return after[:, 0].copy(), residual, anywhere


def forward(
    game: Game, states: ClassStates, moves: np.ndarray, reach: np.ndarray, all_rows: Callable[..., list[Any]]
) -> np.ndarray:
    """Who waits in each state under the policies, (N, C), from the first meeting to the last. Fills `reach` (C,)."""
    waits = np.zeros_like(moves)
    reach[:] = 0.0  # and stays so where all have signed
    shape = (1 + states.waiting.shape[1], len(moves), states.start[-1])
    before, flows = np.zeros(shape), np.zeros(shape)  # each: those that stay, those that rise in each class
    before[0, :, 0] = 1.0
    for m in range(len(game.offsets) - 1):
        all_rows(rows_forward, m, game, states, moves, waits, reach, before, flows)
        before, flows = flows, before
    reach[states.offsets[game.regular] :] *= game.extension_probability
    return waits


@compiled_inner
def rows_backward(
    m: int, low: int, high: int, game: Game, states: ClassStates, responds: np.ndarray, waits: np.ndarray,
    reach: np.ndarray, moves: np.ndarray, after: np.ndarray, now: np.ndarray, changes: np.ndarray, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Moves and values before meeting m in the rows low .. high - 1, from the values after it, (N, states).

    changes (2, R): of each row its part of the residual, and the largest change of a policy.
    """
    n, classes = len(game.precision), states.waiting.shape[1]
    called, rival, changed = scratch[:n], scratch[n : (1 + classes) * n], scratch[(1 + classes) * n : (2 + classes) * n]
    for row in range(low, high):
        signed, here = states.signed[row], states.start[row]
        width, state, count = 2 * (signed + 1), states.offsets[m] + here, count_state(game.offsets[m], signed, 0, 0)
        pair = triangle(signed, 0)
        for i in range(n):
            for k in range(width):
                changed[i, k] = 0.0
                if responds[i]:
                    sign, advantage = game.sign[i, count + k], -np.inf
                    if sign != -np.inf:
                        advantage = game.ratification[i, count + k] * (sign - after[i, here + k])
                    move = move_probability(advantage, game.precision[i], game.base_log_odds[i, signed])
                    changed[i, k] = abs(move - moves[i, state + k])
                    moves[i, state + k] = move
        chances(game, states, m, row, waits, moves, scratch)
        weighted = largest = 0.0
        for i in range(n):
            for k in range(width):
                wait, move = after[i, here + k], moves[i, state + k]
                value = wait
                for c in range(classes):
                    if states.above[row, c] >= 0:
                        above, harsh = states.start[states.above[row, c]] + k, game.harsh[pair + k // 2]
                        risen = harsh * after[i, above + 2] + (1.0 - harsh) * after[i, above]
                        value += rival[c * n + i, k] * (risen - wait)
                if move > 0.0:
                    value += called[i, k] * move * game.ratification[i, count + k] * (game.sign[i, count + k] - wait)
                now[i, here + k] = value
                weighted += reach[state + k] * waits[i, state + k] * called[i, k] * changed[i, k]
                largest = max(largest, changed[i, k])
        changes[0, row], changes[1, row] = weighted, largest


@compiled_inner
def rows_forward(
    m: int, low: int, high: int, game: Game, states: ClassStates, moves: np.ndarray, waits: np.ndarray,
    reach: np.ndarray, before: np.ndarray, flows: np.ndarray, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Who waits before meeting m in the rows low .. high - 1, and the measures of those who wait that leave it.

    before, flows (1 + K, N, states): measures after the last meeting and after this one, of those that stay in their
    row and of those that rise by a rival's signature in each class.
    """
    n, classes = len(game.precision), states.waiting.shape[1]
    called, rival = scratch[:n], scratch[n : (1 + classes) * n]
    for row in range(low, high):
        signed, here = states.signed[row], states.start[row]
        width, state, count = 2 * (signed + 1), states.offsets[m] + here, count_state(game.offsets[m], signed, 0, 0)
        who_waits(game, states, m, row, before, reach[state : state + width], waits[:, state : state + width], scratch)
        chances(game, states, m, row, waits, moves, scratch)
        for i in range(n):
            for k in range(width):
                mass = reach[state + k] * waits[i, state + k]
                stays = 1.0 - called[i, k] * moves[i, state + k] * game.ratification[i, count + k]
                for c in range(classes):
                    flows[1 + c, i, here + k] = mass * rival[c * n + i, k]
                    stays -= rival[c * n + i, k]
                flows[0, i, here + k] = mass * stays
