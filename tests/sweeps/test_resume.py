"""An interrupted sweep goes on where it stopped, whatever ended it: at the end every file is that of an undisturbed
sweep, to the byte."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.sweeps import blocks, plan, progress, sweep, workers
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables.changeover import UNFINISHED
from experiments.tables.journal import JOURNAL, digest
from model.errors import InputError
from tests.tools.folders import result, small_design
from tests.tools.killing import killed_before
from tests.tools.program import PROGRAM, Call, assert_refused, tree

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
MEASURED = {"measures": ["price_of_waiting", "payoff_by_date"], "measured": ["KOR"]}
DESIGN, PLAIN = small_design(**MEASURED), small_design()
DESIGN_FILE = (
    'name = "quick"\nreplicates = 9\nseed = 3\nstrategy = "myopic"\nmeasures = ["price_of_waiting", '
    '"payoff_by_date"]\nmeasured = ["KOR"]\n[grid]\ndelay_cost = [0.0, 0.1]\n'
)


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Asking git takes longer than a sweep; and what a process has written outlives it without going to the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "git_commit", lambda: None)
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(autouse=True)
def an_entry_after_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    monkeypatch.setattr(blocks, "BLOCK", 4)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", float("inf"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an undisturbed sweep writes."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    run_sweep(DESIGN, folder, threads=1)
    return result(folder)


class Stopped(Exception):
    """In the place of whatever may end a sweep."""


def stop_after(items: int) -> Callable[..., None]:
    """A progress function that ends the sweep after so many items."""
    count = 0

    def progress(*done: int) -> None:
        nonlocal count
        count += 1
        if count == items:
            raise Stopped

    return progress


@pytest.mark.parametrize("items", range(1, 9))  # of eight: measures and three chunks at each of two points
def test_stopped_after_any_item(tmp_path: Path, whole: dict[str, Any], items: int) -> None:
    with pytest.raises(Stopped):
        run_sweep(DESIGN, tmp_path / "out", threads=1, progress=stop_after(items))
    assert [path.name for path in (tmp_path / "out").iterdir()] == [UNFINISHED]
    manifest = run_sweep(DESIGN, tmp_path / "out", threads=2)
    assert result(tmp_path / "out") == whole
    assert (manifest["run"]["sessions"], manifest["run"]["played"]) == (2, 18)


def test_stopped_after_every_item(tmp_path: Path, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight sessions, each of one item; no run is played twice."""
    played: list[tuple[float, int]] = []
    play = blocks.play

    def noted(game: Any, *arguments: Any, first: int, replicates: int, **options: Any) -> Any:
        played.extend((float(game.sign[0, 0]), first + r) for r in range(replicates))
        return play(game, *arguments, first=first, replicates=replicates, **options)

    monkeypatch.setattr(blocks, "play", noted)
    monkeypatch.setattr(workers, "worker_count", lambda threads: 0.5)  # nothing is begun ahead
    monkeypatch.setattr(workers, "pool_for", lambda jobs, threads: OneByOne())
    for _ in range(8):
        with pytest.raises(Stopped):
            run_sweep(DESIGN, tmp_path / "out", progress=stop_after(1))
    assert len(played) == 18
    manifest = run_sweep(DESIGN, tmp_path / "out")
    assert result(tmp_path / "out") == whole
    assert manifest["run"]["sessions"] == 9
    assert len(played) == 18


class OneByOne:
    """An executor that works when it is asked, in this thread."""

    def __enter__(self) -> "OneByOne":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def shutdown(self, **options: Any) -> None:
        return None

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Any:
        class Later:
            def __init__(self) -> None:
                self.answer: list[Any] = []

            def result(self, timeout: float | None = None) -> Any:
                if not self.answer:
                    self.answer.append(work(*arguments))
                return self.answer[0]

            def cancel(self) -> None:
                return None

        return Later()


