"""The browser page without a browser: what its buttons do, what its pictures say, what it refuses."""

import gc
import json
import re
import shlex
import socket
import time
import weakref
from dataclasses import asdict, replace
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from agents.amounts import percent
from agents.negotiation import Negotiation
from agents.reason import BETTER_WORSE, CANNOT_SIGN, CAUSE_NAMES, HESITATES, PART_NAMES, WANTS_TO_WAIT
from experiments.cli import app
from experiments.page import serve
from experiments.page.app import Page, draw, notices, rehearse, transport_view
from experiments.page.calendar_figure import draw_calendar
from experiments.page.controls import settings_form, slider_range
from experiments.page.preparing import PREPARER
from experiments.page.session import Session
from experiments.page.settings import Chosen, chosen_at_start, open_case, read_address, whole
from experiments.page.start import START, Start, read_start
from experiments.page.story import ANSWERS, belief_text, read_story
from experiments.page.why_figure import draw_why, true_minus
from experiments.reports.run import play_one, run_report
from model.calls import NEVER
from model.case import Country, Window
from model.counterfactual import CAUSES
from model.crowd import CrowdEquilibrium
from model.declaration import quantities
from model.errors import InputError
from model.parameters import Parameters
from model.parts import PARTS
from tests.tools.served_page import plain

SEED = 7
DECLARED = {**quantities(Parameters), **quantities(Window)}


def asked(session: Session, action: str, **request: object) -> Session:
    """The session after one request, with whatever it has to solve solved."""
    session.act({"action": action, **request})
    while session.waiting_for is not None:
        time.sleep(0.01)
        session.act({"action": "poll"})
    return session


def shown_report(session: Session) -> dict:
    return run_report(session.ready.prepared, session.model.outcomes(), session.shown.seed)


@pytest.mark.parametrize(
    ("start", "requests"),
    [
        (Start(), []),
        (Start(seed=9), [("value", {"factor": "headline_value", "value": 0.06})]),
        (Start(overrides={"KOR.domestic_constraint": 0.0, "extension_probability": 1.0}), [("seed", {"seed": "251"})]),
        (Start(strategy={"default": "deadline", "KOR": "script:7"}), [("value", {"factor": "delay_cost", "value": 1})]),
        (Start(seed=3), [("strategy", {"who": "JPN", "name": "myopic"}), ("restore", {}), ("poll", {})]),
        (Start(overrides={"KOR.delay_cost": 0.0}, strategy={"KOR": "myopic"}), [("case", {"case": "free_trade"})]),
        (Start(strategy={"default": "bandwagon"}), [("case", {"case": "eighteen"})]),
    ],
)  # fmt: skip
def test_the_page_plays_what_the_command_line_plays(start, requests):
    session = Session(start)
    for action, request in requests:
        asked(session, action, **request)
        assert not session.problem
    asked(session, "finish")
    assert not session.model.running
    words = shlex.split(session.shown.command(session.ready.case))
    result = CliRunner().invoke(app, [*words[1:], "--json"], catch_exceptions=False)
    printed, shown = json.loads(result.stdout), shown_report(session)
    assert shown["countries"] == printed["countries"] and shown["hegemon"] == printed["hegemon"]
    assert shown == run_report(
        session.ready.prepared, play_one(session.ready.prepared, session.shown.seed), session.shown.seed
    )
    assert read_address(session.chosen.address(session.start, session.played), session.start)[0] == session.chosen


def test_going_back_and_forth_is_the_same_run():
    session = Session(Start(seed=SEED))
    asked(session, "go", day=60)
    there = draw(session, read_story(session.model))
    for action, request in (("back", {}), ("step", {}), ("reset", {}), ("go", {"day": 30}), ("go", {"day": 60})):
        asked(session, action, **request)
    assert draw(session, read_story(session.model)) == there
    asked(session, "finish")
    assert session.played == 91
    asked(session, "step")  # after the end: nothing
    assert session.played == 91 and len(session.model.datacollector.model_vars["day"]) == 91
    asked(session, "reset")
    asked(session, "back")
    assert session.played == 0 and session.model.running


def test_runs_that_are_over_are_let_go():
    session = Session(Start(seed=SEED))
    seen: weakref.WeakSet[Negotiation] = weakref.WeakSet()
    for day in (3, 2, 1, 0):
        asked(session, "go", day=day)
        seen.add(session.model)
    gc.collect()
    assert list(seen) == [session.model]


