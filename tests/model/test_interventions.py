"""Interventions on when a country signs, against what they say in words, run by run and in the exact distribution."""

import numpy as np
import pytest

from agents.policy import Prepared, prepare, strategies_of
from experiments.measures.study import SimulatedRuns, Study
from model.calls import NEVER
from model.case_file import load_case
from model.intervention import (
    called_first,
    called_last,
    held_at_start,
    moving_when_called,
    never_called,
    waiting_at_first,
)
from model.outcomes import expected_payoffs, settle, states_at
from model.setting import make_setting
from model.states import count_states
from model.terms import FIRM, SOFT

SIX = load_case("six")
KOR = SIX.ids.index("KOR")
OTHERS = [i for i in range(len(SIX.ids)) if i != KOR]
EXTENDED = {"extension_probability": 0.4}


def ready(overrides: dict[str, float] | None = None, mix: dict[str, str] | None = None) -> Prepared:
    return prepare(make_setting(SIX, overrides), strategies_of(SIX, mix))


@pytest.fixture(scope="module", params=[{}, EXTENDED], ids=["plain", "extended"])
def study(request: pytest.FixtureRequest) -> Study:
    return Study(ready(request.param), SimulatedRuns(seed=3, replicates=400))


def last_policy(study: Study, game):
    return moving_when_called(study.prepared.policy, game, KOR)


def test_first_signs_at_meeting_0(study):
    game = called_first(study.prepared.game, KOR)
    _worlds, records = study.records(game, last_policy(study, game))
    assert (records["deal_meeting"][:, KOR] == 0).all()
    assert (records["rank"][:, KOR] == 1).all()
    exact = study.distribution_of(game, last_policy(study, game))
    assert exact.by_meeting[KOR, 0] == pytest.approx(1, abs=1e-15)


def test_last_signs_when_all_others_have_or_at_the_deadline(study):
    game = called_last(study.prepared.game, KOR)
    _worlds, records = study.records(game, last_policy(study, game))
    meeting = records["deal_meeting"]
    assert (meeting[:, KOR] != NEVER).all()
    done = meeting[:, OTHERS].max(axis=1)
    everyone = (meeting[:, OTHERS] != NEVER).all(axis=1) & (done < game.regular - 1)
    at_once = meeting[:, KOR] == done + 1
    at_deadline = meeting[:, KOR] == game.regular - 1
    assert (at_once | at_deadline).all()
    assert at_once[everyone].all()
    assert at_deadline[~everyone].all()
    assert 0 < everyone.sum() < len(everyone)


def test_never_leaves_the_others_their_own_luck(study):
    """Until the first meeting at which it would have been called, nothing differs from the run as it is."""
    game = never_called(study.prepared.game, KOR)
    absent = study.records(game, moving_when_called(study.prepared.policy, game, KOR, 0.0))[1]
    present = study.records(study.prepared.game, study.prepared.policy)[1]
    assert (absent["deal_meeting"][:, KOR] == NEVER).all()
    uncalled = present["called"][:, KOR] == 0
    assert uncalled.sum() == 0 or (absent[uncalled][:, OTHERS] == present[uncalled][:, OTHERS]).all()
    # Neither scripts nor, here, ratifiers look at the state: with one caller less, each signs no later than before.
    script = Study(ready({"ratification_slope": 0.0}, {"default": "script:20"}), study.runs)
    game = never_called(script.prepared.game, KOR)
    absent = script.records(game, moving_when_called(script.prepared.policy, game, KOR, 0.0))[1]["deal_meeting"]
    present = script.records(script.prepared.game, script.prepared.policy)[1]["deal_meeting"]
    signed = present[:, OTHERS] != NEVER
    assert (absent[:, OTHERS][signed] <= present[:, OTHERS][signed]).all()
    assert (absent[:, OTHERS] < present[:, OTHERS])[signed].any()


def test_waiting_at_first_is_the_value_of_waiting(study):
    """Q_wait at meeting 0, as the solver has it: V = p Q_move + (1 - p) Q_wait when called first."""
    prepared = study.prepared
    wait = study.payoffs(waiting_at_first(prepared.game, KOR), prepared.policy)[0, KOR]
    weight = prepared.game.call_weight.copy()
    weight[0] = np.where(np.arange(6) == KOR, 1.0, 1e-200)
    called = study.payoffs(prepared.game._replace(call_weight=weight), prepared.policy)[0, KOR]
    move = prepared.solution.equilibrium.probability(KOR, 0)
    ratified, sign = prepared.game.ratification[KOR, 0], prepared.game.sign[KOR, 0]
    assert called == pytest.approx(wait + move * ratified * (sign - wait), abs=1e-12)


def test_expected_payoffs_have_the_mean_of_the_realised(study):
    """The same runs valued twice: by what was public, and by what came out."""
    prepared = study.prepared
    records = Study(prepared, SimulatedRuns(5, 40_000)).records(prepared.game, prepared.policy)
    realised = settle(prepared.setting, prepared.terms, *records).payoff_share
    gap = expected_payoffs(prepared.game, *records) - realised
    error = gap.std(axis=0, ddof=1) / np.sqrt(len(gap))
    assert (np.abs(gap.mean(axis=0)) < 4.5 * error + 1e-12).all()
    assert error[KOR] > 0


def test_states_at_follow_the_records(study):
    game = study.prepared.game
    worlds, records = study.records(game, study.prepared.policy)
    table = count_states(6, len(game.offsets) - 1)
    for meeting in (0, 1, 20, game.regular - 1):
        found = table[states_at(game, worlds, records, meeting)]
        for row, world, run in zip(found[:50], worlds[:50], records[:50], strict=True):
            signed = [own for own in run if 0 <= own["deal_meeting"] < meeting]
            harsh = sum(int(own["harsh_precedent"]) for own in signed)
            assert tuple(row) == (meeting, len(signed), harsh, int(0 <= world["news_meeting"] < meeting))


def test_reach_is_the_share_of_runs_that_meet_a_state(study):
    """Simultaneous 99.9 % bands over every state of some meetings."""
    game, policy = study.prepared.game, study.prepared.policy
    reach = study.exact.reach
    many = Study(study.prepared, SimulatedRuns(11, 40_000))
    records = many.records(game, policy)
    for meeting in (1, 10, 40, game.regular - 1):
        here = slice(game.offsets[meeting], game.offsets[meeting + 1])
        assert reach[here].sum() == pytest.approx(1, abs=1e-12)
        seen = np.bincount(states_at(game, *records, meeting), minlength=game.offsets[-1])[here] / 40_000
        p = reach[here]
        band = 5.0 * np.sqrt(p * (1 - p) / 40_000) + 5.0 / 40_000
        assert (np.abs(seen - p) < band).all()


def test_held_at_start_leaves_rank_and_precedents():
    """A signature late, after the date and the news, is worth that of meeting 0 but for its rank and the belief."""
    prepared = ready()
    held = held_at_start(prepared.setting, prepared.terms, prepared.game, KOR)
    _meeting, signed, harsh, _ = count_states(6, len(held.offsets) - 1).T
    same = held.sign[KOR]
    assert same[0] == prepared.game.sign[KOR, 0]
    for n, h in ((0, 0), (3, 1), (5, 5)):
        values = same[(signed == n) & (harsh == h)]
        assert len(values) > 10
        assert (values == values[0]).all()
    unheld = prepared.game.sign[KOR][(signed == 3) & (harsh == 1)]
    assert len(np.unique(unheld)) > 10
    assert prepared.terms.share[KOR, 3, SOFT, 0, 0] > prepared.terms.share[KOR, 3, FIRM, 0, 0]
