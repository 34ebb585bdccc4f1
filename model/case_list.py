"""What a listing says of the shipped cases, from the first lines of their files: the data are not parsed."""

import re
from dataclasses import dataclass

from model.case_file import CASES_FOLDER, shipped_cases
from model.toml_file import parse_toml, read_text

FIRST_TABLE = re.compile(r"^\[|\Z", re.MULTILINE)
COUNTRY = re.compile(r"^\[\[country\]\]", re.MULTILINE)


@dataclass(frozen=True)
class CaseHead:
    """A shipped case as a listing shows it."""

    name: str
    title: str
    countries: int


def case_heads() -> list[CaseHead]:
    """Every shipped case, in the order of their names."""
    return [case_head(name) for name in shipped_cases()]


def case_head(name: str) -> CaseHead:
    """A shipped case. Its countries are listed before the first table, or have a table each."""
    path = CASES_FOLDER / f"{name}.toml"
    text = read_text(path)
    first_table = FIRST_TABLE.search(text)
    head = parse_toml(text[: first_table.start()] if first_table else text, path.name)
    countries = head["countries"] if "countries" in head else COUNTRY.findall(text)
    return CaseHead(name, head["title"], len(countries))
