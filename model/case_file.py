"""Reading case files: TOML in, a checked `Case` out; every fault is one line that names file and field.

Shipped cases lie in `model/cases/` and load by name; a file of the user's own loads by path. A number is either bare
(`imports = 131.5`) or a table (`imports = { value = 131.5, source = "T1", status = "verified", note = "...",
low = ..., high = ... }`); shipped cases always use the table.
"""

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.case import OPTIONAL, Case, Country, Issue, Provenance, Window, check_country
from model.declaration import Quantity, quantities
from model.errors import InputError, unknown
from model.toml_file import only_keys, parse_toml, read_text

CASES_FOLDER = Path(__file__).parent / "cases"
STATUSES = ("verified", "derived", "memory", "judgement")
NUMBER_KEYS = ("value", "source", "status", "note", "low", "high")
EU_OR_ISO3 = re.compile(r"[A-Z]{2,3}\Z")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def shipped_cases() -> list[str]:
    """The names of the cases that come with the program."""
    return sorted(path.stem for path in CASES_FOLDER.glob("*.toml"))


def load_case(name_or_path: str) -> Case:
    """A shipped case by name, or the user's own by path (anything with a folder in it or ending in .toml)."""
    if name_or_path in shipped_cases():
        path = CASES_FOLDER / f"{name_or_path}.toml"
    elif name_or_path.endswith(".toml") or "/" in name_or_path:
        path = Path(name_or_path)
    else:
        raise unknown("case", name_or_path, [*shipped_cases(), "a path that ends in .toml"], "case")
    text = read_text(path)
    return parse_case(text, path.name)


