"""Strategies as factors of a sweep: `strategy` of all countries, `KOR.strategy` of one, `hegemon.strategy`.

A factor is a number or such a category, and its name says which.
"""

from collections.abc import Mapping

STRATEGY, DEFAULT = "strategy", "default"
Point = Mapping[str, float | str | None]  # factor name -> a number, none (KOR.date), or the name of a strategy


def is_category(factor: str) -> bool:
    """Whether a factor's values are names of strategies."""
    return factor == STRATEGY or factor.endswith(f".{STRATEGY}")


def whose_strategy(factor: str) -> str:
    """Whom a category is about: "default" for all countries that have none of their own, a country, or "hegemon"."""
    return factor.removesuffix(STRATEGY).removesuffix(".") or DEFAULT


def numbers_of(point: Point) -> dict[str, float | None]:
    """The factors of a point that are numbers: what a setting is made from."""
    return {name: value for name, value in point.items() if not isinstance(value, str)}


def strategies_at(point: Point) -> dict[str, str]:
    """The strategies that a point says, by whom they are about."""
    return {whose_strategy(name): value for name, value in point.items() if isinstance(value, str)}
