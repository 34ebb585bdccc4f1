"""Designs as they are written: factors of a country, and what is looked at before anything is run."""

from pathlib import Path

import pytest

from experiments.sweeps.design import Design
from experiments.sweeps.design_file import load_design, parse_design
from model.errors import InputError

KOREA = """
[fixed]
KOR.inertia = 0.2
[grid]
KOR.domestic_constraint = [0.0, 1.0]
delay_cost = [0.0, 0.1]
"""


def load(tmp_path: Path, text: str) -> Design:
    path = tmp_path / "design.toml"
    path.write_text(text)
    return load_design(str(path))


def test_a_factor_of_a_country_needs_no_quotes(tmp_path: Path) -> None:
    """TOML reads `KOR.inertia = ...` as a table of Korea's; it is the same factor."""
    quoted = KOREA.replace("KOR.inertia", '"KOR.inertia"').replace(
        "KOR.domestic_constraint", '"KOR.domestic_constraint"'
    )
    one, other = load(tmp_path, KOREA), load(tmp_path, quoted)
    assert one.factors == other.factors == ("KOR.domestic_constraint", "delay_cost", "KOR.inertia")
    assert one.points == other.points and one.identity == other.identity
    with pytest.raises(InputError, match=r"KOR\.inertia is given twice"):
        load(tmp_path, KOREA.replace("[fixed]", '[fixed]\n"KOR.inertia" = 0.3'))
    with pytest.raises(InputError, match=r"unknown parameter 'inertiaa'"):
        load(tmp_path, KOREA.replace("KOR.inertia", "KOR.inertiaa"))


SOME = """
countries = ["TWN", "KOR"]
[grid]
delay_cost = [0.0, 0.1]
"""


def test_a_design_selects_countries_from_its_case_and_else_from_all(tmp_path: Path) -> None:
    some = load(tmp_path, SOME)
    assert some.case.ids == some.countries == ("TWN", "KOR")
    assert some.case_given == "all"
    of_six = load(tmp_path, f'case = "six"\n{SOME.replace("TWN", "JPN")}')
    assert (of_six.case_given, of_six.case.ids) == ("six", ("JPN", "KOR"))
    again = parse_design(of_six.as_dict(), "manifest.json", tmp_path, "x")
    assert (again.identity, again.case) == (of_six.identity, of_six.case)
    whole = load(tmp_path, SOME.replace('countries = ["TWN", "KOR"]', ""))
    assert whole.countries is None and whole.case_given == "six" and "countries" not in whole.as_dict()
    assert len({some.point_ids[0], of_six.point_ids[0], whole.point_ids[0]}) == 3


def test_countries_typed_stand_above_those_of_the_design(tmp_path: Path) -> None:
    (tmp_path / "design.toml").write_text(SOME)
    typed = load_design(str(tmp_path / "design.toml"), ["JPN", "GBR"])
    assert typed.case.ids == typed.countries == ("JPN", "GBR")
    assert load_design("quickstart", ["KOR", "JPN"]).case.ids == ("KOR", "JPN")
    with pytest.raises(InputError, match="--countries: unknown country 'TWN'"):
        load_design("quickstart", ["TWN"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("countries = []", "countries: no country is named; at least one is needed"),
        ("countries = 'KOR'", "countries = 'KOR': write a list of countries, as in"),
        ("countries = ['TWN', 'TWNN']", "countries: unknown country 'TWNN'; did you mean 'TWN'?"),
        ("countries = ['TWN']\nmeasured = ['KOR']", "measured: unknown country 'KOR'"),
        ("countries = ['TWN']\n[fixed]\nKOR.inertia = 0.2", "fixed: unknown country 'KOR'"),
    ],
)
def test_a_bad_selection_of_a_design(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, f"{text}\n[grid]\ndelay_cost = [0.0, 0.1]")
    assert str(caught.value).startswith(f"design.toml: {told}")


def test_a_design_with_another_ending_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "MINE.TOML"
    path.write_bytes(b"\xef\xbb\xbf" + SOME.replace("\n", "\r\n").encode())
    assert load_design(str(path)).case.ids == ("TWN", "KOR")


def test_all_faults_of_a_designs_case_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('countries_of = "six"\ntitel = "x"\n[window]\nwindow_days = 0\n')
    with pytest.raises(InputError) as caught:
        load(tmp_path, f'case = "mine.toml"\n{KOREA}')
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("design.toml: case: mine.toml: ")


@pytest.mark.parametrize("steps", [3, 100])
def test_an_illegal_corner_is_found_before_anything_is_run(tmp_path: Path, steps: int) -> None:
    """In a small grid, where every point is looked at, and in one of 10,000 points, where the extreme ones are."""
    text = (
        f"[grid]\nexecution_soft = {{ from = 0.1, to = 0.6, steps = {steps} }}\n"
        f"execution_firm = {{ from = 0.5, to = 0.9, steps = {steps} }}\n"
    )
    with pytest.raises(InputError, match=r"execution_soft = 0\.6 is above execution_firm = 0\.5"):
        load(tmp_path, text)
    assert len(load(tmp_path, text.replace("0.6", "0.5")).points) == steps**2


@pytest.mark.parametrize(
    ("name", "identity", "first", "last"),
    [
        ("first_mover", "bc58a415a2879712", "pc756149ddf02", "p61e19aba67bd"),
        ("korea_election", "86fff2a15eb48c42", "p7627b01cd0ec", "pb18b49c6409f"),  # dates, one of them none
        ("the_order", "f6efdbd49911d28a", "pa5a09f33986e", "pd9f7ae52bc86"),  # a hegemon that chooses; measures
    ],
)
def test_ids_stay_as_they_are_in_results_that_are_kept(name: str, identity: str, first: str, last: str) -> None:
    """Noted before designs could be samples or lists; they change with the numbers of case `six` alone."""
    design = load_design(name)
    assert (design.identity, design.point_ids[0], design.point_ids[-1]) == (identity, first, last)
