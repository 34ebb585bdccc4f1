"""The terms table: what a signature brings, for each country x rank x hegemon type x regime x sector state.

Axes of every array: country, rank - 1, type (SOFT, FIRM), regime (BEFORE, AFTER its date), sector (OPEN, KNOWN).
Money is bn USD a year. Nothing here knows the day: what a deal changes while the pause still lasts is a *flow* beside
the terms, and how long it flows is a matter of timing. Until the pause ends everybody pays the baseline, signed or not,
so the flow of a deal is

    f = sector relief - concessions - loss of a final rate above the baseline               = u - open relief - G_rec
    f_H = concessions' value - price of the sector relief + price of the rates above it     = h + price of open relief;

open sectors enter only at the end.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from model.bargaining import along, nash_point, steps_taken
from model.calendar import chance_called_again, make_calendar
from model.case import Country
from model.compiled import compiled
from model.frontiers import Bargain, Frontiers, Traced, empty_frontiers, note_steps, polygon, reciprocal_totals, trace
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL, SLICES, make_grants
from model.setting import Setting

SOFT, FIRM = 0, 1
BEFORE, AFTER = 0, 1
OPEN, KNOWN = 0, 1
TYPE_NAMES, REGIME_NAMES, SECTOR_NAMES = ("soft", "firm"), ("before", "after"), ("open", "known")
NOTHING_AT_STAKE = 1e-9  # bn


@dataclass(frozen=True)
class Terms:
    """The terms table of a setting. N countries, K ranks, J issues.

    payoff, hegemon, levels, relief and relief_price are NaN where there is no zone of agreement, or nothing at stake.
    """

    payoff: np.ndarray  # (N, K, 2, 2, 2) bn: to the country, beyond the executed threat
    hegemon: np.ndarray  # (N, K, 2, 2, 2) bn: to the hegemon, without the headline
    levels: np.ndarray  # (N, K, 2, 2, 2, 3 + J): share of each grant's rates given, then concessions made, in [0, 1]
    relief: np.ndarray  # (N, K, 2, 2, 2, 3) bn: worth of each grant as given to the country
    relief_price: np.ndarray  # (N, K, 2, 2, 2, 3) bn: its price to the hegemon
    stakes: np.ndarray  # (N,) bn: the three grants in full (G)
    grant_gain: np.ndarray  # (N, 3) bn: worth of each grant in full to the country
    grant_price: np.ndarray  # (N, 3) bn: its price to the hegemon
    issue_cost: np.ndarray  # (N, J) bn: cost of each issue conceded in full (0 beyond the country's own issues)
    issue_value: np.ndarray  # (N, J) bn: its worth to the hegemon
    headline: np.ndarray  # (N, K) bn: rho_k, what a promise-keeping hegemon counts the deal for in its bargain, by rank
    headline_increment: np.ndarray  # (K,) bn: dR_n, what one more deal is worth to any hegemon beyond its terms
    execution: np.ndarray  # (2,) probability that the threat is executed, by type
    threatened: np.ndarray  # (N,) threatened rate, at least the baseline
    baseline: float
    sector_rate: np.ndarray  # (N,)
    sector_relief_rate: np.ndarray  # (N,)
    ratification: np.ndarray  # (N, 2) probability by regime, of a deal worth 2/3 of stakes
    frontiers: Frontiers  # what all of this was chosen from

    def as_share(self, bn: np.ndarray) -> np.ndarray:
        """Money by country (N, ...) as a share of its stakes; NaN where nothing is at stake."""
        stakes = np.where(self.stakes < NOTHING_AT_STAKE, np.nan, self.stakes)
        return np.asarray(bn / stakes.reshape(-1, *(1,) * (bn.ndim - 1)))

    @property
    def share(self) -> np.ndarray:
        """Payoff as a share of stakes (NaN with no agreement or nothing at stake)."""
        return self.as_share(self.payoff)

    @property
    def flow(self) -> np.ndarray:
        """f, (N, K, 2, 2, 2) bn a year: what the deal brings the country while the pause lasts."""
        return np.asarray(self.payoff - self.relief[..., OPEN_SECTOR] - self.over(self.grant_gain[:, RECIPROCAL]))

    @property
    def hegemon_flow(self) -> np.ndarray:
        """f_H, (N, K, 2, 2, 2) bn a year: what it brings the hegemon while the pause lasts."""
        return np.asarray(self.hegemon + self.relief_price[..., OPEN_SECTOR])

    @property
    def final_rate(self) -> np.ndarray:
        """Reciprocal rate, sectoral rate and open sectors' mean rate under the terms; (N, K, 2, 2, 2, 3)."""
        full, reach = self.rates
        return np.asarray(self.over(full) - self.levels[..., :GRANTS] * self.over(reach))

    def rates_given(self, levels: np.ndarray) -> np.ndarray:
        """The same for what deals of runs give, levels (R, N, 3)."""
        full, reach = self.rates
        return np.asarray(full - levels * reach)

    @property
    def rates(self) -> tuple[np.ndarray, np.ndarray]:
        """The rates without a deal, and by how much a deal can lower them, each (N, 3): reciprocal, sectors, open."""
        full = np.stack([self.threatened, self.sector_rate, self.sector_rate], axis=-1)
        low = [np.full_like(self.threatened, self.baseline), self.sector_relief_rate, self.sector_relief_rate]
        return full, full - np.stack(low, axis=-1)

    @property
    def disagreement(self) -> tuple[np.ndarray, np.ndarray]:
        """(d, d_H): what no deal is worth to country and hegemon, each (N, 2) by type, bn."""
        d = (1.0 - self.execution)[None, :] * self.grant_gain[:, RECIPROCAL, None]
        d_h = self.execution[None, :] * self.grant_price[:, RECIPROCAL, None]
        return d, d_h

    @property
    def hegemon_gain(self) -> np.ndarray:
        """What a signature brings the hegemon over no deal, but for the flow of the pause: terms + dR_n - d_H(its true
        type), bn.

        Shape (N, K, 2, 2, 2, 2): country, rank - 1, type whose terms are signed, regime, sector state, true type.
        """
        worth = self.hegemon + self.headline_increment[None, :, None, None, None]
        return np.asarray(worth[..., None] - self.over(self.disagreement[1]))

    @staticmethod
    def over(by_country: np.ndarray) -> np.ndarray:
        """Numbers by country, (N,) or (N, M), laid out over rank, type, regime and sector."""
        return by_country.reshape(len(by_country), 1, 1, 1, 1, *by_country.shape[1:])


