"""The terms of every signature, a second time: from the equations alone, one signature at a time.

Of the model only the setting is read (data and parameters). Every rate of relief is cut into slices, every slice and
every issue is a step away from the country's best point, steps are taken in falling order of gain over loss, and the
Nash product is compared at every corner of the polygon and at its own maximum inside every edge.
"""

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

from model.setting import Setting

KINDS = ("reciprocal", "sector", "open", "issue")  # also the order in which equally priced steps are taken
SOFT, FIRM = 0, 1
TIE = 1e-10  # rates of exchange that differ by less are the same


class Step(NamedTuple):
    """A slice withdrawn or an issue conceded, bn a year."""

    kind: str
    number: int  # of the slice, from the lowest rate up, or of the issue
    loss: float  # to the country
    gain: float  # to the hegemon


class Trade(NamedTuple):
    """One of the three trades on which there is relief: bn a year, and the rates between which it lies."""

    size: float
    low: float
    high: float


class Signature(NamedTuple):
    """What a signature brings, bn a year; flows count while the pause lasts."""

    payoff: float
    hegemon: float
    flow: float
    hegemon_flow: float
    rates: tuple[float, float]  # final reciprocal rate and sectoral rate
    concessions: tuple[float, ...]  # levels of the issues, in [0, 1]
    relief: tuple[float, float, float]  # worth of each grant as given
    cost: float  # of the concessions


Place = tuple[int, int, int, int, int]  # country, rank - 1, type (SOFT, FIRM), after its date, news known
Table = dict[Place, Signature | None]


def own(setting: Setting, name: str, i: int) -> float:
    """A parameter as it is for country i."""
    return float(setting.by_country[name][i] if name in setting.by_country else getattr(setting.parameters, name))


def trades(setting: Setting, i: int) -> tuple[Trade, Trade, Trade]:
    """Reciprocal, sectoral and open trade of a country."""
    country, baseline = setting.countries[i], setting.parameters.baseline_rate
    rates = own(setting, "sector_relief_rate", i), own(setting, "sector_rate", i)
    rest = 1 - country.sector_share - country.open_share
    return (
        Trade(rest * country.imports, baseline, max(country.threatened_rate, baseline)),
        Trade(country.sector_share * country.imports, *rates),
        Trade(country.open_share * country.imports, *rates),
    )


def worth_and_price(setting: Setting, i: int, size: float, low: float, high: float) -> tuple[float, float]:
    """What keeping the rate at `low` instead of `high` is worth to exporters, and what it costs the hegemon:

    adjustment_loss D and Rev(high) - Rev(low) + tariff_taste D, with D = x [(1 + low)^-eps - (1 + high)^-eps].
    """
    elasticity = own(setting, "demand_elasticity", i)
    kept_low, kept_high = (size * (1 + rate) ** -elasticity for rate in (low, high))
    displaced = kept_low - kept_high
    price = high * kept_high - low * kept_low + setting.parameters.tariff_taste * displaced
    return own(setting, "adjustment_loss", i) * displaced, price


def grants(setting: Setting, i: int) -> list[tuple[float, float]]:
    """Worth and price of the three grants in full."""
    return [worth_and_price(setting, i, *trade) for trade in trades(setting, i)]


def stakes(setting: Setting, i: int) -> float:
    """G: the three grants in full, bn a year."""
    return sum(worth for worth, _ in grants(setting, i))


def caps(setting: Setting, i: int, after: int) -> list[float]:
    """How far each issue can be conceded."""
    country = setting.countries[i]
    flexibility = country.flexibility_after if after else country.flexibility_before
    scale = own(setting, "domestic_constraint", i) * own(setting, "caps_constraint", i)
    return [1 - scale * (1 - (0.0 if issue.red_line else flexibility)) for issue in country.issues]


def ratification(setting: Setting, i: int, after: int) -> float:
    """Chance of a deal worth 2/3 of stakes."""
    country = setting.countries[i]
    value = country.ratification_after if after else country.ratification_before
    return 1 - own(setting, "domestic_constraint", i) * own(setting, "ratification_constraint", i) * (1 - value)


