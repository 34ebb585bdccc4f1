"""What the others are to a waiting country in a class state: the closure of the moment-based equilibrium.

In state s = (m, n_1 .. n_K, h, z) let x_i be the chance that country i still waits and w_i its priority. How many of
each class wait is known, so the x of a class add up to that number, L_c; who they are is not. Given s, countries of
different classes are independent, those of one class are but for their number. To first order in that condition, with
v = x (1 - x) and sums over the class of i,

    P(j waits | i waits) = g_i x_j (1 - c_i (1 - x_j)),   c_i = (1 - x_i) / sum_(k != i) v_k, at most 2,

where g_i makes them add up to L_c - 1 (it is 1 unless c_i is cut); for j of another class it is x_j. A heavy rival
waits among heavier company, so its pull is not w_j but e_j = w_j E[w] / E[w | j waits], w the weight of all who wait:

    A_i = w_i / D_i,   R_ic = sum_(j of class c, j != i) P(j waits | i waits) e_j p_j r_j / D_i,
    D_i = w_i + sum_(j != i) P(j waits | i waits) e_j

are the chances that i is called and that a rival of class c signs. They are right to second order in the spread of
weights within classes, never negative, and someone is always called. Among identical countries, and for A wherever
the countries of each class have one priority, they are exact.
"""

import numpy as np

from model.calls import call_chance
from model.class_states import ClassStates
from model.compiled import compiled_inner
from model.states import count_state, triangle
from model.timing import Game

MOST_CUT = 2.0  # largest c: two countries of which one waits are still told apart exactly
SMALLEST_REACH = 1e-250  # below it a state counts as unreached: its signers are drawn evenly


def scratch_shape(countries: int, classes: int) -> tuple[int, int]:
    """Working space of `chances`: rows x states of a row. Rows (1 + K) N to (2 + K) N - 1 are left to who calls it."""
    return (5 + classes) * countries + 4 * classes + 1, 2 * countries


@compiled_inner
def chances(
    game: Game, states: ClassStates, m: int, row: int, waits: np.ndarray, moves: np.ndarray, scratch: np.ndarray
) -> None:
    """A_i into row i of `scratch`, and R_ic into its row (1 + c) N + i, for one row of states before meeting m.

    waits (N, C): x; moves (N, C): the probabilities of moving p.
    """
    n, classes, signed = len(game.precision), states.waiting.shape[1], states.signed[row]
    width, state = 2 * (signed + 1), states.offsets[m] + states.start[row]
    count = count_state(game.offsets[m], signed, 0, 0)
    called, rival = scratch[:n], scratch[n : (1 + classes) * n]
    rest = scratch[(2 + classes) * n :]
    cut, kept, pull, sums = rest[:n], rest[n : 2 * n], rest[2 * n : 3 * n], rest[3 * n : 3 * n + 4 * classes + 1]
    weigh_up(game, states, m, row, waits, sums)
    for i in range(n):
        weight, c = game.call_weight[m, i], states.of[i]
        left = states.waiting[row, c]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            others = max(sums[4 * c + 1, k] - v, 0.0)
            share = (1.0 - x) / others if 1.0 - x < MOST_CUT * others else MOST_CUT
            met = sums[4 * c, k] - x - share * others
            g = (left - 1) / met if met > 0.0 else 0.0
            rivals = g * max(sums[4 * c + 2, k] - x * weight - share * (sums[4 * c + 3, k] - v * weight), 0.0)
            rivals += sums[4 * classes, k] - sums[4 * c + 2, k]
            cut[i, k], kept[i, k], pull[i, k] = share, g, weight * sums[4 * classes, k] / (weight + rivals)
    pull_up(game, states, row, state, count, waits, moves, pull, sums)
    for i in range(n):
        weight, c = game.call_weight[m, i], states.of[i]
        for k in range(width):
            x, e = waits[i, state + k], pull[i, k]
            v, signs = x * (1.0 - x), e * moves[i, state + k] * game.ratification[i, count + k]
            rivals = kept[i, k] * max(sums[4 * c, k] - x * e - cut[i, k] * (sums[4 * c + 1, k] - v * e), 0.0)
            rival_signs = sums[4 * c + 2, k] - x * signs - cut[i, k] * (sums[4 * c + 3, k] - v * signs)
            rival_signs = min(kept[i, k] * max(rival_signs, 0.0), rivals)
            all_waiting = weight + rivals + (sums[4 * classes, k] - sums[4 * c, k])
            called[i, k] = call_chance(weight, all_waiting)
            for other in range(classes):
                signing = rival_signs if other == c else sums[4 * other + 2, k]
                rival[other * n + i, k] = call_chance(signing, all_waiting)


