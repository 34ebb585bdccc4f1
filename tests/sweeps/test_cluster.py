"""Sweeps on a cluster: a real scheduler and real workers, some of which die."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.sweeps import blocks, cluster, recipe, workers
from experiments.sweeps.design_file import parse_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables.saving import Saving
from model.errors import InputError
from tests.tools.cluster import Cluster
from tests.tools.folders import result
from tests.tools.program import Call, assert_refused

OWN = 'import numpy as np\n\ndef late(states):\n    "Signs late."\n    return np.where(states.day >= 60, 0.9, 0.0)\n'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as found:
        found.add_worker()
        found.add_worker()
        yield found


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7)


def design(folder: Path, own: str = OWN, **more: Any) -> Any:
    """Four points, one strategy of which is a file that no worker can see."""
    (folder / "own.py").write_text(own)
    table = {
        "replicates": 30,
        "seed": 5,
        "strategy": {"KOR": "own.py:late"},
        "grid": {"delay_cost": [0.0, 0.1], "JPN.strategy": ["equilibrium", "myopic"]},
        **more,
    }
    return parse_design(table, "design", folder, "spread", open_files=True)


@pytest.mark.parametrize(
    "saving",
    [Saving(), pytest.param(Saving("countries", "parquet"), marks=pytest.mark.slow), Saving("summary")],
    ids=str,
)
def test_the_same_bytes_as_here(running: Cluster, tmp_path: Path, saving: Saving) -> None:
    measured = {"measures": ["price_of_waiting"], "measured": ["JPN"]}
    known: dict[str, Any] = {"until": "p_deal < 0.03", "replicates": 900}
    for number, more in enumerate((measured, known) if saving == Saving() else ({}, known)):
        wanted = design(tmp_path, **more)
        here, there = tmp_path / f"here-{number}", tmp_path / f"there-{number}"
        run_sweep(wanted, here, saving=saving, threads=1)
        manifest = run_sweep(wanted, there, saving=saving, scheduler=running.address)
        assert manifest["run"]["cores"] == 2
        assert result(there) == result(here)


def test_a_worker_is_killed_in_mid_sweep(running: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wanted = design(tmp_path)
    run_sweep(wanted, tmp_path / "here", threads=2)
    victim, seen = running.add_worker(), []

    def kill(*done: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            victim.kill()
            victim.wait()

    manifest = run_sweep(wanted, tmp_path / "there", scheduler=running.address, progress=kill)
    assert len(seen) > 3
    assert manifest["run"]["cores"] == 3
    assert capfd.readouterr().err == ""
    assert result(tmp_path / "there") == result(tmp_path / "here")


def test_a_scheduler_that_dies_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is done is kept, and the same command goes on, there or here."""
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 5.0)
    wanted = design(tmp_path)
    run_sweep(wanted, tmp_path / "here", threads=2)
    with Cluster(tmp_path) as other:
        other.add_worker()
        seen: list[Any] = []

        def kill(*done: int) -> None:
            seen.append(done)
            if len(seen) == 2:
                other.scheduler.kill()

        with pytest.raises(InputError, match=f"--scheduler {other.address}: the cluster failed.* points.* are kept in"):
            run_sweep(wanted, tmp_path / "there", scheduler=other.address, progress=kill)
    assert capfd.readouterr().err == ""
    assert not (tmp_path / "there" / "manifest.json").exists()
    manifest = run_sweep(wanted, tmp_path / "there")
    assert manifest["run"]["sessions"] == 2
    assert manifest["run"]["played"] == 120
    assert result(tmp_path / "there") == result(tmp_path / "here")


def test_a_future_that_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody tells it that the scheduler is gone: the connection is looked at."""
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(workers, "LOST_SECONDS", 0.1)
    client = SimpleNamespace(status="connecting")
    gone = cluster.OutOfReach(client)
    at_work = workers.Workers(ThreadPoolExecutor(1), 1, lambda error: cluster.failure_of(error, "there"), gone.seconds)
    with pytest.raises(workers.WorkersFailed, match=r"there: the cluster failed \(the scheduler cannot be reached"):
        at_work.result(Future())
    client.status = "running"
    assert gone.seconds() == 0.0

    def slow() -> int:
        time.sleep(0.3)
        return 7

    assert at_work.result(at_work.submit(slow)) == 7  # is waited for
    with pytest.raises(workers.WorkersFailed, match="there: the cluster failed"):
        at_work.result(at_work.submit(lambda: (_ for _ in ()).throw(TimeoutError("its own"))))


def test_workers_by_other_rules_are_refused(running: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recipe.made_here()
    for name, said in (("rules", "has other rules of the model; install"), ("numpy", "has numpy ")):
        other = {**made, name: "0.0"}
        monkeypatch.setattr(recipe, "made_here", lambda other=other: other)
        with pytest.raises(
            InputError, match=rf"\A--scheduler {running.address}: worker tcp://[0-9.:]+: {said}[^\n]*\Z"
        ):
            run_sweep(design(tmp_path), tmp_path / "there", scheduler=running.address)
        assert not (tmp_path / "there").exists()


def test_a_worker_that_comes_later_is_looked_at_too() -> None:
    """It is asked when it is set up, and before a block."""
    other = recipe.recipe_of(parse_design({"grid": {"delay_cost": [0, 1]}}, "d", Path.cwd(), "d"), Saving())
    other = replace(other, made_by={**other.made_by, "numba": "0.0"})
    with pytest.raises(InputError, match=r"a worker of the cluster: has numba .*, here 0\.0"):
        blocks.Bench(other, 1)


@pytest.mark.parametrize(
    "address", ["", "localhost", "127.0.0.1:8786", "tcp://127.0.0.1", "http://here:8786", "tcp://x:0"]
)
def test_addresses_that_are_none(call: Call, tmp_path: Path, address: str) -> None:
    assert_refused(call("sweep", "quickstart", "--scheduler", address), "write tcp://HOST:PORT or tls://HOST:PORT")


def test_a_scheduler_that_does_not_answer(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
    called = call("sweep", "quickstart", "--out", "out", "--scheduler", "tcp://127.0.0.1:9")
    assert_refused(called, "--scheduler tcp://127.0.0.1:9: does not answer (")
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1.0)
    with Cluster(tmp_path) as empty:
        called = call("sweep", "quickstart", "--out", "out", "--scheduler", empty.address)
    assert_refused(called, f"--scheduler {empty.address}: has no workers (")


def test_a_strategy_that_was_edited_is_played_as_it_is_now(running: Cluster, tmp_path: Path) -> None:
    """Workers live on from sweep to sweep; the file of the first must not be theirs for good."""
    run_sweep(design(tmp_path), tmp_path / "first", scheduler=running.address)
    edited = design(tmp_path, own=OWN.replace("60", "20"))
    run_sweep(edited, tmp_path / "there", scheduler=running.address)
    run_sweep(edited, tmp_path / "here", threads=2)
    assert result(tmp_path / "there") == result(tmp_path / "here")
    assert result(tmp_path / "there")["summary.csv"] != result(tmp_path / "first")["summary.csv"]
