"""What is looked at before anything of a design is run: every point is legal, and there are not too many of them."""

import itertools
from collections.abc import Iterator

from agents.policy import strategies_of
from agents.strategy_factors import is_category, numbers_of, whose_strategy
from experiments.sweeps.design import Design
from experiments.sweeps.factor_values import MOST_POINTS, Value, extreme
from model.errors import InputError
from model.setting import make_setting

CHECKED_POINTS = 2_000  # up to here every point is checked, beyond the extreme ones


def check_design(design: Design, origin: str) -> None:
    """InputError where a point is not legal, or two strategies cannot meet that do."""
    if design.size > MOST_POINTS:
        raise InputError(f"{origin}: {design.size:,} points; at most {MOST_POINTS:,} are allowed")
    for strategies in mixes(design):
        strategies_of(design.case, strategies, f"{origin}: strategy")
    if design.size > CHECKED_POINTS:
        try:
            for point in extremes(design):
                make_setting(design.case, numbers_of(point), origin)
            return
        except InputError:
            if not design.listed.names:
                raise  # a grid has every one of its extreme points; of rows, it may be that none is that extreme
    for number, point in enumerate(design.points):
        make_setting(design.case, numbers_of(point), f"{origin}: point {number}")


def mixes(design: Design) -> Iterator[dict[str, str]]:
    """Every combination of strategies that occurs, each once."""
    by_grid = [factor for factor in design.grid if is_category(factor)]
    by_row = [column for column, factor in enumerate(design.listed.names) if is_category(factor)]
    whose = [whose_strategy(factor) for factor in (*by_grid, *(design.listed.names[column] for column in by_row))]
    rows = dict.fromkeys(tuple(row[column] for column in by_row) for row in design.listed.rows)
    for of_grid in itertools.product(*(design.grid[factor] for factor in by_grid)):
        for of_row in rows:
            names = (str(name) for name in (*of_grid, *of_row))
            yield {**design.strategy, **dict(zip(whose, names, strict=True))}


def extremes(design: Design) -> Iterator[dict[str, Value]]:
    """Points at which every two factors take their least and greatest values together, the rest their first.

    What must hold between factors is linear and between two of them, so where these are legal every point is.
    """
    values = {factor: design.values_of(factor) for factor in design.varied}
    first = {**{factor: given[0] for factor, given in values.items()}, **design.fixed}
    ends = {factor: extreme(given) for factor, given in values.items()}
    pairs = itertools.combinations(ends, 2) if len(ends) > 1 else [tuple(ends)]
    for pair in pairs:
        for chosen in itertools.product(*(ends[factor] for factor in pair)):
            yield {**first, **dict(zip(pair, chosen, strict=True))}
