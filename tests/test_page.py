"""The browser page: its parts without a browser, then the whole of it in Chromium."""

import inspect
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import solara
from typer.testing import CliRunner

from experiments import view
from experiments.calendar_figure import read_story
from experiments.cli import app
from experiments.page import (
    DECLARED,
    CalendarPanel,
    Page,
    PageModel,
    Session,
    csv_bytes,
    first_model,
    outcome_table,
    page_parameters,
    parameter_slider,
)
from experiments.run import play_one, run_report
from experiments.show import percent
from model.errors import InputError
from model.meeting import NEVER

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SEED = 7
# The server process tells of every connection and name look-up that would leave the machine.
WATCHED_SERVER = """
import socket, sys
LOCAL = ("127.0.0.1", "::1", "localhost", None)
connect, look_up = socket.socket.connect, socket.getaddrinfo
def watched_connect(self, address):
    if isinstance(address, tuple) and address[0] not in LOCAL:
        print("LEFT THE MACHINE:", address, file=sys.stderr, flush=True)
    return connect(self, address)
def watched_look_up(host, *args, **kwargs):
    if host not in LOCAL:
        print("LEFT THE MACHINE:", host, file=sys.stderr, flush=True)
    return look_up(host, *args, **kwargs)
socket.socket.connect, socket.getaddrinfo = watched_connect, watched_look_up
from experiments.view import serve
serve(seed=int(sys.argv[1]), port=0, open_browser=False)
"""


def played(session: Session, days: int, **values: Any) -> PageModel:
    """A page model after some days, with the session's start overridden by `values`."""
    chosen = {name: value["value"] for name, value in page_parameters(session).items() if name != "session"}
    model = PageModel(session=session, **{**chosen, **values})
    for _ in range(days):
        model.step()
    return model


def kernel_report(model: PageModel) -> dict[str, Any]:
    return run_report(model.prepared, play_one(model.prepared, model.seed), model.seed)


def test_sliders_cover_exactly_the_declaration():
    settings = page_parameters(Session(view.Start()))
    assert set(settings) == {"session", "case", "strategy", "seed", *DECLARED}
    keywords = inspect.signature(PageModel.__init__).parameters
    assert set(keywords) == {"self", *settings}
    assert all(keywords[name].kind is inspect.Parameter.KEYWORD_ONLY for name in settings)
    for name, quantity in DECLARED.items():
        slider = settings[name]
        assert slider["value"] == quantity.default
        assert quantity.low == slider["min"] < slider["max"] <= quantity.high
        for words in (name, quantity.meaning, quantity.unit, quantity.range_text, f"default {quantity.default:g}"):
            assert words in slider["label"]
    headings = re.findall(
        r"^[A-Z]+$", "\n".join(settings[name]["label"] for name in settings if name in DECLARED), re.M
    )
    assert headings == [group.upper() for group in dict.fromkeys(quantity.group for quantity in DECLARED.values())]


def as_shown(slider: dict[str, Any]) -> float:
    """The value that the slider widget makes of the one it is given (Vuetify's rounding to steps)."""
    value, step = slider["value"], slider["step"]
    if not step:
        return value
    text = f"{step:.6f}".rstrip("0").rstrip(".")
    offset = slider["min"] % step
    return round(min(round((value - offset) / step) * step + offset, slider["max"]), len(text.partition(".")[2]))


@pytest.mark.parametrize("name", list(DECLARED))
def test_showing_a_slider_does_not_change_its_value(name):
    quantity = DECLARED[name]
    width = quantity.high - quantity.low
    assert quantity.default is not None
    for value in (quantity.default, quantity.low, quantity.high, quantity.low + width / 3, round(width / 7, 4)):
        value = min(max(value, quantity.low), quantity.high)
        slider = parameter_slider(quantity, value, heading=False)
        assert slider["min"] <= as_shown(slider) == value <= slider["max"]


