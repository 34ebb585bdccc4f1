"""The change-over from an old result to a new one: whatever ends it, the folder holds the one or the other, whole."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.sweeps import sweep
from experiments.sweeps.sweep import run_sweep
from experiments.tables.changeover import UNFINISHED, is_decided, settle
from tests.tools.folders import MYOPIC, result, small_design
from tests.tools.killing import killed_before
from tests.tools.program import Call, assert_refused, tree

OLD, NEW = small_design(measures=["hegemon_surplus"]), small_design(seed=4)
SIGNED = b"<svg><!-- tariff-pause analyze --></svg>"
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Asking git takes longer than a sweep; and what a process has written outlives it without going to the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "git_commit", lambda: None)
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the old sweep writes, and the new one."""
    folder = tmp_path_factory.mktemp("both")
    for name, design in (("old", OLD), ("new", NEW)):
        run_sweep(design, folder / name, threads=1)
    return result(folder / "old"), result(folder / "new")


def with_figures(folder: Path) -> Path:
    """The old result with figures drawn from it, and with files of the user's own."""
    run_sweep(OLD, folder, threads=1)
    (folder / "figures").mkdir()
    (folder / "figures" / "drawn.svg").write_bytes(SIGNED)
    (folder / "analysis.csv").write_text("figure,point\n")
    for name in ("notes.txt", "figures/mine.svg"):
        (folder / name).write_text("mine\n")
    return folder


def shown(folder: Path) -> dict[str, bytes | None]:
    """All that is not hidden."""
    return {name: content for name, content in tree(folder).items() if not name.startswith(UNFINISHED)}


