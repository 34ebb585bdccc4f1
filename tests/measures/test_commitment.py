"""What a promise is worth, and all measures against a hegemon that plays."""

import numpy as np
import pytest

from experiments.analysis.interval import NOT_DEFINED
from experiments.measures.catalogue import CATALOGUE, date_rows, measure_rows
from experiments.measures.commitment import NO_ZONE, hegemon_choices, premium, worth_of_commitment
from experiments.measures.first_mover import causal, first_mover_advantage
from experiments.measures.study import NO_TABLE, SimulatedRuns, Study
from experiments.measures.welfare import hegemon_surplus, planner_loss
from experiments.notebook import measure, solve
from experiments.tables.schema import SHARE
from model.equilibrium import evaluate
from model.parts import PARTS, account_of
from model.solver import waiting_under
from model.states import PublicState, bit_count
from tests.measures.test_measures import SIX, study

KOR, JPN, VNM, GBR, AUS, IND = range(6)
# Promised and coming out (headline .03 and 0), Britain and Japan, by meetings a week; None: no zone. Two decimals, from
# a throw-away implementation of its own.
SCARCE = {
    0.03: {1: (0.31, 0.08), 2: (0.18, 0.06), 3: (0.11, 0.04), 6: (0.06, 0.02), 12: (None, 0.02)},
    0.0: {1: (0.06, 0.06), 2: (0.05, 0.04), 3: (0.02, 0.02), 6: (None, 0.02), 12: (None, 0.01)},
}


@pytest.mark.parametrize("headline", SCARCE)
@pytest.mark.parametrize("a_week", [1, 2, 3, 6, 12])
def test_what_is_promised_and_what_comes_out(headline: float, a_week: int) -> None:
    found = [premium(study({"headline_value": headline, "meetings_per_week": a_week}), i) for i in (GBR, JPN)]
    for one, expected in zip(found, SCARCE[headline][a_week], strict=True):
        if expected is None:
            assert one["coming_out"].method == NO_ZONE and not one["coming_out"].defined
        else:
            assert one["coming_out"].value == pytest.approx(expected, abs=0.025)
    promised = [one["promised"].value for one in found]
    # .48 and .24 at the first meeting; less of it flows from the middle of the window on
    assert promised == pytest.approx((0.43, 0.22) if headline else (0.0, 0.0), abs=0.01)


def test_what_is_promised_is_rank_alone() -> None:
    """Without flow it is the structural advantage of the first meeting, whatever the day."""
    for overrides, expected in (({}, (0.48, 0.24)), ({"early_effect": 0}, None)):
        here = study({"headline_value": 0.03, **overrides})
        first = [first_mover_advantage(here, i)["structural"].value for i in (GBR, JPN)]
        promised = [premium(here, i)["promised"].value for i in (GBR, JPN)]
        if expected is None:
            assert promised == pytest.approx(first, abs=1e-12)
        else:
            assert first == pytest.approx(expected, abs=0.01)


def test_the_premium_that_comes_out_is_a_scarcity_rent() -> None:
    """It falls with the number of meetings, as far as it is defined; the one that is promised does not."""
    out = [premium(study({"headline_value": 0.03, "meetings_per_week": k}), GBR) for k in (1, 2, 3, 6)]
    values = [one["coming_out"].value for one in out]
    assert all(np.diff(values) < -0.02) and values[-1] > 0
    assert np.ptp([one["promised"].value for one in out]) < 0.01


@pytest.mark.parametrize("kind", ["promise_keeping", "choosing", "forward_looking"])
def test_worths_are_differences_of_what_solve_says(kind: str) -> None:
    """Whatever hegemon the study is of."""
    here = study({"headline_value": 0.03}, {"hegemon": kind, "AUS": "myopic"})
    names = ("promise_keeping", "choosing", "forward_looking")
    kept, chosen, looking = (
        solve("six", strategy={"AUS": "myopic", "hegemon": name}, factors={"headline_value": 0.03}) for name in names
    )
    worth = hegemon_choices(here)
    assert worth["order"].value == pytest.approx(chosen.hegemon["surplus_bn_mean"] - kept.hegemon["surplus_bn_mean"])
    assert worth["commitment"].value == pytest.approx(
        kept.hegemon["surplus_bn_mean"] - looking.hegemon["surplus_bn_mean"]
    )
    payoff = kept.countries["payoff_share_mean"] - looking.countries["payoff_share_mean"]
    for i in range(6):
        assert worth_of_commitment(here, i)["total"].value == pytest.approx(payoff[i], abs=1e-12)


def test_where_it_cannot_be_played_the_reason_is_the_method() -> None:
    asks = study({}, {"KOR": "forecaster"})
    assert "hegemon=forward_looking cannot be played" in worth_of_commitment(asks, KOR)["total"].method
    assert hegemon_choices(asks)["order"].defined and not hegemon_choices(asks)["commitment"].defined
    frame = measure("eighteen", measures="worth_of_commitment", measured="KOR")
    assert frame["value"].isna().all()
    still = premium(study({"window_days": 5}), KOR)
    assert still["promised"].method == still["coming_out"].method == NOT_DEFINED


