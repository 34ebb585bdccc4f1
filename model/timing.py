"""The timing game: what moving and waiting are worth, when, and who is called. It knows nothing of trade.

`timing_game` builds it from a terms table; `raw_game` from any payoff functions, which is how published games are
checked. Payoffs are shares of stakes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm, harsh_probability, package_value
from model.calendar import Calendar, make_calendar, regimes
from model.choice import ratified
from model.compiled import compiled
from model.draws import identity
from model.errors import InputError
from model.grants import OPEN_SECTOR, RECIPROCAL
from model.setting import Setting
from model.shadow import Shadow, pies
from model.states import count_offsets, count_state, count_states, triangle
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT, Terms


class Packages(NamedTuple):
    """What the choice of package reads: shares of stakes (N, K, 2, 2) by rank, regime and sector state, beside each its
    flow a year while the pause lasts."""

    lean: np.ndarray
    full: np.ndarray
    lean_flow: np.ndarray
    full_flow: np.ndarray
    flow_years: np.ndarray  # (T,) phi: for how much of a deal's horizon its flow is expected, by meeting of signature
    rebuff_cost: np.ndarray  # (N,)
    regime: np.ndarray  # (N, T)


class Game(NamedTuple):
    """Everything that a negotiation reads. N countries, T meetings (extension included), C count states, K ranks.

    A country that cannot sign in a state has `sign` = -inf there.
    """

    call_weight: np.ndarray  # (T, N) weight with which each country is called at each meeting
    precision: np.ndarray  # (N,) logit precision lambda, per unit of stakes
    base_log_odds: np.ndarray  # (N, N) log(mu / (1 - mu)) by country and number signed, mu the chance if indifferent
    ratification: np.ndarray  # (N, C) chance that a signature is ratified
    sign: np.ndarray  # (N, C) value of a ratified signature
    no_deal: np.ndarray  # (2, N, (N+1)(N+2)/2) value of no deal by (n, h); without, with the extension
    belief: np.ndarray  # ((N+1)(N+2)/2,) public belief that the hegemon is firm by (n, h)
    harsh: np.ndarray  # ((N+1)(N+2)/2,) predictive chance of a harsh precedent by (n, h)
    offsets: np.ndarray  # (T + 1,) where each meeting's count states begin
    regular: int  # meetings before the deadline
    news_hazard: float  # chance per meeting that the open outcome becomes known
    extension_probability: float
    precedent_accuracy: float
    prior_firm: float
    packages: Packages
    hegemon_gain: np.ndarray  # (N, K, 2, 2, 2, 2) bn: what a signature brings the hegemon (`Terms.hegemon_gain`)
    hegemon_flow: np.ndarray  # (N, K, 2, 2, 2) bn a year: and while the pause lasts (`Terms.hegemon_flow`)
    years_by_end: np.ndarray  # (2, T) phi where the pause ends at the deadline, and where it is put off
    execution: np.ndarray  # (2,) chance that the threat is executed on a country without a deal, by type
    shadow: Shadow  # what a hegemon that plays looks at
    who: np.ndarray  # (N,) uint64: whose draws are whose (`draws.identity`)


def base_log_odds(inertia: np.ndarray, priority: np.ndarray, meetings_per_week: float) -> np.ndarray:
    """log(mu/(1-mu)) by country and number signed n = 0 .. N - 1, (N, N):

        mu_i(n) = min(1/2, 1 - (1 - inertia)^(P_i(n) / (meetings_per_week w_i))),
        P_i(n) = w_i + (N - 1 - n) (mean priority of the others).

    P/w is the expected number of meetings a call, so inertia is the chance that an indifferent country moves within a
    week of calls as they really come, whatever the number of countries, their priorities and the deals so far. 1/2 is
    the textbook logit. On the log scale, so that mu next to 0 stays exact. inertia, priority (N,).
    """
    inertia, priority = np.asarray(inertia, dtype=float), np.asarray(priority, dtype=float)
    n = len(priority)
    others = (priority.sum() - priority) / max(n - 1, 1)
    meetings_a_call = 1.0 + np.arange(n - 1, -1, -1)[None, :] * (others / priority)[:, None]
    log_stay = np.log1p(-inertia)[:, None] * meetings_a_call / meetings_per_week
    return np.asarray(np.minimum(np.log(-np.expm1(log_stay)) - log_stay, 0.0))


def flow_years(calendar: Calendar, deal_horizon: float, early_effect: float) -> np.ndarray:
    """phi = early_effect (days from the meeting to the end of the pause) / (365 deal_horizon), (2, T): where the pause
    ends at the deadline, and where it is put off. Never negative."""
    days = np.maximum(np.array(calendar.end_day)[:, None] - calendar.day[None, :], 0)
    return np.asarray(early_effect * days / (365.0 * deal_horizon))


def expected_years(calendar: Calendar, years_by_end: np.ndarray, extension_probability: float) -> np.ndarray:
    """phi as it is expected at each meeting, (T,): after the deadline the end is known."""
    extended = np.where(np.arange(calendar.meetings) < calendar.regular, extension_probability, 1.0)
    return np.asarray((1.0 - extended) * years_by_end[0] + extended * years_by_end[1])


def per_meeting(daily: float, meetings_per_week: float) -> float:
    """Chance per meeting of what has a daily chance: 1 - (1 - rate)^(7 / meetings_per_week)."""
    return 1.0 - (1.0 - daily) ** (7.0 / meetings_per_week)


class Worth(NamedTuple):
    """What one country's value of signing is made of. K ranks, T meetings."""

    share: np.ndarray  # (K, 2, 2, 2) of the terms table, by rank, type, regime and sector state
    flow: np.ndarray  # (K, 2, 2, 2) a year, shares of stakes
    flow_years: np.ndarray  # (T,) phi
    regime: np.ndarray  # (T,)
    delay: np.ndarray  # (T,) lost by waiting that long
    signing: float  # what signing costs
    rebuff_cost: float
    ratification: np.ndarray  # (2,) chance of a deal worth 2/3 of stakes, by regime
    slope: float


