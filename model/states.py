"""The public state of the game and how it is numbered.

Before meeting m the public knows how many (or who) have signed, the harsh precedents among them, and whether the
open sectors' outcome is known. Two numberings, both dense and without gaps:

* by **count** (m, n, h, z): n signatures, h <= n harsh, z in {0 open, 1 known}. At meeting m at most min(m, N) have
  signed. Enough for every rule of thumb, and for any number of countries.
* by **set** (m; mask, h, z, i): who has signed as a bit mask, for a country i that has not. The exact equilibrium
  needs it; it grows as 2^N.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from model.compiled import compiled


class PublicState(NamedTuple):
    """What everybody knows before a meeting, and on which day it is held. `mask` has the bits of those who signed."""

    meeting: int
    day: int
    signed: int
    harsh: int
    known: int
    mask: int

    @property
    def seen(self) -> tuple[int, int, int, int, int]:
        """The state as the compiled rules of a meeting take it: meeting, signed, harsh, known, mask."""
        return self.meeting, self.signed, self.harsh, self.known, self.mask


@compiled
def triangle(signed: int, harsh: int) -> int:
    """Place of (n, h), 0 <= h <= n, in a triangular table."""
    return signed * (signed + 1) // 2 + harsh


@compiled
def count_offsets(countries: int, meetings: int) -> np.ndarray:
    """Where each meeting's count states begin; the last entry is their number. Shape (meetings + 1,)."""
    out = np.zeros(meetings + 1, np.int64)
    for m in range(meetings):
        most = min(m, countries)
        out[m + 1] = out[m] + 2 * triangle(most + 1, 0)
    return out


@compiled
def count_state(offset: int, signed: int, harsh: int, known: int) -> int:
    """Number of the count state (m, n, h, z), where `offset` is that of meeting m."""
    return offset + 2 * triangle(signed, harsh) + known


@cache
def count_states(countries: int, meetings: int) -> np.ndarray:
    """All count states in order, one row each: meeting, signed, harsh, known. Shape (states, 4), read-only."""
    rows = list_count_states(countries, meetings)
    rows.setflags(write=False)
    return rows


@compiled
def list_count_states(countries: int, meetings: int) -> np.ndarray:
    """The rows of `count_states`."""
    offsets = count_offsets(countries, meetings)
    out = np.empty((offsets[meetings], 4), np.int64)
    for m in range(meetings):
        for n in range(min(m, countries) + 1):
            for h in range(n + 1):
                for z in range(2):
                    out[count_state(offsets[m], n, h, z)] = (m, n, h, z)
    return out


@compiled
def bit_count(mask: int) -> int:
    """Number of ones in a mask."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@compiled
def set_offsets(countries: int) -> np.ndarray:
    """Where each set's states begin: a set of n signers has (n + 1) x 2 states of N - n waiting countries each.

    Shape (2^N + 1,); the last entry is the number of values at one meeting.
    """
    out = np.zeros((1 << countries) + 1, np.int64)
    for mask in range(1 << countries):
        signed = bit_count(mask)
        out[mask + 1] = out[mask] + 2 * (signed + 1) * (countries - signed)
    return out


@compiled
def set_state(offset: int, place: int, signed: int, harsh: int, known: int) -> int:
    """Number of the set state (mask, h, z, i), `offset` being that of the mask and `place` that of country i among
    those that wait. All (h, z) of a country lie side by side."""
    return offset + place * 2 * (signed + 1) + 2 * harsh + known


@compiled
def states_by_set(countries: int) -> np.ndarray:
    """Rows of (country, signed, harsh, known) for every column of a table by set, (4, S)."""
    offsets = set_offsets(countries)
    out = np.empty((4, offsets[-1]), np.int64)
    for mask in range((1 << countries) - 1):
        signed, place = bit_count(mask), 0
        for i in range(countries):
            if not mask >> i & 1:
                for h in range(signed + 1):
                    for z in range(2):
                        column = set_state(offsets[mask], place, signed, h, z)
                        out[0, column], out[1, column], out[2, column], out[3, column] = i, signed, h, z
                place += 1
    return out


@compiled
def place_among_waiting(mask: int, country: int) -> int:
    """Position of a country among those whose bit is not in the mask."""
    return country - bit_count(mask & ((1 << country) - 1))


@compiled
def mass_offsets(countries: int) -> np.ndarray:
    """Where the states (h, z) of each set of signers begin in a table that asks nobody's place; shape (2^N + 1,)."""
    out = np.zeros((1 << countries) + 1, np.int64)
    for mask in range(1 << countries):
        out[mask + 1] = out[mask] + 2 * (bit_count(mask) + 1)
    return out
