"""The table that closes a sweep: each country's means where the first factor is least and most, over all others.

Of a category its strategies stand beside each other; of a sampled factor the lowest and the highest tenth of its
range. summary.csv streams by, for it has a row a point and country and may be long.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.markup import escape

from agents.strategy_factors import is_category
from experiments.analysis.moments import Moments
from experiments.console import make_console
from experiments.reports.terminal import make_table, number, say
from experiments.tables.batches import read_batches
from model.declaration import NONE

SHOWN = {"days_waited_mean": 1, "p_deal": 2, "payoff_bn_mean": 2}  # with how many digits
MOST_COUNTRIES = 30
MOST_STRATEGIES = 3
TENTHS = 10
Group = tuple[str, Callable[[np.ndarray], np.ndarray]]  # what it is called, and which values of the factor are in it


def group_means(path: Path, countries: Sequence[str], factor: str, groups: Sequence[Group]) -> Mapping[str, Moments]:
    """Means over the points in each group, (countries, groups) by quantity; failed points are left out."""
    means = {name: Moments(len(countries), len(groups)) for name in SHOWN}
    place = {iso3: position for position, iso3 in enumerate(countries)}
    texts = [factor] if is_category(factor) else []
    numbers = [] if texts else [factor]
    for batch in read_batches(path, (*numbers, "runs", *SHOWN), ("country", *texts)):
        country = np.array([place[iso3] for iso3 in batch["country"]])
        for position, (_, belongs) in enumerate(groups):
            here = belongs(batch[factor]) & (batch["runs"] > 0)
            for name in SHOWN:
                means[name].add(country[here] * len(groups) + position, batch[name][here])
    return means


def groups_of(path: Path, factor: str, values: Sequence[float | str | None] | None) -> list[Group]:
    """The groups that are shown of a factor: its ends among planned values, its first strategies, or, where no values
    are planned, the ends of what a sample or list has."""
    if is_category(factor):
        labels = dict.fromkeys(values or first_labels(path, factor))
        return [equal_to(heading(str(label)), label) for label in list(labels)[:MOST_STRATEGIES]]
    if values is None:
        return ends_of(path, factor)
    # No date (None) comes after every date.
    ordered = sorted((value for value in set(values) if not isinstance(value, str)), key=lambda v: (v is None, v))
    ends = [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered
    return [(NONE, np.isnan) if value is None else equal_to(f"{value:g}", value) for value in ends]


def heading(label: str) -> str:
    """A strategy's name as a heading: of a file's its function; a bar would begin another column."""
    return escape(label.rpartition(":")[2].replace("|", " "))


def equal_to(text: str, value: float | str | None) -> Group:
    """The group of one value."""
    return text, lambda values: values == value


def first_labels(path: Path, factor: str) -> list[str]:
    """The strategies that a list has, as they come first."""
    found: dict[str, None] = {}
    for batch in read_batches(path, (), (factor,)):
        found |= dict.fromkeys(batch[factor].tolist())
        if len(found) >= MOST_STRATEGIES:
            break
    return list(found)


def ends_of(path: Path, factor: str) -> list[Group]:
    """The least and the largest of few values that a number takes; the lowest and the highest tenth of many."""
    found = np.zeros(0)
    for batch in read_batches(path, (factor,)):
        found = np.union1d(found, batch[factor][~np.isnan(batch[factor])])
        if len(found) > TENTHS:
            found = found[[0, *range(1, TENTHS), -1]]  # enough to know that they are many, and the ends
    if not len(found):
        return [(NONE, np.isnan)]
    low, high = float(found[0]), float(found[-1])
    if len(found) <= TENTHS:
        return [equal_to(f"{value:g}", value) for value in dict.fromkeys((low, high))]
    width = (high - low) / TENTHS
    return [
        (f"{low:.3g} to {low + width:.3g}", lambda values: values <= low + width),
        (f"{high - width:.3g} to {high:.3g}", lambda values: values >= high - width),
    ]


def show_summary(
    path: Path, countries: Sequence[str], factor: str, values: Sequence[float | str | None] | None = None
) -> None:
    """The table, and how many countries it leaves out. values: those of a factor of the grid; None for one of a sample
    or list."""
    groups = groups_of(path, factor, values)
    means = group_means(path, countries, factor, groups)
    named = is_category(factor)
    headings = "".join(f"|days waited, {'' if named else f'{factor} '}{said}|deals|payoff bn" for said, _ in groups)
    title = f"means by {factor}, over all other factors" if named else "means over all other factors"
    table = make_table(title, f"<country{headings}")
    for position, iso3 in enumerate(countries[:MOST_COUNTRIES]):
        cells = []
        for group in range(len(groups)):
            for name, digits in SHOWN.items():
                mean = float(means[name].mean[position, group])
                cells.append(number(None if np.isnan(mean) else mean, digits))
        table.add_row(iso3, *cells)
    make_console().print(table)
    if len(countries) > MOST_COUNTRIES:
        say(f"{len(countries) - MOST_COUNTRIES} more countries are in {path}.")
