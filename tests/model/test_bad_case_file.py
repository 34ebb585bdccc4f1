"""A case file that is wrong is refused in one line, which names file and field."""

import re
from pathlib import Path

import pytest

from model.case import OPTIONAL, Country, Window
from model.case_file import load_case, parse_case
from model.declaration import quantities
from model.errors import InputError
from tests.tools.cases import OWN, SIX


def refusal(path):
    """The one line with which a case is refused."""
    with pytest.raises(InputError) as caught:
        load_case(str(path))
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def refused(tmp_path):
    """The line with which the text of a file is refused; it begins with the file's name."""

    def write_and_load(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        message = refusal(path)
        assert message.startswith("mine.toml: ")
        return message

    return write_and_load


def line_of(field):
    """The line of six.toml in which Korea, the first country, is given a number."""
    return next(line for line in SIX.splitlines() if line.startswith(f"{field} = "))


def with_value(field, value):
    """six.toml with another number of Korea's, source and status as they were."""
    line = line_of(field)
    return SIX.replace(line, re.sub(r"value = [^,}]+?(?=,| })", f"value = {value}", line), 1)


def changed(old, new):
    assert old in SIX
    return SIX.replace(old, new, 1)


@pytest.mark.parametrize("field", [name for name in quantities(Country) if name not in OPTIONAL])
def test_a_missing_field(refused, field):
    message = refused(changed(line_of(field) + "\n", ""))
    assert f"country KOR: {field} is missing" in message


@pytest.mark.parametrize("field", OPTIONAL)
def test_optional_fields_may_be_missing(field):
    assert getattr(parse_case(changed(line_of(field) + "\n", ""), "mine.toml").countries[0], field) is None


@pytest.mark.parametrize(
    ("old", "new", "where", "nearest"),
    [
        ("\nimports = {", "\nimport = {", "country KOR", "imports"),
        ("\nimports = {", "\nIMPORTS = {", "country KOR", "imports"),
        ("\nflexibility_before = {", "\nflexibilty_before = {", "country KOR", "flexibility_before"),
        ("window_days = {", "window_day = {", "window", "window_days"),
        ("\ntitle = ", "\ntitel = ", "", "title"),
        ("[window]", "[windows]", "", "window"),
        ("[sources]", "[source]", "", "sources"),
        ("domestic_cost = 2", "domestic_costs = 2", "issue vehicle_import_regulations", "domestic_cost"),
        ("red_line = false", "redline = false", "issue vehicle_import_regulations", "red_line"),
        ('{ value = 131.5492, source = "T1"', '{ value = 131.5492, sorce = "T1"', "KOR: imports", "source"),
        ("{ value = 131.5492,", "{ valu = 131.5492,", "KOR: imports", "value"),
    ],
)
def test_a_misspelt_field_and_the_nearest(refused, old, new, where, nearest):
    message = refused(changed(old, new))
    assert where in message
    assert f"did you mean {nearest!r}?" in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("imports", "0"), ("imports", "-3"), ("imports", "1e9"), ("imports", "nan"), ("imports", "inf"),
        ("imports", "true"), ("imports", "'131.5'"), ("imports", "[1, 2]"), ("imports", "2025-06-03"),
        ("threatened_rate", "-0.1"), ("threatened_rate", "5.5"), ("sector_share", "1.01"), ("open_share", "-0.01"),
        ("priority", "0"), ("priority", "-1"), ("date", "-1"), ("date", "54.5"), ("date", "2025-06-03"),
        ("flexibility_before", "1.2"), ("ratification_before", "1.5"), ("floor_after", "-0.2"), ("gdp", "0"),
        ("exports", "-1"), ("window_days", "0"), ("window_days", "90.5"), ("meetings_per_week", "0"),
        ("extension_probability", "2"), ("extension_days", "-1"),
    ],
)  # fmt: skip
def test_a_number_that_is_none_or_out_of_range(refused, field, value):
    message = refused(with_value(field, value))
    assert f"{'window' if field in quantities(Window) else 'country KOR'}: {field}: " in message
    assert "allowed: " in message


@pytest.mark.parametrize("bare", ["0", "'much'", "nan"])
def test_a_bare_number_that_is_out_of_range(refused, bare):
    assert "country KOR: imports: " in refused(changed(line_of("imports"), f"imports = {bare}"))


