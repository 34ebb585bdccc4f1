"""One owner at a time: a second process, container or machine is refused at once and touches nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from experiments.sweeps.sweep import run_sweep
from experiments.tables import owner as owners
from experiments.tables.changeover import UNFINISHED
from experiments.tables.owner import LOCK, OWNER, Owner, read_holder
from model.errors import InputError
from tests.tools.folders import result, small_design
from tests.tools.program import PROGRAM, Call, assert_refused, tree

DESIGN = small_design()
DESIGN_FILE = 'name = "quick"\nreplicates = 9\nseed = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
LONG = 'replicates = 1_000_000\nstrategy = "myopic"\n[grid]\ndelay_cost = { from = 0.0, to = 0.9, steps = 10 }\n'


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    return tmp_path / "out" / UNFINISHED


@pytest.fixture
def held(work: Path) -> Iterator[Owner]:
    """A folder that this process holds."""
    owner = Owner(work)
    owner.claim()
    yield owner
    owner.release(keep=True)


def sweep_into_out(call: Call, *arguments: str) -> Any:
    return call("sweep", "quick.toml", "--out", "out", "--no-figures", *arguments)


@pytest.mark.parametrize("arguments", [(), ("--fresh",), ("--replicates", "20")])
def test_a_second_process_is_refused(held: Owner, call: Call, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    before = tree(tmp_path)
    said = f"out: is in use by process {os.getpid()} on {held.holder.host}, since {held.holder.since}"
    assert_refused(sweep_into_out(call, *arguments), said)
    assert tree(tmp_path) == before


def test_measures_are_refused_too(held: Owner, call: Call, tmp_path: Path) -> None:
    before = tree(tmp_path)
    assert_refused(call("measures", "--measure", "hegemon_surplus", "--out", "out", "--json"), "is in use by")
    assert tree(tmp_path) == before


def disguise(work: Path, age: float, **changes: Any) -> None:
    """Leave an owner's file as another machine would, renewed so many seconds ago."""
    work.mkdir(parents=True, exist_ok=True)
    told = {"token": "t" * 32, "host": "elsewhere", "process": 1, "since": "yesterday", "kernel": "another"} | changes
    (work / OWNER).write_text(json.dumps(told))
    then = time.time() - age
    os.utime(work / OWNER, (then, then))


@pytest.mark.parametrize("age", [0, 100, -100])
def test_another_machine_that_renews_its_claim_is_in_possession(
    work: Path, call: Call, tmp_path: Path, age: float
) -> None:
    disguise(work, age)
    before = {name: content for name, content in tree(tmp_path).items() if LOCK not in name}
    assert_refused(sweep_into_out(call), "out: is in use by process 1 on elsewhere, since yesterday")
    assert {name: content for name, content in tree(tmp_path).items() if LOCK not in name} == before


@pytest.mark.parametrize("age", [121, 10_000, -10_000])
def test_another_machine_that_is_silent_has_abandoned_it(work: Path, call: Call, age: float) -> None:
    disguise(work, age)
    assert sweep_into_out(call).code == 0


def test_a_process_of_this_kernel_that_is_gone_has_abandoned_it_at_once(work: Path, call: Call) -> None:
    """Whatever its number: it may be one of another container, or that of a living process."""
    disguise(work, 0, kernel=owners.this_kernel(), process=os.getpid())
    assert sweep_into_out(call).code == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"token": 3}', "\x00"])
def test_a_spoilt_owners_file_is_nobodys(work: Path, call: Call, text: str) -> None:
    work.mkdir(parents=True)
    (work / OWNER).write_text(text)
    assert sweep_into_out(call).code == 0


def test_it_is_renewed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "RENEWED_EVERY", 0.02)
    owner = Owner(work)
    owner.claim()
    os.utime(work / OWNER, (0, 0))
    patience = time.monotonic() + 10
    while (work / OWNER).stat().st_mtime == 0:
        assert time.monotonic() < patience
        time.sleep(0.01)
    owner.release(keep=False)
    assert not work.parent.exists()


