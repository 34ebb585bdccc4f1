"""The hegemon's strategies: how they are named, what they are shown to do, and who can play against them."""

import numpy as np
import pytest

from agents.hegemon_strategies import HEGEMON_CATALOGUE
from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from agents.strategies import CATALOGUE
from experiments.notebook import run, solve, sweep
from experiments.page.preparing import make_ready
from experiments.page.settings import Chosen, read_address
from experiments.page.story import read_story
from model.case_file import load_case
from model.equilibrium import evaluate
from model.errors import InputError
from model.meeting import ratification_at, sign_at
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
    assert solved["residual"] < 1e-12 and solved["hegemon_regret_bn"] >= 0
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


@pytest.mark.parametrize("kind", PLAYING)
@pytest.mark.parametrize("iso3", ["KOR", "GBR", "AUS"])
def test_calls_are_explained(call: Call, kind: str, iso3: str) -> None:
    """The parts of moving and of waiting add up to what they are worth in the equilibrium, in every call of the run."""
    factors = {"headline_value": 0.03, "delay_cost": 0.05, "extension_probability": 0.3}
    ready, i = prepare("six", {"hegemon": kind}, factors=factors), SIX.ids.index(iso3)
    game, found = ready.game, evaluate(ready.game, ready.policy, keep_wait=True)
    options = [f"--set={name}={value}" for name, value in factors.items()]
    asked = ("--seed", "2", "--strategy", f"hegemon={kind}", "--explain", iso3)
    told = call("run", "--json", *options, *asked).json["explanation"]
    model = Negotiation(prepared=ready, seed=2)
    while model.running:
        model.step()
    events = [event for event in model.events if event.country == i]
    assert len(told) == len(events) > 0
    for one, event in zip(told, events, strict=True):
        at = (event.meeting, event.signed, event.harsh, event.known, event.mask)
        worth = found.wait[event.meeting, found.state(i, event.mask, event.harsh, event.known)]
        assert one["waiting"] == pytest.approx(worth, abs=1e-11)
        assert sum(part["waiting"] for part in one["parts"]) == pytest.approx(worth, abs=1e-11)
        sign = sign_at(game, ready.policy, i, *at)
        assert (one["package"] == "none") == (sign == -np.inf)
        if sign > -np.inf:
            ratified = ratification_at(game, ready.policy, i, *at)
            assert one["signing"] == pytest.approx(sign, abs=1e-11)
            assert one["ratification"] == pytest.approx(ratified, abs=1e-12)
            assert one["moving"] == pytest.approx(ratified * sign + (1 - ratified) * worth, abs=1e-11)
            assert (one["package"] == "agreed") == (kind == "forward_looking")
            assert bool(one["causes"]) == (kind == "choosing")
        elif kind == "forward_looking":
            assert "no zone of agreement today" in one["why_not"]
    assert iso3 in call("run", *options, *asked).out


def test_the_page_opens_on_every_hegemon() -> None:
    """From an address, with the hegemon's strategy in the address and in the command that plays the same run."""
    for kind in (*PLAYING, "promise_keeping"):
        chosen, _ = read_address(f"case=six&strategy=hegemon%3D{kind}", Chosen())
        assert (f"hegemon={kind}" in chosen.address(Chosen(), 0)) == (kind in PLAYING)
        assert (f"--strategy hegemon={kind}" in chosen.command(SIX)) == (kind in PLAYING)
        model = Negotiation(prepared=make_ready(SIX, *chosen.applied(SIX)).prepared, seed=1)
        candidates = read_story(model).candidates
        assert len(candidates) == 6 and all(one.chance > 0 for one in candidates)
        assert sum(one.chance for one in candidates) == pytest.approx(1)
    with pytest.raises(InputError, match="hegemon=choosing: 18 countries"):
        read_address("case=eighteen&strategy=hegemon%3Dchoosing", Chosen())


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


def test_an_agent_of_one_s_own_calls_otherwise(monkeypatch) -> None:
    """The hegemon agent decides: overriding its call changes who is called."""
    model = Negotiation(case="six", seed=5, strategy={"hegemon": "forward_looking"})
    monkeypatch.setattr(model.hegemon, "call", lambda state: next((c for c in model.countries if not c.has_deal), None))
    while model.running:
        model.step()
    first = model.events[0].country
    assert first == 0 and [event.country for event in model.events] == sorted(event.country for event in model.events)


@pytest.mark.parametrize("kind", HEGEMON_CATALOGUE)
def test_the_hegemon_s_calls_are_explained(call: Call, kind: str) -> None:
    """Chances add up to 1; the best call lacks nothing, and the odds between two calls are those of what they lack."""
    asked = ("--seed", "3", "--strategy", f"hegemon={kind}", "--explain", "hegemon")
    told = call("run", "--json", *asked).json["explanation"]
    ready = prepare("six", {"hegemon": kind})
    precision = ready.game.shadow.precision
    assert len(told) > 10
    for one in told:
        assert sum(other["chance"] for other in one["candidates"]) == pytest.approx(1)
        assert one["country"] in [other["country"] for other in one["candidates"]]
        lacking = [other["less_bn"] for other in one["candidates"]]
        if kind == "promise_keeping":
            assert lacking == [None] * len(lacking) and ("lottery" in one["words"] or len(lacking) == 1)
            continue
        assert min(lacking) == 0
        best = one["candidates"][int(np.argmin(lacking))]
        for other in one["candidates"]:
            priority = [ready.setting.case.country(who["country"], "").priority for who in (other, best)]
            odds = priority[0] / priority[1] * np.exp(-precision * other["less_bn"])
            assert other["chance"] / best["chance"] == pytest.approx(odds)
            assert other["can_sign"] or other["signs"] == 0
    assert f"The hegemon: {len(told)} calls" in call("run", *asked).out
    assert_refused(call("run", *asked, "--explain-csv", "x.csv"), "--explain-csv", "not of hegemon")
