"""Payoffs, days and first calls against each hegemon: what `solve` says of each, and whom the runs call first."""

import numpy as np
import pytest

from agents.call_reason import Candidate
from agents.hegemon_strategies import HEGEMON_CATALOGUE
from agents.negotiation import Negotiation
from agents.policy import prepare
from experiments.measures.hegemons import calls_at_first, days_waited, first_call, payoff, rank_payoff
from experiments.measures.study import Study
from experiments.reports.solution import solve_report
from model.expected import outcome_atoms

FACTORS = {"headline_value": 0.03, "hegemon_precision": 60.0}


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(prepare("six", factors=FACTORS))


@pytest.mark.parametrize("hegemon", HEGEMON_CATALOGUE)
def test_it_is_what_solve_says_against_that_hegemon(study: Study, hegemon: str) -> None:
    report = solve_report(prepare("six", {"hegemon": hegemon}, factors=FACTORS), False)
    for i, row in enumerate(report["countries"]):
        assert payoff(study, i)[hegemon].value == pytest.approx(row["payoff_share_mean"], abs=1e-12)
        assert days_waited(study, i)[hegemon].value == pytest.approx(row["days_waited_mean"], abs=1e-9)


@pytest.mark.parametrize("hegemon", HEGEMON_CATALOGUE)
def test_payoffs_by_rank_add_up_to_the_payoff(study: Study, hegemon: str) -> None:
    """With the chances of each rank, and what no deal brings; and they are the means of the runs."""
    prepared = study.against(hegemon)
    expected = study.payoffs_against(hegemon)
    assert prepared is not None and expected is not None
    runs = study.realised(prepared.game, prepared.policy)
    atoms = outcome_atoms(prepared.setting, prepared.terms, expected)
    for i in range(6):
        by_rank = [rank_payoff(study, i)[f"{hegemon}_{rank}"] for rank in range(1, 7)]
        signed = sum(
            chance * found.value for chance, found in zip(expected.by_rank[i], by_rank, strict=True) if found.defined
        )
        none = np.where(atoms.has_deal[:, i], 0.0, atoms.payoff_share[:, i]) @ atoms.probability[:, i]
        assert signed + none == pytest.approx(expected.value[i], abs=1e-10)
        for rank, found in enumerate(by_rank, 1):
            seen = runs.payoff_share[runs.deal_rank[:, i] == rank, i]
            if len(seen) > 100:
                assert found.value == pytest.approx(seen.mean(), abs=4.5 * seen.std() / np.sqrt(len(seen)) + 1e-9)


@pytest.mark.parametrize("hegemon", HEGEMON_CATALOGUE)
def test_the_chance_of_the_first_call_is_how_often_it_comes(study: Study, hegemon: str) -> None:
    prepared = prepare("six", {"hegemon": hegemon}, factors=FACTORS)
    chance = np.array([first_call(study, i)[hegemon].value for i in range(6)])
    assert chance.sum() == pytest.approx(1.0, abs=1e-12)
    seen = np.zeros(6)
    for seed in range(600):
        model = Negotiation(prepared=prepared, seed=seed)
        model.step()
        seen[model.events[0].country] += 1
    assert (np.abs(seen / 600 - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / 600)).all()


def chances_of(called: dict[str, Candidate]) -> dict[str, float]:
    return {iso3: one.chance for iso3, one in called.items()}


def test_who_is_called_more_often_than_by_lottery_is_worth_more(study: Study) -> None:
    """The logit of the calls: log (chance over lottery) differs by precision times what is expected."""
    for hegemon in ("choosing", "forward_looking"):
        called = {one.country: one for one in calls_at_first(prepare("six", {"hegemon": hegemon}, factors=FACTORS))}
        by_lottery = {one.country: one.chance for one in calls_at_first(prepare("six", factors=FACTORS))}
        chance, lottery = (np.array([table[iso3] for iso3 in called]) for table in (chances_of(called), by_lottery))
        worth = np.array([one.beyond_lottery_bn for one in called.values()])
        assert abs(lottery @ worth) < 1e-12
        slope = FACTORS["hegemon_precision"] / study.prepared.terms.stakes.mean()
        gap = np.log(chance / lottery)
        assert gap - gap[0] == pytest.approx(slope * (worth - worth[0]), abs=1e-9)


def test_not_defined_where_it_cannot_be() -> None:
    large = Study(prepare("eighteen", {"default": "myopic"}))
    assert payoff(large, 0)["choosing"].method == "not defined: hegemon=choosing cannot be played here"
    assert not days_waited(large, 0)["forward_looking"].defined and not first_call(large, 0)["choosing"].defined
    still = Study(prepare("free_trade"))
    assert not any(found.defined for found in payoff(still, 0).values())
    by_lottery = Study(prepare("six", factors={"hegemon_precision": 0.0}))
    found = first_call(by_lottery, 1)
    assert found["choosing"].value == pytest.approx(found["promise_keeping"].value, abs=1e-12)
    assert not found["worth_choosing"].defined
