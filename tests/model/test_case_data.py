"""The shipped cases: every number is sourced and plausible, and every case holds the numbers of the data file.

The data file and the selections are read here as plain TOML, beside the loader, so that the loader cannot excuse them.
"""

import hashlib
import re
import tomllib

import pytest

from model.case import Country, Window
from model.case_data import STATUSES
from model.case_file import CASES_FOLDER, load_case, parse_case, shipped_cases
from model.declaration import quantities

FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in CASES_FOLDER.glob("*.toml")}
DATA = {country["iso3"]: country for country in FILES["all"]["country"]}
WRITTEN_OUT = {name: tomllib.loads(load_case(name).text) for name in FILES}
FRACTIONS = [
    "threatened_rate", "sector_share", "open_share", "flexibility_before", "flexibility_after", "ratification_before",
    "ratification_after", "floor_before", "floor_after",
]  # fmt: skip
AT_STAKE = ("threatened_rate", "sector_share", "open_share")


def expected(case):
    """The countries of a case as plain tables: those of the data file, under what the case's own file says."""
    file = FILES[case]
    if case == "all":
        return list(DATA.values())
    taken = {country["iso3"]: country for country in expected(file["countries_of"])}
    differing = {country["iso3"]: country for country in file.get("country", [])}
    return [{**taken[iso3], **differing.get(iso3, {})} for iso3 in file.get("countries", taken)]


def numbers(case):
    """Where each sourced number of a case stands, and its table: window, countries, issues."""
    table = WRITTEN_OUT[case]
    for key, entry in table["window"].items():
        yield f"window {key}", entry
    for country in table["country"]:
        for key, entry in country.items():
            if key == "issue":
                for issue in entry:
                    yield f"{country['iso3']} {issue['name']}", issue
            elif key not in ("iso3", "name", "about"):
                yield f"{country['iso3']} {key}", entry


def test_the_four_cases_are_shipped():
    assert shipped_cases() == ["all", "eighteen", "free_trade", "six"] == sorted(FILES)


def test_no_number_is_written_twice():
    """A shipped case names its countries; it repeats none of their numbers."""
    assert [name for name, file in FILES.items() if "countries_of" not in file] == ["all"]
    assert not {"window", "country", "sources"} & {*FILES["six"], *FILES["eighteen"]}
    for country in FILES["free_trade"]["country"]:
        assert set(country) == {"iso3", *AT_STAKE}


@pytest.mark.parametrize("case", FILES)
def test_every_shipped_case_loads(case):
    loaded = load_case(case)
    raw = expected(case)
    assert loaded.name == case == FILES[case]["name"]
    assert loaded.title and loaded.about
    assert list(loaded.ids) == [country["iso3"] for country in raw]
    assert len(set(loaded.ids)) == len(loaded.ids)
    for country, entry in zip(loaded.countries, raw, strict=True):
        assert (country.name, country.about) == (entry["name"], entry.get("about", ""))
        for key in quantities(Country):
            assert getattr(country, key) == (entry[key]["value"] if key in entry else None)
        assert [issue.name for issue in country.issues] == [issue["name"] for issue in entry.get("issue", [])]
        for issue, given in zip(country.issues, entry.get("issue", []), strict=True):
            assert issue.hegemon_value == given["hegemon_value"]
            assert issue.domestic_cost == given["domestic_cost"]
            assert issue.red_line == given["red_line"]


@pytest.mark.parametrize("case", FILES)
def test_a_shipped_case_keeps_where_its_numbers_come_from(case):
    for country, entry in zip(load_case(case).countries, expected(case), strict=True):
        for key in country.provenance:
            origin = country.provenance[key]
            for name in ("source", "status", "note"):
                assert getattr(origin, name) == entry[key].get(name, "")
            assert (origin.low, origin.high) == (entry[key].get("low"), entry[key].get("high"))
        for issue, given in zip(country.issues, entry.get("issue", []), strict=True):
            assert issue.provenance.note == given["note"]
            assert issue.provenance.source == given.get("source", "")


@pytest.mark.parametrize("case", FILES)
def test_the_text_of_a_case_says_it_in_full(case, monkeypatch, tmp_path):
    loaded = load_case(case)
    assert loaded.digest == hashlib.sha256(loaded.text.encode()).hexdigest()
    assert "countries_of" not in WRITTEN_OUT[case]
    monkeypatch.setattr("model.case_file.CASES_FOLDER", tmp_path)  # without the data file
    again = parse_case(loaded.text, "copy.toml")
    assert again == loaded
    assert (again.text, again.digest) == (loaded.text, loaded.digest)
    for country, other in zip(again.countries, loaded.countries, strict=True):
        assert country.provenance == other.provenance


def test_the_data_file_is_the_text_of_all():
    assert load_case("all").text == (CASES_FOLDER / "all.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", FILES)
