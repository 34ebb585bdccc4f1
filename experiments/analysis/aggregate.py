"""What the figures are drawn from: the tables of a result folder, aggregated as they stream by.

Few selections of points keep memory small however large the sweep is:

* the reference point, the one nearest to the default parameters: everything that is shown at one point;
* the plane through it of the first two factors of the grid, the others held: means and their errors, for the maps;
* the cross through it, one factor of the grid at a time: days and payoffs run by run, for paired differences;
* the bins of each sampled factor: means over points.

Where a sweep has not saved its rows, means and errors are those of summary.csv, and nothing is known run by run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.analysis.bins import Binned, bin_points
from experiments.analysis.moments import Moments
from experiments.analysis.rows import Kept, RowMeans, check_memory, read_countries, read_runs
from experiments.analysis.selection import cross_points, is_near, line_points, plane_points, reference_point
from experiments.analysis.summaries import point_means
from experiments.tables.reading import Results
from model.errors import InputError


@dataclass(frozen=True)
class Analysis:
    """The aggregates. P: points of the plane; N: countries; K: ranks.

    `means` has "payoff_share", "payoff_bn" and "signed" of every sweep, "early" where rows were saved, "days_waited"
    where they were not. `by_rank` and `kept` are empty without rows, `surplus_at` without runs.
    """

    results: Results
    reference: int
    near: bool  # whether the reference can stand for the defaults
    plane: np.ndarray  # point numbers (P,)
    means: Mapping[str, Moments]  # quantity -> (P, N)
    surplus: Moments | None  # hegemon surplus in bn (P,)
    by_rank: Mapping[str, Moments]  # quantity -> (N, K), at the reference point
    kept: Mapping[int, Kept]  # by point of the cross
    surplus_at: Mapping[int, np.ndarray]  # hegemon surplus in bn, run by run (R,), by point of the cross
    cross: np.ndarray  # point numbers (C,)
    on_cross: Mapping[str, Moments]  # means where there are no rows: quantity -> (C, N)
    binned: Binned | None  # of a sample
    failed_runs: int

    def line(self, factor: str) -> np.ndarray:
        """The points through the reference along one factor, in the order of its values."""
        return line_points(self.results, self.reference, factor)


def analyse(results: Results) -> Analysis:
    """Stream the tables once each; InputError where they do not fit the manifest."""
    reference = reference_point(results)
    plane, cross = plane_points(results, reference), cross_points(results, reference)
    check_memory(results, cross)
    surplus, failed = None, None
    if results.has_runs:
        surplus = read_runs(results, plane, cross)
        failed = surplus.failed
    rows = RowMeans.none()
    if failed is not None and results.has_countries:
        rows = read_countries(results, reference, plane, cross, results.manifest.runs - failed)
    means, on_cross, binned = rows.means, {}, None
    if not results.has_countries:
        on_plane = point_means(results, np.union1d(plane, cross))
        means, on_cross = on_plane.at(plane), on_plane.at(cross)
        failed = results.manifest.runs - on_plane.runs if failed is None else failed
    if failed == results.manifest.runs:
        raise InputError(f"{results.folder}: every run failed, so there is nothing to analyse; points.csv says why")
    if results.sampled:
        binned = bin_points(results, reference, rows.early, None if surplus is None else surplus.by_point)
    return Analysis(
        results=results,
        reference=reference,
        near=is_near(results, reference),
        plane=plane,
        means=means,
        surplus=None if surplus is None else surplus.on_plane,
        by_rank=rows.by_rank,
        kept=rows.kept,
        surplus_at={} if surplus is None else surplus.kept,
        cross=cross,
        on_cross=on_cross,
        binned=binned,
        failed_runs=int(failed or 0),
    )
