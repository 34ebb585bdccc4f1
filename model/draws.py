"""Randomness is data: a stateless draw for every decision, so that all settings meet the same luck.

    draw(seed, replicate, who, purpose, meeting) in (0, 1)

is a chain of SplitMix64 finalisers (Steele, Lea and Flood 2014) over its five arguments. Nothing is consumed, so
asking for one more draw, adding a country or intervening on one never shifts another's luck (common random
numbers at the level of a decision), and serial, parallel and browser runs agree to the bit.
"""

import numpy as np

from model.compiled import compiled

CALL, CHOICE, RATIFICATION, PRECEDENT, TYPE, NEWS, DEADLINE = range(1, 8)
PURPOSES = {
    "call": CALL,
    "choice": CHOICE,
    "ratification": RATIFICATION,
    "precedent": PRECEDENT,
    "type": TYPE,
    "news": NEWS,
    "deadline": DEADLINE,
}

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)


def identity(who: str) -> np.uint64:
    """The number that stands for a country (its iso3) or "world": its ASCII bytes, big-endian; at most 8."""
    return np.uint64(int.from_bytes(who.encode("ascii"), "big"))


WORLD = identity("world")


@compiled
def scramble(key: np.uint64, word: np.uint64) -> np.uint64:
    """One link of the chain: SplitMix64's finaliser of `key` advanced by `word` golden-ratio steps.

    Both are cast, because a key that passes through Python comes back as a signed integer where it is small, and
    signed plus unsigned is a float.
    """
    x = np.uint64(key) + (np.uint64(word) + np.uint64(1)) * GOLDEN
    x = (x ^ (x >> np.uint64(30))) * FIRST
    x = (x ^ (x >> np.uint64(27))) * SECOND
    return x ^ (x >> np.uint64(31))


@compiled
def run_key(seed: int, replicate: int) -> np.uint64:
    """The key of one run: of one replicate under one seed."""
    return scramble(scramble(np.uint64(0), np.uint64(seed)), np.uint64(replicate))


@compiled
def stream_key(run: np.uint64, who: np.uint64, purpose: int) -> np.uint64:
    """The key of all draws for one purpose by one country (or the world) in a run."""
    return scramble(scramble(run, who), np.uint64(purpose))


@compiled
def draw_at(stream: np.uint64, meeting: int) -> float:
    """The stream's draw at a meeting, uniform on the open interval (0, 1).

    52 bits and a half: with 53 bits the largest value would round to 1.
    """
    bits = scramble(stream, np.uint64(meeting)) >> np.uint64(12)
    return (float(bits) + 0.5) * 2.0**-52


@compiled
def draws_from_start(stream: np.uint64, out: np.ndarray) -> None:
    """The stream's draws at meetings 0, 1, ..., into out (T,): those of `draw_at`, in a loop without branches, which
    the compiler does several at a time."""
    for m in range(len(out)):
        out[m] = draw_at(stream, m)


@compiled
def draw(seed: int, replicate: int, who: np.uint64, purpose: int, meeting: int) -> float:
    """draw(seed, replicate, who, purpose, meeting) in (0, 1); `who` from `identity`, `purpose` from `PURPOSES`."""
    return draw_at(stream_key(run_key(seed, replicate), who, purpose), meeting)
