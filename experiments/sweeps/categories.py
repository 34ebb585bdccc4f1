"""Strategies as a design names them: for all points, or as the values of a category."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.hegemon_strategies import HEGEMON, find_hegemon
from agents.strategies import EQUILIBRIUM, find_strategy
from agents.strategy_factors import DEFAULT, STRATEGY, whose_strategy
from agents.strategy_file import names_file, open_strategy
from model.case import Case
from model.errors import InputError, unknown


@dataclass(frozen=True)
class Source:
    """Where what is being read was given: of which case it speaks, what messages call it, and the folder in which the
    files lie that it names. `open_files`: whether files of strategies are opened: they are code, so only for who runs
    it."""

    case: Case
    origin: str
    folder: Path
    open_files: bool = False

    def within(self, part: str) -> "Source":
        """A part of it."""
        return replace(self, origin=f"{self.origin}: {part}")


def named_strategies(source: Source, value: Any) -> dict[str, str]:
    """A strategy for all ("default"), or a table by country, "default" and "hegemon"."""
    table = {DEFAULT: value} if isinstance(value, str) else value
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        raise InputError(
            f"{source.origin}: write a name, or a table as in {{ default = 'equilibrium', KOR = 'myopic' }}"
        )
    named = {}
    for whom, name in table.items():
        factor = STRATEGY if whom == DEFAULT else f"{whom}.{STRATEGY}"
        check_whose(source.case, factor, source.origin)
        named[whom] = check_strategy(source, factor, name)
    return named


def fixed_strategies(source: Source, value: Any, varied: Collection[str]) -> dict[str, str]:
    """The strategies of a design that are the same at all points; `varied` are the categories that its points say."""
    named, by_point = named_strategies(source, value), [whose_strategy(factor) for factor in varied]
    if twice := [whom for whom in named if whom in by_point]:
        factor = STRATEGY if twice[0] == DEFAULT else f"{twice[0]}.{STRATEGY}"
        raise InputError(f"{source.origin}: {factor} is both fixed and varied")
    return named if DEFAULT in by_point else {DEFAULT: EQUILIBRIUM, **named}


def check_whose(case: Case, factor: str, origin: str) -> None:
    """InputError where a category is about nobody in the case."""
    whom = whose_strategy(factor)
    if whom == DEFAULT and factor != STRATEGY:
        raise InputError(f"{origin}: {factor}: write {STRATEGY}, for all countries that have none of their own")
    if whom not in (DEFAULT, HEGEMON, *case.ids):
        raise unknown("country", whom, [*case.ids, HEGEMON], origin)


def check_strategy(source: Source, factor: str, value: Any) -> str:
    """A value of a category: the name of a strategy, under which it can be found from now on."""
    if not isinstance(value, str):
        raise InputError(
            f"{source.origin}: {value!r} is not the name of a strategy; tariff-pause strategies lists them"
        )
    if whose_strategy(factor) == HEGEMON:
        return find_hegemon(value, source.origin).name
    if source.open_files and names_file(value):
        return open_strategy(value, source.origin, source.folder)
    find_strategy(value, source.origin)
    return value
