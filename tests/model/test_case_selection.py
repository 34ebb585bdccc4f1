"""Cases that select from another one: what is taken over, what differs, and that the text says all of it."""

import tomllib

import pytest

from model.case import Window
from model.case_data import CASE_KEYS, COUNTRY_KEYS, ISSUE_KEYS, NUMBER_KEYS
from model.case_file import CASES_FOLDER, TEMPLATE, load_case, parse_case, shipped_table
from model.case_selection import select_countries
from model.declaration import quantities
from model.errors import InputError

ALL, SIX = load_case("all"), load_case("six")
MINE = """# My own.
name = "mine"
countries_of = "all"
countries = ["TWN", "KOR"]
[window]
window_days = 60
[[country]]
iso3 = "KOR"
imports = 140
priority = { value = 2, source = "M1", status = "memory", note = "mine" }
[[country.issue]]
name = "rice_market"
hegemon_value = 5
[[country.issue]]
name = "chips"
hegemon_value = 1
domestic_cost = 2
[[country]]
iso3 = "XYZ"
threatened_rate = 0.3
imports = 10
sector_share = 0.1
open_share = 0.1
priority = 1
flexibility_before = 0.5
flexibility_after = 0.5
ratification_before = 1
ratification_after = 1
floor_before = 0
floor_after = 0
[sources]
M1 = "my own (https://example.org)"
"""


def faults(text):
    """The lines with which a text is refused."""
    with pytest.raises(InputError) as caught:
        parse_case(text, "mine.toml")
    return str(caught.value).splitlines()


def changed(old, new):
    assert old in MINE
    return MINE.replace(old, new, 1)


def test_what_is_not_given_is_taken_over():
    mine = parse_case(MINE, "mine.toml")
    assert mine.ids == ("TWN", "KOR", "XYZ")
    taiwan, korea, _ = mine.countries
    assert taiwan == ALL.country("TWN", "test")
    assert taiwan.provenance == ALL.country("TWN", "test").provenance
    given = ALL.country("KOR", "test")
    assert (korea.imports, korea.priority) == (140, 2)
    assert korea.provenance["imports"].status == "unstated"  # the source was not of this number
    assert (korea.provenance["priority"].source, korea.provenance["priority"].note) == ("M1", "mine")
    for key in given.provenance:
        if key not in ("imports", "priority"):
            assert getattr(korea, key) == getattr(given, key)
            assert korea.provenance[key] == given.provenance[key]
    assert mine.window == Window(window_days=60)
    assert mine.window.provenance["extension_days"] == ALL.window.provenance["extension_days"]


def test_an_issue_is_found_by_its_name():
    korea = parse_case(MINE, "mine.toml").country("KOR", "test")
    given = ALL.country("KOR", "test").issues
    assert [issue.name for issue in korea.issues] == [*(issue.name for issue in given), "chips"]
    (rice,) = [issue for issue in korea.issues if issue.name == "rice_market"]
    (before,) = [issue for issue in given if issue.name == "rice_market"]
    assert (rice.hegemon_value, rice.domestic_cost, rice.red_line) == (5, before.domestic_cost, before.red_line)
    assert rice.provenance == before.provenance
    assert sum(issue != other for issue, other in zip(korea.issues, given, strict=False)) == 1


def test_all_countries_where_none_is_named():
    assert parse_case('countries_of = "six"', "mine.toml").countries == SIX.countries
    assert parse_case('countries_of = "free_trade"\n', "mine.toml").countries == load_case("free_trade").countries


def test_the_text_is_the_case_without_any_other_file(monkeypatch, tmp_path):
    mine = parse_case(MINE, "mine.toml")
    monkeypatch.setattr("model.case_file.CASES_FOLDER", tmp_path)
    again = parse_case(mine.text, "copy.toml")
    assert (again, again.text, again.digest) == (mine, mine.text, mine.digest)
    assert "countries_of" not in mine.text


def test_the_text_can_be_read_by_people():
    """The comments at the head of both files, a line a number, sources that are cited and no others."""
    mine = parse_case(MINE, "mine.toml")
    assert mine.text.startswith("# My own.\n#\n# US Census")
    assert "\nimports = 140\n" in mine.text
    assert '\npriority = { value = 2, source = "M1", status = "memory", note = "mine" }\n' in mine.text
    assert '\nthreatened_rate = { value = 0.32, source = "A1;A2", status = "verified" }\n' in mine.text
    assert 'about = "government: president without a majority in the legislature"' in mine.text
    origins = [*mine.window.provenance.values()]
    for country in mine.countries:
        origins += [*country.provenance.values(), *(issue.provenance for issue in country.issues)]
    assert set(mine.sources) == {key for origin in origins for key in origin.source.split(";")} - {""}
    assert {key: text for key, text in mine.sources.items() if key != "M1"}.items() <= ALL.sources.items()


