"""What is set on the page, from the case to the overrides; and how it is written as a command line or an address.

What does not apply to the case of the moment (a country that is not in it) is kept, so that going back restores it.
"""

import shlex
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from agents.hegemon_strategies import HEGEMON, PROMISE_KEEPING
from agents.policy import DEFAULT, strategies_of
from agents.strategies import EQUILIBRIUM
from experiments.page.start import MOST_SEED, Start
from model.case import Case, Window
from model.case_file import case_meant, load_case, shipped_cases
from model.declaration import NONE, quantities
from model.errors import InputError
from model.parameters import Parameters
from model.setting import Overrides, find_factor, has_factor, number_of

MOST_DAYS = 2000  # the longest window with the longest extension
Pairs = tuple[tuple[str, Any], ...]
USUAL = {DEFAULT: EQUILIBRIUM, HEGEMON: PROMISE_KEEPING}  # strategies where none are set


@dataclass(frozen=True)
class Chosen:
    """What a user has set. `overrides` are factor names with values, `strategy` iso3 codes, "default" and "hegemon".

    `countries` are those selected from the case; None: all that it has.
    """

    case: str = "six"
    seed: int = 0
    replicate: int = 0
    overrides: Pairs = ()
    strategy: Pairs = ()
    countries: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        """The case as it is named in the list of cases."""
        return self.case if self.countries is None else f"{self.case}: {', '.join(self.countries)}"

    def open(self) -> Case:
        """The case with the countries that are selected; a file of the user's own may have been edited meanwhile."""
        return open_case(self.case, self.countries)

    def with_value(self, case: Case, factor: str, value: float | None) -> "Chosen":
        """With one factor set; setting it to what it would be anyway takes the override away."""
        overrides = dict(self.overrides)
        overrides.pop(factor, None)
        if value != general_value(case, overrides, factor):
            overrides[factor] = value
        return replace(self, overrides=tuple(overrides.items()))

    def with_strategy(self, who: str, name: str) -> "Chosen":
        """With the strategy of a country, of all ("default") or of the hegemon; an empty name: a country plays as the
        others do. Setting what is usual takes the choice away."""
        strategy = {key: value for key, value in self.strategy if key != who}
        if name and USUAL.get(who) != name:
            strategy[who] = name
        return replace(self, strategy=tuple(strategy.items()))

    def applied(self, case: Case) -> tuple[dict[str, float | None], dict[str, str]]:
        """The overrides and strategies that apply to a case."""
        overrides = {factor: value for factor, value in self.overrides if has_factor(case, factor)}
        strategy = {who: name for who, name in self.strategy if who in (DEFAULT, HEGEMON, *case.ids)}
        return overrides, {DEFAULT: EQUILIBRIUM, **strategy}

    def command(self, case: Case) -> str:
        """The command line that plays the same run; empty for a replicate, which `run` does not play."""
        if self.replicate:
            return ""
        overrides, strategy = self.applied(case)
        words = ["tariff-pause", "run", "--case", self.case]
        words += [] if self.countries is None else ["--countries", ",".join(self.countries)]
        words += ["--seed", str(self.seed)]
        for who, name in strategy.items():
            words += ["--strategy", name if who == DEFAULT else f"{who}={name}"]
        for factor, value in overrides.items():
            words += ["--set", f"{factor}={plain(value)}"]
        return shlex.join(words)

    def address(self, start: "Chosen", day: int) -> str:
        """The part of the page's address after "?" that opens it with these settings on this day."""
        pairs: list[tuple[str, str]] = []
        if self != start:
            pairs = [("case", self.case)]
            pairs += [] if self.countries is None else [("countries", ",".join(self.countries))]
            pairs += [("seed", str(self.seed))]
            pairs += [("replicate", str(self.replicate))] if self.replicate else []
            pairs += [("strategy", f"{who}={name}") for who, name in self.strategy]
            pairs += [("set", f"{factor}={plain(value)}") for factor, value in self.overrides]
        if day:
            pairs.append(("day", str(day)))
        return urlencode(pairs, safe="=:,")


@lru_cache
def shipped_case(name: str, countries: tuple[str, ...] | None = None) -> Case:
    """A shipped case, or a selection from it, read once."""
    return load_case(name, countries)


def open_case(name: str, countries: tuple[str, ...] | None = None) -> Case:
    """A case: a file of the user's own is read anew each time, for it may have been edited."""
    return (shipped_case if name in shipped_cases() else load_case)(name, countries)


def plain(value: float | None) -> str:
    """A number as one would type it."""
    return NONE if value is None else repr(float(value)).removesuffix(".0")


def chosen_at_start(start: Start) -> Chosen:
    """What is set when the page opens."""
    countries = None if start.countries is None else tuple(start.countries)
    chosen = Chosen(start.case, start.seed, start.replicate, tuple(start.overrides.items()), countries=countries)
    for who, name in start.strategy.items():
        chosen = chosen.with_strategy(who, name)
    return chosen


def read_address(text: str, start: Chosen) -> tuple[Chosen, int]:
    """The settings and the day of an address (see `Chosen.address`), or an InputError.

    Files are opened by the command line alone: a case from an address is a shipped one, or that of the start.
    """
    pairs = parse_qsl(text.removeprefix("?"))
    given = dict(pairs)
    day = 0
    chosen = start
    if any(key in ("case", "countries", "seed", "strategy", "set") for key in given):
        chosen = replace(start, overrides=(), strategy=(), replicate=0)
    if "case" in given or "countries" in given:
        countries = tuple(given["countries"].split(",")) if "countries" in given else None
        name = case_meant(given.get("case"), countries)
        if name not in (*shipped_cases(), start.case):
            raise InputError(f"address: case {name!r}: allowed: {', '.join(shipped_cases())}")
        chosen = replace(chosen, case=name, countries=countries)
    case = chosen.open()
    for key, value in pairs:
        name, _, written = value.partition("=")
        if key == "day":
            day = whole(value, MOST_DAYS, "address: day")
        elif key == "seed":
            chosen = replace(chosen, seed=whole(value, MOST_SEED, "address: seed"))
        elif key == "replicate":
            chosen = replace(chosen, replicate=whole(value, MOST_SEED, "address: replicate"))
        elif key == "strategy":
            chosen = chosen.with_strategy(name, written)
        elif key == "set":
            number = find_factor(case, name, "address").parse(written, f"address: {name}")
            chosen = replace(chosen, overrides=(*chosen.overrides, (name, number)))
    strategies_of(case, chosen.applied(case)[1], "address")
    return chosen, day


def whole(text: str, most: int, origin: str) -> int:
    """A whole number from 0 to `most`. Its digits are counted first: Python does not read thousands of them."""
    digits = text.lstrip("0") or text[:1]
    if not text.isdecimal() or len(digits) > len(str(most)) or int(digits) > most:
        raise InputError(f"{origin} = {text!r}: a whole number from 0 to {most} is allowed")
    return int(digits)


def general_value(case: Case, overrides: Overrides, factor: str) -> float | None:
    """What a factor is where it is not overridden itself: the general value, the case's, or the default."""
    iso3, dot, name = factor.partition(".") if "." in factor else ("", "", factor)
    if dot and name not in quantities(Parameters):
        return number_of(case.country(iso3, "page"), name)
    if dot and name in overrides:
        return overrides[name]
    if name in quantities(Window):
        return float(getattr(case.window, name))
    return quantities(Parameters)[name].default
