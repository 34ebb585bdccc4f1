"""Issues of a country, and a country without a date, as factors: from the design to the files and back."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from experiments.page.replay import read_replay
from experiments.page.session import Session
from experiments.page.settings import Chosen, read_address
from experiments.page.story import read_story
from experiments.sweeps.blocks import prepare_point
from experiments.sweeps.design import Design
from experiments.sweeps.design_check import extremes
from experiments.sweeps.design_file import load_design, parse_design
from experiments.sweeps.recipe import recipe_of
from experiments.sweeps.sweep import run_sweep
from experiments.tables.folder import MANIFEST
from experiments.tables.reading import read_results
from experiments.tables.saving import Saving
from model.case_file import load_case
from model.errors import InputError
from tests.tools.cases import OWN
from tests.tools.program import Call, assert_refused

QUOTED = """
countries = ["KOR", "JPN"]
case = "six"
replicates = 20
seed = 3
measures = ["constraint_cost"]
measured = ["KOR"]
[fixed]
"JPN.date" = "none"
"KOR.beef_over_30_months.red_line" = 0
[grid]
"KOR.date" = [54, "none", 20]
"KOR.rice_market.domestic_cost" = { from = 1, to = 5, steps = 2 }
"""
NESTED = """
countries = ["KOR", "JPN"]
case = "six"
replicates = 20
seed = 3
measures = ["constraint_cost"]
measured = ["KOR"]
[fixed]
JPN.date = "none"
KOR.beef_over_30_months = { red_line = false }
[grid]
KOR.date = [54, "none", 20]
[grid.KOR.rice_market]
domestic_cost = { from = 1, to = 5, steps = 2 }
"""


def load(tmp_path: Path, text: str) -> Design:
    (tmp_path / "design.toml").write_text(text)
    return load_design(str(tmp_path / "design.toml"))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of a small sweep."""
    folder = tmp_path_factory.mktemp("swept")
    run_sweep(load(folder, QUOTED), folder / "small", threads=1)
    return folder / "small"


def test_nested_tables_are_the_same_design(tmp_path: Path) -> None:
    one, other = load(tmp_path, QUOTED), load(tmp_path, NESTED)
    assert one.points == other.points and one.identity == other.identity
    assert one.factors == ("KOR.date", "KOR.rice_market.domestic_cost", "JPN.date", "KOR.beef_over_30_months.red_line")
    assert list(one.points[2].items()) == list(zip(one.factors, (None, 1.0, None, 0.0), strict=True))
    assert {str(point["KOR.date"]) for point in extremes(one)} == {"20.0", "54.0", "None"}


