"""The page in a real Chromium, served by the real command: what is shown is what the kernel plays, all of it local."""

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from tests.tools.served_page import SEED, Opened, serving


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


def test_the_hegemons_strategy_is_picked_and_its_calls_get_reasons(opened, tmp_path):
    field, panel = opened.field("strategy of the hegemon"), opened.page.locator(".panel-hegemon")
    assert field.input_value() == "promise_keeping" and "By a lottery" in panel.inner_text()
    field.select_option("forward_looking")
    opened.says("--strategy hegemon=forward_looking")
    opened.says("It would most likely call")
    assert "beyond a lottery, bn" in panel.inner_text()
    opened.page.reload()  # the address holds it
    opened.says("--strategy hegemon=forward_looking")
    assert opened.field("strategy of the hegemon").input_value() == "forward_looking"
    opened.finish()
    command = opened.page.locator("code").inner_text().split()
    report, rows = played(tmp_path, *command[2:], "--explain", "hegemon")
    assert report["hegemon"]["strategy"] == "forward_looking" and opened.outcome() == rows
    for number in (0, len(report["explanation"]) // 2):
        opened.page.locator(f'.calendar g[data-call="{number}"] .target').dispatch_event("click")
        opened.says(report["explanation"][number]["words"])
    opened.click("All settings as at the start")
    opened.says("by lottery.")
    assert "hegemon=" not in opened.page.locator("code").inner_text()
    opened.field("case").select_option("eighteen")
    opened.says("--case eighteen")
    refused = opened.page.locator(".controls .refused")
    refused.wait_for()
    assert refused.inner_text().startswith("Not choosing or forward_looking here: 18 countries")
    picks = opened.field("strategy of the hegemon").locator("option")
    assert picks.evaluate_all("(all) => all.map((one) => one.disabled)") == [False, True, True]


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
    for call in (last, first):
        if call is first:
            opened.page.locator(f'.calendar g[data-call]:has-text("South Korea, day {first["day"]} ") .target').click()
            opened.says(f"South Korea, day {first['day']} (")
        shown = panel.locator(".line.total .value").all_inner_texts()[:2]
        values = [float(text.replace("\N{MINUS SIGN}", "-")) for text in shown]
        assert values == [round(100 * call["moving"], 1), round(100 * call["waiting"], 1)]
        assert call["words"]["verdict"] in panel.inner_text()
    with opened.page.expect_download() as download:
        opened.click("Calls so far as CSV")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    own = [row for row in rows if row["country"] == "KOR"]
    assert [int(row["day"]) for row in own] == [call["day"] for call in calls]
    assert [float(row["moving"]) for row in own] == pytest.approx([call["moving"] for call in calls])


@pytest.mark.slow
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
    opened.set("headline value", 0.01)
    opened.finish()
    assert opened.page.get_by_role("alert").count() == 0
    assert opened.outcome() == played(tmp_path, "--seed", str(SEED))[1]


@pytest.mark.slow
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


@pytest.mark.parametrize("width", [1400, 1000, 800])
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


def in_view(page: Any, selector: str, share: float = 1.0) -> bool:
    """Whether at least this share of an element's height lies inside the window, and nothing covers its top."""
    return page.evaluate(
        """([selector, share]) => {
          const one = document.querySelector(selector), box = one.getBoundingClientRect();
          const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
          const top = document.elementFromPoint(box.left + box.width / 2, Math.max(box.top, 0) + 4);
          return box.left >= 0 && box.right <= innerWidth && seen >= share * box.height && one.contains(top);
        }""",
        [selector, share],
    )


def test_the_reason_of_the_last_call_is_seen_beside_the_calendar_while_stepping(browser, url, tmp_path):
    """At 1400 x 800, settings open, without scrolling: the whole calendar, the reason in words, and the account."""
    page = Opened(browser, url)
    page.page.set_viewport_size({"width": 1400, "height": 800})
    explained = {
        (iso3, call["day"]): call
        for iso3 in ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")
        for call in played(tmp_path, "--seed", str(SEED), "--explain", iso3)[0]["explanation"]
    }
    seen = 0
    for day in range(1, 13):
        page.click("Step")
        page.wait(day=day)
        for (_, when), call in explained.items():
            if when == day - 1:
                page.says(call["words"]["verdict"])
                assert call["kind"] in page.page.locator(".words").inner_text()
                for selector in (".calendar", ".panel-why .verdict", ".panel-why .said", ".panel-why .parts .total"):
                    assert in_view(page.page, f"{selector} .label" if "total" in selector else selector), selector
                calendar, why = (page.page.locator(one).bounding_box() for one in (".panel-calendar", ".panel-why"))
                assert why["x"] >= calendar["x"] + calendar["width"]
                seen += 1
    assert seen >= 8
    page.close()


@pytest.mark.parametrize("width", [1000, 800])
def test_open_settings_do_not_hide_what_they_change(browser, url, width):
    """The calendar, and which reason the last call had, are seen beside an open slider that changes them."""
    page = Opened(browser, url + "?day=40", width)
    page.page.set_viewport_size({"width": width, "height": 800})
    page.click("Settings")
    page.page.locator(".controls").wait_for()
    slider = page.field("headline value")
    slider.scroll_into_view_if_needed()
    assert in_view(page.page, 'input[aria-label="headline value"]') and in_view(page.page, ".calendar")
    before = page.page.locator(".calendar svg").first.inner_html()
    slider.fill("0.1")
    slider.dispatch_event("change")
    page.page.wait_for_function("(before) => document.querySelector('.calendar svg').innerHTML !== before", arg=before)
    assert in_view(page.page, ".calendar") and in_view(page.page, ".words")
    page.close()


def test_the_page_carries_its_name_and_says_what_it_shows(opened):
    assert opened.page.title() == "tariff-pause"
    assert opened.page.locator(".bar .project").inner_text() == "tariff-pause"
    opened.click("Step")
    opened.wait(day=1)
    assert opened.page.locator(".bar .model").inner_text() == "Mesa model: step 1, 7 agents"
    assert "agents are the hegemon" in opened.page.locator(".bar .model").get_attribute("title")
