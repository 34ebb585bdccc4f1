"""What is taken from the rows of a sweep, run by run, as they stream by: moments, and runs to be paired."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.analysis.moments import Moments
from experiments.analysis.selection import place_of
from experiments.tables.batches import one_line
from experiments.tables.manifest import AGAIN
from experiments.tables.reading import Results
from experiments.tables.stored_rows import count_rows, row_batches, rows_path
from model.errors import InputError
from model.memory import free_bytes

EARLY_DAYS = 18
MOST_DAYS = 2000  # the longest window with the longest extension
NO_DEAL, NOT_RUN = -1, -2
KEYS = ("point", "replicate")
NUMBERS = ("deal_day", "deal_rank", "tariff_final", "payoff_share", "payoff_bn")
MEANS = ("early", "signed", "payoff_share", "payoff_bn")
BY_RANK = ("payoff_share", "payoff_bn", "tariff_final")
KEPT_BYTES, RUN_BYTES = 6, 8  # of a run and country, and of a run


@dataclass(frozen=True)
class Kept:
    """A point run by run: deal days (NO_DEAL, NOT_RUN) and payoffs in bn, shape (R, N)."""

    deal_day: np.ndarray
    payoff_bn: np.ndarray

    @property
    def early(self) -> np.ndarray:
        """1 where signed in the first 18 days, 0 where not, NaN where the run failed."""
        day = self.deal_day
        return np.where(day == NOT_RUN, np.nan, (day >= 0) & (day < EARLY_DAYS))


@dataclass(frozen=True)
class Surplus:
    """What runs say of the hegemon's surplus in bn: on the plane, run by run on the cross, and of a sample the mean at
    every point; and how many runs failed."""

    on_plane: Moments
    kept: Mapping[int, np.ndarray]
    by_point: np.ndarray | None
    failed: int


@dataclass(frozen=True)
class RowMeans:
    """What countries' rows say: means on the plane, moments by realised rank at the reference, days and payoffs on the
    cross, and of a sample each country's share of early deals at every point (all points, N)."""

    means: Mapping[str, Moments]
    by_rank: Mapping[str, Moments]
    kept: Mapping[int, Kept]
    early: np.ndarray | None

    @classmethod
    def none(cls) -> "RowMeans":
        """Where the rows were not saved."""
        return cls({}, {}, {}, None)


def check_memory(results: Results, cross: np.ndarray) -> None:
    """Refuse more runs on the cross than memory holds, before any is taken for them."""
    each = (results.has_countries * KEPT_BYTES * len(results.countries)) + results.has_runs * RUN_BYTES
    needed = float(len(cross)) * results.replicates * each
    if needed > 0.8 * free_bytes():
        raise InputError(
            f"{results.folder}: {results.replicates:,} runs at each of {len(cross):,} points take "
            f"{needed / 1e9:.1f} GB of memory, which is not free"
        )


