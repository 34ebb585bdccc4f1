"""Known results of the timing game on raw payoffs: rows 9 to 16, 19 and 20 of the benchmark list."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw
from scipy.stats import binom

from model.belief import belief_firm, package_value
from model.choice import move_probability
from model.draws import identity
from model.equilibrium import solve
from model.forward import distribution
from model.kernel import play
from model.meeting import Policy
from model.states import count_state, count_states
from model.timing import raw_game
from tests.tools.oracle import TinyGame, read
from tests.tools.oracle import solve as solve_on_the_tree

DECISIVE = 1e200  # a precision that stands for infinity


def nothing(country, n, h):
    """No deal is worth 0."""
    return 0.0


def first_likely(equilibrium, meetings, signers, country):
    """The first meeting at which `country` would rather move than not, once `signers` have signed."""
    for m in range(len(signers), meetings):
        if equilibrium.probability(country, m, signers) > 0.5:
            return m
    return None


# Rows 9 to 13


def news_game(cost):
    """Row 9: one country, U = 1 - cost * t, less .2 before the news, which has a chance of .03 a meeting."""
    return raw_game(
        lambda i, rank, m, n, h, z: 1 - cost * m - 0.2 * (z == 0), nothing, countries=1, meetings=60,
        precision=DECISIVE, news_hazard=0.03,
    )  # fmt: skip


def test_row_9_value():
    """Row 9: the value of waiting for the news."""
    assert solve(news_game(0.002)).value[0] == pytest.approx(0.9112293238, abs=1e-9)


@pytest.mark.parametrize(("cost", "moves"), [(0.0059, 0.0), (0.0061, 1.0)])
def test_row_9_waits_if_the_hazard_is_worth_more_than_the_cost(cost, moves):
    """Row 9: it waits at 0 if and only if .03 * .2 > cost."""
    assert solve(news_game(cost)).probability(0, 0) == pytest.approx(moves, abs=1e-12)


def test_row_10_last_meeting():
    """Row 10: the logit between U = .45 and no deal at .3."""
    game = raw_game(lambda *state: 0.45, lambda *state: 0.3, countries=1, meetings=1, precision=10.0)
    equilibrium = solve(game)
    assert equilibrium.probability(0, 0) == pytest.approx(0.8175744762, abs=1e-9)
    assert equilibrium.value[0] == pytest.approx(0.3 + 0.8175744762 * 0.15, abs=1e-9)


def test_row_11_no_precision():
    """Row 11: at precision 0 deals are coin tosses with the base rate, whatever they are worth."""
    game = raw_game(
        lambda i, rank, m, n, h, z: 5.0 * i - 0.1 * m, nothing, countries=3, meetings=30, precision=0.0, base_rate=0.05
    )
    deals = distribution(game, solve(game)).deals
    assert deals[0] == pytest.approx(0.2146388, abs=1e-6)
    assert deals[3] == pytest.approx(0.1878212, abs=1e-6)
    assert deals == pytest.approx([*binom.pmf([0, 1, 2], 30, 0.05), binom.sf(2, 30, 0.05)], abs=1e-12)


def preemption(*premium):
    """U = 1 + .01 t + the premium of its rank; 90 meetings, nearly exact best responses."""
    return raw_game(
        lambda i, rank, m, n, h, z: 1 + 0.01 * m + premium[rank - 1], nothing, countries=len(premium), meetings=90,
        precision=20_000.0,
    )  # fmt: skip


@pytest.mark.parametrize(("premium", "meeting"), [(0.295, 61), (0.145, 76), (0.595, 31)])
def test_row_12_preemption(premium, meeting):
    """Row 12: preemption until the rents of first and second are equal; both are then worth 1.8975."""
    equilibrium = solve(preemption(premium, 0.0))
    assert first_likely(equilibrium, 90, (), 0) == first_likely(equilibrium, 90, (), 1) == meeting
    assert equilibrium.value == pytest.approx([1.8975, 1.8975], abs=1e-6)


def test_row_13_preemption_among_three():
    """Row 13: the second premium is preempted among the two that are left, the last waits to the end."""
    equilibrium = solve(preemption(0.295, 0.195, 0.0))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        assert first_likely(equilibrium, 90, (), i) == 61
        assert first_likely(equilibrium, 90, (j,), i) == 71
        assert first_likely(equilibrium, 90, (j, k), i) == 89
    assert equilibrium.value == pytest.approx([1.9, 1.9, 1.9], abs=0.002)


# Row 14

ROW_14 = [(1, 0.5939448, 0.5387222, 0.3900939), (5, 0.7542680, 0.6040250, 0.4876052),
          (20, 0.9707466, 0.7805671, 0.5170067)]  # fmt: skip


def row_14_payoff(i, rank, m, n, h, z):
    """U of row 14: .45 - .05 t, and .2 more for the first."""
    return 0.45 - 0.05 * m + 0.2 * (rank == 1)


@pytest.mark.parametrize(("precision", "first", "second", "value"), ROW_14)
def test_row_14_two_countries_three_meetings(precision, first, second, value):
    """Row 14: the first move at meeting 0 and the value of the game."""
    game = raw_game(row_14_payoff, lambda *state: -0.15, countries=2, meetings=3, precision=precision)
    equilibrium = solve(game)
    assert [equilibrium.probability(i, 0) for i in (0, 1)] == pytest.approx([first, first], abs=1e-6)
    assert equilibrium.value == pytest.approx([value, value], abs=1e-6)


@pytest.mark.parametrize(("precision", "first", "second", "value"), ROW_14)
def test_row_14_second_mover_at_meeting_0(precision, first, second, value):
    """Row 14: the second mover's p at meeting 0. Nobody can have signed before meeting 0, so the state is out of
    reach in the game of two; it is taken from a lone country that has rank 2 over the same meetings."""
    game = raw_game(
        lambda i, rank, m, n, h, z: row_14_payoff(i, 2, m, n, h, z), lambda *state: -0.15, countries=1, meetings=3,
        precision=precision,
    )  # fmt: skip
    assert solve(game).probability(0, 0) == pytest.approx(second, abs=1e-6)


@pytest.mark.parametrize("precision", [1.0, 5.0, 20.0])
def test_row_14_extensive_form(precision):
    """Row 14: equal to the explicit extensive form, at every call of every history."""
    tiny = TinyGame(
        U=row_14_payoff, O=lambda i, n, h, extended: -0.15, ratification=lambda i, m: 1.0, priority=(1.0, 1.0),
        precision=(precision, precision), base_rate=(0.5, 0.5), prior_firm=0.5, precedent_accuracy=0.5,
        news_hazard=0.0, known_at_start=False, meetings=3,
    )  # fmt: skip
    assert_same_as_tree(solve(as_raw_game(tiny)), tiny, solve_on_the_tree(tiny))


# Row 15


def regret_bound(base_rate, precision):
    """W0(((1 - mu) / mu) / e) / lambda."""
    return lambertw((1 - base_rate) / base_rate / np.e).real / precision


def one_step_regret(advantage, probability):
    """What the better of moving and waiting brings beyond moving with this probability."""
    return np.maximum(advantage, 0.0) - probability * advantage


@settings(max_examples=300)
@given(
    advantage=st.floats(-5.0, 5.0),
    precision=st.floats(0.01, 1000.0),
    base_rate=st.floats(1e-5, 0.5),
)
def test_row_15_regret_of_the_logit(advantage, precision, base_rate):
    """Row 15: one-step regret is never above the bound, for base rates up to 1/2."""
    p = move_probability(advantage, precision, np.log(base_rate / (1 - base_rate)))
    assert one_step_regret(advantage, p) <= regret_bound(base_rate, precision) * (1 + 1e-9)


@pytest.mark.parametrize("precision", [0.5, 30.0])
@pytest.mark.parametrize(("base_rate", "constant"), [(0.5, 0.278465), (0.03, 1.857)])
def test_row_15_bound_is_attained(base_rate, constant, precision):
    """Row 15: the constants of the list, reached at the advantage (1 + W0) / lambda."""
    bound = regret_bound(base_rate, precision)
    assert bound * precision == pytest.approx(constant, abs=1e-6 if base_rate == 0.5 else 5e-4)
    advantage = bound + 1 / precision
    p = move_probability(advantage, precision, np.log(base_rate / (1 - base_rate)))
    assert one_step_regret(advantage, p) == pytest.approx(bound, rel=1e-9)


@settings(max_examples=300)
@given(advantage=st.floats(-5.0, 5.0), precision=st.floats(0.01, 1000.0), base_rate=st.floats(0.5, 1 - 1e-5))
def test_row_15_high_base_rates(advantage, precision, base_rate):
    """Row 15 above a base rate of 1/2: there the worse error is to move, and the bound is that of 1 - mu."""
    p = move_probability(advantage, precision, np.log(base_rate / (1 - base_rate)))
    assert one_step_regret(advantage, p) <= regret_bound(1 - base_rate, precision) * (1 + 1e-9)


# Row 16


def affine_game(prior, precision, base_rate, constant, slope, kink=False):
    """Row 16: three countries, the deal and no deal worth the same affine function of the belief (a = .9)."""

    def worth(i, n, h):
        belief = belief_firm(prior, 0.9, n, h)
        return package_value(0.75, 0.45, 0.4, belief) if kink else constant + slope * belief

    return raw_game(
        lambda i, rank, m, n, h, z: worth(i, n, h), worth, countries=3, meetings=8, precision=precision,
        base_rate=base_rate, prior_firm=prior, precedent_accuracy=0.9, news_hazard=0.1,
        ratification=lambda i, m: 0.8,
    )  # fmt: skip


def reachable(equilibrium, countries, meetings):
    """(country, meeting, signers, harsh, known) of every state of a waiting country."""
    for m in range(meetings):
        for mask in range(2**countries):
            signers = tuple(j for j in range(countries) if mask >> j & 1)
            if len(signers) <= m:
                for i in set(range(countries)) - set(signers):
                    for h in range(len(signers) + 1):
                        for z in (0, 1):
                            yield i, m, signers, h, z


@settings(deadline=None, max_examples=40)
@given(
    prior=st.floats(0.01, 0.99), precision=st.floats(0.0, 10_000.0), base_rate=st.floats(0.01, 0.99),
    constant=st.floats(-1.0, 1.0), slope=st.floats(-1.0, 1.0),
)  # fmt: skip
def test_row_16_affine_payoffs(prior, precision, base_rate, constant, slope):
    """Row 16: payoffs affine in the belief leave learning no value: p = mu in every state."""
    equilibrium = solve(affine_game(prior, precision, base_rate, constant, slope))
    for state in reachable(equilibrium, 3, 8):
        assert equilibrium.probability(*state) == pytest.approx(base_rate, abs=1e-9), state


def test_row_16_needs_the_affine():
    """Row 16's counterpart: the kink of the packages gives learning a value, and the first waits."""
    equilibrium = solve(affine_game(0.5, 100.0, 0.5, 0.0, 0.0, kink=True))
    assert equilibrium.probability(0, 0) < 0.1


