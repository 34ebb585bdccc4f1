"""What README and results claim of case `six`, where it could fail; run as a script it prints them all.

    uv run python -m tests.claims

Everything is exact (no sampling). The test beside it holds the README to what is found here.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from agents.policy import prepare
from experiments.measures.commitment import hegemon_choices, premium, worth_of_commitment
from experiments.measures.constraint_cost import constraint_cost
from experiments.measures.first_mover import causal, first_mover_advantage
from experiments.measures.hegemons import days_waited as days_waited_against
from experiments.measures.hegemons import payoff
from experiments.measures.study import Study
from experiments.measures.welfare import planner_loss

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
PATIENCE = (0.0, 0.5, 0.8, 1.0)
MEETINGS = (1, 3, 6, 12)  # a week
CALLS: Mapping[str, Mapping[str, float]] = {
    "calls at precision 5": {"hegemon_precision": 5.0},
    "calls at precision 100": {"hegemon_precision": 100.0},
}


def study(**factors: float | None) -> Study:
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


def cost_of_being_bound(attack: Mapping[str, float]) -> np.ndarray:
    """What its domestic limits cost Korea by the hegemon's patience, shares of stakes, (4,)."""
    return np.array([constraint_cost(study(**attack, hegemon_patience=value), 0)["total"].value for value in PATIENCE])


def captured(attack: Mapping[str, float], headline: float) -> float:
    """The share that the countries capture of what precedents (accuracy 3/4 against 1/2) are worth to a planner who
    answers for every country called."""
    bn = []
    for accuracy in (0.75, 0.5):
        found = study(**attack, headline_value=headline, precedent_accuracy=accuracy)
        own = float(found.payoff_rows[0] @ found.prepared.terms.stakes)
        bn.append((own, own + planner_loss(found)["countries"].value))
    (taught, planned), (untaught, planned_untaught) = bn
    return (taught - untaught) / (planned - planned_untaught)


def lost(attack: Mapping[str, float], headline: float) -> float:
    """What the countries lose against a planner, bn USD a year."""
    return planner_loss(study(**attack, headline_value=headline))["countries"].value


def misled(attack: Mapping[str, float]) -> list[tuple[str, float, float, float, float]]:
    """Where the naive advantage has another sign than the causal one: country, headline value, naive, causal, and
    causal with day, date and news held."""
    wrong = []
    for value in HEADLINES:
        found = study(**attack, headline_value=value)
        for i, iso3 in enumerate(found.prepared.setting.case.ids):
            rows = first_mover_advantage(found, i)
            naive, true, held = (rows[name].value for name in ("naive", "causal", "causal_held"))
            if naive * true < 0:
                wrong.append((iso3, value, naive, true, held))
    return wrong


def premiums(attack: Mapping[str, float], headline: float, meetings: int) -> tuple[np.ndarray, np.ndarray]:
    """What the first gets beyond the last, promised and coming out, shares of stakes, (N,); NaN without a zone."""
    found = study(**attack, headline_value=headline, meetings_per_week=meetings)
    rows = [premium(found, i) for i in range(len(found.prepared.game.who))]
    promised, out = ([row[part].value for row in rows] for part in ("promised", "coming_out"))
    return np.array(promised), np.array(out)


def worth_of_choices(attack: Mapping[str, float], headline: float) -> tuple[float, float, np.ndarray]:
    """What choosing the order and keeping its promise are worth to the hegemon, bn; and the promise to each country."""
    found = study(**attack, headline_value=headline)
    own = hegemon_choices(found)
    countries = [worth_of_commitment(found, i)["total"].value for i in range(len(found.prepared.game.who))]
    return own["order"].value, own["commitment"].value, np.array(countries)


def korea_election(attack: Mapping[str, float], headline: float, date: float | None) -> dict[str, tuple[float, float]]:
    """Korea's payoff, share of stakes, and days waited by the date of its election, against each hegemon."""
    found = study(**attack, headline_value=headline, **{"KOR.date": date})
    worth, days = payoff(found, 0), days_waited_against(found, 0)
    return {hegemon: (worth[hegemon].value, days[hegemon].value) for hegemon in worth}


def hegemon_lines(attack: Mapping[str, float]) -> Iterator[str]:
    """What is claimed of a hegemon that plays, a line each."""
    for value in HEADLINES[:3]:
        for meetings in MEETINGS:
            promised, out = premiums(attack, value, meetings)
            yield f"    at {value:.2f}, {meetings} meetings a week: promised {shown(promised)}, out {shown(out)}"
        order, promise, countries = worth_of_choices(attack, value)
        yield f"    at {value:.2f}: the order is worth {order:+.3f} bn, the promise {promise:+.3f}, {shown(countries)}"
        for date in (0.0, 54.0, None):
            for hegemon, (worth, days) in korea_election(attack, value, date).items():
                yield f"    at {value:.2f}, election {date}, {hegemon}: Korea gets {worth:.3f}, waits {days:.1f} days"


def shown(values: np.ndarray) -> str:
    """Shares of stakes, in a row."""
    return " ".join(f"{value:+.3f}" for value in values)


def lines() -> Iterator[str]:
    """Everything, a line each."""
    for name, attack in ATTACKS.items():
        yield f"{name}: Korea's days waited, by domestic constraint {CONSTRAINTS}"
        for value, row in zip(HEADLINES, korea_waits(attack), strict=True):
            yield f"    headline value {value:.2f}: {' '.join(f'{days:5.1f}' for days in row)}"
        for value in HEADLINES[:3]:
            yield f"    causal advantage at headline value {value:.2f}: {shown(being_first(attack, value))}"
        yield f"    cost of Korea's limits by the hegemon's patience {PATIENCE}: {shown(cost_of_being_bound(attack))}"
        shares = " ".join(f"{captured(attack, value):.2f}" for value in HEADLINES)
        yield f"    share captured of what precedents are worth, by headline value: {shares}"
        losses = " ".join(f"{lost(attack, value):.2f}" for value in HEADLINES)
        yield f"    bn lost against a planner, by headline value: {losses}"
        for iso3, value, naive, true, held in misled(attack):
            yield f"    naive misleads: {iso3} at {value:.2f}: {naive:+.3f}, causal {true:+.3f}, held {held:+.3f}"
        yield from hegemon_lines(attack)
    for name, attack in CALLS.items():
        yield name
        yield from hegemon_lines(attack)


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
