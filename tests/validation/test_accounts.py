"""The accounts of the pause against an independent statement of them (`tests.tools.accounts`): terms with their slices
and flows, the equilibrium on the tree of all histories, and every path with what it brings."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from agents.policy import Mix, Prepared, tabulate
from agents.strategies import find_strategy
from model.equilibrium import evaluate
from model.expected import outcome_atoms
from model.forward import Distribution, distribution
from model.kernel import play
from model.outcomes import settle
from model.planner import expected_hegemon_gain, planner_value
from model.states import count_state
from model.terms import FIRM, SOFT, make_terms
from model.timing import timing_game
from tests.tools.accounts.cases import Tiny, at_random, by_hand
from tests.tools.accounts.game import Equilibrium, Rules
from tests.tools.accounts.paths import PARTS, Outcome, outcome, planner
from tests.tools.accounts.terms import Table, chance_called_again, headline, own
from tests.tools.waits import expected_waits

BY_HAND = tuple(by_hand())
SEEDS = range(30)
GAMES = (*BY_HAND, *(at_random(seed) for seed in SEEDS), at_random(100, countries=3, meetings=5))
NAMES = [tiny.name for tiny in GAMES]
# Of stakes. To a bargain two points of the frontier are the same where they differ by 1e-12 of its size; along a flat
# edge the other side's payoff then differs by more.
CLOSE = 1e-10
PLAYED = ("two, with an extension", "three", "a deadline between two meetings", "seed 1", "seed 7")


class Both:
    """A game by the model, and by the independent statement."""

    def __init__(self, tiny: Tiny) -> None:
        setting = tiny.setting
        self.terms = make_terms(setting, tiny.slices)
        game = timing_game(setting, self.terms)
        if tiny.base_rate is not None:
            mu = np.array(tiny.base_rate)
            game = game._replace(base_log_odds=np.tile((np.log(mu) - np.log1p(-mu))[:, None], len(mu)))
        mix = Mix((find_strategy("equilibrium", "tests"),) * len(setting.countries))
        self.prepared = Prepared(setting, self.terms, game, tabulate(setting, game, mix), mix)
        self.n, self.game = len(setting.countries), game
        self.rules = Rules(setting, tiny.slices, tiny.base_rate)
        self.tree = Equilibrium(self.rules)
        self.start = self.tree.at(0, ((), 0))
        self.prior = np.array([1 - game.prior_firm, game.prior_firm])

    @property
    def table(self) -> Table:
        return self.rules.table

    @property
    def found(self) -> Distribution:
        return distribution(self.game, evaluate(self.game, self.prepared.policy))

    @property
    def expected(self) -> Outcome:
        return outcome(self.tree)


@cache
def both(name: str) -> Both:
    return Both(GAMES[NAMES.index(name)])


@cache
def expected(name: str) -> Outcome:
    return both(name).expected


@cache
def found(name: str) -> Distribution:
    return both(name).found


@pytest.mark.parametrize("name", NAMES)
def test_terms(name: str) -> None:
    """Every signature: payoffs, flows, final rates and concessions."""
    here = both(name)
    terms, signatures = here.terms, 0
    assert terms.stakes == pytest.approx(here.rules.stakes, rel=1e-13, abs=1e-13)
    for (i, k, kind, after, known), signature in here.table.items():
        at = (i, k, kind, after, known)
        assert np.isnan(terms.payoff[at]) == (signature is None), at
        if signature is None:
            continue
        signatures += 1
        size = CLOSE * max(here.rules.stakes[i], 1.0)
        assert terms.payoff[at] == pytest.approx(signature.payoff, abs=size), at
        assert terms.hegemon[at] == pytest.approx(signature.hegemon, abs=size), at
        assert terms.flow[at] == pytest.approx(signature.flow, abs=size), at
        assert terms.hegemon_flow[at] == pytest.approx(signature.hegemon_flow, abs=size), at
        assert terms.relief[at] == pytest.approx(signature.relief, abs=size), at
        assert terms.final_rate[at][:2] == pytest.approx(signature.rates, abs=1e-10), at
        issues = len(signature.concessions)
        assert terms.levels[at][3 : 3 + issues] == pytest.approx(signature.concessions, abs=1e-9), at
    assert signatures > 0


@pytest.mark.parametrize("name", NAMES)
def test_equilibrium(name: str) -> None:
    """Values at the start, and the answer and the ratification at every call of every history."""
    here = both(name)
    equilibrium = evaluate(here.game, here.prepared.policy)
    assert equilibrium.value == pytest.approx([here.start.countries[i] for i in range(here.n)], abs=CLOSE)
    answered = 0
    for (m, (signatures, known), extended), values in here.tree.known_values.items():
        signers, harsh = tuple(i for _, i, _ in signatures), sum(y for *_, y in signatures)
        assert extended or m <= here.game.regular
        for i, answer in values.answers.items():
            moves = equilibrium.probability(i, m, signers, harsh, known)
            ratified = here.game.ratification[i, count_state(here.game.offsets[m], len(signers), harsh, known)]
            assert moves == pytest.approx(answer.moves, abs=1e-9), (m, signatures, i)
            assert ratified == pytest.approx(answer.ratified, abs=CLOSE), (m, signatures, i)
            answered += 1
    assert answered > 0


@pytest.mark.parametrize("name", NAMES)
def test_paths(name: str) -> None:
    """Who signs when, how many do, what each gets and the hegemon gains: exact against the sum over all paths."""
    here, by_path, passed = both(name), expected(name), found(name)
    assert by_path.chance == pytest.approx(1, abs=1e-12)
    assert by_path.payoff == pytest.approx([here.start.countries[i] for i in range(here.n)], abs=CLOSE)
    assert passed.by_meeting == pytest.approx(by_path.signs_at, abs=1e-9)
    assert passed.deals == pytest.approx(by_path.deals, abs=1e-9)
    atoms = outcome_atoms(here.prepared.setting, here.terms, passed)
    assert atoms.mean(atoms.payoff_share) == pytest.approx(by_path.payoff, abs=CLOSE)
    size = max(sum(here.rules.stakes), 1.0)
    mean = float(by_path.surplus @ here.prior)
    assert passed.surplus_mean == pytest.approx(mean, abs=CLOSE * size)
    spread = max(by_path.surplus_squared - mean**2, 0.0)
    assert passed.surplus_sd**2 == pytest.approx(spread, abs=1e-10 * size**2)


@pytest.mark.parametrize("name", NAMES)
def test_reasoned_waits(name: str) -> None:
    """The share of waits that have a reason, carried along states, is that of the paths."""
    waits, by_path = expected_waits(both(name).game, both(name).prepared.policy), expected(name)
    assert waits.reasoned / waits.all == pytest.approx(by_path.reasoned_waits, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_hegemon_backward_and_forward(name: str) -> None:
    """The hegemon's values by type from the backward pass are those of the paths, threats executed included."""
    here, by_path = both(name), expected(name)
    nobody_signs = [sum(q * price for _, price in here.rules.reciprocal) for q in here.rules.execution]
    for kind in (SOFT, FIRM):
        if here.prior[kind] > 0:
            gross = here.start.hegemon[kind] - nobody_signs[kind]
            assert gross == pytest.approx(by_path.surplus[kind], abs=CLOSE * max(sum(here.rules.stakes), 1.0))


