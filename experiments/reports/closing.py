"""The table that closes a sweep: each country's means where the first factor is least and most, over all others.

summary.csv streams by, for it has a row a point and country and may be long.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.analysis.moments import Moments
from experiments.console import make_console
from experiments.reports.terminal import make_table, number, say
from experiments.tables.reading import read_batches
from model.declaration import NONE

SHOWN = {"days_waited_mean": 1, "p_deal": 2, "payoff_bn_mean": 2}  # with how many digits
MOST_COUNTRIES = 30


def end_means(path: Path, countries: Sequence[str], factor: str, ends: Sequence[float | None]) -> Mapping[str, Moments]:
    """Means over the points at each end of a factor, (countries, ends) by quantity; failed points are left out."""
    means = {name: Moments(len(countries), len(ends)) for name in SHOWN}
    place = {iso3: position for position, iso3 in enumerate(countries)}
    for batch in read_batches(path, (factor, "runs", *SHOWN), ("country",)):
        country = np.array([place[iso3] for iso3 in batch["country"]])
        for position, value in enumerate(ends):
            is_end = np.isnan(batch[factor]) if value is None else batch[factor] == value
            here = is_end & (batch["runs"] > 0)
            for name in SHOWN:
                means[name].add(country[here] * len(ends) + position, batch[name][here])
    return means


def show_summary(path: Path, countries: Sequence[str], factor: str, values: Sequence[float | None]) -> None:
    """The table, and how many countries it leaves out. No date (None) comes after every date."""
    ordered = sorted(set(values), key=lambda value: (value is None, value))
    ends = [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered
    means = end_means(path, countries, factor, ends)
    said = [NONE if value is None else f"{value:g}" for value in ends]
    headings = "".join(f"|days waited, {factor} {value}|deals|payoff bn" for value in said)
    table = make_table("means over all other factors", f"<country{headings}")
    for position, iso3 in enumerate(countries[:MOST_COUNTRIES]):
        cells = []
        for end in range(len(ends)):
            for name, digits in SHOWN.items():
                mean = float(means[name].mean[position, end])
                cells.append(number(None if np.isnan(mean) else mean, digits))
        table.add_row(iso3, *cells)
    make_console().print(table)
    if len(countries) > MOST_COUNTRIES:
        say(f"{len(countries) - MOST_COUNTRIES} more countries are in {path}.")
