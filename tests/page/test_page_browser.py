"""The page in a real Chromium, served by the real command: what is shown is what the kernel plays, all of it local."""

import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from typer.testing import CliRunner

from experiments.cli import app

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SEED = 7
TIMEOUT = 30_000  # so that a busy machine is no fault
# The command itself; its process tells of every connection and name look-up that would leave the machine.
WATCHED = """
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
from experiments.cli import main
sys.argv = ["tariff-pause", "view", "--port", "0", "--no-open", *sys.argv[1:]]
main()
"""
pytestmark = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no chromium, chromium-browser or google-chrome"
)


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[str]:
    """`tariff-pause view` with these arguments; at the end it must have said nothing on standard error."""
    log = folder / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert process.stdout is not None
            found = None
            while found is None:
                line = process.stdout.readline()
                assert line, f"the server did not start: {log.read_text()}"
                found = re.search(r"http://\S+", line)
            yield found.group()
        finally:
            process.send_signal(signal.SIGINT)  # as Ctrl-C does
            assert process.wait(60) == 0
    assert log.read_text() == ""


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server"), "--seed", str(SEED)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Browser contexts by colour scheme; each keeps what it has fetched for the next page."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "this needs Chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield {scheme: chromium.new_context(color_scheme=scheme) for scheme in ("light", "dark")}
        chromium.close()


class Opened:
    """A page in the browser, and everything that went wrong with it."""

    def __init__(self, browser: Any, url: str, width: int = 1400, scheme: str = "light") -> None:
        self.hosts: set[str | None] = set()
        self.faults: list[str] = []
        self.page = browser[scheme].new_page()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.set_default_timeout(TIMEOUT)
        self.page.on("request", lambda request: self.hosts.add(urlparse(request.url).hostname or request.url[:5]))
        self.page.on("requestfailed", lambda request: self.faults.append(f"{request.url}: {request.failure}"))
        self.page.on("websocket", lambda sockets: self.hosts.add(urlparse(sockets.url).hostname))
        self.page.on("console", lambda told: self.faults.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(url)
        self.page.locator(".answer").wait_for(state="attached")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def field(self, name: str) -> Any:
        return self.page.get_by_label(name, exact=True)

    def set(self, name: str, value: float) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        self.field(f"{name}, number").fill(str(value))
        self.field(f"{name}, number").press("Enter")

    def wait(self, **data: Any) -> None:
        """Until the page shows a day, or whether the run goes on (the data of its headline)."""
        for name, value in data.items():
            self.page.wait_for_function(
                "([name, value]) => document.querySelector('.answer')?.dataset[name] === value",
                arg=[name, str(value)],
            )

    def says(self, text: str) -> None:
        self.page.wait_for_function("(text) => document.querySelector('.panels')?.innerText.includes(text)", arg=text)

    def finish(self) -> None:
        self.click("To the end")
        self.wait(running="false")

    def outcome(self) -> list[dict[str, str]]:
        """The outcome as downloaded."""
        with self.page.expect_download() as download:
            self.click("Outcome as CSV")
        return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))

    def close(self) -> None:
        self.page.close()
        assert self.hosts <= {"127.0.0.1", "data:", "blob:"}
        assert self.faults == []


@pytest.fixture
def opened(browser, url) -> Iterator[Opened]:
    page = Opened(browser, url)
    yield page
    page.close()


