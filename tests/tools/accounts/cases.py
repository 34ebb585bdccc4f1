"""Tiny games on which the two statements of the accounts are held against each other: by hand, and at random."""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

from model.case import Case, Country, Issue, Window
from model.setting import Setting, make_setting

ONE_SLICE, FEW_SLICES, SLICES = (1, 1, 1), (4, 2, 2), (8, 4, 4)
Issues = list[tuple[float, float, bool]]  # value, cost, red line


class Tiny(NamedTuple):
    """A game of a few countries and meetings; base_rate stands in for inertia where it is given."""

    name: str
    setting: Setting
    slices: tuple[int, int, int] = SLICES
    base_rate: tuple[float, ...] | None = None


def country(
    iso3: str, imports: float, rate: float, sector: float = 0.0, open_: float = 0.0, issues: Issues | None = None,
    date: float | None = None, flexibility: tuple[float, float] = (1, 1), ratification: tuple[float, float] = (1, 1),
    floor: tuple[float, float] = (0, 0), priority: float = 1.0,
) -> Country:  # fmt: skip
    """A country by its numbers; those before and after its date as pairs."""
    return Country(
        iso3=iso3, name=iso3, threatened_rate=rate, imports=imports, exports=None, gdp=None, sector_share=sector,
        open_share=open_, priority=priority, date=date, flexibility_before=flexibility[0],
        flexibility_after=flexibility[1], ratification_before=ratification[0], ratification_after=ratification[1],
        floor_before=floor[0], floor_after=floor[1],
        issues=tuple(Issue(f"issue {j}", *issue) for j, issue in enumerate(issues or [])),
    )  # fmt: skip


def setting_of(countries: list[Country], window: dict[str, Any], **overrides: Any) -> Setting:
    """The setting of these countries; `AAA__delay_cost` is AAA.delay_cost."""
    own = {name.replace("__", "."): value for name, value in overrides.items()}
    case = Case("tiny", "", "", Window(**window), tuple(countries), {}, "", "")
    return make_setting(case, own)


def weeks(meetings: int, **others: float) -> dict[str, Any]:
    """A window of this many weeks with a meeting each."""
    return {"window_days": 7 * meetings, "meetings_per_week": 1, "extension_days": 7, **others}


CARS = country("AAA", 130, 0.25, 0.30, 0.20, [(4, 2, False), (3, 3, False), (2, 4, True)], 10, (0.4, 0.9), (0.7, 0.95),
               (0.35, 0.1))  # fmt: skip
PLAIN = country("BBB", 60, 0.24, 0.35, 0.10, [(5, 2, False), (2, 1, False)], None, (0.8, 0.8), (0.9, 0.9))
THREATENED = country("CCC", 40, 0.46, 0.05, 0.15, [(3, 1, False), (4, 4, False)], 17, (0.6, 1), (0.8, 1), (0.2, 0),
                     priority=0.5)  # fmt: skip