def test_what_is_set_takes_effect_on_the_day_shown_and_reset_keeps_it():
    session = asked(asked(Session(Start(seed=SEED)), "go", day=40), "value", factor="headline_value", value=0.08)
    assert session.played == 40 and session.shown.overrides == (("headline_value", 0.08),)
    asked(session, "reset")
    assert session.played == 0 and session.shown.overrides == (("headline_value", 0.08),)
    asked(session, "value", factor="headline_value", value=0.01)  # the default: nothing is set any more
    assert session.chosen == session.start
    asked(session, "value", factor="KOR.delay_cost", value=0.2)
    asked(session, "value", factor="delay_cost", value=0.2)
    assert dict(session.chosen.overrides) == {"KOR.delay_cost": 0.2, "delay_cost": 0.2}
    asked(session, "restore")
    assert session.chosen == session.start == session.shown


def test_what_cannot_be_used_is_said_and_the_last_good_run_stays():
    session = asked(asked(Session(Start(seed=3)), "value", factor="headline_value", value=0.05), "go", day=20)
    good = draw(session, read_story(session.model))["calendar"]
    for factor, value, message in (
        ("execution_soft", 1.0, "execution_soft = 1 is above execution_firm"),
        ("delay_cost", 3.0, "delay_cost: 3 is out of range"),
        ("delay_cost", "much", "'much' is not a number"),
        ("delai_cost", 0.1, "did you mean 'delay_cost'"),
    ):
        asked(session, "value", factor=factor, value=value)
        assert message in session.problem and "\n" not in session.problem
        assert draw(session, read_story(session.model))["calendar"] == good
        assert 'role="alert"' in draw(session, read_story(session.model))["notices"]
    asked(session, "seed", seed="-1")
    assert "a whole number from 0" in session.problem
    asked(session, "value", factor="execution_soft", value=0.3)
    assert not session.problem and session.shown.overrides == (("headline_value", 0.05),)
    asked(session, "case", case="/etc/passwd")
    asked(session, "no such action")
    assert session.shown.case == "six"


@settings(deadline=None, max_examples=25)
@given(
    st.text(max_size=60)
    | st.sampled_from(["case=all&case=x", "set=a=b", "day=-1", "seed=1e9", "strategy=KOR=x", "day=99999"])
)
def test_an_address_typed_by_hand_never_breaks_the_page(address):
    session = Session(Start(seed=SEED), address)
    assert session.shown == session.start or not session.problem


STRANGE = (
    "", "-1", "1.5", "x", "nan", "inf", "1e400", "\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}", 5000 * "9",
    5000 * "0", 100_000 * "x", "<b>", "\x00\x1b[31m\u202e\n", "=", ".", "KOR=", "KOR=nan", "KOR=script:" + 5000 * "9",
    "KOR=script:nan", "default=", "delay_cost=" + 5000 * "9", "delay_cost=1e-400", "KOR.=1", ".delay_cost=1", "a.b.c=1",
    "KOR.date=inf", "window_days=" + 5000 * "9", "/etc/passwd", "../x.toml", "x.py:f", "KOR=x.py:f", ",", "KOR,KOR",
)  # fmt: skip


@pytest.mark.parametrize("key", ["case", "countries", "seed", "replicate", "day", "strategy", "set", "other", ""])
def test_no_value_in_an_address_breaks_the_page(key):
    """Whatever stands in it, the page opens, and what cannot be used is said in one line of a length to be read."""
    for value in STRANGE:
        session = Session(Start(seed=SEED), f"?{urlencode([(key, value)])}")
        assert session.problem.isprintable() and len(session.problem) < 400, value[:20]
        assert session.shown == session.start or not session.problem
        Balance(notices(session))


@pytest.mark.parametrize("name", ["seed", "day"])
def test_a_number_typed_by_hand_has_its_digits_counted(name):
    session = Session(Start(seed=SEED))
    for digits in (5000 * "9", str(2**53), "2001" if name == "day" else 17 * "9"):
        session.act({"action": {"seed": "seed", "day": "go"}[name], name: digits})
        assert "a whole number from 0 to" in session.problem and len(session.problem) < 400
    assert whole(5000 * "0" + "7", 10, name) == 7 and whole("000", 10, name) == 0


def test_an_equilibrium_that_was_not_found_is_said():
    session = Session(Start(case="eighteen"))
    prepared = session.ready.prepared
    assert isinstance(prepared.solution.equilibrium, CrowdEquilibrium) and "did not converge" not in notices(session)
    status = replace(prepared.status, converged=False)
    lost = replace(prepared, solution=replace(prepared.solution, status=status))
    session.ready = replace(session.ready, prepared=lost)
    assert "did not converge: residual" in notices(session)


