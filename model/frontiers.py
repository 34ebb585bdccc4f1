"""The frontier of each country, domestic regime and sector state: what two sides can agree on, before any threat.

A polygon whose vertices are reached by taking steps (slices of relief withdrawn, issues conceded) one after another. A
*position* on it is the number of steps taken, the last one perhaps in part: position 3.25 lies a quarter of the way
from vertex 3 to vertex 4. All that an agreement brings is linear between vertices, so a position says everything: what
both sides get, reliefs, concessions. It knows nothing of time, types or ranks.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from model.bargaining import frontier, steps_in_order, steps_taken
from model.compiled import compiled
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL, Grants

TOLERANCE = 1e-9  # share of stakes: by how much an agreement may miss what is asked, rounding of values included
NOWHERE = -1.0  # the position of an agreement that there is not


class Bargain(NamedTuple):
    """What one country and the hegemon bargain over. S slices, J issues, K ranks."""

    grants: Grants
    cover: np.ndarray  # (2,) share of the open sectors' trade that a deal can cover, by sector state
    issue_cost: np.ndarray  # (J,) bn
    issue_value: np.ndarray  # (J,) bn
    caps: np.ndarray  # (2, J) by regime
    floors: np.ndarray  # (2,) by regime, share of stakes
    headline: np.ndarray  # (K,) bn
    execution: np.ndarray  # (2,) by type
    weight: float  # beta, the country's Nash weight
    insistence: float  # share of its gain after the date that the hegemon insists on before it


@dataclass(frozen=True)
class Frontiers:
    """All frontiers of a setting, vertex by vertex; shorter ones repeat their last vertex. N countries, V vertices.

    Axes: country, regime, sector state, vertex. bn a year.
    """

    payoff: np.ndarray  # (N, 2, 2, V) to the country, beyond the executed threat
    hegemon: np.ndarray  # (N, 2, 2, V) to the hegemon, without the headline
    levels: np.ndarray  # (N, 2, 2, V, 3 + J) share of each grant's rates given, then concessions made
    relief: np.ndarray  # (N, 2, 2, V, 3) worth of each grant as given to the country
    relief_price: np.ndarray  # (N, 2, 2, V, 3) its price to the hegemon
    vertices: np.ndarray  # (N, 2, 2) how many there are
    costless: np.ndarray  # (N, 2, 2) the vertex after all steps that cost the country nothing
    farthest: np.ndarray  # (N, 2, 2) the furthest position that the ratifier's floor allows, or NOWHERE

    def at(
        self, table: np.ndarray, country: np.ndarray, regime: np.ndarray, sector: np.ndarray, position: np.ndarray
    ) -> np.ndarray:
        """A table of vertices at positions, all of one shape; NaN where the position is NOWHERE."""
        of = np.ravel_multi_index((country, regime, sector), self.vertices.shape)
        rows = np.ascontiguousarray(table).reshape(self.vertices.size, table.shape[3], -1)
        out = np.empty((np.size(of), rows.shape[2]))
        interpolate(rows, self.vertices.ravel(), np.ravel(of), np.ravel(position), out)
        return out.reshape(*np.shape(position), *table.shape[4:])


@compiled
def interpolate(table: np.ndarray, vertices: np.ndarray, of: np.ndarray, position: np.ndarray, out: np.ndarray) -> None:
    """What stands in a table of vertices (F, V, M) at positions (A,) of the frontiers `of` (A,), into out (A, M).
    vertices (F,): how many each has."""
    for a in range(len(of)):
        if not position[a] >= 0.0:
            out[a] = np.nan
            continue
        last = vertices[of[a]] - 1
        low = min(int(position[a]), max(last - 1, 0))
        high, part = min(low + 1, last), position[a] - low
        for k in range(out.shape[1]):
            start = table[of[a], low, k]
            out[a, k] = start + part * (table[of[a], high, k] - start)


def empty_frontiers(countries: int, slices: int, issues: int) -> Frontiers:
    """Frontiers to be filled by `trace`, country by country."""
    shape = (countries, 2, 2, slices + issues + 1)
    return Frontiers(
        payoff=np.zeros(shape),
        hegemon=np.zeros(shape),
        levels=np.zeros((*shape, GRANTS + issues)),
        relief=np.zeros((*shape, GRANTS)),
        relief_price=np.zeros((*shape, GRANTS)),
        vertices=np.ones(shape[:3], np.int64),
        costless=np.zeros(shape[:3], np.int64),
        farthest=np.full(shape[:3], NOWHERE),
    )


@compiled
def reciprocal_totals(grants: Grants) -> tuple[float, float, float]:
    """Worth and price of the reciprocal relief in full, and the stakes: worth of all grants in full."""
    gain = price = stakes = 0.0
    for s in range(len(grants.loss)):
        stakes += grants.loss[s]
        if grants.grant[s] == RECIPROCAL:
            gain += grants.loss[s]
            price += grants.price[s]
    return gain, price, stakes


@compiled
def polygon(
    bargain: Bargain, regime: int, sector: int, reciprocal_price: float, loss: np.ndarray, worth: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The frontier in force: the order of its steps, and its vertices u and h. loss, worth (S + J,): outputs, the steps
    at the levels that can be agreed on."""
    grants, slices = bargain.grants, len(bargain.grants.loss)
    u_best, h_best = 0.0, reciprocal_price
    for s in range(slices):
        level = bargain.cover[sector] if grants.grant[s] == OPEN_SECTOR else 1.0
        loss[s], worth[s] = level * grants.loss[s], level * grants.price[s]
        u_best += loss[s]
        h_best -= worth[s]
    for j in range(len(bargain.issue_cost)):
        loss[slices + j] = bargain.caps[regime, j] * bargain.issue_cost[j]
        worth[slices + j] = bargain.caps[regime, j] * bargain.issue_value[j]
    order = steps_in_order(loss, worth)
    u, h = frontier(u_best, h_best, loss, worth, order)
    return order, u, h


