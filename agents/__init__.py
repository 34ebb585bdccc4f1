"""Who decides: the country and hegemon agents, the catalogue of strategies, the Mesa model.

In a notebook: `from agents import prepare, Negotiation`, each imported when it is asked for, for one compiles the rules
and the other needs Mesa.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Negotiation", "prepare"]
HOMES = {"Negotiation": "agents.negotiation", "prepare": "agents.policy"}

if TYPE_CHECKING:
    from agents.negotiation import Negotiation
    from agents.policy import prepare
else:

    def __getattr__(name: str) -> Any:
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(HOMES[name]), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