def effective(value: float, constraint: float, channel: float) -> float:
    """A domestic limit scaled by the two constraint parameters: 1 - constraint * channel * (1 - value)."""
    return 1.0 - constraint * channel * (1.0 - value)


def headline_by_rank(headline_value: float, half_life: float, imports: float, ranks: int) -> np.ndarray:
    """rho_k = headline_value * M * 2^(-(k-1)/half_life) for k = 1 .. ranks, bn."""
    return np.asarray(headline_value * imports * 2.0 ** (-np.arange(ranks) / half_life))


class Struck(NamedTuple):
    """One country's part of the terms table, to be filled: see `Terms`."""

    payoff: np.ndarray  # (K, 2, 2, 2)
    hegemon: np.ndarray
    levels: np.ndarray
    relief: np.ndarray
    relief_price: np.ndarray


@compiled
def strike(bargain: Bargain, struck: Struck) -> None:
    """Fill one country's terms: the Nash point for every rank, type, regime and sector state."""
    instruments = len(bargain.grants.loss) + len(bargain.issue_cost)
    loss, worth = np.empty(instruments), np.empty(instruments)
    reciprocal_gain, reciprocal_price, stakes = reciprocal_totals(bargain.grants)
    for regime in (1, 0):  # AFTER first: its terms are the hegemon's outside option before the date
        for sector in range(2):
            order, u, h = polygon(bargain, regime, sector, reciprocal_price, loss, worth)
            for firm in range(2):  # SOFT first: what it insists on binds the full package too
                d, d_h = (1.0 - bargain.execution[firm]) * reciprocal_gain, bargain.execution[firm] * reciprocal_price
                for k in range(len(bargain.headline)):
                    # The full package is accepted by both types, so it must reach what either could insist on:
                    # its disagreement point, and before the date its share of what it would get after.
                    rho, least = bargain.headline[k], 0.0
                    for kind in range(firm + 1):
                        outside, after = bargain.execution[kind] * reciprocal_price, struck.hegemon[k, kind, 1, sector]
                        asked = outside - d_h
                        if regime == 0 and bargain.insistence > 0.0 and not np.isnan(after):
                            asked += max(bargain.insistence * (after + rho - outside), 0.0)
                        least = max(least, asked)
                    floor = bargain.floors[regime] * stakes
                    agreed, segment, t = nash_point(u, h + rho, d, d_h, bargain.weight, floor, least)
                    at = (k, firm, regime, sector)
                    if not agreed:
                        leave_empty(struck, at)
                        continue
                    struck.payoff[at], struck.hegemon[at] = along(u, segment, t), along(h, segment, t)
                    note_steps(
                        bargain,
                        regime,
                        sector,
                        steps_taken(order, segment, t, instruments),
                        struck.levels[at],
                        struck.relief[at],
                        struck.relief_price[at],
                    )


@compiled
def leave_empty(struck: Struck, at: tuple[int, int, int, int]) -> None:
    """No zone of agreement."""
    struck.payoff[at], struck.hegemon[at] = np.nan, np.nan
    struck.levels[at], struck.relief[at], struck.relief_price[at] = np.nan, np.nan, np.nan


