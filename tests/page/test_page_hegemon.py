"""A hegemon that plays, on the page: how it is set, whom it may call and why, what is not defined against it."""

import csv
import io
import json
import shlex

import numpy as np
import pytest
from typer.testing import CliRunner

from agents.call_reason import call_reasons, in_words
from agents.hegemon_strategies import HEGEMON_CATALOGUE
from agents.policy import prepare
from experiments.cli import app
from experiments.page.app import draw
from experiments.page.controls import WITHOUT_EFFECT, settings_form
from experiments.page.session import Session
from experiments.page.settings import read_address
from experiments.page.start import Start
from experiments.page.story import read_story
from experiments.page.why_figure import NO_CAUSES
from experiments.reports.run import explained_hegemon
from model.glossary import meaning_of
from tests.page.test_page import Balance, asked
from tests.tools.served_page import plain

SEED = 7
KINDS = tuple(HEGEMON_CATALOGUE)
PLAYING = ("choosing", "forward_looking")
NO_ZONE = "no zone of agreement today"


def facing(session: Session, kind: str) -> Session:
    """The session after the hegemon's strategy has been set."""
    return asked(session, "strategy", who="hegemon", name=kind)


def panels(session: Session) -> dict[str, str]:
    return draw(session, read_story(session.model))


def test_the_hegemons_strategy_is_set_live_and_restored():
    session = asked(Session(Start(seed=SEED)), "go", day=30)
    before = panels(session)
    for kind in PLAYING:
        facing(session, kind)
        assert not session.problem and session.played == 30
        form = settings_form(session)
        assert form["hegemon"] == kind and form["changed"] and json.loads(json.dumps(form)) == form
        assert session.ready.prepared.hegemon.name == kind
        assert panels(session)["hegemon"] != before["hegemon"] and panels(session)["why"] != before["why"]
        assert f"strategy=hegemon={kind}" in session.chosen.address(session.start, 30)
        assert read_address(session.chosen.address(session.start, 30), session.start) == (session.chosen, 30)
        assert f"--strategy hegemon={kind}" in panels(session)["outcome"]
        asked(session, "reset")
        assert session.ready.prepared.hegemon.name == kind
        asked(session, "go", day=30)
    facing(session, "promise_keeping")
    assert session.chosen == session.start and panels(session) == before
    asked(facing(session, "choosing"), "restore")
    assert session.chosen == session.start and not settings_form(session)["changed"]


@pytest.mark.parametrize("kind", PLAYING)
def test_a_page_started_against_it_goes_to_the_promise_and_back(kind):
    session = Session(Start(seed=SEED, strategy={"hegemon": kind}))
    facing(session, "promise_keeping")
    assert session.ready.prepared.hegemon.name == "promise_keeping" and session.chosen != session.start
    assert read_address(session.chosen.address(session.start, 0), session.start)[0] == session.chosen
    assert facing(session, kind).chosen == session.start


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_plays_what_the_command_line_plays(kind):
    session = asked(facing(Session(Start(seed=SEED)), kind), "finish")
    words = shlex.split(session.shown.command(session.ready.case))
    printed = json.loads(CliRunner().invoke(app, [*words[1:], "--json"], catch_exceptions=False).stdout)
    assert printed["hegemon"]["strategy"] == kind
    for what, days in (("outcome", "deal_day"), ("calls", "day")):
        session.act({"action": "download", "what": what})
        rows = list(csv.DictReader(io.StringIO(session.file["text"])))
        if what == "calls":
            assert [int(row[days]) for row in rows] == [event.day for event in session.model.events]
        else:
            assert [row[days] for row in rows] == [str(row[days] or "") for row in printed["countries"]]


@pytest.mark.parametrize("kind", sorted(WITHOUT_EFFECT))
def test_what_is_without_effect_changes_nothing(kind):
    settings = [name.replace(" ", "_") for name in WITHOUT_EFFECT[kind]]
    plays = {"hegemon": kind}
    as_it_is = prepare("six", plays).policy
    for name in settings:
        changed = prepare("six", plays, factors={name: 0.123}).policy
        assert all(np.array_equal(*pair) for pair in zip(as_it_is, changed, strict=True)), name
    moved = prepare("six", plays, factors={"headline_value": 0.05}).policy
    assert not np.array_equal(as_it_is.by_set, moved.by_set)


def test_what_cannot_be_played_is_greyed_with_its_reason():
    refused = {one["name"]: one["refused"] for one in settings_form(Session(Start(seed=SEED)))["hegemons"]}
    assert refused == dict.fromkeys(KINDS, "")
    large = settings_form(Session(Start(case="eighteen")))["hegemons"]
    assert [one["refused"].partition(";")[0] for one in large] == ["", "18 countries", "18 countries"]
    slow = settings_form(Session(Start(seed=SEED, strategy={"KOR": "forecaster"})))["hegemons"]
    assert [one["refused"].partition(",")[0] for one in slow] == ["", "", "KOR cannot play forecaster"]


