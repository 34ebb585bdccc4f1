"""A setting is a case and its parameters after a user's overrides: everything that one model run is made from.

A factor is a name that can be overridden:
    `headline_value`            a parameter, for all countries
    `KOR.domestic_constraint`   a parameter declared by country, for Korea alone
    `KOR.flexibility_before`    a number of Korea's in the case (`KOR.date` may be none: `before` for ever)
    `KOR.rice_market.red_line`  a number of one of its issues
    `extension_probability`     a number of the window
A country's own override stands above the general one, whatever their order.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from model.case import Case, Country, Issue, Window, check_country
from model.declaration import Quantity, quantities
from model.errors import InputError, unknown
from model.parameters import Parameters

Holder = TypeVar("Holder", Parameters, Country, Issue, Window)
Overrides = Mapping[str, float | None]  # factor name -> value; None: there is no such number


@dataclass(frozen=True)
class Setting:
    """`case` and `parameters` with the general overrides applied; `by_country` holds, for every parameter declared
    by country, its value in each country of the case (float64, shape (countries,))."""

    case: Case
    parameters: Parameters
    by_country: Mapping[str, np.ndarray]
    overrides: Overrides

    @property
    def countries(self) -> tuple[Country, ...]:
        return self.case.countries

    @property
    def window(self) -> Window:
        return self.case.window

    def value(self, factor: str) -> float | None:
        """What a factor is in this setting; None where a country has no such number (a date, a GDP)."""
        iso3, own, name = factor.partition(".")
        if own and name in self.by_country:
            return float(self.by_country[name][self.case.ids.index(iso3)])
        if own:
            return number_of(self.case.country(iso3, "factor"), name)
        return float(getattr(self.parameters if hasattr(self.parameters, factor) else self.window, factor))


def find_factor(case: Case, name: str, origin: str) -> Quantity:
    """The declaration behind a factor's name, or an `InputError` that suggests the nearest."""
    general = {**quantities(Parameters), **quantities(Window)}
    if name == "strategy" or name.endswith(".strategy"):
        whose = "" if name == "strategy" else f"{name.partition('.')[0]}="
        raise InputError(
            f"{origin}: {name} is not a number; write it as --strategy {whose}NAME, or as `strategy` in a file"
        )
    own = {
        **{key: quantity for key, quantity in quantities(Parameters).items() if quantity.by_country},
        **quantities(Country),
    }
    if "." in name:
        iso3, key = name.split(".", 1)
        country = case.country(iso3, origin)
        if key in own:
            return own[key]
        if key in general:
            raise InputError(f"{origin}: {key} cannot differ by country; write {key} without {iso3}.")
        if "." in key or key in (*quantities(Issue), *(issue.name for issue in country.issues)):
            return find_issue_factor(country, key, origin)
        raise unknown("parameter", key, own, origin)
    if name in general:
        return general[name]
    if name in own:
        raise InputError(f"{origin}: {name} is a country's own number; write it as {case.ids[0]}.{name}")
    raise unknown("parameter", name, general, origin)


def find_issue_factor(country: Country, key: str, origin: str) -> Quantity:
    """The declaration behind `issue.score`, a number of one of the country's issues."""
    name, _, score = key.rpartition(".")
    names = [issue.name for issue in country.issues]
    if not names:
        raise InputError(f"{origin}: {country.iso3}.{key}: {country.iso3} has no issues")
    if key in names:
        numbers = ", ".join(f"{country.iso3}.{key}.{score}" for score in quantities(Issue))
        raise InputError(f"{origin}: {country.iso3}.{key} is an issue; write one of its numbers: {numbers}")
    if not name and score in quantities(Issue):
        raise InputError(
            f"{origin}: {score} is a number of an issue; write it as {country.iso3}.{names[0]}.{score} "
            f"(issues: {', '.join(names)})"
        )
    if name not in names:
        raise unknown("issue", name, names, f"{origin}: {country.iso3}.{key}")
    if score not in quantities(Issue):
        raise unknown("number of an issue", score, quantities(Issue), f"{origin}: {country.iso3}.{key}")
    return quantities(Issue)[score]


