"""The timing game: what moving and waiting are worth, when, and who is called. It knows nothing of trade.

`timing_game` builds it from a terms table; `raw_game` from any payoff functions, which is how published games are
checked. Payoffs are shares of stakes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm, harsh_probability, package_value
from model.calendar import make_calendar, regimes
from model.compiled import compiled
from model.draws import identity
from model.setting import Setting
from model.states import count_offsets, count_state, count_states, triangle
from model.terms import FIRM, NOTHING_AT_STAKE, RECIPROCAL, SOFT, Terms


class Packages(NamedTuple):
    """What the choice of package reads: shares of stakes (N, K, 2, 2) by rank, regime and sector state."""

    lean: np.ndarray
    full: np.ndarray
    rebuff_cost: np.ndarray  # (N,)
    regime: np.ndarray  # (N, T)


class Game(NamedTuple):
    """Everything that a negotiation reads. N countries, T meetings (extension included), C count states, K ranks.

    A country that cannot sign in a state has `sign` = -inf there.
    """

    call_weight: np.ndarray  # (T, N) weight with which each country is called at each meeting
    precision: np.ndarray  # (N,) logit precision lambda, per unit of stakes
    base_log_odds: np.ndarray  # (N,) log(mu / (1 - mu)), mu the chance of moving when indifferent
    ratification: np.ndarray  # (N, T) chance that a signature is ratified that day
    sign: np.ndarray  # (N, C) value of a ratified signature
    no_deal: np.ndarray  # (2, N, (N+1)(N+2)/2) value of no deal by (n, h); without, with the extension
    harsh: np.ndarray  # ((N+1)(N+2)/2,) predictive chance of a harsh precedent by (n, h)
    offsets: np.ndarray  # (T + 1,) where each meeting's count states begin
    regular: int  # meetings before the deadline
    news_hazard: float  # chance per meeting that the open outcome becomes known
    extension_probability: float
    precedent_accuracy: float
    prior_firm: float
    packages: Packages
    hegemon_gain: np.ndarray  # (N, K, 2, 2, 2, 2) bn: what a signature brings the hegemon (`Terms.hegemon_gain`)
    execution: np.ndarray  # (2,) chance that the threat is executed on a country without a deal, by type
    who: np.ndarray  # (N,) uint64: whose draws are whose (`draws.identity`)


def base_log_odds(inertia: np.ndarray, countries: int, meetings_per_week: float) -> np.ndarray:
    """log(mu/(1-mu)) with mu = 1 - (1 - inertia)^(N / meetings_per_week).

    The same base rate a week whatever the number of countries or meetings. Computed on the log scale, so that mu
    next to 0 or 1 stays exact.
    """
    log_stay = np.log1p(-np.asarray(inertia, dtype=float)) * countries / meetings_per_week
    return np.log(-np.expm1(log_stay)) - log_stay


def per_meeting(daily: float, meetings_per_week: float) -> float:
    """Chance per meeting of what has a daily chance: 1 - (1 - rate)^(7 / meetings_per_week)."""
    return 1.0 - (1.0 - daily) ** (7.0 / meetings_per_week)


@compiled
def fill_values(
    share: np.ndarray,
    regime: np.ndarray,
    delay: np.ndarray,
    signing: float,
    rebuff_cost: float,
    accuracy: float,
    prior: float,
    offsets: np.ndarray,
    sign: np.ndarray,
) -> None:
    """Fill one country's value of signing in every count state: M(b) - delay - signing cost, or -inf.

    share (K, 2, 2, 2) of the terms table, regime (T,), delay (T,) by meeting, sign (C,) the output.
    """
    ranks = share.shape[0]
    for m in range(len(regime)):
        for n in range(min(m, ranks) + 1):
            for h in range(n + 1):
                belief = belief_firm(prior, accuracy, n, h)
                for z in range(2):
                    value = np.nan
                    if n < ranks:
                        value = package_value(share[n, 0, regime[m], z], share[n, 1, regime[m], z], rebuff_cost, belief)
                    place = count_state(offsets[m], n, h, z)
                    sign[place] = -np.inf if np.isnan(value) else value - delay[m] - signing


def timing_game(setting: Setting, terms: Terms) -> Game:
    """The timing game of a setting, from its terms table."""
    own, parameters, calendar = setting.by_country, setting.parameters, make_calendar(setting.window)
    n = len(setting.countries)
    offsets = count_offsets(n, calendar.meetings)
    regime = regimes(calendar, [country.date for country in setting.countries])
    pairs = [(signed, harsh) for signed in range(n + 1) for harsh in range(signed + 1)]
    accuracy, prior = parameters.precedent_accuracy, parameters.prior_firm
    beliefs = np.array([belief_firm(prior, accuracy, signed, harsh) for signed, harsh in pairs])
    executed = beliefs * terms.execution[FIRM] + (1.0 - beliefs) * terms.execution[SOFT]
    sign = np.full((n, offsets[-1]), -np.inf)
    no_deal = np.zeros((2, n, len(pairs)))
    at_stake = terms.stakes >= NOTHING_AT_STAKE
    share = terms.share
    for i in np.flatnonzero(at_stake):
        delay = own["delay_cost"][i] / calendar.window_days
        fill_values(
            share[i],
            regime[i],
            delay * calendar.day,
            own["signing_cost"][i] / terms.stakes[i],
            own["rebuff_cost"][i],
            accuracy,
            prior,
            offsets,
            sign[i],
        )
        for extended, end_day in enumerate(calendar.end_day):
            no_deal[extended, i] = (1.0 - executed) * terms.grant_gain[i, RECIPROCAL] / terms.stakes[i]
            no_deal[extended, i] -= delay * end_day
    return Game(
        call_weight=np.tile([float(country.priority) for country in setting.countries], (calendar.meetings, 1)),
        precision=own["choice_precision"],
        base_log_odds=base_log_odds(own["inertia"], n, setting.window.meetings_per_week),
        ratification=np.take_along_axis(terms.ratification, regime, axis=1),
        sign=sign,
        no_deal=no_deal,
        harsh=np.array([harsh_probability(belief, accuracy) for belief in beliefs]),
        offsets=offsets,
        regular=calendar.regular,
        news_hazard=per_meeting(parameters.sector_news_rate, setting.window.meetings_per_week),
        extension_probability=float(setting.window.extension_probability),
        precedent_accuracy=accuracy,
        prior_firm=prior,
        packages=Packages(
            lean=np.ascontiguousarray(share[:, :, SOFT]),
            full=np.ascontiguousarray(share[:, :, FIRM]),
            rebuff_cost=own["rebuff_cost"],
            regime=regime,
        ),
        hegemon_gain=terms.hegemon_gain,
        execution=terms.execution,
        who=np.array([identity(iso3) for iso3 in setting.case.ids], dtype=np.uint64),
    )


def raw_game(
    sign: Callable[[int, int, int, int, int, int], float],
    no_deal: Callable[[int, int, int], float],
    *,
    countries: int,
    meetings: int,
    precision: float | Sequence[float],
    base_rate: float | Sequence[float] = 0.5,
    priority: float | Sequence[float] = 1.0,
    ratification: Callable[[int, int], float] = lambda country, meeting: 1.0,
    prior_firm: float = 0.5,
    precedent_accuracy: float = 0.5,
    news_hazard: float = 0.0,
    extension_probability: float = 0.0,
    extension_meetings: int = 0,
    no_deal_extended: Callable[[int, int, int], float] | None = None,
) -> Game:
    """A timing game from payoff functions, for published games and tests. Only full packages, no threat executed.

    sign(country, rank, meeting, n, h, z): value of a ratified signature (-inf: it cannot sign); rank = n + 1.
    no_deal(country, n, h), no_deal_extended(country, n, h): value of no deal when the pause ends.
    ratification(country, meeting) in [0, 1]; base_rate = mu in (0, 1); news_hazard: chance per meeting.
    """
    total = meetings + extension_meetings
    offsets = count_offsets(countries, total)
    values = np.full((countries, offsets[-1]), -np.inf)
    for place, (m, n, h, z) in enumerate(count_states(countries, total)):
        if n < countries:
            values[:, place] = [sign(i, n + 1, m, n, h, z) for i in range(countries)]
    ends = (no_deal, no_deal_extended or no_deal)
    settled = np.zeros((2, countries, triangle(countries + 1, 0)))
    harsh_chance = np.zeros(triangle(countries + 1, 0))
    for n in range(countries + 1):
        for h in range(n + 1):
            belief = belief_firm(prior_firm, precedent_accuracy, n, h)
            harsh_chance[triangle(n, h)] = harsh_probability(belief, precedent_accuracy)
            for extended, payoff in enumerate(ends):
                settled[extended, :, triangle(n, h)] = [payoff(i, n, h) for i in range(countries)]
    mu = np.broadcast_to(np.asarray(base_rate, dtype=float), (countries,))
    return Game(
        call_weight=np.array(np.broadcast_to(np.asarray(priority, dtype=float), (total, countries))),
        precision=np.array(np.broadcast_to(np.asarray(precision, dtype=float), (countries,))),
        base_log_odds=np.log(mu) - np.log1p(-mu),
        ratification=np.array([[ratification(i, m) for m in range(total)] for i in range(countries)], dtype=float),
        sign=values,
        no_deal=settled,
        harsh=harsh_chance,
        offsets=offsets,
        regular=meetings,
        news_hazard=float(news_hazard),
        extension_probability=float(extension_probability),
        precedent_accuracy=float(precedent_accuracy),
        prior_firm=float(prior_firm),
        packages=Packages(
            lean=np.full((countries, countries, 2, 2), np.nan),
            full=np.zeros((countries, countries, 2, 2)),
            rebuff_cost=np.zeros(countries),
            regime=np.zeros((countries, total), np.int64),
        ),
        hegemon_gain=np.zeros((countries, countries, 2, 2, 2, 2)),
        execution=np.zeros(2),
        who=np.arange(1, countries + 1, dtype=np.uint64),
    )
