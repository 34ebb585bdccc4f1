"""The hegemon's strategies: how they are named, what they are shown to do, and who can play against them."""

import numpy as np
import pytest

from agents.hegemon_strategies import HEGEMON_CATALOGUE
from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from agents.strategies import CATALOGUE
from experiments.notebook import run, solve, sweep
from experiments.page.settings import Chosen, read_address
from model.case_file import load_case
from model.equilibrium import evaluate
from model.errors import InputError
from tests.tools.program import Call, assert_refused

PLAYING = ("choosing", "forward_looking")
SIX = load_case("six")


def test_it_keeps_its_promise_by_default() -> None:
    assert strategies_of(SIX).hegemon.name == strategies_of(SIX, "myopic").hegemon.name == "promise_keeping"
    named = strategies_of(SIX, {"hegemon": "choosing", "KOR": "myopic"})
    assert (named.hegemon.name, named.countries[0].name, named.countries[1].name) == (
        "choosing",
        "myopic",
        "equilibrium",
    )
    assert all(entry.sentence and entry.citation for entry in HEGEMON_CATALOGUE.values())


@pytest.mark.parametrize("kind", PLAYING)
def test_run_and_solve_say_what_it_plays(call: Call, kind: str) -> None:
    options = ("--strategy", f"hegemon={kind}")
    ran, solved = call("run", "--json", *options).json, call("solve", "--json", "--regret", *options).json
    assert ran["hegemon"]["strategy"] == solved["hegemon"]["strategy"] == kind
    assert f"The hegemon ({kind}) is" in call("run", *options).out
    assert f"the hegemon ({kind}) gains" in call("solve", *options).out
    assert solved["residual"] < 1e-12 and solved["hegemon"]["regret_bn"] >= 0
    assert all(row["regret_share"] >= -1e-12 for row in solved["countries"])
    promised = call("solve", "--json").json
    assert promised["hegemon"]["strategy"] == "promise_keeping"
    assert promised["countries"] != solved["countries"]


@pytest.mark.parametrize("kind", PLAYING)
@pytest.mark.parametrize("rule", [name for name in CATALOGUE if CATALOGUE[name].present] + ["script:20"])
def test_every_rule_that_judges_by_the_present_can_play(kind: str, rule: str) -> None:
    ready = prepare("six", {"hegemon": kind, "default": rule})
    assert ready.exact and ready.status.converged
    assert np.isfinite(ready.policy.by_set).all()


@pytest.mark.parametrize("rule", [name for name in CATALOGUE if not CATALOGUE[name].present])
def test_the_others_can_where_terms_are_a_table(rule: str) -> None:
    assert prepare("six", {"hegemon": "choosing", "KOR": rule}).exact
    with pytest.raises(InputError, match=f"hegemon=forward_looking: KOR cannot play {rule}"):
        prepare("six", {"hegemon": "forward_looking", "KOR": rule})


def test_a_user_s_own_rule_plays_by_the_state(call: Call, tmp_path) -> None:
    """The same rule as in the catalogue gives the same; one that asks about rivals is refused in a line."""
    (tmp_path / "mine.py").write_text(
        "from agents.strategies import CATALOGUE\n"
        "def same(states):\n    return CATALOGUE['myopic'].rule(states)\n"
        "def asks(states):\n    return states.advantage_at_rate(0.5) > 0\n"
    )
    options = ("solve", "--json", "--strategy", "hegemon=forward_looking", "--strategy")
    mine, theirs = (call(*options, f"KOR={rule}").json["countries"] for rule in ("mine.py:same", "myopic"))
    assert [row["payoff_bn_mean"] for row in mine] == [row["payoff_bn_mean"] for row in theirs]
    assert_refused(call(*options, "KOR=mine.py:asks"), "advantage_at_rate is not known against a hegemon that looks")


def test_what_is_not_known_against_it_says_so(call: Call) -> None:
    options = ("--strategy", "hegemon=forward_looking")
    assert_refused(call("run", *options, "--explain", "KOR"), "explanation: hegemon=forward_looking")
    assert_refused(call("view", *options), "view: hegemon=forward_looking", "where terms are a table")
    with pytest.raises(InputError, match="page: hegemon=forward_looking"):
        read_address("strategy=hegemon%3Dforward_looking", Chosen("six", 0, 0, (), ()))


@pytest.mark.parametrize("seed", [1, 2])
def test_calls_are_explained_where_it_chooses(call: Call, seed: int) -> None:
    """The parts add up to what waiting is worth there, in every call of the run."""
    ready = prepare("six", {"hegemon": "choosing"}, factors={"headline_value": 0.03})
    found = evaluate(ready.game, ready.policy, keep_wait=True)
    told = call(
        "run",
        "--json",
        "--seed",
        str(seed),
        "--set",
        "headline_value=0.03",
        "--strategy",
        "hegemon=choosing",
        "--explain",
        "KOR",
    ).json["explanation"]
    model = Negotiation(prepared=ready, seed=seed)
    while model.running:
        model.step()
    events = [event for event in model.events if event.country == 0]
    assert len(told) == len(events) > 0
    for one, event in zip(told, events, strict=True):
        worth = found.wait[event.meeting, found.state(0, event.mask, event.harsh, event.known)]
        assert one["waiting"] == pytest.approx(worth, abs=1e-11)
        assert sum(part["waiting"] for part in one["parts"]) == pytest.approx(worth, abs=1e-11)


def test_from_python_and_in_a_sweep(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = {"hegemon": "forward_looking", "KOR": "myopic"}
    assert run("six", seed=3, strategy=chosen).hegemon["strategy"] == "forward_looking"
    assert solve("six", strategy=chosen).method == "exact"
    grid = {"headline_value": [0.0, 0.03]}
    swept = sweep({"name": "mine", "replicates": 20, "strategy": chosen, "grid": grid})
    other = sweep({"name": "other", "replicates": 20, "strategy": {"KOR": "myopic"}, "grid": grid})
    assert set(swept.points["method"]) == {"exact"}
    assert set(swept.points["point_id"]).isdisjoint(other.points["point_id"])


def test_an_agent_of_one_s_own_calls_otherwise() -> None:
    """The hegemon agent decides: overriding its call changes who is called."""
    model = Negotiation(case="six", seed=5, strategy={"hegemon": "forward_looking"})
    model.hegemon.call = lambda state: next((c for c in model.countries if not c.has_deal), None)
    while model.running:
        model.step()
    first = model.events[0].country
    assert first == 0 and [event.country for event in model.events] == sorted(event.country for event in model.events)