def test_without_locks_the_owners_file_decides(work: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(lock: FileLock) -> None:
        raise NotImplementedError

    monkeypatch.setattr(owners.FileLock, "acquire", none)
    disguise(work, 0, kernel=owners.this_kernel())
    assert_refused(sweep_into_out(call), "is in use by process 1 on elsewhere")
    disguise(work, 200, kernel=owners.this_kernel())
    assert sweep_into_out(call).code == 0


def test_who_was_taken_over_stops(tmp_path: Path, call: Call, work: Path) -> None:
    """A machine that slept for long wakes up, finds another owner, and writes nothing more."""
    whole = tmp_path / "whole"
    run_sweep(DESIGN, whole)

    def taken_over(*done: int) -> None:
        if not taken:
            taken.append(tree(work))
            disguise(work, 0)

    taken: list[Any] = []
    with pytest.raises(InputError, match="has been taken over by process 1 on elsewhere, since yesterday; stopped"):
        run_sweep(DESIGN, tmp_path / "out", progress=taken_over)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {UNFINISHED}
    assert read_holder(work) is not None
    disguise(work, 200)
    run_sweep(DESIGN, tmp_path / "out")
    assert result(tmp_path / "out") == result(whole)


def test_a_folder_that_is_removed_under_it_is_one_line(tmp_path: Path) -> None:
    def remove(*done: int) -> None:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)

    with pytest.raises(InputError, match=r"out/.unfinished: has been removed or changed by someone else; stopped"):
        run_sweep(DESIGN, tmp_path / "out", progress=remove)
    assert not (tmp_path / "out").exists()


# programs


@pytest.fixture
def program(tmp_path: Path, work: Path) -> Iterator[subprocess.Popen[str]]:
    """A long sweep into `out` in another process."""
    (tmp_path / "long.toml").write_text(LONG)
    command = [str(PROGRAM), "sweep", "long.toml", "--out", "out"]
    program = subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for_owner(work, program)
        yield program
    finally:
        program.kill()
        program.communicate()


def wait_for_owner(work: Path, program: subprocess.Popen[str]) -> None:
    patience = time.monotonic() + 300
    while not (work / OWNER).exists():
        assert program.poll() is None, program.communicate()
        assert time.monotonic() < patience
        time.sleep(0.01)


def test_a_program_at_work_keeps_others_out_until_it_ends(
    program: subprocess.Popen[str], call: Call, tmp_path: Path, work: Path
) -> None:
    assert_refused(sweep_into_out(call, "--fresh"), f"is in use by process {program.pid}")
    said = call("sweep", "--status", "out").out
    assert "unfinished" in said or "has just begun" in said
    assert f"in use by process {program.pid}" in said
    program.send_signal(signal.SIGSTOP)  # it sleeps, and keeps its lock
    os.utime(work / OWNER, (0, 0))
    assert_refused(sweep_into_out(call, "--fresh"), f"is in use by process {program.pid}")
    program.kill()
    program.communicate()
    assert sweep_into_out(call, "--fresh").code == 0


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or "CI" in os.environ or shutil.which("unshare") is None,
    reason="needs root on Linux; two process namespaces",
)
@pytest.mark.slow
def test_two_process_namespaces(tmp_path: Path, work: Path) -> None:
    """In each of two containers the program may be process 1."""
    (tmp_path / "long.toml").write_text(LONG)
    inside = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts"]
    command = [*inside, str(PROGRAM), "sweep", "long.toml", "--out", "out"]
    program = subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for_owner(work, program)
        holder = read_holder(work)
        assert holder is not None and holder.process == 1
        again = subprocess.run(
            [*command[:-1], "out", "--fresh"], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert again.returncode == 2
        assert again.stderr.startswith("error: out: is in use by process 1 on ")
        assert read_holder(work) == holder
    finally:
        program.kill()
        program.communicate()
    last = subprocess.run(
        [*inside, str(PROGRAM), "sweep", "quick.toml", "--out", "out", "--fresh", "--no-figures"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert last.returncode == 0, last.stderr
