"""A design as it is written. Built-in ones are TOML files in `experiments/designs/`; a file of the user's own has the
same form:

    name = "first_mover"
    case = "six"                          # a shipped case, or a path (relative to this file)
    countries = ["KOR", "JPN"]            # these of its countries alone; without a case, of all there are
    replicates = 200
    seed = 1
    strategy = "equilibrium"              # or { default = "equilibrium", KOR = "wait_and_see" }
    [fixed]
    delay_cost = 0.05
    [grid]                                # every combination is a point
    headline_value = { from = 0.0, to = 0.06, steps = 7 }
    "KOR.domestic_constraint" = [0.0, 0.5, 1.0]
    "KOR.date" = [54, "none"]
    "KOR.rice_market.red_line" = [0, 1]
    "KOR.strategy" = ["equilibrium", "myopic"]       # also: strategy, of all countries; hegemon.strategy

In the place of a grid, or crossed with it (a point for each combination of the grid and each row), may stand a sample

    sample = { method = "latin_hypercube", points = 256, seed = 1 }     # or "sobol"
    [ranges]
    headline_value = { from = 0.0, to = 0.06 }

or a list of points, `list = "mine.csv"`, whose header names factors. Before the tables, `measures =
["first_mover_advantage"]` makes measures at every point, of all countries or of those in `measured = ["KOR"]`, and
`until = "payoff_bn < 0.02"` adds replicates to a point until this standard error is reached.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.strategy_factors import is_category
from experiments.measures.catalogue import check_measures, measured_countries
from experiments.sweeps.built_in import DESIGNS_FOLDER, built_in_designs
from experiments.sweeps.categories import Source, fixed_strategies
from experiments.sweeps.design import Design
from experiments.sweeps.design_check import check_design
from experiments.sweeps.factor_values import MOST_SEED, factors_of, parse_values
from experiments.sweeps.point_list import NO_LIST, PointList, parse_list
from experiments.sweeps.sampling import Sample, draw_points, parse_sample
from experiments.sweeps.until import parse_until
from model.case import Case
from model.case_file import case_meant, load_case
from model.case_selection import select_countries
from model.declaration import whole
from model.errors import InputError, unknown
from model.names import as_text
from model.setting import Overrides, find_factor
from model.toml_file import names_a_file, only_keys, parse_toml, read_text

KEYS = (
    *("name", "about", "case", "countries", "replicates", "seed", "until", "strategy", "measures", "measured"),
    *("fixed", "grid", "list", "sample", "ranges"),
)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")


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
    open_files: whether it is opened by who runs it. Else it is that of a manifest: files of strategies, which are
    code, stay closed, and the points of a sample are those that the folder lists.
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
    source = Source(case, origin, folder, open_files)
    grid = {
        factor: parse_values(source.within(f"grid: {factor}"), factor, value)
        for factor, value in factors_of(table.get("grid", {}), f"{origin}: grid").items()
    }
    sample, listed = parse_rows(source, table)
    if not grid and not listed.names:
        raise InputError(
            f"{origin}: [grid] is empty; a sweep varies at least one factor, by a grid, a sample or a list"
        )
    for factor in listed.names:
        if factor in grid:
            raise InputError(
                f"{origin}: {factor} is in the grid and in the {'list' if sample is None else 'ranges'} too"
            )
    fixed = parse_fixed(source.within("fixed"), table.get("fixed", {}))
    for factor in (*grid, *listed.names):
        if factor in fixed:
            raise InputError(f"{origin}: {factor} is both fixed and varied")
    varied_strategies = [factor for factor in (*grid, *listed.names) if is_category(factor)]
    design = Design(
        name=name,
        about=as_text(table.get("about", ""), f"{origin}: about"),
        case=case,
        case_given=case_name,
        countries=None if selected is None else case.ids,
        replicates=whole(table.get("replicates", 200), 1, 10**9, f"{origin}: replicates"),
        seed=whole(table.get("seed", 0), 0, MOST_SEED, f"{origin}: seed"),
        until=checked_until(table["until"], case, f"{origin}: until") if "until" in table else None,
        strategy=fixed_strategies(source.within("strategy"), table.get("strategy", {}), varied_strategies),
        measures=check_measures(texts(table.get("measures", []), f"{origin}: measures"), f"{origin}: measures"),
        measured=measured_countries(case, texts(table.get("measured", []), where := f"{origin}: measured"), where),
        fixed=fixed,
        grid=grid,
        listed=listed,
        sample=sample,
    )
    check_design(design, origin)
    return design


def parse_rows(source: Source, table: Mapping[str, Any]) -> tuple[Sample | None, PointList]:
    """The sample, if there is one, and its rows or those of the list. The rows of a stored sample are in its list."""
    origin, stored = source.origin, not source.open_files
    if "sample" in table and "ranges" not in table:
        raise InputError(f"{origin}: a sample needs [ranges] to draw from")
    if "ranges" in table and "sample" not in table:
        raise InputError(
            f"{origin}: [ranges] are for a sample; add sample = {{ method = 'latin_hypercube', points = 256 }}"
        )
    if "sample" in table and "list" in table and not stored:
        raise InputError(f"{origin}: a sample and a list too; a design has one of the two")
    sample = parse_sample(source.case, table["sample"], table["ranges"], origin) if "sample" in table else None
    if "list" in table:
        listed = parse_list(source.within("list"), table["list"])
        if sample is not None and listed.names != tuple(sample.ranges):
            raise InputError(f"{origin}: the columns of the list are not the factors of its ranges")
        return sample, listed
    return sample, NO_LIST if sample is None else draw_points(source.case, sample, origin)


def parse_fixed(source: Source, table: Any) -> dict[str, float | None]:
    """The factors that are the same at all points: numbers."""
    return {
        factor: find_factor(source.case, factor, source.origin).check(value, f"{source.origin}: {factor}")
        for factor, value in factors_of(table, source.origin).items()
    }


def checked_until(given: Any, case: Case, origin: str) -> str:
    """A condition as it is written, once it can be read."""
    text = as_text(given, origin)
    parse_until(text, case, origin)
    return text


def texts(value: Any, origin: str) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f"{origin} = {value!r}: write a list of names, as in ['KOR', 'JPN']")
    return value


def with_overrides(
    design: Design, sets: Overrides, replicates: int | None, seed: int | None, until: str | None = None
) -> Design:
    """The design under what was typed on the command line."""
    for name in sets:
        if name in design.varied:
            place = "its [grid]" if name in design.grid else "its list" if design.sample is None else "its [ranges]"
            raise InputError(f"--set {name}: the design varies {name}; change {place} instead")
    if until is not None:
        parse_until(until, design.case, "--until")
    changed = replace(
        design,
        fixed={**design.fixed, **sets},
        replicates=design.replicates if replicates is None else whole(replicates, 1, 10**9, "--replicates"),
        seed=design.seed if seed is None else whole(seed, 0, MOST_SEED, "--seed"),
        until=until or design.until,
    )
    check_design(changed, "--set")
    return changed
