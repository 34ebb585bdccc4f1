"""The parts of a payoff add up to what the game is played with, and those of waiting to the values of the solver."""

import numpy as np
import pytest
from hypothesis import given

from agents.policy import Prepared, prepare
from model.crowd_values import crowd_values
from model.equilibrium import evaluate
from model.forward import distribution
from model.parts import COLUMNS, DEAL, PARTS, Account, account_of
from model.solver import APPROXIMATE, EXACT, waiting_under
from model.states import PublicState, count_states
from tests.tools.parameter_space import Play, examined, payoff_scale, plays, set_columns


def account(prepared: Prepared, i: int) -> Account:
    return account_of(prepared.setting, prepared.terms, prepared.game, i)


def total(parts: np.ndarray) -> np.ndarray:
    return np.asarray(parts[..., : len(PARTS)].sum(axis=-1))


def check_against_exact(prepared: Prepared) -> None:
    """Signing, no deal, and waiting in every state that can come about."""
    game, scale = prepared.game, payoff_scale(prepared)
    n, meetings = len(game.who), len(game.offsets) - 1
    found, waiting = evaluate(game, prepared.policy, keep_wait=True), waiting_under(game, prepared.solution)
    assert waiting.method == EXACT
    for i in range(n):
        own = account(prepared, i)
        can = game.sign[i] > -np.inf
        np.testing.assert_allclose(total(own.signing)[can], game.sign[i, can], rtol=0, atol=1e-12 * scale)
        assert not own.signing[~can].any() and own.signing.shape[1] == COLUMNS
        np.testing.assert_allclose(total(own.no_deal), game.no_deal[:, i], rtol=0, atol=1e-12 * scale)
        columns = [row for row in set_columns(n).T if row[1] == i]
        states = [
            PublicState(m, 0, signed, h, z, mask) for m in range(meetings) for _, _, mask, signed, h, z in columns
            if signed <= m
        ]  # fmt: skip
        expected = [found.wait[s.meeting, found.state(i, s.mask, s.harsh, s.known)] for s in states]
        parts = waiting.parts(i, own, states)
        np.testing.assert_allclose(total(parts), expected, rtol=0, atol=1e-12 * scale)
        assert ((parts[:, DEAL] >= -1e-12) & (parts[:, DEAL] <= 1.0 + 1e-12)).all()


@examined(40)
@given(plays(meetings=12))
def test_parts_add_up_wherever_the_parameters_lie(play: Play) -> None:
    check_against_exact(play.prepare())


@pytest.mark.slow
@examined(600)
@given(plays(meetings=30))
def test_parts_add_up_over_the_whole_space(play: Play) -> None:
    check_against_exact(play.prepare())


@pytest.mark.parametrize("strategy", [{}, {"KOR": "wait_and_see", "JPN": "script:20"}, {"default": "aspiration"}])
@pytest.mark.parametrize("extension", [0.0, 0.4])
def test_the_start_of_six(strategy: dict[str, str], extension: float) -> None:
    """What a country comes to from the first meeting on: the value of the game, and the chance of a deal."""
    prepared = prepare("six", strategy, factors={"extension_probability": extension, "delay_cost": 0.03})
    game, found = prepared.game, evaluate(prepared.game, prepared.policy)
    outcome, waiting = distribution(game, found), waiting_under(game, prepared.solution)
    called = game.call_weight[0] / game.call_weight[0].sum()
    signs = [called[j] * found.probability(j, 0) * game.ratification[j, 0] for j in range(6)]
    for i in range(6):
        own = account(prepared, i)
        states = [PublicState(0, 0, 0, 0, 0, 0)]
        states += [PublicState(0, 0, 1, h, 0, 1 << j) for j in range(6) if j != i for h in (0, 1)]
        stay, *risen = waiting.parts(i, own, states)
        start = stay + signs[i] * (own.signing[0] - stay)
        for k, j in enumerate(j for j in range(6) if j != i):
            mild, harsh = risen[2 * k], risen[2 * k + 1]
            start = start + signs[j] * (game.harsh[0] * harsh + (1 - game.harsh[0]) * mild - stay)
        assert total(start) == pytest.approx(found.value[i], abs=1e-12)
        assert start[DEAL] == pytest.approx(outcome.p_deal[i], abs=1e-12)


def test_nothing_at_stake_has_no_parts() -> None:
    prepared = prepare("free_trade")
    waiting = waiting_under(prepared.game, prepared.solution)
    for i in range(len(prepared.game.who)):
        own = account(prepared, i)
        assert not own.signing.any() and not own.no_deal.any() and (own.sign == -np.inf).all()
        assert not waiting.parts(i, own, [PublicState(3, 3, 0, 0, 0, 0)]).any()


@pytest.mark.parametrize("strategy", [{}, {"default": "bandwagon", "KOR": "equilibrium"}])
def test_among_many_parts_add_up_to_the_moment_based_values(strategy: dict[str, str]) -> None:
    prepared = prepare("eighteen", strategy, factors={"extension_probability": 0.3, "delay_cost": 0.02})
    game, values = prepared.game, crowd_values(prepared.game, prepared.policy)
    waiting, table = waiting_under(game, prepared.solution), count_states(18, len(game.offsets) - 1)
    assert waiting.method == APPROXIMATE
    every = np.flatnonzero((table[:, 1] < 18) & (table[:, 1] <= table[:, 0]))[::7]
    states = [PublicState(int(m), 0, int(n), int(h), int(z), 0) for m, n, h, z in table[every]]
    for i in (0, 4, 17):
        parts = waiting.parts(i, account(prepared, i), states)
        np.testing.assert_allclose(total(parts), values.wait[i, every], rtol=0, atol=1e-12)


def test_identical_countries_have_the_same_parts_by_either_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among identical countries the moment-based world is the exact one."""
    twins = Play(("KOR",) * 5, {"choice_precision": 40.0}, ("equilibrium",) * 5)
    exact = twins.prepare()
    monkeypatch.setattr("model.solver.MOST_BYTES", 1)
    crowd = twins.prepare()
    assert exact.exact and not crowd.exact and set(exact.game.sign[:, 0]) == {exact.game.sign[0, 0]}
    states = [PublicState(m, 0, n, h, z, (1 << n) - 1) for m, n, h, z in ((0, 0, 0, 0), (30, 2, 1, 0), (60, 3, 3, 1))]
    found = [waiting_under(one.game, one.solution).parts(4, account(one, 4), states) for one in (exact, crowd)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6, atol=1e-6)