def check_keys(results: Results, name: str, batch: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Point and replicate numbers of a batch, inside what the manifest and points.csv say."""
    path, point = rows_path(results.manifest, name), batch["point"]
    good = (point >= 0) & (point < results.points) & (point == np.floor(point))
    if not good.all():
        raise InputError(f"{path}: point {point[~good][0]:g} is not in the manifest; {AGAIN}")
    replicate, point = batch["replicate"], point.astype(int)
    good = (replicate >= 0) & (replicate < results.runs_at[point]) & (replicate == np.floor(replicate))
    if not good.all():
        raise InputError(f"{path}: replicate {replicate[~good][0]:g} is not in the manifest; {AGAIN}")
    return point, replicate.astype(int)


def check_deals(results: Results, batch: Mapping[str, np.ndarray]) -> None:
    """Days and ranks of deals are whole numbers in range, or empty."""
    for key, least, most in (("deal_day", 0, MOST_DAYS), ("deal_rank", 1, len(results.countries))):
        value = batch[key]
        bad = ~np.isnan(value) & ((value < least) | (value > most) | (value != np.floor(value)))
        if bad.any():
            path = rows_path(results.manifest, "countries")
            raise InputError(f"{path}: column {key}: {value[bad][0]:g} is not what a sweep writes; {AGAIN}")


def check_rows(results: Results, name: str, rows: int | None, expected: int) -> None:
    """A file cut off between two lines shows in its count of rows only. None: not known."""
    if rows is not None and rows != expected:
        path = rows_path(results.manifest, name)
        raise InputError(f"{path}: {rows:,} rows, {expected:,} expected: cut off or damaged; {AGAIN}")


def read_runs(results: Results, plane: np.ndarray, cross: np.ndarray) -> Surplus:
    """Hegemon surplus by point of the plane, run by run on the cross, and by point of a sample."""
    check_rows(results, "runs", count_rows(results.manifest, "runs"), results.manifest.runs)
    moments = Moments(len(plane))
    everywhere = Moments(results.points) if results.sampled else None
    kept = {int(point): np.full(results.replicates, np.nan) for point in cross}
    in_plane = place_of(plane, results.points)
    rows = failed = 0
    for batch in row_batches(results.manifest, "runs", (*KEYS, "hegemon_surplus_bn"), ("status",)):
        point, replicate = check_keys(results, "runs", batch)
        rows += len(point)
        failed += int((batch["status"] != "ok").sum())
        value = np.where(batch["status"] == "ok", batch["hegemon_surplus_bn"], np.nan)
        here = in_plane[point] >= 0
        moments.add(in_plane[point[here]], value[here])
        if everywhere is not None:
            everywhere.add(point, value)
        for number in np.intersect1d(np.unique(point), cross):
            at = point == number
            kept[int(number)][replicate[at]] = value[at]
    check_rows(results, "runs", rows, results.manifest.runs)
    if failed == rows:
        path = rows_path(results.manifest, "runs").name
        raise InputError(f"{results.folder}: every run failed, so there is nothing to analyse; {path} says why")
    return Surplus(moments, kept, None if everywhere is None else everywhere.mean, failed)


def read_countries(results: Results, reference: int, plane: np.ndarray, cross: np.ndarray, ok_runs: int) -> RowMeans:
    """Means on the plane, moments by realised rank at the reference, days and payoffs on the cross, early deals."""
    n = len(results.countries)
    check_rows(results, "countries", count_rows(results.manifest, "countries"), ok_runs * n)
    means = {name: Moments(len(plane), n) for name in MEANS}
    by_rank = {name: Moments(n, n) for name in BY_RANK}
    size = (results.replicates, n)
    kept = {
        int(point): (np.full(size, NOT_RUN, dtype=np.int16), np.full(size, np.nan, dtype=np.float32)) for point in cross
    }
    met, early = np.zeros((2, results.points if results.sampled else 0, n), dtype=np.int32)
    in_plane, where = place_of(plane, results.points), {iso3: i for i, iso3 in enumerate(results.countries)}
    rows = 0
    for batch in row_batches(results.manifest, "countries", (*KEYS, *NUMBERS), ("country",)):
        point, replicate = check_keys(results, "countries", batch)
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
        if results.sampled:
            np.add.at(met, (point, country), 1)
            np.add.at(early, (point, country), batch["early"].astype(np.int32))
        for number in np.intersect1d(np.unique(point), cross):
            at = point == number
            days, payoffs = kept[int(number)]
            days[replicate[at], country[at]] = np.where(np.isnan(day[at]), NO_DEAL, day[at]).astype(np.int16)
            payoffs[replicate[at], country[at]] = batch["payoff_bn"][at]
    check_rows(results, "countries", rows, ok_runs * n)
    share = np.where(met > 0, early / np.maximum(met, 1), np.nan) if results.sampled else None
    return RowMeans(means, by_rank, {point: Kept(*of) for point, of in kept.items()}, share)


def positions(results: Results, texts: np.ndarray, where: Mapping[str, int]) -> np.ndarray:
    """The place of each row's country in the case."""
    try:
        return np.array([where[text] for text in texts])
    except KeyError as error:
        path = rows_path(results.manifest, "countries")
        raise InputError(f"{path}: country {one_line(error)} is not in the manifest; {AGAIN}") from None
