"""The one way in which the rules of the model are compiled.

numba's on-disk cache checks only the file that defines a function. A kernel that calls a rule from another file
would silently keep the *old* rule after an edit. So compiled code is cached in a folder named by a hash of every
rule source, the numba version and the Python version: change any rule and everything is compiled anew.
"""

import hashlib
import platform
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config

from model.code_cache import keep_compiled, open_folder

RULE_FOLDERS = ("model", "agents")

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
def cache_folder() -> Path | None:
    """Where this version of the rules is kept; None where it cannot be."""
    return open_folder(f"{rule_hash()}-numba{numba.__version__}-py{platform.python_version()}")


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
    if settings.DISABLE_JIT:  # for debugging; warnings of scalar arithmetic stay off, as in compiled code
        return np.errstate(all="ignore")(rule)
    made: Any = numba.njit(nogil=True, error_model="numpy", **options)(rule)
    folder = cache_folder()
    if folder is not None:
        keep_compiled(made, folder)
    return cast(Rule, made)
