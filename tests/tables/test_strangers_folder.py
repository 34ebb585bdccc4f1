"""A result folder from a stranger: whatever stands in its files, it is read rightly or refused in one line.

Each entry of the manifest is put in the place of every strange value, and each cell of the tables in that of every
strange text, one at a time; `analyze` and `view --replay` read what comes of it.
"""

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from experiments.analysis.aggregate import analyse
from experiments.analysis.sentences import three_sentences
from experiments.page.replay import compare, read_replay
from experiments.page.session import Session
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.reading import read_results
from tests.tools.program import assert_refused, tree
from tests.tools.strange import CELLS, STRANGE, refused, spoilt

DESIGN = """
replicates = 4
seed = 11
strategy = { default = "myopic", KOR = "wait_and_see" }
measures = ["constraint_cost", "payoff_by_date"]
measured = ["KOR"]
[fixed]
delay_cost = 0.1
[grid]
headline_value = [0.0, 0.05]
"KOR.domestic_constraint" = [0.0, 1.0]
"""
POINT, REPLICATE = 2, 3
READ = {  # the columns that are read
    "points.csv": ("point", "headline_value", "KOR.domestic_constraint", "delay_cost"),
    "runs.csv": ("point", "replicate", "status", "error", "hegemon_surplus_bn"),
    "countries.csv": ("point", "replicate", "country", "deal_day", "deal_rank", "package", "payoff_share", "payoff_bn"),
    "summary.csv": ("country", "country_name"),
    "measures.csv": ("point", "country", "measure", "part", "unit", "value", "low", "method"),
    "dates.csv": ("point", "country", "meeting", "day", "mean_rank", "payoff_bn"),
}

# What may stand at an entry of the manifest, for `analyze` and for a replay (None: it may be missing). A name is any
# line of text that can be shown; at an entry that a reader does not go by, it takes whatever is JSON.
NAMES = ("", "x", "3", "../../x", "[/b] $\\frac$", "a\u200db\u00a0c")
ANYTHING = tuple(value for value in STRANGE if not {"nan", "inf"} & set(re.findall("[a-z]+", repr(value))))
FITS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "design": ((), ()),
    "design.name": (NAMES, ("x", "3")),
    "design.case": (ANYTHING, NAMES),  # of a case that is gone the folder has a copy
    "design.replicates": ((), ()),
    "design.seed": (ANYTHING, (0, 7)),
    "design.strategy": (ANYTHING, ({},)),
    "design.strategy.KOR": (ANYTHING, ()),
    "design.fixed": (({}, None), ({},)),
    "design.fixed.delay_cost": ((), (-1, 0)),
    "design.grid": ((), ()),
    "design.grid.headline_value": ((), ()),
    "design.measures": (ANYTHING, ([],)),
    "design.measured": (ANYTHING, ([],)),
    "parameters": (({}, {"../x": 1}), ({}, {"../x": 1})),
    "parameters.delay_cost": ((-1, 0, 7, 1.5, 10**30), (-1, 0, 7, 1.5, 10**30)),
    "window": ((), ()),
    "window.window_days": ((7,), (7,)),
    "window.extension_days": ((0, 7), (0, 7)),
    "case": ((), ()),
    "case.name": (NAMES, NAMES),
    "case.sha256": (NAMES, NAMES),
    "case.countries": ((), ()),
    "case.dates": (({}, None), ({}, None)),
    "case.dates.KOR": ((0, 7, 1.5), (0, 7, 1.5)),
    "seeds": ((), ()),
    "seeds.seed": ((0, 7), (0, 7)),
    "points": ((), ()),
    "runs": ((), ()),
    "rule_hash": ((*NAMES, None), (*NAMES, None)),
    "versions": (({}, None), ({}, None)),
    "versions.numpy": (NAMES, NAMES),
}
NUMBERS_FIT = ("", "-1", "1.5", "nan", "100000")
FITS_A_CELL = {
    ("points.csv", "point"): (), ("points.csv", "headline_value"): (), ("points.csv", "delay_cost"): (),
    ("runs.csv", "replicate"): (), ("runs.csv", "hegemon_surplus_bn"): NUMBERS_FIT,
    ("countries.csv", "country"): ("KOR",), ("countries.csv", "deal_day"): ("", "nan"),
    ("countries.csv", "deal_rank"): ("", "nan"), ("countries.csv", "payoff_bn"): NUMBERS_FIT,
    ("measures.csv", "measure"): ("x", "1e300", "inf", "nan", "100000", "KOR"), ("measures.csv", "value"): NUMBERS_FIT,
}  # fmt: skip


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    """The result folder of a small sweep with every kind of file."""
    folder = tmp_path_factory.mktemp("swept")
    (folder / "small.toml").write_text(DESIGN)
    run_sweep(load_design(str(folder / "small.toml")), folder / "small", threads=1)
    return folder / "small"