# Row 19

N_SMALL_GAMES = 24
N_GAMES = 30  # the last six with three countries


@cache
def tiny_game(seed):
    """A random game of two countries and four meetings (or three and three), with everything on."""
    rng = np.random.default_rng(seed)
    countries, total = (2, 4) if seed < N_SMALL_GAMES else (3, 3)
    extra = int(rng.integers(0, 2))
    sign = rng.uniform(-1, 1, (countries, total, countries, countries, 2))  # i, m, n, h, z
    sign[rng.random(sign.shape) < 0.15] = np.nan
    no_deal = rng.uniform(-1, 0.5, (countries, countries + 1, countries + 1, 2))
    ratification = rng.uniform(0.3, 1, (countries, total))

    def payoff(i, rank, m, n, h, z):
        assert rank == n + 1
        value = sign[i, m, n, h, z]
        return None if np.isnan(value) else float(value)

    return TinyGame(
        U=payoff,
        O=lambda i, n, h, extended: float(no_deal[i, n, h, int(extended)]),
        ratification=lambda i, m: float(ratification[i, m]),
        priority=tuple(rng.uniform(0.2, 3, countries)),
        precision=tuple(10 ** rng.uniform(-1, 2, countries)),
        base_rate=tuple(rng.uniform(0.02, 0.98, countries)),
        prior_firm=float(rng.uniform(0.05, 0.95)),
        precedent_accuracy=float(rng.uniform(0.5, 1)),
        news_hazard=float(rng.uniform(0.05, 0.6)),
        known_at_start=False,
        meetings=total - extra,
        extension_probability=float(rng.uniform(0.1, 0.9)) if extra else 0.0,
        extension_meetings=extra,
    )


