"""What `solve` reports: for each country the exact chance of a deal, its day, rank, rates and payoff, and its regret.

Up to the exact solver's size everything is exact. Beyond, the equilibrium is the moment-based one, whose residual and
measured accuracy are reported, the distribution is simulated, with standard errors, and regret is that within the
moment-based approximation.
"""

from dataclasses import asdict
from typing import Any

import numpy as np

from agents.policy import Prepared
from experiments.analysis.moments import Moments
from experiments.tables.declaration import cell
from experiments.tables.schema import QUANTILES
from model.crowd_accuracy import ACCURACY
from model.crowd_values import CrowdValues
from model.expected import outcome_atoms
from model.forward import SMALLEST_CHANCE, distribution
from model.kernel import play
from model.outcomes import settle
from model.reasoned import Waits, expected_waits
from model.regret import Regret, hegemon_regret
from model.solver import EXACT, MOMENT_BASED, best_responses, evaluated, reasoned_waits


def solve_report(prepared: Prepared, with_regret: bool) -> dict[str, Any]:
    """The distribution of a prepared setting, as one document: exact where that can be, else simulated."""
    return (exact_report if prepared.exact else simulated_report)(prepared, with_regret)


def simulated_report(prepared: Prepared, with_regret: bool, runs: int = 4000, seed: int = 0) -> dict[str, Any]:
    """Means over simulated runs, with standard errors, and how the moment-based equilibrium ended."""
    worlds, records = play(prepared.game, prepared.policy, seed=seed, replicates=runs)
    found = settle(prepared.setting, prepared.terms, worlds, records)
    waited, payoff_share = (
        Moments.over_runs(values.astype(float)) for values in (found.days_waited, found.payoff_share)
    )
    days = [np.quantile(found.days_waited, q / 100, axis=0, method="inverted_cdf") for q in QUANTILES]
    columns = {
        "p_deal": found.has_deal.mean(axis=0),
        "deal_day_mean": Moments.over_runs(np.where(found.has_deal, found.deal_day, np.nan)).mean,
        "days_waited_mean": waited.mean,
        **{f"days_waited_q{q}": values for q, values in zip(QUANTILES, days, strict=True)},
        "p_first": (found.deal_rank == 1).mean(axis=0),
        "tariff_mean": found.tariff_final.mean(axis=0),
        "sector_rate_mean": found.sector_rate_final.mean(axis=0),
        "payoff_share_mean": payoff_share.mean,
        "payoff_bn_mean": found.payoff_bn.mean(axis=0),
        "days_waited_se": waited.error,
        "payoff_share_se": payoff_share.error,
    }
    waits = reasoned_waits(prepared.game, prepared.solution, seed=seed, replicates=runs)
    columns |= {"waits_mean": waits.mean, "reasoned_waits": waits.share}
    ended: dict[str, Any] = {"method": f"simulated, {runs} runs", "residual": None}
    if prepared.solution.equilibrium is not None:
        ended |= {name: value for name, value in asdict(prepared.status).items() if name != "method"}
    if prepared.status.method == MOMENT_BASED:
        ended["accuracy"] = ACCURACY
    if with_regret:
        found_regret, ended["regret_method"] = best_responses(prepared.game, prepared.policy, prepared.exact)
        columns |= regret_columns(prepared, found_regret)
    return {
        "case": prepared.setting.case.name,
        "overrides": dict(prepared.setting.overrides),
        **ended,
        "hegemon": {
            "strategy": prepared.hegemon.name,
            "surplus_bn_mean": float(found.hegemon_surplus_bn.mean()),
            "surplus_bn_sd": float(found.hegemon_surplus_bn.std(ddof=1)),
        },
        "reasoned_waits": wait_totals(waits),
        "deals": {str(count): float(share) for count, share in enumerate(np.bincount(found.deals) / runs) if share > 0},
        "countries": country_rows(prepared, columns),
    }


def regret_columns(prepared: Prepared, found: Regret | CrowdValues) -> dict[str, np.ndarray]:
    """Value of the best response to the others, and what is missed of it."""
    return {
        "best_response_share": found.best,
        "regret_share": found.regret,
        "regret_bn": found.regret * prepared.terms.stakes,
    }


def wait_totals(waits: Waits) -> dict[str, Any]:
    """Calls answered by waiting in a run, and the share of them that has a reason, for all countries together."""
    method = f"simulated, {waits.runs} runs" if waits.runs else EXACT
    return {"share": cell(waits.share_of_all), "waits_mean": float(waits.mean.sum()), "method": method}


def country_rows(prepared: Prepared, columns: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """A row a country; None for NaN."""
    return [
        {
            "country": country.iso3,
            "country_name": country.name,
            "strategy": prepared.strategies[i].name,
            **{name: cell(float(values[i])) for name, values in columns.items()},
        }
        for i, country in enumerate(prepared.setting.countries)
    ]


def exact_report(prepared: Prepared, with_regret: bool) -> dict[str, Any]:
    """The exact distribution, from the forward pass."""
    backward = evaluated(prepared.game, prepared.solution)
    found = distribution(prepared.game, backward)
    atoms, waits = outcome_atoms(prepared.setting, prepared.terms, found), expected_waits(prepared.game, backward)
    days = {f"days_waited_q{q}": atoms.quantile(atoms.days_waited, q / 100) for q in QUANTILES}
    p_deal, possible = found.p_deal, found.p_deal > SMALLEST_CHANCE
    deal_day = atoms.mean(np.where(atoms.has_deal, atoms.days_waited, 0.0))
    columns: dict[str, np.ndarray] = {
        "p_deal": p_deal,
        "deal_day_mean": np.where(possible, deal_day / np.where(possible, p_deal, 1.0), np.nan),
        "days_waited_mean": atoms.mean(atoms.days_waited),
        **days,
        "p_first": found.by_rank[:, 0],
        "tariff_mean": atoms.mean(atoms.tariff_final),
        "sector_rate_mean": atoms.mean(atoms.sector_rate_final),
        "payoff_share_mean": atoms.mean(atoms.payoff_share),
        "payoff_bn_mean": atoms.mean(atoms.payoff_bn),
        "waits_mean": waits.mean,
        "reasoned_waits": waits.share,
    }
    how: dict[str, Any] = {}
    hegemon: dict[str, Any] = {"strategy": prepared.hegemon.name}
    hegemon |= {"surplus_bn_mean": found.surplus_mean, "surplus_bn_sd": found.surplus_sd}
    if with_regret:
        found_regret, how["regret_method"] = best_responses(prepared.game, prepared.policy, prepared.exact)
        columns |= regret_columns(prepared, found_regret)
        how["hegemon_regret_bn"] = hegemon_regret(prepared.game, prepared.policy).regret
    return {
        "case": prepared.setting.case.name,
        "overrides": dict(prepared.setting.overrides),
        "method": "exact",
        "residual": float(np.max(np.abs(found.value - backward.value), initial=0.0)),
        **how,
        "hegemon": hegemon,
        "reasoned_waits": wait_totals(waits),
        "deals": {str(count): float(chance) for count, chance in enumerate(found.deals)},
        "countries": country_rows(prepared, columns),
    }
