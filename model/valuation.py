"""What the records of runs are valued by, and the pass over runs and countries that does it (`outcomes.settle`).

Realised payoff, in shares of stakes:
    deal     terms + phi flow - delay_cost * day / window - rebuff_cost (if rebuffed) - signing_cost / (deal_horizon G)
    no deal  (0 if the threat is executed, else the reciprocal relief) - delay_cost * end day / window
and 0 for a country with nothing at stake. phi: for how much of the deal's horizon its flow lasted, from the signature
to the end that came. The hegemon's surplus, bn: terms + phi flow + dR_n - d_H(its true type) over deals.
"""

from typing import NamedTuple

import numpy as np

from model.calendar import make_calendar, regimes
from model.calls import NEVER
from model.compiled import compiled_inner
from model.grants import GRANTS, RECIPROCAL, SECTOR
from model.meeting import LEAN, REBUFFED
from model.setting import Setting
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT, Terms
from model.timing import flow_years


class Given(NamedTuple):
    """What deals bring by their terms, (R, N); bn, the flows bn a year. Anything where there is no deal."""

    payoff: np.ndarray
    flow: np.ndarray
    hegemon: np.ndarray
    hegemon_flow: np.ndarray
    levels: np.ndarray  # (R, N, 3 + J)


NOTHING = np.zeros((0, 0))
BY_TABLE = Given(NOTHING, NOTHING, NOTHING, NOTHING, np.zeros((0, 0, 0)))  # the terms table says what deals bring


class Valuation(NamedTuple):
    """What records are valued by. N countries, K ranks, T meetings, J issues."""

    table: Given  # of the terms table: (N, K, 2, 2, 2) by rank, type, regime and sector state
    increment: np.ndarray  # (K,) dR_n, bn
    threat: np.ndarray  # (N, 2) d_H by type, bn
    at_stake: np.ndarray  # (N,) 1; 0 where nothing is at stake
    stakes: np.ndarray  # (N,) G, bn; 1 where nothing is at stake
    relief: np.ndarray  # (N,) the reciprocal relief in full, bn
    delay_cost: np.ndarray  # (N,) shares of stakes, as the next two
    rebuff_cost: np.ndarray  # (N,)
    signing_loss: np.ndarray  # (N,)
    rate: np.ndarray  # (N, 3) rates where nothing is granted
    reach: np.ndarray  # (N, 3) by how much a deal can lower them
    baseline: float
    gdp: np.ndarray  # (N,) bn; NaN without one
    regime: np.ndarray  # (N, T)
    day: np.ndarray  # (T,)
    end_day: np.ndarray  # (2,) without and with the extension
    window_days: int
    years: np.ndarray  # (2, T) phi


def valuation_of(setting: Setting, terms: Terms) -> Valuation:
    """What the records of a setting's runs are valued by."""
    own, calendar, horizon = setting.by_country, make_calendar(setting.window), setting.parameters.deal_horizon
    at_stake = terms.stakes >= NOTHING_AT_STAKE
    stakes = np.where(at_stake, terms.stakes, 1.0)
    rate, reach = terms.rates
    return Valuation(
        table=Given(terms.payoff, terms.flow, terms.hegemon, terms.hegemon_flow, terms.levels),
        increment=terms.headline_increment,
        threat=terms.disagreement[1],
        at_stake=at_stake.astype(float),
        stakes=stakes,
        relief=np.ascontiguousarray(terms.grant_gain[:, RECIPROCAL]),
        delay_cost=own["delay_cost"],
        rebuff_cost=own["rebuff_cost"],
        signing_loss=own["signing_cost"] / (horizon * stakes),
        rate=rate,
        reach=reach,
        baseline=float(terms.baseline),
        gdp=np.array([np.nan if country.gdp is None else country.gdp for country in setting.countries]),
        regime=regimes(calendar, [country.date for country in setting.countries]),
        day=calendar.day,
        end_day=np.array(calendar.end_day),
        window_days=calendar.window_days,
        years=flow_years(calendar, horizon, setting.parameters.early_effect),
    )


class Settled(NamedTuple):
    """What `settle_runs` fills: columns of `outcomes.Outcomes`, and the hegemon's surplus by country."""

    deal_day: np.ndarray  # (R, N)
    tariff_final: np.ndarray
    sector_rate_final: np.ndarray
    terms_share: np.ndarray
    flow_share: np.ndarray
    delay_loss: np.ndarray
    rebuff_loss: np.ndarray
    signing_loss: np.ndarray
    payoff_share: np.ndarray
    payoff_bn: np.ndarray
    payoff_pct_gdp: np.ndarray
    surplus: np.ndarray
    concession_levels: np.ndarray  # (R, N, J)
    first_deal_day: np.ndarray  # (R,)
    last_deal_day: np.ndarray
    news_day: np.ndarray
    end_day: np.ndarray


