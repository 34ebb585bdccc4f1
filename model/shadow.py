"""A bargain struck in the shadow of going on: both sides' values of not signing today are the threat points.

A hegemon that looks forward keeps no promise by rank. In every public state, with phi for how much of a deal's horizon
its flow is expected to last, the two sides divide total values

    U = u + phi f,   H = h + phi f_H

along the frontier of the country's regime and the sector state: maximise (U - dU)^beta (H - dH)^(1 - beta) over

    U >= dU = G (value of waiting + delay so far + signing cost),   u >= floor G,   H >= dH = -E_b[gain],

gain being what the signature leads on to: the hegemon's value of going on with it, less that without it, and what one
more deal is worth. An open-sector step changes u and f_H alike, any other step u and f: so the order of the steps does
not depend on phi, the frontier in total values is a concave polygon too, and the product has one maximum on it. Where
nothing is feasible there is no zone of agreement today. A zone may be a single point, as where both sides expect the
same terms tomorrow; it is judged with a tolerance, else rounding would decide whether there is one.
"""

from typing import NamedTuple

import numpy as np

from model.choice import ratified
from model.compiled import compiled_inner
from model.errors import InputError
from model.frontiers import NOWHERE, TOLERANCE


class Shadow(NamedTuple):
    """What calls and bargains of a hegemon that plays are made from. N countries, T meetings, V vertices, K ranks."""

    payoff: np.ndarray  # (N, 2, 2, V) bn: u along each frontier, by regime and sector state (`frontiers.Frontiers`)
    hegemon: np.ndarray  # (N, 2, 2, V) bn: h
    open_relief: np.ndarray  # (N, 2, 2, V) bn: worth of the open sectors' relief in it, which does not flow
    open_price: np.ndarray  # (N, 2, 2, V) bn: its price to the hegemon
    vertices: np.ndarray  # (N, 2, 2)
    costless: np.ndarray  # (N, 2, 2)
    farthest: np.ndarray  # (N, 2, 2)
    stakes: np.ndarray  # (N,) bn: G
    reciprocal: np.ndarray  # (N,) bn: worth of the reciprocal relief in full
    threat: np.ndarray  # (N,) bn: m, what the executed threat brings the hegemon
    weight: np.ndarray  # (N,) beta
    costs: np.ndarray  # (N, T) share of stakes: delay until each meeting, and the signing cost
    ratification: np.ndarray  # (N, 2) chance of a deal worth 2/3 of stakes, by regime; 0 where nothing can be signed
    slope: np.ndarray  # (N,)
    headline: np.ndarray  # (K,) bn: dR_n, what one more deal is worth to the hegemon when n have been made
    precision: float  # logit precision of whom it calls, per bn


def pies(countries: int, size: float = 0.0, *, meetings: int, weight: float = 0.5, headline: list[float]) -> Shadow:
    """What is divided in published games: with each country a pie of `size` that either side may pay out of its own
    pocket too (transferable utility), and what one more deal is worth to the hegemon, by deals so far."""
    if len(headline) < countries:
        raise InputError(f"pies: {len(headline)} values of a deal are given; one for each of {countries} countries")
    reach = size + 10.0 * (1.0 + sum(abs(value) for value in headline))
    ends = np.broadcast_to(np.array([size + reach, -reach]), (countries, 2, 2, 2)).copy()
    each, by_state = np.ones(countries), (countries, 2, 2)
    return Shadow(
        payoff=ends,
        hegemon=size - ends,
        open_relief=np.zeros_like(ends),
        open_price=np.zeros_like(ends),
        vertices=np.full(by_state, 2),
        costless=np.zeros(by_state, np.int64),
        farthest=np.ones(by_state),
        stakes=each,
        reciprocal=np.zeros(countries),
        threat=np.zeros(countries),
        weight=weight * each,
        costs=np.zeros((countries, meetings)),
        ratification=np.ones((countries, 2)),
        slope=np.zeros(countries),
        headline=np.array(headline, dtype=float),
        precision=0.0,
    )


@compiled_inner
def total_payoff(shadow: Shadow, i: int, regime: int, known: int, years: float, vertex: int) -> float:
    """U = u + phi (u - open relief - reciprocal relief in full) at a vertex, bn."""
    u = shadow.payoff[i, regime, known, vertex]
    return u + years * (u - shadow.open_relief[i, regime, known, vertex] - shadow.reciprocal[i])


@compiled_inner
def total_hegemon(shadow: Shadow, i: int, regime: int, known: int, years: float, vertex: int) -> float:
    """H = h + phi (h + price of the open sectors' relief) at a vertex, bn."""
    h = shadow.hegemon[i, regime, known, vertex]
    return h + years * (h + shadow.open_price[i, regime, known, vertex])