def test_every_number_has_a_source_or_says_judgement(case):
    sources = WRITTEN_OUT[case]["sources"]
    used = set()
    for where, entry in numbers(case):
        assert isinstance(entry, dict), f"{where}: a bare number"
        assert entry.get("status") in STATUSES, where
        ids = [key for key in entry.get("source", "").split(";") if key]
        assert ids or entry["status"] == "judgement", where
        assert set(ids) <= set(sources), where
        used |= set(ids)
    assert used == set(sources)  # and no source is listed that nothing cites


@pytest.mark.parametrize("case", FILES)
def test_every_source_can_be_found(case):
    for key, text in WRITTEN_OUT[case]["sources"].items():
        assert re.match(r"[A-Z]\d+\Z", key)
        assert "http" in text or "github:" in text, key


@pytest.mark.parametrize("case", FILES)
def test_judgement_on_domestic_values_has_a_range_around_it(case):
    for where, entry in numbers(case):
        if re.search(" (flexibility|ratification|floor)_", where):
            assert 0 <= entry["low"] <= entry["value"] <= entry["high"] <= 1, where
            assert entry["low"] < entry["high"], where


@pytest.mark.parametrize("case", FILES)
def test_there_is_no_percentage_among_rates_and_shares(case):
    for country in load_case(case).countries:
        for key in FRACTIONS:
            assert 0 <= getattr(country, key) <= 1, (country.iso3, key)
        assert country.sector_share + country.open_share <= 1
        assert country.imports > 0 and country.priority > 0


def test_the_same_country_has_the_same_numbers_in_every_case():
    six, eighteen, everybody = (load_case(name).countries for name in ("six", "eighteen", "all"))
    assert eighteen[: len(six)] == six
    assert everybody[: len(eighteen)] == eighteen
    for case in FILES:
        assert load_case(case).window == Window()


def test_six_are_the_articles_partners():
    six = load_case("six")
    assert six.ids == ("KOR", "JPN", "VNM", "GBR", "AUS", "IND")
    assert [country.priority for country in six.countries] == [1.0, 1.0, 0.5, 1.0, 1.0, 1.0]
    rates = {"KOR": 0.25, "JPN": 0.24, "VNM": 0.46, "GBR": 0.10, "AUS": 0.10, "IND": 0.26}
    assert {country.iso3: country.threatened_rate for country in six.countries} == rates


def test_korea_votes_on_day_54_and_faces_the_articles_three_issues():
    korea = load_case("six").country("KOR", "test")
    assert korea.date == 54  # 3 June, 54 days after 10 April
    assert korea.flexibility_before < korea.flexibility_after
    assert korea.ratification_before < korea.ratification_after
    issues = [issue.name for issue in korea.issues]
    assert issues[:3] == ["vehicle_import_regulations", "defence_offsets", "ruminant_pet_food"]


def test_eighteen_and_all():
    listed = "KOR JPN VNM GBR AUS IND EU TWN CHE IDN THA MYS PHL KHM BGD ISR ARG ZAF"
    assert list(load_case("eighteen").ids) == listed.split()
    everybody = load_case("all")
    assert len(everybody.countries) > 77  # more than there are meetings
    assert not {"CHN", "CAN", "MEX", "RUS", "BLR"} & set(everybody.ids)
    rest = [country.imports for country in everybody.countries[18:]]
    assert rest == sorted(rest, reverse=True)


def test_free_trade_is_six_with_nothing_at_stake():
    six, free = load_case("six").countries, load_case("free_trade").countries
    for country, other in zip(six, free, strict=True):
        for key in quantities(Country):
            assert getattr(other, key) == (0.0 if key in AT_STAKE else getattr(country, key))
        assert country.issues == other.issues


def half_deficit(country):
    """The announced formula: half of the deficit over imports, and no less than 10 %."""
    return max(0.10, (country.imports - country.exports) / country.imports / 2)


WITH_TRADE = [country for country in load_case("all").countries if country.exports is not None]


@pytest.mark.parametrize("country", [c for c in WITH_TRADE if c.iso3 != "AFG"], ids=lambda country: country.iso3)
def test_the_formula_reproduces_the_announced_rate_within_a_point(country):
    assert half_deficit(country) == pytest.approx(country.threatened_rate, abs=0.01)


def test_trade_data_exist_for_nearly_all_and_the_one_exception_is_noted():
    assert len(WITH_TRADE) >= 90
    (afghanistan,) = [country for country in WITH_TRADE if country.iso3 == "AFG"]
    assert abs(half_deficit(afghanistan) - afghanistan.threatened_rate) > 0.01
    assert "formula" in afghanistan.provenance["threatened_rate"].note


def test_the_article_is_cited_once_and_in_full():
    articles = [
        text for text in FILES["all"]["sources"].values() if text.startswith("The article that this case is from")
    ]
    assert len(articles) == 1
    for part in ("Korea JoongAng Daily", "15 April 2025", "https://koreajoongangdaily.joins.com/news/2025-04-15/"):
        assert part in articles[0]
