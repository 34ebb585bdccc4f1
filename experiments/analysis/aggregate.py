"""What the figures are drawn from: the large tables of a result folder, aggregated as they stream by.

Three selections of points keep memory small however large the sweep is:

* the reference point, the one nearest to the default parameters: everything that is shown at one point;
* the plane through it of the first two varied factors, the others held: means and their errors, for the maps;
* the cross through it, one varied factor at a time: days and payoffs run by run, for paired differences.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.analysis.moments import Moments
from experiments.tables.manifest import AGAIN
from experiments.tables.reading import Results, one_line, read_batches
from model.errors import InputError

EARLY_DAYS = 18
MOST_DAYS = 2000  # the longest window with the longest extension
NO_DEAL, NOT_RUN = -1, -2
KEYS = ("point", "replicate")
NUMBERS = ("deal_day", "deal_rank", "tariff_final", "payoff_share", "payoff_bn")
MEANS = ("early", "signed", "payoff_share", "payoff_bn")
BY_RANK = ("payoff_share", "payoff_bn", "tariff_final")


@dataclass(frozen=True)
class Kept:
    """A point run by run: deal days (NO_DEAL, NOT_RUN) and payoffs in bn, shape (R, N); hegemon surplus in bn (R,)."""

    deal_day: np.ndarray
    payoff_bn: np.ndarray
    surplus_bn: np.ndarray

    @property
    def early(self) -> np.ndarray:
        """1 where signed in the first 18 days, 0 where not, NaN where the run failed."""
        day = self.deal_day
        return np.where(day == NOT_RUN, np.nan, (day >= 0) & (day < EARLY_DAYS))


@dataclass(frozen=True)
class Analysis:
    """The aggregates. P: points of the plane; N: countries; K: ranks."""

    results: Results
    reference: int
    plane: np.ndarray  # point numbers (P,)
    means: Mapping[str, Moments]  # quantity of MEANS -> (P, N)
    surplus: Moments  # hegemon surplus in bn (P,)
    by_rank: Mapping[str, Moments]  # quantity of BY_RANK -> (N, K), at the reference point
    kept: Mapping[int, Kept]
    failed_runs: int

    def line(self, factor: str) -> np.ndarray:
        """The points through the reference along one factor, in the order of its values."""
        return line_points(self.results, self.reference, factor)


def reference_point(results: Results) -> int:
    """The point nearest to the defaults, each factor measured in its own range; without a default, to the middle."""
    distance = np.zeros(results.points)
    for factor in results.varied:
        values = results.factors[factor]
        default = results.default(factor)
        around = float(np.median(np.unique(values))) if default is None else default
        distance += ((values - around) / np.ptp(values)) ** 2
    return int(np.argmin(np.round(distance, 12)))


def held_points(results: Results, reference: int, free: tuple[str, ...]) -> np.ndarray:
    """Points at which every varied factor but the free ones is as at the reference."""
    same = np.ones(results.points, dtype=bool)
    for factor in results.varied:
        if factor not in free:
            same &= results.factors[factor] == results.factors[factor][reference]
    return np.flatnonzero(same)


def line_points(results: Results, reference: int, factor: str) -> np.ndarray:
    """The points through the reference along one factor, in the order of its values."""
    points = held_points(results, reference, (factor,))
    return points[np.argsort(results.factors[factor][points], kind="stable")]


def analyse(results: Results) -> Analysis:
    """Stream runs.csv and countries.csv once each; InputError where they do not fit the manifest."""
    reference = reference_point(results)
    plane = held_points(results, reference, results.varied[:2])
    cross = np.unique(np.concatenate([[reference], *(line_points(results, reference, f) for f in results.varied)]))
    surplus, kept_surplus, failed = read_runs(results, plane, cross)
    means, by_rank, kept = read_countries(
        results, reference, plane, cross, results.points * results.replicates - failed
    )
    return Analysis(
        results=results,
        reference=reference,
        plane=plane,
        means=means,
        surplus=surplus,
        by_rank=by_rank,
        kept={point: Kept(*kept[point], kept_surplus[point]) for point in kept},
        failed_runs=failed,
    )


def position_of(points: np.ndarray, total: int) -> np.ndarray:
    """By point number: its place among `points`, or -1."""
    place = np.full(total, -1)
    place[points] = np.arange(len(points))
    return place


def check_keys(results: Results, name: str, batch: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Point and replicate numbers of a batch, inside what the manifest says."""
    for key, limit in zip(KEYS, (results.points, results.replicates), strict=True):
        good = (batch[key] >= 0) & (batch[key] < limit) & (batch[key] == np.floor(batch[key]))
        if not good.all():
            raise InputError(f"{results.folder / name}: {key} {batch[key][~good][0]:g} is not in the manifest; {AGAIN}")
    return batch["point"].astype(int), batch["replicate"].astype(int)


