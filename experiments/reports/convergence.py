"""That an equilibrium was looked for and not found, in a line."""

from collections.abc import Mapping
from typing import Any


def unconverged(ending: Mapping[str, Any]) -> str | None:
    """What to say of how a solver ended; None where all is well."""
    if ending.get("converged") is not False:
        return None
    return (
        f"the equilibrium did not converge: residual {ending['residual']:.0e} after {ending['iterations']} iterations "
        f"(a lower choice_precision helps)"
    )
