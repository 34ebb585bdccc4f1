"""Randomness is data: the draws are uniform, independent, reproducible to the bit, and nobody's luck is another's.

Every statistical test runs at a fixed seed with a bound fixed in advance: p-values above 1e-5 and correlations within
4.5 standard errors. Good draws meet all the bounds below, some 2,000, for 98 seeds in 100.
"""

import dataclasses
import itertools

import numba
import numpy as np
import pytest
from scipy import stats

from agents.negotiation import Negotiation
from agents.policy import Mix, prepare, strategies_of
from agents.strategies import Strategy
from model.calls import NEVER, called_country
from model.case_file import load_case
from model.draws import CALL, PURPOSES, draw, draw_at, identity, run_key, scramble, stream_key
from model.kernel import play
from model.meeting import COUNTRY_RECORD
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
    (0, 0, "KOR", "call", 0, 0.31255023995785314),
    (0, 0, "KOR", "choice", 0, 0.7732444733798037),
    (1, 0, "KOR", "call", 0, 0.8319488126565316),
    (0, 1, "KOR", "call", 0, 0.44477369253145127),
    (0, 0, "KOR", "call", 1, 0.07969890086901599),
    (42, 17, "VNM", "ratification", 33, 0.03706809583760451),
    (42, 17, "EU", "precedent", 76, 0.9801401622370512),
    (2025, 999, "world", "type", 0, 0.784806559746187),
    (2025, 999, "world", "news", 12, 0.8925582360076171),
    (2**62 + 3, 123456789, "world", "deadline", 0, 0.31892487639440337),
    (7, 0, "ZAF", "deadline", 1, 0.7634796818819477),
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
            assert stream_key(np.uint64(run), identity(who), PURPOSES[purpose]) == key
            if run < 2**63:  # what a Python caller who forgets the cast hands over
                assert stream_key(run, identity(who), PURPOSES[purpose]) == key
                below += 1
    assert 0.3 < below / (6 * len(STREAMS)) < 0.7  # both halves of the keys have been met


@pytest.mark.parametrize("key", [0, 1, 12345, 2**52 + 1, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1])
@pytest.mark.parametrize("word", [0, 1, 2**40 + 5])
def test_keys_on_both_sides_of_two_to_the_63(key, word):
    # A key that passes through Python comes back as a signed integer where it is small, and signed plus unsigned is a
    # float: it would lose its last bits.
    value = ((finaliser(key, word) >> 12) + 0.5) / 2**52
    for given in (np.uint64(key), key) if key < 2**63 else (np.uint64(key),):
        assert int(scramble(given, word)) == finaliser(key, word)
        assert int(scramble(given, np.uint64(word))) == finaliser(key, word)
        assert draw_at(given, word) == value


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

OLD = ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")


def called(who, priority, replicate, meeting, signed=()):
    """The country called at a meeting, by the model's own rule; `signed` have a deal already."""
    run = np.uint64(run_key(SEED, replicate))
    draws = np.array([[draw_at(np.uint64(stream_key(run, identity(iso3), CALL)), meeting)] for iso3 in who])
    records = np.zeros(len(who), COUNTRY_RECORD)
    records["deal_meeting"] = [0 if iso3 in signed else NEVER for iso3 in who]
    position = called_country(np.array([priority[iso3] for iso3 in who]), records["deal_meeting"], draws, 0)
    return None if position == NEVER else who[position]


@pytest.mark.parametrize("new", ["EU", "TWN", "ZAF"])
@pytest.mark.parametrize("place", [0, 3, 6])
def test_adding_a_country_changes_nobody_elses_call(new, place):
    priority = dict(zip((*OLD, new), (1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.7), strict=True))
    more = (*OLD[:place], new, *OLD[place:])
    taken = 0
    for replicate, meeting in itertools.product(range(20), range(77)):
        now = called(more, priority, replicate, meeting)
        taken += now == new
        assert now in (new, called(OLD, priority, replicate, meeting))
    assert 0.05 < taken / (20 * 77) < 0.2  # it is called with probability 0.7 / 6.2


def test_a_signature_changes_the_call_of_nobody_who_still_waits():
    priority = dict.fromkeys(OLD, 1.0)
    for replicate, meeting in itertools.product(range(20), range(77)):
        before = called(OLD, priority, replicate, meeting)
        after = called(OLD, priority, replicate, meeting, signed=("KOR", "GBR"))
        assert after == before or (before in ("KOR", "GBR") and after not in ("KOR", "GBR"))
    assert called(OLD, priority, 0, 0, signed=OLD) is None


