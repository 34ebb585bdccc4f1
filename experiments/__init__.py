"""What we ask of the model: the command line, designs, sweeps and result files.

Rooms, in the order in which the data pass them; a module imports from its own room and from those before it, never the
other way, and in no circle:

    analysis.interval, moments, regression   a number with its interval, means and slopes of many: arithmetic only
    tables      the columns of every file, the rows behind them, result folders written and read
    measures    numbers about a game: what they mean and how each is found
    sweeps      designs, and running them point by point
    analysis    what result files say: aggregates, statistics, sentences
    figures     drawing them
    reports     what the commands print
    page        the browser page
    arguments, settings_file, guard, cli   what can be typed or stand in a file, how the program ends, the commands

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
