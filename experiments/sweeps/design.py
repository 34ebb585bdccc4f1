"""A sweep's design: which case, strategies and fixed overrides, and which factors vary over which values.

Built-in designs are TOML files in `experiments/designs/`; a file of the user's own has the same form:

    name = "first_mover"
    case = "six"                          # a shipped case, or a path (relative to this file)
    countries = ["KOR", "JPN"]            # these of its countries alone; without a case, of all there are
    replicates = 200
    seed = 1
    strategy = "equilibrium"              # or { default = "equilibrium", KOR = "wait_and_see" }
    [fixed]
    delay_cost = 0.05
    [grid]
    headline_value = { from = 0.0, to = 0.06, steps = 7 }
    "KOR.domestic_constraint" = [0.0, 0.5, 1.0]
    "KOR.date" = [54, "none"]
    "KOR.rice_market.red_line" = [0, 1]

and, before the tables, `measures = ["first_mover_advantage"]` to make measures at every point, of all countries or of
those in `measured = ["KOR"]`.
"""

import hashlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from agents.hegemon_strategies import HEGEMON
from agents.policy import DEFAULT, strategies_of
from agents.strategies import EQUILIBRIUM, find_strategy
from agents.strategy_file import fingerprint, names_file, open_strategy
from experiments.measures.catalogue import check_measures, measured_countries
from experiments.sweeps.built_in import DESIGNS_FOLDER, built_in_designs
from model.case import Case, Country, Window
from model.case_data import EU_OR_ISO3
from model.case_file import case_meant, load_case
from model.case_selection import select_countries
from model.declaration import NONE, quantities, whole
from model.errors import InputError, unknown
from model.names import as_text
from model.parameters import Parameters
from model.setting import Overrides, find_factor, make_setting
from model.toml_file import names_a_file, only_keys, parse_toml, read_text

KEYS = ("name", "about", "case", "countries", "replicates", "seed", "strategy", "measures", "measured", "fixed", "grid")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
MOST_SEED = 2**63 - 1
MOST_POINTS = 1_000_000
NUMBERS = quantities(Parameters) | quantities(Window) | quantities(Country)
RANGE = ("from", "to", "steps")
CHECKED_POINTS = 2_000  # up to here every point is checked before anything is run, beyond the extreme ones


@dataclass(frozen=True)
class Design:
    """What a sweep runs: the full grid of `grid` (the last factor fastest), `replicates` runs at each point."""

    name: str
    about: str
    case: Case
    case_given: str  # the name of a shipped case, or the path of the user's own
    replicates: int
    seed: int
    strategy: Mapping[str, str]
    fixed: Overrides
    grid: Mapping[str, tuple[float | None, ...]]
    measures: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()  # iso3 codes; none: all
    until: str | None = None  # see `experiments.sweeps.until`
    countries: tuple[str, ...] | None = None  # those that are selected from the case; None: all that it has

    @property
    def factors(self) -> tuple[str, ...]:
        """Every factor of a point: those that vary, then those that are fixed."""
        return (*self.grid, *self.fixed)

    @property
    def points(self) -> list[dict[str, float | None]]:
        """The overrides of every point, in order."""
        return [
            {**dict(zip(self.grid, values, strict=True)), **self.fixed}
            for values in itertools.product(*self.grid.values())
        ]

    @property
    def extremes(self) -> list[dict[str, float | None]]:
        """Points at which every two factors take their least and greatest values together, the rest their first.

        What must hold between factors is linear and between two of them, so where these are legal every point is.
        """
        first = {**{name: values[0] for name, values in self.grid.items()}, **self.fixed}
        ends = {name: extreme(values) for name, values in self.grid.items()}
        pairs = itertools.combinations(ends, 2) if len(ends) > 1 else [tuple(ends)]
        return [
            {**first, **dict(zip(pair, values, strict=True))}
            for pair in pairs
            for values in itertools.product(*(ends[name] for name in pair))
        ]

    def point_id(self, point: Overrides) -> str:
        """An id made from a point's content alone: case, strategies and factors. It begins with a letter, for some
        readers take twelve hexadecimal digits such as 30260e340611 for a number."""
        content = f"{self._same_at_all_points}, {json.dumps(sorted(point.items()))}]"
        return f"p{hashlib.sha256(content.encode()).hexdigest()[:12]}"

    @cached_property
    def _same_at_all_points(self) -> str:
        """The part of a point's content that does not vary: a list in JSON, left open."""
        strategies = sorted(
            (key, name if key == HEGEMON else fingerprint(find_strategy(name, self.name)))
            for key, name in self.strategy.items()
        )
        return json.dumps([self.case.digest, strategies])[:-1]

    @cached_property
    def strategy_files(self) -> dict[str, str]:
        """The texts of the user's own strategies by the names of their files."""
        found = [find_strategy(name, self.name) for key, name in self.strategy.items() if key != HEGEMON]
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

    def as_dict(self) -> dict[str, Any]:
        """The design as written into the manifest; it can be read back as a design file's content."""
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
            "fixed": dict(self.fixed),
            "grid": {name: list(values) for name, values in self.grid.items()},
        }


