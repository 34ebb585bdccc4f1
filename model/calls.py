"""Who is called: a lottery among those who wait, stated once.

At meeting m country j of those without a deal is called with probability w_j / (sum of the w of all who wait). It is
drawn as an exponential race, so that each country needs a draw of its own only: the one called has the smallest
-log(u_j) / w_j. The kernel and the hegemon agent draw; the solvers and the forward pass take the chance.
"""

import math

import numpy as np

from model.compiled import compiled_inner
from model.draws import draw_at

NEVER = -1


@compiled_inner
def call_chance(weight: float, all_waiting: float) -> float:
    """Chance that a waiting country of this weight is called, `all_waiting` being the weight of all who wait."""
    return weight / all_waiting


@compiled_inner
def waiting_weight(weight: np.ndarray, mask: int) -> float:
    """Weight of all whose bit is not in the mask of signers; weight (N,) at one meeting."""
    total = 0.0
    for j in range(len(weight)):
        if not mask >> j & 1:
            total += weight[j]
    return total


@compiled_inner
def call_time(u: float, weight: float) -> float:
    """When a country comes in in the race of a meeting, from its draw u in (0, 1): -log(u) / w."""
    return -math.log(u) / weight


@compiled_inner
def called_country(weight: np.ndarray, deal_meeting: np.ndarray, call_streams: np.ndarray, m: int) -> int:
    """The country called at meeting m: the first of those without a deal to come in, or NEVER where all have one.

    weight, deal_meeting, call_streams (N,). -log(u) >= 1 - u spares the logarithm of those who have lost already.
    """
    first, best = NEVER, math.inf
    for i in range(len(weight)):
        if deal_meeting[i] == NEVER:
            u = draw_at(call_streams[i], m)
            if (1.0 - u) < best * weight[i]:
                time = call_time(u, weight[i])
                if time < best:
                    first, best = i, time
    return first
