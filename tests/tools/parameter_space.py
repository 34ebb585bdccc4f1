"""Points of the whole parameter space, for hypothesis: any legal values of parameters, of countries' and the window's
numbers (a date may be none), issues with any scores, every strategy for every country; a few countries, so that solving
is cheap. And the corners of what an account of the pause is made of."""

import dataclasses
import itertools
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from agents.policy import Prepared, prepare, strategies_of
from agents.strategies import CATALOGUE, EQUILIBRIUM
from model.case import Case, Country, Issue, Window
from model.case_file import load_case
from model.declaration import Quantity, quantities
from model.equilibrium import Equilibrium, solve
from model.forward import Distribution, distribution
from model.parameters import Parameters
from model.setting import Setting, make_setting
from model.states import bit_count, place_among_waiting, set_offsets, set_state

SIX = load_case("six")
IDS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
GENERAL = quantities(Parameters)
OWN = {**{name: quantity for name, quantity in GENERAL.items() if quantity.by_country}, **quantities(Country)}
SET_STATE: Any = set_state
PAUSE = ("deal_horizon", "early_effect", "delay_cost", "tariff_taste", "ratification_slope")
CORNERS = tuple(
    dict(zip(PAUSE, ends, strict=True))
    for ends in itertools.product(*((GENERAL[name].low, GENERAL[name].high) for name in PAUSE))
)
EVERY = (*CATALOGUE, "script:0", "script:20", "script:never")


class Play(NamedTuple):
    """A point of the space. Countries, called AAA, BBB, ..., have the data of those named; issues (value, cost, red
    line) replace theirs where given."""

    countries: tuple[str, ...]
    overrides: Mapping[str, float | None]
    strategies: tuple[str, ...]
    issues: dict[str, tuple[tuple[float, float, bool], ...]] = {}  # noqa: RUF012

    @property
    def case(self) -> Case:
        return dataclasses.replace(SIX, countries=tuple(map(self.country, IDS, self.countries)))

    def country(self, iso3: str, like: str) -> Country:
        found = dataclasses.replace(SIX.country(like, "test"), iso3=iso3)
        if iso3 not in self.issues:
            return found
        rows = enumerate(self.issues[iso3])
        return dataclasses.replace(found, issues=tuple(Issue(f"issue {j}", *row) for j, row in rows))

    def setting(self) -> Setting:
        return make_setting(self.case, self.overrides)

    def prepare(self) -> Prepared:
        chosen = dict(zip(IDS, self.strategies, strict=False))
        return prepare(self.setting(), strategies_of(self.case, chosen))


def without_underflow(value: float) -> float:
    """0 for what is so small that products of such numbers would lose digits."""
    return value if abs(value) > 1e-60 else 0.0


def values_of(quantity: Quantity) -> st.SearchStrategy[Any]:
    """Any legal value, its ends and its default more often; over orders of magnitude where the range is wide."""
    if quantity.may_be_none:
        return st.none() | values_of(dataclasses.replace(quantity, may_be_none=False))
    low, high = quantity.low, quantity.high
    special = [low, high, *([] if quantity.default is None else [quantity.default])]
    if quantity.integer:
        return st.sampled_from([int(value) for value in special]) | st.integers(int(low), int(high))
    inside = st.floats(low, high).map(without_underflow)
    if high > 100:
        logs = st.floats(math.log10(max(low, 1e-6)), math.log10(high))
        inside = inside | logs.map(lambda x: min(max(10.0**x, low), high))
    return st.sampled_from(special) | inside


GENERAL_VALUES = {name: values_of(quantity) for name, quantity in GENERAL.items()}
OWN_VALUES = {name: values_of(quantity) for name, quantity in OWN.items()}
SCORE = st.sampled_from([0.0, 5.0]) | st.floats(0, 5).map(without_underflow)
ISSUES = st.lists(st.tuples(SCORE, SCORE, st.booleans()), max_size=4).map(tuple)