def load_design(name_or_path: str, countries: list[str] | None = None) -> Design:
    """A built-in design by name, or the user's own by path (anything with a folder in it or ending in .toml).

    `countries` are those typed on the command line, and stand above the design's own.
    """
    if name_or_path in built_in_designs():
        path = DESIGNS_FOLDER / f"{name_or_path}.toml"
    elif names_a_file(name_or_path):
        path = Path(name_or_path)
    else:
        raise unknown("design", name_or_path, [*built_in_designs(), "a path that ends in .toml"], "sweep")
    table = parse_toml(read_text(path), path.name)
    return parse_design(table, path.name, path.parent, path.stem, countries=countries, open_files=True)


def parse_design(
    table: Mapping[str, Any],
    origin: str,
    folder: Path,
    default_name: str,
    *,
    countries: list[str] | None = None,
    open_files: bool = False,
) -> Design:
    """A design from its TOML table; every fault is an `InputError` that names file and field.

    countries: those typed on the command line, which stand above the table's own.
    open_files: whether the files of strategies that it names are opened: they are code, so only for who runs it.
    """
    only_keys(table, KEYS, origin)
    name = table.get("name", default_name)
    if not isinstance(name, str) or not NAME.match(name):
        raise InputError(f"{origin}: name = {name!r}: letters, digits, _ . - are allowed")
    where = f"{origin}: countries" if countries is None else "--countries"
    selected = table.get("countries") if countries is None else countries
    case_name = table.get("case", case_meant(None, selected))
    if not isinstance(case_name, str):
        raise InputError(f"{origin}: case = {case_name!r} is not a text")
    if names_a_file(case_name):
        case_name = str((folder / case_name).absolute())
    try:
        case = load_case(case_name)
    except InputError as error:
        raise error.within(f"{origin}: case") from None
    if selected is not None:
        case = select_countries(case, selected, where)
    fixed, grid = (factors_of(table.get(key, {}), f"{origin}: {key}") for key in ("fixed", "grid"))
    if not grid:
        raise InputError(f"{origin}: [grid] is empty; a sweep varies at least one factor")
    design = Design(
        name=name,
        about=as_text(table.get("about", ""), f"{origin}: about"),
        case=case,
        case_given=case_name,
        countries=None if selected is None else case.ids,
        replicates=whole(table.get("replicates", 200), 1, 10**9, f"{origin}: replicates"),
        seed=whole(table.get("seed", 0), 0, MOST_SEED, f"{origin}: seed"),
        strategy=parse_strategy(table.get("strategy", EQUILIBRIUM), f"{origin}: strategy", folder, open_files),
        measures=check_measures(texts(table.get("measures", []), f"{origin}: measures"), f"{origin}: measures"),
        measured=measured_countries(case, texts(table.get("measured", []), where := f"{origin}: measured"), where),
        fixed={
            name: find_factor(case, name, f"{origin}: fixed").check(value, f"{origin}: fixed: {name}")
            for name, value in fixed.items()
        },
        grid={name: parse_values(case, name, value, f"{origin}: grid: {name}") for name, value in grid.items()},
    )
    for factor in design.grid:
        if factor in design.fixed:
            raise InputError(f"{origin}: {factor} is both fixed and varied")
    check_design(design, origin)
    return design


