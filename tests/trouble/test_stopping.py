"""Whatever tells the program to stop, it tidies up once; what is to be ignored stays ignored."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.guard import guarded
from tests.tools.program import PROGRAM

LONG = 'replicates = 100_000_000\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of a posix system")


def started(folder: Path, *arguments: str, ready: Callable[[], bool], prefix: tuple[str, ...] = ()) -> subprocess.Popen:
    """The program at work in a folder."""
    program = subprocess.Popen(
        [*prefix, str(PROGRAM), *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    patience = time.monotonic() + 300
    while not ready():
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < patience
        time.sleep(0.01)
    return program


def half_written(folder: Path) -> list[str]:
    """What a work that has not ended leaves: hidden, and not the design or the case."""
    return sorted(path.name for path in folder.rglob(".*"))


def countries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("countries.csv") if path.stat().st_size > 1000]


@pytest.mark.parametrize("told", [signal.SIGHUP, signal.SIGTERM])
def test_a_sweep_leaves_nothing_half_written(tmp_path: Path, told: signal.Signals) -> None:
    (tmp_path / "d.toml").write_text(LONG)
    program = started(tmp_path, "sweep", "d.toml", "--out", "out", ready=lambda: bool(countries(tmp_path)))
    program.send_signal(told)
    out, err = program.communicate(timeout=120)
    assert (program.returncode, out, err) == (128 + told, "", "")
    assert half_written(tmp_path) == [] and not (tmp_path / "out" / "manifest.json").exists()


def test_a_second_signal_does_not_break_off_the_tidying(tmp_path: Path) -> None:
    """As at the end of a session: SIGHUP and SIGTERM at once."""
    (tmp_path / "d.toml").write_text(LONG)
    program = started(tmp_path, "sweep", "d.toml", "--out", "out", ready=lambda: bool(countries(tmp_path)))
    for told in (signal.SIGHUP, signal.SIGTERM, signal.SIGTERM, signal.SIGHUP):
        program.send_signal(told)
    _, err = program.communicate(timeout=120)
    assert program.returncode in (128 + signal.SIGHUP, 128 + signal.SIGTERM)
    assert err == "" and half_written(tmp_path) == []


def test_measures_leave_nothing_half_written(tmp_path: Path) -> None:
    arguments = ("measures", "--case", "eighteen", "--replicates", "400000", "--out", "out")
    program = started(tmp_path, *arguments, ready=lambda: bool(half_written(tmp_path)))
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=300)
    assert program.returncode == 128 + signal.SIGTERM
    assert half_written(tmp_path) == []


def test_what_nohup_ignores_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(LONG)
    program = started(
        tmp_path, "sweep", "d.toml", "--out", "out", ready=lambda: bool(countries(tmp_path)), prefix=("nohup",)
    )
    program.send_signal(signal.SIGHUP)
    time.sleep(1.0)
    assert program.poll() is None
    program.terminate()
    program.communicate(timeout=120)
    assert program.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("told", [signal.SIGHUP, signal.SIGTERM])
def test_handlers_are_given_back(told: signal.Signals) -> None:
    def mine(number: int, frame: object) -> None:
        raise AssertionError

    before = signal.signal(told, mine)
    try:
        assert guarded(lambda: signal.raise_signal(told)) == 128 + told
        assert signal.getsignal(told) is mine
        signal.signal(told, signal.SIG_IGN)
        assert guarded(lambda: signal.raise_signal(told)) == 0
        assert signal.getsignal(told) is signal.SIG_IGN
    finally:
        signal.signal(told, before)