@compiled
def fill_values(
    worth: Worth, accuracy: float, prior: float, offsets: np.ndarray, sign: np.ndarray, ratification: np.ndarray
) -> None:
    """Fill one country's value of signing in every count state, M(b) - delay - signing cost, and the chance that the
    signature is ratified; -inf and 0 where it cannot sign. sign, ratification (C,): outputs."""
    ranks = worth.share.shape[0]
    for m in range(len(worth.regime)):
        regime, years = worth.regime[m], worth.flow_years[m]
        for n in range(min(m, ranks) + 1):
            for h in range(n + 1):
                belief = belief_firm(prior, accuracy, n, h)
                for z in range(2):
                    package = np.nan
                    if n < ranks and worth.ratification[regime] > 0.0:
                        lean = worth.share[n, 0, regime, z] + years * worth.flow[n, 0, regime, z]
                        full = worth.share[n, 1, regime, z] + years * worth.flow[n, 1, regime, z]
                        package = package_value(lean, full, worth.rebuff_cost, belief)
                    place = count_state(offsets[m], n, h, z)
                    if np.isnan(package):
                        sign[place], ratification[place] = -np.inf, 0.0
                    else:
                        sign[place] = package - worth.delay[m] - worth.signing
                        ratification[place] = ratified(worth.ratification[regime], worth.slope, package)


def worth_of_signing(setting: Setting, terms: Terms, calendar: Calendar, years: np.ndarray, i: int) -> Worth:
    """What country i's value of signing is made of; years (T,): phi."""
    own = setting.by_country
    return Worth(
        share=terms.share[i],
        flow=terms.as_share(terms.flow)[i],
        flow_years=years,
        regime=regimes(calendar, [setting.countries[i].date])[0],
        delay=own["delay_cost"][i] / calendar.window_days * calendar.day,
        signing=float(own["signing_cost"][i] / (setting.parameters.deal_horizon * terms.stakes[i])),
        rebuff_cost=float(own["rebuff_cost"][i]),
        ratification=terms.ratification[i],
        slope=float(own["ratification_slope"][i]),
    )


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
    sign, ratification = np.full((n, offsets[-1]), -np.inf), np.zeros((n, offsets[-1]))
    costs = np.zeros((n, calendar.meetings))
    no_deal = np.zeros((2, n, len(pairs)))
    extension = float(setting.window.extension_probability)
    years_by_end = flow_years(calendar, parameters.deal_horizon, parameters.early_effect)
    years = expected_years(calendar, years_by_end, extension)
    for i in np.flatnonzero(terms.stakes >= NOTHING_AT_STAKE):
        worth = worth_of_signing(setting, terms, calendar, years, int(i))
        fill_values(worth, accuracy, prior, offsets, sign[i], ratification[i])
        costs[i] = worth.delay + worth.signing
        for extended, end_day in enumerate(calendar.end_day):
            no_deal[extended, i] = (1.0 - executed) * terms.grant_gain[i, RECIPROCAL] / terms.stakes[i]
            no_deal[extended, i] -= own["delay_cost"][i] / calendar.window_days * end_day
    priority = np.array([float(country.priority) for country in setting.countries])
    share, flow = terms.share, terms.as_share(terms.flow)
    return Game(
        call_weight=np.tile(priority, (calendar.meetings, 1)),
        precision=own["choice_precision"],
        base_log_odds=base_log_odds(own["inertia"], priority, setting.window.meetings_per_week),
        ratification=ratification,
        sign=sign,
        no_deal=no_deal,
        belief=beliefs,
        harsh=np.array([harsh_probability(belief, accuracy) for belief in beliefs]),
        offsets=offsets,
        regular=calendar.regular,
        news_hazard=per_meeting(parameters.sector_news_rate, setting.window.meetings_per_week),
        extension_probability=extension,
        precedent_accuracy=accuracy,
        prior_firm=prior,
        packages=Packages(
            lean=np.ascontiguousarray(share[:, :, SOFT]),
            full=np.ascontiguousarray(share[:, :, FIRM]),
            lean_flow=np.ascontiguousarray(flow[:, :, SOFT]),
            full_flow=np.ascontiguousarray(flow[:, :, FIRM]),
            flow_years=years,
            rebuff_cost=own["rebuff_cost"],
            regime=regime,
        ),
        hegemon_gain=terms.hegemon_gain,
        hegemon_flow=terms.hegemon_flow,
        years_by_end=years_by_end,
        execution=terms.execution,
        shadow=shadow_of(setting, terms, costs),
        who=np.array([identity(iso3) for iso3 in setting.case.ids], dtype=np.uint64),
    )