def test_an_issue_with_spaces_in_a_nested_table(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    design = load(tmp_path, 'case = "mine.toml"\n[grid.EU."digital services tax"]\ndomestic_cost = [0, 5]\n')
    assert design.factors == ("EU.digital services tax.domestic_cost",)
    assert (
        prepare_point(recipe_of(design, Saving()), design.points[1]).setting.countries[0].issues[0].domestic_cost == 5.0
    )


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ("KOR.date = { from = 20, to = 'none', steps = 2 }", "grid: KOR.date: a range is of numbers; write a list"),
        ("KOR.date = ['none', 'none']", "grid: KOR.date: a value is given twice"),
        ("KOR.date = ['never']", "grid: KOR.date: 'never' is not a number (allowed: 0 to 1000, or none, day)"),
        ("KOR.rice_market = 3", "grid: KOR.rice_market: KOR.rice_market is an issue; write one of its numbers: KOR."),
        (
            "KOR.rice_market = { domestic_cots = [3] }",
            "KOR.rice_market.domestic_cots: unknown number of an issue 'domestic_cots'; did you mean 'domestic_cost'?",
        ),
        ("KOR.rice_marke = { domestic_cost = [3] }", "unknown issue 'rice_marke'; did you mean 'rice_market'?"),
        ("KOR.inertia = { form = 0.1, to = 0.2, steps = 2 }", "grid: KOR.inertia: unknown field 'form'"),
        ("KOR.inertiaa = { from = 0.1, to = 0.2, steps = 2 }", "unknown parameter 'inertiaa'; did you mean 'inertia'?"),
        ("KOR.rice_market.red_line = [0.5]", "KOR.rice_market.red_line: 0.5 is not a whole number (allowed: 0 to 1)"),
        ("delay_cost = ['none']", "grid: delay_cost: 'none' is not a number"),
    ],
)
def test_what_cannot_be_a_factor(tmp_path: Path, grid: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, f"case = 'six'\n[grid]\n{grid}\n")
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_written_can_be_read_back(swept: Path) -> None:
    with (swept / "points.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["KOR.date"] for row in rows] == ["54", "54", "", "", "20", "20"]
    assert {row["JPN.date"] for row in rows} == {""}
    manifest = json.loads((swept / MANIFEST).read_text())
    assert manifest["design"]["grid"]["KOR.date"] == [54.0, None, 20.0]
    assert manifest["design"]["fixed"] == {"JPN.date": None, "KOR.beef_over_30_months.red_line": 0.0}
    assert manifest["case"]["dates"] == {"KOR": 54.0}
    again = parse_design(manifest["design"], MANIFEST, swept, "x")
    assert again.identity == manifest["identity"]
    with (swept / "measures.csv").open() as file:
        cost = {row["point"]: float(row["value"]) for row in csv.DictReader(file) if row["part"] == "total"}
    assert len(cost) == 6 and len(set(cost.values())) > 3  # the date and the issue matter to what being bound costs


def test_none_stands_after_all_other_dates_where_numbers_are_drawn(swept: Path) -> None:
    """On the day on which the pause ends: no meeting falls on it, so it is the same as having no date."""
    results = read_results(swept)
    assert results.factors["KOR.date"].tolist() == [54.0, 54.0, 90.0, 90.0, 20.0, 20.0]
    assert [results.dates(point) for point in (1, 3, 5)] == [{"KOR": 54.0}, {}, {"KOR": 20.0}]
    design = load_design(str(swept.parent / "design.toml"))
    for point in (2, 3):
        none = prepare_point(recipe_of(design, Saving()), design.points[point])
        drawn = prepare_point(recipe_of(design, Saving()), {**design.points[point], "KOR.date": 90})
        assert np.array_equal(none.policy.by_set, drawn.policy.by_set)
        assert np.array_equal(none.terms.payoff[:, :, :, 0], drawn.terms.payoff[:, :, :, 0], equal_nan=True)


def test_it_is_analysed_and_drawn(swept: Path, call: Call) -> None:
    called = call("analyze", str(swept))
    assert (called.code, called.err) == (0, "")
    assert (swept / "figures" / "constraint_cost_over_KOR_rice_market_domestic_cost.png").exists()


@pytest.mark.parametrize("point", [0, 2, 5])
def test_a_run_of_it_is_replayed(swept: Path, point: int) -> None:
    start = read_replay(str(swept), point, 7)
    session = Session(start)
    assert session.verdict is not None and session.verdict.equal, session.verdict
    assert session.ready.prepared.setting.overrides["KOR.date"] == (54.0, None, 20.0)[point // 2]
    read_story(session.model)


def test_a_page_is_addressed_by_them() -> None:
    start, six = Chosen(), load_case("six")
    chosen = Chosen(overrides=(("KOR.date", None), ("KOR.rice_market.domestic_cost", 2.5), ("delay_cost", 0.1)))
    address = chosen.address(start, 4)
    assert "set=KOR.date=none" in address
    assert read_address(address, start) == (chosen, 4)
    assert "--set KOR.date=none --set KOR.rice_market.domestic_cost=2.5" in chosen.command(six)
    assert chosen.with_value(six, "KOR.date", 54.0).overrides == chosen.overrides[1:]
    assert chosen.with_value(six, "KOR.rice_market.domestic_cost", 5.0).overrides == chosen.overrides[::2]
    # In a case without that issue it is kept and not applied.
    bare = dataclasses.replace(six, countries=(dataclasses.replace(six.countries[0], issues=()),))
    assert chosen.applied(bare)[0] == {"KOR.date": None, "delay_cost": 0.1}
    with pytest.raises(InputError, match="unknown issue 'rice'"):
        read_address("set=KOR.rice.domestic_cost=1", start)


def test_from_the_command_line(call: Call) -> None:
    document = call("run", "--json", "--set", "KOR.date=none", "--set", "KOR.rice_market.red_line=false").json
    assert document["overrides"] == {"KOR.date": None, "KOR.rice_market.red_line": 0.0}
    assert_refused(
        call("run", "--set", "KOR.rice_markt.red_line=1"), "KOR.rice_markt.red_line: unknown issue 'rice_mar"
    )
    assert_refused(call("run", "--set", "KOR.imports=none"), "--set KOR.imports: 'none' is not a number")
    assert call("run", "--json", "--set", "KOR.date=200").json["countries"] == [
        *call("run", "--json", "--set", "KOR.date=none").json["countries"]
    ]