def as_raw_game(tiny):
    """The same game for the solver under test."""

    def sign(*state):
        value = tiny.U(*state)
        return -np.inf if value is None else value

    return raw_game(
        sign,
        lambda i, n, h: tiny.O(i, n, h, False),
        no_deal_extended=lambda i, n, h: tiny.O(i, n, h, True),
        countries=len(tiny.priority),
        meetings=tiny.meetings,
        precision=tiny.precision,
        base_rate=tiny.base_rate,
        priority=tiny.priority,
        ratification=tiny.ratification,
        prior_firm=tiny.prior_firm,
        precedent_accuracy=tiny.precedent_accuracy,
        news_hazard=tiny.news_hazard,
        extension_probability=tiny.extension_probability,
        extension_meetings=tiny.extension_meetings,
    )


def assert_same_as_tree(equilibrium, tiny, tree):
    """Values and the move at every call of every history agree with the tree's, to 1e-12."""
    assert tree.value == pytest.approx(tree.expected_payoff, abs=1e-12)
    assert equilibrium.value == pytest.approx(tree.value, abs=1e-12)
    assert len(tree.move_probability) > 10
    for history, (i, p) in tree.move_probability.items():
        m, _, h, z, deals = read(tiny, history)
        assert equilibrium.probability(i, m, tuple(deals), h, z) == pytest.approx(p, abs=1e-12), history


