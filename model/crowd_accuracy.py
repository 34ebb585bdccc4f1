"""How far the moment-based equilibrium is from the exact one, as measured, and where that was measured.

One text for all who print it: `solve`, the manifest of a sweep, the README. The numbers come from
`tests/benchmarks/crowd_accuracy.py`, over random games in which countries differ in everything, nearly indifferent
ones, and parts of the shipped cases under plausible settings at headline values of 0, .01 and .03.
"""

from typing import NamedTuple

from model.timing import Game


class Measured(NamedTuple):
    """Errors of a country's mean days waited and of its payoff in shares of stakes, both equilibria played in the exact
    game: median, 95 % and worst over countries. factor: largest ratio of two priorities in a game."""

    factor: float
    days: tuple[float, float, float]
    share: tuple[float, float, float]

    @property
    def text(self) -> str:
        """In words."""
        days = "{:g} days at the median, {:g} for 95 % of countries, {:g} at worst".format(*self.days)
        return f"{days} (payoffs: {self.share[0]:g}, {self.share[1]:g} and {self.share[2]:g} of stakes)"


COUNTRIES = (8, 12)  # of the games measured; the errors fall with the number of countries
MOST_PRECISION = 300.0
NEAR = Measured(4.0, (0.1, 0.7, 2.5), (0.0001, 0.001, 0.003))
FAR = Measured(100.0, (0.3, 2.5, 12.0), (0.0005, 0.01, 0.05))
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
        return f"priorities differ by a factor of {factor:.3g}: mean days waited may be off by {FAR.text}"
    return None