@compiled_inner
def weigh_up(
    game: Game, states: ClassStates, m: int, row: int, waits: np.ndarray, sums: np.ndarray
) -> None:
    """Sums of x, v, x w, v w over each class, and of x w over all, into `sums` (4 K + 1, width)."""
    classes, width = states.waiting.shape[1], 2 * (states.signed[row] + 1)
    state = states.offsets[m] + states.start[row]
    sums[:, :width] = 0.0
    for i in range(len(waits)):
        weight, c = game.call_weight[m, i], states.of[i]
        for k in range(width):
            x = waits[i, state + k]
            v = x * (1.0 - x)
            sums[4 * c, k] += x
            sums[4 * c + 1, k] += v
            sums[4 * c + 2, k] += x * weight
            sums[4 * c + 3, k] += v * weight
            sums[4 * classes, k] += x * weight


@compiled_inner
def pull_up(
    game: Game, states: ClassStates, row: int, state: int, count: int, waits: np.ndarray, moves: np.ndarray,
    pull: np.ndarray, sums: np.ndarray,
) -> None:  # fmt: skip
    """Sums of x e, v e, x e p r, v e p r over each class, and of x e over all, into `sums` (4 K + 1, width)."""
    classes, width = states.waiting.shape[1], 2 * (states.signed[row] + 1)
    sums[:, :width] = 0.0
    for i in range(len(waits)):
        c = states.of[i]
        for k in range(width):
            x, e = waits[i, state + k], pull[i, k]
            v, signs = x * (1.0 - x), e * moves[i, state + k] * game.ratification[i, count + k]
            sums[4 * c, k] += x * e
            sums[4 * c + 1, k] += v * e
            sums[4 * c + 2, k] += x * signs
            sums[4 * c + 3, k] += v * signs
            sums[4 * classes, k] += x * e


@compiled_inner
def who_waits(
    game: Game, states: ClassStates, m: int, row: int, before: np.ndarray, reach: np.ndarray, waits: np.ndarray,
    scratch: np.ndarray,
) -> None:  # fmt: skip
    """One row before meeting m: `reach` (width,), the probability of a state, and `waits` (N, width), x_i in it.

    before (1 + K, N, states): the measures of (state, and i waits) after the last meeting, of those that stay in their
    row and of those that rise by a rival's signature in each class. Those here add up to (N - n) times the probability
    of the state; within each class they are scaled to its number, and what would lie above 1 is given to the others of
    the class, along x (1 - x).
    """
    n, width = waits.shape
    signed, here, classes = states.signed[row], states.start[row], states.waiting.shape[1]
    hazard = game.news_hazard if m > 0 else 0.0
    reach[:] = 0.0
    for i in range(n):
        for k in range(width):
            waits[i, k] = before[0, i, here + k]
        for c in range(classes):
            if states.below[row, c] >= 0:
                below, pair = states.start[states.below[row, c]], triangle(signed - 1, 0)
                for k in range(width - 2):
                    harsh, rises = game.harsh[pair + k // 2], before[1 + c, i, below + k]
                    waits[i, k + 2] += harsh * rises
                    waits[i, k] += (1.0 - harsh) * rises
        for k in range(0, width, 2):
            waits[i, k + 1] += hazard * waits[i, k]
            waits[i, k] *= 1.0 - hazard
            reach[k] += waits[i, k] / (n - signed)
            reach[k + 1] += waits[i, k + 1] / (n - signed)
    scale_classes(states, row, reach, waits, scratch)


@compiled_inner
def scale_classes(states: ClassStates, row: int, reach: np.ndarray, waits: np.ndarray, sums: np.ndarray) -> None:
    """Turn the measures of a row (N, width) into chances that add up to how many of each class wait, in place.

    sums (5 K, width): working space; of each class the measure, its scale, what everybody has if it is not reached,
    and the sums of x and x (1 - x).
    """
    n, width = waits.shape
    classes = states.waiting.shape[1]
    measure, scale, even = sums[:classes], sums[classes : 2 * classes], sums[2 * classes : 3 * classes]
    total, spread = sums[3 * classes : 4 * classes], sums[4 * classes : 5 * classes]
    sums[: 5 * classes, :width] = 0.0
    for i in range(n):
        c = states.of[i]
        for k in range(width):
            measure[c, k] += waits[i, k]
    for c in range(classes):
        for k in range(width):
            if reach[k] > SMALLEST_REACH and measure[c, k] > SMALLEST_REACH:
                scale[c, k] = states.waiting[row, c] / measure[c, k]
            else:
                even[c, k] = states.waiting[row, c] / states.waiting[0, c]
    for i in range(n):
        c = states.of[i]
        for k in range(width):
            x = min(waits[i, k] * scale[c, k] + even[c, k], 1.0)
            total[c, k] += x
            spread[c, k] += x * (1.0 - x)
            waits[i, k] = x
    for c in range(classes):
        for k in range(width):
            short = states.waiting[row, c] - total[c, k]
            scale[c, k] = short / spread[c, k] if short < spread[c, k] else 1.0
    for i in range(n):
        c = states.of[i]
        for k in range(width):
            waits[i, k] += scale[c, k] * waits[i, k] * (1.0 - waits[i, k])