@pytest.mark.parametrize(
    ("field", "percent", "fraction"),
    [
        ("threatened_rate", "25", "0.25"), ("sector_share", "38.17", "0.3817"), ("open_share", "10.26", "0.1026"),
        ("flexibility_before", "30", "0.3"),
    ],
)  # fmt: skip
def test_a_percentage_where_a_fraction_is_meant(refused, field, percent, fraction):
    message = refused(with_value(field, percent))
    assert f"country KOR: {field}: " in message
    assert f"write {fraction}" in message


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("hegemon_value = 4", "hegemon_value = 6", "issue vehicle_import_regulations: hegemon_value"),
        ("domestic_cost = 2", "domestic_cost = -1", "issue vehicle_import_regulations: domestic_cost"),
        ("domestic_cost = 2\n", "", "issue vehicle_import_regulations: domestic_cost is missing"),
        ("red_line = false", "red_line = 'no'", "issue vehicle_import_regulations: red_line"),
        ("red_line = false", "red_line = 0", "issue vehicle_import_regulations: red_line"),
        ('name = "vehicle_import_regulations"\n', "", "country KOR: an issue without a name"),
    ],
)
def test_a_bad_issue(refused, old, new, field):
    assert field in refused(changed(old, new))


def test_issues_are_a_list(refused):
    assert "country EU: issues are written [[country.issue]]" in refused(
        OWN.replace("[[country.issue]]", "[country.issue]")
    )


def test_a_country_given_twice(refused):
    message = refused(changed('iso3 = "JPN"', 'iso3 = "KOR"'))
    assert "country KOR: iso3 is given 2 times" in message


def test_an_issue_given_twice(refused):
    message = refused(changed('name = "defence_offsets"', 'name = "vehicle_import_regulations"'))
    assert "country KOR: issue 'vehicle_import_regulations' is given 2 times" in message


@pytest.mark.parametrize("iso3", ["kor", "K", "KORE", "K R", "K1R", "", "=KO", "KOR\\n"])
def test_a_country_code_of_another_form(refused, iso3):
    message = refused(changed('iso3 = "KOR"', f'iso3 = "{iso3}"'))
    assert "country 1: iso3 = " in message


def test_a_country_without_a_code(refused):
    assert "country 1: iso3 = None" in refused(changed('iso3 = "KOR"\n', ""))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\\t=1", "\\r=1", "", "  ", "two\\nlines", '\\"'])
@pytest.mark.parametrize(
    ("old", "field"),
    [
        ('name = "South Korea"', "country KOR: name"),
        ('name = "vehicle_import_regulations"', "country KOR: issue name"),
        ('name = "six"', "name"),
    ],
)
def test_a_name_that_a_spreadsheet_takes_for_a_formula(refused, old, field, name):
    message = refused(changed(old, f'name = "{name}"'))
    assert message.startswith(f"mine.toml: {field}: ")


def test_an_unknown_source(refused):
    message = refused(changed('value = 131.5492, source = "T1"', 'value = 131.5492, source = "T11"'))
    assert "country KOR: imports: unknown source 'T11'" in message
    message = refused(changed('source = "K5;K6;W21"', 'source = "K5;X6;W21"'))
    assert "country KOR: issue vehicle_import_regulations: unknown source 'X6'" in message


def test_an_unknown_status(refused):
    message = refused(changed('source = "T1", status = "verified"', 'source = "T1", status = "verifed"'))
    assert "country KOR: imports: unknown status 'verifed'; did you mean 'verified'?" in message


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("value = 0.3, low = 0.15", "value = 0.3, low = 0.35", "flexibility_before"),
        ("value = 0.3, low = 0.15, high = 0.45", "value = 0.3, low = 0.15, high = 0.25", "flexibility_before"),
        ("value = 0.3, low = 0.15", "value = 0.3, low = -0.15", "flexibility_before: low"),
        ("value = 0.3, low = 0.15, high = 0.45", "value = 0.3, low = 0.15, high = 45", "flexibility_before: high"),
        ("value = 0.3, low = 0.15", "low = 0.15", "flexibility_before: the table has no `value`"),
        ('status = "judgement", note = "dispute', 'status = 3, note = "dispute', "flexibility_before: status"),
    ],
)
def test_a_bad_range_or_table(refused, old, new, field):
    assert f"country KOR: {field}" in refused(changed(old, new))


