"""The exact forward pass: its identities, and Monte Carlo from the batch kernel inside simultaneous bands."""

import numpy as np
import pytest
from scipy import stats

from agents.policy import Prepared, prepare, strategies_of
from agents.strategies import CATALOGUE
from experiments.reports.solution import solve_report
from experiments.reports.validation import all_checks
from model.case_file import load_case
from model.equilibrium import Equilibrium, solve
from model.expected import outcome_atoms
from model.forward import Distribution, distribution
from model.kernel import play
from model.outcomes import settle
from model.regret import regrets
from model.setting import make_setting

MIXES: tuple[dict[str, str], ...] = (
    {},
    {"default": "myopic"},
    {"default": "bandwagon", "GBR": "equilibrium"},
    {"KOR": "wait_and_see", "JPN": "script:20", "AUS": "script:never"},
    {"default": "deadline", "VNM": "aspiration"},
    {"hegemon": "choosing", "KOR": "forecaster"},
    {"hegemon": "forward_looking"},
    {"hegemon": "forward_looking", "KOR": "wait_and_see", "JPN": "script:20", "AUS": "bandwagon"},
)
SETTINGS: tuple[dict[str, float], ...] = (
    {},
    {"extension_probability": 0.4, "sector_news_rate": 0.03},
    {"prior_firm": 0.2, "precedent_accuracy": 0.9, "KOR.domestic_constraint": 0.0, "meetings_per_week": 9.0},
)
RUNS = 20_000
# Every strategy played by all, then mixes, up to six different ones.
PLAYED: tuple[dict[str, str], ...] = (
    *({"default": name} for name in (*CATALOGUE, "script:30")),
    *MIXES[2:],
    {"default": "forecaster", "KOR": "equilibrium"},
    {"KOR": "equilibrium", "JPN": "aspiration", "VNM": "bandwagon", "GBR": "wait_and_see", "AUS": "deadline",
     "IND": "forecaster"},
    {"KOR": "myopic", "JPN": "script:5", "VNM": "equilibrium", "GBR": "aspiration", "AUS": "forecaster",
     "IND": "bandwagon"},
)  # fmt: skip


def exact(strategy: dict[str, str], overrides: dict[str, float]) -> tuple[Prepared, Equilibrium, Distribution]:
    case = load_case("six")
    prepared = prepare(make_setting(case, overrides), strategies_of(case, strategy))
    evaluated = solve(prepared.game, prepared.policy, np.zeros(6, np.bool_))
    return (
        prepared,
        evaluated,
        distribution(prepared.game, evaluated),
    )


@pytest.mark.parametrize("strategy", MIXES)
@pytest.mark.parametrize("overrides", SETTINGS)
def test_row_17_forward_payoff_is_the_value(strategy: dict[str, str], overrides: dict[str, float]) -> None:
    """Three ways to the same payoff: backward values, the forward pass under beliefs, and atoms under the true type."""
    prepared, evaluated, found = exact(strategy, overrides)
    np.testing.assert_allclose(found.value, evaluated.value, atol=1e-12)
    atoms = outcome_atoms(prepared.setting, prepared.terms, found)
    np.testing.assert_allclose(atoms.mean(atoms.payoff_share), evaluated.value, atol=1e-12)
    np.testing.assert_allclose(atoms.probability.sum(axis=0), 1.0, atol=1e-12)
    np.testing.assert_allclose(found.deals.sum(), 1.0, atol=1e-12)
    np.testing.assert_allclose(found.deals @ np.arange(7), found.p_deal.sum(), atol=1e-12)
    np.testing.assert_allclose(found.by_rank.sum(axis=0), [found.deals[k + 1 :].sum() for k in range(6)], atol=1e-12)


@pytest.mark.parametrize("k", range(len(PLAYED)), ids=lambda k: " ".join(f"{a}={b}" for a, b in PLAYED[k].items()))
def test_row_18_monte_carlo_lies_in_simultaneous_bands(k: int) -> None:
    """Every probability that `solve` reports, against the kernel's frequency, for every strategy and mix, in bands
    that hold for all of them together with 99.9 % (Bonferroni over cells and mixes, binomial)."""
    strategy, overrides = PLAYED[k], SETTINGS[k % 3]
    prepared, _, found = exact(strategy, overrides)
    worlds, records = play(prepared.game, prepared.policy, seed=11, replicates=RUNS,
    )  # fmt: skip
    outcomes = settle(prepared.setting, prepared.terms, worlds, records)
    meetings = found.by_meeting.shape[1]
    seen = {
        "deal by meeting": np.array([(records["deal_meeting"] == m).sum(axis=0) for m in range(meetings)]).T,
        "rank": np.array([(records["rank"] == k + 1).sum(axis=0) for k in range(6)]).T,
        "package": np.array([(records["package"] == k).sum(axis=0) for k in range(1, 4)]).T,
        "deals": np.bincount(worlds["signed"], minlength=7),
        "executed": (records["executed"] == 1).sum(axis=0),
    }
    told = {
        "deal by meeting": found.by_meeting,
        "rank": found.by_rank,
        "package": found.atoms.sum(axis=(1, 2, 3))[:, 1:],
        "deals": found.deals,
        "executed": found.no_deal[:, :, 1].sum(axis=1),
    }
    comparisons = sum(table.size for table in told.values())
    level = 1 - 0.001 / comparisons / len(PLAYED)
    for name, chance in told.items():
        low, high = stats.binom.interval(level, RUNS, np.clip(chance, 0, 1))
        assert np.all((seen[name] >= low) & (seen[name] <= high)), name
    error = found.surplus_sd / np.sqrt(RUNS)
    assert abs(outcomes.hegemon_surplus_bn.mean() - found.surplus_mean) <= 4 * error  # both 0 where nobody signs
    assert outcomes.hegemon_surplus_bn.std() == pytest.approx(found.surplus_sd, rel=0.05)


def test_report_agrees_with_runs() -> None:
    prepared, _, _ = exact({}, {})
    report = solve_report(prepared, with_regret=False)
    worlds, records = play(prepared.game, prepared.policy, seed=2, replicates=RUNS,
    )  # fmt: skip
    outcomes = settle(prepared.setting, prepared.terms, worlds, records)
    days = np.where(outcomes.deal_rank > 0, outcomes.deal_day, outcomes.end_day[:, None])
    for i, row in enumerate(report["countries"]):
        assert row["days_waited_mean"] == pytest.approx(days[:, i].mean(), abs=4 * days[:, i].std() / np.sqrt(RUNS))
        assert row["tariff_mean"] == pytest.approx(outcomes.tariff_final[:, i].mean(), abs=0.005)
        assert row["days_waited_q50"] == pytest.approx(np.median(days[:, i]), abs=2)
        assert row["days_waited_q10"] <= row["days_waited_q50"] <= row["days_waited_q90"]


@pytest.mark.parametrize("strategy", MIXES)
def test_regret_is_never_negative_and_a_best_response_has_none(strategy: dict[str, str]) -> None:
    prepared, _, _ = exact(strategy, {})
    found = regrets(prepared.game, prepared.policy)
    assert np.all(found.regret >= -1e-12)
    decisive = prepared.game._replace(precision=np.full(6, 1e200))
    best = solve(decisive)
    np.testing.assert_allclose(regrets(decisive, best.policy()).regret, 0.0, atol=1e-9)


def test_every_known_result_is_reproduced() -> None:
    """What `tariff-pause validate` prints."""
    checks = all_checks()
    assert len(checks) >= 59
    assert [check for check in checks if not check.passed] == []
