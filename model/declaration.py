"""A number that a user can set is declared once: unit, range, default, meaning, source.

Parameters, the numbers of a country and of the window are frozen dataclasses whose fields are made by
`declared`. Validation, `--set`, sweep designs, listings and sliders are all derived from those declarations.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from model.errors import InputError


def whole(value: Any, low: int, high: int, origin: str) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{origin} = {value!r}: a whole number from {low} to {high} is allowed")
    return value


@dataclass(frozen=True)
class Quantity:
    """What a settable number means and which values it may take (`low <= value <= high`).

    `known_from` is the day from which the default could have been given, where that is after 15 April 2025.
    """

    name: str
    default: float | None
    low: float
    high: float
    unit: str
    meaning: str
    source: str
    group: str
    by_country: bool
    integer: bool
    known_from: date | None

    @property
    def range_text(self) -> str:
        return f"{self.low:g} to {self.high:g}" if math.isfinite(self.high) else f"at least {self.low:g}"

    def check(self, value: Any, origin: str) -> float:
        """`value` as a float in range, or an `InputError` that names `origin`."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{origin}: {value!r} is not a number (allowed: {self.range_text}, {self.unit})")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or not self.low <= number <= self.high:
            percent = (
                f"; a fraction is meant, so write {number / 100:g}"
                if self.unit == "fraction" and 1 < number <= 100 and self.low <= number / 100 <= self.high
                else ""
            )
            raise InputError(f"{origin}: {number:g} is out of range (allowed: {self.range_text}, {self.unit}){percent}")
        if self.integer and number != int(number):
            raise InputError(f"{origin}: {number:g} is not a whole number (allowed: {self.range_text})")
        return number

    def parse(self, text: str, origin: str) -> float:
        """The same, from what was typed."""
        try:
            value = float(text)
        except ValueError:
            raise InputError(f"{origin}: {text!r} is not a number (allowed: {self.range_text}, {self.unit})") from None
        return self.check(value, origin)


def declared(
    default: float | None,
    low: float,
    high: float,
    unit: str,
    meaning: str,
    *,
    source: str = "",
    group: str = "",
    by_country: bool = False,
    integer: bool = False,
    known_from: date | None = None,
) -> Any:
    """A dataclass field that carries its `Quantity`."""
    metadata = {"quantity": (default, low, high, unit, meaning, source, group, by_country, integer, known_from)}
    return dataclasses.field(default=default, metadata=metadata)


def read_quantities(declaration: Any) -> dict[str, Quantity]:
    """Every declared number of a dataclass, by name, in the order of declaration."""
    return {
        field.name: Quantity(field.name, *field.metadata["quantity"])
        for field in dataclasses.fields(declaration)
        if "quantity" in field.metadata
    }


quantities: Callable[[Any], dict[str, Quantity]] = cache(read_quantities)
