"""Finding and reading case files: TOML in, a checked `Case` out.

Shipped cases lie in `model/cases/` and load by name; a file of the user's own loads by path. `all.toml` holds every
country once with its numbers and sources; the other shipped cases select from it (`model.case_selection`), and so may a
file of the user's own.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from model.case import Case
from model.case_data import CASE_KEYS, read_case
from model.case_selection import CaseTable, is_selection, resolve, select_countries
from model.case_text import case_text, head_of, with_text
from model.errors import Faults, InputError, unknown
from model.names import as_text
from model.toml_file import names_a_file, only_keys, parse_toml, read_text

CASES_FOLDER = Path(__file__).parent / "cases"
TEMPLATE = Path(__file__).parent / "case_template.toml"
DATA_CASE = "all"  # holds every country; what is selected without naming a case is selected from it
DEFAULT_CASE = "six"


def shipped_cases() -> list[str]:
    """The names of the cases that come with the program."""
    return sorted(path.stem for path in CASES_FOLDER.glob("*.toml"))


def case_meant(name_or_path: str | None, countries: Sequence[str] | None) -> str:
    """The case that is named; where none is, the default, or for a selection the one that holds every country."""
    return name_or_path if name_or_path is not None else DEFAULT_CASE if countries is None else DATA_CASE


def load_case(
    name_or_path: str | None = None, countries: Sequence[str] | None = None, origin: str = "countries"
) -> Case:
    """A shipped case by name, or the user's own by path (anything with a folder in it or ending in .toml).

    With `countries` only these of it, in this order; where no case is named, of all there are. `origin` says in
    messages where the countries were given.
    """
    name = case_meant(name_or_path, countries)
    if name in shipped_cases():
        path = CASES_FOLDER / f"{name}.toml"
    elif names_a_file(name):
        path = Path(name)
    else:
        raise unknown("case", name, [*shipped_cases(), "a path that ends in .toml"], "case")
    case = parse_case(read_text(path), path.name)
    return case if countries is None else select_countries(case, countries, origin)


def parse_case(text: str, origin: str) -> Case:
    """A case from the text of its file; all its faults are one `InputError`, a line each that names file and field."""
    table, default_name, faults = parse_toml(text, origin), Path(origin).stem, Faults()
    if not is_selection(table):
        return with_text(read_case(table, default_name, origin, faults), text)
    full = written_out(table, text, origin, faults)
    case = read_case(full.table, default_name, origin, faults)
    return with_text(case, case_text(full.head, {**full.table, "name": case.name}))


def written_out(table: dict[str, Any], text: str, origin: str, faults: Faults) -> CaseTable:
    """A selection with all that it takes over from the shipped case it names."""
    if "countries_of" not in table:
        only_keys(table, CASE_KEYS, origin)  # it may be misspelt
        raise InputError(f'{origin}: countries: say of which case, as in countries_of = "{DATA_CASE}"')
    name = as_text(table["countries_of"], f"{origin}: countries_of")
    if name not in shipped_cases():
        raise unknown("case", name, shipped_cases(), f"{origin}: countries_of")
    return resolve(table, head_of(text), shipped_table(name), origin, faults)


@cache
def shipped_table(name: str) -> CaseTable:
    """What a shipped case says, in full, read once."""
    path = CASES_FOLDER / f"{name}.toml"
    text = read_text(path)
    table = parse_toml(text, path.name)
    if not is_selection(table):
        return CaseTable(head_of(text), table)
    return written_out(table, text, path.name, Faults())
