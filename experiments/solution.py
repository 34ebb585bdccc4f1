"""What `solve` reports: for each country the exact chance of a deal, its day, rank, rates and payoff, and its regret.

Up to 14 countries everything is exact. Beyond, the equilibrium is the moment-based one, whose residual is reported,
and the distribution is simulated, with standard errors.
"""

from typing import Any

import numpy as np

from agents.policy import Prepared
from model.equilibrium import solve
from model.expected import outcome_atoms
from model.forward import distribution
from model.outcomes import hegemon_gain
from model.regret import regrets

QUANTILES = (0.1, 0.5, 0.9)


def solve_report(prepared: Prepared, with_regret: bool) -> dict[str, Any]:
    """The exact distribution of a prepared setting, as one document."""
    n = len(prepared.who)
    evaluated = solve(prepared.game, prepared.policy, np.zeros(n, np.bool_))
    found = distribution(
        prepared.game, evaluated, prepared.packages, hegemon_gain(prepared.terms), prepared.terms.execution
    )
    atoms = outcome_atoms(prepared.setting, prepared.terms, found)
    regret = regrets(prepared.game, prepared.policy) if with_regret else None
    days = {f"days_waited_q{round(100 * level)}": atoms.quantile(atoms.days_waited, level) for level in QUANTILES}
    p_deal = found.p_deal
    deal_day = atoms.mean(np.where(atoms.has_deal, atoms.days_waited, 0.0))
    columns: dict[str, np.ndarray] = {
        "p_deal": p_deal,
        "deal_day_mean": np.where(p_deal > 0, deal_day / np.where(p_deal > 0, p_deal, 1.0), np.nan),
        "days_waited_mean": atoms.mean(atoms.days_waited),
        **days,
        "p_first": found.by_rank[:, 0],
        "tariff_mean": atoms.mean(atoms.tariff_final),
        "sector_rate_mean": atoms.mean(atoms.sector_rate_final),
        "payoff_share_mean": atoms.mean(atoms.payoff_share),
        "payoff_bn_mean": atoms.mean(atoms.payoff_bn),
    }
    if regret is not None:
        columns |= {"best_response_share": regret.best, "regret_share": regret.regret}
        columns["regret_bn"] = regret.regret * prepared.terms.stakes
    countries = [
        {
            "country": country.iso3,
            "country_name": country.name,
            "strategy": prepared.strategies[i].name,
            **{name: None if np.isnan(values[i]) else float(values[i]) for name, values in columns.items()},
        }
        for i, country in enumerate(prepared.setting.countries)
    ]
    return {
        "case": prepared.setting.case.name,
        "overrides": dict(prepared.setting.overrides),
        "method": "exact",
        "residual": float(np.max(np.abs(found.value - evaluated.value), initial=0.0)),
        "hegemon": {"surplus_bn_mean": found.surplus_mean, "surplus_bn_sd": found.surplus_sd},
        "deals": {str(count): float(chance) for count, chance in enumerate(found.deals)},
        "countries": countries,
    }
