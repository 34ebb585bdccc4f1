"""A sweep's design: which case and strategies, what is fixed, and which points are run.

The points are a grid, or the rows of a sample or of a list, or a grid crossed with such rows. A design is read from a
file in `experiments.sweeps.design_file`, where the form of that file stands.
"""

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agents.hegemon_strategies import HEGEMON, PROMISE_KEEPING
from agents.strategies import EQUILIBRIUM, find_strategy
from agents.strategy_factors import DEFAULT, is_category, numbers_of, strategies_at, whose_strategy
from agents.strategy_file import fingerprint
from experiments.sweeps.factor_values import Value
from experiments.sweeps.point_list import NO_LIST, PointList
from experiments.sweeps.sampling import Sample
from experiments.tables.manifest import LIST
from model.case import Case
from model.setting import Overrides, make_setting

Factors = Mapping[str, Value]  # of a point
By = tuple[tuple[str, str], ...]  # the strategies that a point says, by whom they are about


@dataclass(frozen=True)
class Design:
    """What a sweep runs: `replicates` runs at each point, of every combination of the grid with every row of `listed`
    (the rows fastest, then the last factor of the grid), which are those of a list or of a `sample`."""

    name: str
    about: str
    case: Case
    case_given: str  # the name of a shipped case, or the path of the user's own
    replicates: int  # the most that a point has
    seed: int
    strategy: Mapping[str, str]  # of those whose strategy does not vary
    fixed: Overrides
    grid: Mapping[str, tuple[Value, ...]]
    measures: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()  # iso3 codes; none: all
    countries: tuple[str, ...] | None = None  # those that are selected from the case; None: all that it has
    listed: PointList = NO_LIST
    sample: Sample | None = None
    until: str | None = None  # when a point has replicates enough

    @property
    def varied(self) -> tuple[str, ...]:
        """The factors that vary: those of the grid, then those of the sample or the list."""
        return (*self.grid, *self.listed.names)

    @property
    def factors(self) -> tuple[str, ...]:
        """Every factor of a point: those that vary, then those that are fixed."""
        return (*self.varied, *self.fixed)

    @property
    def size(self) -> int:
        """How many points there are."""
        size = len(self.listed.rows)
        for values in self.grid.values():
            size *= len(values)
        return size

    @cached_property
    def points(self) -> list[dict[str, Value]]:
        """The factors of every point, in order."""
        return [
            {**dict(zip(self.varied, (*values, *row), strict=True)), **self.fixed}
            for values in itertools.product(*self.grid.values())
            for row in self.listed.rows
        ]

    def values_of(self, factor: str) -> tuple[Value, ...]:
        """The values that a factor takes, each once."""
        if factor in self.grid:
            return self.grid[factor]
        return (self.fixed[factor],) if factor in self.fixed else self.listed.values_of(factor)

    @property
    def defaults(self) -> dict[str, Value]:
        """What each factor that varies would be if it did not: a number, or the name of a strategy."""
        setting = make_setting(self.case, {}, self.name)

        def default(factor: str) -> Value:
            if is_category(factor):
                return self._usual_strategy(whose_strategy(factor))
            general = factor.rpartition(".")[2]
            return self.fixed[general] if general in self.fixed else setting.value(factor)

        return {factor: default(factor) for factor in self.varied}

    def _usual_strategy(self, whom: str) -> str:
        """The strategy of a country, of all or of the hegemon where no point says another."""
        if whom == HEGEMON:
            return self.strategy.get(HEGEMON, PROMISE_KEEPING)
        return self.strategy.get(whom, self.strategy.get(DEFAULT, EQUILIBRIUM))

    def point_id(self, point: Factors) -> str:
        """An id made from a point's content alone: case, strategies and factors. It begins with a letter, for some
        readers take twelve hexadecimal digits such as 30260e340611 for a number."""
        content = f"{self._case_and_strategies(point)}, {json.dumps(sorted(numbers_of(point).items()))}]"
        return f"p{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    def _case_and_strategies(self, point: Factors) -> str:
        """The part of a point's content that is no number: a list in JSON, left open."""
        said = tuple(strategies_at(point).items())
        if said not in self._contents:
            strategies = sorted(
                (key, name if key == HEGEMON else fingerprint(find_strategy(name, self.name)))
                for key, name in {**self.strategy, **dict(said)}.items()
            )
            self._contents[said] = json.dumps([self.case.digest, strategies])[:-1]
        return self._contents[said]

    @cached_property
    def _contents(self) -> dict[By, str]:
        """What `_case_and_strategies` has said."""
        return {}

    @cached_property
    def strategy_names(self) -> tuple[str, ...]:
        """The names of the strategies that countries play at any point, each once."""
        names = [name for whom, name in self.strategy.items() if whom != HEGEMON]
        for factor in self.varied:
            if is_category(factor) and whose_strategy(factor) != HEGEMON:
                names += [str(name) for name in self.values_of(factor)]
        return tuple(dict.fromkeys(names))

    @cached_property
    def strategy_files(self) -> dict[str, str]:
        """The texts of the user's own strategies by the names of their files."""
        found = [find_strategy(name, self.name) for name in self.strategy_names]
        return {strategy.name.rpartition(":")[0]: strategy.source for strategy in found if strategy.source}

    @cached_property
    def point_ids(self) -> list[str]:
        """The id of every point, in order."""
        return [self.point_id(point) for point in self.points]

    @cached_property
    def identity(self) -> str:
        """What makes it the same sweep: points, replicates and seed."""
        content: list[Any] = [self.point_ids, self.replicates, self.seed]
        if self.measures:
            content += [self.measures, self.measured]
        if self.until is not None:
            content.append({"until": self.until})
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    @property
    def list_text(self) -> str | None:
        """The rows of the sample or the list as the text of a CSV file, for the result folder; None where there are
        none."""
        return self.listed.text if self.listed.names else None

    def as_dict(self) -> dict[str, Any]:
        """The design as written into the manifest; beside `list_text` in a file of its own, it can be read back as a
        design file's content."""
        return {
            "name": self.name,
            "about": self.about,
            "case": self.case_given,
            **({"countries": list(self.countries)} if self.countries is not None else {}),
            "replicates": self.replicates,
            "seed": self.seed,
            **({"until": self.until} if self.until is not None else {}),
            "strategy": dict(self.strategy),
            **({"measures": list(self.measures), "measured": list(self.measured)} if self.measures else {}),
            **(self.sample.as_dict() if self.sample is not None else {}),
            **({"list": LIST} if self.listed.names else {}),
            "fixed": dict(self.fixed),
            "grid": {name: list(values) for name, values in self.grid.items()},
        }