@pytest.mark.parametrize(
    ("start", "action", "request_", "message"),
    [
        (Start(case="eighteen"), "strategy", {"who": "hegemon", "name": "choosing"}, "hegemon=choosing: 18 countries"),
        (Start(strategy={"hegemon": "choosing"}), "case", {"case": "eighteen"}, "hegemon=choosing: 18 countries"),
        (
            Start(strategy={"hegemon": "forward_looking"}),
            "strategy",
            {"who": "default", "name": "aspiration"},
            "hegemon=forward_looking: KOR cannot play aspiration",
        ),
        (Start(), "strategy", {"who": "hegemon", "name": "myopic"}, "'myopic'"),
        (Start(), "strategy", {"who": "KOR", "name": "choosing"}, "choosing is a strategy of the hegemon"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(start, action, request_, message):
    session = Session(start)
    good = panels(session)["hegemon"]
    asked(session, action, **request_)
    assert message in session.problem and "\n" not in session.problem
    assert panels(session)["hegemon"] == good
    asked(session, "restore")
    assert not session.problem


@pytest.mark.parametrize("kind", PLAYING)
def test_who_is_likely_to_be_called_and_why(kind):
    """Chances, and what is expected beyond one call by lottery: under the lottery that is nothing on average."""
    session = facing(Session(Start(seed=SEED)), kind)
    barred = 0
    for day in (0, 10, 40, 70):
        asked(session, "go", day=day)
        story, html = read_story(session.model), panels(session)["hegemon"]
        Balance(html)
        weight = {one.iso3: one.priority for one in session.ready.case.countries}
        mean = sum(weight[one.country] * (one.beyond_lottery_bn or 0.0) for one in story.candidates)
        assert mean == pytest.approx(0, abs=1e-9)
        first, text = story.candidates[0], plain(html)
        assert first.chance == max(one.chance for one in story.candidates)
        assert first.name in text.partition("Called next")[2]
        for one in story.candidates:
            assert f"{one.name}{one.country}" in text and f"{one.beyond_lottery_bn:+.3f}".strip("+-") in text
            assert one.can_sign == (one.deal_bn is not None)
        closed = sum(not one.can_sign for one in story.candidates)
        assert html.count(f">{NO_ZONE}</div>") == closed
        barred += closed
    assert barred > 0 or kind == "choosing"


def test_a_promise_keeping_hegemon_calls_by_lottery_and_no_worth_is_shown():
    html = panels(asked(Session(Start(seed=SEED)), "go", day=10))["hegemon"]
    assert "By a lottery" in plain(html) and "by lottery." in plain(html) and "beyond" not in html.split("<h3>")[1]
    assert meaning_of("promise-keeping") in html


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_of_a_call_is_that_of_the_command_line(kind):
    session = asked(facing(Session(Start(seed=SEED)), kind), "finish")
    told = explained_hegemon(session.ready.prepared, SEED)
    assert len(told) == len(session.model.events) > 10
    for number in (0, 5, len(told) - 1):
        asked(session, "pick", call=number)
        assert told[number]["words"] in plain(panels(session)["hegemon"]).replace("\N{MINUS SIGN}", "-")


@pytest.mark.slow
def test_a_call_among_very_many_is_explained_without_those_who_have_signed():
    session = asked(Session(Start(case="all", strategy={"default": "script:0"})), "go", day=5)
    reasons = call_reasons(session.ready.prepared, session.model.events)
    assert [len(one.candidates) for one in reasons] == [
        len(session.ready.case.ids) - sum(event.answer == "signed" for event in session.model.events[:at])
        for at in range(len(reasons))
    ]
    assert in_words(reasons[-1]) == session.why_called(len(reasons) - 1)


def test_a_deal_is_worth_what_the_surplus_counts():
    """Where the type is known and no extension can come, what is expected of each deal adds up to the surplus made."""
    for kind in KINDS:
        overrides: dict[str, float | None] = {"prior_firm": 1.0, "extension_probability": 0.0}
        session = facing(Session(Start(seed=SEED, overrides=overrides)), kind)
        asked(session, "finish")
        model = session.model
        worth = [
            next(one.deal_bn or 0.0 for one in reason.candidates if one.country == reason.country)
            for reason, event in zip(call_reasons(model.prepared, model.events), model.events, strict=True)
            if event.answer == "signed"
        ]
        assert len(worth) >= 3
        assert sum(worth) == pytest.approx(float(model.outcomes().hegemon_surplus_bn[0])), kind


def test_what_is_not_defined_against_a_forward_looking_hegemon_is_said():
    session = asked(facing(Session(Start(seed=SEED)), "forward_looking"), "finish")
    answered = {True: 0, False: 0}
    for number in range(len(session.model.events)):
        asked(session, "pick", call=number)
        told, why = session.explained()[2], panels(session)["why"]
        assert told is not None
        answered[told.moving is not None] += 1
        assert (NO_CAUSES in plain(why)) == (told.moving is not None) and 'class="line cause"' not in why
        assert (NO_ZONE in plain(why)) == (told.moving is None)
    assert min(answered.values()) > 0
    table = panels(session)["outcome"]
    assert "<td>agreed</td>" in table and "lean" not in table and ">full<" not in table
