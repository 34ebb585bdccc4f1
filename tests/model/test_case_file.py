"""A case file of the user's own loads by path, whatever editor wrote it, and tells all of its faults at once."""

import re
from datetime import date

import pytest

from model.case import Window
from model.case_file import load_case, parse_case
from model.errors import InputError
from tests.tools.cases import OWN, SIX


def test_a_file_of_ones_own_loads_by_path_with_bare_numbers(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(OWN, encoding="utf-8")
    case = load_case(str(path))
    assert (case.name, case.ids, case.title) == ("mine", ("EU",), "")
    assert case.window == Window(window_days=60, extension_probability=0.25)
    (union,) = case.countries
    assert (union.name, union.imports, union.date, union.gdp, union.exports) == ("EU", 600.0, 40, None, None)
    assert (union.issues[0].domestic_cost, union.issues[0].red_line) == (2.5, False)
    assert union.provenance["imports"].status == "unstated"
    monkeypatch.chdir(tmp_path)
    assert load_case("mine.toml") == case == load_case("./mine.toml")


def test_a_bare_number_and_a_table_say_the_same():
    tables = re.sub(r"^(\w+) = ([\d.]+)$", r"\1 = { value = \2, status = 'judgement' }", OWN, flags=re.M)
    assert tables.count("{ value") == 16
    assert parse_case(tables, "mine.toml").countries == parse_case(OWN, "mine.toml").countries
    assert parse_case(tables, "mine.toml").window == parse_case(OWN, "mine.toml").window


def test_the_shipped_six_loads_from_a_path_as_by_name(tmp_path):
    path = tmp_path / "copy.toml"
    path.write_text(SIX, encoding="utf-8")
    assert load_case(str(path)) == load_case("six")


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WINDOWS_LINES = OWN.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    "content", [BYTE_ORDER_MARK + OWN.encode(), WINDOWS_LINES, BYTE_ORDER_MARK + WINDOWS_LINES], ids=range(3)
)
def test_what_editors_of_windows_write_loads(tmp_path, content):
    """A byte-order mark, line ends of two characters, and a name in capitals; they make no other case of it."""
    path = tmp_path / "MINE.TOML"
    path.write_bytes(content)
    assert load_case(str(path)) == parse_case(OWN, "mine.toml")


def test_a_day_is_given_as_text_or_as_a_date():
    for day in ("'2025-07-20'", "2025-07-20"):
        text = OWN.replace("date = 40", f"date = {{ value = 40, known_from = {day} }}")
        origin = parse_case(text, "mine.toml").countries[0].provenance["date"]
        assert (origin.known_from, origin.status) == (date(2025, 7, 20), "unstated")
    assert parse_case(OWN, "mine.toml").countries[0].provenance["date"].known_from is None


# Many faults


def faults(text):
    """The lines with which a text is refused; every one begins with the file's name."""
    with pytest.raises(InputError) as caught:
        parse_case(text, "mine.toml")
    return str(caught.value).splitlines()


def test_all_faults_are_told_at_once_a_line_each():
    text = SIX
    for old, new in [
        ('name = "South Korea"', 'name = "=1"'),
        ("\nexports = {", "\nexport = {"),
        ('value = 131.5492, source = "T1", status = "verified"', 'value = 0, source = "T9", status = "verifed"'),
        ("value = 0.3, low = 0.15, high = 0.45", "value = 0.3, low = 0.35, high = 45"),
        ("hegemon_value = 4\ndomestic_cost = 2\nred_line = false", "hegemon_value = 7\nred_line = 1"),
        ('iso3 = "GBR"', 'iso3 = "JPN"'),
        ("value = 0.85, low = 0.7", "value = 2, low = 0.7"),
        ("window_days = { value = 90", "window_days = { value = 0"),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
    expected = [
        "window: window_days: 0 is out of range",
        "country JPN: iso3 is given 2 times, allowed once",
        "country KOR: unknown field 'export'; did you mean 'exports'?",
        "country KOR: imports: 0 is out of range",
        "country KOR: imports: unknown source 'T9'",
        "country KOR: imports: unknown status 'verifed'; did you mean 'verified'?",
        "country KOR: flexibility_before: high: 45 is out of range",
        "country KOR: flexibility_before: value = 0.3 does not lie between low = 0.35",
        "country KOR: name: '=1'",
        "country KOR: issue vehicle_import_regulations: hegemon_value: 7 is out of range",
        "country KOR: issue vehicle_import_regulations: domestic_cost is missing",
        "country KOR: issue vehicle_import_regulations: red_line = 1",
        "country VNM: flexibility_before: 2 is out of range",
    ]
    told = faults(text)
    assert len(told) == len(expected)
    for line, beginning in zip(told, expected, strict=True):
        assert line.startswith(f"mine.toml: {beginning}")


def test_what_is_misspelt_is_not_missing_too():
    assert len(faults(OWN.replace("open_share", "openshare").replace("priority", "prioritee"))) == 2
    told = faults(OWN.replace("open_share", "openshare").replace("priority = 2\n", ""))
    assert [("unknown" in line, "missing" in line) for line in told] == [(True, False), (False, True)]


def test_two_countries_with_the_same_faults():
    broken = OWN[OWN.index("[[country]]") :].replace("imports = 600\n", "")
    told = faults(broken + broken)
    assert [line.split(" (")[0].removeprefix("mine.toml: country EU: ") for line in told] == [
        "iso3 is given 2 times, allowed once",
        "imports is missing",
    ]


def test_of_very_many_faults_the_first_are_told():
    told = faults(SIX.replace("status =", "state ="))
    assert len(told) == 51
    assert re.fullmatch(r"and \d+ more faults", told[-1])
