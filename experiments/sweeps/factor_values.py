"""Factors of a design as they are written: their names, and the values that each of a grid takes."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from agents.hegemon_strategies import HEGEMON
from agents.strategy_factors import STRATEGY, is_category
from experiments.sweeps.categories import Source, check_strategy, check_whose
from model.case import Case, Country, Issue, Window
from model.case_data import EU_OR_ISO3
from model.declaration import NONE, Quantity, quantities, whole
from model.errors import InputError, nearest, unknown
from model.parameters import Parameters
from model.setting import find_factor
from model.toml_file import only_keys

MOST_POINTS = 1_000_000
MOST_SEED = 2**63 - 1
DIGITS = 12  # of a number that is made rather than given
NUMBERS = quantities(Parameters) | quantities(Window) | quantities(Country)
STEPS = ("from", "to", "steps")
Value = float | str | None  # of a factor: a number, none (KOR.date), or the name of a strategy


def factors_of(table: Any, origin: str) -> dict[str, Any]:
    """Factors as written: `"KOR.inertia" = ...`, or without quotes, which TOML reads as a table of Korea's."""
    if not isinstance(table, dict):
        raise InputError(f"{origin} is not a table")
    written: dict[str, Any] = {}
    for factor, value in pairs_of(table):
        if factor in written:
            raise InputError(f"{origin}: {factor} is given twice")
        written[factor] = value
    return written


def pairs_of(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Factors with their values. A country's table holds its numbers, its strategy, and tables of its issues; whether
    the case has them is seen to later."""
    for name, value in table.items():
        if not (isinstance(value, dict) and (EU_OR_ISO3.match(name) or name == HEGEMON)):
            yield name, value
            continue
        for key, own in value.items():
            if isinstance(own, dict) and key not in (*NUMBERS, STRATEGY) and not own.keys() <= set(STEPS):
                yield from ((f"{name}.{key}.{score}", given) for score, given in own.items())
            else:
                yield f"{name}.{key}", own


def names_number(factor: str) -> bool:
    """Whether a factor's name ends in that of a number, of whatever it is one."""
    return factor.rpartition(".")[2] in (*NUMBERS, *quantities(Issue))


def find_varied(case: Case, name: str, origin: str) -> Quantity | None:
    """The declaration behind a factor that may vary, or None where it is a category, whose values are strategies."""
    if is_category(name):
        check_whose(case, name, origin)
        return None
    prefix, dot, last = name.rpartition(".")
    if last not in NUMBERS and nearest(last, [*NUMBERS, STRATEGY]) == STRATEGY:
        raise unknown("factor", name, [f"{prefix}{dot}{STRATEGY}"], origin)
    return find_factor(case, name, origin)


def parse_values(source: Source, name: str, value: Any) -> tuple[Value, ...]:
    """The values of a factor of the grid: a list, or for numbers { from, to, steps }."""
    origin = source.origin
    quantity = find_varied(source.case, name, origin)
    written = "a list of names, as in ['equilibrium', 'myopic']"
    if quantity is not None:
        written = "a list of values, or { from = 0.0, to = 0.06, steps = 7 }"
        if isinstance(value, dict):
            value = stepped(quantity, value, origin)
    if not isinstance(value, list):
        raise InputError(f"{origin}: write {written}")
    if not value:
        raise InputError(f"{origin}: an empty list of values; at least one is needed")
    values: tuple[Value, ...]
    if quantity is None:
        values = tuple(check_strategy(source, name, given) for given in value)
    else:
        values = tuple(quantity.check(number, origin) for number in value)
    if len(set(values)) != len(values):
        raise InputError(f"{origin}: a value is given twice")
    return values


def stepped(quantity: Quantity, table: Mapping[str, Any], origin: str) -> list[float]:
    """Evenly spaced numbers, both ends included."""
    only_keys(table, STEPS, origin)
    for key in STEPS:
        if key not in table:
            raise InputError(f"{origin}: `{key}` is missing; write {{ from = 0.0, to = 0.06, steps = 7 }}")
    steps = whole(table["steps"], 1, MOST_POINTS, f"{origin}: steps")
    first, last = (quantity.check(table[end], f"{origin}: {end}") for end in ("from", "to"))
    if first is None or last is None:
        raise InputError(f"{origin}: a range is of numbers; write a list of values, as in [54, 60, {NONE!r}]")
    return rounded(np.linspace(first, last, steps), first, last)


def rounded(numbers: np.ndarray, first: float, last: float) -> list[float]:
    """Numbers between two ends, to 12 significant digits of the larger end."""
    digits = DIGITS - math.ceil(math.log10(max(abs(first), abs(last), 10.0**-DIGITS)))
    return [round(float(number), digits) + 0.0 for number in numbers]


def extreme(values: tuple[Value, ...]) -> list[Value]:
    """The least and the greatest of a factor's values, and none where it is among them; of strategies the first."""
    numbers = [value for value in values if isinstance(value, float)]
    if not numbers and values[0] is not None:
        return [values[0]]
    return [*sorted({min(numbers), max(numbers)} if numbers else ()), *([None] if None in values else [])]