def test_measures_against_a_choosing_hegemon_without_precision_are_those_of_a_promise() -> None:
    """Row 31, for every measure: the same recursions, with calls by state in them."""
    factors = {"headline_value": 0.03, "hegemon_precision": 0}
    kept, chosen = (study(factors, {"IND": "bandwagon", "hegemon": kind}) for kind in ("promise_keeping", "choosing"))
    names = [*CATALOGUE]
    for one, other in zip(
        measure_rows(kept, names, ["KOR", "JPN"]), measure_rows(chosen, names, ["KOR", "JPN"]), strict=True
    ):
        assert one.keys() == other.keys()
        for key, value in one.items():
            expected = pytest.approx(value, abs=1e-12) if isinstance(value, float) else value
            assert other[key] == expected, (one, other)
    for one, other in zip(date_rows(kept, ["KOR"]), date_rows(chosen, ["KOR"]), strict=True):
        assert all(other[key] == pytest.approx(value, abs=1e-12) for key, value in one.items() if value is not None)


@pytest.mark.parametrize("precision", [20, 300])
def test_parts_of_waiting_add_up_where_the_hegemon_chooses(precision: float) -> None:
    ready = study({"hegemon_precision": precision, "headline_value": 0.03}, {"hegemon": "choosing"}).prepared
    game, found = ready.game, evaluate(ready.game, ready.policy, keep_wait=True)
    waiting = waiting_under(game, ready.solution)
    for i in range(6):
        states = [
            PublicState(meeting, 0, bit_count(mask), harsh, known, mask)
            for mask in (0, 1, 5, 9, 36)
            if not mask >> i & 1
            for meeting in (bit_count(mask), 30, 76)
            for harsh in (0, bit_count(mask))
            for known in (0, 1)
        ]
        parts = waiting.parts(i, account_of(ready.setting, ready.terms, game, i), states)
        worth = [found.wait[s.meeting, found.state(i, s.mask, s.harsh, s.known)] for s in states]
        np.testing.assert_allclose(parts[:, : len(PARTS)].sum(axis=1), worth, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kind", ["choosing", "forward_looking"])
@pytest.mark.parametrize("extension", [0.0, 0.4])
def test_exact_and_simulated_agree_against_a_hegemon_that_plays(kind: str, extension: float) -> None:
    """Being first less being last, and the surplus, inside bands of 4.5 standard errors."""
    factors = {"headline_value": 0.03, "extension_probability": extension, "choice_precision": 30, "inertia": 0.3}
    exact = study(factors, {"hegemon": kind})
    simulated = Study(exact.prepared, SimulatedRuns(6, 4000, simulate=True))
    for i in (JPN, GBR, IND):
        one, other = (causal(which, exact.prepared.game, i) for which in (exact, simulated))
        assert one.defined == other.defined
        if one.defined:
            assert abs(one.value - other.value) <= 4.5 * (other.high - other.low) / 2 / 1.96
    one, other = (hegemon_surplus(which)["mean"] for which in (exact, simulated))
    assert abs(one.value - other.value) <= 4.5 * (other.high - other.low) / 2 / 1.96


def test_what_is_not_defined_where_terms_come_out_says_why() -> None:
    looking = study({}, {"hegemon": "forward_looking"})
    found = measure_rows(looking, [*CATALOGUE], ["JPN"])
    rows = {(row["measure"], row["part"]): row for row in found if row["country"] != "JPN" or row["unit"] == SHARE}
    for key in (
        ("first_mover_advantage", "structural"),
        ("price_of_waiting", "week"),
        ("planner_loss", "joint"),
    ):
        assert rows[key]["method"] == NO_TABLE and rows[key]["value"] is None
    for key in (
        ("first_mover_advantage", "causal"),
        ("constraint_cost", "total"),
        ("option_value", "information"),
        ("hegemon_surplus", "mean"),
        ("clustering", "quiet_spell"),
    ):
        assert rows[key]["value"] is not None
    assert date_rows(looking, ["JPN"]) == []
    game, start = looking.prepared.game, evaluate(looking.prepared.game, looking.prepared.policy, keep_wait=True)
    worth = start.wait[0, start.state(JPN, 0)] - game.no_deal[0, JPN, 0]
    assert rows["option_value", "total"]["value"] == pytest.approx(worth, abs=1e-12)


@pytest.mark.parametrize("precision", [5, 100])
def test_a_planner_loses_nothing_against_those_that_choose(precision: float) -> None:
    lost = planner_loss(study({"hegemon_precision": precision}, {"hegemon": "choosing"}))
    assert all(part.value >= 0 for part in lost.values())


@pytest.mark.parametrize("headline", [0.0, 0.03])
def test_first_mover_advantage_without_commitment_is_small(headline: float) -> None:
    """Japan's, causally: .10 with one meeting a week, .06 with twelve, at any headline value."""
    for a_week, expected in ((1, 0.10), (12, 0.06)):
        here = study({"headline_value": headline, "meetings_per_week": a_week}, {"hegemon": "forward_looking"})
        assert causal(here, here.prepared.game, JPN).value == pytest.approx(expected, abs=0.02)
    assert SIX.ids[JPN] == "JPN"
