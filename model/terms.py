"""The terms table: what a signature brings, for each country x rank x hegemon type x regime x sector state.

Axes of every array: country, rank - 1, type (SOFT, FIRM), regime (BEFORE, AFTER its date), sector (OPEN, KNOWN).
Money is bn USD a year. Nothing here knows the day.
"""

from dataclasses import dataclass

import numpy as np

from model.bargaining import along, exporters_loss, frontier, nash_point, steps_in_order, steps_taken, tariff_revenue
from model.calendar import chance_called_again, make_calendar
from model.case import Country
from model.compiled import compiled
from model.setting import Setting

SOFT, FIRM = 0, 1
BEFORE, AFTER = 0, 1
OPEN, KNOWN = 0, 1
TYPE_NAMES, REGIME_NAMES, SECTOR_NAMES = ("soft", "firm"), ("before", "after"), ("open", "known")
RECIPROCAL, SECTOR, OPEN_SECTOR = 0, 1, 2  # the three grants, in the order of the instruments
GRANTS = 3
NOTHING_AT_STAKE = 1e-9  # bn


@dataclass(frozen=True)
class Terms:
    """The terms table of a setting. N countries, K ranks; `payoff` and `hegemon` are NaN where there is no zone of
    agreement, or nothing at stake."""

    payoff: np.ndarray  # (N, K, 2, 2, 2) bn: to the country, beyond the executed threat
    hegemon: np.ndarray  # (N, K, 2, 2, 2) bn: to the hegemon, without the headline
    levels: np.ndarray  # (N, K, 2, 2, 2, 3 + J): reliefs granted, then concessions made, each in [0, 1]
    stakes: np.ndarray  # (N,) bn: the three grants in full (G)
    grant_gain: np.ndarray  # (N, 3) bn: worth of each grant in full to the country
    grant_price: np.ndarray  # (N, 3) bn: its price to the hegemon
    issue_cost: np.ndarray  # (N, J) bn: cost of each issue conceded in full (0 beyond the country's own issues)
    issue_value: np.ndarray  # (N, J) bn: its worth to the hegemon
    headline: np.ndarray  # (N, K) bn: worth of the deal to the hegemon beyond its terms, by rank
    execution: np.ndarray  # (2,) probability that the threat is executed, by type
    threatened: np.ndarray  # (N,) threatened rate, at least the baseline
    baseline: float
    sector_rate: np.ndarray  # (N,)
    sector_relief_rate: np.ndarray  # (N,)
    ratification: np.ndarray  # (N, 2) probability by regime

    @property
    def share(self) -> np.ndarray:
        """Payoff as a share of stakes (NaN with no agreement or nothing at stake)."""
        stakes = np.where(self.stakes < NOTHING_AT_STAKE, np.nan, self.stakes)
        return self.payoff / stakes[:, None, None, None, None]

    @property
    def final_rate(self) -> np.ndarray:
        """Average reciprocal rate, sectoral rate and open sectors' rate under the terms; (N, K, 2, 2, 2, 3)."""
        shape = (-1, 1, 1, 1, 1)
        full = np.stack([self.threatened, self.sector_rate, self.sector_rate], axis=-1)
        relief = np.stack(
            [np.full_like(self.threatened, self.baseline), self.sector_relief_rate, self.sector_relief_rate], axis=-1
        )
        full, relief = full.reshape(*shape, 3), relief.reshape(*shape, 3)
        return full - self.levels[..., :GRANTS] * (full - relief)

    @property
    def disagreement(self) -> tuple[np.ndarray, np.ndarray]:
        """(d, d_H): what no deal is worth to country and hegemon, each (N, 2) by type, bn."""
        d = (1.0 - self.execution)[None, :] * self.grant_gain[:, RECIPROCAL, None]
        d_h = self.execution[None, :] * self.grant_price[:, RECIPROCAL, None]
        return d, d_h

    @property
    def hegemon_gain(self) -> np.ndarray:
        """What a signature brings the hegemon over no deal: terms + headline - d_H(its true type), bn.

        Shape (N, K, 2, 2, 2, 2): country, rank - 1, type whose terms are signed, regime, sector state, true type.
        """
        worth = self.hegemon + self.headline[:, :, None, None, None]
        return np.asarray(worth[..., None] - self.disagreement[1][:, None, None, None, None, :])