@pytest.mark.parametrize(
    ("start", "values"),
    [
        (view.Start(), {}),
        (view.Start(seed=9), {"headline_value": 0.06, "strategy": "myopic"}),
        (view.Start(seed=250, overrides={"KOR.domestic_constraint": 0.0, "extension_probability": 1.0}), {"seed": 251}),
        (view.Start(strategy={"default": "deadline", "KOR": "script:7"}, overrides={"delay_cost": 0.2}), {"seed": 3}),
        (view.Start(case="eighteen", strategy={"default": "bandwagon"}), {"sector_news_rate": 0.1}),
        (view.Start(overrides={"KOR.domestic_constraint": 0.0}, strategy={"KOR": "myopic"}), {"case": "free_trade"}),
    ],
)
def test_the_page_plays_what_the_command_line_plays(start, values):
    model = played(Session(start), 200, **values)
    assert not model.running
    shown = run_report(model.prepared, model.outcomes(), model.seed)
    assert shown == kernel_report(model)
    for row, country in zip(shown["countries"], read_story(model).rows, strict=True):
        assert (row["country"], row["deal_day"], row["deal_rank"] or 0) == (
            country.iso3,
            country.deal_day,
            country.rank,
        )
        assert len(country.calls) == row["called_count"]
    result = CliRunner().invoke(app, [*shlex.split(model.command)[1:], "--json"], catch_exceptions=False)
    printed = json.loads(result.stdout)
    assert printed["countries"] == shown["countries"] and printed["hegemon"] == shown["hegemon"]


def test_a_combination_that_cannot_be_used_keeps_the_last_good_one():
    session = Session(view.Start(seed=3))
    good = played(session, 5, headline_value=0.05)
    bad = played(session, 5, execution_soft=1.0)
    assert "execution_soft = 1 is above execution_firm" in bad.problem and "\n" not in bad.problem
    assert bad.command == good.command and bad.prepared is good.prepared and not good.problem
    assert not played(session, 0, headline_value=0.02).problem
    with pytest.raises(InputError, match="execution_soft"):
        first_model(Session(view.Start(overrides={"execution_soft": 1.0})))


def test_sliders_are_clipped_to_the_declared_range():
    assert "inertia=1e-06" in played(Session(view.Start()), 0, inertia=0.0).command


def test_steps_after_the_end_change_nothing():
    model = played(Session(view.Start()), 91)
    collected = len(model.datacollector.model_vars["day"])
    model.step()
    assert len(model.datacollector.model_vars["day"]) == collected == 91


@pytest.mark.parametrize("days", [0, 45, 114])
@pytest.mark.parametrize(
    "overrides", [{}, {"extension_probability": 1.0}, {"window_days": 7.0}, {"window_days": 1000.0}]
)
def test_the_panel_is_drawn_on_any_day(days, overrides):
    model = played(Session(view.Start(seed=SEED, overrides=overrides)), days)
    _, context = solara.render(CalendarPanel(model), handle_error=False)
    context.close()
    story = read_story(model)
    assert story.title.startswith(
        f"Day {model.day} of {model.end_day}" if model.running else f"Over on day {model.day}"
    )
    if not model.running:
        report = run_report(model.prepared, model.outcomes(), SEED)
        assert csv_bytes(report).count(b"\n") == 1 + len(report["countries"]) == outcome_table(report).count("<tr>")


def test_the_calendar_tells_the_run():
    model = played(Session(view.Start(seed=SEED)), 200)
    story = read_story(model)
    for row, record in zip(story.rows, model.country_records, strict=True):
        answers = [answer for _, answer in row.calls]
        assert answers.count("failed") == record["failed"]
        assert answers.count("signed") == (record["deal_meeting"] != NEVER) == (row.deal_day is not None)
    assert story.beliefs[-1][1] == pytest.approx(model.hegemon.believed_firm)
    assert [day for day, _ in story.beliefs[1:]] == sorted(
        row.deal_day for row in story.rows if row.deal_day is not None
    )
    assert {row.iso3: row.own_date for row in story.rows}["KOR"] == 54


def test_the_page_starts_as_the_environment_says(monkeypatch):
    start = view.Start("six", 12, {"delay_cost": 0.1}, {"default": "myopic"})
    monkeypatch.setenv(view.START, json.dumps(asdict(start)))
    assert view.read_start() == start
    _, context = solara.render(Page(), handle_error=False)
    context.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"port": 70000}, "--port 70000"),
        ({"host": "203.0.113.7"}, "--host 203.0.113.7: not an address of this machine"),
        ({"seed": -1}, "--seed -1"),
        ({"case": "sixx"}, "did you mean 'six'"),
        ({"overrides": {"delay_cost": 3.0}}, "delay_cost: 3 is out of range"),
        ({"strategy": {"KOR": "myopix"}}, "did you mean 'myopic'"),
    ],
)
def test_what_cannot_be_served_is_one_line(arguments, message):
    with pytest.raises(InputError) as caught:
        view.serve(**{"port": 0, "open_browser": False, **arguments})
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_taken_port_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"--port {port}: taken on 127.0.0.1; choose another, as in --port"):
            view.serve(port=port, open_browser=False)


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False)]
)
def test_other_hosts_than_loopback_are_known(host, loopback):
    assert view.is_loopback(host) == loopback


