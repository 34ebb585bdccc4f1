"""pyarrow looks for pandas when it first converts a list, in case the list is a column of pandas. That import costs a
third of a second of CPU, and no sweep hands it one."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

import pyarrow as pa


class NoPandas(MetaPathFinder):
    """Finds every module where it is, and no pandas."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def keep_pandas_out() -> None:
    """Let pyarrow look in vain, once. It looks again where a data frame is asked for, and then finds pandas."""
    if "pandas" not in sys.modules:
        finder = NoPandas()
        sys.meta_path.insert(0, finder)
        try:
            pa.array([])
        finally:
            sys.meta_path.remove(finder)
