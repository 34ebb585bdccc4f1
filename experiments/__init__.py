"""What we ask of the model: the command line, designs, sweeps and result files.

In a notebook: `from experiments import run, solve, measure, sweep, read_results`, imported when they are asked for.
"""

from typing import TYPE_CHECKING, Any

__all__ = ["measure", "read_results", "run", "solve", "sweep"]

if TYPE_CHECKING:
    from experiments.notebook import measure, read_results, run, solve, sweep
else:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from experiments.import_check import check_imports

        check_imports()
        from experiments import notebook

        return getattr(notebook, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
