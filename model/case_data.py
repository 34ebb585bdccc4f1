"""From the tables of a case file to a checked `Case`; every fault is a line that names file and field.

A number is either bare (`imports = 131.5`) or a table, of which only the value must be given:

    date = { value = 54, low = 50, high = 60, source = "E1", status = "verified", known_from = "2025-04-08", note = "" }

Shipped cases always use the table. What is wrong is noted in a `Faults`, so that all of it is reported at once.
"""

import datetime
import re
from collections.abc import Collection, Mapping
from typing import Any

from model.case import OPTIONAL, SCORES, Case, Country, Issue, Provenance, Window, check_country
from model.declaration import Quantity, quantities
from model.errors import Faults, InputError, unknown
from model.names import as_text, safe_name
from model.toml_file import misspelt, only_keys

STATUSES = ("verified", "derived", "memory", "judgement")
CASE_KEYS = ("name", "title", "about", "countries_of", "countries", "window", "country", "sources")
COUNTRY_KEYS = ("iso3", "name", "about", *quantities(Country), "issue")
ISSUE_KEYS = ("name", "description", *quantities(Issue), "source", "status", "known_from", "note")
NUMBER_KEYS = ("value", "low", "high", "source", "status", "known_from", "note")
EU_OR_ISO3 = re.compile(r"[A-Z]{2,3}\Z")
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
Sources = Collection[str] | None  # the ids that may be cited; None where they cannot be read


def read_case(table: Mapping[str, Any], default_name: str, origin: str, faults: Faults) -> Case:
    """The case of a file's tables, without its text. Raises what is wrong, all of it."""
    faults.tried(only_keys, table, CASE_KEYS, origin)
    sources = read_sources(table, origin, faults)
    window = read_window(table.get("window", {}), origin, sources, faults)
    countries = read_countries(table.get("country"), origin, sources, faults)
    name = faults.tried(safe_name, table.get("name", default_name), f"{origin}: name")
    title = faults.tried(as_text, table.get("title", ""), f"{origin}: title")
    about = faults.tried(as_text, table.get("about", ""), f"{origin}: about")
    faults.report()
    return Case(name or "", title or "", about or "", window, tuple(countries), sources or {}, digest="", text="")


def read_sources(table: Mapping[str, Any], origin: str, faults: Faults) -> dict[str, str] | None:
    """The [sources]; None where they cannot be read, so that not every number that cites them is a fault too."""
    sources = table.get("sources", {})
    if not isinstance(sources, dict):
        faults.note(f"{origin}: sources is not a table")
        return None
    for key, text in sources.items():
        faults.tried(as_text, key, f"{origin}: sources")
        faults.tried(as_text, text, f"{origin}: sources.{key}")
    return None if "sources" in misspelt(table, CASE_KEYS) else sources


def read_window(table: Any, origin: str, sources: Sources, faults: Faults) -> Window:
    """The [window]; what it does not give keeps its default."""
    if not isinstance(table, dict):
        faults.note(f"{origin}: window is not a table")
        return Window()
    faults.tried(only_keys, table, quantities(Window), f"{origin}: window")
    values, provenance = read_numbers(table, quantities(Window), f"{origin}: window", sources, faults)
    return Window(**values, provenance=provenance)


def read_countries(entries: Any, origin: str, sources: Sources, faults: Faults) -> list[Country]:
    """The [[country]] entries that can be used."""
    if not isinstance(entries, list) or not entries:
        faults.note(f"{origin}: no [[country]]: a case needs at least one")
        return []
    codes = country_codes(entries, origin, faults)
    countries = [
        read_country(entry, f"{origin}: country {iso3}", sources, faults)
        for entry, iso3 in zip(entries, codes, strict=True)
        if iso3 is not None
    ]
    return [country for country in countries if country is not None]


def country_codes(entries: list[Any], origin: str, faults: Faults) -> list[str | None]:
    """The iso3 of every [[country]] entry, None where it has none; given twice is a fault."""
    codes = [
        faults.tried(country_code, entry, f"{origin}: country {number}") for number, entry in enumerate(entries, 1)
    ]
    for iso3 in filter(None, codes):
        if codes.count(iso3) > 1:
            faults.note(f"{origin}: country {iso3}: iso3 is given {codes.count(iso3)} times, allowed once")
    return codes


def country_code(entry: Any, where: str) -> str:
    """The iso3 of a [[country]] entry."""
    if not isinstance(entry, dict):
        raise InputError(f"{where}: not a table")
    iso3 = entry.get("iso3")
    if not isinstance(iso3, str) or not EU_OR_ISO3.match(iso3):
        raise InputError(f"{where}: iso3 = {iso3!r}: allowed: two or three capital letters, as in KOR or EU")
    return iso3


def read_country(table: Mapping[str, Any], where: str, sources: Sources, faults: Faults) -> Country | None:
    """One [[country]] entry; None where a number is missing or cannot be used."""
    faults.tried(only_keys, table, COUNTRY_KEYS, where)
    declared = quantities(Country)
    values, provenance = read_numbers(table, declared, where, sources, faults)
    for key in missing(table, declared, COUNTRY_KEYS):
        quantity = declared[key]
        faults.note(f"{where}: {key} is missing ({quantity.meaning}; {quantity.range_text}, {quantity.unit})")
    name = faults.tried(safe_name, table.get("name", table["iso3"]), f"{where}: name")
    about = faults.tried(as_text, table.get("about", ""), f"{where}: about")
    issues = read_issues(table.get("issue", []), where, sources, faults)
    if not set(declared) - set(OPTIONAL) <= values.keys():
        return None
    country = Country(
        iso3=table["iso3"], name=name or "", about=about or "", issues=tuple(issues), provenance=provenance, **values
    )
    faults.tried(check_country, country, where)
    return country


