"""The parts of waiting, and reasoned waits, against every history of tiny games."""

import dataclasses

import numpy as np
import pytest

from agents.policy import Prepared, prepare, strategies_of
from model.case_file import load_case
from model.equilibrium import evaluate
from model.parts import DEAL, account_of
from model.reasoned import expected_waits
from model.setting import make_setting
from model.solver import waiting_under
from model.states import PublicState
from tests.tools.parts_by_history import PARTS, Histories

SIX = load_case("six")
SHORT = {"window_days": 14.0, "meetings_per_week": 2.0, "sector_news_rate": 0.05, "choice_precision": 30.0}
GAMES: dict[str, tuple[str, dict[str, float], dict[str, str]]] = {
    "date": ("KOR JPN", SHORT | {"KOR.date": 6.0}, {}),
    "extension": (
        "KOR IND",
        SHORT | {"window_days": 7.0, "meetings_per_week": 3.0, "extension_probability": 0.4, "extension_days": 7.0,
                 "delay_cost": 0.1, "KOR.date": 3.0, "early_effect": 0.7, "deal_horizon": 2.0},
        {},
    ),
    "three": ("VNM GBR JPN", SHORT | {"window_days": 7.0, "meetings_per_week": 3.0, "rebuff_cost": 0.02}, {}),
    "mix": ("KOR JPN", SHORT | {"prior_firm": 0.3, "headline_value": 0.05}, {"KOR": "wait_and_see", "JPN": "script:4"}),
}  # fmt: skip


@pytest.fixture(params=list(GAMES))
def prepared(request: pytest.FixtureRequest) -> Prepared:
    ids, overrides, mix = GAMES[request.param]
    case = dataclasses.replace(SIX, countries=tuple(SIX.country(iso3, "tests") for iso3 in ids.split()))
    return prepare(make_setting(case, overrides), strategies_of(case, mix))


def test_the_parts_of_waiting(prepared: Prepared) -> None:
    waiting, histories = waiting_under(prepared.game, prepared.solution), Histories(prepared)
    start = PublicState(0, 0, 0, 0, 0, 0)
    for i in range(histories.n):
        account = account_of(prepared.setting, prepared.terms, prepared.game, i)
        found = waiting.parts(i, account, [start])[0]
        np.testing.assert_allclose(found[:PARTS], histories.waiting(i), atol=1e-12)
        assert 0.0 <= found[DEAL] <= 1.0


def test_reasoned_waits(prepared: Prepared) -> None:
    found = evaluate(prepared.game, prepared.policy, keep_wait=True)

    def wait_value(i: int, m: int, mask: int, harsh: int, z: int) -> float:
        return float(found.wait[m, found.state(i, mask, harsh, z)])

    expected, counted = Histories(prepared).count_waits(wait_value), expected_waits(prepared.game, found)
    np.testing.assert_allclose(counted.waits, expected.waits, atol=1e-12)
    np.testing.assert_allclose(counted.reasoned, expected.reasoned, atol=1e-12)
    assert counted.waits.sum() > 0.0
    assert 0.0 <= counted.share_of_all <= 1.0