def played(tmp_path: Path, *arguments: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What `run` says: its JSON document, and the rows of its CSV."""
    path = tmp_path / "run.csv"
    result = CliRunner().invoke(app, ["run", *arguments, "--json", "--csv", str(path)], catch_exceptions=False)
    return json.loads(result.stdout), list(csv.DictReader(io.StringIO(path.read_text())))


def test_step_by_step_to_the_end_it_is_the_run_of_the_command_line(opened, tmp_path):
    opened.wait(day=0, running="true")
    before = opened.page.locator(".calendar > svg").inner_html()
    opened.click("Step")
    opened.wait(day=1)
    assert opened.page.locator(".calendar > svg").inner_html() != before
    for _ in range(20):  # faster than it can answer: none may be lost
        opened.page.get_by_role("button", name="Step", exact=True).dispatch_event("click")
    opened.wait(day=21)
    opened.click("Back")
    opened.wait(day=20)
    opened.finish()
    report, rows = played(tmp_path, "--seed", str(SEED))
    assert opened.outcome() == rows
    hegemon = report["hegemon"]
    shown = opened.page.locator("h1.now").inner_text()
    assert f"{hegemon['deals']} of 6 signed; the hegemon was {hegemon['type']}" in shown
    assert f"{hegemon['surplus_bn']:.1f}" in opened.page.locator(".panel-hegemon").inner_text()
    table = [row.split("\t") for row in opened.page.locator(".outcome tbody").inner_text().splitlines()]
    assert sorted((row[0], row[1], row[2]) for row in table) == sorted(
        (row["country_name"], str("-" if row["deal_day"] is None else row["deal_day"]), str(row["deal_rank"] or "-"))
        for row in report["countries"]
    )
    assert opened.page.locator("svg .rank").count() == hegemon["deals"] + 1  # and one in the legend


def test_settings_change_the_run_and_reset_keeps_them(opened, tmp_path):
    opened.finish()
    first = opened.outcome()
    opened.field("headline value").press("End")
    opened.says("headline_value=0.2")
    opened.set("delay cost", 0.15)
    opened.says("delay_cost=0.15")
    opened.field("seed").fill(str(SEED + 1))
    opened.field("seed").press("Enter")
    opened.says(f"--seed {SEED + 1}")
    opened.field("settings for").select_option("KOR")
    opened.field("its strategy").select_option("wait_and_see")
    opened.says("KOR=wait_and_see")
    second = opened.outcome()
    assert second != first
    opened.click("Reset")
    opened.wait(day=0, running="true")
    opened.finish()
    assert opened.outcome() == second
    command = opened.page.locator("code").inner_text().split()
    report, rows = played(tmp_path, *command[2:])
    assert second == rows
    assert report["overrides"] == {"headline_value": 0.2, "delay_cost": 0.15} and report["seed"] == SEED + 1
    opened.page.reload()  # the address holds what is set, and the day
    opened.wait(running="false")
    assert opened.outcome() == second
    opened.click("All settings as at the start")
    opened.says(f"--seed {SEED} --strategy equilibrium")
    assert opened.outcome() == first


def test_no_press_is_lost(opened):
    """Keys and drags faster than the answers: the last one counts, and every one before it."""
    opened.field("hegemon patience").focus()
    for _ in range(12):
        opened.page.keyboard.press("ArrowLeft")
    opened.says("hegemon_patience=0.68")
    assert opened.field("hegemon patience").input_value() == "0.68"
    box = opened.field("days played").bounding_box()
    opened.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    opened.page.mouse.down()
    for step in range(40):
        opened.page.mouse.move(box["x"] + (0.9 - 0.02 * step) * box["width"], box["y"] + box["height"] / 2)
    opened.page.mouse.up()
    day = opened.field("days played").input_value()
    assert 5 < int(day) < 20
    opened.wait(played=day)
    opened.page.wait_for_timeout(300)
    opened.wait(played=day)


def test_settings_that_cannot_be_used_are_said_and_change_nothing(opened):
    command = opened.page.locator("code").inner_text()
    opened.set("execution firm", 0.1)
    opened.page.get_by_role("alert").wait_for()
    assert "execution_soft = 0.3 is above execution_firm = 0.1" in opened.page.get_by_role("alert").inner_text()
    assert opened.page.locator("code").inner_text() == command
    opened.set("execution soft", 0.05)
    opened.page.get_by_role("alert").wait_for(state="detached")
    opened.says("execution_soft=0.05")
    opened.set("delay cost", 7)
    assert "out of range" in opened.page.get_by_role("alert").inner_text()


def test_why_is_that_of_the_call_picked(opened, tmp_path):
    opened.finish()
    opened.field("country to explain").select_option("KOR")
    opened.says("South Korea, day")
    report, _ = played(tmp_path, "--seed", str(SEED), "--explain", "KOR")
    calls = report["explanation"]
    last, first = calls[-1], calls[0]
    panel = opened.page.locator(".panel-why")
    assert f"South Korea, day {last['day']} (" in panel.inner_text()
    assert f"It {'waited' if last['answer'] == 'waited' else 'moved'}" in panel.inner_text()
    for call in (last, first):
        if call is first:
            opened.page.locator(f'.calendar g[data-call]:has-text("South Korea, day {first["day"]} ") .target').click()
            opened.says(f"South Korea, day {first['day']} (")
        values = [
            float(text.replace("\N{MINUS SIGN}", "-")) for text in panel.locator(".value.total").all_inner_texts()
        ]
        assert values == [round(100 * call["moving"], 1), round(100 * call["waiting"], 1)]
    with opened.page.expect_download() as download:
        opened.click("Calls so far as CSV")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    own = [row for row in rows if row["country"] == "KOR"]
    assert [int(row["day"]) for row in own] == [call["day"] for call in calls]
    assert [float(row["moving"]) for row in own] == pytest.approx([call["moving"] for call in calls])


def test_it_plays_pauses_and_resets_at_random_without_a_fault(opened, tmp_path):
    """Two hundred presses in any order, and the page still shows the run of its seed."""
    chance = random.Random(1)
    opened.page.get_by_label("days a second").select_option("16")
    for _ in range(200):
        name = chance.choice(["play", "play", "reset", "step", "back", "slider", "finish"])
        if name == "slider":
            value = chance.choice(["0", "0.03", "0.06"])
            opened.page.evaluate(
                """(value) => { const one = document.querySelector('input[aria-label="headline value"]');
                one.value = value; one.dispatchEvent(new Event("change")); }""",
                value,
            )
        else:
            number = {"reset": 1, "back": 2, "play": 3, "step": 4, "finish": 5}[name]
            button = f".bar .group button:nth-child({number})"
            opened.page.evaluate("(button) => document.querySelector(button).click()", button)
        opened.page.wait_for_timeout(chance.choice([0, 5, 40, 90]))
    opened.page.evaluate("document.querySelector('.bar .group button').click()")  # Reset also stops the playing
    opened.set("headline value", 0.03)
    opened.finish()
    assert opened.page.get_by_role("alert").count() == 0
    assert opened.outcome() == played(tmp_path, "--seed", str(SEED))[1]


def test_playing_stops_at_the_end_and_two_pages_do_not_disturb_each_other(browser, opened, url):
    other = Opened(browser, url)
    opened.page.get_by_label("days a second").select_option("16")
    opened.click("Play")
    other.click("Step")
    other.wait(day=1)
    opened.click("Pause")
    day = int(opened.page.locator(".answer").get_attribute("data-day"))
    assert 0 < day < 90
    opened.page.wait_for_timeout(400)
    assert int(opened.page.locator(".answer").get_attribute("data-day")) <= day + 1  # one may have been under way
    opened.field("days played").fill("85")
    opened.wait(day=85)
    opened.page.keyboard.press("Escape")
    opened.click("Play")
    opened.wait(running="false")
    assert opened.page.get_by_role("button", name="Play", exact=True).is_disabled()
    other.wait(day=1)
    other.close()


@pytest.mark.parametrize("width", [1400, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_or_covered(browser, url, width, scheme):
    page = Opened(browser, url + "?day=40", width, scheme)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.page.evaluate("document.documentElement.dataset.theme") == scheme
    covered = page.page.evaluate(
        """() => { const box = document.querySelector('.calendar').getBoundingClientRect();
        const top = document.elementFromPoint(box.left + box.width / 2, box.top + 80);
        return !top.closest('.calendar'); }"""
    )
    assert not covered
    page.click("Settings")
    page.page.wait_for_timeout(100)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_replay_is_the_stored_row(browser, tmp_path):
    """A row of a sweep, on the page: the downloaded outcome is what countries.csv holds."""
    design = tmp_path / "small.toml"
    design.write_text(
        'replicates = 4\nseed = 11\nstrategy = { KOR = "wait_and_see" }\n[grid]\nheadline_value = [0.0, 0.05]\n'
    )
    folder = tmp_path / "small"
    result = CliRunner().invoke(
        app, ["sweep", str(design), "--out", str(folder), "--no-figures"], catch_exceptions=False
    )
    assert result.exit_code == 0
    with (folder / "countries.csv").open() as file:
        stored = [row for row in csv.DictReader(file) if (row["point"], row["replicate"]) == ("1", "3")]
    with serving(tmp_path, "--replay", str(folder), "--point", "1", "--replicate", "3") as address:
        page = Opened(browser, address)
        page.says("Its outcome equals the stored row, column by column.")
        page.finish()
        shown = page.outcome()
        page.set("headline value", 0.01)
        page.says("No longer the stored run")
        page.click("Back to the stored run")
        page.says("Its outcome equals the stored row")
        page.close()
    assert [row["country"] for row in shown] == [row["country"] for row in stored]
    for name in ("deal_day", "deal_rank", "package", "tariff_final", "payoff_share", "payoff_bn", "called_count"):
        assert [row[name] for row in shown] == [row[name] for row in stored]
