"""How far the large-N equilibrium is from the exact one, and how long it takes.

    uv run python tests/benchmarks/crowd_accuracy.py

Errors, at 8 to 14 countries: random games in which countries differ in everything, and parts of the cases `eighteen`
and `all` under several parameters. Both equilibria are *played* in the exact game; compared are, country by country,
the mean day of its deal (no deal counts as the day on which the pause ends) and its payoff in shares of stakes. No
sampling: both are expectations, by backward induction with the policies held fixed. "own value" is the distance between
the payoff that the large-N solver predicts and what its policies really bring.

Then the same for growing parts of `eighteen`, and seconds for the whole cases.
"""

import dataclasses
import resource
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm, harsh_probability
from model.calendar import make_calendar
from model.case_file import load_case
from model.crowd import CrowdEquilibrium, solve_crowd
from model.equilibrium import solve
from model.meeting import Policy
from model.setting import make_setting
from model.states import count_offsets, count_states
from model.terms import make_terms
from model.timing import Game, base_log_odds, raw_game, timing_game

RANDOM_GAMES = 24
WINDOW, EXTENDED = 90.0, 113.0  # days
REAL_GAMES: tuple[tuple[str, range | tuple[int, ...], dict[str, float]], ...] = (
    ("eighteen", range(10), {}),
    ("eighteen", range(8, 18), {}),
    ("eighteen", range(12), {"headline_value": 0.1}),
    ("eighteen", range(8), {"choice_precision": 100}),
    ("eighteen", range(2, 12), {"extension_probability": 0.5, "sector_news_rate": 0.03}),
    ("eighteen", range(4, 14), {"delay_cost": 0.3}),
    ("eighteen", range(10), {"inertia": 0.3}),
    ("eighteen", range(8), {"meetings_per_week": 2}),
    ("all", (0, 1, 2, 4, 6, 18, 30, 50, 70, 90), {}),
    ("all", range(0, 60, 5), {}),
    ("all", range(18, 28), {"headline_value": 0.08, "precedent_accuracy": 0.9}),
    ("all", range(10, 20), {"choice_precision": 5}),
)


class Dated(NamedTuple):
    """A game and its calendar: the day of every meeting, and of the end without and with the extension."""

    name: str
    game: Game
    days: np.ndarray
    ends: tuple[float, float]


class Errors(NamedTuple):
    """Distances between the two equilibria by country, (N,), and how the large-N solver ended."""

    days: np.ndarray
    payoff: np.ndarray
    own_value: np.ndarray
    crowd: CrowdEquilibrium


