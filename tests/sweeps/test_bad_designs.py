"""Samples, lists and grids that contradict themselves or each other: one line that says what is allowed, and where."""

from pathlib import Path

import pytest

from experiments.sweeps.design_file import load_design, with_overrides
from model.errors import InputError
from tests.tools.program import Call, assert_refused

SAMPLE = 'sample = { method = "latin_hypercube", points = 8 }\n'
RANGES = "[ranges]\ninertia = { from = 0.1, to = 0.2 }\n"


def sample(text: str) -> str:
    return f"sample = {{ {text} }}\n{RANGES}"


def ranges(text: str) -> str:
    return f"{SAMPLE}[ranges]\n{text}\n"


BAD = {
    "until what": ('until = "payoff < 1"\n[grid]\ninertia = [0.1]\n', "until: unknown quantity 'payoff'; did you mean"),
    "no points": (
        sample('method = "sobol", points = 0'),
        "sample: points = 0: a whole number from 1 to 1000000 is allowed",
    ),
    "a negative number": (sample('method = "sobol", points = -8'), "sample: points = -8: a whole number from 1"),
    "a fraction": (sample('method = "sobol", points = 8.0'), "sample: points = 8.0: a whole number from 1"),
    "a truth": (sample('method = "sobol", points = true'), "sample: points = True: a whole number from 1"),
    "too many": (
        sample('method = "latin_hypercube", points = 2000000'),
        "sample: points = 2000000: a whole number from 1",
    ),
    "too many with a grid": (
        'sample = { method = "latin_hypercube", points = 1000 }\n[ranges]\ninertia = [0.1, 0.2]\n'
        "[grid]\ndelay_cost = { from = 0, to = 1, steps = 2000 }\n",
        "2,000,000 points; at most 1,000,000 are allowed",
    ),
    "no power of two": (
        sample('method = "sobol", points = 100'),
        "points = 100: of a Sobol sequence a power of two, as 64 or 128",
    ),
    "an unknown method": (
        sample('method = "sobel", points = 8'),
        "sample: unknown method 'sobel'; did you mean 'sobol'?",
    ),
    "a method that is no text": (
        sample("method = 3, points = 8"),
        "sample: unknown method '3'; allowed: latin_hypercube, sobol",
    ),
    "no method": (sample("points = 8"), "sample: `method` is missing; write { method = 'latin_hypercube'"),
    "no number of points": (sample('method = "sobol"'), "sample: `points` is missing; write { method"),
    "a misspelt key": (
        sample('method = "sobol", points = 8, sed = 1'),
        "sample: unknown field 'sed'; did you mean 'seed'?",
    ),
    "a negative seed": (sample('method = "sobol", points = 8, seed = -1'), "sample: seed = -1: a whole number from 0"),
    "no table": (f"sample = 8\n{RANGES}", "sample: write { method = 'latin_hypercube', points = 256, seed = 1 }"),
    "a sample without ranges": (SAMPLE, "a sample needs [ranges] to draw from"),
    "empty ranges": (f"{SAMPLE}[ranges]\n", "[ranges] is empty; a sample draws one factor at least"),
    "ranges without a sample": (RANGES, "[ranges] are for a sample; add sample = { method"),
    "ranges that are no table": (f"{SAMPLE}ranges = 3", "ranges is not a table"),
    "a sample and a list": (
        f'list = "a.csv"\n{SAMPLE}{RANGES}',
        "a sample and a list too; a design has one of the two",
    ),
    "a range upside down": (
        ranges("inertia = { from = 0.2, to = 0.1 }"),
        "ranges: inertia: from = 0.2 is above to = 0.1",
    ),
    "equal ends": (ranges("inertia = [0.2, 0.2]"), "ranges: inertia: from and to are both 0.2; write it under [fixed]"),
    "steps": (
        ranges("inertia = { from = 0.1, to = 0.2, steps = 3 }"),
        "ranges: inertia: a range that is sampled has no steps",
    ),
    "a misspelt end": (ranges("inertia = { from = 0.1, too = 0.2 }"), "ranges: inertia: unknown field 'too'"),
    "one end": (
        ranges("inertia = { from = 0.1 }"),
        "ranges: inertia: `to` is missing; write { from = 0.0, to = 0.06 }",
    ),
    "a list of values": (ranges("inertia = [0.1, 0.2, 0.3]"), "ranges: inertia: write { from = 0.0, to = 0.06 }"),
    "a number": (ranges("inertia = 0.1"), "ranges: inertia: write { from = 0.0, to = 0.06 }"),
    "an end that is no number": (ranges('inertia = [0.1, "x"]'), "ranges: inertia: to: 'x' is not a number"),
    "an end out of range": (
        ranges("inertia = [0.1, 2]"),
        "ranges: inertia: to: 2 is out of range (allowed: 1e-06 to 0.999",
    ),
    "an end that is not whole": (
        ranges("window_days = [60, 90.5]"),
        "ranges: window_days: to: 90.5 is not a whole number",
    ),
    "no date as an end": (
        ranges('KOR.date = ["none", 54]'),
        "ranges: KOR.date: a range is of numbers; write 'none' among",
    ),
    "an unknown factor": (
        ranges("inerta = [0.1, 0.2]"),
        "ranges: inerta: unknown parameter 'inerta'; did you mean 'inertia'?",
    ),
    "a category": (ranges('KOR.strategy = ["myopic", "deadline"]'), "ranges: KOR.strategy: strategies have no range"),
    "whole numbers too few": (ranges("meetings_per_week = [1, 4]"), "sample: points 0 and "),
    "contradicting points": (
        ranges("execution_soft = [0.4, 0.9]\nexecution_firm = [0.4, 0.9]"),
        " is above execution_firm = ",
    ),
    "in grid and ranges": (f"{SAMPLE}{RANGES}[grid]\ninertia = [0.1]", "inertia is in the grid and in the ranges too"),
    "in ranges and fixed": (f"{SAMPLE}{RANGES}[fixed]\ninertia = 0.1", "inertia is both fixed and varied"),
    "in grid and list": ('list = "a.csv"\n[grid]\ninertia = [0.1]', "inertia is in the grid and in the list too"),
    "in list and fixed": ('list = "a.csv"\n[fixed]\ninertia = 0.1', "inertia is both fixed and varied"),
    "nothing varies": (
        "[fixed]\ninertia = 0.1",
        "[grid] is empty; a sweep varies at least one factor, by a grid, a sample or a list",
    ),
    "steps in a list of tables": (
        "list = [{ inertia = { from = 0, to = 1 } }]",
        "row 0: inertia: {'from': 0, 'to': 1} is not a number",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_it_is_one_line(tmp_path: Path, fault: str) -> None:
    text, told = BAD[fault]
    (tmp_path / "a.csv").write_text("inertia\n0.1\n0.2\n")
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_design(str(tmp_path / "mine.toml"))
    assert str(caught.value).startswith("mine.toml: ") and told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_varies_cannot_be_set(tmp_path: Path, call: Call) -> None:
    (tmp_path / "a.csv").write_text("inertia\n0.1\n0.2\n")
    for text, place in ((f"{SAMPLE}{RANGES}", "its [ranges]"), ('list = "a.csv"', "its list")):
        (tmp_path / "mine.toml").write_text(text)
        called = call("sweep", "mine.toml", "--set", "inertia=0.1")
        assert_refused(called, f"--set inertia: the design varies inertia; change {place} instead")
        fixed = with_overrides(load_design("mine.toml"), {"delay_cost": 0.1}, None, None)
        assert fixed.points[0]["delay_cost"] == 0.1


@pytest.mark.parametrize("name", ["strategy", "KOR.strategy", "hegemon.strategy"])
def test_a_strategy_is_not_set(call: Call, name: str) -> None:
    whose = f"{name.partition('.')[0]}=" if "." in name else ""
    for command in (("run",), ("sweep", "quickstart")):
        called = call(*command, "--set", f"{name}=myopic")
        assert_refused(called, f"--set: {name} is not a number; write it as --strategy {whose}NAME")
