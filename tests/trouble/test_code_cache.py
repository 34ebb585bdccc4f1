"""The folder of compiled rules: damaged files are made anew, and where nothing can be kept it is said once."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model import code_cache, compiled
from tests.tools.program import PROGRAM

ROOT = Path(__file__).resolve().parents[2]
RULES = """
from model.compiled import compiled

@compiled
def double(x):
    return 2.0 * x

@compiled
def thrice(x):
    return double(x) + x
"""
PRINTED = "4.0 6.0\n"


def flipped(content: bytes) -> bytes:
    """One bit changed in the middle, in the code."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "last byte lost": lambda content: content[:-1],
    "a bit changed": flipped,
    "zeros": lambda content: bytes(len(content)),
    "something else": lambda content: b"garbage",
}


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A function that compiles `double` anew, or loads it from the folder `kept`."""
    (tmp_path / "rules.py").write_text(RULES)
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path / "kept")

    def load() -> Any:
        spec = importlib.util.spec_from_file_location("rules", tmp_path / "rules.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.double(2.0) == 4.0
        return module.double

    return load


def files(folder: Path, ending: str = "") -> list[Path]:
    return sorted(path for path in folder.rglob(f"*{ending}") if path.is_file())


def test_what_is_whole_is_loaded(double: Callable[[], Any], tmp_path: Path) -> None:
    assert sum(double().stats.cache_misses.values()) == 1
    assert len(files(tmp_path / "kept")) == 2
    assert sum(double().stats.cache_hits.values()) == 1


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_made_anew(double: Callable[[], Any], tmp_path: Path, ending: str, damage: str) -> None:
    double()
    (path,) = files(tmp_path / "kept", ending)
    whole = path.read_bytes()
    path.write_bytes(DAMAGE[damage](whole))
    assert sum(double().stats.cache_hits.values()) == 0
    assert len(files(tmp_path / "kept")) == 2
    assert sum(double().stats.cache_hits.values()) == 1, "it is damaged still"


def test_a_file_that_is_missing_is_made_anew(double: Callable[[], Any], tmp_path: Path) -> None:
    double()
    for ending in (".nbi", ".nbc"):
        files(tmp_path / "kept", ending)[0].unlink()
        assert sum(double().stats.cache_hits.values()) == 0
        assert sum(double().stats.cache_hits.values()) == 1


def test_files_of_another_function_are_left_alone(double: Callable[[], Any], tmp_path: Path) -> None:
    double()
    (index,) = files(tmp_path / "kept", ".nbi")
    other = index.with_name(index.name.replace("double", "doubled"))
    other.write_bytes(b"of another function")
    index.write_bytes(b"")
    double()
    assert other.read_bytes() == b"of another function"


# In a process of its own


def run(folder: Path, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Compile and run the rules in an empty working folder, with no more of an environment than is said."""
    for name in ("here", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "rules.py").write_text(f"{before}\n{RULES}\nprint(double(2.0), thrice(2.0))\n")
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
             "TMPDIR": str(folder / "temporary")}  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(folder / "rules.py")], cwd=folder / "here", env={**known, **environment},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, PRINTED), done.stderr
    assert files(folder / "here") == files(folder / "temporary") == []
    return done


def assert_told_once(done: subprocess.CompletedProcess[str], why: str) -> None:
    assert done.stderr.startswith("tariff-pause: compiled rules cannot be kept (")
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1


NO_HOME = "import pwd\ndef nobody(*args): raise KeyError\npwd.getpwuid = pwd.getpwnam = nobody"


def full_after(size: int) -> str:
    """A disk that takes no file longer than that."""
    return f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


def test_the_folder_is_the_one_chosen(tmp_path: Path) -> None:
    """By our own variable; else by numba's; else the user's."""
    ours, numbas, home = (str(tmp_path / name) for name in ("ours", "numbas", "home"))
    assert run(tmp_path, TARIFF_PAUSE_CACHE=ours, NUMBA_CACHE_DIR=numbas, HOME=home).stderr == ""
    assert len(files(tmp_path / "ours", ".nbc")) == 2 and not (tmp_path / "numbas").exists()
    assert run(tmp_path, NUMBA_CACHE_DIR=numbas, TARIFF_PAUSE_CACHE="", HOME=home).stderr == ""
    assert len(files(tmp_path / "numbas", ".nbc")) == 2 and not (tmp_path / "home").exists()
    assert run(tmp_path, HOME=home).stderr == ""
    assert len(files(tmp_path / "home", ".nbc")) == 2


def test_a_relative_folder_is_where_the_program_was_started(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    assert run(tmp_path, "import os\nos.chdir('..')", TARIFF_PAUSE_CACHE="ours").stderr == ""
    assert len(files(tmp_path / "ours", ".nbc")) == 2


@pytest.mark.skipif(os.name != "posix", reason="homes are found otherwise")
def test_a_user_without_a_home(tmp_path: Path) -> None:
    assert_told_once(run(tmp_path, NO_HOME), "no folder of the user's own")


@pytest.mark.parametrize("home", ["file", "/proc/nobody", "file/below"])
def test_a_home_that_cannot_be_used(tmp_path: Path, home: str) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_told_once(run(tmp_path, HOME=str(tmp_path / home)), str(tmp_path / home))
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.skipif(os.name != "posix", reason="no such limit")
@pytest.mark.parametrize(("size", "left"), [(10, []), (300, ["CACHEDIR.TAG"])])
def test_a_full_disk_keeps_nothing_half(tmp_path: Path, size: int, left: list[str]) -> None:
    """Rules are compiled all the same; where not even the mark can be written, no folder is left either."""
    done = run(tmp_path, full_after(size), TARIFF_PAUSE_CACHE=str(tmp_path / "deep" / "kept"))
    assert_told_once(done, "File too large")
    assert [path.name for path in files(tmp_path / "deep")] == left
    assert (tmp_path / "deep").exists() == bool(left)


@pytest.mark.slow
def test_every_command_goes_on_after_damage(tmp_path: Path) -> None:
    """An index emptied by a full disk made every command end with "Aborted.", for ever."""
    environment = {**os.environ, "TARIFF_PAUSE_CACHE": str(tmp_path / "kept")}
    command = [str(PROGRAM), "terms", "--json"]
    first = subprocess.run(command, env=environment, capture_output=True, text=True)
    damaged = files(tmp_path / "kept", ".nbi")
    for path in damaged:
        path.write_bytes(b"")
    again = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, "")
    assert len(damaged) > 5 and all(path.stat().st_size for path in damaged)


def test_the_mark_is_a_cache_directory_tag() -> None:
    """Programs that make backups know it by its first line (bford.info/cachedir)."""
    assert code_cache.MARKED.splitlines()[0] == "Signature: 8a477f597d28d172789f06886806bc55"
