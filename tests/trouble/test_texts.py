"""Users' texts are printed and drawn as they are written: brackets, colons and dollar signs mean nothing."""

import re
import warnings
from pathlib import Path

import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from matplotlib import font_manager

from experiments.console import make_console
from experiments.figures import fonts
from experiments.figures.analyze import STYLE, analyze
from experiments.figures.fonts import OWN, families_for, is_written
from tests.tools.program import Call

DESIGN = 'case = "own.toml"\nreplicates = 3\nstrategy = "myopic"\n[grid]\ndelay_cost = [0.0, 0.1]\n'
LOOKS_LIKE_MARKUP = ["beef [bone-in]", "[/x]", "[bold]rice[/bold]", "a :cow: of [link=x]", "\\[red]", "[[double]]"]


@pytest.fixture
def own(call: Call, tmp_path: Path) -> str:
    """The text of a copy of case `six`, named own."""
    assert call("cases", "six", "--copy", "own.toml").code == 0
    (tmp_path / "d.toml").write_text(DESIGN)
    return (tmp_path / "own.toml").read_text()


def named(text: str, old: str, new: str) -> str:
    """A case's text with another name in the place of one."""
    assert f'name = "{old}"' in text
    return text.replace(f'name = "{old}"', f"name = '{new}'")


@pytest.mark.parametrize("name", LOOKS_LIKE_MARKUP)
def test_an_issue_s_name_is_printed_as_it_is(call: Call, tmp_path: Path, own: str, name: str) -> None:
    (tmp_path / "own.toml").write_text(named(own, "beef_quota", name))
    called = call("terms", "--case", "own.toml", "--country", "GBR")
    assert called.code == 0
    printed = " ".join(re.sub(r"\s+", " ", called.out).split())
    assert name.replace("_", " ") in printed
    assert name in call("cases", "own.toml", "--show").out


@pytest.mark.parametrize("title", LOOKS_LIKE_MARKUP)
def test_a_case_s_name_is_printed_as_it_is(call: Call, tmp_path: Path, own: str, title: str) -> None:
    (tmp_path / "own.toml").write_text(re.sub(r'\Aname = ".*"|(?<=\n)name = "six"', f"name = '{title}'", own, count=1))
    for command in (("run",), ("solve",), ("terms",), ("measures", "--measure", "hegemon_surplus")):
        called = call(*command, "--case", "own.toml")
        assert called.code == 0 and title in called.out, command


@pytest.mark.parametrize("out", ["thesis [final]", "[/x]", "a:cow:", "[red]x[/red]"])
def test_a_path_is_printed_as_it_is(call: Call, tmp_path: Path, own: str, out: str) -> None:
    called = call("sweep", "d.toml", "--no-figures", "--out", out)
    assert called.code == 0
    assert f"Written to {out}/: " in called.out
    assert (tmp_path / out / "manifest.json").exists()


def test_messages_are_printed_as_they_are(call: Call) -> None:
    assert call("sweep", "[/x]").err == "error: [/x]: there is no such file\n"
    assert "[/x]" in call("run", "--seed", "[/x]").err
    assert "[/x]" in call("run", "--explain", "[/x]").err


def test_progress_names_a_sweep_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    make_console(stderr=True).print("[bold]x :cow:")
    assert capsys.readouterr().err == "[bold]x :cow:\n"


# Figures

DOLLARS = ["South $x^{$ Korea", r"\$ $$ a_b^c $x$"]


@pytest.mark.parametrize("name", [DOLLARS[0], pytest.param(DOLLARS[1], marks=pytest.mark.slow)])
def test_a_dollar_sign_is_no_formula(call: Call, tmp_path: Path, own: str, name: str) -> None:
    text = named(own, "South Korea", name)
    (tmp_path / "own.toml").write_text(re.sub(r'(?<=\n)name = "six"', f"name = '{name}'", text, count=1))
    called = call("sweep", "d.toml", "--out", "out")
    assert (called.code, called.err) == (0, "")
    assert (tmp_path / "out" / "figures" / "deal_days.svg").exists()


def test_the_style_reads_no_formulae() -> None:
    with matplotlib.rc_context(fname=STYLE):
        assert matplotlib.rcParams["text.parse_math"] is False


# Letters that the font lacks


@pytest.fixture
def hangul(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A font with two letters of Korean, installed; its name."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "han", "guk"])
    builder.setupCharacterMap({0xD55C: "han", 0xAD6D: "guk"})
    builder.setupGlyf({name: Glyph() for name in (".notdef", "han", "guk")})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "han", "guk"), (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Test Hangul", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200, usWeightClass=400)
    builder.setupPost()
    path = tmp_path / "hangul.ttf"
    builder.save(path)
    manager = font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", list(manager.ttflist))
    manager.addfont(path)
    return "Test Hangul"


@pytest.fixture
def no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """No font is installed but Matplotlib's own."""
    monkeypatch.setattr(fonts, "installed_fonts", dict)


@pytest.mark.usefixtures("no_others")
def test_without_a_font_the_code_stands_for_the_name(call: Call, tmp_path: Path, own: str) -> None:
    (tmp_path / "own.toml").write_text(named(named(own, "South Korea", "한국"), "Japan", "日本"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        called = call("sweep", "d.toml", "--out", "out")
    assert (called.code, called.err) == (0, "")
    assert [str(one.message) for one in caught if "Glyph" in str(one.message)] == []
    assert "한국" in called.out, "sentences are no figures"
    assert "한국" in (tmp_path / "out" / "summary.csv").read_text("utf-8")


def test_a_font_that_is_installed_is_used(hangul: str, own: str, call: Call, tmp_path: Path) -> None:
    assert list(families_for(["한국", "Việt Nam"])) == [OWN, hangul]
    assert list(families_for(["South Korea", "Côte d'Ivoire", "Česko"])) == [OWN]
    (tmp_path / "own.toml").write_text(named(own, "South Korea", "한국"))
    assert call("sweep", "d.toml", "--out", "out", "--no-figures").code == 0
    drawn: list[list[str]] = []

    def note(*args: object) -> None:
        drawn.append(list(matplotlib.rcParams["font.family"]))

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setattr("experiments.figures.analyze.save", note)
        analyze(tmp_path / "out")
    assert drawn and all(families == [OWN, hangul] for families in drawn)


@pytest.mark.parametrize(
    ("text", "lays_out", "written"),
    [("Korea", False, True), ("السعودية", False, False), ("السعودية", True, True), ("ישראל", False, False),
     ("한국", True, False), ("\N{NAZAR AMULET}", True, False)],
)  # fmt: skip
def test_what_can_be_written(monkeypatch: pytest.MonkeyPatch, text: str, lays_out: bool, written: bool) -> None:
    """Matplotlib before 3.11 writes from left to right whatever it is."""
    monkeypatch.setattr(fonts, "LAYS_OUT", lays_out)
    assert is_written(text, fonts.own_letters()) == written


def test_fonts_of_boxes_and_broken_files_are_no_fonts(tmp_path: Path) -> None:
    assert not any("last" in name.lower() for name in fonts.installed_fonts())
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert fonts.letters_of(str(tmp_path / "broken.ttf")) == frozenset()
    assert fonts.letters_of(str(tmp_path / "gone.ttf")) == frozenset()