@compiled
def note_steps(
    bargain: Bargain,
    regime: int,
    sector: int,
    taken: np.ndarray,
    levels: np.ndarray,
    relief: np.ndarray,
    relief_price: np.ndarray,
) -> None:
    """What an agreement grants and what it asks for, from how far each step has been taken, into levels (3 + J,),
    relief and relief_price (3,)."""
    grants, slices = bargain.grants, len(bargain.grants.loss)
    levels[:], relief[:], relief_price[:] = 0.0, 0.0, 0.0
    for s in range(slices):
        grant = grants.grant[s]
        given = (bargain.cover[sector] if grant == OPEN_SECTOR else 1.0) * (1.0 - taken[s])
        levels[grant] += given * grants.part[s]
        relief[grant] += given * grants.loss[s]
        relief_price[grant] += given * grants.price[s]
    for j in range(len(bargain.issue_cost)):
        levels[GRANTS + j] = bargain.caps[regime, j] * taken[slices + j]


class Traced(NamedTuple):
    """One country's part of `Frontiers`, to be filled."""

    payoff: np.ndarray  # (2, 2, V)
    hegemon: np.ndarray
    levels: np.ndarray
    relief: np.ndarray
    relief_price: np.ndarray
    vertices: np.ndarray  # (2, 2)
    costless: np.ndarray
    farthest: np.ndarray


@compiled
def trace(bargain: Bargain, traced: Traced) -> None:
    """Fill one country's frontiers."""
    instruments = len(bargain.grants.loss) + len(bargain.issue_cost)
    loss, worth = np.empty(instruments), np.empty(instruments)
    _, reciprocal_price, stakes = reciprocal_totals(bargain.grants)
    for regime in range(2):
        least, slack = bargain.floors[regime] * stakes, TOLERANCE * stakes
        for sector in range(2):
            order, u, h = polygon(bargain, regime, sector, reciprocal_price, loss, worth)
            last = len(order)
            traced.vertices[regime, sector] = last + 1
            for k in range(traced.payoff.shape[2]):
                vertex = min(k, last)
                traced.payoff[regime, sector, k], traced.hegemon[regime, sector, k] = u[vertex], h[vertex]
                note_steps(
                    bargain,
                    regime,
                    sector,
                    steps_taken(order, vertex, 0.0, instruments),
                    traced.levels[regime, sector, k],
                    traced.relief[regime, sector, k],
                    traced.relief_price[regime, sector, k],
                )
            costless = 0
            while costless < last and loss[order[costless]] == 0.0:
                costless += 1
            traced.costless[regime, sector] = costless
            traced.farthest[regime, sector] = NOWHERE
            for k in range(last + 1):
                if u[k] < least - slack:
                    break
                traced.farthest[regime, sector] = k
                if k < last and u[k + 1] < least - slack:
                    part = (u[k] - least) / (u[k] - u[k + 1])
                    traced.farthest[regime, sector] = k + min(max(part, 0.0), 1.0)
