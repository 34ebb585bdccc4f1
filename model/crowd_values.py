"""What a mix of policies is worth among many countries, and how far each is from a best response to the others.

In the world of `model.crowd` a country without a deal meets two chances in every count state, those of being called
and of a rival's signature, which follow from the others' policies and from who waits. With these held fixed,

    regret_i = W_i(best response) - W_i(its policy) >= 0,

for all countries in one pass backward: its own policy does not enter its own chances but through who waits, which is
that of the mix. An approximation, right where the moment-based equilibrium is; exact among identical countries.
"""

from dataclasses import dataclass

import numpy as np

from model.compiled import compiled_inner
from model.crowd import chances, forward, shared_rows
from model.errors import InputError
from model.meeting import Policy
from model.states import count_state, count_states
from model.timing import Game


@dataclass(frozen=True)
class CrowdValues:
    """Shares of stakes; N countries, C count states.

    value (N,): of each country's policy at the start; best (N,): of its best response; wait (N, C): value of waiting
    where it is called, under everybody's policies (0 where no such state is reached).
    """

    value: np.ndarray
    best: np.ndarray
    wait: np.ndarray

    @property
    def regret(self) -> np.ndarray:
        """best - value, never negative but for rounding."""
        return self.best - self.value


def crowd_values(game: Game, policy: Policy, threads: int | None = None) -> CrowdValues:
    """Values of a mix of policies by count, and of best responses to it. InputError for a policy by set."""
    if policy.uses_set.any():
        raise InputError("values among many countries: policies must be given by count, not by set")
    n, meetings = len(game.precision), len(game.offsets) - 1
    by_count = np.where(game.sign != -np.inf, policy.by_count, 0.0)
    reach = np.ones(len(count_states(n, meetings)))
    settled = np.repeat(game.no_deal, 2, axis=2)
    after, now = np.stack([settled[1], settled[1]]), np.zeros((2, *settled[1].shape))  # each: own policy, best response
    wait = np.zeros_like(by_count)
    with shared_rows(n, threads) as all_rows:
        waits = forward(game, by_count, reach, all_rows)
        for m in reversed(range(meetings)):
            if m == game.regular - 1:
                after *= game.extension_probability
                after += (1.0 - game.extension_probability) * settled[0]
            after[:, :, ::2] += game.news_hazard * (after[:, :, 1::2] - after[:, :, ::2])
            all_rows(rows_of_values, m, game, waits, by_count, after, now, wait)
            after, now = now, after
    return CrowdValues(after[0, :, 0].copy(), after[1, :, 0].copy(), wait)


@compiled_inner
def rows_of_values(
    m: int,
    low: int,
    high: int,
    game: Game,
    waits: np.ndarray,
    by_count: np.ndarray,
    after: np.ndarray,
    now: np.ndarray,
    wait: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Values before meeting m in the rows low .. high - 1, from those after it; after, now (2, N, states)."""
    n = len(game.precision)
    called, rival = scratch[:n], scratch[n : 2 * n]
    for signed in range(low, high):
        width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
        state = game.offsets[m] + here
        chances(game, m, signed, waits, by_count, scratch)
        for i in range(n):
            for k in range(width):
                harsh, sign = game.harsh[(here + k) // 2], game.sign[i, state + k]
                wait[i, state + k] = after[0, i, here + k]
                for best in range(2):
                    stay = after[best, i, here + k]
                    risen = harsh * after[best, i, here + width + k + 2]
                    risen += (1.0 - harsh) * after[best, i, here + width + k]
                    value = stay + rival[i, k] * (risen - stay)
                    if sign != -np.inf:
                        move = by_count[i, state + k]
                        if best == 1:
                            move = 1.0 if sign > stay else 0.0
                        value += called[i, k] * move * game.ratification[i, state + k] * (sign - stay)
                    now[best, i, here + k] = value
