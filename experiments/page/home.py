"""A home for the libraries of the page where the user has none, as in many containers: they keep settings there."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def lend_home() -> None:
    """Where the user has no home, a temporary one until the program ends. Called before these libraries are imported,
    for what they do at the end comes before what was asked for earlier."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = tempfile.mkdtemp(prefix="tariff-pause-")
        atexit.register(shutil.rmtree, os.environ["HOME"], ignore_errors=True)
