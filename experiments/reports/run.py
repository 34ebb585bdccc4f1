"""One negotiation as rows: what each country got, and what the hegemon gained."""

from dataclasses import asdict
from typing import Any

from agents.policy import Prepared
from experiments.tables.declaration import cell
from experiments.tables.terms import concessions_text
from model.kernel import play
from model.meeting import PACKAGES, Event
from model.outcomes import Outcomes, settle
from model.terms import TYPE_NAMES


def play_one(prepared: Prepared, seed: int, replicate: int = 0) -> Outcomes:
    """The outcomes of one run."""
    worlds, countries = play(prepared.game, prepared.policy, seed=seed, replicates=1, first=replicate)
    return settle(prepared.setting, prepared.terms, worlds, countries)


def run_rows(prepared: Prepared, outcomes: Outcomes) -> list[dict[str, Any]]:
    """One row a country, in the order of the case. Deal columns are None where there is no deal."""
    rows = []
    for i, country in enumerate(prepared.setting.countries):
        signed = bool(outcomes.has_deal[0, i])
        names = [issue.name for issue in country.issues]
        levels = outcomes.concession_levels[0, i, : len(names)]
        row: dict[str, Any] = {
            "country": country.iso3,
            "country_name": country.name,
            "strategy": prepared.strategies[i].name,
            "deal_day": int(outcomes.deal_day[0, i]) if signed else None,
            "deal_rank": int(outcomes.deal_rank[0, i]) if signed else None,
            "package": PACKAGES[outcomes.package[0, i]] if signed else None,
            "tariff_threatened": prepared.terms.threatened[i],
            "tariff_final": outcomes.tariff_final[0, i],
            "sector_rate_before": prepared.terms.sector_rate[i],
            "sector_rate_final": outcomes.sector_rate_final[0, i],
            "issues": len(names),
            "issues_conceded": int((levels > 1e-9).sum()),
            "concessions": concessions_text(names, levels),
            "concessions_cost_bn": float(levels @ prepared.terms.issue_cost[i, : len(names)]),
            "stakes_bn": prepared.terms.stakes[i],
            "payoff_bn": outcomes.payoff_bn[0, i],
            "payoff_pct_gdp": outcomes.payoff_pct_gdp[0, i],
            "payoff_share": outcomes.payoff_share[0, i],
            "called_count": int(outcomes.called_count[0, i]),
            "failed_ratifications": int(outcomes.failed_ratifications[0, i]),
        }
        rows.append({key: cell(value) for key, value in row.items()})
    return rows


def run_report(prepared: Prepared, outcomes: Outcomes, seed: int, replicate: int = 0) -> dict[str, Any]:
    """The whole negotiation as one document."""
    news = int(outcomes.news_day[0])
    return {
        "case": prepared.setting.case.name,
        "seed": seed,
        "replicate": replicate,
        "overrides": dict(prepared.setting.overrides),
        "hegemon": {
            "strategy": prepared.hegemon.name,
            "type": TYPE_NAMES[int(outcomes.firm[0])],
            "deals": int(outcomes.deals[0]),
            "surplus_bn": float(outcomes.hegemon_surplus_bn[0]),
        },
        "equilibrium": asdict(prepared.status),
        "sector_news_day": None if news < 0 else news,
        "end_day": int(outcomes.end_day[0]),
        "countries": run_rows(prepared, outcomes),
    }


def explained_hegemon(prepared: Prepared, seed: int, replicate: int = 0) -> list[dict[str, Any]]:
    """Why the hegemon called whom it did, call by call, in the run of `seed`."""
    from agents.call_reason import call_reasons, in_words

    reasons = call_reasons(prepared, calls_of(prepared, seed, replicate))
    return [{**asdict(told), "words": in_words(told)} for told in reasons]


def explained_calls(prepared: Prepared, seed: int, country: int, replicate: int = 0) -> list[dict[str, Any]]:
    """Why a country moved or waited, call by call, in the run of `seed`."""
    from agents.explanation import Explainer

    events = [event for event in calls_of(prepared, seed, replicate) if event.country == country]
    return [asdict(told) for told in Explainer(prepared).explain(events)]


def calls_of(prepared: Prepared, seed: int, replicate: int) -> list[Event]:
    """Every call of the run of `seed`, as the agents play it."""
    from agents.negotiation import Negotiation

    model = Negotiation(prepared=prepared, seed=seed, replicate=replicate)
    while model.running:
        model.step()
    return model.events
