"""The terms table as rows: what a signature brings, readable by people and by pandas."""

from typing import Any

import numpy as np

from experiments.tables.declaration import cell
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL, SECTOR
from model.setting import Setting
from model.terms import REGIME_NAMES, SECTOR_NAMES, TYPE_NAMES, Terms


def concessions_text(names: list[str], levels: np.ndarray) -> str:
    """What is conceded, as `issue` where in full and `issue:0.30` in part, separated by "; "."""
    parts = []
    for name, level in zip(names, levels, strict=True):
        if level >= 1 - 1e-9:
            parts.append(name)
        elif level > 1e-9:
            parts.append(f"{name}:{level:.2f}")
    return "; ".join(parts)


def terms_rows(setting_and_terms: tuple[Setting, Terms]) -> list[dict[str, Any]]:
    """One row for each country x rank x hegemon type x regime x sector state.

    Countries without a date have the regime `before` only. Without a zone of agreement (`agreement` false) the terms
    are empty.
    """
    setting, terms = setting_and_terms
    share, rates = terms.share, terms.final_rate
    rows = []
    for i, country in enumerate(setting.countries):
        names = [issue.name for issue in country.issues]
        traded = np.array([1.0 - country.sector_share - country.open_share, country.sector_share, country.open_share])
        regime_count = 1 if country.date is None else 2
        for k, firm, regime, known in np.ndindex(terms.payoff.shape[1], 2, regime_count, 2):
            at = (i, k, firm, regime, known)
            agreed = not np.isnan(terms.payoff[at])
            levels = terms.levels[at][GRANTS : GRANTS + len(names)]
            cost, worth = terms.issue_cost[i, : len(names)], terms.issue_value[i, : len(names)]
            row: dict[str, Any] = {
                "country": country.iso3,
                "rank": k + 1,
                "hegemon_type": TYPE_NAMES[firm],
                "regime": REGIME_NAMES[regime],
                "sector_news": SECTOR_NAMES[known],
                "agreement": agreed,
                "payoff_share": share[at],
                "payoff_bn": terms.payoff[at],
                "tariff": rates[at][RECIPROCAL],
                "sector_rate": rates[at][SECTOR],
                "open_sector_rate": rates[at][OPEN_SECTOR],
                "all_in_rate": float(traded @ rates[at]),
                "concessions_cost_bn": float(levels @ cost),
                "concessions_value_bn": float(levels @ worth),
                "hegemon_payoff_bn": terms.hegemon[at],
                "headline_bn": terms.headline[i, k],
            }
            numbers = {key: cell(value) for key, value in row.items()}
            rows.append({**numbers, "concessions": concessions_text(names, levels) if agreed else None})
    return rows