def test_with_fewer_entries_less_is_kept_and_nothing_wrong(
    tmp_path: Path, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ENTRY_SECONDS", float("inf"))
    with pytest.raises(Stopped):
        run_sweep(DESIGN, tmp_path / "out", progress=stop_after(5))
    assert (tmp_path / "out" / UNFINISHED / JOURNAL).exists()  # made on the way out
    run_sweep(DESIGN, tmp_path / "out")
    assert result(tmp_path / "out") == whole


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same without measures."""
    folder = tmp_path_factory.mktemp("plain") / "out"
    run_sweep(PLAIN, folder, threads=1)
    return result(folder)


@forks
@pytest.mark.slow
def test_killed_before_every_file_operation(
    tmp_path: Path, plain: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 9)  # an entry a point
    killed, number = True, 0
    while killed:
        number += 1
        out = tmp_path / str(number)
        killed = killed_before(number, lambda: run_sweep(PLAIN, out, threads=1), tmp_path)  # noqa: B023
        if (out / "manifest.json").exists():
            assert all((out / name).read_bytes() == plain[name] for name in plain if name != "manifest.json")
        run_sweep(PLAIN, out, threads=1)
        assert result(out) == plain, number
    assert number > 50


@forks
def test_killed_again_and_again_while_it_goes_on(tmp_path: Path, plain: dict[str, Any]) -> None:
    """The operations of going on are no less safe than those of beginning."""
    numbers = random.Random(5)
    out = tmp_path / "out"
    while killed_before(numbers.randint(5, 40), lambda: run_sweep(PLAIN, out, threads=1), tmp_path):
        pass
    assert result(out) == plain


def test_a_torn_tail_is_cut_off(tmp_path: Path, whole: dict[str, Any]) -> None:
    with pytest.raises(Stopped):
        run_sweep(DESIGN, tmp_path / "out", progress=stop_after(3))
    for path in (tmp_path / "out" / UNFINISHED).glob("*.csv"):
        with path.open("ab") as file:
            file.write(b"1,2,3,torn")
    run_sweep(DESIGN, tmp_path / "out")
    assert result(tmp_path / "out") == whole


# only like goes with like


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an unfinished sweep."""
    with pytest.raises(Stopped):
        run_sweep(DESIGN, tmp_path / "out", progress=stop_after(5))
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    return tmp_path / "out"


def test_the_command_goes_on(stopped: Path, call: Call, whole: dict[str, Any]) -> None:
    called = call("sweep", "quick.toml", "--out", "out", "--no-figures")
    assert (called.code, called.err) == (0, "")
    assert result(stopped) == whole


@pytest.mark.parametrize(
    "change", [("--seed", "4"), ("--replicates", "10"), ("--replicates", "8"), ("--set", "inertia=0.2")]
)
def test_another_design_is_refused_unless_fresh(stopped: Path, call: Call, change: tuple[str, str]) -> None:
    before = tree(stopped)
    assert_refused(
        call("sweep", "quick.toml", "--out", "out", *change), "unfinished sweep of another design", "--fresh"
    )
    assert tree(stopped) == before
    assert call("sweep", "quick.toml", "--out", "out", *change, "--fresh", "--no-figures").code == 0
    assert not (stopped / UNFINISHED).exists()


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("number_hash", "0" * 16, "by other rules of the model"),
        ("versions_of_numbers", {"numpy": "1.0"}, "with other versions of Python or its libraries"),
    ],
)
def test_other_rules_or_versions_are_refused_unless_fresh(
    stopped: Path, call: Call, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str, found: Any, said: str
) -> None:
    before = tree(stopped)
    with monkeypatch.context() as changed:
        changed.setattr(plan, name, lambda: found)
        assert_refused(call("sweep", "quick.toml", "--out", "out"), said, "--fresh")
    assert tree(stopped) == before
    run_sweep(DESIGN, stopped)
    assert result(stopped) == whole


def test_with_fresh_the_same_sweep_goes_on(stopped: Path, whole: dict[str, Any]) -> None:
    """`--fresh` may be part of the command that was interrupted."""
    assert run_sweep(DESIGN, stopped, fresh=True)["run"]["sessions"] == 2
    assert result(stopped) == whole


def edit(stopped: Path, change: Callable[[dict[str, Any]], None], signed: bool) -> None:
    """Edit the journal, with or without its hash."""
    path = stopped / UNFINISHED / JOURNAL
    held = json.loads(path.read_text())
    change(held)
    if signed:
        held["sha256"] = digest({name: entry for name, entry in held.items() if name != "sha256"})
    path.write_text(json.dumps(held))


def further(held: dict[str, Any]) -> None:
    held["state"]["point"] += 1


def shorter(held: dict[str, Any]) -> None:
    held["files"]["runs.csv"]["bytes"] -= 1


def longer(held: dict[str, Any]) -> None:
    held["files"]["runs.csv"]["bytes"] += 100


def elsewhere(held: dict[str, Any]) -> None:
    held["files"]["../../precious.txt"] = held["files"].pop("runs.csv")


