"""What holds at every legal parameter point (hypothesis), on three countries of case `six`: policies, runs, acceptance.

`test_symmetry.py` and `test_whole_space.py` have the rest."""

import dataclasses

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.policy import Prepared, prepare, strategies_of
from agents.strategies import CATALOGUE
from model.calls import NEVER
from model.case import Case, Country
from model.case_file import load_case
from model.declaration import quantities
from model.equilibrium import solve
from model.forward import distribution
from model.kernel import play
from model.outcomes import Outcomes, settle
from model.parameters import Parameters
from model.setting import make_setting
from model.terms import FIRM, NOTHING_AT_STAKE, SOFT

SIX = load_case("six")
KOR, JPN, GBR = (SIX.country(iso3, "tests") for iso3 in ("KOR", "JPN", "GBR"))
RUNS = 20
OFTEN = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def case_of(*countries: Country) -> Case:
    return dataclasses.replace(SIX, countries=countries)


THREE = case_of(KOR, JPN, GBR)


@st.composite
def points(draw: st.DrawFn) -> dict[str, float]:
    """Overrides anywhere in the legal space, end points included: some parameters, country data, window."""
    every = quantities(Parameters)
    names = draw(st.sets(st.sampled_from(sorted(every)), max_size=8))
    point = {name: draw(st.floats(every[name].low, every[name].high)) for name in sorted(names)}
    for low, high in (("execution_soft", "execution_firm"), ("sector_relief_rate", "sector_rate")):
        if low in point or high in point:
            first, second = draw(st.floats(0, 1)), draw(st.floats(0, 1))
            point[low], point[high] = min(first, second), max(first, second)
    if draw(st.booleans()):
        unit = st.floats(0, 1)
        point |= {"KOR.flexibility_before": draw(unit), "KOR.floor_before": draw(unit), "JPN.delay_cost": draw(unit)}
        point |= {"GBR.ratification_before": draw(unit), "KOR.date": float(draw(st.integers(0, 120)))}
    if draw(st.booleans()):
        point |= {"extension_probability": draw(st.sampled_from([0.0, 0.3, 1.0]))}
        point |= {"meetings_per_week": float(draw(st.integers(1, 9)))}
    return point


MIXES = st.sampled_from([{}, *({"default": name} for name in CATALOGUE), {"KOR": "wait_and_see", "JPN": "script:20"}])


def ready(point: dict[str, float], mix: dict[str, str] | None = None, case: Case = THREE) -> Prepared:
    return prepare(make_setting(case, point), strategies_of(case, mix))


def played(prepared: Prepared) -> tuple[np.ndarray, np.ndarray, Outcomes]:
    worlds, records = play(prepared.game, prepared.policy, seed=4, replicates=RUNS,
    )  # fmt: skip
    return worlds, records, settle(prepared.setting, prepared.terms, worlds, records)


@OFTEN
@given(points(), MIXES)
def test_policies_are_probabilities_and_the_forward_pass_adds_up(point: dict[str, float], mix: dict[str, str]) -> None:
    prepared = ready(point, mix)
    n = len(prepared.game.who)
    evaluated = solve(prepared.game, prepared.policy, np.zeros(n, np.bool_))
    for table in (prepared.policy.by_count, prepared.policy.by_set, evaluated.by_set):
        assert np.all((table >= 0) & (table <= 1))
    assert np.all(np.isfinite(evaluated.value))
    found = distribution(prepared.game, evaluated)
    np.testing.assert_allclose(found.p_deal + found.no_deal.sum(axis=(1, 2)), 1.0, atol=1e-10)
    np.testing.assert_allclose(found.value, evaluated.value, atol=1e-10 * max(1.0, np.abs(evaluated.value).max()))


@OFTEN
@given(points(), MIXES)
def test_runs_keep_the_rules(point: dict[str, float], mix: dict[str, str]) -> None:
    """Ranks a permutation, days in the window, rates between baseline and threat, payoffs finite, no deal without a
    zone of agreement."""
    prepared = ready(point, mix)
    worlds, records, out = played(prepared)
    terms = prepared.terms
    signed = records["deal_meeting"] != NEVER
    for run in range(RUNS):
        ranks = np.sort(out.deal_rank[run][signed[run]])
        np.testing.assert_array_equal(ranks, np.arange(1, worlds["signed"][run] + 1))
    assert np.all(out.deal_day[signed] >= 0)
    assert np.all(out.deal_day < out.end_day[:, None])
    assert np.all((out.tariff_final >= terms.baseline - 1e-12) & (out.tariff_final <= terms.threatened + 1e-12))
    assert np.all(out.sector_rate_final >= terms.sector_relief_rate - 1e-12)
    assert np.all(out.sector_rate_final <= terms.sector_rate + 1e-12)
    assert np.all(np.isfinite(out.payoff_bn)) and np.all(np.isfinite(out.hegemon_surplus_bn))
    for run, i in zip(*np.nonzero(signed), strict=True):
        regime = prepared.game.packages.regime[i, records["deal_meeting"][run, i]]
        at = (i, out.deal_rank[run, i] - 1, FIRM, regime, records["known"][run, i])
        assert np.isfinite(terms.payoff[at])
        assert terms.stakes[i] >= NOTHING_AT_STAKE


@OFTEN
@given(points())
def test_nobody_accepts_less_than_disagreement(point: dict[str, float]) -> None:
    """Each side's terms beat its disagreement point; the firm type's also the soft hegemon's, who accepts them."""
    terms = ready(point, {"default": "myopic"}).terms
    d, d_h = (side[:, None, :, None, None] for side in terms.disagreement)
    slack = 1e-9 * (1 + np.abs(terms.stakes) + np.abs(terms.headline).max(axis=1))[:, None, None, None, None]
    worth = terms.hegemon + terms.headline[:, :, None, None, None]
    agreed = np.isfinite(terms.payoff)
    assert np.all((terms.payoff >= d - slack) | ~agreed)
    assert np.all((worth >= d_h - slack) | ~agreed)
    soft_too = worth[:, :, FIRM] >= d_h[:, :, SOFT] - slack[:, :, 0]
    assert np.all(soft_too | ~agreed[:, :, FIRM])