def floor(setting: Setting, i: int, after: int) -> float:
    """What the ratifier insists on, bn a year."""
    country = setting.countries[i]
    value = country.floor_after if after else country.floor_before
    scale = own(setting, "domestic_constraint", i) * own(setting, "floor_constraint", i)
    return value * scale * stakes(setting, i)


def covers(setting: Setting, i: int, known: int) -> tuple[float, float, float]:
    """Share of each trade that a deal can cover."""
    return 1.0, 1.0, 1.0 if known else 1 - own(setting, "sector_regret", i)


def steps(setting: Setting, i: int, after: int, known: int, slices: tuple[int, ...]) -> list[Step]:
    """All steps that bring the hegemon something, in the order in which they are taken."""
    country, found = setting.countries[i], []
    for grant, (trade, cover) in enumerate(zip(trades(setting, i), covers(setting, i, known), strict=True)):
        width = (trade.high - trade.low) / slices[grant]
        for k in range(slices[grant]):
            a, b = trade.low + k * width, trade.low + (k + 1) * width
            found.append(Step(KINDS[grant], k, *worth_and_price(setting, i, cover * trade.size, a, b)))
    for j, (issue, cap) in enumerate(zip(country.issues, caps(setting, i, after), strict=True)):
        cost = own(setting, "issue_cost_scale", i) * issue.domestic_cost / 5 * country.imports
        value = own(setting, "issue_value_scale", i) * issue.hegemon_value / 5 * country.imports
        found.append(Step("issue", j, cap * cost, cap * value))
    return in_order(found)


def in_order(given: list[Step]) -> list[Step]:
    """Falling gain over loss; ties in the order of KINDS, within a trade from the lowest rate up."""

    def exchange(step: Step) -> float:
        return step.gain / step.loss if step.loss > 0 else math.inf

    ties: list[list[Step]] = []
    for step in sorted((step for step in given if step.gain > 0), key=lambda step: -exchange(step)):
        here, last = exchange(step), exchange(ties[-1][0]) if ties else math.nan
        if here == last or abs(here - last) <= TIE * max(1.0, here):
            ties[-1].append(step)
        else:
            ties.append([step])
    return [step for tie in ties for step in sorted(tie, key=lambda step: (KINDS.index(step.kind), step.number))]


def best_point(setting: Setting, i: int, known: int) -> tuple[float, float]:
    """Everything granted that can be, nothing conceded: what the country and the hegemon have then."""
    given, cover = grants(setting, i), covers(setting, i, known)
    gains = sum(c * worth for c, (worth, _) in zip(cover, given, strict=True))
    return gains, given[0][1] - sum(c * price for c, (_, price) in zip(cover, given, strict=True))


def candidates(
    taken: list[Step], top: tuple[float, float], threat: tuple[float, float], weight: float, least: tuple[float, float]
) -> Iterator[tuple[float, float, list[float]]]:
    """Points of the polygon among which the Nash point is: (u, h, share of each step that is taken)."""
    u, h = top
    yield u, h, [0.0] * len(taken)
    for k, step in enumerate(taken):
        inside = {0.0, 1.0, (least[1] - h) / step.gain}
        if step.loss > 0:
            inside |= {
                (u - least[0]) / step.loss,
                ((1 - weight) * step.gain * (u - threat[0]) - weight * step.loss * (h - threat[1]))
                / (step.gain * step.loss),
            }
        for x in sorted(min(max(x, 0.0), 1.0) for x in inside):
            yield u - x * step.loss, h + x * step.gain, [1.0] * k + [x] + [0.0] * (len(taken) - k - 1)
        u, h = u - step.loss, h + step.gain


def nash_point(
    taken: list[Step], top: tuple[float, float], threat: tuple[float, float], weight: float, least: tuple[float, float]
) -> tuple[float, float, list[float]] | None:
    """The candidate with the largest (u - d)^weight (h - d_H)^(1 - weight) among those that both sides accept."""
    size = abs(top[0]) + abs(top[1]) + sum(step.loss + step.gain for step in taken)
    best, found = -1.0, None
    for u, h, shares in candidates(taken, top, threat, weight, least):
        if u < least[0] - 1e-13 * (1 + size) or h < least[1] - 1e-13 * (1 + size):
            continue
        product = max(u - threat[0], 0.0) ** weight * max(h - threat[1], 0.0) ** (1 - weight)
        if product > best:
            best, found = product, (u, h, shares)
    return found


