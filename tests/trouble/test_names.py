"""Names and texts that come from elsewhere: byte-order marks, endings, what a spreadsheet or a terminal would obey."""

import json
from pathlib import Path

import pytest

from experiments.analysis.aggregate import analyse
from experiments.page.replay import read_replay
from experiments.sweeps.design_file import load_design
from experiments.sweeps.sweep import run_sweep
from experiments.tables.reading import read_results
from model.case_file import CASES_FOLDER, load_case
from model.errors import InputError
from model.names import as_text, safe_name
from tests.tools.program import Call, assert_refused

BOM = b"\xef\xbb\xbf"
SIX = (CASES_FOLDER / "six.toml").read_bytes()
DESIGN = b'replicates = 2\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
INVISIBLE = ["", " ", "\u00a0", "\u3000", "\u200b", "\u2060", "\ufeff", "\u200e", "\u00ad", " \u200b\u00a0", "\u0301"]
FORMULAE = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]
FINE = [
    "South Korea", "한국", "日本", "السعودية", "ישראל", "Côte d'Ivoire", "Česko", "क्षत्रिय", "🐮", "a-b", "a=b", "1+1",
    "50 % of it", "50 €", "(=1)", "'=1", "beef [bone-in]", "$x$", "a;b:c", "\u2212 5", "a\u200cb", "\u200e1", "\u00a0K",
]  # fmt: skip
DRIVING = ["\x1b[2J", "\x00", "\x07", "a\rb", "\x9b31m", "\u202egnp.exe", "\u2066a", "a\u2069", "\u202a", "\x7f"]


@pytest.mark.parametrize("name", FINE)
def test_names_in_any_script_are_accepted(name: str) -> None:
    assert safe_name(name, "test") == name
    assert as_text(name, "test") == name


@pytest.mark.parametrize("before", INVISIBLE, ids=ascii)
@pytest.mark.parametrize("formula", FORMULAE, ids=ascii)
def test_no_name_is_a_formula(before: str, formula: str) -> None:
    with pytest.raises(InputError, match=r"name: .*does not begin with = \+ - @") as refused:
        safe_name(before + formula, "six.toml: name")
    assert len(str(refused.value).splitlines()) == 1
    assert as_text(before + formula, "a note") == before + formula


@pytest.mark.parametrize("name", INVISIBLE, ids=ascii)
def test_a_name_can_be_seen(name: str) -> None:
    with pytest.raises(InputError, match="not empty"):
        safe_name(name, "test")


@pytest.mark.parametrize("text", DRIVING, ids=ascii)
def test_what_drives_a_terminal_is_refused(text: str) -> None:
    for read in (as_text, safe_name):
        with pytest.raises(InputError, match="control and direction characters") as refused:
            read(f"x{text}", "six.toml: country KOR: name")
        told = str(refused.value)
        assert told.startswith("six.toml: country KOR: name: ") and told.isascii() and told.isprintable()


@pytest.mark.parametrize("text", ["two\nlines", "a\ttab", "\u2028", 'a "quote"'])
def test_lines_and_tabs_belong_into_notes_only(text: str) -> None:
    with pytest.raises(InputError):
        safe_name(text, "test")
    if text != "\u2028":
        assert as_text(text, "test") == text


PLACES = ['name = "South Korea"', 'name = "six"', 'title = "', 'about = "', "[sources]\n"]


@pytest.mark.parametrize("field", PLACES)
@pytest.mark.parametrize("text", ["\\u001b[2J", "\\u202e"])
def test_no_field_of_a_case_drives_a_terminal(call: Call, tmp_path: Path, field: str, text: str) -> None:
    assert call("cases", "six", "--copy", "own.toml").code == 0
    case = (tmp_path / "own.toml").read_text("utf-8")
    assert field in case
    changed = f'[sources]\n"x{text}" = "y"\n' if field == "[sources]\n" else field.replace('= "', f'= "x{text}')
    (tmp_path / "own.toml").write_text(case.replace(field, changed, 1), "utf-8")
    assert_refused(call("terms", "--case", "own.toml"), "control and direction characters")


# Byte-order marks and endings


def sweep(folder: Path) -> Path:
    (folder / "d.toml").write_bytes(DESIGN)
    run_sweep(load_design(str(folder / "d.toml")), folder / "out")
    return folder / "out"


@pytest.mark.parametrize("ending", [".toml", ".TOML", ".Toml"])
@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize("lines", [b"\n", b"\r\n"])
def test_designs_and_cases_of_any_editor(tmp_path: Path, ending: str, mark: bytes, lines: bytes) -> None:
    """The design names its case with the ending that it has, beside it."""
    design = b'case = "own%s"\n' % ending.encode() + DESIGN
    for name, content in (("own", SIX), ("d", design)):
        (tmp_path / f"{name}{ending}").write_bytes(mark + content.replace(b"\n", lines))
    read = load_design(str(tmp_path / f"d{ending}"))
    assert read.case.ids == load_case("six").ids
    assert read.grid == {"delay_cost": (0.0, 0.1)}


def test_the_ending_alone_makes_a_path(call: Call, tmp_path: Path) -> None:
    (tmp_path / "D.TOML").write_bytes(DESIGN)
    (tmp_path / "OWN.TOML").write_bytes(SIX)
    assert call("sweep", "D.TOML", "--no-figures", "--out", "out").code == 0
    assert call("terms", "--case", "OWN.TOML").code == 0
    assert_refused(call("terms", "--case", "GONE.TOML"), "GONE.TOML: there is no such file")


@pytest.mark.parametrize("name", ["points.csv", "runs.csv", "countries.csv", "summary.csv", "manifest.json", "all"])
def test_result_files_that_an_editor_has_marked(tmp_path: Path, name: str) -> None:
    folder = sweep(tmp_path)
    before = analyse(read_results(folder))
    for path in folder.iterdir():
        if name in ("all", path.name):
            lines = b"\r\n" if path.suffix == ".csv" else b"\n"
            path.write_bytes(BOM + path.read_bytes().replace(b"\n", lines))
    after = analyse(read_results(folder))
    assert after.results.country_names == before.results.country_names
    assert after.means["payoff_bn"].mean.tolist() == before.means["payoff_bn"].mean.tolist()
    stored = read_replay(str(folder), 1, 1).stored
    assert stored is not None and len(stored["rows"]) == 6


def test_a_marked_manifest_is_the_same_sweep(call: Call, tmp_path: Path) -> None:
    folder = sweep(tmp_path)
    manifest = folder / "manifest.json"
    identity = json.loads(manifest.read_text())["identity"]
    manifest.write_bytes(BOM + manifest.read_bytes())
    assert call("sweep", "d.toml", "--no-figures", "--out", "out").code == 0
    assert json.loads(manifest.read_text("utf-8-sig"))["identity"] == identity
