"""What the README claims of case `six`, at the settings at which it could fail; run as a script it prints them all.

    uv run python -m tests.claims

Everything is exact (no sampling). The test beside it holds the README to what is found here.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from agents.policy import prepare
from experiments.measures.first_mover import causal
from experiments.measures.study import Study

ATTACKS: Mapping[str, Mapping[str, float]] = {
    "as shipped": {},
    "elasticity 2": {"demand_elasticity": 2.0},
    "bargaining weight .3": {"bargaining_weight": 0.3},
    "bargaining weight .7": {"bargaining_weight": 0.7},
    "precision 30": {"choice_precision": 30.0},
    "precision 300": {"choice_precision": 300.0},
    "horizon 4": {"deal_horizon": 4.0},
    "inertia .1": {"inertia": 0.1},
}
HEADLINES = (0.0, 0.01, 0.03, 0.06)
CONSTRAINTS = (0.0, 0.5, 1.0)


def study(**factors: float) -> Study:
    """Case `six` in equilibrium."""
    return Study(prepare("six", factors=factors))


def days_waited(found: Study, country: int) -> float:
    """Expected days waited, no deal counted as the end of the pause."""
    return float(found.atoms.mean(found.atoms.days_waited)[country])


def korea_waits(attack: Mapping[str, float]) -> np.ndarray:
    """Korea's expected days waited by headline value and domestic constraint, (4, 3)."""
    return np.array(
        [
            [days_waited(study(**attack, headline_value=value, domestic_constraint=limit), 0) for limit in CONSTRAINTS]
            for value in HEADLINES
        ]
    )


def being_first(attack: Mapping[str, float], headline: float) -> np.ndarray:
    """Causal first-mover advantage of each country, shares of stakes; NaN where it cannot sign first, or last."""
    found = study(**attack, headline_value=headline)
    values = [causal(found, found.prepared.game, i).value for i in range(len(found.prepared.game.who))]
    return np.array([np.nan if value is None else value for value in values])


def lines() -> Iterator[str]:
    """Everything, a line each."""
    for name, attack in ATTACKS.items():
        yield f"{name}: Korea's days waited, by domestic constraint {CONSTRAINTS}"
        for value, row in zip(HEADLINES, korea_waits(attack), strict=True):
            yield f"    headline value {value:.2f}: {' '.join(f'{days:5.1f}' for days in row)}"
        for value in HEADLINES[:3]:
            shown = " ".join(f"{advantage:+.3f}" for advantage in being_first(attack, value))
            yield f"    causal advantage at headline value {value:.2f}: {shown}"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
