"""The choice to move: a logit with a base rate (quantal response; rational inattention with a prior)."""

import math

import numpy as np

from model.compiled import compiled

ROUNDING = 1e-12  # share of stakes: an advantage below it is none


@compiled
def move_probability(advantage: float, precision: float, base_log_odds: float) -> float:
    """p = mu e^(lambda D) / (1 - mu + mu e^(lambda D)), D = Q_move - Q_wait in shares of stakes.

    `base_log_odds` = log(mu/(1-mu)), where mu is the probability when indifferent; mu = 1/2 is the textbook logit
    (McKelvey and Palfrey 1995; with a base rate: Matejka and McKay 2015). D = -inf means it cannot sign: 0.
    """
    if advantage == -math.inf:
        return 0.0
    x = precision * advantage + base_log_odds
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1.0 + odds)


@compiled
def waits_with_reason(advantage: float) -> bool:
    """Whether a wait has a reason: waiting is worth at least as much as moving, or it cannot sign (D = -inf)."""
    return advantage <= ROUNDING


@compiled
def logit_table(advantage: np.ndarray, precision: float, base_log_odds: np.ndarray) -> np.ndarray:
    """`move_probability` for every entry of `advantage` and `base_log_odds` (C,)."""
    out = np.empty(len(advantage))
    for k in range(len(advantage)):
        out[k] = move_probability(advantage[k], precision, base_log_odds[k])
    return out