@cache
def on_the_tree(seed):
    """The oracle's solution of a random game."""
    return solve_on_the_tree(tiny_game(seed))


@pytest.mark.parametrize("seed", range(N_GAMES))
def test_row_19_brute_force(seed):
    """Row 19: value and every move probability equal those found on the tree of all histories."""
    assert_same_as_tree(solve(as_raw_game(tiny_game(seed))), tiny_game(seed), on_the_tree(seed))


def test_row_19_games_have_every_feature():
    """Row 19: among the random games are states without a deal to sign, extensions and failing ratifications."""
    games = [as_raw_game(tiny_game(seed)) for seed in range(N_GAMES)]
    assert sum(game.extension_probability > 0 for game in games) >= 10
    cannot_sign = [
        np.isneginf(game.sign[:, count_states(len(game.precision), len(game.offsets) - 1)[:, 1] < len(game.precision)])
        for game in games
    ]
    assert all(0.02 < states.mean() < 0.5 for states in cannot_sign)
    assert all((game.ratification < 1).all() for game in games)


def random_rules(tiny, seed):
    """A random policy by count of every country, as the oracle's functions and as a policy table."""
    game, countries = as_raw_game(tiny), len(tiny.priority)
    states = count_states(countries, len(game.offsets) - 1)
    table = np.random.default_rng(seed).random((countries, len(states)))
    rules = {
        i: lambda m, n, h, z, i=i: table[i, count_state(game.offsets[m], n, h, z)] for i in range(countries)
    }  # fmt: skip
    return rules, Policy(table, np.zeros((1, 1)), np.zeros(countries, np.bool_), np.zeros(1, np.int64))


@pytest.mark.parametrize("seed", [0, 3, 7, 11, 25, 28])
@pytest.mark.parametrize("fixed", ["one", "all but one", "all"])
def test_row_19_fixed_policies(seed, fixed):
    """Row 19 with the policies of some countries given: the others respond to what truly follows."""
    tiny = tiny_game(seed)
    countries = len(tiny.priority)
    held = {"one": {0}, "all but one": set(range(countries - 1)), "all": set(range(countries))}[fixed]
    rules, table = random_rules(tiny, seed)
    responds = np.array([i not in held for i in range(countries)])
    tree = solve_on_the_tree(tiny, {i: rules[i] for i in held})
    assert_same_as_tree(solve(as_raw_game(tiny), table, responds), tiny, tree)


@pytest.mark.parametrize("seed", range(0, N_GAMES, 3))
def test_row_15_regret_in_games(seed):
    """Row 15 in a solved game: the bound holds for every called country in every state."""
    tiny = replace(tiny_game(seed), base_rate=tuple(min(mu, 1 - mu) for mu in tiny_game(seed).base_rate))
    game = as_raw_game(tiny)
    equilibrium = solve(game, keep_wait=True)
    countries, meetings = len(game.precision), len(game.offsets) - 1
    largest = 0.0
    for i, m, signers, h, z in reachable(equilibrium, countries, meetings):
        public = count_state(game.offsets[m], len(signers), h, z)
        if game.sign[i, public] == -np.inf:
            continue
        state = equilibrium.state(i, sum(1 << j for j in signers), h, z)
        advantage = game.ratification[i, public] * (game.sign[i, public] - equilibrium.wait[m, state])
        regret = one_step_regret(advantage, equilibrium.by_set[m, state])
        bound = regret_bound(tiny.base_rate[i], tiny.precision[i])
        assert regret <= bound * (1 + 1e-9)
        largest = max(largest, regret / bound)
    assert largest > 0.05  # a regret of 0 everywhere would prove nothing


