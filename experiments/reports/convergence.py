"""What must be said of an equilibrium that was looked for: that it was not found, or may be far from the exact one."""

from collections.abc import Mapping
from typing import Any


def warnings_of(ending: Mapping[str, Any]) -> list[str]:
    """What to say of how a solver ended, a line each; nothing where all is well."""
    said = []
    if ending.get("converged") is False:
        said.append(
            f"the equilibrium did not converge: residual {ending['residual']:.0e} after {ending['iterations']} "
            f"iterations (a lower choice_precision helps)"
        )
    if doubt := ending.get("doubt"):
        said.append(f"the equilibrium is moment-based and outside of its stated accuracy: {doubt}")
    return said
