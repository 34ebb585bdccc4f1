"""What a mix of policies is worth among many countries, and how far each is from a best response to the others.

In the world of `model.crowd` a country without a deal meets some chances in every class state, those of being called
and of a rival's signature in each class, which follow from the others' policies and from who waits. With these fixed,

    regret_i = W_i(best response) - W_i(its policy) >= 0,

for all countries in one pass backward: its own policy does not enter its own chances but through who waits, which is
that of the mix. An approximation, right where the moment-based equilibrium is; exact among identical countries.
"""

from dataclasses import dataclass

import numpy as np

from model.class_states import Classes, ClassStates, classes_of
from model.compiled import compiled_inner
from model.crowd import fixed_moves, forward, no_deal_by_class, shared_rows, states_for
from model.crowd_closure import chances
from model.meeting import Policy
from model.states import count_state, triangle
from model.timing import Game


@dataclass(frozen=True)
class CrowdValues:
    """Shares of stakes; N countries, C class states.

    value (N,): of each country's policy at the start; best (N,): of its best response; wait (N, C): value of waiting
    where it is called, under everybody's policies (0 where no such state is reached); classes: as in `Policy`.
    """

    classes: Classes
    value: np.ndarray
    best: np.ndarray
    wait: np.ndarray

    @property
    def regret(self) -> np.ndarray:
        """best - value, never negative but for rounding."""
        return self.best - self.value


def crowd_values(game: Game, policy: Policy, threads: int | None = None) -> CrowdValues:
    """Values of a mix of policies by count or class, and of best responses to it. InputError for a policy by set."""
    states = states_for(game, policy)
    moves, reach = fixed_moves(game, policy, states), np.ones(states.offsets[-1])
    settled = no_deal_by_class(game, states)
    after, now = np.stack([settled[1], settled[1]]), np.zeros((2, *settled[1].shape))  # each: own policy, best response
    wait = np.zeros_like(moves)
    with shared_rows(states, threads) as all_rows:
        waits = forward(game, states, moves, reach, all_rows)
        for m in reversed(range(len(game.offsets) - 1)):
            if m == game.regular - 1:
                after *= game.extension_probability
                after += (1.0 - game.extension_probability) * settled[0]
            after[:, :, ::2] += game.news_hazard * (after[:, :, 1::2] - after[:, :, ::2])
            all_rows(rows_of_values, m, game, states, waits, moves, after, now, wait)
            after, now = now, after
    return CrowdValues(classes_of(states), after[0, :, 0].copy(), after[1, :, 0].copy(), wait)


@compiled_inner
def rows_of_values(
    m: int, low: int, high: int, game: Game, states: ClassStates, waits: np.ndarray, moves: np.ndarray,
    after: np.ndarray, now: np.ndarray, wait: np.ndarray, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Values before meeting m in the rows low .. high - 1, from those after it; after, now (2, N, states)."""
    n, classes = len(game.precision), states.waiting.shape[1]
    called, rival = scratch[:n], scratch[n : (1 + classes) * n]
    for row in range(low, high):
        signed, here = states.signed[row], states.start[row]
        width, state, count = 2 * (signed + 1), states.offsets[m] + here, count_state(game.offsets[m], signed, 0, 0)
        pair = triangle(signed, 0)
        chances(game, states, m, row, waits, moves, scratch)
        for i in range(n):
            for k in range(width):
                harsh, sign = game.harsh[pair + k // 2], game.sign[i, count + k]
                wait[i, state + k] = after[0, i, here + k]
                for best in range(2):
                    stay = after[best, i, here + k]
                    value = stay
                    for c in range(classes):
                        if states.above[row, c] >= 0:
                            above = states.start[states.above[row, c]] + k
                            risen = harsh * after[best, i, above + 2] + (1.0 - harsh) * after[best, i, above]
                            value += rival[c * n + i, k] * (risen - stay)
                    if sign != -np.inf:
                        move = moves[i, state + k]
                        if best == 1:
                            move = 1.0 if sign > stay else 0.0
                        value += called[i, k] * move * game.ratification[i, count + k] * (sign - stay)
                    now[best, i, here + k] = value