def sampled_outcomes(tiny, replicates, seed):
    """Counts of outcomes (as the oracle writes them) among runs of the batch kernel in equilibrium."""
    game = as_raw_game(tiny)
    countries = len(tiny.priority)
    who = np.array([identity(f"C{i}") for i in range(countries)], dtype=np.uint64)
    game = game._replace(who=who, execution=np.array([0.3, 0.9]))
    _, records = play(game, solve(game).policy(), seed=seed, replicates=replicates)
    rows, counts = np.unique(np.hstack([records["deal_meeting"], records["rank"]]), axis=0, return_counts=True)
    outcomes = [
        (
            tuple(int(m) if m >= 0 else None for m in row[:countries]),
            tuple(int(rank) if rank > 0 else None for rank in row[countries:]),
        )
        for row in rows
    ]
    return dict(zip(outcomes, counts, strict=True))


@pytest.mark.parametrize("seed", [26, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 5, 8, 14, 24))])
def test_row_18_kernel_against_the_tree(seed):
    """Rows 18 and 19: 400,000 runs of the batch kernel fall inside simultaneous 99.9 % bands (Bonferroni, binomial)
    about the tree's distribution of who signs when and as which number."""
    replicates, expected = 400_000, on_the_tree(seed).distribution
    counts = sampled_outcomes(tiny_game(seed), replicates, seed)
    assert sum(expected.values()) == pytest.approx(1, abs=1e-12)
    assert set(counts) <= set(expected)
    tail = 0.001 / len(expected) / 2
    for outcome, probability in expected.items():
        low, high = binom.ppf([tail, 1 - tail], replicates, probability)
        assert low <= counts.get(outcome, 0) <= high, (outcome, probability)


@pytest.mark.parametrize("seed", range(N_GAMES))
def test_row_19_forward_pass(seed):
    """Row 19, forward: when, and as which number, each country signs has the tree's distribution."""
    tiny, tree = tiny_game(seed), on_the_tree(seed)
    game = as_raw_game(tiny)
    found = distribution(game, solve(game))
    expected = np.zeros_like(found.atoms.sum(axis=(3, 4)))
    for (meetings, ranks), probability in tree.distribution.items():
        for i, (m, rank) in enumerate(zip(meetings, ranks, strict=True)):
            if m is not None:
                expected[i, m, rank - 1] += probability
    np.testing.assert_allclose(found.atoms.sum(axis=(3, 4)), expected, atol=1e-12)
    np.testing.assert_allclose(found.value, tree.expected_payoff, atol=1e-12)


# Row 20


def free_riding(countries, meetings, accuracy):
    """Row 20: packages as in row 8 (none is worth less than .05), waiting free, no deal worth -1."""
    return raw_game(
        lambda i, rank, m, n, h, z: package_value(0.75, 0.45, 0.4, belief_firm(0.5, accuracy, n, h)),
        lambda i, n, h: -1.0, countries=countries, meetings=meetings, precision=10_000.0,
        precedent_accuracy=accuracy,
    )  # fmt: skip


@pytest.mark.parametrize("countries", [2, 4, 6])
@pytest.mark.parametrize("meetings", [20, 40])
def test_row_20_free_riding(countries, meetings):
    """Row 20: with perfect precedents nobody moves first until about N meetings before the deadline; then all would."""
    equilibrium = solve(free_riding(countries, meetings, 1.0))
    turn = first_likely(equilibrium, meetings, (), 0)
    assert turn == pytest.approx(meetings - countries, abs=1)
    assert max(equilibrium.probability(0, m) for m in range(turn)) < 1e-3
    assert min(equilibrium.probability(0, m) for m in range(turn, meetings)) > 0.5


@pytest.mark.parametrize("countries", [2, 4, 6])
def test_row_20_needs_precedents(countries):
    """Row 20's counterpart: if precedents teach nothing there is no free ride, and no state in which to wait."""
    equilibrium = solve(free_riding(countries, 20, 0.5))
    assert min(equilibrium.probability(0, m) for m in range(20)) >= 0.5 - 1e-9
