"""Public states by count within classes of countries, and how they are numbered.

By count alone (`model.states`) everybody's signature is the same event. Where countries fall into K classes, c = 1 .. K,
a state is (m, n_1 .. n_K, h, z): meeting, signatures by class, harsh precedents, news. With one class it is the count
state, number for number.

A *row* is one (n_1 .. n_K). Rows are ordered by their number of signatures n = sum of n_c, so that those that can have
come about by meeting m, n <= m, come first; a row has 2 (n + 1) states, as (h, z) in a count state.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from model.compiled import compiled
from model.states import bit_count, count_offsets


class Classes(NamedTuple):
    """What finds a state's number from the mask of those who have signed; empty where all are one class."""

    members: np.ndarray  # (K,) bit masks
    stride: np.ndarray  # (K,) what a signature in each class adds to the place of a row
    start: np.ndarray  # (places,) the first state of the row at each place
    offsets: np.ndarray  # (T + 1,) where each meeting's states begin


NO_CLASSES = Classes(*(np.zeros(0, np.int64) for _ in Classes._fields))


class ClassStates(NamedTuple):
    """All rows and how one leads to another. N countries, K classes, R rows, T meetings, C class states."""

    of: np.ndarray  # (N,) the class of each country
    waiting: np.ndarray  # (R, K) countries without a deal
    signed: np.ndarray  # (R,) n, signatures in all
    start: np.ndarray  # (R + 1,) the first state of each row within a meeting
    above: np.ndarray  # (R, K) the row after a signature in each class, -1 for none
    below: np.ndarray  # (R, K) the row before it, -1 for none
    rows: np.ndarray  # (T,) at each meeting the first so many can have come about and leave somebody without a deal
    offsets: np.ndarray  # (T + 1,) where each meeting's states begin


def class_states(of: np.ndarray, meetings: int) -> ClassStates:
    """The numbering for countries of classes `of` (N,), 0 .. K - 1."""
    size = np.bincount(of)
    counts = sorted(product(*(range(most + 1) for most in size)), key=lambda row: (sum(row), row))
    place = {row: r for r, row in enumerate(counts)}

    def neighbours(step: int) -> np.ndarray:
        units = np.eye(len(size), dtype=np.int64) * step
        return np.array([[place.get(tuple(int(k) for k in row + unit), -1) for unit in units] for row in counts])

    signed = np.array([sum(row) for row in counts])
    start = np.concatenate([[0], np.cumsum(2 * (signed + 1))])
    possible = [np.searchsorted(signed, min(m, len(of)), side="right") for m in range(meetings)]
    return ClassStates(
        of=np.asarray(of, dtype=np.int64),
        waiting=size - np.array(counts),
        signed=signed,
        start=start,
        above=neighbours(1),
        below=neighbours(-1),
        rows=np.minimum(possible, len(counts) - 1),
        offsets=np.concatenate([[0], np.cumsum(start[possible])]),
    )


def classes_of(states: ClassStates) -> Classes:
    """What a policy needs to find its states."""
    size = np.bincount(states.of)
    if len(size) == 1:
        return NO_CLASSES
    stride = np.concatenate([[1], np.cumprod(size + 1)[:-1]])
    start = np.zeros(np.prod(size + 1), np.int64)
    start[(size - states.waiting) @ stride] = states.start[:-1]
    members = np.array([sum(1 << int(i) for i in np.flatnonzero(states.of == c)) for c in range(len(size))])
    return Classes(members, stride, start, states.offsets)


def class_of_each(classes: Classes, countries: int) -> np.ndarray:
    """The class of each country (N,), from the masks."""
    of = np.zeros(countries, np.int64)
    for c, mask in enumerate(classes.members):
        of[[i for i in range(countries) if int(mask) >> i & 1]] = c
    return of


@compiled
def class_state(classes: Classes, m: int, mask: int, harsh: int, known: int) -> int:
    """Number of the class state before meeting m when the countries of `mask` have signed."""
    place = 0
    for c in range(len(classes.members)):
        place += classes.stride[c] * bit_count(mask & classes.members[c])
    return classes.offsets[m] + classes.start[place] + 2 * harsh + known


def count_columns(states: ClassStates) -> np.ndarray:
    """The count state of each class state, (C,): what a rule that looks at counts alone sees there."""
    meetings, signed = len(states.rows), np.repeat(states.signed, np.diff(states.start))
    harsh_and_known = np.arange(states.start[-1]) - np.repeat(states.start[:-1], np.diff(states.start))
    in_meeting = signed * (signed + 1) + harsh_and_known
    offsets = count_offsets(len(states.of), meetings)
    return np.concatenate([offsets[m] + in_meeting[: states.offsets[m + 1] - states.offsets[m]] for m in range(meetings)])


def number_of_states(size: Sequence[int], meetings: int) -> int:
    """C for classes of these sizes, without listing them: 2 (n + 1) states in each row that can have come about."""
    rows = np.ones(1)
    for most in size:
        rows = np.convolve(rows, np.ones(most + 1))
    up_to = np.cumsum(2.0 * np.arange(1, len(rows) + 1) * rows)
    return int(up_to[np.minimum(np.arange(meetings), len(rows) - 1)].sum())
