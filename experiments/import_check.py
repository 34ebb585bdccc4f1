"""`model` and `agents` are also the names of other packages and of people's own files: which of them would be imported?

Nothing of ours is imported here, for it may be just what is hidden.
"""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def check_imports() -> None:
    """ImportError, in one line, where `model` or `agents` is not ours; it names the file that got in the way."""
    for name in ("model", "agents"):
        found, ours = file_of(name), ROOT / name / "__init__.py"
        if found != ours:
            raise ImportError(
                f"{found or 'nothing'} is imported as {name!r}, and not {ours}, which tariff-pause needs: rename or "
                f"move it, or use tariff-pause in an environment and a folder of its own"
            )


def file_of(name: str) -> Path | None:
    """The file that is imported, or was, under a name."""
    module = sys.modules.get(name)
    spec = importlib.util.find_spec(name) if module is None else None
    origin = spec.origin if spec is not None else getattr(module, "__file__", None)
    return Path(origin).resolve() if origin else None