def test_texts_with_quotes_and_other_characters_survive():
    text = changed('note = "mine"', 'note = "a \\"quote\\", a \\\\, a tab\\t and ü"').replace("M1", "'my id'")
    text = text.replace("source = \"'my id'\"", 'source = "my id"')
    mine = parse_case(text, "mine.toml")
    note = mine.country("KOR", "test").provenance["priority"].note
    assert note == 'a "quote", a \\, a tab\t and ü'
    assert parse_case(mine.text, "copy.toml") == mine


def test_the_digest_changes_with_the_data_that_reach_the_case_and_with_no_others(monkeypatch, tmp_path):
    text = (CASES_FOLDER / "all.toml").read_text(encoding="utf-8")
    before = {name: load_case(name).digest for name in ("six", "eighteen", "all")}
    taiwan = text.index('iso3 = "TWN"')
    for path in CASES_FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "all.toml").write_text(text[:taiwan] + text[taiwan:].replace("value = 0.32", "value = 0.33", 1))
    monkeypatch.setattr("model.case_file.CASES_FOLDER", tmp_path)
    shipped_table.cache_clear()
    after = {name: load_case(name).digest for name in ("six", "eighteen", "all")}
    mine = parse_case(MINE, "mine.toml").digest
    shipped_table.cache_clear()
    monkeypatch.undo()
    assert after["six"] == before["six"]
    assert after["eighteen"] != before["eighteen"] and after["all"] != before["all"]
    assert mine != parse_case(MINE, "mine.toml").digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (changed('countries_of = "all"\n', ""), "countries: say of which case, as in countries_of = \"all\""),
        (changed('"all"', '"al"'), "countries_of: unknown case 'al'; did you mean 'all'?"),
        (changed('"all"', '"mine.toml"'), "countries_of: unknown case 'mine.toml'"),
        (changed('"all"', "3"), "countries_of: 3 is not a text"),
        (changed('["TWN", "KOR"]', '["TWN", "KOR", "TWNN"]'), "countries: unknown country 'TWNN'; did you mean 'TWN'?"),
        (changed('["TWN", "KOR"]', '["TWN", "kor", "KOR"]'), "countries: unknown country 'kor'; did you mean 'KOR'?"),
        (changed('["TWN", "KOR"]', '["KOR", "KOR"]'), "countries: KOR is named 2 times, allowed once"),
        (changed('["TWN", "KOR"]', "[]"), "countries: no country is named; at least one is needed"),
        (changed('["TWN", "KOR"]', '"KOR"'), "countries = 'KOR': write a list of countries, as in"),
        (changed('["TWN", "KOR"]', "[1]"), "countries = [1]: write a list of countries, as in"),
        (changed('["TWN", "KOR"]', '["TWN"]'), "country KOR: name it in `countries`"),
        (changed('iso3 = "XYZ"\n', 'iso3 = "KOR"\n'), "country KOR: iso3 is given 2 times, allowed once"),
        (changed('iso3 = "XYZ"\n', ""), "country 2: iso3 = None"),
        (changed("imports = 140", "import = 140"), "country KOR: unknown field 'import'; did you mean 'imports'?"),
        (changed("imports = 140", "imports = -1"), "country KOR: imports: -1 is out of range"),
        (changed("open_share = 0.1\n", ""), "country XYZ: open_share is missing"),
        (changed("imports = 140", "open_share = 0.9"), "country KOR: sector_share + open_share = 1.2817"),
        (changed("window_days = 60", "window_day = 60"), "window: unknown field 'window_day'"),
        (changed('name = "chips"\n', ""), "country KOR: an issue without a name"),
        (changed('name = "chips"', 'name = ["chips"]'), "country KOR: issue name: ['chips'] is not a text"),
        (changed("domestic_cost = 2\n", ""), "country KOR: issue chips: domestic_cost is missing"),
        (changed('"M1"', '"M2"'), "country KOR: priority: unknown source 'M2'"),
        (changed("M1 = ", 'T1 = "mine"\nM1 = '), "sources.T1: another source has this id in the selected case"),
        (changed("countries_of", "countriesof"), "unknown field 'countriesof'; did you mean 'countries_of'?"),
        ('countries_of = "all"\ncountry = 3', "countries are written [[country]]"),
        ('countries_of = "six"\ncountry = [3]', "country 1: not a table"),
        ('countries_of = "six"\nwindow = 3', "window is not a table"),
        ('countries_of = "six"\nsources = 3', "sources is not a table"),
        ('countries_of = "six"\n[[country]]\niso3 = "KOR"\nissue = 3', "country KOR: issues are written"),
    ],
)  # fmt: skip
def test_a_bad_selection(text, told):
    lines = faults(text)
    assert lines[0].startswith(f"mine.toml: {told}")
    assert len(lines) == 1