def domestic_limits(country: Country, constraint: float, caps: float, ratification: float, floor: float) -> tuple:
    """Effective caps (2, J), ratification (2,) and floors (2,) of a country, by regime (BEFORE, AFTER)."""
    flexibility = (country.flexibility_before, country.flexibility_after)
    cap = [
        [effective(0.0 if issue.red_line else value, constraint, caps) for issue in country.issues]
        for value in flexibility
    ]
    ratified = [
        effective(value, constraint, ratification)
        for value in (country.ratification_before, country.ratification_after)
    ]
    floors = [value * constraint * floor for value in (country.floor_before, country.floor_after)]
    return np.array(cap).reshape(2, len(country.issues)), np.array(ratified), np.array(floors)


def make_terms(setting: Setting, slices: tuple[int, ...] = SLICES) -> Terms:
    """The terms table of a setting; slices: into how many each grant's rates are cut."""
    own, parameters, calendar = setting.by_country, setting.parameters, make_calendar(setting.window)
    countries = setting.countries
    n, ranks = len(countries), min(len(countries), max(calendar.meetings, 1))
    width = max((len(country.issues) for country in countries), default=0)
    baseline, half_life = parameters.baseline_rate, parameters.headline_half_life
    all_priority = sum(country.priority for country in countries)
    by_rank = np.array(
        [
            headline_by_rank(own["headline_value"][i], half_life, country.imports, ranks)
            for i, country in enumerate(countries)
        ]
    )
    terms = Terms(
        payoff=np.empty((n, ranks, 2, 2, 2)),
        hegemon=np.empty((n, ranks, 2, 2, 2)),
        levels=np.zeros((n, ranks, 2, 2, 2, GRANTS + width)),
        relief=np.empty((n, ranks, 2, 2, 2, GRANTS)),
        relief_price=np.empty((n, ranks, 2, 2, 2, GRANTS)),
        stakes=np.empty(n),
        grant_gain=np.empty((n, GRANTS)),
        grant_price=np.empty((n, GRANTS)),
        issue_cost=np.zeros((n, width)),
        issue_value=np.zeros((n, width)),
        headline=by_rank,
        headline_increment=by_rank.mean(axis=0),
        execution=np.array([parameters.execution_soft, parameters.execution_firm]),
        threatened=np.array([max(country.threatened_rate, baseline) for country in countries]),
        baseline=baseline,
        sector_rate=own["sector_rate"],
        sector_relief_rate=own["sector_relief_rate"],
        ratification=np.empty((n, 2)),
        frontiers=empty_frontiers(n, sum(slices), width),
    )
    for i, country in enumerate(countries):
        rest = max(1.0 - country.sector_share - country.open_share, 0.0)
        rate, relief = own["sector_rate"][i], own["sector_relief_rate"][i]
        grants = make_grants(
            np.array([rest, country.sector_share, country.open_share]) * country.imports,
            np.array([terms.threatened[i], rate, rate]),
            np.array([baseline, relief, relief]),
            own["demand_elasticity"][i],
            own["adjustment_loss"][i],
            parameters.tariff_taste,
            slices,
        )
        terms.grant_gain[i], terms.grant_price[i] = grants.total(grants.loss), grants.total(grants.price)
        terms.stakes[i] = terms.grant_gain[i].sum()
        j = len(country.issues)
        cost = np.array([issue.domestic_cost for issue in country.issues]).reshape(j)
        value = np.array([issue.hegemon_value for issue in country.issues]).reshape(j)
        terms.issue_cost[i, :j] = own["issue_cost_scale"][i] * cost / 5.0 * country.imports
        terms.issue_value[i, :j] = own["issue_value_scale"][i] * value / 5.0 * country.imports
        channels = (own[f"{key}_constraint"][i] for key in ("domestic", "caps", "ratification", "floor"))
        caps, terms.ratification[i], floors = domestic_limits(country, *channels)
        again = chance_called_again(calendar, country.date, country.priority / all_priority)
        bargain = Bargain(
            grants=grants,
            cover=np.array([1.0 - own["sector_regret"][i], 1.0]),
            issue_cost=terms.issue_cost[i, :j],
            issue_value=terms.issue_value[i, :j],
            caps=caps,
            floors=floors,
            headline=terms.headline[i],
            execution=terms.execution,
            weight=own["bargaining_weight"][i],
            insistence=own["hegemon_patience"][i] * again,
        )
        tables = (terms.payoff, terms.hegemon, terms.levels, terms.relief, terms.relief_price)
        strike(bargain, Struck(*(table[i] for table in tables)))
        trace(bargain, Traced(*(getattr(terms.frontiers, name)[i] for name in Traced._fields)))
        if terms.stakes[i] < NOTHING_AT_STAKE:  # it cannot sign
            for table in tables:
                table[i] = np.nan
    return terms
