"""The choice to move: a logit with a base rate (quantal response; rational inattention with a prior); and that of the
ratifier, a logit too."""

import math

import numpy as np

from model.compiled import compiled

ROUNDING = 1e-12  # share of stakes: an advantage below it is none
BARGAINED = 1e-9  # the same where a bargain has made moving worth as much as waiting (`frontiers.TOLERANCE`)


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
def waits_with_reason(advantage: float, bargained: bool = False) -> bool:
    """Whether a wait has a reason: waiting is worth at least as much as moving, or it cannot sign (D = -inf).

    bargained: moving was made worth as much as waiting at least, by a bargain; then rounding is that of the bargain.
    """
    return advantage <= (BARGAINED if bargained else ROUNDING)


@compiled
def logit_table(advantage: np.ndarray, precision: float, base_log_odds: np.ndarray) -> np.ndarray:
    """`move_probability` for every entry of `advantage` and `base_log_odds` (C,)."""
    out = np.empty(len(advantage))
    for k in range(len(advantage)):
        out[k] = move_probability(advantage[k], precision, base_log_odds[k])
    return out


@compiled
def ratified(chance: float, slope: float, package: float) -> float:
    """Chance that a package is ratified: logit r = logit p + slope (M - 2/3). p = 0 stays 0, p = 1 stays 1.

    What is given away at home is paid for in failed signatures (win-set, Putnam 1988). M: its worth, share of stakes.
    """
    if chance <= 0.0 or chance >= 1.0 or slope == 0.0:
        return chance
    return move_probability(package - 2.0 / 3.0, slope, np.log(chance) - np.log1p(-chance))