@st.composite
def plays(draw: Any, least: int = 2, most: int = 4, meetings: int = 100) -> Play:
    """Points of the space. A drawn window holds at most `meetings`, and as many more if it is extended."""
    n = draw(st.integers(least, most))
    countries = tuple(draw(st.permutations(SIX.ids))[:n])
    names = [*GENERAL, *(f"{iso3}.{name}" for iso3 in IDS[:n] for name in OWN)]
    size = draw(st.integers(0, 10) | st.integers(0, 50))
    chosen = draw(st.lists(st.sampled_from(names), min_size=size, max_size=size, unique=True))
    overrides = {name: draw(OWN_VALUES[name.split(".")[1]] if "." in name else GENERAL_VALUES[name]) for name in chosen}
    make_legal(overrides, countries)
    if draw(st.booleans()):
        a_week = draw(st.sampled_from([1, 6, 70]) | st.integers(1, 70))
        fewest, longest = -(-7 // a_week), min(1000, 7 * meetings // a_week)
        overrides["meetings_per_week"] = a_week
        overrides["window_days"] = draw(st.sampled_from([fewest, longest]) | st.integers(fewest, longest))
        if draw(st.booleans()):
            overrides["extension_probability"] = draw(values_of(quantities(Window)["extension_probability"]))
            overrides["extension_days"] = draw(st.sampled_from([0, longest]) | st.integers(0, longest))
    strategies = tuple(draw(st.sampled_from((EQUILIBRIUM, *EVERY))) for _ in range(n))
    issues = {iso3: draw(ISSUES) for iso3 in IDS[:n] if draw(st.integers(0, 3)) == 0}
    return Play(countries, overrides, strategies, issues)


def make_legal(overrides: dict[str, Any], countries: tuple[str, ...]) -> None:
    """Lower what may not lie above something else."""

    def limit(lower: str, upper: float, value: float) -> None:
        if value > upper:
            overrides[lower] = upper

    rates: dict[str, Any] = {name: overrides.get(name, GENERAL[name].default) for name in GENERAL}
    limit("execution_soft", rates["execution_firm"], rates["execution_soft"])
    limit("sector_relief_rate", rates["sector_rate"], rates["sector_relief_rate"])
    for iso3, like in zip(IDS, countries, strict=False):
        rate = overrides.get(f"{iso3}.sector_rate", rates["sector_rate"])
        relief = overrides.get("sector_relief_rate", rates["sector_relief_rate"])
        limit(f"{iso3}.sector_relief_rate", rate, overrides.get(f"{iso3}.sector_relief_rate", relief))
        data = SIX.country(like, "test")
        room = 1.0 - overrides.get(f"{iso3}.sector_share", data.sector_share)
        limit(f"{iso3}.open_share", room, overrides.get(f"{iso3}.open_share", data.open_share))


def examined(examples: int) -> settings:
    """The same points every time."""
    return settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )  # fmt: skip


def evaluate(prepared: Prepared) -> tuple[Equilibrium, Distribution]:
    """Everybody's policy by set with the values of waiting, and the exact distribution of outcomes."""
    nobody = np.zeros(len(prepared.game.who), np.bool_)
    found = solve(prepared.game, prepared.policy, nobody, keep_wait=True)
    return found, distribution(prepared.game, found)


def payoff_scale(prepared: Prepared) -> float:
    """1, or the largest payoff in shares of stakes: a signing cost of billions may be a large multiple of stakes."""
    values = prepared.game.sign[np.isfinite(prepared.game.sign)]
    return max(1.0, np.abs(values).max(initial=0.0), np.abs(prepared.game.no_deal).max(initial=0.0))


@cache
def set_columns(n: int) -> np.ndarray:
    """Rows of (column of a table by set, country, mask, signed, harsh, known), shape (6, S)."""
    offsets = set_offsets(n)
    rows = [
        (set_state(offsets[mask], place_among_waiting(mask, i), bit_count(mask), h, z), i, mask, bit_count(mask), h, z)
        for mask in range((1 << n) - 1) for i in range(n) if not mask >> i & 1
        for h in range(bit_count(mask) + 1) for z in range(2)
    ]  # fmt: skip
    return np.array(rows).T