@pytest.mark.parametrize("signed", [(), ("JPN",), ("KOR", "IND", "AUS")])
def test_calls_come_with_probability_proportional_to_priority(signed):
    priority = dict(zip(OLD, (1.0, 2.0, 0.5, 0.1, 1.0, 4.0), strict=True))
    calls = [called(OLD, priority, r, m, signed) for r, m in itertools.product(range(100), range(77))]
    waiting = [iso3 for iso3 in OLD if iso3 not in signed]
    weights = np.array([priority[iso3] for iso3 in waiting])
    counts = [calls.count(iso3) for iso3 in waiting]
    assert sum(counts) == len(calls)
    assert stats.chisquare(counts, len(calls) * weights / weights.sum()).pvalue > SMALLEST_P


COIN = Strategy(
    "coin",
    "Moves with probability one half, whatever the state.",
    "test",
    lambda s: np.full(len(s.signed), 0.5),
)
# So that who can sign depends on nobody else: no rank matters to the terms, nor the chance of being called again; and
# so that what the others' precedents teach does not matter to the ratifier.
ALONE = {"headline_value": 0.0, "hegemon_patience": 0.0, "extension_probability": 0.5, "ratification_slope": 0.0}


def prepared_alone(case):
    return prepare(make_setting(case, ALONE), Mix(tuple(COIN for _ in case.countries)))


def answers(prepared, replicate):
    """What each called country answered, by country and meeting, with the precedent that its deal set; and the
    world's own luck."""
    model = Negotiation(prepared=prepared, seed=SEED, replicate=replicate)
    while model.running:
        model.step()
    ids = prepared.setting.case.ids
    own = {
        (ids[event.country], event.meeting): (
            event.answer,
            event.answer == "signed" and int(model.country_records[event.country]["harsh_precedent"]),
        )
        for event in model.events
    }
    return own, tuple(int(model.world[0][name]) for name in ("firm", "extended", "news_meeting"))


@pytest.mark.parametrize("place", [0, 6])
def test_an_added_country_leaves_the_others_their_own_draws(place):
    """On the real model: wherever an old country is called at the same meeting in both cases, its choice, its
    ratification and its precedent are the same; so are the hegemon's type, the news and the extension."""
    six, taiwan = load_case("six"), load_case("eighteen").country("TWN", "test")
    assert six.ids == OLD
    seven = dataclasses.replace(six, countries=(*six.countries[:place], taiwan, *six.countries[place:]))
    without, with_taiwan = prepared_alone(six), prepared_alone(seven)
    shared, answered = 0, set()
    for replicate in range(40):
        old, world = answers(without, replicate)
        new, new_world = answers(with_taiwan, replicate)
        assert world == new_world
        for key in old.keys() & new.keys():
            assert old[key] == new[key]
            answered.add(old[key])
            shared += 1
    assert shared > 400
    assert answered == {("waited", False), ("failed", False), ("signed", 0), ("signed", 1)}


def test_one_country_on_another_strategy_leaves_the_others_their_own_draws():
    """An intervention on Korea shifts nobody else's luck."""
    case = load_case("six")
    setting = make_setting(case, ALONE)
    never = strategies_of(case, {"default": "script:never"}).countries[0]
    usual = prepare(setting, Mix((COIN,) * 6))
    without_korea = prepare(setting, Mix((never, *(COIN,) * 5)))
    shared = 0
    for replicate in range(60):
        old, _ = answers(usual, replicate)
        new, _ = answers(without_korea, replicate)
        for key in old.keys() & new.keys():
            if key[0] != "KOR":
                assert old[key] == new[key]
                shared += 1
    assert shared > 400


def test_asking_for_one_more_draw_changes_nobody():
    case = load_case("six")
    prepared = prepare(make_setting(case, {"extension_probability": 0.5}), strategies_of(case))
    worlds, countries = play(prepared.game, prepared.policy, seed=SEED, replicates=5)
    for replicate in range(5):
        model = Negotiation(prepared=prepared, seed=SEED, replicate=replicate)
        while model.running:
            for who, purpose in STREAMS:
                draw(SEED, replicate, identity(who), PURPOSES[purpose], model.day)
            model.random.random()
            np.random.default_rng(model.day).random()
            model.step()
        assert model.world[0] == worlds[replicate]
        assert np.array_equal(model.country_records, countries[replicate])
    again = play(prepared.game, prepared.policy, seed=SEED, replicates=5)
    assert np.array_equal(again[0], worlds) and np.array_equal(again[1], countries)
