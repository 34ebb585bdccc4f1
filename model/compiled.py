"""The one way in which the rules of the model are compiled.

numba's on-disk cache checks only the file that defines a function. A kernel that calls a rule from another file
would silently keep the *old* rule after an edit. So compiled code is cached in a folder named by a hash of every
rule source, the numba version and the Python version: change any rule and everything is compiled anew.
"""

import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config
from platformdirs import user_cache_path

RULE_FOLDERS = ("model", "agents")
STALE_AFTER_DAYS = 30

Rule = TypeVar("Rule", bound=Callable[..., Any])


@cache
def rule_hash() -> str:
    """The hash of all that is compiled: `model` and `agents`. It names the folder of compiled code."""
    return source_hash(RULE_FOLDERS)


def source_hash(folders: Iterable[str]) -> str:
    """SHA-256 (first 16 hex digits) of the names and contents of all Python files in folders of the project, those in
    their sub-folders too."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for folder in folders:
        for name in sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob("*.py")):
            digest.update(f"{name}\0".encode())
            digest.update((root / name).read_bytes())
            digest.update(b"\0")
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where this version of the rules is cached. `TARIFF_PAUSE_CACHE` overrides the user's cache folder."""
    chosen = os.environ.get("TARIFF_PAUSE_CACHE")
    parent = Path(chosen) if chosen else user_cache_path("tariff-pause")
    folder = parent / f"{rule_hash()}-numba{numba.__version__}-py{platform.python_version()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        tempfile.TemporaryFile(dir=folder).close()  # where numba cannot write it falls back to __pycache__
    except OSError:
        return Path(tempfile.mkdtemp(prefix="tariff-pause-"))
    for other in parent.iterdir():
        if "-numba" in other.name and time.time() - other.stat().st_mtime > STALE_AFTER_DAYS * 86400:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def compiled(rule: Rule) -> Rule:
    """Compile a rule with numba (no Python objects, lock released, IEEE arithmetic, cached as above).

    `fastmath` stays off: it would let one machine reorder sums and so break equality to the bit.
    """
    return _compile(rule)


def compiled_inner(rule: Rule) -> Rule:
    """The same for a rule of the innermost loop that allocates nothing: callers inline it, and no reference counts
    are kept. Passing tables of many arrays from function to function would otherwise cost more than the rules."""
    return _compile(rule, inline="always", _nrt=False)


def _compile(rule: Rule, **options: Any) -> Rule:
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder())  # read when a function is decorated, and only then
    try:
        return cast(Rule, numba.njit(cache=True, nogil=True, error_model="numpy", **options)(rule))
    finally:
        settings.CACHE_DIR = before
