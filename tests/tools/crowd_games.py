"""Games small enough for the exact solver, on which the moment-based one is measured: random ones in which countries
differ in everything, nearly indifferent ones, and parts of the shipped cases under plausible settings.

Every game is fixed by its seed. Priorities lie within a factor and at least one pair differs by all of it: spread
evenly on the log scale, in two groups, or one or two countries apart from the rest.
"""

import dataclasses
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm
from model.calendar import make_calendar
from model.case_file import load_case
from model.declaration import quantities
from model.parameters import Parameters
from model.setting import make_setting
from model.states import count_states, triangle
from model.terms import make_terms
from model.timing import Game, base_log_odds, raw_game, timing_game

WINDOW, EXTENDED = 90.0, 113.0  # days
MEETINGS, PER_WEEK = 77, 6.0


class Dated(NamedTuple):
    """A game and its calendar: the day of every meeting, and of the end without and with the extension."""

    name: str
    game: Game
    days: np.ndarray
    ends: tuple[float, float]


def random_priorities(rng: np.random.Generator, countries: int, factor: float) -> np.ndarray:
    """Priorities from 1 / factor to 1, (N,)."""
    kind, apart = rng.integers(3), rng.permutation(countries)
    exponent = rng.uniform(0.0, 1.0, countries)
    if kind == 1:
        exponent = (exponent < rng.uniform(0.2, 0.8)).astype(float)
    if kind == 2:
        exponent = np.zeros(countries)
        exponent[apart[2 : 2 + rng.integers(2)]] = 1.0
    exponent[apart[:2]] = 0.0, 1.0
    return np.asarray(factor ** (exponent - 1.0))


