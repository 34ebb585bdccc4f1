"""The parameters of the model: the one declaration from which everything else about them is derived."""

from dataclasses import dataclass
from datetime import date

from model.declaration import declared


@dataclass(frozen=True)
class Parameters:
    """Every parameter with its default. Rates and shares are fractions, money is bn USD a year, time is days.

    Those declared `by_country` can be set for one country alone (`KOR.domestic_constraint`). `plausible` is judgement:
    where it is a single number, nothing else is.
    """

    # A table: what a value is in the first line, where it comes from in the second.
    # fmt: off
    baseline_rate: float = declared(
        0.10, 0, 0.5, "fraction", "rate during the pause and floor of any deal",
        plausible=(0.1, 0.1), source="EO 14257", group="trade",
    )
    demand_elasticity: float = declared(
        4, 1, 10, "elasticity", "trade elasticity of US import demand",
        plausible=(2, 8), source="USTR formula; literature 2 to 8 (Simonovska and Waugh 2014)", group="trade",
        by_country=True,
    )
    adjustment_loss: float = declared(
        0.3, 0, 1, "fraction", "share of lost export revenue that is a real loss",
        plausible=(0.15, 0.5), source="set against Ignatenko et al. 2025", group="trade", by_country=True,
        known_from=date(2025, 5, 1),  # the month of the paper (CEPR DP 20225)
    )
    sector_rate: float = declared(
        0.25, 0, 1, "fraction", "sectoral tariff (autos, steel, aluminium)",
        plausible=(0.25, 0.25), source="section 232 proclamations, 2025", group="trade", by_country=True,
    )
    sector_relief_rate: float = declared(
        0.15, 0, 1, "fraction", "sectoral tariff in a deal, at most sector_rate",
        plausible=(0.1, 0.2), source="deals with Japan, the EU and Korea, 2025", group="trade", by_country=True,
        known_from=date(2025, 7, 22),  # the deal with Japan
    )
    headline_value: float = declared(
        0.01, -0.1, 0.2, "share of imports",
        "what the first deal is worth to the hegemon beyond its terms (negative: nobody is ever first)",
        plausible=(0, 0.03), source="assumption to sweep, not an estimate", group="hegemon", by_country=True,
    )
    headline_half_life: float = declared(
        2, 0.5, 20, "deals", "deals after which the headline value halves",
        plausible=(1, 5), source="assumption", group="hegemon",
    )
    bargaining_weight: float = declared(
        0.5, 0.05, 0.95, "fraction", "country's weight in the Nash product",
        plausible=(0.3, 0.7), source="Nash 1950: 1/2", group="hegemon", by_country=True,
    )
    hegemon_patience: float = declared(
        0.8, 0, 1, "fraction",
        "share of its gain from the after-date deal that the hegemon insists on before the date; 0: it cannot wait",
        plausible=(0, 1), source="assumption to sweep", group="hegemon", by_country=True,
    )
    hegemon_precision: float = declared(
        20, 0, 1e6, "per mean stakes",
        "logit precision of whom a hegemon calls that chooses or looks forward; 0: a lottery by priority",
        plausible=(5, 100), source="judgement", group="hegemon",
    )
    tariff_taste: float = declared(
        0, 0, 1, "bn per bn", "what keeping out 1 bn of imports is worth to the hegemon; 0: it values revenue only",
        plausible=(0, 0.3), source="assumption to sweep", group="trade",
    )
    issue_value_scale: float = declared(
        0.02, 0, 0.2, "share of imports", "what a concession scored 5 is worth to the hegemon",
        plausible=(0.01, 0.04), source="judgement", group="trade", by_country=True,
    )
    issue_cost_scale: float = declared(
        0.02, 0, 0.2, "share of imports", "what a concession scored 5 costs the country",
        plausible=(0.01, 0.04), source="judgement", group="trade", by_country=True,
    )
    execution_firm: float = declared(
        0.9, 0, 1, "probability", "a firm hegemon executes its threat",
        plausible=(0.75, 1), source="judgement", group="hegemon",
    )
    execution_soft: float = declared(
        0.3, 0, 1, "probability", "a soft hegemon executes its threat, at most execution_firm",
        plausible=(0.1, 0.5), source="judgement", group="hegemon",
    )
    prior_firm: float = declared(
        0.5, 0, 1, "probability", "prior that the hegemon is firm",
        plausible=(0.25, 0.75), source="judgement", group="information",
    )
    precedent_accuracy: float = declared(
        0.75, 0.5, 1, "probability", "a precedent is harsh given firm, mild given soft; 0.5: deals teach nothing",
        plausible=(0.6, 0.9), source="judgement", group="information",
    )
    rebuff_cost: float = declared(
        0.2, 0, 1, "share of stakes", "loss when a lean package meets a firm hegemon",
        plausible=(0.05, 0.4), source="judgement", group="information", by_country=True,
    )
    sector_news_rate: float = declared(
        0.01, 0, 1, "probability", "daily chance that the open sectors' outcome becomes known",
        plausible=(0.003, 0.03), source="judgement", group="information",
    )
    sector_regret: float = declared(
        0.5, 0, 1, "fraction",
        "share of the open sectors' relief that a deal signed before the news cannot secure; 0: full MFN cover",
        plausible=(0, 1), source="judgement", group="information", by_country=True,
    )
    deal_horizon: float = declared(
        1, 0.25, 10, "years", "for how long a deal, or an executed threat, counts; what is paid once is divided by it",
        plausible=(0.5, 4), source="judgement", group="choice",
    )
    early_effect: float = declared(
        1, 0, 1, "fraction", "share of a deal that takes effect at signature, the rest when the pause ends",
        plausible=(0, 1), source="judgement", group="choice",
    )
    delay_cost: float = declared(
        0, -1, 1, "share of stakes", "loss from waiting one whole window, beyond what the pause itself gives and takes",
        plausible=(-0.05, 0.1), source="judgement", group="choice", by_country=True,
    )
    signing_cost: float = declared(
        0.1, 0, 10, "bn USD", "fixed political and diplomatic cost of concluding a deal",
        plausible=(0.02, 0.3), source="judgement", group="choice", by_country=True,
    )
    domestic_constraint: float = declared(
        1, 0, 1, "fraction", "scales a country's domestic limits: 0 none, 1 as in the data",
        plausible=(0.5, 1), source="the case's data at 1", group="domestic", by_country=True,
    )
    caps_constraint: float = declared(
        1, 0, 1, "fraction", "scales the caps on concessions and the red lines",
        plausible=(1, 1), source="the case's data at 1", group="domestic", by_country=True,
    )
    ratification_constraint: float = declared(
        1, 0, 1, "fraction", "scales the risk that ratification fails",
        plausible=(1, 1), source="the case's data at 1", group="domestic", by_country=True,
    )
    floor_constraint: float = declared(
        1, 0, 1, "fraction", "scales the reserve that the ratifier insists on",
        plausible=(1, 1), source="the case's data at 1", group="domestic", by_country=True,
    )
    ratification_slope: float = declared(
        4, 0, 50, "log-odds per unit of stakes",
        "how much likelier ratification gets with the payoff; the data's chance is that of a deal worth 2/3 of stakes",
        plausible=(0, 8), source="judgement; win-set, Putnam 1988", group="domestic", by_country=True,
    )
    choice_precision: float = declared(
        100, 0, 1e6, "per unit of stakes", "logit precision of the choice to move",
        plausible=(30, 300, "log"), source="judgement", group="choice", by_country=True,
    )
    inertia: float = declared(
        0.3, 1e-6, 0.999, "probability", "chance of moving within a week when indifferent",
        plausible=(0.1, 0.5), source="judgement", group="choice", by_country=True,
    )
    # fmt: on
