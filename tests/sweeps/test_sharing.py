"""Work that points share: what is said not to be read is not read, and shared work gives the same numbers."""

import dataclasses
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from agents.policy import prepare, strategies_of, tabulate
from experiments.sweeps import sharing
from experiments.sweeps.once import Once, array_bytes
from experiments.sweeps.sharing import GAME_DOES_NOT_READ, LOTTERY_DOES_NOT_READ, TERMS_DO_NOT_READ, Shared
from model.case import Country, Window
from model.case_file import load_case
from model.declaration import quantities
from model.equilibrium import solve
from model.parameters import Parameters
from model.setting import Setting, make_setting
from model.terms import make_terms
from model.timing import timing_game


class Missing(dict[str, Any]):
    """A mapping that some names have been taken out of: to read one is an error."""

    def __init__(self, content: Mapping[str, Any], names: frozenset[str]) -> None:
        super().__init__({name: value for name, value in content.items() if name not in names})


class Without:
    """An object of which some attributes cannot be read."""

    def __init__(self, thing: Any, names: frozenset[str]) -> None:
        self._thing, self._names = thing, names

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            raise KeyError(f"{name} is read")
        return getattr(self._thing, name)


def without(setting: Setting, names: frozenset[str]) -> Any:
    """A setting that has lost these factors."""
    countries = tuple(Without(country, names) for country in setting.countries)
    case = Without(dataclasses.replace(setting.case, countries=countries), frozenset())  # type: ignore[arg-type]
    return dataclasses.replace(
        setting,
        case=case,  # type: ignore[arg-type]
        parameters=Without(setting.parameters, names),  # type: ignore[arg-type]
        by_country=Missing(setting.by_country, names),
    )


def same(one: Any, other: Any) -> bool:
    """Whether two nested records of arrays are equal to the bit."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


@pytest.mark.parametrize("case", ["six", "eighteen"])
def test_terms_are_made_without_what_they_do_not_read(case: str) -> None:
    setting = make_setting(load_case(case))
    assert same(make_terms(without(setting, TERMS_DO_NOT_READ)), make_terms(setting))


def test_a_game_is_made_without_what_it_does_not_read() -> None:
    setting = make_setting(load_case("six"))
    terms = make_terms(setting)
    assert same(timing_game(without(setting, GAME_DOES_NOT_READ), terms), timing_game(setting, terms))


def test_what_is_taken_away_would_be_missed() -> None:
    """The check can fail: terms read the headline value and imports, and a game the precision of precedents."""
    setting = make_setting(load_case("six"))
    with pytest.raises(KeyError, match="headline_value"):
        make_terms(without(setting, frozenset({"headline_value"})))
    with pytest.raises(KeyError, match="imports"):
        make_terms(without(setting, frozenset({"imports"})))
    with pytest.raises(KeyError, match="precedent_accuracy"):
        timing_game(without(setting, TERMS_DO_NOT_READ), make_terms(setting))


def test_the_lottery_does_not_read_the_hegemons_precision() -> None:
    """The game differs by it in what a hegemon that plays looks at, and that the solver does not read."""
    case = load_case("six")
    games = [timing_game(s, make_terms(s)) for s in (make_setting(case, {"hegemon_precision": x}) for x in (1, 300))]
    assert not same(games[0], games[1])
    assert same(games[0]._replace(shadow=games[1].shadow), games[1])
    shadow = games[0].shadow
    nonsense = {name: np.full_like(numbers, -7) for name, numbers in shadow._asdict().items()}
    spoilt = games[0]._replace(shadow=shadow._replace(**nonsense))
    assert same(solve(spoilt).by_set, solve(games[0]).by_set)
    assert same(solve(spoilt).value, solve(games[0]).value)


def test_all_names_are_those_of_factors() -> None:
    factors = {*quantities(Parameters), *quantities(Country), *quantities(Window)}
    assert factors >= TERMS_DO_NOT_READ | GAME_DOES_NOT_READ | LOTTERY_DOES_NOT_READ


POINTS: list[dict[str, float | str | None]] = [
    {"delay_cost": 0.1, "KOR.strategy": "myopic"},
    {"delay_cost": 0.1, "KOR.strategy": "equilibrium"},
    {"delay_cost": 0.1, "KOR.strategy": "equilibrium", "JPN.gdp": 5_000.0},
    {"delay_cost": 0.1, "KOR.strategy": "equilibrium", "hegemon_precision": 3.0},
    {"delay_cost": 0.1, "hegemon.strategy": "choosing", "hegemon_precision": 3.0},
    {"delay_cost": 0.1, "hegemon.strategy": "choosing", "hegemon_precision": 30.0},
    {"delay_cost": 0.2, "KOR.inertia": 0.1},
    {"headline_value": 0.03, "KOR.inertia": 0.1},
]


def test_points_that_share_are_as_if_they_did_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is made twice: two terms, six games of different numbers, and a policy for all but what a lottery
    does not read."""
    made = {"make_terms": 0, "timing_game": 0, "tabulate": 0}

    def counting(name: str) -> Any:
        real = getattr(sharing, name)

        def count(*given: Any) -> Any:
            made[name] += 1
            return real(*given)

        return count

    for name in made:
        monkeypatch.setattr(sharing, name, counting(name))
    case, shared = load_case("six"), Shared()
    for point in POINTS:
        numbers = sharing.numbers_of(point)
        mix = strategies_of(case, sharing.strategies_at(point))
        setting = make_setting(case, numbers)
        found, alone = shared.prepare(setting, point, mix), prepare(setting, mix)
        assert same(found.terms, alone.terms)
        assert same(found.game, alone.game)
        assert same(found.policy, alone.policy)
        assert found.setting is setting
    assert made == {"make_terms": 2, "timing_game": 5, "tabulate": 6}


def test_a_thing_is_made_once_by_many() -> None:
    once, made, start = Once(3), [], threading.Barrier(8)

    def make() -> np.ndarray:
        made.append(threading.get_ident())
        return np.zeros(10)

    found: list[Any] = []

    def ask() -> None:
        start.wait()
        found.append(once.get("key", make))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert all(one is found[0] for one in found)


def test_the_last_ones_are_kept() -> None:
    once, made = Once(2), []

    def get(key: str, size: int = 1) -> None:
        once.get(key, lambda: made.append(key) or np.zeros(size))  # type: ignore[func-returns-value]

    for key in "abacab":
        get(key)
    assert made == ["a", "b", "c", "b"]
    assert len(once) == 2
    small, made[:] = Once(100, most_bytes=1_000), []
    once = small
    for key, size in (("a", 50), ("b", 50), ("c", 200), ("a", 50)):
        get(key, size)
    assert made == ["a", "b", "c", "a"]
    assert once.bytes <= 1_000


def test_an_error_reaches_all_who_ask() -> None:
    once = Once(3)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            once.get("key", lambda: 1 // 0)


def test_bytes_of_arrays() -> None:
    prepared = prepare("six", "myopic")
    game = prepared.game
    assert array_bytes(game.sign) == game.sign.nbytes
    assert array_bytes(game) > game.sign.nbytes + game.ratification.nbytes
    assert array_bytes(prepared.terms) > prepared.terms.payoff.nbytes
    assert array_bytes(tabulate(prepared.setting, game, prepared.mix)) > 0