def random_game(countries: int, seed: int, factor: float = 4.0, precision: float = 100.0) -> Dated:
    """Countries differ in priority, packages, rank premium, flow, delay, costs, dates before which
    they cannot or would rather not sign, ratification and no-deal payoffs; with learning, news, often an extension."""
    rng = np.random.default_rng([seed, round(factor), round(precision)])
    total = MEETINGS + (MEETINGS // 4 if rng.random() < 0.3 else 0)
    m, signed, harsh, known = count_states(countries, total).T
    days = np.arange(total) * 7.0 / PER_WEEK
    prior, accuracy = rng.choice([0.2, 0.5, 0.8]), rng.choice([0.5, 0.65, 0.75, 0.9])
    pairs = [(n, h) for n in range(countries + 1) for h in range(n + 1)]
    beliefs = np.array([belief_firm(prior, accuracy, n, h) for n, h in pairs], dtype=float)
    belief = beliefs[triangle(signed, harsh)]
    sign = np.full((countries, len(m)), -np.inf)
    no_deal = np.zeros((2, countries, len(beliefs)))
    ratification = np.zeros_like(sign)
    for i in range(countries):
        full, rebuff = rng.uniform(0.3, 0.8), rng.uniform(0.0, 0.3)
        lean, delay = full + rng.uniform(-0.05, 0.3), rng.choice([0.0, 1.0]) * rng.uniform(-0.05, 0.1)
        package = np.maximum(full, (1.0 - belief) * lean + belief * (full - rebuff))
        package += rng.choice([0.0, 1.0]) * rng.uniform(0.0, 0.3) * 2.0 ** (-signed / rng.uniform(1.0, 5.0))
        package += rng.uniform(0.0, 0.15) * known
        package += rng.uniform(-0.2, 0.1) * np.maximum(WINDOW - days[m], 0.0) / 365.0
        date = rng.choice([0.0, 0.0, 30.0, 54.0])
        package -= np.where(days[m] < date, rng.choice([np.inf, rng.uniform(0.0, 0.2)]), 0.0)
        can_sign = (signed < countries) & np.isfinite(package)
        sign[i] = np.where(can_sign, package - delay * days[m] / WINDOW - rng.uniform(0.0, 0.1), -np.inf)
        chance = np.where(days < date, rng.uniform(0.2, 1.0), rng.uniform(0.7, 1.0))[m]
        slope = rng.uniform(0.0, 8.0)
        odds = np.log(chance / (1.0 - chance)) + slope * (np.where(can_sign, package, 0.0) - 2.0 / 3.0)
        ratification[i] = np.where(can_sign, 1.0 / (1.0 + np.exp(-odds)), 0.0)
        spared = (0.7 - 0.6 * beliefs) * rng.uniform(0.2, 0.8)
        no_deal[:, i] = spared - delay * np.array([[1.0], [EXTENDED / WINDOW]])
    priority, inertia = random_priorities(rng, countries, factor), rng.uniform(0.1, 0.5)
    plain = raw_game(
        lambda *state: 0.0,
        lambda *state: 0.0,
        countries=countries,
        meetings=total,
        precision=precision,
        priority=priority.tolist(),
        prior_firm=float(prior),
        precedent_accuracy=float(accuracy),
        news_hazard=float(rng.choice([0.0, 0.01, 0.03])),
    )
    game = plain._replace(
        base_log_odds=base_log_odds(np.full(countries, inertia), priority, PER_WEEK),
        ratification=ratification,
        sign=sign,
        no_deal=no_deal,
        regular=MEETINGS,
        extension_probability=float(rng.uniform(0.2, 0.8)) if total > MEETINGS else 0.0,
    )
    return Dated(f"random {seed}, factor {factor:g}, precision {precision:g}", game, days, (WINDOW, EXTENDED))


def indifferent_game(countries: int, seed: int, factor: float = 4.0, precision: float = 100.0) -> Dated:
    """The same with signatures worth about as much as no deal: all that countries differ in is .01 to .1 of stakes."""
    dated = random_game(countries, seed, factor, precision)
    rng = np.random.default_rng([seed, round(factor), round(precision), 1])
    m, signed, harsh, known = count_states(countries, len(dated.days)).T
    seen = np.array([np.ones(len(m)), dated.days[m] / WINDOW, signed / countries, known, harsh - signed / 2.0])
    weight = rng.uniform([-0.5, -1.0, -1.0, -0.5, -0.1], [1.0, 1.0, 1.0, 0.5, 0.1], (countries, 5))
    worth = 10.0 ** rng.uniform(-2.0, -1.0) * (weight @ seen)
    game = dated.game._replace(
        sign=np.where(signed < countries, worth, -np.inf),
        ratification=np.where(signed < countries, np.ones_like(worth), 0.0),
        no_deal=np.zeros_like(dated.game.no_deal),
    )
    return dated._replace(name=f"nearly indifferent {dated.name}", game=game)


def plausible_setting(rng: np.random.Generator) -> dict[str, float]:
    """Every parameter drawn from what is plausible, half the time with an extension; but for what matters only where
    the hegemon plays, which it does not among many."""
    drawn = {}
    for name, quantity in quantities(Parameters).items():
        if name == "hegemon_precision":
            continue
        assert quantity.plausible is not None, name
        low, high, scale = quantity.plausible
        place = rng.random()
        drawn[name] = low * (high / low) ** place if scale == "log" else low + place * (high - low)
    if rng.random() < 0.5:
        drawn["extension_probability"] = rng.uniform(0.0, 0.6)
    return drawn


def real_game(name: str, countries: int, seed: int, factor: float | None = None, **fixed: float) -> Dated:
    """Some countries of a shipped case under a plausible setting; their own priorities, or random ones by `factor`."""
    rng, case = np.random.default_rng([seed, 99]), load_case(name)
    overrides = plausible_setting(rng) | fixed
    chosen = sorted(rng.permutation(len(case.countries))[:countries])
    part = dataclasses.replace(case, countries=tuple(case.countries[k] for k in chosen))
    if factor is not None:
        drawn = random_priorities(rng, countries, factor)
        overrides |= {f"{iso3}.priority": float(w) for iso3, w in zip(part.ids, drawn, strict=True)}
    setting = make_setting(part, overrides)
    calendar = make_calendar(setting.window)
    game, (without, extended) = timing_game(setting, make_terms(setting)), calendar.end_day
    label = f"{name}, setting {seed}" + ("" if factor is None else f", factor {factor:g}")
    return Dated(label, game, calendar.day.astype(float), (float(without), float(extended)))