@pytest.mark.slow
@forks
def test_killed_before_every_file_operation(tmp_path: Path, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    killed, number, ways = True, 0, {"old": 0, "new": 0}
    while killed:
        number += 1
        out = with_figures(tmp_path / str(number))
        before = shown(out)
        killed = killed_before(number, lambda: run_sweep(NEW, out, fresh=True, threads=1), out)  # noqa: B023
        decided = is_decided(out)
        settle(out)
        if decided or not killed or state(out, both) == "new result in place":
            ways["new"] += 1
            assert {**result(out), "notes.txt": b""} == {**both[1], "notes.txt": b""}
            assert (out / "notes.txt").read_text() == (out / "figures" / "mine.svg").read_text() == "mine\n"
            assert not (out / "figures" / "drawn.svg").exists()
            assert not (out / "analysis.csv").exists()
        else:
            ways["old"] += 1
            assert shown(out) == before, number
    assert min(ways.values()) > 15


def state(out: Path, both: tuple[dict[str, Any], dict[str, Any]]) -> str:
    """Which manifest is in place."""
    held = json.loads((out / "manifest.json").read_text())
    return "new result in place" if held["identity"] == both[1]["manifest.json"]["identity"] else "old"


@pytest.fixture(scope="module")
def killed_in_the_middle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose change-over was killed with some files in place and the manifest not."""
    folder, number = tmp_path_factory.mktemp("killed"), 25
    while True:
        out = folder / str(number)
        run_sweep(OLD, out, threads=1)
        killed_before(number, lambda: run_sweep(NEW, out, fresh=True, threads=1), out)  # noqa: B023
        if is_decided(out) and not (out / "manifest.json").exists() and not (out / UNFINISHED / "points.csv").exists():
            return out
        number += 1


@pytest.fixture
def decided(killed_in_the_middle: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(killed_in_the_middle, tmp_path / "out"))


@forks
@pytest.mark.parametrize(
    "command",
    [("analyze", "{}"), ("sweep", "new.toml", "--out", "{}", "--no-figures"), ("run", "--replay", "{}", "--json")],
)
def test_the_next_command_rolls_it_forward(
    decided: Path, both: tuple[dict[str, Any], dict[str, Any]], call: Call, tmp_path: Path, command: tuple[str, ...]
) -> None:
    design = 'name = "quick"\nreplicates = 9\nseed = 4\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
    (tmp_path / "new.toml").write_text(design)
    called = call(*(part.format(decided) for part in command))
    assert (called.code, called.err) == (0, "")
    (decided / "analysis.csv").unlink(missing_ok=True)
    assert result(decided) == both[1]


@forks
def test_it_can_be_interrupted_again_and_again(decided: Path, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    number = 1
    while killed_before(number, lambda: settle(decided), decided):
        number += 1
    assert number > 3
    assert result(decided) == both[1]


@forks
def test_a_decided_folder_is_not_begun_anew(decided: Path, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Not even by a sweep that looked at the folder just before."""
    from experiments.sweeps.plan import Plan
    from experiments.sweeps.recipe import recipe_of
    from experiments.sweeps.sweep import Sweep
    from experiments.sweeps.workers import local_workers
    from experiments.tables.saving import Saving

    recipe, stopped = recipe_of(OLD, Saving()), "has been finished by another process just now; start again"
    with local_workers(recipe, 1, 1) as workers, pytest.raises(ValueError, match=stopped):
        Sweep(OLD, decided, Plan({"identity": "x"}), recipe, workers).run(True, lambda *done: None)
    assert result(decided) == both[1]


# what is the user's own


@pytest.mark.parametrize("name", ["case.toml", "points.csv", "moments.bin", "measures.csv"])
def test_a_file_of_the_users_own_is_never_replaced(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine\n")
    (tmp_path / "d.toml").write_text('replicates = 2\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0]\n')
    before = tree(tmp_path)
    assert_refused(call("sweep", "d.toml", "--out", "out", "--fresh"), f"out/{name}", "not a file that a sweep wrote")
    assert tree(tmp_path) == before


def test_a_manifest_that_lists_foreign_files_removes_none(tmp_path: Path) -> None:
    run_sweep(OLD, tmp_path / "out")
    for name in ("notes.txt", ".hidden"):
        (tmp_path / "out" / name).write_text("mine\n")
    (tmp_path / "precious.txt").write_text("mine\n")
    held = json.loads((tmp_path / "out" / "manifest.json").read_text())
    size = {"bytes": 5, "sha256": "0" * 64}
    held["files"] |= {"../precious.txt": size, "notes.txt": size, ".hidden": size, "/etc/passwd": size, "x": 3}
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(held))
    run_sweep(NEW, tmp_path / "out", fresh=True)
    assert (tmp_path / "precious.txt").read_text() == (tmp_path / "out" / "notes.txt").read_text() == "mine\n"
    assert (tmp_path / "out" / ".hidden").exists()


# where the target is, and how long it takes


def test_a_link_to_a_folder_is_kept(tmp_path: Path, both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to("disk")
    run_sweep(OLD, tmp_path / "out")
    run_sweep(NEW, tmp_path / "out", fresh=True)
    assert (tmp_path / "out").is_symlink()
    assert result(tmp_path / "disk") == both[1]


def test_every_run_failed(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep of which nothing came is no result, and replaces none."""
    from experiments.sweeps import blocks

    out = with_figures(tmp_path / "out")
    (tmp_path / "new.toml").write_text(
        "\n".join(f"{name} = {json.dumps(MYOPIC[name])}" for name in ("name", "replicates", "strategy"))
        + "\nseed = 4\n[grid]\ndelay_cost = [0.0, 0.1]\n"
    )
    before = tree(out)

    def fail(*arguments: Any) -> None:
        raise MemoryError("too large")

    with monkeypatch.context() as broken:
        broken.setattr(blocks, "prepare_point", fail)
        called = call("sweep", "new.toml", "--out", "out", "--fresh")
        assert_refused(called, "out: every run failed, nothing is kept or replaced; MemoryError: too large")
        assert tree(out) == before
        assert_refused(call("sweep", "new.toml", "--out", "empty"), "every run failed")
        assert not (tmp_path / "empty").exists()
    assert call("sweep", "new.toml", "--out", "out", "--fresh", "--no-figures").code == 0
