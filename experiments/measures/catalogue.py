"""The catalogue of measures, and their tidy table: one number a row.

`tariff-pause measures` prints it; a design's `measures = [...]` makes it at every point of a sweep. What is in shares
of stakes stands in bn USD a year too: a share of small stakes looks large.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.analysis.interval import Interval
from experiments.measures.clustering import clustering
from experiments.measures.commitment import hegemon_choices, premium, worth_of_commitment
from experiments.measures.constraint_cost import constraint_cost
from experiments.measures.dates import payoff_by_date
from experiments.measures.first_mover import first_mover_advantage
from experiments.measures.hegemons import days_waited, first_call, payoff, rank_payoff
from experiments.measures.patience import implied_patience
from experiments.measures.study import Study, unless_converged
from experiments.measures.waiting import option_value, price_of_waiting
from experiments.measures.welfare import hegemon_surplus, planner_loss
from experiments.tables.declaration import cell
from experiments.tables.schema import BN, PROBABILITY, SHARE, WORLD
from model.case import Case
from model.cores import pool_for, thread_count
from model.errors import InputError, unknown

DAYS, RATIO = "days", "ratio"
DATES = "payoff_by_date"  # a table of its own: dates.csv
MANY, FEW = 20, 6  # beyond MANY countries, measures by country are made for FEW unless they are named


@dataclass(frozen=True)
class Measure:
    """A measure: what it means, and how it is found for a country, or for the world. unit: of a country's numbers; what
    is in shares of stakes stands in bn too."""

    name: str
    sentence: str
    by_country: Callable[[Study, int], dict[str, Interval]] | None = None
    of_world: Callable[[Study], dict[str, Interval]] | None = None
    unit: str = SHARE


CATALOGUE = {
    entry.name: entry
    for entry in (
        Measure(
            "first_mover_advantage",
            "Payoff of signing first less that of signing last: structural, causal, causal with day, regime and news "
            "held, committed, and the naive slope on realised rank.",
            by_country=first_mover_advantage,
        ),
        Measure(
            "price_of_waiting",
            "Payoff of signing at meeting 0 less that of signing a week later, and the parts of it.",
            price_of_waiting,
        ),
        Measure(
            "option_value",
            "Worth of being asked again, over no deal; what precedents' information makes of it, and the parts of the "
            "signatures that it leads to.",
            option_value,
        ),
        Measure(
            "constraint_cost",
            "What a country's own domestic limits cost it, split over caps, ratification and floor; negative where "
            "being bound helps.",
            constraint_cost,
        ),
        Measure(
            "premium",
            "What the first gets, less what the last gets on the same day: as promised by rank, and as it comes out of "
            "the game against a hegemon that looks forward.",
            premium,
        ),
        Measure(
            "worth_of_commitment",
            "Payoff where the hegemon keeps its promise, less that where it looks forward.",
            worth_of_commitment,
        ),
        Measure(
            "implied_patience",
            "Share of what it gains from the deal after a country's date that a hegemon that looks forward insists on "
            "before that date, to be set beside hegemon_patience.",
            implied_patience,
            unit=RATIO,
        ),
        Measure("payoff", "Expected payoff against each hegemon.", payoff),
        Measure("rank_payoff", "Expected payoff given the rank of the deal, against each hegemon.", rank_payoff),
        Measure("days_waited", "Expected days waited against each hegemon.", days_waited, unit=DAYS),
        Measure(
            "first_call",
            "Chance of being called first by each hegemon; what it expects of that call beyond one by lottery.",
            first_call,
            unit=PROBABILITY,
        ),
        Measure(
            "hegemon_choices",
            "What choosing the order of calls, and keeping its promise, are worth to the hegemon.",
            of_world=hegemon_choices,
        ),
        Measure("hegemon_surplus", "What the hegemon gains over no deal.", of_world=hegemon_surplus),
        Measure(
            "planner_loss",
            "What the countries, or all, lose against a planner who answers for every country called.",
            of_world=planner_loss,
        ),
        Measure(
            "clustering",
            "Share of deals in the last 9 days, longest quiet spell, burstiness.",
            of_world=clustering,
        ),
    )
}
UNITS = {
    "last_9_days": "share of deals",
    "quiet_spell": DAYS,
    "burstiness": "index",
    "worth_choosing": BN,
    "worth_forward_looking": BN,
}


def check_measures(names: Sequence[str], origin: str) -> tuple[str, ...]:
    """Known names of measures, each once, or an `InputError`."""
    for name in names:
        if name not in CATALOGUE and name != DATES:
            raise unknown("measure", name, [*CATALOGUE, DATES], origin)
        if list(names).count(name) > 1:
            raise InputError(f"{origin}: {name} is given twice")
    return tuple(names)


def measured_countries(case: Case, named: Sequence[str], origin: str) -> tuple[str, ...]:
    """The countries to measure, in the order of the case: those named; else all, or in a large case, where all would
    take hours, the FEW from which the hegemon imports most."""
    for iso3 in named:
        case.country(iso3, origin)
    if named or len(case.ids) <= MANY:
        return tuple(iso3 for iso3 in case.ids if iso3 in named or not named)
    most = sorted(case.countries, key=lambda country: -country.imports)[:FEW]
    return tuple(country.iso3 for country in case.countries if country in most)


def measure_rows(
    study: Study, names: Sequence[str], countries: Sequence[str], threads: int | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of measures.csv for measures by name and countries by iso3, measure by measure, in order."""
    positions = [study.prepared.setting.case.ids.index(iso3) for iso3 in countries]
    with pool_for(len(positions), threads or thread_count()) as pool:
        for name in names:
            measure = CATALOGUE.get(name)
            if measure is None:
                continue
            if measure.of_world is not None:
                yield from world_rows(study, measure, measure.of_world(study))
            if measure.by_country is not None:
                find = measure.by_country
                for place, found in zip(positions, pool.map(lambda i: find(study, i), positions), strict=True):  # noqa: B023
                    stakes = float(study.prepared.terms.stakes[place])
                    iso3 = study.prepared.setting.case.ids[place]
                    for part, number in found.items():
                        noted, unit = unless_converged(number, study.converged), UNITS.get(part, measure.unit)
                        yield row(iso3, name, part, unit, noted)
                        if unit == SHARE:
                            yield row(iso3, name, part, BN, noted.times(stakes))


def world_rows(study: Study, measure: Measure, found: dict[str, Interval]) -> Iterator[dict[str, Any]]:
    """The rows of a measure that belongs to no single country; a loss in bn is a share of all stakes too."""
    stakes = float(study.prepared.terms.stakes.sum())
    for part, number in found.items():
        noted = unless_converged(number, study.converged)
        yield row(WORLD, measure.name, part, UNITS.get(part, BN), noted)
        if measure.name == "planner_loss" and stakes > 0:
            yield row(WORLD, measure.name, part, SHARE, noted.times(1.0 / stakes))


def row(country: str, measure: str, part: str, unit: str, found: Interval) -> dict[str, Any]:
    """One row of measures.csv."""
    key = {"country": country, "measure": measure, "part": part, "unit": unit}
    return key | {name: cell(getattr(found, name)) for name in ("value", "low", "high", "method")}


def date_rows(study: Study, countries: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of dates.csv: payoff by day of signature, country by country."""
    ids = study.prepared.setting.case.ids
    return [found for iso3 in countries for found in payoff_by_date(study, ids.index(iso3))]