@pytest.mark.parametrize(
    "day", ["'2025-7-20'", "'20 July 2025'", "'2025-02-30'", "'20250720'", "''", "20", "2025-07-20T00:00:00", "false"]
)
def test_a_bad_day(refused, day):
    message = refused(changed('"T1", status = "verified"', f'"T1", status = "verified", known_from = {day}'))
    assert message.startswith("mine.toml: country KOR: imports: known_from = ")
    assert "allowed: a date, as in 2025-07-20" in message
    message = refused(changed("hegemon_value = 4", f"hegemon_value = 4\nknown_from = {day}"))
    assert message.startswith("mine.toml: country KOR: issue vehicle_import_regulations: known_from = ")


def test_shares_adding_to_more_than_one(refused):
    message = refused(with_value("open_share", "0.9"))
    assert "country KOR: sector_share + open_share = 1.2817" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no [[country]]"),
        ("name = 'mine'", "no [[country]]"),
        ("country = 3", "no [[country]]"),
        ("country = [1]", "country 1: not a table"),
        ("country = []", "no [[country]]"),
        (re.sub(r"\[window\](\n\w+ = .*)+", "window = 3", OWN), "window is not a table"),
        (OWN.replace("[window]", "sources = 3\n[window]"), "sources is not a table"),
        (OWN + "[sources]\nT1 = 3", "sources.T1: 3 is not a text"),
        (changed('title = "The article\'s six countries"', "title = 6"), "title"),
        (changed('name = "South Korea"', "name = 6"), "country KOR: name"),
    ],
    ids=range(10),
)
def test_a_file_of_another_shape(refused, text, told):
    assert told in refused(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("imports = { value = 131.5492,", "imports = { value = ,"),
        ("[window]", "[window"),
        ('iso3 = "KOR"', 'iso3 = "KOR'),
        ('name = "South Korea"', 'iso3 = "KOR"'),
        ("value = 131.5492", "value = 131,5492"),
    ],
)
def test_malformed_toml_is_placed(refused, old, new):
    message = refused(changed(old, new))
    assert "malformed TOML" in message
    assert f"line {SIX[: SIX.index(old)].count(chr(10)) + 1}," in message


def test_malformed_toml_that_is_nested_beyond_reason(refused):
    assert "malformed TOML" in refused("x = " + "[" * 100_000)


def test_an_integer_beyond_all_floats(refused):
    assert "country KOR: imports: " in refused(with_value("imports", "1" + "0" * 400))


def test_an_integer_beyond_pythons_limit_of_digits(refused):
    assert "too many digits" in refused(with_value("imports", "1" + "0" * 5000))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device here")
def test_a_device_is_not_read():
    assert "not an ordinary file" in refusal("/dev/zero")


def test_a_file_without_end_is_not_read_whole(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"#" * 10_000_001)
    assert "larger than 10 MB" in refusal(path)


@pytest.mark.parametrize("content", [b"name = '\xff'", b"\xff\xfen\x00a\x00", SIX.encode("utf-16"), b"\x80"])
def test_a_file_that_is_not_utf_8(tmp_path, content):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    message = refusal(path)
    assert "mine.toml" in message and "not UTF-8" in message


def test_a_folder_instead_of_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.mkdir()
    assert "mine.toml" in refusal(path)
    assert str(tmp_path) in refusal(f"{tmp_path}/")


def test_a_file_that_does_not_exist(tmp_path):
    assert "mine.toml: there is no such file" in refusal(tmp_path / "mine.toml")
    (tmp_path / "file").write_text("")
    assert "below.toml" in refusal(tmp_path / "file" / "below.toml")


@pytest.mark.parametrize(("name", "nearest"), [("sixx", "six"), ("eightteen", "eighteen"), ("SIX", "six")])
def test_an_unknown_case_suggests_the_nearest(name, nearest):
    assert f"did you mean {nearest!r}?" in refusal(name)


@pytest.mark.parametrize("name", ["", "nothing like it", "six.tom"])
def test_an_unknown_case_lists_what_is_there(name):
    assert "six" in refusal(name)
