"""Case data: which countries face the hegemon, with every number's source and status.

`model.case_file` reads cases from TOML; this file says what they hold.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from model.declaration import declared, quantities
from model.errors import InputError, unknown


@dataclass(frozen=True)
class Provenance:
    """Where a number comes from: source ids, status, a note, and its range where it is judgement.

    `known_from` is the day from which the number could have been given: that of the latest event that it rests on, or
    of the text in which it first stood. None: on 15 April 2025, when the talks began.
    """

    source: str = ""
    status: str = "unstated"
    note: str = ""
    low: float | None = None
    high: float | None = None
    known_from: datetime.date | None = None


@dataclass(frozen=True)
class Issue:
    """Something the hegemon asks for: its worth and its cost at home, both scored 0 to 5.

    On a red line nothing is conceded, as far as the caps bind.
    """

    name: str
    hegemon_value: float = declared(None, 0, 5, "score", "worth of the concession to the hegemon")
    domestic_cost: float = declared(None, 0, 5, "score", "cost of the concession at home")
    red_line: bool = declared(False, 0, 1, "0 or 1", "1: nothing of it is conceded", integer=True)
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
        None,
        0,
        1,
        "fraction",
        "imports whose sectoral outcome is open (chips, electronics, pharma)",
        by_country=True,
    )
    priority: float = declared(None, 1e-6, 1e6, "weight", "weight with which it is called", by_country=True)
    date: float | None = declared(
        None,
        0,
        1000,
        "day",
        "domestic date (election); none: `before` for ever",
        by_country=True,
        integer=True,
        may_be_none=True,
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
    about: str = ""
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)


SCORES = {name: quantity for name, quantity in quantities(Issue).items() if name != "red_line"}
OPTIONAL = ("exports", "gdp", "date")


@dataclass(frozen=True)
class Window:
    """The negotiating window: day 0 is the start of the pause, `window_days` the deadline."""

    window_days: float = declared(90, 1, 1000, "days", "length of the pause", group="window", integer=True)
    meetings_per_week: float = declared(6, 1, 70, "meetings", "partners called a week", group="window", integer=True)
    extension_probability: float = declared(0, 0, 1, "probability", "the deadline is put off once", group="window")
    extension_days: float = declared(23, 0, 1000, "days", "length of the extension", group="window", integer=True)
    provenance: Mapping[str, Provenance] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Case:
    """A named set of countries and a window.

    `text` is a TOML file that says the case in full, without any other file; `digest` is its SHA-256.
    """

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


def check_country(country: Country, where: str) -> None:
    """What must hold between a country's numbers."""
    if country.sector_share + country.open_share > 1 + 1e-9:
        raise InputError(
            f"{where}: sector_share + open_share = {country.sector_share + country.open_share:g}: at most 1 is allowed"
        )
