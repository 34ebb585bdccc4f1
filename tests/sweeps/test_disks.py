"""Disks that are full, too small, read-only or elsewhere: one line that names the file, and the work done is kept."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.sweeps.sweep import run_sweep
from experiments.tables import folder as folders
from experiments.tables.changeover import UNFINISHED
from model.errors import InputError
from tests.tools.folders import result, small_design
from tests.tools.program import PROGRAM

DESIGN = small_design(replicates=30_000)
DESIGN_FILE = 'name = "quick"\nreplicates = 30_000\nseed = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
as_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or "CI" in os.environ, reason="needs root on Linux: mounts a disk"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an undisturbed sweep writes: some 55 MB."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    run_sweep(DESIGN, folder)
    return result(folder)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "quick.toml").write_text(DESIGN_FILE)
    return tmp_path


@pytest.fixture
def disk(here: Path) -> Iterator[Path]:
    """A small disk."""
    (here / "disk").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(here / "disk")], check=True)
    try:
        yield here / "disk"
    finally:
        subprocess.run(["umount", str(here / "disk")], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def sweep(here: Path, out: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), "sweep", "quick.toml", "--out", out, "--no-figures"]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=300, **options)


def assert_kept(ended: subprocess.CompletedProcess[str], *fragments: str) -> None:
    """One line, exit code 2; something is kept."""
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    for fragment in (*fragments, "are kept in", "the same command goes on from there"):
        assert fragment in ended.stderr


@as_root
def test_a_disk_that_fills_up(here: Path, disk: Path, whole: dict[str, Any]) -> None:
    """The target is the mount point itself."""
    assert_kept(sweep(here, "disk"), "cannot be written (disk/.unfinished/", "No space left on device")
    assert_kept(sweep(here, "disk"), "No space left on device")
    remount(disk, "size=200m")
    ended = sweep(here, "disk")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert result(disk) == whole


@as_root
def test_a_disk_that_is_full_from_the_start_leaves_nothing(here: Path, disk: Path) -> None:
    (disk / "ballast").write_bytes(bytes(31_457_280 - 4096))
    ended = sweep(here, "disk/out")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: disk/out: cannot be written (")
    assert "No space left on device" in ended.stderr
    assert not (disk / "out" / "manifest.json").exists()


@as_root
def test_an_old_result_outlives_a_full_disk(here: Path, disk: Path) -> None:
    run_sweep(small_design(), disk / "out")
    before = result(disk / "out")
    command = [str(PROGRAM), "sweep", "quick.toml", "--out", "disk/out", "--no-figures", "--fresh"]
    ended = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=300)
    assert_kept(ended, "No space left on device")
    shutil.move(disk / "out" / UNFINISHED, here / "aside")
    assert result(disk / "out") == before


@as_root
def test_a_link_to_another_disk(here: Path, disk: Path, whole: dict[str, Any]) -> None:
    remount(disk, "size=200m")
    (disk / "there").mkdir()
    (here / "out").symlink_to(disk / "there")
    assert sweep(here, "out").returncode == 0
    assert (here / "out").is_symlink()
    assert result(disk / "there") == whole


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs another file system")
def test_another_file_system(whole: dict[str, Any], tmp_path: Path) -> None:
    shared = Path("/dev/shm") / f"tariff-pause-{os.getpid()}"
    try:
        (tmp_path / "out").symlink_to(shared)
        shared.mkdir()
        run_sweep(DESIGN, tmp_path / "out")
        assert result(shared) == whole
    finally:
        shutil.rmtree(shared, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_limit_on_the_size_of_files(here: Path, whole: dict[str, Any]) -> None:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000))

    assert_kept(sweep(here, "out", preexec_fn=limit), "countries.csv", "File too large")
    assert sweep(here, "out").returncode == 0
    assert result(here / "out") == whole


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user can come to."""
    folder = Path(tempfile.mkdtemp(prefix="tariff-pause-test-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def as_a_user(work: Callable[[], object]) -> str:
    """Do work in a child process, as a user who is held to permissions; what it is refused with, if it is."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        try:
            work()
        except InputError as error:
            os.write(write, str(error).encode())
        except BaseException as error:
            os.write(write, repr(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        return said.read().decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs users of POSIX")
def test_a_folder_in_a_parent_that_is_not_ours(public: Path) -> None:
    """Nothing is written beside the target."""
    (public / "theirs" / "out").mkdir(parents=True)
    (public / "theirs" / "out").chmod(0o777)
    (public / "theirs").chmod(0o555)
    assert as_a_user(lambda: run_sweep(small_design(), public / "theirs" / "out")) == ""
    assert {path.name for path in (public / "theirs").iterdir()} == {"out"}
    assert (public / "theirs" / "out" / "manifest.json").exists()
    (public / "theirs").chmod(0o777)


@pytest.mark.skipif(sys.platform == "win32", reason="needs users of POSIX")
def test_a_folder_made_read_only_under_it(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By another program, while the sweep runs."""
    monkeypatch.setattr(folders, "ENTRY_SECONDS", 0.0)
    out = public / "out"
    seen: list[Any] = []

    def lock(*done: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            (out / UNFINISHED).chmod(0o555)

    said = as_a_user(lambda: run_sweep(small_design(), out, progress=lock))
    assert said.startswith(f"{out}: cannot be written (")
    assert "Permission denied); 1 of 2 points are kept in" in said
    assert "Permission denied" in as_a_user(lambda: run_sweep(small_design(), out))
    (out / UNFINISHED).chmod(0o777)
    assert as_a_user(lambda: run_sweep(small_design(), out)) == ""
    assert as_a_user(lambda: run_sweep(small_design(), public / "whole")) == ""
    assert result(out) == result(public / "whole")
