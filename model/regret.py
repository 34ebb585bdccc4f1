"""How far a policy is from a best response: the others' policies fixed, for any mix.

    regret_i = max over i's policies of W_i - W_i(its policy) >= 0,

at the start of the game, in shares of stakes. The maximum is taken by backward induction in the same game with i's
choice precision so large that it always takes the better side. The hegemon's is what it could gain by calling the best
country in every state, moves and terms held; in bn, over both types as the public believes.
"""

from dataclasses import dataclass

import numpy as np

from model.equilibrium import evaluate, solve
from model.hegemon import hegemon_values
from model.meeting import Policy
from model.timing import Game

DECISIVE = 1e200  # logit precision at which any difference decides


@dataclass(frozen=True)
class Regret:
    """value (N,): of each country's policy; best (N,): of its best response; both at the start, shares of stakes."""

    value: np.ndarray
    best: np.ndarray

    @property
    def regret(self) -> np.ndarray:
        """best - value, never negative but for rounding."""
        return self.best - self.value


def best_response_value(game: Game, policy: Policy, country: int) -> float:
    """Value to a country of its best response to the others' policies."""
    n = len(game.precision)
    precision = game.precision.copy()
    precision[country] = DECISIVE
    responds = np.arange(n) == country
    answer = solve(game._replace(precision=precision), policy, responds, keep_policy=False)
    return float(answer.value[country])


def regrets(game: Game, policy: Policy) -> Regret:
    """Value and best-response value of every country under a mix of policies."""
    value = evaluate(game, policy, keep_policy=False).value
    return Regret(value, np.array([best_response_value(game, policy, i) for i in range(len(value))]))


@dataclass(frozen=True)
class HegemonRegret:
    """What the game is worth to the hegemon with its calls, and with the best call in every state, bn."""

    value: float
    best: float

    @property
    def regret(self) -> float:
        """best - value, never negative but for rounding."""
        return self.best - self.value


def hegemon_regret(game: Game, policy: Policy) -> HegemonRegret:
    """The hegemon's regret, countries' moves and terms held: for a lottery too, which is what its promise costs it."""
    prior = np.array([1.0 - game.prior_firm, game.prior_firm])
    value, best = (float(prior @ hegemon_values(game, policy, *how)) for how in ((), (DECISIVE,)))
    return HegemonRegret(value, best)
