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
from typing import Any, NamedTuple

from model.errors import InputError

NONE = "none"  # how the absence of a number is written
TRUE_FALSE = {"true": True, "false": False}


class Plausible(NamedTuple):
    """The values that one may draw for a number whose own is judgement: evenly, or evenly in its logarithm."""

    low: float
    high: float
    scale: str = "uniform"  # or "log"

    @property
    def text(self) -> str:
        if self.low == self.high:
            return f"{self.low:g}"
        return f"{self.low:g} to {self.high:g}" + (" (log)" if self.scale == "log" else "")


def whole(value: Any, low: int, high: int, origin: str) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(f"{origin} = {value!r}: a whole number from {low} to {high} is allowed")
    return value


@dataclass(frozen=True)
class Quantity:
    """What a settable number means and which values it may take: low to high, and none where it `may_be_none`.

    `plausible`, a part of them, is what sensitivity and advice draw from; None where the case's data bring their own.
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
    may_be_none: bool
    plausible: Plausible | None
    known_from: date | None

    @property
    def is_flag(self) -> bool:
        """Whether it is 0 or 1, and may be written as true or false."""
        return self.integer and (self.low, self.high) == (0, 1)

    @property
    def range_text(self) -> str:
        text = f"{self.low:g} to {self.high:g}" if math.isfinite(self.high) else f"at least {self.low:g}"
        return f"{text}, or {NONE}" if self.may_be_none else text

    def check(self, value: Any, origin: str) -> float | None:
        """`value` as a float in range, or an `InputError` that names `origin`; None where it is absent."""
        if self.may_be_none and (value is None or value == NONE):
            return None
        if isinstance(value, bool) and self.is_flag:
            return float(value)
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

    def parse(self, text: str, origin: str) -> float | None:
        """The same, from what was typed."""
        if self.may_be_none and text == NONE:
            return None
        if self.is_flag and text in TRUE_FALSE:
            return float(TRUE_FALSE[text])
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
    may_be_none: bool = False,
    plausible: tuple[float, float] | tuple[float, float, str] | None = None,
    known_from: date | None = None,
) -> Any:
    """A dataclass field that carries its `Quantity`."""
    drawn = None if plausible is None else Plausible(*plausible)
    rest = (unit, meaning, source, group, by_country, integer, may_be_none, drawn, known_from)
    return dataclasses.field(default=default, metadata={"quantity": (default, low, high, *rest)})


def read_quantities(declaration: Any) -> dict[str, Quantity]:
    """Every declared number of a dataclass, by name, in the order of declaration."""
    return {
        field.name: Quantity(field.name, *field.metadata["quantity"])
        for field in dataclasses.fields(declaration)
        if "quantity" in field.metadata
    }


quantities: Callable[[Any], dict[str, Quantity]] = cache(read_quantities)