def by_hand() -> Iterator[Tiny]:
    """Each has something that the others have not."""
    alone = country("AAA", 130, 0.25, issues=[(4, 2, False), (3, 3, False)], ratification=(0.8, 0.8))
    yield Tiny("one country", setting_of([alone], weeks(3)))
    sellers = country("GBR", 68, 0.10, 0.30, 0.10, [(4, 2, False), (3, 4, False)], ratification=(0.9, 0.9))
    yield Tiny("sellers of cars", setting_of([sellers], weeks(3), headline_value=0.03))
    everything = {"tariff_taste": 0.15, "delay_cost": 0.05, "deal_horizon": 2, "early_effect": 0.7,
                  "headline_value": 0.03, "sector_news_rate": 0.05, "choice_precision": 30}  # fmt: skip
    extended = weeks(3, extension_probability=0.4)
    yield Tiny("two, with an extension", setting_of([CARS, PLAIN], extended, **everything))
    three = {"headline_value": 0.02, "sector_news_rate": 0.03, "choice_precision": 60}
    yield Tiny("three", setting_of([CARS, PLAIN, THREATENED], weeks(5), **three))
    long_extension = {**weeks(3, extension_probability=0.25), "extension_days": 14}
    yield Tiny(
        "three, with a long extension",
        setting_of(
            [CARS, PLAIN, THREATENED], long_extension, AAA__ratification_slope=8, AAA__delay_cost=-0.05,
            BBB__signing_cost=0.5, BBB__bargaining_weight=0.35, tariff_taste=0.05, sector_news_rate=0.08,
            sector_regret=0.3, precedent_accuracy=0.9, rebuff_cost=0.1, prior_firm=0.35, deal_horizon=0.5,
            hegemon_patience=1, headline_half_life=0.8, inertia=0.15, bargaining_weight=0.6,
        ),
    )  # fmt: skip
    high = country("HHH", 50, 0.48, 0.1, 0.1, [(3, 2, False), (1, 3, False)], 8, (0.5, 1), (0.6, 0.9))
    higher = country("LLL", 20, 0.5, 0.0, 0.3, [(2, 2, False)], None, floor=(0.3, 0.3), priority=0.25)
    laffer = {"demand_elasticity": 6, "execution_soft": 0.4, "headline_value": 0.005, "choice_precision": 20}
    yield Tiny("above the Laffer peak: relief costs nothing", setting_of([high, higher], weeks(4), **laffer))
    tied = country("AAA", 80, 0.4, 0.25, 0.25, [(4, 2, False), (5, 5, False)], None, (0.7, 0.7), (0.9, 0.9))
    never = country("BBB", 30, 0.2, 0.3, 0.3, [(4, 2, False)], 14, (0.8, 0.9), (1, 0), priority=0.5)
    ties = {"demand_elasticity": 1, "adjustment_loss": 0.8, "tariff_taste": 0.1, "issue_value_scale": 0.01,
            "issue_cost_scale": 0.008, "execution_soft": 0.5, "precedent_accuracy": 1, "signing_cost": 0.02,
            "sector_news_rate": 0.1, "choice_precision": 40}  # fmt: skip
    yield Tiny(
        "elasticity 1: all slices of a trade trade alike", setting_of([tied, never], weeks(3), **ties), FEW_SLICES
    )
    first = {"early_effect": 0, "ratification_slope": 0, "delay_cost": 0.05, "choice_precision": 30}
    yield Tiny("one slice", setting_of([CARS, PLAIN], extended, **first), ONE_SLICE, (0.05, 0.3))
    uneven = {"window_days": 10, "meetings_per_week": 3, "extension_probability": 0.5, "extension_days": 5}
    between = {"delay_cost": 0.1, "headline_value": 0.015, "sector_news_rate": 0.02, "AAA__date": 9, "CCC__date": None}
    yield Tiny("a deadline between two meetings", setting_of([CARS, THREATENED], uneven, **between))
    soft = country(
        "AAA", 102.654, 0.56, 0.242, 0.071, [(5, 2, False), (0, 5, True), (5, 1, True)], 10, (0.454, 0.739),
        (0.5, 0.727), (0.23, 0.419),
    )  # fmt: skip
    asks = {
        "demand_elasticity": 6.4, "adjustment_loss": 0.419, "headline_value": 0.036, "bargaining_weight": 0.542,
        "hegemon_patience": 0.9, "tariff_taste": 0.03, "sector_regret": 0.868, "execution_soft": 0.47,
        "sector_news_rate": 0.059, "choice_precision": 20,
    }  # fmt: skip
    window = weeks(3, extension_probability=0.228)
    yield Tiny("the soft type asks for more than the firm one", setting_of([soft], window, **asks), ONE_SLICE)
    late = country("AAA", 71.152, 0.45, 0, 0, [(5, 4, False)], 10, (0.293, 0.982), (0.622, 0.681), (0.02, 0.81), 0.25)
    waits = {
        "adjustment_loss": 0.449, "headline_value": 0.004, "bargaining_weight": 0.782, "hegemon_patience": 0.96,
        "prior_firm": 0.105, "execution_soft": 0.33, "choice_precision": 3,
    }  # fmt: skip
    yield Tiny("after the date only the soft type would sign", setting_of([late], weeks(3), **waits), (1, 4, 4))
    nothing = country("ZZZ", 25, 0.1, issues=[(3, 3, False)])
    no_zone = country("NNN", 70, 0.3, 0.1, 0.1, [(1, 4, False)], floor=(0.99, 0.99))
    yield Tiny("nothing at stake, and no zone", setting_of([nothing, no_zone, PLAIN], weeks(3), headline_value=0.02))


