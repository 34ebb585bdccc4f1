"""Which points of a sweep stand for it where few can be shown.

reference   the point nearest to the defaults, each factor measured in its own range
line        the points through it along one factor, the others held
plane       the points through it in the first two factors of the grid
near        of a sample: whether the reference lies so near to the defaults that it can stand for them
"""

import numpy as np

from experiments.tables.reading import Results

NEAR = 0.25  # root mean square distance of a sampled factor from its default, in parts of its range


def distances(results: Results, factor: str) -> np.ndarray:
    """How far each point is from a factor's default, in parts of its range; without a default, from the middle. A
    category is at it (0) or not (1); without a default no value of it is nearer than another."""
    values, default = results.factors[factor], results.default(factor)
    if factor in results.labels:
        return np.zeros(results.points) if default is None else (values != default).astype(float)
    around = float(np.median(np.unique(values))) if default is None else default
    return np.asarray((values - around) / np.ptp(values))


def reference_point(results: Results) -> int:
    """The point nearest to the defaults, each factor measured in its own range; without a default, to the middle. Of a
    list that varies one factor at a time, only the point from which it does can be it."""
    distance = np.zeros(results.points)
    for factor in results.varied:
        distance += distances(results, factor) ** 2
    if results.centre is not None:
        distance[np.arange(results.points) % results.manifest.of_list != results.centre] = np.inf
    return int(np.argmin(np.round(distance, 12)))


def is_near(results: Results, reference: int) -> bool:
    """Whether the reference can stand for the defaults: always in a grid; in a sample if its factors are within a
    quarter of their ranges of them, in root mean square."""
    apart = [float(distances(results, factor)[reference]) for factor in results.sampled]
    return not apart or float(np.sqrt(np.mean(np.square(apart)))) <= NEAR


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


def plane_points(results: Results, reference: int) -> np.ndarray:
    """The points through the reference in the first two factors of the grid; the cross, where one factor varies at a
    time."""
    return (
        cross_points(results, reference)
        if results.centre is not None
        else held_points(results, reference, results.gridded[:2])
    )


def cross_points(results: Results, reference: int) -> np.ndarray:
    """The reference and the lines through it along each factor of the grid."""
    return np.unique(np.concatenate([[reference], *(line_points(results, reference, f) for f in results.gridded)]))


def place_of(points: np.ndarray, total: int) -> np.ndarray:
    """By point number: its place among `points`, or -1."""
    place = np.full(total, -1)
    place[points] = np.arange(len(points))
    return place
