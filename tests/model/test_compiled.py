"""Compiled rules follow their sources: an edit of a rule in any file reaches every kernel that calls it.

numba's own cache looks only at the file that defines a function. The second test shows what the first protects from.
"""

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numba
import pytest
from numba.core import config

from model import code_cache, compiled
from model.compiled import RULE_FOLDERS

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted(path.relative_to(ROOT) for folder in RULE_FOLDERS for path in (ROOT / folder).rglob("*.py"))
NOBODY = 65534
DAY = 86400

# The batch kernel on a game in which two countries surely sign. The hegemon is surely soft, and the lean package is
# worth 1 to them, the full one 1/2. Prints the packages signed: 2, the lean one, as long as tables_lean is as it is.
KERNEL = """
import numpy as np
from model.kernel import play
from model.meeting import Policy
from model.timing import raw_game
game = raw_game(lambda *state: 1.0, lambda *state: 0.0, countries=2, meetings=8, precision=1.0, prior_firm=0.0)
policy = Policy(np.ones((2, game.offsets[-1])), np.zeros((1, 1)), np.zeros(2, np.bool_), np.zeros(1, np.int64))
lean, full = np.ones((2, 2, 2, 2)), np.full((2, 2, 2, 2), 0.5)
packages = game.packages._replace(lean=lean, full=full, rebuff_cost=np.full(2, 0.2))
_, countries = play(game._replace(packages=packages), policy, seed=1, replicates=9)
print(*np.unique(countries["package"]))
"""
FULL_SIGNED, LEAN_SIGNED = "1", "2"
OTHER_FILE = "model/belief.py"  # the kernel reaches it through model/meeting.py
RULE = "return lean_value(r_lean, r_full, rebuff_cost, belief) > r_full\n"
EDITED = "return lean_value(r_lean, r_full, rebuff_cost, belief) < r_full\n"
HASH_ON = 'RULE_FOLDERS = ("model", "agents")\n'
HASH_OFF = "RULE_FOLDERS = ()\n"


@pytest.fixture
def project(tmp_path):
    """A copy of the rules, to be edited."""
    for folder in RULE_FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "project"


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def kernel_signs(project, cache):
    """Which packages are signed by the copy's kernel, in a process of its own."""
    environment = {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1", "TARIFF_PAUSE_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", KERNEL], cwd=project, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def compiled_files(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}


@pytest.mark.slow
def test_an_edit_in_another_file_reaches_the_kernel(project, tmp_path):
    cache = tmp_path / "cache"
    assert kernel_signs(project, cache) == LEAN_SIGNED
    edit(project / OTHER_FILE, RULE, EDITED)
    assert kernel_signs(project, cache) == FULL_SIGNED
    kept = compiled_files(cache)
    assert len(list(cache.iterdir())) == 2
    edit(project / OTHER_FILE, EDITED, RULE)
    assert kernel_signs(project, cache) == LEAN_SIGNED
    assert compiled_files(cache) == kept != {}  # found again, not compiled anew


@pytest.mark.slow
def test_without_the_hash_numba_would_keep_the_old_rule(project, tmp_path):
    """The same edit with numba's own check alone. Should this fail one day, numba has learnt to look further."""
    edit(project / "model/compiled.py", HASH_ON, HASH_OFF)
    assert kernel_signs(project, tmp_path / "cache") == LEAN_SIGNED
    edit(project / OTHER_FILE, RULE, EDITED)
    assert kernel_signs(project, tmp_path / "cache") == LEAN_SIGNED


# The hash of the rules


@pytest.fixture
def hash_of_copy(project, monkeypatch):
    """The hash of the copy's rules, computed anew at each call."""
    monkeypatch.setattr(compiled, "__file__", str(project / "model/compiled.py"))
    return compiled.rule_hash.__wrapped__


def test_the_hash_does_not_depend_on_the_place(project, hash_of_copy, monkeypatch, tmp_path):
    here = hash_of_copy()
    shutil.copytree(project, tmp_path / "elsewhere")
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "elsewhere/model/compiled.py"))
    assert hash_of_copy() == here
    (tmp_path / "elsewhere/agents/policy.py").unlink()
    assert hash_of_copy() != here


