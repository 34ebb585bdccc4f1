"""What solving against a hegemon that plays takes is said before it, where it is long."""

from pathlib import Path

import pytest

from agents import policy
from agents.policy import prepare, strategies_of
from experiments.measures.catalogue import CATALOGUE, measure_rows
from experiments.measures.study import SimulatedRuns, Study
from experiments.page import serve
from experiments.sweeps import solving_time
from experiments.sweeps.solving_time import say_what_it_takes, say_what_measures_take, seconds_to_solve
from model.case_file import load_case
from model.case_selection import select_countries
from model.equilibrium import Equilibrium
from model.hegemon import hegemon_bytes
from model.setting import make_setting
from tests.tools.program import Call

LOOKING = "--strategy=hegemon=forward_looking"
EIGHTEEN = load_case("eighteen")
TWELVE = select_countries(EIGHTEEN, EIGHTEEN.ids[:12], "tests")
Captured = pytest.CaptureFixture[str]


def all_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """However short it is."""
    monkeypatch.setattr(solving_time, "WORTH_SAYING", 0.0)
    monkeypatch.setattr(solving_time, "WORTH_SAYING_OF_MANY", 0.0)


def test_a_long_one_is_announced_and_a_short_one_is_not(capsys: Captured) -> None:
    setting = make_setting(TWELVE)
    say_what_it_takes(setting, strategies_of(TWELVE, {"hegemon": "forward_looking"}))
    said = capsys.readouterr().err
    assert said == "12 countries, 77 meetings, hegemon=forward_looking: about 7 s, 623 MB of tables\n"
    for case, weekly, hegemon in (
        (TWELVE, 6, "promise_keeping"),
        (TWELVE, 1, "choosing"),
        (load_case("six"), 6, "choosing"),
    ):
        say_what_it_takes(make_setting(case, {"meetings_per_week": weekly}), strategies_of(case, {"hegemon": hegemon}))
    assert capsys.readouterr().err == ""


def test_seconds_grow_with_meetings_states_and_terms() -> None:
    one = seconds_to_solve(make_setting(TWELVE, {"meetings_per_week": 3}), True)
    assert seconds_to_solve(make_setting(TWELVE), True) == pytest.approx(77 / 38 * one)
    assert seconds_to_solve(make_setting(TWELVE, {"meetings_per_week": 3}), False) < one
    assert 2 < one < 6


def test_bytes_are_those_of_what_is_kept() -> None:
    eight = select_countries(EIGHTEEN, EIGHTEEN.ids[:8], "tests")
    found = prepare(eight, {"hegemon": "forward_looking"}).solution.equilibrium
    assert isinstance(found, Equilibrium)
    kept = sum(table.nbytes for table in (found.by_set, found.calls, found.terms, found.reasoned))
    assert kept <= hegemon_bytes(8, 77) <= 1.1 * kept


@pytest.mark.parametrize("command", ["run", "solve", "measures", "view"])
def test_every_command_says_it(call: Call, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    all_said(monkeypatch)
    monkeypatch.setattr(serve, "serve", lambda *arguments, **options: None)
    more = ("--measure", "option_value") if command == "measures" else ()
    called = call(command, LOOKING, *more)
    assert called.code == 0
    takes = "up to 2 games, about 0 s on one core" if more else "about 0 s"
    tables = "2.62 MB of tables" + (" each" if more else "")
    assert called.err == f"6 countries, 77 meetings, hegemon=forward_looking: {takes}, {tables}\n"
    assert call(command, *more).err == ""


def test_so_does_a_replay(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d.toml").write_text(
        'replicates = 2\nstrategy = { hegemon = "choosing" }\n[grid]\ndelay_cost = [0.0, 0.1]\n'
    )
    called = call("sweep", "d.toml", "--out", "out", "--no-figures")
    assert called.code == 0, called.err
    all_said(monkeypatch)
    assert "hegemon=choosing: about 0 s" in call("run", "--replay", "out").err


@pytest.mark.parametrize("hegemon", ["promise_keeping", "choosing", "forward_looking"])
def test_measures_solve_no_more_games_than_is_said(
    hegemon: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each measure by itself; for the costliest the number is exact."""
    all_said(monkeypatch)
    case, solved = load_case("six"), []
    mix, solve = strategies_of(case, {"hegemon": hegemon}), policy.solve_against

    def counted(*arguments, **options):
        solved.append(1)
        return solve(*arguments, **options)

    monkeypatch.setattr(policy, "solve_against", counted)
    for name in CATALOGUE:
        say_what_measures_take(make_setting(case), mix, [name], 1)
        said = capsys.readouterr().err
        most = int(said.split("up to ")[1].split()[0]) if "up to" in said else int(bool(said))
        solved.clear()
        list(measure_rows(Study(prepare(make_setting(case), mix), SimulatedRuns(1, 100)), [name], ["KOR"]))
        assert len(solved) <= most, name
        if name == "constraint_cost" and hegemon != "promise_keeping":
            assert len(solved) == most == 16


def test_a_sweep_s_dry_run_counts_it(call: Call, tmp_path: Path) -> None:
    """By solving a point: against a hegemon that looks forward it takes longer."""
    seconds = []
    for hegemon in ("promise_keeping", "forward_looking"):
        (tmp_path / "d.toml").write_text(
            f'case = "eighteen"\ncountries = {list(EIGHTEEN.ids[:8])}\nreplicates = 2\n'
            f'strategy = {{ hegemon = "{hegemon}" }}\n[grid]\ndelay_cost = [0.0, 0.1]\n'.replace("'", '"')
        )
        said = call("sweep", "d.toml", "--dry-run").out
        seconds.append(float(said.split("solving ")[1].split()[0]))
    assert seconds[1] > seconds[0]
