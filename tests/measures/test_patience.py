"""Implied patience: by hand, by every history of tiny games, and where it is not defined."""

import math

import numpy as np
import pytest

from agents.policy import prepare
from experiments.analysis.interval import NOT_DEFINED
from experiments.measures.catalogue import measure_rows
from experiments.measures.patience import NO_DATE, NO_GAIN_AFTER, NOTHING_AFTER, implied_patience
from experiments.measures.study import SimulatedRuns, Study
from model.case_selection import select_countries
from model.equilibrium import Equilibrium
from model.hegemon import hegemon_values, values_backward
from tests.measures.test_measures import SIX, study
from tests.tools.hegemon_by_history import FORWARD, HegemonWorld

LOOKING = {"hegemon": FORWARD}
KOR, JPN, VNM, GBR, AUS, IND = range(6)


def patience(of: Study, iso3: str) -> float:
    found = implied_patience(of, of.prepared.setting.case.ids.index(iso3))["total"]
    assert found.defined, found.method
    return found.value


def few(ids: str, overrides: dict[str, float]) -> Study:
    return study(overrides, LOOKING, case=select_countries(SIX, ids.split(), "tests"))


# By hand: Korea alone, who is called at every meeting and signs wherever both sides gain

CERTAIN = {
    "choice_precision": 1e6,
    "sector_news_rate": 0,
    "early_effect": 0,
    "ratification_slope": 0,
    "signing_cost": 0,
    "meetings_per_week": 1,
}


@pytest.mark.parametrize("flexibility", [0.0, 0.6, 1.0])
def test_alone_and_certain_to_sign_later_it_insists_on_all(flexibility: float) -> None:
    """At the last meeting both sign; until then going on is worth that deal. Whatever the caps before the date."""
    limits = {f"KOR.ratification_{when}": 1 for when in ("before", "after")}
    for days in (14, 70):
        date = {"window_days": days, "KOR.date": days - 7, "KOR.flexibility_before": flexibility}
        assert patience(few("KOR", CERTAIN | limits | date), "KOR") == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("ratified", [0.2, 0.5, 0.9])
def test_the_chance_of_a_failed_ratification_makes_it_impatient(ratified: float) -> None:
    """Two meetings, the second after the date: what it gives up is r (H - E[q] m)."""
    here = few("KOR", CERTAIN | {"window_days": 14, "KOR.date": 7, "KOR.ratification_after": ratified})
    assert patience(here, "KOR") == pytest.approx(ratified, abs=1e-9)


def test_it_is_per_chance_of_being_called_again() -> None:
    """Korea and a Japan that cannot sign, called alike: the chance of one more call is a half, and is no impatience."""
    still = {"JPN.ratification_before": 0, "JPN.ratification_after": 0, "KOR.ratification_after": 1}
    two = few("KOR JPN", CERTAIN | still | {"window_days": 14, "KOR.date": 7, "hegemon_precision": 0})
    assert patience(two, "KOR") == pytest.approx(1, abs=1e-9)


# By every history

WORLDS = {
    "two": ("KOR JPN", {"window_days": 5, "sector_news_rate": 0.2, "KOR.date": 2, "JPN.date": 4}),
    "extended": (
        "KOR VNM",
        {
            "window_days": 3,
            "extension_probability": 0.4,
            "extension_days": 3,
            "sector_news_rate": 0.1,
            "KOR.date": 1,
            "delay_cost": 0.2,
            "headline_value": 0.05,
            "deal_horizon": 0.4,
            "precedent_accuracy": 0.9,
        },
    ),
    "three": ("GBR JPN AUS", {"window_days": 4, "sector_news_rate": 0.3, "prior_firm": 0.3, "GBR.date": 1}),
}


@pytest.mark.parametrize("name", WORLDS)
def test_it_is_that_of_every_history(name: str) -> None:
    ids, overrides = WORLDS[name]
    here = few(ids, overrides)
    setting, p = here.prepared.setting, here.prepared.setting.parameters
    world = HegemonWorld(setting, FORWARD)
    world.before()
    dated = [i for i in range(world.n) if any(world.regime(i, m) for m in range(1, world.regular))]
    compared = 0
    for i in (i for i in dated if not world.regime(i, 0)):
        first = next(m for m in range(world.regular) if world.regime(i, m))
        (before,), (after,) = (world.seen[m, 0, 0, 0] for m in (first - 1, first))
        breakdown = float(np.array([1 - p.prior_firm, p.prior_firm]) @ world.q) * world.worth[i]["price"]
        agreement = after[i].agreement
        assert agreement is not None
        weights = [float(country.priority) for country in setting.countries]
        again = 1 - (1 - weights[i] / math.fsum(weights)) ** (world.regular - first)
        gain = float(agreement.hegemon[0]) + world.headline(0) - breakdown
        insisted = before[i].least + world.headline(0) - breakdown
        assert patience(here, setting.countries[i].iso3) == pytest.approx(insisted / again / gain, abs=1e-8)
        compared += 1
    assert compared


# Case six


def test_korea_s_is_near_one_and_does_not_depend_on_what_is_studied() -> None:
    """At the defaults it is called again for certain and the deal after the date hardly differs from the last ones."""
    found = [patience(study({}, mix), "KOR") for mix in (LOOKING, {})]
    assert found[0] == found[1] == pytest.approx(0.99, abs=0.01)


def test_not_defined_with_the_reason() -> None:
    def method(overrides: dict[str, float | None], i: int = KOR, mix: dict[str, str] | None = None) -> str:
        ready = prepare("six", mix, factors=overrides)
        found = implied_patience(Study(ready, SimulatedRuns(2, 4000)), i)["total"]
        assert not found.defined
        return found.method

    assert method({}, JPN) == NO_DATE  # after the deadline
    assert method({}, VNM) == method({"KOR.date": None}) == method({"KOR.date": 0}) == NO_DATE
    assert method({"KOR.ratification_after": 0}) == NOTHING_AFTER
    assert method({"adjustment_loss": 0}) == NOT_DEFINED
    assert "hegemon=forward_looking cannot be played" in method({}, KOR, {"KOR": "forecaster"})
    assert NO_GAIN_AFTER.startswith(NOT_DEFINED)


def test_it_is_a_ratio_and_stands_in_no_other_unit() -> None:
    (row,) = measure_rows(study(), ["implied_patience"], ["KOR"])
    assert (row["part"], row["unit"], row["method"]) == ("total", "ratio", "exact")


@pytest.mark.parametrize("extension", [0.0, 0.4])
def test_the_values_on_the_way_are_those_of_the_solver(extension: float) -> None:
    """Also at the meeting at the deadline, before which the extension is mixed in."""
    ready = study({"extension_probability": extension}, LOOKING).prepared
    found = ready.solution.equilibrium
    assert isinstance(found, Equilibrium)
    for _, after, before in values_backward(ready.game, ready.policy):
        assert np.isfinite(after).all() and not np.shares_memory(after, before)
    np.testing.assert_allclose(before[:, 0], found.hegemon, rtol=0, atol=1e-9)
    assert hegemon_values(ready.game, ready.policy).tobytes() == before[:, 0].tobytes()
