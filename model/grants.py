"""What the hegemon can give: relief on three trades, each cut into equal slices of the rate.

A trade x (bn) is taxed at `high` unless a deal lowers the rate, at most to `low`. Slice s of S lies between the rates
low + s (high - low) / S and low + (s + 1) (high - low) / S. Withdrawing it costs exporters Lambda and brings the
hegemon its price, revenue and taste for protection:

    loss = Lambda(x, a, b) = adjustment_loss D(x, a, b),   D(x, a, b) = x [(1+a)^-eps - (1+b)^-eps]
    price = Rev(x, b) - Rev(x, a) + tariff_taste D(x, a, b),   Rev(x, a) = x a (1+a)^-eps.

Per unit of the exporters' loss a marginal step at rate tau is worth [(1 + tau - eps tau) / eps + tariff_taste] /
adjustment_loss to the hegemon. That falls with tau, so slices are withdrawn from the lowest rate upwards; above the
Laffer peak they cost it nothing and are granted in full. One slice would make the frontier the chord of the true one.
Where the slices of two trades have the same price, those of the sectors are withdrawn before the open sectors'.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from model.compiled import compiled

RECIPROCAL, SECTOR, OPEN_SECTOR = 0, 1, 2  # the three grants, in the order in which equally priced slices are withdrawn
GRANTS = 3
SLICES = (8, 4, 4)  # of each grant


class Grants(NamedTuple):
    """The slices of one country's grants, grant by grant from the lowest rate up: all (S,), bn a year."""

    loss: np.ndarray  # to the country, if the slice is withdrawn
    price: np.ndarray  # what that brings the hegemon
    grant: np.ndarray  # which grant it is of
    part: np.ndarray  # share of its grant's rates

    def total(self, of: np.ndarray) -> np.ndarray:
        """The sum over the slices of each grant, (3,)."""
        return np.bincount(self.grant, of, minlength=GRANTS)


@compiled
def exports_displaced(trade: float, rate_a: float, rate_b: float, elasticity: float) -> float:
    """D(x, a, b) = x [(1+a)^-eps - (1+b)^-eps]: imports kept out when the rate on `trade` (bn) goes a -> b.

    Written so that a narrow slice has its worth to the last digits too: it is no difference of two numbers that are
    nearly equal.
    """
    ratio = elasticity * math.log1p((rate_b - rate_a) / (1.0 + rate_a))
    return -trade * (1.0 + rate_a) ** -elasticity * math.expm1(-ratio)


@compiled
def revenue_gained(trade: float, rate_a: float, rate_b: float, elasticity: float) -> float:
    """Rev(x, b) - Rev(x, a) with Rev(x, a) = x a (1+a)^-eps: revenue (bn a year) when the rate on `trade` goes a -> b.

    The new rate's increment on what is still imported, less the old rate on what is kept out.
    """
    kept = trade * (1.0 + rate_b) ** -elasticity
    return (rate_b - rate_a) * kept - rate_a * exports_displaced(trade, rate_a, rate_b, elasticity)


def make_grants(
    trade: np.ndarray,
    high: np.ndarray,
    low: np.ndarray,
    elasticity: float,
    adjustment_loss: float,
    tariff_taste: float,
    slices: tuple[int, ...] = SLICES,
) -> Grants:
    """The slices of a country's grants: trade, high and low rate of each (3,); slices: how many of each."""
    rows = []
    for grant, count in enumerate(slices):
        rates = np.linspace(low[grant], high[grant], count + 1)
        for a, b in pairwise(rates):
            displaced = exports_displaced(trade[grant], a, b, elasticity)
            revenue = revenue_gained(trade[grant], a, b, elasticity)
            rows.append((adjustment_loss * displaced, revenue + tariff_taste * displaced, grant, 1.0 / count))
    loss, price, grants, part = (np.array(column) for column in zip(*rows, strict=True))
    return Grants(loss, price, grants.astype(np.int64), part)
