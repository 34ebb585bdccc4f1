"""How far the moment-based equilibrium is from the exact one, as measured, and where that was measured.

One text for all who print it: `solve`, the manifest of a sweep, the README. The numbers come from
`tests/benchmarks/crowd_accuracy.py`, over random games in which countries differ in everything, nearly indifferent
ones, and parts of the shipped cases under plausible settings at headline values of 0, .01 and .03.
"""

from typing import NamedTuple

from model.timing import Game


class Measured(NamedTuple):
    """Errors of a country's mean days waited and of its payoff in shares of stakes, both equilibria played in the exact
    game: median, 95 % and worst over the countries of so many games, rounded up. factor: largest ratio of two
    priorities in a game. Where all are called alike the errors are smaller, and such games are not among them."""

    factor: float
    games: int
    days: tuple[float, float, float]
    share: tuple[float, float, float]

    @property
    def in_days(self) -> str:
        """The errors of days waited in words."""
        return "{:g} days at the median, {:g} for 95 % of countries, {:g} at worst".format(*self.days)

    @property
    def text(self) -> str:
        """All of it in words."""
        shares = "{:g}, {:g} and {:g} of stakes".format(*self.share)
        return f"{self.in_days} in {self.games} games (payoffs: {shares})"


COUNTRIES = (8, 12)  # of the games measured; in parts of `eighteen` the errors fall from 8 to 14
MOST_PRECISION = 300.0
NEAR = Measured(4.0, 368, (0.05, 0.6, 9.0), (0.0001, 0.001, 0.005))
FAR = Measured(100.0, 260, (0.2, 2.0, 12.0), (0.0002, 0.005, 0.05))
ACCURACY = (
    f"Moment-based equilibrium against the exact one, measured at {COUNTRIES[0]} to {COUNTRIES[1]} countries, choice "
    f"precision up to {MOST_PRECISION:g} and plausible settings: mean days waited are off by {NEAR.text} where "
    f"priorities are within a factor of {NEAR.factor:g}, by {FAR.text} within a factor of {FAR.factor:g}."
)


def accuracy_doubt(game: Game) -> str | None:
    """Why a game lies outside of what the smaller of the stated errors were measured on; None where it does not."""
    factor = float((game.call_weight.max(axis=1) / game.call_weight.min(axis=1)).max())
    precision = float(game.precision.max())
    if precision > MOST_PRECISION:
        return f"choice precision of up to {precision:g}: errors were measured up to {MOST_PRECISION:g}"
    if factor > FAR.factor * (1.0 + 1e-9):
        return f"priorities differ by a factor of {factor:.3g}: errors were measured up to {FAR.factor:g}"
    if factor > NEAR.factor * (1.0 + 1e-9):
        return f"priorities differ by a factor of {factor:.3g}: mean days waited may be off by {FAR.in_days}"
    return None
