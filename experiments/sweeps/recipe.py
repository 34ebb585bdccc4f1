"""What all blocks of a sweep share: all that is needed to prepare any point, play and measure it. It is small, and a
worker of a cluster is sent it once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from agents.policy import Mix, strategies_of
from agents.strategy import Strategy
from agents.strategy_factors import Point, strategies_at
from agents.strategy_file import OPENED
from experiments.sweeps.design import Design
from experiments.sweeps.until import Until, check_replicates, parse_until
from experiments.tables.provenance import number_hash, versions_of_numbers
from experiments.tables.saving import Saving
from model.case import Case
from model.errors import InputError


@dataclass(frozen=True)
class Recipe:
    """A design without its points. `made_by`: the rules and versions that its blocks must be made by; `opened`: the
    user's own strategies; `key`: a name that no other sweep has."""

    name: str
    case: Case
    strategy: Mapping[str, str]
    opened: Mapping[str, Strategy]
    seed: int
    replicates: int
    measures: tuple[str, ...]
    measured: tuple[str, ...]
    until: Until | None
    saving: Saving
    made_by: Mapping[str, str]
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    def mix_at(self, point: Point) -> Mix:
        """Who plays what at a point."""
        return strategies_of(self.case, {**self.strategy, **strategies_at(point)}, self.name, self.opened)

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """Code and name of each country, as summaries take them."""
        return [(country.iso3, country.name) for country in self.case.countries]


def made_here() -> dict[str, str]:
    """The rules, and the versions of what the numbers depend on, in this process."""
    return {"rules": number_hash(), **versions_of_numbers()}


def recipe_of(design: Design, saving: Saving) -> Recipe:
    """The recipe of a design."""
    until = parse_until(design.until, design.case, f"{design.name}: until")
    check_replicates(until, design.replicates, f"{design.name}: until")
    return Recipe(
        name=design.name,
        case=design.case,
        strategy=dict(design.strategy),
        opened={name: OPENED[name] for name in design.strategy_names if name in OPENED},
        seed=design.seed,
        replicates=design.replicates,
        measures=design.measures,
        measured=design.measured,
        until=until,
        saving=saving,
        made_by=made_here(),
    )


def refuse_other_makers(where: str, made_by: Mapping[str, str], found: Mapping[str, str]) -> None:
    """InputError where another process has other rules or versions than these."""
    for name, now in made_by.items():
        if found.get(name) != now:
            what = "other rules of the model" if name == "rules" else f"{name} {found.get(name, 'not installed')}"
            here = "" if name == "rules" else f", here {now}"
            raise InputError(f"{where}: has {what}{here}; install the same there as here")