def effective(value: float, constraint: float, channel: float) -> float:
    """A domestic limit scaled by the two constraint parameters: 1 - constraint * channel * (1 - value)."""
    return 1.0 - constraint * channel * (1.0 - value)


def headline_by_rank(headline_value: float, half_life: float, imports: float, ranks: int) -> np.ndarray:
    """rho_k = headline_value * M * 2^(-(k-1)/half_life) for k = 1 .. ranks, bn."""
    return headline_value * imports * 2.0 ** (-np.arange(ranks) / half_life)


@compiled
def fill_country_terms(
    gain: np.ndarray,
    price: np.ndarray,
    cover: np.ndarray,
    issue_cost: np.ndarray,
    issue_value: np.ndarray,
    caps: np.ndarray,
    floors: np.ndarray,
    headline: np.ndarray,
    execution: np.ndarray,
    weight: float,
    insistence: float,
    payoff: np.ndarray,
    hegemon: np.ndarray,
    levels: np.ndarray,
) -> None:
    """Fill one country's terms in place.

    gain, price (3,) of the grants in full; cover (2,) share of the open sectors' relief by sector state; issue_cost,
    issue_value (J,); caps (2, J) and floors (2,) by regime; headline (K,); execution (2,) by type; weight: Nash
    weight; insistence = hegemon_patience * C. Outputs: payoff, hegemon (K, 2, 2, 2), levels (K, 2, 2, 2, 3+J).
    """
    issues = len(issue_cost)
    stakes = gain.sum()
    loss, worth = np.empty(3 + issues), np.empty(3 + issues)
    for regime in (1, 0):  # AFTER first: its terms are the hegemon's outside option before the date
        for sector in range(2):
            u_best, h_best = 0.0, price[0]
            for grant in range(3):
                level = cover[sector] if grant == 2 else 1.0
                loss[grant], worth[grant] = level * gain[grant], level * price[grant]
                u_best += loss[grant]
                h_best -= worth[grant]
            for j in range(issues):
                loss[3 + j] = caps[regime, j] * issue_cost[j]
                worth[3 + j] = caps[regime, j] * issue_value[j]
            order = steps_in_order(loss, worth)
            u, h = frontier(u_best, h_best, loss, worth, order)
            for firm in range(2):  # SOFT first: what it insists on binds the full package too
                d, d_h = (1.0 - execution[firm]) * gain[0], execution[firm] * price[0]
                for k in range(len(headline)):
                    # The full package is accepted by both types, so it must reach what either could insist on:
                    # its disagreement point, and before the date its share of what it would get after.
                    least = 0.0
                    for kind in range(firm + 1):
                        outside = execution[kind] * price[0]
                        asked = outside - d_h
                        if regime == 0 and insistence > 0.0 and not np.isnan(hegemon[k, kind, 1, sector]):
                            asked += max(insistence * (hegemon[k, kind, 1, sector] + headline[k] - outside), 0.0)
                        least = max(least, asked)
                    agreed, segment, t = nash_point(u, h + headline[k], d, d_h, weight, floors[regime] * stakes, least)
                    if not agreed:
                        payoff[k, firm, regime, sector] = np.nan
                        hegemon[k, firm, regime, sector] = np.nan
                        levels[k, firm, regime, sector, :] = np.nan
                        continue
                    payoff[k, firm, regime, sector] = along(u, segment, t)
                    hegemon[k, firm, regime, sector] = along(h, segment, t)
                    taken = steps_taken(order, segment, t, 3 + issues)
                    for grant in range(3):
                        level = cover[sector] if grant == 2 else 1.0
                        levels[k, firm, regime, sector, grant] = level * (1.0 - taken[grant])
                    for j in range(issues):
                        levels[k, firm, regime, sector, 3 + j] = caps[regime, j] * taken[3 + j]


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