def make_settled(runs: int, countries: int, issues: int) -> Settled:
    """Room for the outcomes of so many runs."""
    numbers = [np.empty((runs, countries)) for _ in range(11)]
    days = [np.empty(runs, np.int64) for _ in range(4)]
    levels = np.empty((runs, countries, issues))
    return Settled._make([np.empty((runs, countries), np.int64), *numbers, levels, *days])


@compiled_inner
def settle_runs(by: Valuation, given: Given, worlds: np.ndarray, countries: np.ndarray, out: Settled) -> None:
    """Value records of runs, worlds (R,) and countries (R, N), into `out`. given: what deals bring, or `BY_TABLE`."""
    for r in range(len(worlds)):
        news, end = worlds[r].news_meeting, by.end_day[worlds[r].extended]
        out.news_day[r] = by.day[news] if news != NEVER else -1
        out.end_day[r], out.first_deal_day[r], out.last_deal_day[r] = end, -1, -1
        for i in range(countries.shape[1]):
            waited = end
            if countries[r, i].deal_meeting != NEVER:
                waited = by.day[countries[r, i].deal_meeting]
                if len(given.payoff):
                    settle_deal(by, given, (r, i), worlds, countries, r, i, out)
                else:
                    settle_deal(by, by.table, terms_signed(by, countries, r, i), worlds, countries, r, i, out)
                out.deal_day[r, i], out.last_deal_day[r] = waited, max(waited, out.last_deal_day[r])
                if out.first_deal_day[r] < 0 or waited < out.first_deal_day[r]:
                    out.first_deal_day[r] = waited
            else:
                settle_without(by, countries, r, i, out)
            out.delay_loss[r, i] = by.at_stake[i] * by.delay_cost[i] * waited / by.window_days
            out.payoff_share[r, i] = (
                out.terms_share[r, i]
                + out.flow_share[r, i]
                - out.delay_loss[r, i]
                - out.rebuff_loss[r, i]
                - out.signing_loss[r, i]
            )
            out.payoff_bn[r, i] = out.payoff_share[r, i] * (by.stakes[i] if by.at_stake[i] else 0.0)
            out.payoff_pct_gdp[r, i] = 100.0 * out.payoff_bn[r, i] / by.gdp[i]


@compiled_inner
def terms_signed(by: Valuation, countries: np.ndarray, r: int, i: int) -> tuple[int, int, int, int, int]:
    """Where the terms of country i's deal in run r stand in the terms table."""
    deal = countries[r, i]
    kind = SOFT if deal.package == LEAN else FIRM
    return i, deal.rank - 1, kind, by.regime[i, deal.deal_meeting], deal.known


@compiled_inner
def settle_deal(
    by: Valuation,
    terms: Given,
    at: tuple[int, ...],
    worlds: np.ndarray,
    countries: np.ndarray,
    r: int,
    i: int,
    out: Settled,
) -> None:
    """What country i's deal in run r is worth; its terms stand at `at` in the tables of `terms`."""
    deal, years = countries[r, i], by.years[worlds[r].extended, countries[r, i].deal_meeting]
    levels = terms.levels[at]
    out.terms_share[r, i] = by.at_stake[i] * (terms.payoff[at] / by.stakes[i])
    out.flow_share[r, i] = by.at_stake[i] * (years * terms.flow[at] / by.stakes[i])
    out.rebuff_loss[r, i] = by.rebuff_cost[i] if deal.package == REBUFFED else 0.0
    out.signing_loss[r, i] = by.signing_loss[i]
    out.tariff_final[r, i] = by.rate[i, RECIPROCAL] - levels[RECIPROCAL] * by.reach[i, RECIPROCAL]
    out.sector_rate_final[r, i] = by.rate[i, SECTOR] - levels[SECTOR] * by.reach[i, SECTOR]
    threat = by.threat[i, FIRM if worlds[r].firm == 1 else SOFT]
    terms_worth = terms.hegemon[at] + by.increment[deal.rank - 1] - threat
    out.surplus[r, i] = terms_worth + years * terms.hegemon_flow[at]
    for j in range(out.concession_levels.shape[2]):
        out.concession_levels[r, i, j] = levels[GRANTS + j]


@compiled_inner
def settle_without(by: Valuation, countries: np.ndarray, r: int, i: int, out: Settled) -> None:
    """What no deal is worth to country i in run r: the threat is executed, or not."""
    executed = countries[r, i].executed
    out.deal_day[r, i] = -1
    out.terms_share[r, i] = by.at_stake[i] * ((1 - executed) * by.relief[i] / by.stakes[i])
    out.flow_share[r, i] = 0.0
    out.rebuff_loss[r, i] = 0.0
    out.signing_loss[r, i] = 0.0
    out.tariff_final[r, i] = by.rate[i, RECIPROCAL] if executed == 1 else by.baseline
    out.sector_rate_final[r, i] = by.rate[i, SECTOR]
    out.surplus[r, i] = 0.0
    for j in range(out.concession_levels.shape[2]):
        out.concession_levels[r, i, j] = 0.0
