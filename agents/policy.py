"""The policy table: any mix of strategies, tabulated once for a setting.

The batch kernel, the agents and the solver all read this one table. A rule is asked about the states of one meeting at
a time. Countries that play `equilibrium` respond by the logit to the others' true policies; if all play it, that is
the equilibrium of the game (`model.solver`). Where the hegemon plays too (`model.hegemon`), the table holds its calls,
and the terms that it would agree on, beside the countries' moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.hegemon_strategies import (
    HEGEMON,
    HEGEMON_CATALOGUE,
    PROMISE_KEEPING,
    HegemonStrategy,
    hegemon_of,
)
from agents.strategies import EQUILIBRIUM, PublicStates, Strategy, find_strategy
from agents.strategy_file import fingerprint
from model.calendar import Calendar, make_calendar
from model.case import Case
from model.case_file import load_case
from model.errors import InputError, unknown
from model.forecast import stopping_advantage
from model.hegemon import Asked, check_size, solve_against
from model.meeting import Policy
from model.setting import Overrides, Setting, make_setting
from model.solver import EXACT, Solution, Status, solve_for
from model.states import count_states, triangle
from model.terms import Terms, make_terms
from model.timing import Game, timing_game

DEFAULT = "default"


@dataclass(frozen=True)
class Mix:
    """Who plays what: the strategy of each country, and that of the hegemon."""

    countries: tuple[Strategy, ...]
    hegemon: HegemonStrategy = HEGEMON_CATALOGUE[PROMISE_KEEPING]


@dataclass(frozen=True)
class Prepared:
    """Everything that is fixed before the first meeting: setting, terms, game, policy, strategies."""

    setting: Setting
    terms: Terms
    game: Game
    solution: Solution
    mix: Mix

    @property
    def strategies(self) -> tuple[Strategy, ...]:
        """The strategy of each country."""
        return self.mix.countries

    @property
    def hegemon(self) -> HegemonStrategy:
        """The strategy of the hegemon."""
        return self.mix.hegemon

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
    case: Case,
    chosen: str | Mapping[str, str] | None = None,
    origin: str = "strategy",
    opened: Mapping[str, Strategy] | None = None,
) -> Mix:
    """The strategy of each country and of the hegemon: `chosen` is a name for all countries, or maps iso3 codes,
    "default" and "hegemon" to names. opened: strategies in files that another process has opened, by name."""
    chosen = {DEFAULT: chosen} if isinstance(chosen, str) else dict(chosen or {})
    hegemon = hegemon_of(chosen, origin)
    for key in chosen:
        if key not in (DEFAULT, HEGEMON) and key not in case.ids:
            raise unknown("country", key, (*case.ids, HEGEMON), origin)
    default = chosen.get(DEFAULT, EQUILIBRIUM)
    names, opened = (chosen.get(iso3, default) for iso3 in case.ids), opened or {}
    mix = Mix(tuple(opened[name] if name in opened else find_strategy(name, origin) for name in names), hegemon)
    check_mix(case, mix, origin)
    return mix


def check_mix(case: Case, mix: Mix, origin: str) -> None:
    """InputError where a country's strategy cannot meet the hegemon's, or the case is too large for it."""
    if not mix.hegemon.chooses:
        return
    where = f"{origin}: {HEGEMON}={mix.hegemon.name}"
    for iso3, strategy in zip(case.ids, mix.countries, strict=True):
        if mix.hegemon.looks_forward and not strategy.present:
            raise InputError(
                f"{where}: {iso3} cannot play {strategy.name}, which judges by more than the present state; terms come "
                "out of the game here"
            )
    check_size(len(case.ids), 0, where)


def prepare(
    case: str | Path | Case | Setting = "six",
    strategy: str | Mapping[str, str] | Mix | tuple[Strategy, ...] | None = None,
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
        A name for all countries; names by iso3 code, "default" for the others and "hegemon" for the hegemon; a `Mix`;
        or a `Strategy` for each country. Without one all countries play the equilibrium, and the hegemon keeps its
        promise.
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
    if isinstance(strategy, tuple):
        strategy = Mix(strategy)
    mix = strategy if isinstance(strategy, Mix) else strategies_of(setting.case, strategy)
    terms = make_terms(setting)
    game = timing_game(setting, terms)
    return Prepared(setting, terms, game, tabulate(setting, game, mix, force_exact=force_exact), mix)


def setting_of(case: str | Path | Case | Setting, factors: Overrides) -> Setting:
    """The setting of a case under factors; of a setting under more of them."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in factors.items()}
    if isinstance(case, Setting):
        return make_setting(case.case, {**case.overrides, **plain}, "factors") if plain else case
    return make_setting(case if isinstance(case, Case) else load_case(str(case)), plain, "factors")


def tabulate(setting: Setting, game: Game, mix: Mix, *, force_exact: bool = False) -> Solution:
    """The policy table of a mix of strategies."""
    if mix.hegemon.chooses:
        return tabulate_against(setting, game, mix)
    n = len(mix.countries)
    responds = np.array([strategy.rule is None for strategy in mix.countries])
    by_count = np.zeros((n, 1 if responds.all() else game.offsets[-1]))
    for i in np.flatnonzero(~responds):
        by_count[i] = moves_of(mix.countries[i], setting, game, int(i))
    nowhere = np.zeros((1, 1)), np.zeros(n, np.bool_), np.zeros(1, np.int64)
    return solve_for(game, Policy(by_count, *nowhere), responds, force_exact=force_exact)


def tabulate_against(setting: Setting, game: Game, mix: Mix) -> Solution:
    """The policy table of a mix in which the hegemon plays: all by set."""
    responds = np.array([strategy.rule is None for strategy in mix.countries])
    calendar, looks_forward = make_calendar(setting.window), mix.hegemon.looks_forward
    by_count = {
        int(i): moves_of(mix.countries[i], setting, game, int(i))
        for i in np.flatnonzero(~responds)
        if not looks_forward
    }

    def answer(i: int, m: int, asked: Asked) -> np.ndarray:
        if i in by_count:
            return by_count[i][game.offsets[m] + 2 * asked.pair + asked.known]
        strategy, states = mix.countries[i], states_asked(calendar, game, i, m, asked)
        assert strategy.rule is not None
        return checked(strategy, strategy.rule(states), states)

    found = solve_against(
        game,
        looks_forward=looks_forward,
        responds=responds,
        answer=answer,
        likeness=[None if strategy.rule is None else fingerprint(strategy) for strategy in mix.countries],
        origin=f"{HEGEMON}={mix.hegemon.name}",
    )
    return Solution(found.policy(), found, Status(EXACT, 0.0, 1, True), exact=True)


def states_asked(calendar: Calendar, game: Game, i: int, m: int, asked: Asked) -> PublicStates:
    """The public states in which country i can be called at a meeting, where the hegemon looks forward: what a
    signature is worth is known in them alone, and not yet in earlier ones."""

    def no_rate(rate: float) -> np.ndarray:
        raise InputError("advantage_at_rate is not known against a hegemon that looks forward")

    return PublicStates(
        meeting=m,
        day=int(calendar.day[m]),
        signed=asked.signed,
        harsh=asked.harsh,
        known=asked.known,
        sign=readable(asked.sign),
        no_deal=game.no_deal[int(m >= game.regular), i, asked.pair],
        ratification=readable(asked.ratification),
        precision=float(game.precision[i]),
        base_log_odds=game.base_log_odds[i, asked.signed],
        countries=len(game.who),
        last_day=calendar.window_days,
        best=np.nan,
        advantage_at_rate=no_rate,
    )


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
