"""Randomness is data: the draws are uniform, independent, reproducible to the bit, and nobody's luck is another's.

Every statistical test runs at a fixed seed with a bound fixed in advance: p-values above 1e-5 and correlations within
4.5 standard errors. With the hundreds of statistics below, good draws would meet all bounds for 99 seeds in 100.
"""

import dataclasses
import itertools

import numba
import numpy as np
import pytest
from scipy import stats

from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from agents.strategies import Strategy
from model.case_file import load_case
from model.draws import PURPOSES, WORLD, draw, draw_at, identity, run_key, scramble, stream_key
from model.kernel import run_batch
from model.meeting import COUNTRY_RECORD, WORLD_RECORD, called_country, sign, start_run
from model.setting import make_setting

SEED = 20250410
SMALLEST_P = 1e-5
STANDARD_ERRORS = 4.5
REPLICATES, MEETINGS = 400, 100  # 40,000 draws a stream
WHO = ("KOR", "VNM", "EU", "world")
STREAMS = [(who, purpose) for who in WHO for purpose in PURPOSES]


@numba.njit
def fill(seed, first, who, purpose, out):
    """out (R, M): the draws of replicates first, first + 1, ... at meetings 0, 1, ..."""
    for r in range(out.shape[0]):
        for m in range(out.shape[1]):
            out[r, m] = draw(seed, first + r, who, purpose, m)


def table(who, purpose, *, seed=SEED, first=0, replicates=REPLICATES, meetings=MEETINGS):
    out = np.empty((replicates, meetings))
    fill(seed, first, identity(who), PURPOSES[purpose], out)
    return out


def within_bounds(x, y):
    """The correlation of two equally long samples lies within the bound."""
    x, y = np.ravel(x), np.ravel(y)
    return abs(np.corrcoef(x, y)[0, 1]) < STANDARD_ERRORS / np.sqrt(len(x))


# Uniformity


@pytest.mark.parametrize(("who", "purpose"), STREAMS)
def test_uniform_by_kolmogorov_and_smirnov(who, purpose):
    assert stats.kstest(table(who, purpose).ravel(), "uniform").pvalue > SMALLEST_P


@pytest.mark.parametrize(("who", "purpose"), STREAMS)
def test_uniform_by_chi_square_in_the_leading_and_the_trailing_bits(who, purpose):
    bits = (table(who, purpose).ravel() * 2.0**52).astype(np.int64)
    for cell in (bits >> 44, bits >> 22 & 255, bits & 255):
        counts = np.bincount(cell, minlength=256)
        assert stats.chisquare(counts).pvalue > SMALLEST_P


@pytest.mark.parametrize("purpose", PURPOSES)
def test_uniform_across_replicates_at_one_meeting_and_across_seeds(purpose):
    # The type, and whether the deadline is put off, are drawn once a run: their sample is the replicates.
    replicates = table("world", purpose, replicates=20_000, meetings=1).ravel()
    seeds = np.array([table("KOR", purpose, seed=s, replicates=1, meetings=1)[0, 0] for s in range(20_000)])
    assert stats.kstest(replicates, "uniform").pvalue > SMALLEST_P
    assert stats.kstest(seeds, "uniform").pvalue > SMALLEST_P


# Independence


@pytest.mark.parametrize(("who", "purpose"), STREAMS)
def test_no_correlation_along_meetings_replicates_or_seeds(who, purpose):
    u = table(who, purpose)
    for lag in (1, 2, 6):
        assert within_bounds(u[:, :-lag], u[:, lag:])
        assert within_bounds(u[:-lag], u[lag:])
        assert within_bounds(u, table(who, purpose, seed=SEED + lag))
    assert within_bounds(u, table(who, purpose, seed=SEED ^ 1 << 40))
    # Neighbours in both at once: seed + 1 with replicate - 1, replicate + 1 with meeting - 1.
    assert within_bounds(u[1:], table(who, purpose, seed=SEED + 1)[:-1])
    assert within_bounds(u[:-1, 1:], u[1:, :-1])


@pytest.mark.parametrize("who", WHO)
def test_no_correlation_between_purposes(who):
    samples = [table(who, purpose) for purpose in PURPOSES]
    for x, y in itertools.combinations(samples, 2):
        assert within_bounds(x, y)
        assert within_bounds(x[:, 1:], y[:, :-1])


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_correlation_between_countries(purpose):
    samples = [table(who, purpose) for who in (*load_case("eighteen").ids, "world")]
    for x, y in itertools.combinations(samples, 2):
        assert within_bounds(x, y)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_successive_draws_fill_the_square_and_the_cube_evenly(purpose):
    u = table("KOR", purpose)
    cells = (u * 12).astype(np.int64)
    pairs = 12 * cells[:, 0::2] + cells[:, 1::2]
    assert stats.chisquare(np.bincount(pairs.ravel(), minlength=144)).pvalue > SMALLEST_P
    coarse = (u[:, :99] * 5).astype(np.int64)
    triples = 25 * coarse[:, 0::3] + 5 * coarse[:, 1::3] + coarse[:, 2::3]
    assert stats.chisquare(np.bincount(triples.ravel(), minlength=125)).pvalue > SMALLEST_P


