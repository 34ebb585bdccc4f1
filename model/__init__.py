"""What the world is: case data, parameters, bargaining, beliefs, payoffs, one meeting, the kernel, equilibrium.

In a notebook: `from model import load_case`, which is imported when it is asked for.
"""

from typing import TYPE_CHECKING, Any

__all__ = ["load_case"]

if TYPE_CHECKING:
    from model.case_file import load_case
else:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from model import case_file

        return getattr(case_file, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