@pytest.mark.parametrize(("change", "signed"), [(further, False), (shorter, True), (longer, True), (elsewhere, True)])
def test_an_edited_journal_is_refused_unless_fresh(
    stopped: Path, call: Call, whole: dict[str, Any], change: Callable[[dict[str, Any]], None], signed: bool
) -> None:
    precious = stopped.parent / "precious.txt"
    precious.write_text("mine" * 10_000)
    edit(stopped, change, signed)
    before = tree(stopped)
    assert_refused(call("sweep", "quick.toml", "--out", "out"), "have been changed since", "--fresh")
    assert tree(stopped) == before
    assert precious.read_text() == "mine" * 10_000
    run_sweep(DESIGN, stopped, fresh=True)
    assert result(stopped) == whole


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"sha256": 3}', "\xff"])
def test_a_spoilt_journal_is_refused(stopped: Path, call: Call, text: str) -> None:
    (stopped / UNFINISHED / JOURNAL).write_bytes(text.encode("latin-1"))
    assert_refused(call("sweep", "quick.toml", "--out", "out"), "have been changed since", "--fresh")


def test_an_edited_table_is_refused(stopped: Path, call: Call) -> None:
    path = stopped / UNFINISHED / "countries.csv"
    path.write_bytes(path.read_bytes().replace(b"KOR", b"JPN", 1))
    assert_refused(call("sweep", "quick.toml", "--out", "out"), "have been changed since", "--fresh")
    path.unlink()
    assert_refused(call("sweep", "quick.toml", "--out", "out"), "have been changed since", "--fresh")


def test_what_is_unfinished_is_not_read_as_finished(stopped: Path, call: Call) -> None:
    assert_refused(call("analyze", "out"), "no manifest.json")
    assert_refused(call("view", "--replay", "out", "--no-open"), "manifest.json")


def test_measures_do_not_throw_an_unfinished_sweep_away(stopped: Path, call: Call) -> None:
    before = tree(stopped)
    ask = ("measures", "--measure", "hegemon_surplus", "--out", "out", "--json")
    assert_refused(call(*ask), "unfinished sweep", "--fresh")
    assert tree(stopped) == before


# programs that are really ended

LONG = 'replicates = 60_000\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The long sweep in another process."""
    return subprocess.Popen(
        [str(PROGRAM), "sweep", "long.toml", "--out", "out", "--no-figures", *arguments], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def wait_for_runs(program: subprocess.Popen[str], folder: Path) -> None:
    """Until the sweep has put some of its runs onto the disk."""
    patience = time.monotonic() + 300  # it may have to compile first
    while not (folder / "out" / UNFINISHED / JOURNAL).exists():
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < patience
        time.sleep(0.01)


@pytest.fixture(scope="module")
def long_whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The long sweep, undisturbed."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "long.toml").write_text(LONG)
    program = begin(folder)
    program.communicate(timeout=300)
    assert program.returncode == 0
    return result(folder / "out")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "long.toml").write_text(LONG)
    program = begin(tmp_path)
    try:
        wait_for_runs(program, tmp_path)
        yield program
    finally:
        if program.poll() is None:
            program.kill()
        program.communicate()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("SIGINT", 130, marks=pytest.mark.slow),
        ("SIGTERM", 143),
        pytest.param("SIGHUP", 129, marks=pytest.mark.slow),
        ("SIGKILL", -9),
    ],
)
def test_ended_by_a_signal(
    started: subprocess.Popen[str], tmp_path: Path, long_whole: dict[str, Any], name: str, code: int
) -> None:
    started.send_signal(getattr(signal, name))
    out, err = started.communicate(timeout=30)
    assert started.returncode == code
    assert "Traceback" not in err
    assert "Written to" not in out
    assert not (tmp_path / "out" / "manifest.json").exists()
    if name != "SIGKILL":
        (line,) = [line for line in err.splitlines() if line.startswith("stopped: ")]
        assert "are kept in out/.unfinished; the same command goes on from there" in line
    again = begin(tmp_path)
    said = again.communicate(timeout=300)
    assert again.returncode == 0, said
    assert result(tmp_path / "out") == long_whole


@pytest.mark.slow
def test_ten_kills_at_random_moments(tmp_path: Path, long_whole: dict[str, Any]) -> None:
    (tmp_path / "long.toml").write_text(LONG)
    moments, kills = random.Random(7), 0
    while kills < 10:
        program = begin(tmp_path)
        try:
            program.communicate(timeout=moments.uniform(1.0, 3.0))
            assert program.returncode == 0
            assert result(tmp_path / "out") == long_whole
            shutil.rmtree(tmp_path / "out")
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
            kills += 1
    program = begin(tmp_path)
    program.communicate(timeout=300)
    assert program.returncode == 0
    assert result(tmp_path / "out") == long_whole


def test_an_error_elsewhere_is_not_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the folder says is about the folder alone."""
    monkeypatch.setattr(blocks, "prepare_point", lambda *arguments: (_ for _ in ()).throw(OSError(5, "bad memory")))
    with pytest.raises(InputError, match=r"every run failed, nothing is kept or replaced; OSError: .* bad memory"):
        run_sweep(DESIGN, tmp_path / "out")
    assert not (tmp_path / "out").exists()