def missing(table: Mapping[str, Any], declared: Collection[str], keys: Collection[str]) -> list[str]:
    """The declared numbers that a table does not give, though it has to; one that is misspelt is not missing."""
    meant = misspelt(table, keys)
    return [key for key in declared if key not in table and key not in OPTIONAL and key not in meant]


def read_issues(entries: Any, where: str, sources: Sources, faults: Faults) -> list[Issue]:
    """The [[country.issue]] entries of a country that can be used."""
    if not isinstance(entries, list):
        faults.note(f"{where}: issues are written [[country.issue]]")
        return []
    names = [entry["name"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)]
    for name in names:
        if names.count(name) > 1:
            faults.note(f"{where}: issue {name!r} is given {names.count(name)} times, allowed once")
    issues = [read_issue(entry, where, sources, faults) for entry in entries]
    return [issue for issue in issues if issue is not None]


def read_issue(table: Any, where: str, sources: Sources, faults: Faults) -> Issue | None:
    """One [[country.issue]] entry; its source, status, known_from and note hold for both scores."""
    if not isinstance(table, dict) or "name" not in table:
        faults.note(f"{where}: an issue without a name")
        return None
    name = faults.tried(safe_name, table["name"], f"{where}: issue name")
    where = f"{where}: issue {name or repr(table['name'])}"
    faults.tried(only_keys, table, ISSUE_KEYS, where)
    scores, _ = read_numbers(table, SCORES, where, sources, faults)
    for key in missing(table, SCORES, ISSUE_KEYS):
        faults.note(f"{where}: {key} is missing ({SCORES[key].meaning}; 0 to 5)")
    red_line = table.get("red_line", False)
    if not isinstance(red_line, bool):
        faults.note(f"{where}: red_line = {red_line!r}: allowed: true, false")
    description = faults.tried(as_text, table.get("description", ""), f"{where}: description")
    provenance = read_provenance(table, where, sources, faults)
    if name is None or len(scores) < len(SCORES):
        return None
    return Issue(name=name, red_line=bool(red_line), description=description or "", provenance=provenance, **scores)


def read_numbers(
    table: Mapping[str, Any], declared: Mapping[str, Quantity], where: str, sources: Sources, faults: Faults
) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """The declared numbers that a table gives, and where they come from."""
    values: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for key, quantity in declared.items():
        if key in table:
            value, origin = read_number(table[key], quantity, f"{where}: {key}", sources, faults)
            if value is not None:
                values[key], provenance[key] = value, origin
    return values, provenance


def read_number(
    entry: Any, quantity: Quantity, where: str, sources: Sources, faults: Faults
) -> tuple[float | None, Provenance]:
    """A bare number or a table with a value, checked against its declaration."""
    if not isinstance(entry, dict):
        return faults.tried(quantity.check, entry, where), Provenance()
    faults.tried(only_keys, entry, NUMBER_KEYS, where)
    if "value" not in entry and "value" not in misspelt(entry, NUMBER_KEYS):
        faults.note(f"{where}: the table has no `value`")
    given = {
        key: faults.tried(quantity.check, entry[key], where if key == "value" else f"{where}: {key}")
        for key in ("value", "low", "high")
        if key in entry
    }
    value, low, high = (given.get(key) for key in ("value", "low", "high"))
    if value is not None and ((low is not None and low > value) or (high is not None and high < value)):
        faults.note(f"{where}: value = {value:g} does not lie between low = {low} and high = {high}")
    return value, read_provenance(entry, where, sources, faults, low, high)


def read_provenance(
    entry: Mapping[str, Any],
    where: str,
    sources: Sources,
    faults: Faults,
    low: float | None = None,
    high: float | None = None,
) -> Provenance:
    """Source, status, note and day of a number; source ids must be listed in the file's [sources]."""
    source = faults.tried(as_text, entry.get("source", ""), f"{where}: source") or ""
    for key in filter(None, source.split(";")):
        if sources is not None and key not in sources:
            faults.note(str(unknown("source", key, sources, where)))
    status = faults.tried(as_text, entry.get("status", "unstated"), f"{where}: status")
    if status not in (None, *STATUSES, "unstated"):
        faults.note(str(unknown("status", status, STATUSES, where)))
    note = faults.tried(as_text, entry.get("note", ""), f"{where}: note") or ""
    known_from = faults.tried(read_day, entry.get("known_from"), f"{where}: known_from")
    return Provenance(source, status or "unstated", note, low, high, known_from)


def read_day(value: Any, where: str) -> datetime.date | None:
    """A day, as text or as TOML's own date; None where none is given."""
    if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    if isinstance(value, str) and ISO_DATE.match(value):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(f"{where} = {str(value)!r}: allowed: a date, as in 2025-07-20")
