"""A case as a selection from another one: which of its countries, in which order, and what differs.

    countries_of = "all"                 # a shipped case; its window and its countries are taken over
    countries = ["KOR", "JPN"]           # all of them where this is left out
    [window]
    window_days = 60                     # differs
    [[country]]
    iso3 = "KOR"
    imports = 140                        # differs; what is not given here stays as selected
    [[country]]
    iso3 = "XYZ"                         # not among the selected: a country more, given in full

Key by key, what a selection gives stands above what it selects; an issue is found by its name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.case import Case
from model.case_data import country_codes, read_case
from model.case_text import case_text, head_of, with_text
from model.errors import Faults, InputError, unknown
from model.toml_file import parse_toml

Table = Mapping[str, Any]


@dataclass(frozen=True)
class CaseTable:
    """What a case file says, in full: its tables, and the comments that go with its countries."""

    head: str
    table: Table

    @property
    def ids(self) -> list[str]:
        return [country["iso3"] for country in self.table["country"]]


def is_selection(table: Table) -> bool:
    """Whether a case file takes its countries from another case."""
    return "countries_of" in table or "countries" in table


def resolve(table: Table, head: str, selected_from: CaseTable, origin: str, faults: Faults) -> CaseTable:
    """A selection written out. What cannot be used of it is noted, or left as it is for the reader to find."""
    ids = selected_from.ids
    codes = faults.tried(chosen_codes, table.get("countries", ids), ids, f"{origin}: countries") or ids
    given = {country["iso3"]: country for country in selected_from.table["country"]}
    countries = {iso3: given[iso3] for iso3 in codes}
    entries = table.get("country", [])
    if isinstance(entries, list):
        for iso3, entry in zip(country_codes(entries, origin, faults), entries, strict=True):
            if iso3 in given and iso3 not in codes:
                faults.note(f"{origin}: country {iso3}: name it in `countries`, or what is given here is not used")
            elif iso3 is not None:
                countries[iso3] = merged_country(countries.get(iso3, {}), entry)
    else:
        faults.note(f"{origin}: countries are written [[country]]")
    full = {
        **{key: value for key, value in table.items() if key not in ("countries_of", "countries")},
        "window": merged(selected_from.table.get("window", {}), table.get("window", {})),
        "country": list(countries.values()),
    }
    full["sources"] = merged_sources(selected_from.table.get("sources", {}), full, origin, faults)
    return CaseTable("\n#\n".join(filter(None, [head, selected_from.head])), full)


def select_countries(case: Case, iso3s: Sequence[str], origin: str) -> Case:
    """The case with these of its countries alone, in this order. It can be written out and read like any other."""
    codes = chosen_codes(iso3s, case.ids, origin)
    if tuple(codes) == case.ids:
        return case
    whole = CaseTable(head_of(case.text), parse_toml(case.text, case.name))
    title = f"{', '.join(codes) if len(codes) <= 6 else f'{len(codes)} countries'} of: {case.title or case.name}"
    faults = Faults()
    table = {"name": case.name, "title": title, "about": case.about, "countries": codes}
    part = resolve(table, "", whole, origin, faults)
    return with_text(read_case(part.table, case.name, origin, faults), case_text(part.head, part.table))


def chosen_codes(codes: Any, allowed: Iterable[str], origin: str) -> list[str]:
    """A list of countries, each known and named once."""
    if not isinstance(codes, list | tuple) or not all(isinstance(iso3, str) for iso3 in codes):
        raise InputError(f'{origin} = {codes!r}: write a list of countries, as in ["KOR", "JPN"]')
    if not codes:
        raise InputError(f"{origin}: no country is named; at least one is needed")
    known, faults = list(allowed), Faults()
    for iso3 in codes:
        if iso3 not in known:
            faults.note(str(unknown("country", iso3, known, origin)))
        if codes.count(iso3) > 1:
            faults.note(f"{origin}: {iso3} is named {codes.count(iso3)} times, allowed once")
    faults.report()
    return list(codes)


def merged(selected: Table, given: Any) -> Any:
    """A table under what is given of it; what is no table is left for the reader to refuse."""
    return {**selected, **given} if isinstance(given, dict) else given


def merged_country(selected: Table, given: Table) -> dict[str, Any]:
    """A country under a [[country]] entry. Issues of the same name are merged, others are added."""
    country = {**selected, **given}
    issues, differing = selected.get("issue", []), given.get("issue", [])
    if isinstance(differing, list):
        names = [issue["name"] for issue in issues]
        changes: dict[str, Any] = {}
        more = []
        for issue in differing:
            name = issue.get("name") if isinstance(issue, dict) else None
            if isinstance(name, str) and name in names and name not in changes:
                changes[name] = issue
            else:
                more.append(issue)
        country["issue"] = [{**issue, **changes.get(issue["name"], {})} for issue in issues] + more
    return country


def merged_sources(selected: Mapping[str, str], full: Table, origin: str, faults: Faults) -> Any:
    """The sources of a selection: those of its own, and those that its countries and window cite."""
    own = full.get("sources", {})
    if not isinstance(own, dict):
        return own
    for key in own:
        if key in selected and own[key] != selected[key]:
            faults.note(f"{origin}: sources.{key}: another source has this id in the selected case; choose another id")
    used = cited([full["window"], full["country"]])
    return {**{key: text for key, text in selected.items() if key in used}, **own}


def cited(tables: Any) -> set[str]:
    """The ids in every `source` of nested tables."""
    if isinstance(tables, list):
        return set().union(*(cited(table) for table in tables))
    if not isinstance(tables, dict):
        return set()
    source = tables.get("source", "")
    own = set(source.split(";")) if isinstance(source, str) else set()
    return own.union(*(cited(value) for value in tables.values()))