def test_settings_still_being_solved_leave_the_page_usable():
    session = Session(Start(seed=SEED))
    slow = PREPARER.pool.submit(time.sleep, 0.4), PREPARER.pool.submit(time.sleep, 0.4)
    session.choose(replace(session.chosen, overrides=(("delay_cost", 0.0123),)), patience=0.0)
    assert session.waiting_for is not None and "Solving" in draw(session, read_story(session.model))["notices"]
    session.act({"action": "step"})
    assert session.played == 1 and session.shown == session.start
    asked(session, "poll")
    assert session.played == 1 and session.shown.overrides == (("delay_cost", 0.0123),)
    assert all(future.done() for future in slow)


@pytest.mark.parametrize("scope", ["", "KOR"])
def test_the_controls_cover_exactly_the_declarations(scope):
    session = asked(Session(Start(overrides={"headline_value": 0.06})), "scope", scope=scope)
    form = settings_form(session)
    controls = {one["factor"]: one for group in form["groups"] for one in group["controls"]}
    own = {**quantities(Parameters), **quantities(Country)}
    expected = DECLARED if not scope else {f"KOR.{name}": one for name, one in own.items() if one.by_country}
    assert set(controls) == set(expected)
    for factor, one in controls.items():
        quantity = expected[factor]
        assert (one["meaning"], one["unit"], one["range"]) == (quantity.meaning, quantity.unit, quantity.range_text)
        assert quantity.low <= one["value"] <= quantity.high and one["step"] > 0
        if factor in quantities(Parameters) and factor != "headline_value":
            assert one["value"] == one["usual"] == quantity.default
    assert controls["headline_value" if not scope else "KOR.headline_value"]["value"] == 0.06
    assert json.loads(json.dumps(form)) == form


@pytest.mark.parametrize("name", list(DECLARED))
def test_a_slider_reaches_its_default_and_stays_in_range(name):
    quantity = DECLARED[name]
    assert quantity.default is not None
    low, high, step = slider_range(quantity, quantity.default)
    assert low <= quantity.default <= high <= quantity.high and (high - low) / step >= 10
    steps = (quantity.default - low) / step
    assert steps == pytest.approx(round(steps))
    assert step == int(step) or not quantity.integer