@pytest.mark.parametrize("name", NAMES)
def test_planner_loses_nothing(name: str) -> None:
    """What is lost against a planner, of the countries and of all."""
    here, passed, stakes = both(name), found(name), both(name).terms.stakes
    payoffs, value = passed.value @ stakes, expected(name).payoff @ stakes
    size = np.maximum(stakes, 1e-9)[:, None]
    signing = np.where(here.game.sign > -np.inf, here.game.sign * size, -np.inf)
    no_deal = here.game.no_deal * stakes[None, :, None]
    countries = planner_value(here.game, signing, no_deal) - payoffs
    joint = planner_value(here.game, signing + expected_hegemon_gain(here.game), no_deal)
    joint -= payoffs + passed.surplus_mean
    scale = CLOSE * max(stakes.sum(), 1.0)
    assert countries == pytest.approx(planner(here.rules, joint=False) - value, abs=scale)
    gross = float(np.array(here.start.hegemon) @ here.prior)
    assert joint == pytest.approx(planner(here.rules, joint=True) - value - gross, abs=scale)
    assert min(countries, joint) >= -scale


@pytest.mark.parametrize("name", PLAYED)
def test_realised_payoffs(name: str) -> None:
    """200,000 runs of the batch kernel: every part of a payoff, and the hegemon's surplus by type, inside simultaneous
    99.9 % bands about the sum over all paths."""
    here, by_path, runs = both(name), expected(name), 200_000
    worlds, countries = play(here.game, here.prepared.policy, seed=4, replicates=runs)
    out = settle(here.prepared.setting, here.terms, worlds, countries)
    parts = {
        "terms": out.terms_share, "flow": out.flow_share, "delay": -out.delay_loss, "rebuff": -out.rebuff_loss,
        "signing": -out.signing_loss,
    }  # fmt: skip
    numbers = [
        (values[:, i], by_path.parts[i, PARTS.index(part)]) for part, values in parts.items() for i in range(here.n)
    ]
    numbers += [(out.payoff_share[:, i], by_path.payoff[i]) for i in range(here.n)]
    numbers += [(out.has_deal[:, i].astype(float), by_path.p_deal[i]) for i in range(here.n)]
    numbers += [(out.hegemon_surplus_bn[worlds["firm"] == kind], by_path.surplus[kind]) for kind in (SOFT, FIRM)]
    z = norm.isf(0.001 / 2 / len(numbers))
    for values, mean in numbers:
        assert abs(values.mean() - mean) <= z * values.std(ddof=1) / np.sqrt(len(values)) + 1e-12
    assert all(values.std() > 0 for values, _ in numbers[-2:])