def test_an_issue_given_twice():
    again = MINE.replace(
        "[[country.issue]]", '[[country.issue]]\nname = "rice_market"\ndomestic_cost = 1\n[[country.issue]]', 1
    )
    assert faults(again)[0] == "mine.toml: country KOR: issue 'rice_market' is given 2 times, allowed once"


def test_all_faults_of_a_selection_are_told_at_once():
    text = MINE.replace('"KOR"]', '"KOR", "XXX"]').replace("imports = 140", "imports = 0").replace("= 60", "= 0")
    assert [line.split(":")[1].strip() for line in faults(text)] == ["countries", "window", "country KOR"]


# A selection without a file


def test_countries_are_selected_from_the_case_that_is_named_and_else_from_all():
    some = load_case("six", ["JPN", "KOR"])
    assert some.ids == ("JPN", "KOR")
    assert some.countries == (SIX.country("JPN", ""), SIX.country("KOR", ""))
    assert some.window == SIX.window
    assert load_case(None, ["TWN", "KOR"]).countries == (ALL.country("TWN", ""), ALL.country("KOR", ""))
    assert load_case() == SIX


def test_a_selection_says_what_it_is_and_stands_alone():
    some = load_case(None, ["KOR", "JPN", "TWN"])
    assert some.name == "all"
    assert some.title == "KOR, JPN, TWN of: Every partner with a rate and trade data"
    assert load_case("all", ALL.ids[:40]).title.startswith("40 countries of: ")
    assert parse_case(some.text, "copy.toml") == some
    assert len({some.digest, load_case(None, ["JPN", "KOR", "TWN"]).digest, ALL.digest}) == 3


def test_all_countries_in_their_order_are_the_case_itself():
    assert select_countries(SIX, list(SIX.ids), "test") is SIX


def test_a_selection_of_a_selection():
    mine = parse_case(MINE, "mine.toml")
    korea = select_countries(mine, ["KOR"], "test")
    assert korea.countries == (mine.country("KOR", ""),)
    assert korea.window == mine.window
    assert "M1" in korea.sources and "Q24" not in korea.sources


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([], "--countries: no country is named; at least one is needed"),
        (["KOR", "KOR"], "--countries: KOR is named 2 times, allowed once"),
        (["KOR", "TWN"], "--countries: unknown country 'TWN'; allowed: KOR, JPN, VNM, GBR, AUS, IND"),
        (["kor"], "--countries: unknown country 'kor'; did you mean 'KOR'?"),
        (["KOR", ""], "--countries: unknown country ''; allowed: KOR, JPN, VNM, GBR, AUS, IND"),
    ],
)
def test_a_bad_list_of_countries(codes, told):
    with pytest.raises(InputError) as caught:
        load_case("six", codes, "--countries")
    assert str(caught.value) == told


# The template


def keys_of(text):
    """Every key of a case file, by the kind of table it stands in."""
    table = tomllib.loads(text)
    found = {"case": set(table), "window": set(table["window"]), "country": set(), "issue": set(), "number": set()}
    for country in table["country"]:
        found["country"] |= set(country)
        for issue in country.get("issue", []):
            found["issue"] |= set(issue)
        for entry in country.values():
            found["number"] |= set(entry) if isinstance(entry, dict) else set()
    for entry in table["window"].values():
        found["number"] |= set(entry) if isinstance(entry, dict) else set()
    return found


def test_the_template_loads_and_shows_every_key():
    text = TEMPLATE.read_text(encoding="utf-8")
    case = parse_case(text, TEMPLATE.name)
    assert case.ids == ("KOR", "XYZ")
    assert case.country("KOR", "").flexibility_before != SIX.country("KOR", "").flexibility_before
    declared = {"case": CASE_KEYS, "window": quantities(Window), "country": COUNTRY_KEYS, "issue": ISSUE_KEYS}
    assert keys_of(text) == {kind: set(keys) for kind, keys in {**declared, "number": NUMBER_KEYS}.items()}