class Balance(HTMLParser):
    """Whether every tag that is opened is closed, in order."""

    VOID = ("br", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("day", [0, 45, 114])
@pytest.mark.parametrize(
    "start",
    [
        Start(seed=SEED),
        Start(seed=1, overrides={"extension_probability": 1.0}),
        Start(overrides={"window_days": 7.0}),
        Start(overrides={"window_days": 1000.0, "meetings_per_week": 1.0}),
        Start(overrides={"domestic_constraint": 0.0}, strategy={"default": "myopic"}),
        Start(case="free_trade"),
        Start(case="eighteen", strategy={"default": "bandwagon"}),
        Start(case="all", strategy={"default": "script:0"}),
    ],
)
def test_every_picture_is_drawn_on_any_day(start, day):
    session = asked(Session(start), "go", day=day)
    for name, html in draw(session, read_story(session.model)).items():
        Balance(html)
        assert "nan" not in re.sub(r"[A-Z]\w+", "", html).split(), name


def test_the_calendar_tells_the_run():
    session = asked(Session(Start(seed=SEED)), "finish")
    model, story = session.model, read_story(session.model)
    for row, record in zip(story.rows, model.country_records, strict=True):
        answers = [call.answer for call in row.calls]
        assert answers.count("failed") == record["failed"] and len(answers) == record["called"]
        assert answers.count("signed") == (record["deal_meeting"] != NEVER) == (row.deal_day is not None)
    assert story.belief[-1][1] == pytest.approx(model.hegemon.believed_firm)
    assert (story.deals, story.harsh) == (int(model.world[0]["signed"]), int(model.world[0]["harsh"]))
    html = draw_calendar(story, -1)
    for answer, mark in (("signed", 'class="rank"'), ("waited", 'class="waited"'), ("failed", 'class="failed"')):
        calls = sum(call.answer == answer for row in story.rows for call in row.calls)
        assert html.count(mark) == calls + 1  # and the legend's
    assert "election day 54" in html and "deadline" in html


def test_the_next_call_goes_by_priority_among_those_without_a_deal():
    session = Session(Start(seed=SEED))
    chances = {one.country: one.chance for one in read_story(session.model).candidates}
    assert chances["VNM"] == pytest.approx(0.5 / 5.5) and chances["KOR"] == pytest.approx(1 / 5.5)
    asked(session, "go", day=60)
    story = read_story(session.model)
    assert story.deals > 0 and sum(one.chance for one in story.candidates) == pytest.approx(1)
    assert {one.country for one in story.candidates} == {row.iso3 for row in story.rows if row.deal_day is None}


def lines_of(html: str) -> list[tuple[str, list[str]]]:
    """The lines of an account: each name, and its numbers."""
    texts = [re.findall(r">([^<>]+)<", line) for line in re.findall(r'<div class="line [a-z]*">.*?</div></div>', html)]
    return [(name, numbers) for name, *numbers in texts]


def test_the_account_of_a_call_is_drawn_line_by_line():
    session = asked(Session(Start(seed=SEED)), "finish")
    rows, seen = {row.iso3: row for row in read_story(session.model).rows}, set()
    for number in range(len(session.model.events)):
        asked(session, "pick", call=number)
        country, call, told = session.explained()
        assert call == number and told is not None and told.moving is not None
        html = draw_why(rows[country], told, call)
        lines = dict(lines_of(html))
        moving, waiting, difference, amount = lines["in all"]
        assert [moving, waiting] == [true_minus(percent(value)) for value in (told.moving, told.waiting)]
        assert difference == true_minus(percent(told.advantage, plus=True))
        assert float(amount.replace("\N{MINUS SIGN}", "-")) == pytest.approx(told.advantage_bn, abs=6e-3)
        for part in told.parts:
            if abs(part.waiting) > 0.001:
                assert lines[PART_NAMES[part.part]][1] == true_minus(percent(part.waiting))
        for text in (told.words.verdict, told.words.cause):
            assert true_minus(text) in plain(html)
        assert ANSWERS[told.answer] in html
        seen.add(told.kind)
    assert seen >= {WANTS_TO_WAIT, HESITATES}
    assert set(PART_NAMES) == set(BETTER_WORSE) == set(PARTS) and set(CAUSE_NAMES) == set(CAUSES)
    asked(session, "pick", country="IND")
    assert session.explained()[0] == "IND"
    asked(asked(session, "reset"), "pick", country="")
    assert session.explained() == ("", -1, None)


def test_a_country_that_cannot_sign_is_told_so():
    session = asked(Session(Start(seed=SEED, overrides={"KOR.floor_before": 1.0})), "go", day=40)
    asked(session, "pick", country="KOR")
    _, _, told = session.explained()
    assert told is not None and told.kind == CANNOT_SIGN
    html = draw(session, read_story(session.model))["why"]
    assert "It cannot sign: there is no zone of agreement" in plain(html) and "None" not in html


def test_the_bar_names_the_project_and_the_model_and_why_the_last_call_was_answered_so():
    session = asked(Session(Start(seed=SEED)), "go", day=30)
    view = transport_view(session, read_story(session.model))
    assert view["model"] == "Mesa model: step 30, 7 agents" and "a step is a day" in view["about"]
    while session.model.events[-1].day != session.played - 1:
        asked(session, "step")
    words = transport_view(session, read_story(session.model))["words"]
    assert words.endswith(f"(it {session.account(session.model.events[-1]).kind}).")


def test_minus_signs_are_drawn_before_numbers_only():
    assert true_minus("a moment-based sum (-1.2) of -3") == "a moment-based sum (\N{MINUS SIGN}1.2) of \N{MINUS SIGN}3"


def test_names_from_a_case_file_are_text_and_nothing_else(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(open_case("six").text.replace('name = "Vietnam"', 'name = "<script>alert(1)</script>"'))
    session = asked(Session(Start(case=str(path))), "finish")
    assert "<script" not in "".join(draw(session, read_story(session.model)).values())
    assert settings_form(session)["cases"][0]["name"] == str(path)
    path.unlink()  # while the page is open
    asked(session, "value", factor="delay_cost", value=0.1)
    assert "mine.toml" in session.problem
    settings_form(session)


def test_the_page_starts_as_the_environment_says(monkeypatch):
    import solara

    start = Start("six", 12, {"delay_cost": 0.1}, {"default": "myopic"})
    monkeypatch.setenv(START, json.dumps(asdict(start)))
    assert read_start() == start
    rehearse(start)
    _, context = solara.render(Page(), handle_error=False)
    context.close()


def test_beliefs_are_certain_only_where_they_are():
    assert [belief_text(x) for x in (0.0, 1e-9, 0.5, 1 - 1e-9, 1.0)] == ["0%", "<1%", "50%", ">99%", "100%"]


def test_an_address_opens_shipped_cases_only():
    with pytest.raises(InputError, match="allowed: "):
        read_address("case=/etc/passwd", Chosen())
    mine = chosen_at_start(Start(case="mine.toml"))
    assert read_address("case=six&day=3", mine) == (Chosen("six"), 3)


def test_an_address_selects_countries():
    some = Chosen("six", countries=("JPN", "KOR"))
    assert read_address("case=six&countries=JPN,KOR", Chosen()) == (some, 0)
    assert read_address("countries=TWN,KOR", Chosen())[0] == Chosen("all", countries=("TWN", "KOR"))
    assert read_address("seed=3", some)[0] == replace(some, seed=3)
    assert read_address("case=six", some)[0] == Chosen()
    address = replace(some, seed=4).address(Chosen(), 5)
    assert "countries=JPN,KOR" in address
    assert read_address(address, Chosen()) == (replace(some, seed=4), 5)
    assert "--case six --countries JPN,KOR --seed 4" in replace(some, seed=4).command(some.open())
    for bad, told in (
        ("countries=JPN,XXX", "unknown country 'XXX'"),
        ("countries=JPN,JPN", "JPN is named 2 times"),
        ("case=mine.toml&countries=JPN", "allowed: "),
        ("case=six&countries=JPN&set=KOR.delay_cost=0", "unknown country 'KOR'"),
        ("case=six&countries=JPN&strategy=KOR=myopic", ""),
    ):
        if told:
            with pytest.raises(InputError, match=told):
                read_address(bad, Chosen())
        else:
            assert read_address(bad, Chosen())[0].countries == ("JPN",)


def test_a_page_of_some_countries_goes_to_a_whole_case_and_back():
    session = Session(Start("all", countries=["TWN", "KOR"], strategy={"default": "myopic"}))
    assert session.case.ids == ("TWN", "KOR")
    form = settings_form(session)
    assert form["case"] == form["cases"][0]["name"] == "all: TWN, KOR"
    assert [one["iso3"] for one in form["countries"]] == ["TWN", "KOR"]
    asked(session, "case", case="six")
    assert session.shown.countries is None and len(session.ready.case.ids) == 6
    asked(session, "case", case="all: TWN, KOR")
    assert session.shown == session.start
    asked(session, "case", case="all: KOR")  # not on the list
    assert session.shown == session.start


def test_a_case_with_many_faults_is_told_in_one_line(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(open_case("six").text)
    session = Session(Start(case=str(path), strategy={"default": "myopic"}))
    path.write_text('countries_of = "six"\ntitel = "x"\n[window]\nwindow_days = 0\n')
    asked(session, "value", factor="delay_cost", value=0.1)
    assert "titel" in session.problem and "window_days" in session.problem and "\n" not in session.problem


@pytest.mark.parametrize(
    ("start", "arguments", "message"),
    [
        (Start(), {"port": 70000}, "--port 70000"),
        (Start(), {"host": "203.0.113.7"}, "--host 203.0.113.7: not an address of this machine"),
        (Start(seed=-1), {}, "--seed -1"),
        (Start(case="sixx"), {}, "did you mean 'six'"),
        (Start(overrides={"delay_cost": 3.0}), {}, "delay_cost: 3 is out of range"),
        (Start(strategy={"KOR": "myopix"}), {}, "did you mean 'myopic'"),
    ],
)
def test_what_cannot_be_served_is_one_line(start, arguments, message):
    with pytest.raises(InputError) as caught:
        serve.serve(start, **{"port": 0, "open_browser": False, **arguments})
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_taken_port_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"--port {port}: taken on 127.0.0.1; choose another, as in --port"):
            serve.serve(Start(), port=port, open_browser=False)


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False)]
)
def test_other_hosts_than_loopback_are_known_and_warned_of(host, loopback, monkeypatch, capsys):
    assert serve.is_loopback(host) == loopback
    if ":" not in host:
        monkeypatch.setattr(serve, "run_server", lambda *arguments: None)
        serve.serve(Start(), host=host, port=0, open_browser=False)
        assert ("warning: --host" in capsys.readouterr().err) == (not loopback)
