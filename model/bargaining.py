"""What two sides can agree on: the Pareto frontier of tariffs and concessions, and the Nash point on it.

Bargaining knows nothing of time. Every instrument (a slice of relief withdrawn, an issue conceded) is a *step* away
from the country's best point that costs the country `loss` and brings the hegemon `gain`. Steps taken in falling
order of gain / loss trace the frontier, a concave polygon (logrolling; the tariff is the money), on which the Nash
product has a closed form a segment at a time. No optimiser is involved.
"""

import numpy as np

from model.compiled import compiled

ROUNDING = 1e-12  # of the polygon's size: two sums of the same terms in another order are the same point


@compiled
def steps_in_order(loss: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """The order in which steps are taken: gain / loss falling, free steps first, ties as given (stable).

    Rates that differ by rounding only are ties: else noise would say which of two equal reliefs comes first. Steps
    without gain to the hegemon (gain <= 0) are never taken and are left out.
    """
    order = np.empty(len(loss), np.int64)
    taken = 0
    for step in range(len(loss)):
        if gain[step] <= 0.0:
            continue
        place = taken
        # gain[a] / loss[a] < gain[b] / loss[b], without dividing by a loss of zero
        while (
            place > 0 and gain[order[place - 1]] * loss[step] < (1.0 - ROUNDING) * gain[step] * loss[order[place - 1]]
        ):
            order[place] = order[place - 1]
            place -= 1
        order[place] = step
        taken += 1
    return order[:taken]


@compiled
def frontier(
    u_best: float, h_best: float, loss: np.ndarray, gain: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of the Pareto frontier from the country's best point (u_best, h_best) on.

    Returns u (falling) and h (rising), each of shape (len(order) + 1,), in the unit of loss and gain.
    """
    u = np.empty(len(order) + 1)
    h = np.empty(len(order) + 1)
    u[0] = u_best
    h[0] = h_best
    for k in range(len(order)):
        u[k + 1] = u[k] - loss[order[k]]
        h[k + 1] = h[k] + gain[order[k]]
    return u, h


@compiled
def nash_product(u_gain: float, h_gain: float, weight: float) -> float:
    """(u - d)^beta (h - d_H)^(1 - beta), with gains below zero by rounding read as zero."""
    return max(u_gain, 0.0) ** weight * max(h_gain, 0.0) ** (1.0 - weight)


@compiled
def nash_point(
    u: np.ndarray, h: np.ndarray, d: float, d_h: float, weight: float, u_floor: float, gain_floor: float
) -> tuple[bool, int, float]:
    """Nash bargaining solution on a frontier, under floors.

    Maximises (u - d)^beta (h - d_H)^(1-beta) over the polygon (u, h) subject to u >= max(d, u_floor) and
    h - d_H >= max(0, gain_floor). Within a segment u = u0 - t L, h = h0 + t g the product is log-concave and
        t* = [(1-beta) g (u0 - d) - beta L (h0 - d_H)] / (g L),
    clipped to the part of [0, 1] where the floors hold (Nash 1950; floors: Schelling 1960).

    Returns (agreed, segment, t): the point lies at fraction t of segment `segment`; with no zone of agreement
    (False, 0, 0.0). `h` includes whatever the deal is worth to the hegemon beyond its terms.
    """
    slack = ROUNDING * (abs(u[0]) + abs(u[-1]) + abs(h[0]) + abs(h[-1]) + abs(d) + abs(d_h))
    u_least = max(d, u_floor) - slack
    h_least = d_h + max(0.0, gain_floor) - slack
    agreed, best, best_segment, best_t = False, -1.0, 0, 0.0
    if u[0] >= u_least and h[0] >= h_least:
        agreed, best = True, nash_product(u[0] - d, h[0] - d_h, weight)
    for k in range(len(u) - 1):
        fall = u[k] - u[k + 1]
        rise = h[k + 1] - h[k]
        if u[k] < u_least or h[k + 1] < h_least:
            continue
        first = max(0.0, (h_least - h[k]) / rise)
        last = 1.0 if u[k + 1] >= u_least else (u[k] - u_least) / fall
        if first > last:
            continue
        ideal = 1.0
        if fall > 0.0:
            ideal = ((1.0 - weight) * rise * (u[k] - d) - weight * fall * (h[k] - d_h)) / (rise * fall)
        t = min(max(ideal, first), last)
        product = nash_product(u[k] - t * fall - d, h[k] + t * rise - d_h, weight)
        if product > best:
            agreed, best, best_segment, best_t = True, product, k, t
    return agreed, best_segment, best_t


@compiled
def along(vertices: np.ndarray, segment: int, t: float) -> float:
    """The coordinate at fraction t of a segment (of the only vertex, where there is no segment)."""
    if len(vertices) == 1:
        return vertices[0]
    return vertices[segment] + t * (vertices[segment + 1] - vertices[segment])


@compiled
def steps_taken(order: np.ndarray, segment: int, t: float, instruments: int) -> np.ndarray:
    """How far each instrument's step has been taken, in [0, 1], at a point of the frontier; shape (instruments,)."""
    taken = np.zeros(instruments)
    for k in range(len(order)):
        if k < segment:
            taken[order[k]] = 1.0
        elif k == segment:
            taken[order[k]] = t
    return taken
