"""Work that points share is done once: terms, games and policies that are the same at several points.

Which they are is told by the names of factors. Points that differ only in what the terms do not read have the same
terms; those with the same numbers have the same game, whatever the strategies; and the policy is that of the game and
the strategies. Tests take each of these factors away, and nothing may miss it.
"""

from agents.policy import Mix, Prepared, tabulate
from agents.strategy_factors import Point, numbers_of, strategies_at
from experiments.sweeps.once import Once
from model.setting import Overrides, Setting
from model.solver import Solution
from model.terms import Terms, make_terms
from model.timing import Game, timing_game

GAME_DOES_NOT_READ = frozenset({"gdp"})
TERMS_DO_NOT_READ = GAME_DOES_NOT_READ | {
    *("choice_precision", "inertia", "delay_cost", "signing_cost", "rebuff_cost", "deal_horizon", "early_effect"),
    *("prior_firm", "precedent_accuracy", "sector_news_rate", "ratification_slope", "hegemon_precision"),
}
LOTTERY_DOES_NOT_READ = GAME_DOES_NOT_READ | {"hegemon_precision"}  # the policy where calls are a lottery
MOST, MOST_BYTES = 1_000, 256e6  # of each kind


class Shared:
    """What points of one case have in common."""

    def __init__(self) -> None:
        self._terms, self._games, self._solutions = (Once(MOST, MOST_BYTES) for _ in range(3))

    def prepare(self, setting: Setting, point: Point, mix: Mix) -> Prepared:
        """Everything that is fixed before the first meeting of the point that setting and mix were made for."""
        numbers = numbers_of(point)
        terms = self.terms(setting, numbers)
        game = self.game(setting, numbers, terms)
        return Prepared(setting, terms, game, self.solution(setting, game, mix, point), mix)

    def terms(self, setting: Setting, numbers: Overrides) -> Terms:
        """The terms table."""
        found: Terms = self._terms.get(but_for(numbers, TERMS_DO_NOT_READ), lambda: make_terms(setting))
        return found

    def game(self, setting: Setting, numbers: Overrides, terms: Terms) -> Game:
        """The timing game."""
        found: Game = self._games.get(but_for(numbers, GAME_DOES_NOT_READ), lambda: timing_game(setting, terms))
        return found

    def solution(self, setting: Setting, game: Game, mix: Mix, point: Point) -> Solution:
        """The policy table, and what was solved for it."""
        unread = GAME_DOES_NOT_READ if mix.hegemon.chooses else LOTTERY_DOES_NOT_READ
        read = but_for(numbers_of(point), unread), frozenset(strategies_at(point).items())
        found: Solution = self._solutions.get(read, lambda: tabulate(setting, game, mix))
        return found


def but_for(numbers: Overrides, unread: frozenset[str]) -> frozenset[tuple[str, float | None]]:
    """Factors and their values, without those of the names (of any country) that are not read."""
    return frozenset((name, value) for name, value in numbers.items() if name.rpartition(".")[2] not in unread)