def signature(
    setting: Setting, i: int, after: int, known: int, slices: tuple[int, ...], taken: list[Step],
    point: tuple[float, float, list[float]],
) -> Signature:  # fmt: skip
    """What a point of the polygon consists of."""
    payoff, hegemon, shares = point
    given, cover = grants(setting, i), covers(setting, i, known)
    cap = caps(setting, i, after)
    lost = {kind: sum(x * s.loss for x, s in zip(shares, taken, strict=True) if s.kind == kind) for kind in KINDS}
    got = {kind: sum(x * s.gain for x, s in zip(shares, taken, strict=True) if s.kind == kind) for kind in KINDS}
    relief = [c * worth - lost[kind] for kind, c, (worth, _) in zip(KINDS, cover, given, strict=False)]
    price = [c * cost - got[kind] for kind, c, (_, cost) in zip(KINDS, cover, given, strict=False)]
    rates, conceded = [], [0.0] * len(cap)
    for grant, trade in enumerate(trades(setting, i)[:2]):
        withdrawn = sum(x for x, s in zip(shares, taken, strict=True) if s.kind == KINDS[grant])
        rates.append(trade.low + (trade.high - trade.low) * withdrawn / slices[grant])
    for x, step in zip(shares, taken, strict=True):
        if step.kind == "issue":
            conceded[step.number] = x * cap[step.number]
    return Signature(
        payoff=payoff,
        hegemon=hegemon,
        flow=relief[1] - lost["issue"] - lost["reciprocal"],
        hegemon_flow=got["issue"] - price[1] + got["reciprocal"],
        rates=(rates[0], rates[1]),
        concessions=tuple(conceded),
        relief=(relief[0], relief[1], relief[2]),
        cost=lost["issue"],
    )


def headline(setting: Setting, i: int, k: int) -> float:
    """rho_k: what a promise-keeping hegemon counts the k-th deal for in its bargain, bn."""
    half_life = setting.parameters.headline_half_life
    return own(setting, "headline_value", i) * setting.countries[i].imports * 2 ** (-(k - 1) / half_life)


def chance_called_again(setting: Setting, i: int) -> float:
    """C: the chance that it is called on or after its date, within the window."""
    country, window = setting.countries[i], setting.window
    if country.date is None:
        return 0.0
    per_week = window.meetings_per_week
    days = [math.floor(7 * m / per_week) for m in range(math.floor(window.window_days * per_week / 7))]
    share = country.priority / sum(other.priority for other in setting.countries)
    return 1 - (1 - share) ** sum(day >= country.date for day in days)


def terms_table(setting: Setting, slices: tuple[int, ...] = (8, 4, 4)) -> Table:
    """Every signature; None where there is no zone of agreement, or nothing at stake.

    A full package must reach what either type could insist on: its disagreement point, and before the date its share of
    what the same type would get after it.
    """
    table: Table = {}
    countries = range(len(setting.countries))
    for i, k, after, known in itertools.product(countries, countries, (1, 0), (0, 1)):
        if stakes(setting, i) < 1e-9:
            table |= {(i, k, kind, after, known): None for kind in (SOFT, FIRM)}
            continue
        rho, weight = headline(setting, i, k + 1), own(setting, "bargaining_weight", i)
        reciprocal, price = grants(setting, i)[0]
        taken, top = steps(setting, i, after, known, slices), best_point(setting, i, known)
        insists = []
        for kind in (SOFT, FIRM):
            threat = (setting.parameters.execution_soft, setting.parameters.execution_firm)[kind]
            later = None if after else table[i, k, kind, 1, known]
            least = threat * price
            if later is not None:
                patience = own(setting, "hegemon_patience", i) * chance_called_again(setting, i)
                least = max(least, least + patience * (later.hegemon + rho - threat * price))
            insists.append(least)
            d, d_h = (1 - threat) * reciprocal, threat * price
            accepted = max(d, floor(setting, i, after)), max(insists) - rho
            point = nash_point(taken, top, (d, d_h - rho), weight, accepted)
            found = None if point is None else signature(setting, i, after, known, slices, taken, point)
            table[i, k, kind, after, known] = found
    return table