@compiled_inner
def payoff_there(shadow: Shadow, i: int, regime: int, known: int, years: float, position: float) -> float:
    """U at a position, bn."""
    vertex = int(position)
    u = total_payoff(shadow, i, regime, known, years, vertex)
    part = position - vertex
    if part > 0.0:
        u += part * (total_payoff(shadow, i, regime, known, years, vertex + 1) - u)
    return u


@compiled_inner
def hegemon_there(shadow: Shadow, i: int, regime: int, known: int, years: float, position: float) -> float:
    """H at a position, bn."""
    vertex = int(position)
    h = total_hegemon(shadow, i, regime, known, years, vertex)
    part = position - vertex
    if part > 0.0:
        h += part * (total_hegemon(shadow, i, regime, known, years, vertex + 1) - h)
    return h


@compiled_inner
def agreement(shadow: Shadow, i: int, regime: int, known: int, years: float, d: float, d_h: float) -> float:
    """The position of the Nash point on total values for the threat point (d, d_h), bn; NOWHERE without a zone.

    Along the frontier U falls, H rises and the slope of the log product,
        (1 - beta) rise (U - d) - beta fall (H - d_h),
    changes its sign once: walk to where it does, from the first position that the hegemon accepts, as far as the
    country and its ratifier go.
    """
    last, farthest = shadow.vertices[i, regime, known] - 1, shadow.farthest[i, regime, known]
    weight, slack = shadow.weight[i], TOLERANCE * shadow.stakes[i]
    vertex = shadow.costless[i, regime, known]
    h = total_hegemon(shadow, i, regime, known, years, vertex)
    position = float(vertex)
    while h < d_h:  # to where the hegemon accepts
        if vertex == last:
            if h < d_h - slack:
                return NOWHERE
            break
        next_h = total_hegemon(shadow, i, regime, known, years, vertex + 1)
        if next_h >= d_h:
            position = min(vertex + (d_h - h) / (next_h - h), vertex + 1.0)
            break
        vertex += 1
        position, h = float(vertex), next_h
    if position > farthest:  # the ratifier does not go as far, or only just
        if farthest < 0.0 or hegemon_there(shadow, i, regime, known, years, farthest) < d_h - slack:
            return NOWHERE
        position = farthest
    if payoff_there(shadow, i, regime, known, years, position) < d - slack:
        return NOWHERE
    u = total_payoff(shadow, i, regime, known, years, vertex)
    while vertex < last:
        next_u = total_payoff(shadow, i, regime, known, years, vertex + 1)
        next_h = total_hegemon(shadow, i, regime, known, years, vertex + 1)
        fall, rise = u - next_u, next_h - h
        if (1.0 - weight) * rise * (next_u - d) < weight * fall * (next_h - d_h):
            part = (1.0 - weight) * (u - d) / fall - weight * (h - d_h) / rise
            if part > 0.0:
                position = max(position, vertex + min(part, 1.0))
            break
        vertex += 1
        position, u, h = float(vertex), next_u, next_h
    return min(position, farthest)


@compiled_inner
def hegemon_flow_there(shadow: Shadow, i: int, regime: int, known: int, position: float) -> float:
    """f_H at a position, bn a year: what the deal brings the hegemon while the pause lasts."""
    vertex = int(position)
    flow = shadow.hegemon[i, regime, known, vertex] + shadow.open_price[i, regime, known, vertex]
    part = position - vertex
    if part > 0.0:
        further = shadow.hegemon[i, regime, known, vertex + 1] + shadow.open_price[i, regime, known, vertex + 1]
        flow += part * (further - flow)
    return flow


@compiled_inner
def package_there(shadow: Shadow, i: int, regime: int, known: int, years: float, position: float) -> float:
    """M: what is agreed on at a position is worth to the country, share of stakes."""
    return payoff_there(shadow, i, regime, known, years, position) / shadow.stakes[i]


@compiled_inner
def ratified_there(shadow: Shadow, i: int, regime: int, known: int, years: float, position: float) -> float:
    """The chance that it is ratified; 0 without a zone of agreement."""
    if position < 0.0:
        return 0.0
    package = package_there(shadow, i, regime, known, years, position)
    return ratified(shadow.ratification[i, regime], shadow.slope[i], package)


@compiled_inner
def sign_there(shadow: Shadow, i: int, m: int, regime: int, known: int, years: float, position: float) -> float:
    """The value of a ratified signature at meeting m, share of stakes; -inf without a zone of agreement."""
    if position < 0.0:
        return -np.inf
    return package_there(shadow, i, regime, known, years, position) - shadow.costs[i, m]