@pytest.fixture
def folder(swept, tmp_path) -> Path:
    """A copy of it, to spoil."""
    return Path(shutil.copytree(swept, tmp_path / "small"))


def analysed(folder: Path) -> None:
    """Everything that `analyze` takes from the files."""
    three_sentences(analyse(read_results(folder)))


def replayed(folder: Path) -> None:
    """Everything that a replay takes from them."""
    session = Session(read_replay(str(folder), POINT, REPLICATE))
    assert session.stored is not None
    compare(session.stored, session.ready.prepared)


@pytest.mark.parametrize("entry", FITS)
@pytest.mark.parametrize("reader", [0, 1], ids=["analyze", "replay"])
def test_of_a_manifest_what_fits_is_taken(folder, entry, reader):
    read = (analysed, replayed)[reader]
    taken = [value for value in spoilt(folder, entry) if not refused(read, folder)]
    assert list(map(repr, taken)) == list(map(repr, FITS[entry][reader]))  # NaN is not equal to itself


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "3", '"x"', "[]", "{}", "NaN", 10**5 * "[", 10**5 * "[" + 10**5 * "]", 10**5 * '{"a":',
        5000 * "9",
        '{"points": ' + "9" * 5000 + "}", "\ufeff{}", "\x00", '{"design": null}', '{"design": {"name": {}}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [("analyze",), ("view", "--no-open", "--port", "0", "--replay")])
def test_what_is_no_manifest_is_one_line_and_changes_nothing(folder, call, command, text):
    (folder / "manifest.json").write_text(text)
    before = tree(folder)
    assert_refused(call(*command, str(folder)), "manifest.json")
    assert tree(folder) == before


@pytest.mark.parametrize(("name", "column"), [(name, column) for name in READ for column in READ[name]])
def test_a_cell_is_read_rightly_or_refused(folder, name, column):
    lines = (folder / name).read_text().splitlines()
    place = lines[0].split(",").index(column)
    key = f"{POINT},{REPLICATE}," if name in ("runs.csv", "countries.csv") else f"{POINT},"
    at = next(number for number, line in enumerate(lines) if line.startswith(key) or (number and name == "summary.csv"))
    taken = []
    for cell in CELLS:
        cells = next(csv.reader([lines[at]]))
        cells[place] = cell
        (folder / name).write_text("\n".join([*lines[:at], ",".join(cells), *lines[at + 1 :]]) + "\n")
        taken += [] if refused(analysed, folder) else [cell]
        refused(replayed, folder)
    assert tuple(taken) == FITS_A_CELL.get((name, column), tuple(taken))


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: b"", lambda lines: lines[0], lambda lines: b"".join(lines[1:]),
        lambda lines: lines[0] + b"1,2\n",
        lambda lines: b"".join(lines + lines[1:]), lambda lines: b"".join(lines)[:-9], lambda lines: b'"\n' * 50,
        lambda lines: b"".join(lines).replace(b"o", b"\xff"), lambda lines: bytes(range(256)) * 20,
        lambda lines: b"".join(lines).decode().encode("utf-16"), lambda lines: b"".join(lines).replace(b",", b";"),
    ],
)  # fmt: skip
def test_a_damaged_table_is_read_rightly_or_refused(folder, name, spoil):
    lines = (folder / name).read_bytes().splitlines(keepends=True)
    (folder / name).write_bytes(spoil(lines))
    taken = not refused(analysed, folder)
    refused(replayed, folder)
    assert not taken or name in ("summary.csv", "measures.csv", "dates.csv")


def test_names_do_not_lead_out_of_the_folder(folder, call):
    """Names in the tables become names of figures."""
    for name, column in (("measures.csv", "measure"), ("dates.csv", "country")):
        text = (folder / name).read_text()
        word = "constraint_cost" if column == "measure" else ",KOR,"
        (folder / name).write_text(text.replace(word, word.replace("KOR", "../KOR").replace("cons", "../../cons")))
        assert_refused(call("analyze", str(folder)), name, f"column {column}", "../")
        (folder / name).write_text(text)
    assert call("analyze", str(folder)).code == 0


@pytest.mark.parametrize(
    ("column", "cell"),
    [("point", ""), ("point", "-1"), ("point", "1.5"), ("country", "XXX"), ("country", ""), ("unit", "")],
)
def test_a_whole_column_of_measures_that_fits_nothing_is_one_line(folder, call, column, cell):
    """What is wrong in every row leaves no row to draw."""
    lines = (folder / "measures.csv").read_text().splitlines()
    place = lines[0].split(",").index(column)
    rows = list(csv.reader(lines[1:]))
    for row in rows:
        row[place] = cell
    (folder / "measures.csv").write_text("\n".join([lines[0], *map(",".join, rows)]) + "\n")
    assert_refused(call("analyze", str(folder)), "measures.csv", f"column {column}")