def make_terms(setting: Setting) -> Terms:
    """The terms table of a setting."""
    own, parameters, calendar = setting.by_country, setting.parameters, make_calendar(setting.window)
    countries = setting.countries
    n, ranks = len(countries), min(len(countries), max(calendar.meetings, 1))
    width = max((len(country.issues) for country in countries), default=0)
    baseline = parameters.baseline_rate
    threatened = np.array([max(country.threatened_rate, baseline) for country in countries])
    all_priority = sum(country.priority for country in countries)
    terms = Terms(
        payoff=np.empty((n, ranks, 2, 2, 2)),
        hegemon=np.empty((n, ranks, 2, 2, 2)),
        levels=np.zeros((n, ranks, 2, 2, 2, GRANTS + width)),
        stakes=np.empty(n),
        grant_gain=np.empty((n, GRANTS)),
        grant_price=np.empty((n, GRANTS)),
        issue_cost=np.zeros((n, width)),
        issue_value=np.zeros((n, width)),
        headline=np.empty((n, ranks)),
        execution=np.array([parameters.execution_soft, parameters.execution_firm]),
        threatened=threatened,
        baseline=baseline,
        sector_rate=own["sector_rate"],
        sector_relief_rate=own["sector_relief_rate"],
        ratification=np.empty((n, 2)),
    )
    for i, country in enumerate(countries):
        elasticity, adjustment_loss = own["demand_elasticity"][i], own["adjustment_loss"][i]
        rest = 1.0 - country.sector_share - country.open_share
        shares = (max(rest, 0.0), country.sector_share, country.open_share)
        rate, relief = own["sector_rate"][i], own["sector_relief_rate"][i]
        for grant, (share, high, low) in enumerate(
            zip(shares, (threatened[i], rate, rate), (baseline, relief, relief), strict=True)
        ):
            trade = share * country.imports
            terms.grant_gain[i, grant] = exporters_loss(trade, low, high, elasticity, adjustment_loss)
            terms.grant_price[i, grant] = tariff_revenue(trade, high, elasticity) - tariff_revenue(
                trade, low, elasticity
            )
        terms.stakes[i] = terms.grant_gain[i].sum()
        j = len(country.issues)
        cost = np.array([issue.domestic_cost for issue in country.issues]).reshape(j)
        value = np.array([issue.hegemon_value for issue in country.issues]).reshape(j)
        terms.issue_cost[i, :j] = own["issue_cost_scale"][i] * cost / 5.0 * country.imports
        terms.issue_value[i, :j] = own["issue_value_scale"][i] * value / 5.0 * country.imports
        caps, terms.ratification[i], floors = domestic_limits(
            country, *(own[f"{key}_constraint"][i] for key in ("domestic", "caps", "ratification", "floor"))
        )
        terms.headline[i] = headline_by_rank(
            own["headline_value"][i], parameters.headline_half_life, country.imports, ranks
        )
        again = chance_called_again(calendar, country.date, country.priority / all_priority)
        fill_country_terms(
            terms.grant_gain[i],
            terms.grant_price[i],
            np.array([1.0 - own["sector_regret"][i], 1.0]),
            terms.issue_cost[i, :j],
            terms.issue_value[i, :j],
            caps,
            floors,
            terms.headline[i],
            terms.execution,
            own["bargaining_weight"][i],
            own["hegemon_patience"][i] * again,
            terms.payoff[i],
            terms.hegemon[i],
            terms.levels[i],
        )
        if terms.stakes[i] < NOTHING_AT_STAKE:  # it cannot sign
            for table in (terms.payoff, terms.hegemon, terms.levels):
                table[i] = np.nan
    return terms
