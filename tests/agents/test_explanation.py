"""Why an agent moved: the parts add up, and they are the numbers that the game was played with."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from typer.testing import CliRunner

from agents.explanation import PARTS, Explanation, explain_run
from agents.negotiation import Negotiation
from agents.policy import Prepared, prepare, strategies_of
from experiments.cli import app
from model.case_file import load_case
from model.choice import move_probability
from model.grants import OPEN_SECTOR
from model.setting import make_setting
from model.solver import waiting_values

MIXES: tuple[dict[str, str], ...] = ({}, {"KOR": "wait_and_see", "JPN": "script:20"}, {"default": "aspiration"})


def prepared_six(strategy: dict[str, str], **overrides: float) -> Prepared:
    case = load_case("six")
    return prepare(make_setting(case, overrides), strategies_of(case, strategy))


def calls_of(prepared: Prepared, seed: int) -> list[tuple[int, Explanation]]:
    """Every call of every country in a run."""
    model = Negotiation(prepared=prepared, seed=seed)
    while model.running:
        model.step()
    values = waiting_values(prepared.game, prepared.policy)
    calls = [(i, account) for i in range(6) for account in explain_run(model, i, values)]
    assert len(calls) == len(model.events)
    return calls


@pytest.mark.parametrize("strategy", MIXES)
@pytest.mark.parametrize("extension", [0.0, 1.0])
def test_identities(strategy: dict[str, str], extension: float) -> None:
    prepared = prepared_six(strategy, extension_probability=extension)
    for _, account in calls_of(prepared, seed=3):
        assert tuple(account.parts) == PARTS
        assert account.signing is not None and account.waiting is not None and account.moving is not None
        assert account.advantage is not None and account.option_value is not None
        assert account.signing == pytest.approx(sum(account.parts.values()), abs=1e-12)
        r = account.ratification
        assert account.moving == pytest.approx(r * account.signing + (1 - r) * account.waiting, abs=1e-12)
        assert account.advantage == pytest.approx(account.moving - account.waiting, abs=1e-12)
        assert account.waiting == pytest.approx(account.no_deal + account.option_value, abs=1e-12)
        assert account.parts["reciprocal_relief"] >= 0
        assert account.parts["concessions"] <= 0
        assert account.parts["rebuff_risk"] == (
            0 if account.package == "full" else pytest.approx(-account.belief_firm * 0.2)
        )


def test_equilibrium_moves_by_the_logit_of_the_advantage_shown() -> None:
    prepared = prepared_six({})
    for i, account in calls_of(prepared, seed=5):
        assert account.advantage is not None
        odds = prepared.game.base_log_odds[i, account.signed_before]
        expected = move_probability(account.advantage, prepared.game.precision[i], odds)
        assert account.probability == pytest.approx(expected, abs=1e-12)


def test_waiting_is_worth_the_value_of_the_game_at_its_start() -> None:
    """Under everybody's true policy the values found by evaluation are those of the equilibrium."""
    prepared = prepared_six({})
    values = waiting_values(prepared.game, prepared.policy)
    assert values is not None and prepared.solution.equilibrium is not None
    np.testing.assert_allclose(values.values.value, prepared.solution.equilibrium.value, atol=1e-13)


def test_open_sector_relief_is_capped_before_the_news_only() -> None:
    prepared = prepared_six({}, sector_news_rate=0.05)
    full = prepared.terms.grant_gain[:, OPEN_SECTOR] / prepared.terms.stakes
    seen = set()
    for i, account in calls_of(prepared, seed=1):
        most = full[i] if account.sector_news else full[i] * 0.5
        assert account.parts["open_sector_relief"] <= most + 1e-12
        seen.add(account.sector_news)
    assert seen == {False, True}


def test_a_country_that_cannot_sign_says_so() -> None:
    prepared = prepared_six({}, **{"KOR.floor_before": 1.0, "KOR.floor_after": 1.0})
    accounts = [account for i, account in calls_of(prepared, seed=2) if i == 0]
    assert accounts
    for account in accounts:
        assert (account.package, account.parts, account.signing, account.probability) == ("none", {}, None, 0.0)
        assert account.answer == "waited"


def test_beyond_the_exact_solver_waiting_is_approximate_and_says_so() -> None:
    """In equilibrium the chance of moving is still the logit of the advantage shown."""
    case = load_case("eighteen")
    prepared = prepare(make_setting(case), strategies_of(case))
    model = Negotiation(prepared=prepared, seed=1)
    while model.running:
        model.step()
    values = waiting_values(prepared.game, prepared.policy)
    accounts = [(i, account) for i in range(18) for account in explain_run(model, i, values)]
    assert len(accounts) == len(model.events)
    for i, account in accounts:
        assert account.waiting_method == "moment-based approximation"
        if account.advantage is not None:
            odds = prepared.game.base_log_odds[i, account.signed_before]
            move = move_probability(account.advantage, prepared.game.precision[i], odds)
            assert account.probability == pytest.approx(float(move), abs=1e-6)


def test_command_line() -> None:
    shown = CliRunner().invoke(app, ["run", "--explain", "KOR", "--seed", "5"])
    assert shown.exit_code == 0
    assert "moving against waiting" in shown.output
    document = json.loads(CliRunner().invoke(app, ["run", "--explain", "KOR", "--seed", "5", "--json"]).output)
    expected = [account for i, account in calls_of(prepared_six({}), seed=5) if i == 0]
    assert document["explanation"] == [asdict(account) for account in expected]
    korea = document["countries"][0]
    assert korea["called_count"] == len(expected)
    assert (korea["deal_day"] == expected[-1].day) == (expected[-1].answer == "signed")
