"""A setting is a case and its parameters after a user's overrides: everything that one model run is made from.

A factor is a name that can be overridden:
    `headline_value`            a parameter, for all countries
    `KOR.domestic_constraint`   a parameter declared by country, for Korea alone
    `KOR.flexibility_before`    a number of Korea's in the case
    `extension_probability`     a number of the window
A country's own override stands above the general one, whatever their order.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from model.case import Case, Country, Window, check_country
from model.declaration import Quantity, quantities
from model.errors import InputError, unknown
from model.parameters import Parameters

Holder = TypeVar("Holder", Parameters, Country, Window)


@dataclass(frozen=True)
class Setting:
    """`case` and `parameters` with the general overrides applied; `by_country` holds, for every parameter declared
    by country, its value in each country of the case (float64, shape (countries,))."""

    case: Case
    parameters: Parameters
    by_country: Mapping[str, np.ndarray]
    overrides: Mapping[str, float]

    @property
    def countries(self) -> tuple[Country, ...]:
        return self.case.countries

    @property
    def window(self) -> Window:
        return self.case.window

    def value(self, factor: str) -> float | None:
        """What a factor is in this setting; None where a country has no such number (a date, a GDP)."""
        iso3, own, name = factor.rpartition(".")
        if own and name in self.by_country:
            return float(self.by_country[name][self.case.ids.index(iso3)])
        holder = self.case.country(iso3, "factor") if own else self.parameters
        value: float | None = getattr(holder if hasattr(holder, name) else self.window, name)
        return value


def find_factor(case: Case, name: str, origin: str) -> Quantity:
    """The declaration behind a factor's name, or an `InputError` that suggests the nearest."""
    general = {**quantities(Parameters), **quantities(Window)}
    own = {
        **{key: quantity for key, quantity in quantities(Parameters).items() if quantity.by_country},
        **quantities(Country),
    }
    if "." in name:
        iso3, key = name.split(".", 1)
        case.country(iso3, origin)
        if key in own:
            return own[key]
        if key in general:
            raise InputError(f"{origin}: {key} cannot differ by country; write {key} without {iso3}.")
        raise unknown("parameter", key, own, origin)
    if name in general:
        return general[name]
    if name in own:
        raise InputError(f"{origin}: {name} is a country's own number; write it as {case.ids[0]}.{name}")
    raise unknown("parameter", name, general, origin)


def make_setting(case: Case, overrides: Mapping[str, float] | None = None, origin: str = "parameters") -> Setting:
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
        own = {name.split(".", 1)[1]: value for name, value in checked.items() if name.startswith(f"{country.iso3}.")}
        for key in own.keys() & by_country.keys():
            by_country[key][position] = own[key]
        countries[position] = replaced(country, own)
        check_country(countries[position], f"{origin}: {country.iso3}")
    setting = Setting(
        dataclasses.replace(case, window=window, countries=tuple(countries)), parameters, by_country, checked
    )
    check_between(setting, origin)
    return setting


def replaced(holder: Holder, values: Mapping[str, float]) -> Holder:
    """A declaration's dataclass with those of the values that it declares."""
    known: dict[str, Any] = {name: value for name, value in values.items() if name in quantities(type(holder))}
    return dataclasses.replace(holder, **known) if known else holder


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
