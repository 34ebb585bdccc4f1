"""How far the large-N equilibrium is from the exact one, and how long it takes.

    uv run python tests/benchmarks/crowd_accuracy.py [games a row]

Errors, at 8 to 12 countries (`tests/tools/crowd_games.py`): both equilibria are *played* in the exact game; compared
are, country by country, the mean day of its deal (no deal counts as the day on which the pause ends) and its payoff in
shares of stakes. No sampling: both are expectations, by backward induction with the policies held fixed. "predicted" is
the distance between the payoff that the large-N solver predicts and what its policies really bring.

Rows: random and nearly indifferent games by factor of priorities and choice precision, then parts of the shipped cases
under plausible settings, by headline value. What `model.crowd_accuracy` states are the last lines. Then the same for
growing parts of `eighteen`, and seconds for the whole cases.
"""

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from model.case_file import load_case
from model.crowd import CrowdEquilibrium, solve_crowd
from model.crowd_accuracy import FAR, NEAR, Measured
from model.equilibrium import evaluate, solve
from model.meeting import Policy
from model.setting import make_setting
from model.states import count_states
from model.terms import make_terms
from model.timing import Game, timing_game
from tests.tools.crowd_games import Dated, indifferent_game, random_game, real_game

LEVELS = (0.5, 0.95, 1.0)
FACTORS, PRECISIONS, HEADLINES = (1.0, 4.0, 100.0), (5.0, 30.0, 100.0, 300.0), (0.0, 0.01, 0.03)
PARTS = (("eighteen", None), ("all", None), ("eighteen", 4.0), ("eighteen", 100.0))  # case, factor of priorities
HEAD = "games  days: 50 %   95 %  worst  share of stakes: 50 %    95 %   worst  predicted"


class Errors(NamedTuple):
    """Distances between the two equilibria by country, (N,), and how the large-N solver ended."""

    days: np.ndarray
    payoff: np.ndarray
    predicted: np.ndarray
    crowd: CrowdEquilibrium


def mean_day(dated: Dated, policy: Policy) -> np.ndarray:
    """Expected day of the deal, (N,), when everybody follows the policy in the exact game.

    It is the value of a game in which a signature is worth its day, and no deal the day of the end.
    """
    m = count_states(len(dated.game.who), len(dated.days))[:, 0]
    counted = dated.game._replace(
        sign=np.where(np.isfinite(dated.game.sign), dated.days[m], -np.inf),
        no_deal=np.ones_like(dated.game.no_deal) * np.array(dated.ends)[:, None, None],
    )
    return evaluate(counted, policy, keep_policy=False).value


def errors(dated: Dated) -> Errors:
    """The large-N equilibrium against the exact one, both played in the exact game."""
    exact, crowd = solve(dated.game), solve_crowd(dated.game)
    payoff = evaluate(dated.game, crowd.policy(), keep_policy=False).value
    days = np.abs(mean_day(dated, crowd.policy()) - mean_day(dated, exact.policy()))
    return Errors(days, np.abs(payoff - exact.value), np.abs(crowd.value - payoff), crowd)


def all_rows(games: int) -> Iterator[tuple[str, Iterator[Dated]]]:
    """The fixed set of games on which the errors are stated, row by row; the worst of them, nearly indifferent ones of
    nine countries, more often."""
    for label, make in (("random", random_game), ("nearly indifferent", indifferent_game)):
        for factor, precision in product(FACTORS, PRECISIONS):
            row = (make(8 + seed % 5, seed, factor, precision) for seed in range(games))
            yield f"{label}, factor {factor:g}, precision {precision:g}", row
    for factor, precision in product(FACTORS[1:], PRECISIONS[2:]):
        row = (indifferent_game(9, seed, factor, precision) for seed in range(100, 100 + 2 * games))
        yield f"nearly indifferent, nine, factor {factor:g}, precision {precision:g}", row
    for (name, spread), headline in product(PARTS, HEADLINES):
        label = f"parts of {name}" + ("" if spread is None else f", factor {spread:g}") + f", headline {headline:g}"
        row = (real_game(name, 8 + seed % 5, seed, spread, headline_value=headline) for seed in range(games))
        yield label, row


def stated_in(game: Game) -> Measured | None:
    """Which of the stated errors cover a game; None where countries are called alike or hardly choose: it is easier."""
    spread = float(game.call_weight[0].max() / game.call_weight[0].min())
    if spread < 1.5 or game.precision.max() < PRECISIONS[1]:
        return None
    return NEAR if spread <= NEAR.factor * (1.0 + 1e-9) else FAR


def quantiles(found: list[Errors]) -> tuple[np.ndarray, np.ndarray]:
    """Median, 95 % and worst over countries: of days, and of shares of stakes."""
    days, payoff = (np.concatenate([getattr(each, name) for each in found]) for name in ("days", "payoff"))
    return np.quantile(days, LEVELS), np.quantile(payoff, LEVELS)


def line(found: list[Errors]) -> str:
    """Quantiles over countries."""
    days, payoff = quantiles(found)
    in_days, shares = " ".join(f"{value:6.2f}" for value in days), " ".join(f"{value:7.4f}" for value in payoff)
    predicted = max(each.predicted.max() for each in found)
    return f"{len(found):5}     {in_days}                {shares}    {predicted:7.4f}"


def print_errors(games: int) -> None:
    """Row by row, and what is stated."""
    stated = defaultdict[Measured | None, list[Errors]](list)
    print(f"{HEAD}  iterations  residual  anywhere  not converged")
    for label, row in all_rows(games):
        found = []
        for dated in row:
            found.append(errors(dated))
            stated[stated_in(dated.game)].append(found[-1])
        ends = [each.crowd for each in found]
        iterations, residual = max(end.iterations for end in ends), max(end.residual for end in ends)
        anywhere, failed = max(end.residual_anywhere for end in ends), sum(not end.converged for end in ends)
        print(f"{line(found)} {iterations:11} {residual:9.0e} {anywhere:9.0e} {failed:14}  {label}", flush=True)
    print(f"\nwhat model.crowd_accuracy states\n{HEAD}")
    for measured in (NEAR, FAR):
        print(f"{line(stated[measured])}  within a factor of {measured.factor:g}")


def main() -> None:
    """Print every number."""
    print_errors(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    print(f"\nparts of eighteen, by number of countries\n{HEAD}")
    for countries in (8, 10, 12, 14):
        parts = (real_game("eighteen", countries, seed) for seed in range(6))
        print(f"{line([errors(dated) for dated in parts])}  {countries} countries", flush=True)
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
