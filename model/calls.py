"""Who is called: a lottery among those who wait, stated once.

At meeting m country j of those without a deal is called with probability w_j / (sum of the w of all who wait). It is
drawn as an exponential race, so that each country needs a draw of its own only: the one called has the smallest
-log(u_j) / w_j. The kernel and the hegemon agent draw; the solvers and the forward pass take the chance. Most races are
decided by bounds of the logarithm, the close ones by itself.

The weight is the country's priority. Where the hegemon chooses whom to call, it is the priority times e^(its *pull*
less the largest pull among those who wait), the pull of a state being precision x what the hegemon expects from the
call: so at precision 0 the choice is the lottery. The pulls of one state stand `step` apart in their table by set.
"""

import math

import numpy as np

from model.compiled import compiled_inner

NEVER = -1
CLEAR = 1.0 + 1e-9  # by how much one must come in before another, so that no rounding can turn them round
TURN = 1e-100  # of the largest weight: below it a country is out of turn, and its pull does not count


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
def least_time(u: float, per_weight: float) -> float:
    """When a country comes in at the earliest: -log(u) >= t + t^2/2 + t^3/3 + t^4/4 with t = 1 - u, and what is missing
    is less than t^5 / (5u). per_weight: 1 / w."""
    t = 1.0 - u
    return t * (1.0 + t * (1.0 / 2.0 + t * (1.0 / 3.0 + t * (1.0 / 4.0)))) * per_weight


@compiled_inner
def clearly_called(least: np.ndarray, draws: np.ndarray, m: int) -> int:
    """The country called at meeting m, if the bounds decide; NEVER where the race is close, or all have signed.

    least (N, T): least times, infinite for those who have signed; draws (N, T). The first is called if it comes in for
    certain before the second can.
    """
    called, first, second = NEVER, math.inf, math.inf
    for i in range(len(least)):  # without branches: which one leads is not to be guessed
        time = least[i, m]
        called = i if time < first else called
        later = time if first < time else first
        second = later if later < second else second
        first = time if time < first else first
    if called == NEVER or second == math.inf:
        return called
    u = draws[called, m]
    t = 1.0 - u
    return called if first * (5.0 * u + t * t * t * t) * CLEAR < second * (5.0 * u) else NEVER


@compiled_inner
def called_country(weight: np.ndarray, deal_meeting: np.ndarray, draws: np.ndarray, m: int) -> int:
    """The country called at meeting m: the first of those without a deal to come in, or NEVER where all have one.

    weight, deal_meeting (N,), draws (N, T). -log(u) >= 1 - u spares the logarithm of those who have lost already.
    """
    first, best = NEVER, math.inf
    for i in range(len(weight)):
        if deal_meeting[i] == NEVER:
            u = draws[i, m]
            if (1.0 - u) < best * weight[i]:
                time = call_time(u, weight[i])
                if time < best:
                    first, best = i, time
    return first


@compiled_inner
def largest_pull(weight: np.ndarray, pulls: np.ndarray, first: int, step: int, mask: int) -> float:
    """The largest pull among those whose bit is not in the mask and whose turn it may be; weight (N,) at one meeting,
    pulls (S,): that of the first of them stands at `first`."""
    largest = 0.0
    for j in range(len(weight)):
        if not mask >> j & 1:
            largest = max(largest, weight[j])
    most, at = -math.inf, first
    for j in range(len(weight)):
        if not mask >> j & 1:
            if weight[j] > TURN * largest:
                most = max(most, pulls[at])
            at += step
    return most


@compiled_inner
def chosen_weight(weight: float, pull: float, most: float) -> float:
    """The weight of a country with this pull where the largest is `most`: w e^(pull - most)."""
    return weight * math.exp(min(pull - most, 0.0))


@compiled_inner
def add_up_weights(
    weight: np.ndarray, pulls: np.ndarray, first: int, width: int, mask: int, most: np.ndarray, total: np.ndarray
) -> None:
    """The largest pull, and the weight of all who wait, in each of the `width` states (h, z) of a set of signers, into
    most and total."""
    for s in range(width):
        most[s] = largest_pull(weight, pulls, first + s, width, mask)
        total[s] = 0.0
        at = first + s
        for j in range(len(weight)):
            if not mask >> j & 1:
                total[s] += chosen_weight(weight[j], pulls[at], most[s])
                at += width


@compiled_inner
def weigh_calls(weight: np.ndarray, pulls: np.ndarray, first: int, step: int, mask: int, out: np.ndarray) -> None:
    """The weights of all in one state where the hegemon chooses, into out (N,); 0 for those who have signed."""
    most, at = largest_pull(weight, pulls, first, step, mask), first
    for j in range(len(weight)):
        out[j] = 0.0
        if not mask >> j & 1:
            out[j] = chosen_weight(weight[j], pulls[at], most)
            at += step


@compiled_inner
def chosen_country(
    weight: np.ndarray,
    pulls: np.ndarray,
    first: int,
    step: int,
    mask: int,
    deal_meeting: np.ndarray,
    draws: np.ndarray,
    m: int,
) -> int:
    """The country called at meeting m where the hegemon chooses: the same race with the weights of the state, which are
    at most the priorities."""
    most, at = largest_pull(weight, pulls, first, step, mask), first
    called, best = NEVER, math.inf
    for i in range(len(weight)):
        if deal_meeting[i] == NEVER:
            u = draws[i, m]
            if (1.0 - u) < best * weight[i]:
                own = chosen_weight(weight[i], pulls[at], most)
                if (1.0 - u) < best * own:
                    time = call_time(u, own)
                    if time < best:
                        called, best = i, time
            at += step
    return called
