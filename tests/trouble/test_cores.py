"""Threads: as many as cores are allotted to the process, or as the user says, and never more at work."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from model import cores, equilibrium
from model.cores import allotted_cores, choose_threads, pool_for, quota, thread_count
from model.errors import InputError
from tests.tools.program import Call, assert_refused


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What a test has chosen is chosen for it alone."""
    yield
    choose_threads(None)


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cgroup /a/b/c of this process, without limits."""
    monkeypatch.setattr(cores, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "OWN_CGROUP", tmp_path / "own")
    (tmp_path / "own").write_text("1:name=systemd:/x\n0::/a/b/c\n")
    (tmp_path / "cgroup" / "a" / "b" / "c").mkdir(parents=True)
    return tmp_path / "cgroup"


def test_without_a_cgroup_there_is_no_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "OWN_CGROUP", tmp_path / "nothing")
    assert quota() == float("inf")


@pytest.mark.parametrize(
    ("limits", "granted"),
    [
        ({}, float("inf")),
        ({"a/b/c": "max 100000"}, float("inf")),
        ({"a/b/c": "150000 100000"}, 1.5),
        ({"a": "50000 100000", "a/b/c": "200000 100000"}, 0.5),
        ({"": "300000 100000", "a/b": "max 100000"}, 3.0),
        ({"a/b/c": "nonsense"}, float("inf")),
        ({"a/b/c": ""}, float("inf")),
        ({"a/b/c": "100000 0"}, float("inf")),
    ],
)
def test_the_least_quota_on_the_way_up_counts(cgroup: Path, limits: dict[str, str], granted: float) -> None:
    for place, text in limits.items():
        (cgroup / place / "cpu.max").write_text(text)
    assert quota() == granted


def test_in_a_container_the_root_is_its_own(cgroup: Path) -> None:
    cores.OWN_CGROUP.write_text("0::/\n")
    (cgroup / "cpu.max").write_text("250000 100000")
    assert quota() == 2.5


@pytest.mark.parametrize(("granted", "expected"), [("10000 100000", 1), ("150000 100000", 2), ("900000 100000", 4)])
def test_a_part_of_a_core_is_a_core(cgroup: Path, monkeypatch: pytest.MonkeyPatch, granted: str, expected: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 4, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)), raising=False)
    (cgroup / "a" / "cpu.max").write_text(granted)
    assert allotted_cores() == expected


@pytest.mark.usefixtures("cgroup")
def test_affinity_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 64, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 17}, raising=False)
    assert allotted_cores() == thread_count() == 2
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert allotted_cores() == 64
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.setattr(os, "process_cpu_count", lambda: None, raising=False)
    assert allotted_cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_pinned_process_uses_its_cores() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert allotted_cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_no_other_file_counts_cores() -> None:
    root = Path(__file__).resolve().parents[2]
    found = {
        path.relative_to(root).as_posix()
        for folder in ("model", "agents", "experiments")
        for path in (root / folder).rglob("*.py")
        if "cpu_count" in path.read_text("utf-8")
    }
    assert found == {"model/cores.py"}


# --threads


@pytest.mark.parametrize("count", [0, -1, 1025])
def test_a_strange_number_is_refused(call: Call, count: int) -> None:
    for command in (("sweep", "quickstart"), ("solve",), ("measures",)):
        assert_refused(call(*command, "--threads", str(count)), f"--threads {count}: a whole number from 1 to 1024")
    with pytest.raises(InputError):
        choose_threads(count)


def test_chosen_threads_are_used_until_the_next_command(call: Call) -> None:
    assert call("solve", "--threads", "3", "--countries", "KOR,JPN").code == 0
    assert thread_count() == 3
    assert call("solve", "--countries", "KOR,JPN").code == 0
    assert thread_count() == allotted_cores()


SHARED = [(4, 1, 1, 4), (4, 3, 3, 1), (4, 9, 4, 1), (8, 3, 3, 2), (1, 5, 1, 1), (2, 0, 1, 2)]


@pytest.mark.parametrize(("threads", "jobs", "workers", "share"), SHARED)
def test_workers_share_the_threads(threads: int, jobs: int, workers: int, share: int) -> None:
    """What a job starts by itself, such as a solver, stays among the threads that are there."""
    with pool_for(jobs, threads) as pool:
        assert pool._max_workers == workers
        assert list(pool.map(lambda _: thread_count(), range(jobs))) == [share] * jobs
    assert thread_count() == allotted_cores()


def test_no_more_are_at_work_than_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep of games that a solver would share out: threads within threads."""
    (tmp_path / "d.toml").write_text(
        'replicates = 2\ncountries = ["KOR", "JPN", "GBR"]\n[grid]\ndelay_cost = [0.0, 0.1]\n'
    )
    monkeypatch.setattr(equilibrium, "THREADED_COUNTRIES", 2)
    seen: list[int] = []
    solve = equilibrium.all_meetings_threaded

    def noted(*arguments: object) -> int:
        seen.append(int(arguments[-1]))  # type: ignore[call-overload]
        return int(solve(*arguments))  # type: ignore[arg-type]

    monkeypatch.setattr(equilibrium, "all_meetings_threaded", noted)
    choose_threads(4)
    most = [0]
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            most[0] = max(most[0], sum(thread.name.startswith("ThreadPool") for thread in threading.enumerate()))
            time.sleep(0.0005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run_sweep(load_design(str(tmp_path / "d.toml")), tmp_path / "out")
    finally:
        done.set()
        watcher.join()
    assert seen and set(seen) == {2}, "two points on four threads leave two to each"
    assert most[0] <= 2 + 2 * 2


def test_threads_change_no_number(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text('replicates = 7\ncase = "eighteen"\n[grid]\ndelay_cost = [0.0, 0.1]\n')
    for threads in ("1", "4"):
        assert call("sweep", "d.toml", "--no-figures", "--threads", threads, "--out", threads).code == 0
    for name in ("points.csv", "runs.csv", "countries.csv", "summary.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "4" / name).read_bytes()
    one, other = (call("solve", "--json", "--threads", threads).json for threads in ("1", "3"))
    assert one == other
    assert np.isfinite(one["hegemon"]["surplus_bn_mean"])