@pytest.fixture
def server(tmp_path) -> Iterator[tuple[str, Path]]:
    """The page's address, and the file with what the server writes on standard error."""
    log = tmp_path / "server.log"
    with log.open("w") as errors:
        command = [sys.executable, "-c", WATCHED_SERVER, str(SEED)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, f"the server did not start: {line}{log.read_text()}"
            yield found.group(), log
        finally:
            process.send_signal(signal.SIGINT)  # as Ctrl-C does
            assert process.wait(60) == 0


@pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no chromium, chromium-browser or google-chrome"
)
def test_a_run_in_the_browser(server):
    """Step, set, Reset, a bad combination, the whole run: what is shown is what the kernel plays, all of it local."""
    from playwright.sync_api import expect, sync_playwright

    url, log = server
    hosts, faults = set(), []
    with sync_playwright() as playwright:
        assert CHROMIUM, "this needs Chromium"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("request", lambda request: hosts.add(urlparse(request.url).hostname or request.url[:5]))
        page.on("requestfailed", lambda request: faults.append(f"{request.url}: {request.failure}"))
        page.on("websocket", lambda sockets: hosts.add(urlparse(sockets.url).hostname))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        told, picture = page.locator(".told"), page.locator(".calendar img")
        step, reset = page.get_by_role("button", name="Step"), page.get_by_role("button", name="Reset")

        def slider(name: str) -> Any:
            return page.get_by_role("slider", name=re.compile(rf"^([A-Z]+ )?{name}\b"))

        expect.set_options(timeout=30_000)  # so that a busy machine is no fault
        expect(told).to_contain_text("Day 0 of 90")
        expect(told).to_contain_text(f"case six seed {SEED} equilibrium")
        before = picture.get_attribute("src")
        step.click()
        expect(told).to_contain_text("Day 1 of 90")
        assert picture.get_attribute("src") != before
        page.get_by_role("button", name="\N{BLACK RIGHT-POINTING TRIANGLE}").click()
        expect(told).to_contain_text(re.compile(r"Day ([2-9]|\d\d) of 90"))
        reset.click()  # while it plays
        expect(told).to_contain_text(re.compile(r"Day [01] of 90"))

        slider("headline_value").press("End")
        slider("seed").press("ArrowRight")
        reset.click()
        expect(told).to_contain_text("Day 0 of 90")
        expect(told).to_contain_text(f"seed {SEED + 1} equilibrium headline_value=0.2")
        expect(slider("headline_value")).to_have_attribute("aria-valuenow", "0.2")
        expect(slider("seed")).to_have_attribute("aria-valuenow", str(SEED + 1))

        slider("execution_firm").press("Home")
        reset.click()
        expect(page.get_by_role("alert")).to_contain_text("execution_soft = 0.3 is above execution_firm = 0")
        expect(told).to_contain_text("headline_value=0.2")
        slider("execution_firm").press("End")
        reset.click()
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(slider("headline_value")).to_have_attribute("aria-valuenow", "0.2")

        slider("Render Interval").press("End")
        step.click()
        expect(told).to_contain_text("Over on day 90")
        cells = [row.split("\t") for row in page.locator(".outcome tbody").inner_text().splitlines()]
        command = page.locator("code").inner_text()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download JSON").click()
        saved = json.loads(Path(download.value.path()).read_text())
        browser.close()

    model = played(Session(view.Start()), 0, seed=SEED + 1, headline_value=0.2, execution_firm=1.0)
    report = kernel_report(model)
    assert command == model.command and saved == report
    assert sorted((row[0], row[2], row[3], row[5]) for row in cells) == sorted(
        (
            row["country"], "-" if row["deal_day"] is None else str(row["deal_day"]),
            str(row["deal_rank"] or "-"), percent(row["tariff_final"]),
        )
        for row in report["countries"]
    )  # fmt: skip
    assert hosts <= {"127.0.0.1", "data:", "blob:"} and not faults
    assert log.read_text() == ""