def test_no_two_of_half_a_million_draws_are_equal():
    # Equal draws of 52 bits would mean that streams overlap; by chance the odds are 3e-5.
    draws = np.concatenate([table(who, purpose, replicates=180).ravel() for who, purpose in STREAMS])
    assert len(draws) > 500_000
    assert len(np.unique(draws)) == len(draws)


# To the bit

FROZEN = [
    (0, 0, "KOR", "call", 0, 0.0),
]
BITS = 2**64


def finaliser(key, word):
    """SplitMix64's finaliser in Python integers: the definition, modulo 2^64."""
    x = (key + (word + 1) * 0x9E3779B97F4A7C15) % BITS
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % BITS
    x = (x ^ x >> 27) * 0x94D049BB133111EB % BITS
    return x ^ x >> 31


def reference(seed, replicate, who, purpose, meeting):
    """The draw as its docstring defines it, and its stream's key."""
    key = 0
    for word in (seed, replicate, int.from_bytes(who.encode("ascii"), "big"), PURPOSES[purpose]):
        key = finaliser(key, word % BITS)
    return ((finaliser(key, meeting) >> 12) + 0.5) / 2**52, key


@pytest.mark.parametrize(("seed", "replicate", "who", "purpose", "meeting", "value"), FROZEN)
def test_frozen_draws(seed, replicate, who, purpose, meeting, value):
    """A change of the hash changes every published number: whoever changes it must see it here."""
    assert draw(seed, replicate, identity(who), PURPOSES[purpose], meeting) == value


def test_reference_in_python_integers_agrees_to_the_bit():
    rng = np.random.default_rng(1)
    below = 0
    for who, purpose in STREAMS:
        for seed in (0, 1, 7, 2**31, 2**62 + 3, int(rng.integers(2**63))):
            replicate, meeting = int(rng.integers(10**9)), int(rng.integers(200))
            value, key = reference(seed, replicate, who, purpose, meeting)
            assert draw(seed, replicate, identity(who), PURPOSES[purpose], meeting) == value
            run = run_key(seed, replicate)
            assert stream_key(run, identity(who), PURPOSES[purpose]) == key
            below += run < 2**63
    assert 0.3 < below / (6 * len(STREAMS)) < 0.7  # both halves of the keys have been met


@pytest.mark.parametrize("key", [0, 1, 12345, 2**52 + 1, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1])
@pytest.mark.parametrize("word", [0, 1, 2**40 + 5])
def test_keys_on_both_sides_of_two_to_the_63(key, word):
    # A key that passes through Python comes back as a signed integer where it is small.
    assert int(scramble(key, word)) == finaliser(key, word)
    assert int(scramble(np.uint64(key), np.uint64(word))) == finaliser(key, word)
    value = ((finaliser(key, word) >> 12) + 0.5) / 2**52
    assert draw_at(key, word) == value
    assert draw_at(np.uint64(key), word) == value


def without_finaliser(x):
    """The argument whose finaliser is x: every step undone."""

    def unshift(value, by):
        out = value
        for _ in range(64 // by):
            out = value ^ out >> by
        return out

    x = unshift(x, 31) * pow(0x94D049BB133111EB, -1, BITS) % BITS
    x = unshift(x, 27) * pow(0xBF58476D1CE4E5B9, -1, BITS) % BITS
    return unshift(x, 30)


@pytest.mark.parametrize(
    ("hashed", "value"),
    [(0, 2.0**-53), (2**64 - 1, 1.0 - 2.0**-53), (2**12 - 1, 2.0**-53), (2**63, 0.5 + 2.0**-53)],
)
def test_the_interval_is_open_at_both_ends(hashed, value):
    stream = (without_finaliser(hashed) - 0x9E3779B97F4A7C15) % BITS
    assert finaliser(stream, 0) == hashed
    assert draw_at(np.uint64(stream), 0) == value
    assert 0.0 < draw_at(np.uint64(stream), 0) < 1.0


def test_identities_differ():
    numbers = [int(identity(iso3)) for iso3 in (*load_case("all").ids, "world")]
    assert len(set(numbers)) == len(numbers)
    assert int(identity("EU")) == 0x4555


# Whose luck it is


def race(priority, who, *, replicate, meeting, signed=()):
    """The position of the country called at a meeting, by the model's own rule."""
    game = prepared(load_case("free_trade")).game._replace(priority=np.asarray(priority, dtype=float))
    world, countries = np.zeros(1, WORLD_RECORD), np.zeros(len(who), COUNTRY_RECORD)
    streams = np.empty(len(who), np.uint64)
    numbers = np.array([identity(iso3) for iso3 in who], dtype=np.uint64)
    start_run(game, np.uint64(run_key(SEED, replicate)), numbers, world, countries, streams)
    for i in signed:
        countries[i]["deal_meeting"] = 0
    return int(called_country(game.priority, countries, streams, meeting))