def at_random(seed: int, countries: int | None = None, meetings: int | None = None, **fixed: Any) -> Tiny:
    """A game with every feature on; up to three countries and four meetings unless given."""
    rng = random.Random(seed)
    n, weeks_in_all = countries or rng.choice([1, 2, 2, 3]), meetings or rng.choice([2, 3, 4])

    def between(low: float, high: float) -> float:
        return round(rng.uniform(low, high), 3)

    def any_country(iso3: str) -> Country:
        score: Issues = [(rng.randint(0, 5), rng.randint(0, 5), rng.random() < 0.25) for _ in range(rng.randint(0, 4))]
        return country(
            iso3, between(5, 150), between(0.1, 0.55), rng.choice([0, between(0, 0.5)]),
            rng.choice([0, between(0, 0.4)]), score, rng.choice([None, rng.randint(1, 7 * weeks_in_all)]),
            (between(0.2, 1), between(0.2, 1)), (between(0.3, 1), rng.choice([1, between(0.5, 1)])),
            (rng.choice([0, between(0, 0.6)]), rng.choice([0, between(0, 0.6)])), rng.choice([1, 0.5, 0.25]),
        )  # fmt: skip

    chosen = [any_country(iso3) for iso3 in ("AAA", "BBB", "CCC")[:n]]
    overrides: dict[str, Any] = {
        "demand_elasticity": between(1.5, 8), "adjustment_loss": between(0.1, 0.5), "headline_value": between(0, 0.05),
        "headline_half_life": between(0.7, 5), "bargaining_weight": between(0.2, 0.8),
        "hegemon_patience": between(0, 1), "prior_firm": between(0.1, 0.9), "precedent_accuracy": between(0.5, 1),
        "rebuff_cost": between(0, 0.4), "sector_news_rate": between(0, 0.1), "sector_regret": between(0, 1),
        "deal_horizon": between(0.25, 3), "early_effect": between(0, 1), "delay_cost": between(-0.1, 0.2),
        "tariff_taste": rng.choice([0, between(0, 0.4)]), "ratification_slope": between(0, 8),
        "signing_cost": between(0, 0.2), "domestic_constraint": rng.choice([1, between(0, 1)]),
        "choice_precision": rng.choice([3, 20, 100]), "inertia": between(0.05, 0.6),
        "execution_firm": between(0.6, 1), "execution_soft": between(0, 0.6),
    }  # fmt: skip
    for one in chosen:
        if rng.random() < 0.3:
            own = {
                "delay_cost": between(-0.1, 0.2),
                "signing_cost": between(0, 0.3),
                "ratification_slope": between(0, 8),
            }
            overrides |= {f"{one.iso3}__{name}": value for name, value in own.items()}
    x = rng.choice([0, between(0.1, 0.9)])
    window = weeks(weeks_in_all, extension_probability=x, extension_days=rng.choice([7, 14]))
    slices = rng.choice([1, 3, 8]), *(rng.choice([1, 2, 4]),) * 2
    return Tiny(f"seed {seed}", setting_of(chosen, window, **overrides | fixed), slices)