@pytest.mark.parametrize("path", RULE_FILES, ids=str)
def test_the_hash_changes_with_any_byte_of_any_rule_file(project, hash_of_copy, path):
    target = project / path
    content = target.read_bytes()
    changes = {content + b"\n", content + b"\0", content[:-1], b"", b"\n" + content}
    for place in range(0, len(content), max(len(content) // 5, 1)):
        changes.add(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    changes.discard(content)
    hashes = [hash_of_copy()]
    for changed in changes:
        target.write_bytes(changed)
        hashes.append(hash_of_copy())
    assert len(set(hashes)) == len(hashes)
    target.write_bytes(content)
    assert hash_of_copy() == hashes[0]


def test_the_hash_changes_with_names_and_boundaries_of_files(project, hash_of_copy):
    belief, choice = project / "model/belief.py", project / "model/choice.py"
    first, second = belief.read_bytes(), choice.read_bytes()
    hashes = [hash_of_copy()]
    belief.rename(project / "model/belief2.py")
    hashes.append(hash_of_copy())
    (project / "model/belief2.py").rename(project / "agents/belief.py")
    hashes.append(hash_of_copy())
    (project / "agents/belief.py").rename(belief)
    belief.write_bytes(second)
    choice.write_bytes(first)
    hashes.append(hash_of_copy())
    belief.write_bytes(first + second[:1])
    choice.write_bytes(second[1:])
    hashes.append(hash_of_copy())
    belief.write_bytes(first)
    choice.write_bytes(second)
    (project / "model/new_rule.py").write_bytes(b"")
    hashes.append(hash_of_copy())
    assert len(set(hashes)) == len(hashes)
    (project / "model/new_rule.py").unlink()
    assert hash_of_copy() == hashes[0]


# The folder of compiled code


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A folder that anyone may use, also for temporary folders."""
    with tempfile.TemporaryDirectory(prefix="compiled-test-") as name:
        Path(name).chmod(0o777)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


@contextlib.contextmanager
def without_privileges():
    """As a user whose rights count: the superuser may write anywhere."""
    if os.name == "nt" or os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def folder_for(chosen, monkeypatch):
    """What `cache_folder` answers for a chosen cache, asked anew."""
    monkeypatch.setenv("TARIFF_PAUSE_CACHE", str(chosen))
    monkeypatch.setattr(code_cache, "said", [])
    with without_privileges():
        folder = compiled.cache_folder.__wrapped__()
        if folder is not None:
            (folder / "probe").write_text("can be written")
            (folder / "probe").unlink()
    return folder


def test_the_folder_is_named_by_rules_numba_and_python(scratch, monkeypatch):
    folder = folder_for(scratch / "cache", monkeypatch)
    assert folder.parent == scratch / "cache"
    assert folder.name == f"{compiled.rule_hash()}-numba{numba.__version__}-py{platform.python_version()}"
    assert folder_for(scratch / "cache", monkeypatch) == folder


@pytest.mark.parametrize("way", ["a file", "below a file", "read-only"])
def test_where_nothing_can_be_written_nothing_is_kept(scratch, monkeypatch, capsys, way):
    if way == "read-only" and os.name == "nt":
        pytest.skip("folders have no such mode")
    chosen = scratch / "cache"
    if way == "read-only":
        chosen.mkdir()
        chosen.chmod(0o555)
    else:
        chosen.write_text("in the way")
    assert folder_for(chosen / "below" if way == "below a file" else chosen, monkeypatch) is None
    told = capsys.readouterr().err
    assert told.startswith(f"tariff-pause: compiled rules cannot be kept ({chosen}") and told.count("\n") == 1
    assert list(scratch.rglob("*")) == [chosen]


@pytest.mark.skipif(os.name == "nt", reason="folders have no such mode")
def test_a_folder_of_ones_own_that_became_read_only_is_not_used(scratch, monkeypatch):
    # numba would turn to __pycache__ by itself, where it sees only the function's own file.
    folder = folder_for(scratch / "cache", monkeypatch)
    folder.chmod(0o555)
    folder.parent.chmod(0o555)
    assert folder_for(scratch / "cache", monkeypatch) is None


def test_old_versions_are_removed_and_nothing_else(scratch, monkeypatch):
    """Ours are those that are named as we name them, and hold our mark."""
    cache = scratch / "cache"
    cache.mkdir(mode=0o777)
    cache.chmod(0o777)
    long_ago = time.time() - (code_cache.STALE_AFTER_DAYS + 1) * DAY
    not_so_long = time.time() - (code_cache.STALE_AFTER_DAYS - 1) * DAY
    old, newer, unmarked = (f"{letter * 16}-numba0.61.0-py3.11.7" for letter in "abc")
    for name, when in (
        (old, long_ago), (newer, not_so_long), (unmarked, long_ago), ("my-numba-project", long_ago),
        ("other", long_ago), (f"x{old}", long_ago), (f"{old}x y", long_ago),
    ):  # fmt: skip
        (cache / name).mkdir()
        (cache / name / "thesis.txt").write_text("years of work")
        if name != unmarked:
            (cache / name / code_cache.MARK).write_text(code_cache.MARKED)
        (cache / name).chmod(0o777)
        os.utime(cache / name, (when, when))
    (cache / f"{'d' * 16}-numba0.61.0-py3.11.7").symlink_to(cache / "other")
    before = {path.name for path in cache.iterdir()}
    folder = folder_for(cache, monkeypatch)
    assert {path.name for path in cache.iterdir()} == {*before, folder.name} - {old}
    os.utime(folder, (long_ago, long_ago))
    assert folder_for(cache, monkeypatch) == folder  # the one in use is as good as new
    assert time.time() - folder.stat().st_mtime < DAY


def test_the_global_setting_of_numba_is_left_alone():
    settings: Any = config
    before = settings.CACHE_DIR

    @compiled.compiled
    def double(x: float) -> float:
        return 2.0 * x

    assert double(2.0) == 4.0
    assert before == settings.CACHE_DIR