def shadow_of(setting: Setting, terms: Terms, costs: np.ndarray) -> Shadow:
    """What a hegemon that plays looks at, from the frontiers; costs (N, T): of signing at each meeting, in shares."""
    found, at_stake, mean = terms.frontiers, terms.stakes >= NOTHING_AT_STAKE, float(terms.stakes.mean())
    precision = setting.parameters.hegemon_precision
    return Shadow(
        payoff=found.payoff,
        hegemon=found.hegemon,
        open_relief=np.ascontiguousarray(found.relief[..., OPEN_SECTOR]),
        open_price=np.ascontiguousarray(found.relief_price[..., OPEN_SECTOR]),
        vertices=found.vertices,
        costless=found.costless,
        farthest=found.farthest,
        stakes=terms.stakes,
        reciprocal=np.ascontiguousarray(terms.grant_gain[:, RECIPROCAL]),
        threat=np.ascontiguousarray(terms.grant_price[:, RECIPROCAL]),
        weight=setting.by_country["bargaining_weight"],
        costs=costs,
        ratification=np.where(at_stake[:, None], terms.ratification, 0.0),
        slope=setting.by_country["ratification_slope"],
        headline=terms.headline_increment,
        precision=precision / mean if mean >= NOTHING_AT_STAKE else 0.0,
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
    shadow: Shadow | None = None,
) -> Game:
    """A timing game from payoff functions, for published games and tests. Only full packages, no threat executed.

    sign(country, rank, meeting, n, h, z): value of a ratified signature (-inf: it cannot sign); rank = n + 1.
    no_deal(country, n, h), no_deal_extended(country, n, h): value of no deal when the pause ends.
    ratification(country, meeting) in [0, 1]; base_rate = mu in (0, 1); news_hazard: chance per meeting.
    shadow: what a hegemon that looks forward divides with each country (`shadow.pies`); by default nothing.
    """
    total = meetings + extension_meetings
    weights = np.array(np.broadcast_to(np.asarray(priority, dtype=float), (countries,)))
    if not (np.isfinite(weights) & (weights > 0.0)).all():
        raise InputError(f"raw game: priority = {priority!r}: numbers above 0 are allowed, or nobody could be called")
    offsets = count_offsets(countries, total)
    values = np.full((countries, offsets[-1]), -np.inf)
    for place, (m, n, h, z) in enumerate(count_states(countries, total)):
        if n < countries:
            values[:, place] = [sign(i, n + 1, m, n, h, z) for i in range(countries)]
    ends = (no_deal, no_deal_extended or no_deal)
    settled = np.zeros((2, countries, triangle(countries + 1, 0)))
    beliefs, harsh_chance = np.zeros((2, triangle(countries + 1, 0)))
    for n in range(countries + 1):
        for h in range(n + 1):
            belief = belief_firm(prior_firm, precedent_accuracy, n, h)
            beliefs[triangle(n, h)] = belief
            harsh_chance[triangle(n, h)] = harsh_probability(belief, precedent_accuracy)
            for extended, payoff in enumerate(ends):
                settled[extended, :, triangle(n, h)] = [payoff(i, n, h) for i in range(countries)]
    by_meeting = np.array([[ratification(i, m) for m in range(total)] for i in range(countries)], dtype=float)
    mu = np.broadcast_to(np.asarray(base_rate, dtype=float), (countries,))
    return Game(
        call_weight=np.tile(weights, (total, 1)),
        precision=np.array(np.broadcast_to(np.asarray(precision, dtype=float), (countries,))),
        base_log_odds=np.tile((np.log(mu) - np.log1p(-mu))[:, None], countries),
        ratification=by_meeting[:, count_states(countries, total)[:, 0]],
        sign=values,
        no_deal=settled,
        belief=beliefs,
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
            lean_flow=np.zeros((countries, countries, 2, 2)),
            full_flow=np.zeros((countries, countries, 2, 2)),
            flow_years=np.zeros(total),
            rebuff_cost=np.zeros(countries),
            regime=np.zeros((countries, total), np.int64),
        ),
        hegemon_gain=np.zeros((countries, countries, 2, 2, 2, 2)),
        hegemon_flow=np.zeros((countries, countries, 2, 2, 2)),
        years_by_end=np.zeros((2, total)),
        execution=np.zeros(2),
        shadow=shadow or pies(countries, meetings=total, headline=[0.0] * countries),
        who=np.arange(1, countries + 1, dtype=np.uint64),
    )
