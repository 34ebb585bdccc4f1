"""The policy table: any mix of strategies, tabulated once for a setting.

The batch kernel, the agents and the solver all read this one table. A rule is asked about the states of one meeting at
a time. Countries that play `equilibrium` respond by the logit to the others' true policies; if all play it, that is
the equilibrium of the game (`model.solver`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.strategies import EQUILIBRIUM, PublicStates, Strategy, find_strategy
from model.calendar import make_calendar
from model.case import Case
from model.case_file import load_case
from model.errors import InputError, unknown
from model.forecast import stopping_advantage
from model.meeting import Policy
from model.setting import Overrides, Setting, make_setting
from model.solver import Solution, Status, solve_for
from model.states import count_states, triangle
from model.terms import Terms, make_terms
from model.timing import Game, timing_game

DEFAULT = "default"


@dataclass(frozen=True)
class Prepared:
    """Everything that is fixed before the first meeting: setting, terms, game, policy, strategies."""

    setting: Setting
    terms: Terms
    game: Game
    solution: Solution
    strategies: tuple[Strategy, ...]

    @property
    def policy(self) -> Policy:
        """The policy table."""
        return self.solution.policy

    @property
    def exact(self) -> bool:
        """Whether what is expected of it is found exactly."""
        return self.solution.exact

    @property
    def status(self) -> Status:
        """How the equilibrium was found, and whether it was."""
        return self.solution.status


def strategies_of(
    case: Case, chosen: str | Mapping[str, str] | None = None, origin: str = "strategy"
) -> tuple[Strategy, ...]:
    """The strategy of each country: `chosen` is a name for all, or maps iso3 codes, and "default", to names."""
    chosen = {DEFAULT: chosen} if isinstance(chosen, str) else dict(chosen or {})
    for key in chosen:
        if key != DEFAULT and key not in case.ids:
            raise unknown("country", key, case.ids, origin)
    default = chosen.get(DEFAULT, EQUILIBRIUM)
    return tuple(find_strategy(chosen.get(iso3, default), origin) for iso3 in case.ids)


def prepare(
    case: str | Path | Case | Setting = "six",
    strategy: str | Mapping[str, str] | tuple[Strategy, ...] | None = None,
    *,
    factors: Overrides | None = None,
    force_exact: bool = False,
) -> Prepared:
    """Tabulate terms, game and policies: everything that is fixed before the first meeting.

    Parameters
    ----------
    case
        A shipped case by name, a case file by path, a `Case`, or a `Setting`, whose own factors stay.
    strategy
        A name for all countries; names by iso3 code, and "default" for the others; or a `Strategy` for each country.
        Without one all play the equilibrium.
    factors
        What differs from the defaults and from the case, by name: parameters, those of one country, numbers of its
        data or of the window.
    force_exact
        Solve exactly, however many countries, as long as free memory allows.

    Returns
    -------
    Prepared
        The setting with its tables, from which any number of negotiations can be played.

    Examples
    --------
    >>> prepared = prepare("six", {"KOR": "wait_and_see"}, factors={"headline_value": 0.06, "KOR.inertia": 0.1})
    >>> prepared.status.method
    'exact'
    """
    setting = setting_of(case, factors or {})
    strategies = strategy if isinstance(strategy, tuple) else strategies_of(setting.case, strategy)
    terms = make_terms(setting)
    game = timing_game(setting, terms)
    return Prepared(setting, terms, game, tabulate(setting, game, strategies, force_exact=force_exact), strategies)


def setting_of(case: str | Path | Case | Setting, factors: Overrides) -> Setting:
    """The setting of a case under factors; of a setting under more of them."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in factors.items()}
    if isinstance(case, Setting):
        return make_setting(case.case, {**case.overrides, **plain}, "factors") if plain else case
    return make_setting(case if isinstance(case, Case) else load_case(str(case)), plain, "factors")


def tabulate(setting: Setting, game: Game, strategies: tuple[Strategy, ...], *, force_exact: bool = False) -> Solution:
    """The policy table of a mix of strategies."""
    n = len(strategies)
    responds = np.array([strategy.rule is None for strategy in strategies])
    by_count = np.zeros((n, 1 if responds.all() else game.offsets[-1]))
    for i in np.flatnonzero(~responds):
        by_count[i] = moves_of(strategies[i], setting, game, int(i))
    nowhere = np.zeros((1, 1)), np.zeros(n, np.bool_), np.zeros(1, np.int64)
    return solve_for(game, Policy(by_count, *nowhere), responds, force_exact=force_exact)


def moves_of(strategy: Strategy, setting: Setting, game: Game, i: int) -> np.ndarray:
    """The probability with which country i moves by a rule in every count state, (C,); 0 where it cannot sign."""
    out = np.zeros(game.offsets[-1])
    assert strategy.rule is not None
    for states, here in public_states(setting, game, i):
        moves = checked(strategy, strategy.rule(states), states)
        out[here] = np.where(np.isfinite(states.sign), moves, 0.0)
    return out


def public_states(setting: Setting, game: Game, i: int) -> list[tuple[PublicStates, slice]]:
    """The public states of each meeting from country i's point of view, and where they stand among all."""
    calendar = make_calendar(setting.window)
    table = count_states(len(game.who), calendar.meetings)
    possible = game.sign[i][np.isfinite(game.sign[i])]
    advantage: dict[float, np.ndarray] = {}

    def advantage_at_rate(rate: float, here: slice) -> np.ndarray:
        if rate not in advantage:
            advantage[rate] = stopping_advantage(game, i, rate)
        return advantage[rate][here]

    out = []
    for m in range(calendar.meetings):
        here = slice(int(game.offsets[m]), int(game.offsets[m + 1]))
        _, signed, harsh, known = table[here].T
        states = PublicStates(
            meeting=m,
            day=int(calendar.day[m]),
            signed=signed,
            harsh=harsh,
            known=known,
            sign=readable(game.sign[i, here]),
            no_deal=game.no_deal[int(m >= game.regular), i, triangle(signed, harsh)],
            ratification=readable(game.ratification[i, here]),
            precision=float(game.precision[i]),
            base_log_odds=game.base_log_odds[i, np.minimum(signed, len(game.who) - 1)],
            countries=len(game.who),
            last_day=int(setting.window.window_days),
            best=float(possible.max()) if len(possible) else 0.0,
            advantage_at_rate=lambda rate, here=here: advantage_at_rate(rate, here),  # type: ignore[misc]
        )
        out.append((states, here))
    return out


def readable(view: np.ndarray) -> np.ndarray:
    """A view of a table of the game that no rule can write into."""
    view.flags.writeable = False
    return view


def checked(strategy: Strategy, moves: object, states: PublicStates) -> np.ndarray:
    """What a rule has answered, as probabilities (states,), or an `InputError` that says what is wrong with it."""
    where = f"strategy {strategy.name}: meeting {states.meeting}"
    try:
        probabilities = np.asarray(moves, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{where}: the answer is no array of numbers ({type(moves).__name__})") from None
    if probabilities.shape not in ((), states.signed.shape):
        given, wanted = probabilities.shape, states.signed.shape
        raise InputError(f"{where}: the answer has shape {given}; a number or shape {wanted} is allowed")
    bad = ~((probabilities >= 0.0) & (probabilities <= 1.0))
    if bad.any():
        raise InputError(f"{where}: {float(probabilities[bad][0])!r} is no probability; allowed: 0 to 1")
    return probabilities
