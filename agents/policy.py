"""The policy table: any mix of strategies, tabulated once for a setting.

The batch kernel, the Mesa agents and the exact solver all read this one table. Countries that play `equilibrium`
respond by the logit to the others' true policies; if all play it, that is the equilibrium of the game. It is exact up
to EXACT_COUNTRIES countries and moment-based beyond (`model.crowd`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.strategies import EQUILIBRIUM, PublicStates, Strategy, find_strategy
from model.calendar import make_calendar, regimes
from model.case import Case
from model.crowd import CrowdEquilibrium, solve_crowd
from model.draws import identity
from model.equilibrium import EXACT_COUNTRIES, Equilibrium, solve
from model.errors import unknown
from model.forecast import stopping_advantage
from model.meeting import Packages, Policy
from model.setting import Setting
from model.states import count_states, triangle
from model.terms import FIRM, SOFT, Terms, make_terms
from model.timing import Game, timing_game

DEFAULT = "default"


@dataclass(frozen=True)
class Ending:
    """How the solver of a setting ended.

    method: exact, moment-based, or none where no country plays `equilibrium`; residual: largest change of a policy in
    the last iteration, weighted by the probability of reaching the state (0 where exact, one pass being enough).
    """

    method: str
    residual: float | None = None
    iterations: int | None = None
    converged: bool | None = None


@dataclass(frozen=True)
class Prepared:
    """Everything that is fixed before the first meeting: setting, terms, game, packages, policy, strategies."""

    setting: Setting
    terms: Terms
    game: Game
    packages: Packages
    policy: Policy
    strategies: tuple[Strategy, ...]
    who: np.ndarray
    equilibrium: Equilibrium | CrowdEquilibrium | None

    @property
    def ending(self) -> Ending:
        """How the equilibrium was found, and whether it was."""
        found = self.equilibrium
        if found is None:
            return Ending("none")
        if isinstance(found, CrowdEquilibrium):
            return Ending("moment-based", found.residual, found.iterations, found.converged)
        return Ending("exact", 0.0, 1, True)


def strategies_of(
    case: Case, chosen: Mapping[str, str] | None = None, origin: str = "strategy"
) -> tuple[Strategy, ...]:
    """The strategy of each country: `chosen` maps iso3 codes, and "default", to names."""
    chosen = dict(chosen or {})
    for key in chosen:
        if key != DEFAULT and key not in case.ids:
            raise unknown("country", key, case.ids, origin)
    default = chosen.get(DEFAULT, EQUILIBRIUM)
    return tuple(find_strategy(chosen.get(iso3, default), origin) for iso3 in case.ids)


def prepare(setting: Setting, strategies: tuple[Strategy, ...]) -> Prepared:
    """Tabulate terms, game and policies of a setting."""
    terms = make_terms(setting)
    game = timing_game(setting, terms)
    policy, equilibrium = tabulate(setting, game, strategies)
    return Prepared(
        setting=setting,
        terms=terms,
        game=game,
        packages=make_packages(setting, terms),
        policy=policy,
        strategies=strategies,
        who=np.array([identity(iso3) for iso3 in setting.case.ids], dtype=np.uint64),
        equilibrium=equilibrium,
    )


def make_packages(setting: Setting, terms: Terms) -> Packages:
    """What the choice of package reads."""
    calendar = make_calendar(setting.window)
    share = terms.share
    return Packages(
        lean=np.ascontiguousarray(share[:, :, SOFT]),
        full=np.ascontiguousarray(share[:, :, FIRM]),
        rebuff_cost=setting.by_country["rebuff_cost"],
        regime=regimes(calendar, [country.date for country in setting.countries]),
    )


def public_states(setting: Setting, game: Game, i: int) -> PublicStates:
    """Every public state from country i's point of view."""
    meeting, signed, harsh, known = count_states(len(game.precision), len(game.offsets) - 1).T
    return PublicStates(
        day=make_calendar(setting.window).day[meeting],
        signed=signed,
        harsh=harsh,
        known=known,
        sign=game.sign[i],
        no_deal=game.no_deal[(meeting >= game.regular).astype(int), i, triangle(signed, harsh)],
        ratification=game.ratification[i, meeting],
        precision=float(game.precision[i]),
        base_log_odds=float(game.base_log_odds[i]),
        countries=len(game.precision),
        last_day=int(setting.window.window_days),
        meeting=meeting,
        advantage_at_rate=lambda rate: stopping_advantage(game, i, rate),
    )


def tabulate(
    setting: Setting, game: Game, strategies: tuple[Strategy, ...]
) -> tuple[Policy, Equilibrium | CrowdEquilibrium | None]:
    """The policy table of a mix of strategies, and the equilibrium where some country plays it."""
    n = len(strategies)
    responds = np.array([strategy.rule is None for strategy in strategies])
    by_count = np.zeros((n, game.offsets[-1] if not responds.all() else 1))
    for i, strategy in enumerate(strategies):
        if strategy.rule is not None:
            states = public_states(setting, game, i)
            by_count[i] = np.where(np.isfinite(states.sign), strategy.rule(states), 0.0)
    if not responds.any():
        return Policy(by_count, np.zeros((1, 1)), responds, np.zeros(1, np.int64)), None
    fixed = Policy(by_count, np.zeros((1, 1)), np.zeros(n, np.bool_), np.zeros(1, np.int64))
    if n > EXACT_COUNTRIES:
        crowd = solve_crowd(game, fixed, responds)
        return crowd.policy(), crowd
    equilibrium = solve(game, fixed, responds)
    return Policy(by_count, equilibrium.by_set, responds, equilibrium.set_offsets), equilibrium