def number_of(country: Country, key: str) -> float | None:
    """A number of a country's (`imports`), or of one of its issues (`rice_market.red_line`); None where it has none."""
    name, _, number = key.rpartition(".")
    holder = next((issue for issue in country.issues if issue.name == name), country)
    value = getattr(holder, number)
    return None if value is None else float(value)


def has_factor(case: Case, name: str) -> bool:
    """Whether a factor's country, and its issue, are in the case; general ones are in every case."""
    iso3, dot, key = name.partition(".")
    country = next((country for country in case.countries if country.iso3 == iso3), None)
    issue = key.rpartition(".")[0]
    return not dot or (country is not None and (not issue or issue in [held.name for held in country.issues]))


def make_setting(case: Case, overrides: Overrides | None = None, origin: str = "parameters") -> Setting:
    """The setting of a case under overrides (factor name -> value), validated."""
    overrides = dict(overrides or {})
    checked = {
        name: find_factor(case, name, origin).check(value, f"{origin}: {name}") for name, value in overrides.items()
    }
    parameters = replaced(Parameters(), checked)
    window = replaced(case.window, checked)
    countries = list(case.countries)
    by_country = {
        name: np.full(len(countries), float(getattr(parameters, name)))
        for name, quantity in quantities(Parameters).items()
        if quantity.by_country
    }
    for position, country in enumerate(case.countries):
        own = under(country.iso3, checked)
        for key in own.keys() & by_country.keys():
            by_country[key][position] = own[key]
        issues = tuple(replaced_issue(issue, under(issue.name, own)) for issue in country.issues)
        countries[position] = dataclasses.replace(replaced(country, own), issues=issues)
        check_country(countries[position], f"{origin}: {country.iso3}")
    setting = Setting(
        dataclasses.replace(case, window=window, countries=tuple(countries)), parameters, by_country, checked
    )
    check_between(setting, origin)
    return setting


def under(name: str, overrides: Overrides) -> dict[str, float | None]:
    """Those that begin with a name and a point, without it: of a country, or of an issue among a country's."""
    return {key.removeprefix(f"{name}."): value for key, value in overrides.items() if key.startswith(f"{name}.")}


def replaced(holder: Holder, values: Overrides) -> Holder:
    """A declaration's dataclass with those of the values that it declares."""
    known: dict[str, Any] = {name: value for name, value in values.items() if name in quantities(type(holder))}
    return dataclasses.replace(holder, **known) if known else holder


def replaced_issue(issue: Issue, values: Overrides) -> Issue:
    """An issue with those of the values that it declares; a red line is drawn or not."""
    found = replaced(issue, values)
    return dataclasses.replace(found, red_line=bool(found.red_line))


def check_between(setting: Setting, origin: str) -> None:
    """What must hold between parameters."""
    parameters, window = setting.parameters, setting.window
    if window.window_days * window.meetings_per_week < 7:
        raise InputError(
            f"{origin}: window_days = {window.window_days:g} with meetings_per_week = {window.meetings_per_week:g}: "
            f"no meeting fits; at least one is needed"
        )
    if parameters.execution_soft > parameters.execution_firm:
        raise InputError(
            f"{origin}: execution_soft = {parameters.execution_soft:g} is above execution_firm = "
            f"{parameters.execution_firm:g}; a soft hegemon executes at most as often as a firm one"
        )
    for iso3, relief, rate in zip(
        setting.case.ids, setting.by_country["sector_relief_rate"], setting.by_country["sector_rate"], strict=True
    ):
        if relief > rate:
            raise InputError(
                f"{origin}: sector_relief_rate = {relief:g} is above sector_rate = {rate:g} ({iso3}); relief lowers it"
            )
