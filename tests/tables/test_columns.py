"""Every file that is written has exactly the columns that are declared, and `columns` tells what they mean."""

import csv
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from agents.negotiation import Negotiation
from agents.policy import prepare, strategies_of
from experiments.page.downloads import calls_csv
from experiments.tables.declaration import ITS_OWN, POINT, WORDS, Table, dictionary, number, whole, words
from experiments.tables.schema import CALLS, COLUMNS, RUN, SOLVE, TABLES, TERMS
from model.case_file import load_case
from model.setting import make_setting
from tests.tools.program import Call

FACTORS = ["headline_value", "KOR.domestic_constraint", "delay_cost"]
DESIGN = """
name = "small"
replicates = 20
measures = ["first_mover_advantage", "clustering", "payoff_by_date"]
measured = ["KOR"]
[fixed]
delay_cost = 0.1
[grid]
headline_value = [0.0, 0.06]
"KOR.domestic_constraint" = [0.0, 1.0]
"""
TWO_UNITS = {"concessions", "sector_news"}  # in words in one table, a number in another


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def declared(table: Table, factors: list[str] | None = None, optional: tuple[str, ...] = ()) -> list[str]:
    """The names of a table's columns, in order, as they are declared."""
    head = ["point", "point_id", *factors] if table.by_point and factors is not None else []
    return head + [column.name for column in table.columns if not column.optional or column.name in optional]


def assert_is(path: Path, table: Table, factors: list[str] | None = None, optional: tuple[str, ...] = ()) -> None:
    """The columns in their order, and in each what its declaration says."""
    names = declared(table, factors, optional)
    assert header(path) == names
    found = pd.read_csv(path, low_memory=False)
    for column in table.columns:
        if column.name in names and column.kind not in (words("", "").kind, whole("", "", "").kind):
            assert pd.api.types.is_numeric_dtype(found[column.name]) or found[column.name].isna().all(), column.name
        if column.name in names and column.kind == whole("", "", "").kind:
            given = found[column.name].dropna()
            assert (given == given.round()).all(), column.name


def test_a_sweep_and_its_analysis(call: Call, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(DESIGN)
    assert call("sweep", "small.toml", "--out", "out").code == 0
    by_name = {f"{table.name}.csv": table for table in TABLES}
    written = {path.name for path in (tmp_path / "out").glob("*.csv")}
    of_a_sweep = {"points", "runs", "countries", "summary", "terms", "measures", "dates", "analysis", "columns"}
    assert written == {f"{name}.csv" for name in of_a_sweep}
    for name in written:
        assert_is(tmp_path / "out" / name, by_name[name], FACTORS, ("replicates", "doubt", "status", "reason"))


def test_measures_alone(call: Call, tmp_path: Path) -> None:
    assert call("measures", "--country", "KOR", "--out", "out", "--json").code == 0
    by_name = {f"{table.name}.csv": table for table in TABLES}
    for name in ("measures.csv", "dates.csv"):
        assert_is(tmp_path / "out" / name, by_name[name])


REGRET = ("best_response_share", "regret_share", "regret_bn")
ERRORS = ("days_waited_se", "payoff_share_se")


@pytest.mark.parametrize(
    ("arguments", "table", "optional"),
    [
        (("run",), RUN, ()),
        (("terms",), TERMS, ()),
        (("solve",), SOLVE, ()),
        (("solve", "--regret"), SOLVE, REGRET),
        (("solve", "--case", "eighteen"), SOLVE, ERRORS),
        (("columns",), COLUMNS, ()),
    ],
)
def test_what_a_command_writes(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], table: Table, optional: tuple[str, ...]
) -> None:
    assert call(*arguments, "--csv", "out.csv").code == 0
    assert_is(tmp_path / "out.csv", table, None, optional)


def test_calls_of_the_page(tmp_path: Path) -> None:
    from agents.explanation import Explainer

    six = load_case("six")
    prepared = prepare(make_setting(six, {}), strategies_of(six))
    model = Negotiation(prepared=prepared)
    while model.running:
        model.step()
    (tmp_path / "calls.csv").write_text(calls_csv(model, Explainer(prepared)))
    assert_is(tmp_path / "calls.csv", CALLS)


def test_every_column_is_told(call: Call, tmp_path: Path) -> None:
    told = call("columns", "--csv", "columns.csv")
    assert (told.code, told.err) == (0, "")
    rows = list(dictionary(TABLES))
    assert len(told.out.splitlines()) == len(rows)
    assert pd.read_csv(tmp_path / "columns.csv").to_dict("records") == rows
    for row in rows:
        assert all(row.values()) and "\n" not in row["meaning"] and not row["meaning"].endswith("."), row
    for table in TABLES:
        names = [row["column"] for row in rows if row["table"] == table.name]
        assert len(set(names)) == len(names)


def test_a_name_has_one_unit() -> None:
    units = defaultdict(set)
    for row in dictionary(TABLES):
        units[row["column"]].add(row["unit"])
    assert {name for name, found in units.items() if len(found - {ITS_OWN}) > 1} == TWO_UNITS
    assert units["payoff_bn"] == {"bn USD a year"} and units["country"] == {WORDS}


def test_a_column_that_is_not_declared_is_not_written() -> None:
    table = Table("pairs", "pair", (words("name", "a name"), number("value", "days", "a number")), by_point=True)
    row = {"point": 3, "point_id": "ab", "delay_cost": 0.1, "name": "x", "value": None}
    assert table.of([row], ["delay_cost"]).to_pylist() == [row]
    assert table.schema([]).names == [POINT.name, "point_id", "name", "value"]
    for wrong in (row | {"other": 1.0}, {"name": "x", "value": 1.0}):
        with pytest.raises(KeyError, match="pairs"):
            table.of([wrong], ["delay_cost"])