def extreme(values: tuple[float | None, ...]) -> list[float | None]:
    """The least and the greatest of a factor's values, and none where it is among them."""
    given = [value for value in values if value is not None]
    return [*sorted({min(given), max(given)} if given else ()), *([None] if None in values else [])]


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
    """Factors with their values. A country's table holds its numbers, and tables of its issues; whether the case has
    them is seen to later."""
    for name, value in table.items():
        if not (isinstance(value, dict) and EU_OR_ISO3.match(name)):
            yield name, value
            continue
        for key, own in value.items():
            if isinstance(own, dict) and key not in NUMBERS and not own.keys() <= set(RANGE):
                yield from ((f"{name}.{key}.{score}", given) for score, given in own.items())
            else:
                yield f"{name}.{key}", own


def texts(value: Any, origin: str) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f"{origin} = {value!r}: write a list of names, as in ['KOR', 'JPN']")
    return value


def parse_strategy(value: Any, origin: str, folder: Path, open_files: bool) -> dict[str, str]:
    """A strategy for all, or a table by country with `default`; a file's path is relative to `folder`."""
    table = {DEFAULT: value} if isinstance(value, str) else value
    if not isinstance(table, dict) or not all(isinstance(text, str) for text in table.values()):
        raise InputError(f"{origin}: write a name, or a table as in {{ default = 'equilibrium', KOR = 'myopic' }}")
    named = {DEFAULT: EQUILIBRIUM, **table}
    if open_files:
        named |= {key: open_strategy(name, origin, folder) for key, name in named.items() if names_file(name)}
    return named


def parse_values(case: Case, name: str, value: Any, origin: str) -> tuple[float | None, ...]:
    """The values of a varied factor: a list, or { from, to, steps }."""
    quantity = find_factor(case, name, origin)
    if isinstance(value, dict):
        only_keys(value, RANGE, origin)
        for key in RANGE:
            if key not in value:
                raise InputError(f"{origin}: `{key}` is missing; write {{ from = 0.0, to = 0.06, steps = 7 }}")
        steps = whole(value["steps"], 1, MOST_POINTS, f"{origin}: steps")
        first, last = (quantity.check(value[end], f"{origin}: {end}") for end in ("from", "to"))
        if first is None or last is None:
            raise InputError(f"{origin}: a range is of numbers; write a list of values, as in [54, 60, {NONE!r}]")
        digits = 12 - math.ceil(math.log10(max(abs(first), abs(last), 1e-12)))
        value = [round(float(number), digits) + 0.0 for number in np.linspace(first, last, steps)]
    if not isinstance(value, list):
        raise InputError(f"{origin}: write a list of values, or {{ from = 0.0, to = 0.06, steps = 7 }}")
    if not value:
        raise InputError(f"{origin}: an empty list of values; at least one is needed")
    values = tuple(quantity.check(number, origin) for number in value)
    if len(set(values)) != len(values):
        raise InputError(f"{origin}: a value is given twice")
    return values


def check_design(design: Design, origin: str) -> None:
    """Every point is legal, and there are not too many of them; nothing is run."""
    count = 1
    for values in design.grid.values():
        count *= len(values)
    if count > MOST_POINTS:
        raise InputError(f"{origin}: {count:,} points; at most {MOST_POINTS:,} are allowed")
    strategies_of(design.case, design.strategy, f"{origin}: strategy")
    for number, point in enumerate(design.points if count <= CHECKED_POINTS else design.extremes):
        make_setting(design.case, point, f"{origin}: point {number}" if count <= CHECKED_POINTS else origin)


def with_overrides(
    design: Design, sets: Overrides, replicates: int | None, seed: int | None, until: str | None = None
) -> Design:
    """The design under what was typed on the command line."""
    for name in sets:
        if name in design.grid:
            raise InputError(f"--set {name}: the design varies {name}; change its [grid] instead")
    changed = replace(
        design,
        fixed={**design.fixed, **sets},
        replicates=design.replicates if replicates is None else whole(replicates, 1, 10**9, "--replicates"),
        seed=design.seed if seed is None else whole(seed, 0, MOST_SEED, "--seed"),
        until=until or design.until,
    )
    check_design(changed, "--set")
    return changed
