"""What summary.csv says, as it streams by: a row for each country at each point, checked to be just these.

A point's mean and its standard error over n runs are moments again: squares = error^2 n (n - 1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from experiments.analysis.moments import Moments
from experiments.analysis.selection import place_of
from experiments.tables.batches import read_batches
from experiments.tables.manifest import AGAIN
from experiments.tables.reading import Results
from model.errors import InputError

TABLE = "summary.csv"
SUMMED = ("payoff_share", "payoff_bn", "days_waited")  # with a mean and a standard error
SIGNED = "signed"  # whether there is a deal: p_deal
QUANTITIES = (SIGNED, *SUMMED)
COLUMNS = ("point", "runs", "p_deal", *(f"{name}_{kind}" for name in SUMMED for kind in ("mean", "se")))


@dataclass(frozen=True)
class PointMeans:
    """The moments of some points (Q,): quantity -> (Q, N); and the runs of all points that did not fail."""

    points: np.ndarray
    moments: Mapping[str, Moments]
    runs: int

    def at(self, points: np.ndarray) -> dict[str, Moments]:
        """Those of some of the points."""
        places = np.searchsorted(self.points, points)
        return {name: moments.at(places) for name, moments in self.moments.items()}


def summary_batches(results: Results) -> Iterator[dict[str, np.ndarray]]:
    """The table in batches, with `at`, the place of each row's country; InputError where a row is not the next one."""
    path, n, row = results.folder / TABLE, len(results.countries), 0
    codes = np.array(results.countries, dtype=object)
    for batch in read_batches(path, COLUMNS, ("country",)):
        number = np.arange(row, row + len(batch["point"]))
        row += len(number)
        wrong = (batch["point"] != number // n) | (batch["country"] != codes[number % n])
        if wrong.any():
            raise InputError(f"{path}: line {number[wrong][0] + 2} is not of the next country or point; {AGAIN}")
        check_summary(results, batch)
        yield {**batch, "point": number // n, "at": number % n}
    if row != results.points * n:
        raise InputError(f"{path}: {row:,} rows, {results.points * n:,} expected: cut off or damaged; {AGAIN}")


def check_summary(results: Results, batch: Mapping[str, np.ndarray]) -> None:
    """Runs are whole and no more than the point has, chances within 0 and 1, errors not negative, and there is a mean
    where there are runs."""
    runs, most = batch["runs"], results.runs_at[batch["point"].astype(int)]
    bad = {
        "runs": ~((runs >= 0) & (runs <= most) & (runs == np.floor(runs))),
        "p_deal": ~np.where(runs > 0, (batch["p_deal"] >= 0) & (batch["p_deal"] <= 1), np.isnan(batch["p_deal"])),
        **{f"{name}_mean": np.isnan(batch[f"{name}_mean"]) != (runs == 0) for name in SUMMED},
        **{f"{name}_se": (batch[f"{name}_se"] < 0) | (np.isnan(batch[f"{name}_se"]) & (runs > 1)) for name in SUMMED},
    }
    for name, rows in bad.items():
        if rows.any():
            found = f"{batch[name][rows][0]:g}"
            raise InputError(f"{results.folder / TABLE}: column {name}: {found} is not what a sweep writes; {AGAIN}")


def means_in(batch: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The mean of each quantity, row by row."""
    return {SIGNED: batch["p_deal"], **{name: batch[f"{name}_mean"] for name in SUMMED}}


def point_means(results: Results, points: np.ndarray) -> PointMeans:
    """The moments of some points, in the order of their numbers."""
    n, place = len(results.countries), place_of(points, results.points)
    count, mean, error = {}, {}, {}
    for name in QUANTITIES:
        count[name], mean[name], error[name] = np.full((3, len(points) * n), np.nan)
    runs = 0
    for batch in summary_batches(results):
        runs += int(batch["runs"][batch["at"] == 0].sum())
        here = place[batch["point"]] >= 0
        group = place[batch["point"][here]] * n + batch["at"][here]
        p_deal, known = batch["p_deal"][here], batch["runs"][here]
        for name, values in means_in(batch).items():
            count[name][group], mean[name][group] = known, values[here]
            spread = np.sqrt(p_deal * (1 - p_deal) / np.maximum(known - 1, 1))
            error[name][group] = spread if name == SIGNED else batch[f"{name}_se"][here]
    shape = (len(points), n)
    moments = {name: Moments.summed_up(shape, count[name], mean[name], error[name]) for name in QUANTITIES}
    return PointMeans(points, moments, runs)
