"""Every strategy runs on every shipped case, and keeps to the window."""

import numpy as np
import pytest

from agents.policy import prepare, strategies_of
from agents.strategies import CATALOGUE
from model.case_file import load_case, shipped_cases
from model.kernel import play
from model.outcomes import settle
from model.setting import make_setting

SLOW = {("all", "equilibrium"), ("all", "forecaster"), ("all", "aspiration")}


@pytest.mark.parametrize(
    ("case", "strategy"),
    [
        pytest.param(case, strategy, marks=[pytest.mark.slow] if (case, strategy) in SLOW else [])
        for case in shipped_cases()
        for strategy in [*CATALOGUE, "script:20", "script:never"]
    ],
)
def test_runs(case: str, strategy: str) -> None:
    setting = make_setting(load_case(case))
    prepared = prepare(setting, strategies_of(setting.case, {"default": strategy}))
    worlds, records = play(prepared.game, prepared.policy, seed=1, replicates=5
    )  # fmt: skip
    outcomes = settle(setting, prepared.terms, worlds, records)
    assert np.all(outcomes.deal_day < 90)
    assert np.all(np.isfinite(outcomes.payoff_bn))
    expected_none = case == "free_trade" or strategy in ("script:never", "wait_and_see")  # all wait for two others
    assert (outcomes.deals.sum() == 0) == expected_none