def parse_case(text: str, origin: str) -> Case:
    """A case from the text of its file; every fault is an `InputError` that names file and field."""
    table = parse_toml(text, origin)
    only_keys(table, ("name", "title", "about", "window", "country", "sources"), origin)
    sources = {key: as_text(value, f"{origin}: sources.{key}") for key, value in as_table(table, "sources", origin)}
    window_values: dict[str, Any] = {}
    window_provenance: dict[str, Provenance] = {}
    window_table = dict(as_table(table, "window", origin))
    only_keys(window_table, quantities(Window), f"{origin}: window")
    for key, quantity in quantities(Window).items():
        if key in window_table:
            where = f"{origin}: window: {key}"
            window_values[key], window_provenance[key] = number(window_table[key], quantity, where, sources)
    entries = table.get("country")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{origin}: no [[country]]: a case needs at least one")
    countries = tuple(
        parse_country(entry, f"{origin}: country {position + 1}", origin, sources)
        for position, entry in enumerate(entries)
    )
    ids = [country.iso3 for country in countries]
    for iso3 in ids:
        if ids.count(iso3) > 1:
            raise InputError(f"{origin}: country {iso3}: iso3 is given {ids.count(iso3)} times, allowed once")
    return Case(
        name=safe_name(table.get("name", Path(origin).stem), f"{origin}: name"),
        title=as_text(table.get("title", ""), f"{origin}: title"),
        about=as_text(table.get("about", ""), f"{origin}: about"),
        window=Window(**window_values, provenance=window_provenance),
        countries=countries,
        sources=sources,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def parse_country(table: Any, where: str, origin: str, sources: Mapping[str, str]) -> Country:
    """One [[country]] entry."""
    if not isinstance(table, dict):
        raise InputError(f"{where}: not a table")
    iso3 = table.get("iso3")
    if not isinstance(iso3, str) or not EU_OR_ISO3.match(iso3):
        raise InputError(f"{where}: iso3 = {iso3!r}: allowed: two or three capital letters, as in KOR or EU")
    where = f"{origin}: country {iso3}"
    declared_fields = quantities(Country)
    only_keys(table, ("iso3", "name", "issue", *declared_fields), where)
    values: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for key, quantity in declared_fields.items():
        if key in table:
            values[key], provenance[key] = number(table[key], quantity, f"{where}: {key}", sources)
        elif key not in OPTIONAL:
            raise InputError(f"{where}: {key} is missing ({quantity.meaning}; {quantity.range_text}, {quantity.unit})")
    entries = table.get("issue", [])
    if not isinstance(entries, list):
        raise InputError(f"{where}: issues are written [[country.issue]]")
    issues = tuple(parse_issue(entry, where, sources) for entry in entries)
    names = [issue.name for issue in issues]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{where}: issue {name!r} is given {names.count(name)} times, allowed once")
    country = Country(
        iso3=iso3,
        name=safe_name(table.get("name", iso3), f"{where}: name"),
        issues=issues,
        provenance=provenance,
        **values,
    )
    check_country(country, where)
    return country


def parse_issue(table: Any, where: str, sources: Mapping[str, str]) -> Issue:
    """One [[country.issue]] entry; its source, status and note hold for both scores."""
    if not isinstance(table, dict) or "name" not in table:
        raise InputError(f"{where}: an issue without a name")
    name = safe_name(table["name"], f"{where}: issue name")
    where = f"{where}: issue {name}"
    only_keys(
        table,
        ("name", "description", "red_line", "source", "status", "note", *quantities(Issue)),
        where,
    )
    scores = {}
    for key, quantity in quantities(Issue).items():
        if key not in table:
            raise InputError(f"{where}: {key} is missing ({quantity.meaning}; 0 to 5)")
        scores[key], _ = number(table[key], quantity, f"{where}: {key}", sources)
    red_line = table.get("red_line", False)
    if not isinstance(red_line, bool):
        raise InputError(f"{where}: red_line = {red_line!r}: allowed: true, false")
    return Issue(
        name=name,
        red_line=red_line,
        description=as_text(table.get("description", ""), f"{where}: description"),
        provenance=parse_provenance(table, where, sources),
        **scores,
    )


def number(entry: Any, quantity: Quantity, where: str, sources: Mapping[str, str]) -> tuple[float, Provenance]:
    """A bare number or a table with a value, checked against its declaration."""
    if not isinstance(entry, dict):
        return quantity.check(entry, where), Provenance()
    only_keys(entry, NUMBER_KEYS, where)
    if "value" not in entry:
        raise InputError(f"{where}: the table has no `value`")
    value = quantity.check(entry["value"], where)
    provenance = parse_provenance(entry, where, sources)
    low, high = (quantity.check(entry[key], f"{where}: {key}") if key in entry else None for key in ("low", "high"))
    if (low is not None and low > value) or (high is not None and high < value):
        raise InputError(f"{where}: value = {value:g} does not lie between low = {low} and high = {high}")
    return value, dataclasses.replace(provenance, low=low, high=high)


def parse_provenance(entry: Mapping[str, Any], where: str, sources: Mapping[str, str]) -> Provenance:
    """Source, status and note of a number; source ids must be listed in the file's [sources]."""
    source = as_text(entry.get("source", ""), f"{where}: source")
    for key in filter(None, source.split(";")):
        if key not in sources:
            raise unknown("source", key, sources, where)
    status = as_text(entry.get("status", "unstated"), f"{where}: status")
    if status not in (*STATUSES, "unstated"):
        raise unknown("status", status, STATUSES, where)
    return Provenance(source, status, as_text(entry.get("note", ""), f"{where}: note"))


def as_table(table: Mapping[str, Any], key: str, origin: str) -> list[tuple[str, Any]]:
    """The items of a sub-table, empty where it is absent."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{origin}: {key} is not a table")
    return list(value.items())


def as_text(value: Any, where: str) -> str:
    """A text on one line."""
    if not isinstance(value, str):
        raise InputError(f"{where}: {value!r} is not a text")
    return value


def safe_name(value: Any, where: str) -> str:
    """A name that is not empty and that no spreadsheet takes for a formula."""
    name = as_text(value, where)
    if not name.strip() or name.startswith(FORMULA_STARTS) or any(c in name for c in '\n\r"'):
        raise InputError(
            f"{where}: {name!r}: a name is not empty, has no quotes or line breaks, and does not begin with = + - @"
        )
    return name