def check_deals(results: Results, batch: Mapping[str, np.ndarray]) -> None:
    """Days and ranks of deals are whole numbers in range, or empty."""
    for key, least, most in (("deal_day", 0, MOST_DAYS), ("deal_rank", 1, len(results.countries))):
        value = batch[key]
        bad = ~np.isnan(value) & ((value < least) | (value > most) | (value != np.floor(value)))
        if bad.any():
            path = results.folder / "countries.csv"
            raise InputError(f"{path}: column {key}: {value[bad][0]:g} is not what a sweep writes; {AGAIN}")


def check_rows(results: Results, name: str, rows: int, expected: int) -> None:
    """A file cut off between two lines shows in its count of rows only."""
    if rows != expected:
        raise InputError(f"{results.folder / name}: {rows:,} rows, {expected:,} expected: cut off or damaged; {AGAIN}")


def read_runs(results: Results, plane: np.ndarray, cross: np.ndarray) -> tuple[Moments, dict[int, np.ndarray], int]:
    """Hegemon surplus by point of the plane, and run by run on the cross; how many runs failed."""
    moments = Moments(len(plane))
    kept = {int(point): np.full(results.replicates, np.nan) for point in cross}
    in_plane = position_of(plane, results.points)
    rows = failed = 0
    for batch in read_batches(results.folder / "runs.csv", (*KEYS, "hegemon_surplus_bn"), ("status",)):
        point, replicate = check_keys(results, "runs.csv", batch)
        rows += len(point)
        failed += int((batch["status"] != "ok").sum())
        value = np.where(batch["status"] == "ok", batch["hegemon_surplus_bn"], np.nan)
        here = in_plane[point] >= 0
        moments.add(in_plane[point[here]], value[here])
        for number in np.intersect1d(np.unique(point), cross):
            at = point == number
            kept[int(number)][replicate[at]] = value[at]
    check_rows(results, "runs.csv", rows, results.points * results.replicates)
    if failed == rows:
        raise InputError(f"{results.folder}: every run failed, so there is nothing to analyse; runs.csv says why")
    return moments, kept, failed


def read_countries(
    results: Results, reference: int, plane: np.ndarray, cross: np.ndarray, ok_runs: int
) -> tuple[dict[str, Moments], dict[str, Moments], dict[int, tuple[np.ndarray, np.ndarray]]]:
    """Means on the plane, moments by realised rank at the reference, and days and payoffs on the cross."""
    n = len(results.countries)
    means = {name: Moments(len(plane), n) for name in MEANS}
    by_rank = {name: Moments(n, n) for name in BY_RANK}
    size = (results.replicates, n)
    kept = {
        int(point): (np.full(size, NOT_RUN, dtype=np.int16), np.full(size, np.nan, dtype=np.float32)) for point in cross
    }
    in_plane, where = position_of(plane, results.points), {iso3: i for i, iso3 in enumerate(results.countries)}
    rows = 0
    for batch in read_batches(results.folder / "countries.csv", (*KEYS, *NUMBERS), ("country",)):
        point, replicate = check_keys(results, "countries.csv", batch)
        rows += len(point)
        check_deals(results, batch)
        country = positions(results, batch["country"], where)
        day, rank = batch["deal_day"], batch["deal_rank"]
        batch["signed"] = (~np.isnan(day)).astype(float)
        batch["early"] = (day < EARLY_DAYS).astype(float)
        here = in_plane[point] >= 0
        group = in_plane[point[here]] * n + country[here]
        for name, moments in means.items():
            moments.add(group, batch[name][here])
        here = (point == reference) & (rank >= 1) & (rank <= n)
        group = country[here] * n + rank[here].astype(int) - 1
        for name, moments in by_rank.items():
            moments.add(group, batch[name][here])
        for number in np.intersect1d(np.unique(point), cross):
            at = point == number
            days, payoffs = kept[int(number)]
            days[replicate[at], country[at]] = np.where(np.isnan(day[at]), NO_DEAL, day[at]).astype(np.int16)
            payoffs[replicate[at], country[at]] = batch["payoff_bn"][at]
    check_rows(results, "countries.csv", rows, ok_runs * n)
    return means, by_rank, kept


def positions(results: Results, texts: np.ndarray, where: Mapping[str, int]) -> np.ndarray:
    """The place of each row's country in the case."""
    try:
        return np.array([where[text] for text in texts])
    except KeyError as error:
        raise InputError(
            f"{results.folder / 'countries.csv'}: country {one_line(error)} is not in the manifest; {AGAIN}"
        ) from None
