"""Optimal stopping against rivals who sign at a constant rate: what a forecaster's waiting is worth.

With rivals' deals coming at `rate` a meeting, the value to country i of a count state before meeting m is

    W(s) = A V + (1 - A) [rate E W'(n + 1) + (1 - rate) W'(n)],   V = max(Q_move, Q_wait),

with A = w_i / (w_i + (N - n - 1) mean rival weight) its chance of being called, W' the value after the meeting and E
over the precedent. It is the recursion of `model.crowd` with an exogenous rate in the place of the rivals' moves.
"""

import numpy as np

from model.calls import call_chance
from model.compiled import compiled
from model.states import count_state, triangle
from model.timing import Game


def stopping_advantage(game: Game, country: int, rate: float) -> np.ndarray:
    """D = Q_move - Q_wait of a country in every count state, (C,), where rivals sign at `rate` in [0, 1] a meeting.

    -inf where it cannot sign. Shares of stakes.
    """
    others = np.delete(game.call_weight, country, axis=1)
    return backward_at_rate(
        game.sign[country],
        game.no_deal[:, country],
        game.ratification[country],
        game.harsh,
        game.offsets,
        game.regular,
        game.news_hazard,
        game.extension_probability,
        len(game.precision),
        others.sum(axis=1) / max(others.shape[1], 1) / game.call_weight[:, country],
        rate,
    )


@compiled
def backward_at_rate(
    sign: np.ndarray,
    no_deal: np.ndarray,
    ratification: np.ndarray,
    harsh: np.ndarray,
    offsets: np.ndarray,
    regular: int,
    news_hazard: float,
    extension_probability: float,
    countries: int,
    rival_weight: np.ndarray,
    rate: float,
) -> np.ndarray:
    """The recursion, from the last meeting to the first. rival_weight (T,): mean weight of a
    rival over its own at each meeting."""
    out = np.empty(len(sign))
    width = 2 * triangle(countries + 1, 0)
    after, now = np.empty(width), np.zeros(width)
    for k in range(width):
        after[k] = no_deal[1, k // 2]
    for m in range(len(offsets) - 2, -1, -1):
        if m == regular - 1:
            for k in range(width):
                after[k] = extension_probability * after[k] + (1.0 - extension_probability) * no_deal[0, k // 2]
        for k in range(0, width, 2):
            after[k] = (1.0 - news_hazard) * after[k] + news_hazard * after[k + 1]
        for n in range(min(m, countries) + 1):
            called = call_chance(1.0, 1.0 + max(countries - n - 1, 0) * rival_weight[m])
            for h in range(n + 1):
                for z in range(2):
                    state, place = count_state(offsets[m], n, h, z), count_state(0, n, h, z)
                    wait = after[place]
                    advantage = -np.inf if sign[state] == -np.inf else ratification[state] * (sign[state] - wait)
                    out[state] = advantage
                    going_on = wait
                    if n < countries - 1:
                        chance = harsh[triangle(n, h)]
                        risen = chance * after[count_state(0, n + 1, h + 1, z)]
                        risen += (1.0 - chance) * after[count_state(0, n + 1, h, z)]
                        going_on = rate * risen + (1.0 - rate) * wait
                    now[place] = called * (wait + max(advantage, 0.0)) + (1.0 - called) * going_on
        after, now = now, after
    return out