def test_the_soft_type_s_claim_binds_a_full_package() -> None:
    """In the game of that name the full package gives the hegemon exactly what a soft type could wait for."""
    here = both("the soft type asks for more than the firm one")
    setting, bound = here.rules.setting, 0
    for known in (0, 1):
        full, later = here.table[0, 0, FIRM, 0, known], here.table[0, 0, SOFT, 1, known]
        assert full is not None and later is not None
        rho, threat = headline(setting, 0, 1), here.rules.execution[SOFT] * here.rules.reciprocal[0][1]
        share = own(setting, "hegemon_patience", 0) * chance_called_again(setting, 0)
        bound += full.hegemon + rho == pytest.approx(threat + share * (later.hegemon + rho - threat), abs=1e-9)
    assert bound


def test_what_comes_after_the_date_is_read_by_type() -> None:
    """In the game of that name there is no full package after the date, and what the lean one would bring counts."""
    here = both("after the date only the soft type would sign")
    assert here.table[0, 0, FIRM, 1, 0] is None and here.table[0, 0, SOFT, 1, 0] is not None
    assert here.table[0, 0, FIRM, 0, 0] is not None
    assert np.isneginf(here.game.sign[0, here.game.offsets[2]])  # so it cannot sign there at all
    assert np.isfinite(here.game.sign[0, 0])


def test_equally_priced_slices_of_sectors_go_before_those_of_open_sectors() -> None:
    """Where the terms lie inside such a pair of slices the flow says which of the two is withdrawn."""
    here = both("elasticity 1: all slices of a trade trade alike")
    inside = 0
    for (i, k, kind, after, known), signature in here.table.items():
        if signature is not None:
            sector, open_sector, _ = here.terms.levels[i, k, kind, after, known][1:4]
            cover = 1.0 if known else 0.5
            inside += open_sector == pytest.approx(cover, abs=1e-12) and sector < 1 - 1e-9
            assert not (open_sector < cover - 1e-9 and sector > 1e-9)
    assert inside > 0
