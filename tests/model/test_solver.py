"""Where a game is solved exactly and where not: by the size of its tables, countries and meetings alike."""

import numpy as np
import pytest

from model import solver
from model.equilibrium import MOST_BYTES, solve, table_bytes
from model.errors import InputError
from model.hegemon import check_size, hegemon_bytes, solve_against
from model.memory import container_bytes
from model.solver import is_exact
from model.states import set_offsets
from model.timing import Game, raw_game
from tests.tools.program import Call, assert_refused


def game_of(countries: int, meetings: int) -> Game:
    return raw_game(lambda *state: 0.5, lambda *state: 0.1, countries=countries, meetings=meetings, precision=20.0)


@pytest.mark.parametrize("countries", range(1, 12))
def test_the_formula_is_the_size_of_the_tables(countries: int) -> None:
    assert table_bytes(countries, 77) == (8 * (77 + 3) + 77) * set_offsets(countries)[-1]


def test_countries_and_meetings_count() -> None:
    """Fourteen countries and 77 meetings are exact, and would not be with 1,000 days; few meetings allow more."""
    assert table_bytes(14, 77) <= MOST_BYTES < table_bytes(15, 77)
    assert table_bytes(14, 857) == pytest.approx(13.3e9, rel=0.01)
    assert table_bytes(16, 17) <= MOST_BYTES
    assert is_exact(game_of(6, 77))


def test_too_large_a_game_is_refused_with_its_size() -> None:
    with pytest.raises(InputError, match=r"6 countries and 77 meetings need .* GB of tables"):
        solve(game_of(6, 77), most_bytes=1000)


@pytest.mark.parametrize(("countries", "meetings"), [(1, 5), pytest.param(4, 77, marks=pytest.mark.slow), (8, 20)])
def test_the_formula_counts_calls_and_terms_too(countries: int, meetings: int) -> None:
    found = solve_against(game_of(countries, meetings), looks_forward=True)
    tables = (found.by_set, found.calls, found.terms, found.reasoned)
    assert hegemon_bytes(countries, meetings) == sum(t.nbytes for t in tables) + 3 * 8 * found.by_set.shape[1]


def test_a_game_too_large_for_a_hegemon_that_plays_is_refused() -> None:
    check_size(12, 150, "tests")
    with pytest.raises(InputError, match=r"tests: 12 countries and 300 meetings need 2.4 GB of tables; at most 2.0 GB"):
        check_size(12, 300, "tests")
    with pytest.raises(InputError, match=r"hegemon: 13 countries; .* at most 12"):
        solve_against(game_of(13, 2), looks_forward=False)


def test_exact_by_force(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the usual size `solve --exact` gives what the exact solver gives; not where memory is short."""
    usual = call("solve", "--json").json
    monkeypatch.setattr(solver, "MOST_BYTES", 10**5)
    assert call("solve", "--json").json["method"].startswith("simulated")
    assert call("solve", "--exact", "--json").json["countries"] == usual["countries"]
    monkeypatch.setattr(solver, "free_bytes", lambda: 10.0**5)
    assert_refused(call("solve", "--exact"), "6 countries and 77 meetings need", "at most 0.0 GB are allowed")


def test_a_container_s_limit_counts(tmp_path) -> None:
    assert container_bytes(tmp_path) == np.inf
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert container_bytes(tmp_path) == np.inf
    (tmp_path / "memory.max").write_text("5000\n")
    assert container_bytes(tmp_path) == 4000


@pytest.mark.parametrize("priority", [0.0, -1.0, [1.0, 0.0], float("nan")])
def test_a_raw_game_in_which_somebody_cannot_be_called_is_refused(priority) -> None:
    with pytest.raises(InputError, match="numbers above 0 are allowed"):
        raw_game(lambda *s: 0.5, lambda *s: 0.1, countries=2, meetings=3, precision=1.0, priority=priority)