def random_game(countries: int, seed: int, meetings: int = 77, per_week: float = 6.0) -> Dated:
    """A game in which countries differ in priority, precision, packages, rank premium, delay, costs, dates before which
    they cannot or would rather not sign, ratification and no-deal payoffs; with learning, news, often an extension."""
    rng = np.random.default_rng(seed)
    total = meetings + (meetings // 4 if rng.random() < 0.3 else 0)
    offsets = count_offsets(countries, total)
    m, signed, harsh, known = count_states(countries, total).T
    days = np.arange(total) * 7.0 / per_week
    prior, accuracy = rng.choice([0.2, 0.5, 0.8]), rng.choice([0.5, 0.65, 0.75, 0.9])
    beliefs = np.array(
        [belief_firm(prior, accuracy, n, h) for n in range(countries + 1) for h in range(n + 1)], dtype=float
    )
    belief = beliefs[signed * (signed + 1) // 2 + harsh]
    sign = np.full((countries, offsets[-1]), -np.inf)
    no_deal = np.zeros((2, countries, len(beliefs)))
    ratification = np.ones((countries, total))
    for i in range(countries):
        full, rebuff, delay = rng.uniform(0.1, 0.6), rng.uniform(0.0, 0.3), rng.uniform(0.0, 0.15)
        lean = full + rng.uniform(-0.05, 0.4)
        worth = np.maximum(full, (1.0 - belief) * lean + belief * (full - rebuff))
        worth += rng.choice([0.0, 1.0]) * rng.uniform(0.0, 0.3) * 2.0 ** (-signed / rng.uniform(0.7, 6.0))
        worth += rng.uniform(0.0, 0.15) * known - rng.uniform(0.0, 0.1) - delay * days[m] / WINDOW
        date = rng.choice([0.0, 0.0, 30.0, 54.0])
        worth -= np.where(days[m] < date, rng.choice([np.inf, rng.uniform(0.0, 0.2)]), 0.0)
        sign[i] = np.where(signed < countries, worth, -np.inf)
        ratification[i] = np.where(days < date, rng.uniform(0.2, 1.0), rng.uniform(0.7, 1.0))
        spared = (0.7 - 0.6 * beliefs) * rng.uniform(0.2, 0.8)
        no_deal[:, i] = spared - delay * np.array([[1.0], [EXTENDED / WINDOW]])
    weights = (rng.uniform(0.25, 1.0, countries), rng.choice([0.5, 1.0], countries), rng.lognormal(0.0, 0.8, countries))
    plain = raw_game(lambda *state: 0.0, lambda *state: 0.0, countries=countries, meetings=total, precision=1.0)
    priority = weights[rng.integers(3)]
    game = plain._replace(
        call_weight=np.tile(priority, (len(days), 1)),
        precision=np.exp(rng.uniform(np.log(5.0), np.log(100.0), countries)),
        base_log_odds=base_log_odds(np.full(countries, rng.choice([0.03, 0.1, 0.3])), priority, per_week),
        ratification=ratification[:, m],
        sign=sign,
        no_deal=no_deal,
        harsh=np.array([harsh_probability(b, accuracy) for b in beliefs]),
        offsets=offsets,
        regular=meetings,
        news_hazard=float(rng.choice([0.0, 0.01, 0.03])),
        extension_probability=float(rng.uniform(0.2, 0.8)) if total > meetings else 0.0,
        precedent_accuracy=float(accuracy),
        prior_firm=float(prior),
    )
    return Dated(f"random {seed}", game, days, (WINDOW, EXTENDED))


def real_game(name: str, positions: range | tuple[int, ...], overrides: dict[str, float]) -> Dated:
    """Some of the countries of a shipped case, by their positions in it."""
    case = load_case(name)
    part = dataclasses.replace(case, countries=tuple(case.countries[k] for k in positions))
    setting = make_setting(part, overrides)
    calendar = make_calendar(setting.window)
    without, with_it = calendar.end_day
    label = " ".join([name, *(f"{key}={value:g}" for key, value in overrides.items())])
    return Dated(label, timing_game(setting, make_terms(setting)), calendar.day.astype(float), (without, with_it))


def played(dated: Dated, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """Expected payoff and expected day of the deal, (N,) each, when everybody follows the policy in the exact game.

    The expected day is the value of a game in which a signature is worth its day, and no deal the day of the end.
    """
    game, nobody = dated.game, np.zeros(len(dated.game.precision), np.bool_)
    m = count_states(len(nobody), len(dated.days))[:, 0]
    counted = game._replace(
        sign=np.where(np.isfinite(game.sign), dated.days[m], -np.inf),
        no_deal=np.ones_like(game.no_deal) * np.array(dated.ends)[:, None, None],
    )
    return tuple(solve(each, policy, nobody, keep_policy=False).value for each in (game, counted))  # type: ignore[return-value]


def errors(dated: Dated) -> Errors:
    """The large-N equilibrium against the exact one, both played in the exact game."""
    crowd = solve_crowd(dated.game)
    payoff, day = played(dated, crowd.policy())
    exact_payoff, exact_day = played(dated, solve(dated.game).policy())
    return Errors(np.abs(day - exact_day), np.abs(payoff - exact_payoff), np.abs(crowd.value - payoff), crowd)


def all_games() -> Iterator[Dated]:
    """The fixed set of games on which the errors are stated."""
    for seed in range(RANDOM_GAMES):
        yield random_game(8 + seed % 3, seed)
    for name, positions, overrides in REAL_GAMES:
        yield real_game(name, positions, overrides)


def main() -> None:
    """Print every number."""
    print("  N  day: mean   max  payoff: mean      max  own value  iterations  residual  game")
    rows, countries = [], []
    parts = (real_game("eighteen", range(n), {}) for n in (8, 10, 12, 14))
    for k, dated in enumerate([*all_games(), *parts]):
        found = errors(dated)
        row = [found.days.mean(), found.days.max(), found.payoff.mean(), found.payoff.max(), found.own_value.max()]
        print(f"{len(found.days):3} {row[0]:10.3f} {row[1]:5.2f} {row[2]:13.5f} {row[3]:8.5f} {row[4]:10.5f}", end="")
        print(f" {found.crowd.iterations:11} {found.crowd.residual:9.0e}  {dated.name}", flush=True)
        if k < RANDOM_GAMES + len(REAL_GAMES):
            rows.append(row)
            countries.append(np.stack([found.days, found.payoff]))
    print(f"\nquantiles over {len(rows)} games")
    for level in (0.5, 0.9, 1.0):
        row = list(np.quantile(rows, level, axis=0))
        print(f"{level:3.0%} {row[0]:9.3f} {row[1]:5.2f} {row[2]:13.5f} {row[3]:8.5f} {row[4]:10.5f}")
    each = np.concatenate(countries, axis=1)
    for level in (0.5, 0.9, 0.99, 1.0):
        day, payoff = np.quantile(each, level, axis=1)
        print(f"{level:4.0%} of {each.shape[1]} countries: {day:.3f} days, {payoff:.5f} of stakes")
    print("\nwhole cases, seconds once compiled")
    for name in ("eighteen", "all"):
        game = timing_game(setting := make_setting(load_case(name)), make_terms(setting))
        for threads in (1, 2):
            start, spent = time.perf_counter(), time.process_time()
            crowd = solve_crowd(game, threads=threads)
            print(f"{name:9} {threads} threads {time.perf_counter() - start:6.2f} s, ", end="")
            print(f"{time.process_time() - spent:6.2f} s of processor, {crowd.iterations} iterations, ", end="")
            print(f"residual {crowd.residual:.0e}, {crowd.residual_anywhere:.0e} anywhere")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB, exact solver included")


if __name__ == "__main__":
    main()
