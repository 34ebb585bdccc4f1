"""Case data: which countries face the hegemon, with every number's source and status.

A case is one TOML file. Shipped cases lie in `model/cases/` and load by name; a file of the user's own loads by
path. A number is either bare (`imports = 131.5`) or a table (`imports = { value = 131.5, source = "T1",
status = "verified", note = "...", low = ..., high = ... }`); shipped cases always use the table.
"""

import dataclasses
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.declaration import Quantity, declared, quantities
from model.errors import InputError, unknown

CASES_FOLDER = Path(__file__).parent / "cases"
STATUSES = ("verified", "derived", "memory", "judgement")
NUMBER_KEYS = ("value", "source", "status", "note", "low", "high")
EU_OR_ISO3 = re.compile(r"[A-Z]{2,3}\Z")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from: source ids, status, a note, and its range where it is judgement."""

    source: str = ""
    status: str = "unstated"
    note: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Issue:
    """Something the hegemon asks for: its worth and its cost at home, both scored 0 to 5."""

    name: str
    hegemon_value: float = declared(None, 0, 5, "score", "worth of the concession to the hegemon")
    domestic_cost: float = declared(None, 0, 5, "score", "cost of the concession at home")
    red_line: bool = False
    description: str = ""
    provenance: Provenance = Provenance()


@dataclass(frozen=True)
class Country:
    """One partner of the hegemon. A missing `date` means the regime `before` for ever."""

    iso3: str
    name: str
    threatened_rate: float = declared(None, 0, 5, "fraction", "announced reciprocal rate", by_country=True)
    imports: float = declared(None, 1e-6, 1e6, "bn USD a year", "US goods imports from it", by_country=True)
    exports: float | None = declared(None, 0, 1e6, "bn USD a year", "US goods exports to it", by_country=True)
    gdp: float | None = declared(None, 1e-6, 1e6, "bn USD a year", "gross domestic product", by_country=True)
    sector_share: float = declared(
        None, 0, 1, "fraction", "imports already under sectoral tariffs (autos, steel, aluminium)", by_country=True
    )
    open_share: float = declared(
        None, 0, 1, "fraction", "imports whose sectoral outcome is open (chips, electronics, pharma)",
        by_country=True,
    )  # fmt: skip
    priority: float = declared(None, 1e-6, 1e6, "weight", "weight with which it is called", by_country=True)
    date: float | None = declared(
        None, 0, 1000, "day", "domestic date (election); none: `before` for ever", by_country=True, integer=True
    )
    flexibility_before: float = declared(
        None, 0, 1, "fraction", "cap on every concession before the date", by_country=True
    )
    flexibility_after: float = declared(
        None, 0, 1, "fraction", "cap on every concession after the date", by_country=True
    )
    ratification_before: float = declared(
        None, 0, 1, "probability", "a signature is ratified before the date", by_country=True
    )
    ratification_after: float = declared(
        None, 0, 1, "probability", "a signature is ratified after the date", by_country=True
    )
    floor_before: float = declared(
        None, 0, 1, "share of stakes", "reserve the ratifier insists on before the date", by_country=True
    )
    floor_after: float = declared(
        None, 0, 1, "share of stakes", "reserve the ratifier insists on after the date", by_country=True
    )
    issues: tuple[Issue, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)


OPTIONAL = ("exports", "gdp", "date")


@dataclass(frozen=True)
class Window:
    """The negotiating window: day 0 is the start of the pause, `window_days` the deadline."""

    window_days: float = declared(90, 1, 1000, "days", "length of the pause", group="window", integer=True)
    meetings_per_week: float = declared(
        6, 1, 70, "meetings", "partners called a week", group="window", integer=True
    )
    extension_probability: float = declared(
        0, 0, 1, "probability", "the deadline is put off once", group="window"
    )
    extension_days: float = declared(
        23, 0, 1000, "days", "length of the extension", group="window", integer=True
    )
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Case:
    """A named set of countries and a window. `digest` is the SHA-256 of the file that it was read from."""

    name: str
    title: str
    about: str
    window: Window
    countries: tuple[Country, ...]
    sources: Mapping[str, str]
    digest: str
    text: str = field(repr=False, compare=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """The countries' iso3 codes in the order of the case."""
        return tuple(country.iso3 for country in self.countries)

    def country(self, iso3: str, origin: str) -> Country:
        """The country of that code."""
        for country in self.countries:
            if country.iso3 == iso3:
                return country
        raise unknown("country", iso3, self.ids, origin)


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


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, or an `InputError` that says why not."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: cannot be read ({reason})") from None


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """A TOML document as a dictionary, or an `InputError` that names the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin}: malformed TOML: {' '.join(str(error).split())}") from None


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


def check_country(country: Country, where: str) -> None:
    """What must hold between a country's numbers."""
    if country.sector_share + country.open_share > 1 + 1e-9:
        raise InputError(
            f"{where}: sector_share + open_share = {country.sector_share + country.open_share:g}: at most 1 is allowed"
        )


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
    for key in ("low", "high"):
        if key in entry:
            bound = quantity.check(entry[key], f"{where}: {key}")
            if (bound > value) if key == "low" else (bound < value):
                raise InputError(f"{where}: {key} = {bound:g} lies on the wrong side of value = {value:g}")
            provenance = dataclasses.replace(provenance, **{key: bound})
    return value, provenance


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


def only_keys(table: Mapping[str, Any], allowed: Any, where: str) -> None:
    """Refuse a key that nothing reads: it is a misspelling."""
    for key in table:
        if key not in allowed:
            raise unknown("field", key, allowed, where)


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
