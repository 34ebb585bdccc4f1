"""The equilibrium against Gambit (https://www.gambit-project.org), which knows nothing of this model.

Small timing games are written out as explicit extensive forms, event by event from the rules, and Gambit traces their
agent logit quantal response equilibrium (McKelvey and Palfrey 1998) to the precision of the game. Every chance of
moving, every value of waiting and each country's value of the game must be those of the solver.

Where a game is not one of perfect information with one precision and mu = 1/2:

* **Precedents**. Nature either draws each precedent with its predictive probability given the public history, and
  every decision node is an information set of its own; or it draws the type first, and nodes that differ only in
  the type share an information set. Both give public histories, which are all that a choice can depend on, the same
  probabilities, for the type shows in precedents only. The second leaves Bayes' rule to Gambit, and lets payoffs
  depend on the type itself. Both are tested.
* **Unequal precision**. Only lambda times payoffs matters, so a country's payoffs are scaled by its precision over
  that of country 0.
* **Base rate**. mu = 1 / (1 + k) is the logit with one way of moving and k ways of waiting.
"""

from dataclasses import replace
from io import StringIO
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pytest

from model.equilibrium import solve
from model.timing import raw_game
from tests.tools.extensive_form import Choice, History, PayoffsByType, Rules, Tree, belief

gambit = pytest.importorskip(
    "pygambit", "17.0.0b2", reason="Gambit 17 is not installed (pip install 'pygambit>=17.0.0b2')"
)

TOLERANCE = 1e-6
LONG_STEPS = {"first_step": 0.3, "max_accel": 1.5}  # the defaults, .03 and 1.1, reach the same point more slowly


class Solution(NamedTuple):
    """What Gambit found: at each information set the chance of moving and the values of waiting and moving (scaled);
    value of the game by country."""

    moves: list[tuple[Choice, float, float]]  # information set, chance of moving, value of waiting
    payoffs: list[float]

    def move(self, meeting: int) -> list[float]:
        """Chances of moving at the information sets of a meeting."""
        return [move for choice, move, _ in self.moves if choice.history.meeting == meeting]


def gambit_solution(tree: Tree, steps: dict[str, float] = LONG_STEPS) -> Solution:
    """Gambit's agent logit equilibrium at the precision of the game.

    Gambit follows the branch that starts at lambda = 0; where one country is asked at a time and what matters is
    public, there is no other. That the result is a logit of the values Gambit gives the actions is checked.
    """
    precision = tree.rules.of_each("precision")[0]
    game = gambit.read_efg(StringIO(tree.text()))
    [found] = gambit.qre.logit_solve_lambda(game, [precision], **steps)
    assert found.lam == pytest.approx(precision, abs=TOLERANCE)
    values = {history: dict(iter(worth)) for history, worth in found.profile.action_values}
    moves = []
    for own, behaviour in zip(tree.choices(), found.profile, strict=True):
        for choice, (history, mixed) in zip(own, behaviour, strict=True):
            worth, chances = values[history], dict(iter(mixed))
            odds = np.exp([precision * value for value in worth.values()])
            assert list(chances.values()) == pytest.approx(odds / odds.sum(), abs=TOLERANCE)
            moves.append((choice, chances["move"], worth["wait 0"] / tree.scale[choice.country]))
    payoffs = [payoff / scale for (_, payoff), scale in zip(found.profile.payoffs, tree.scale, strict=True)]
    return Solution(moves, payoffs)


def assert_same(tree: Tree) -> Solution:
    """Moves, values of waiting and values of the game agree with those of the solver."""
    found = gambit_solution(tree)
    equilibrium = solve(raw_game(**vars(tree.rules)), keep_wait=True)
    assert equilibrium.value == pytest.approx(found.payoffs, abs=TOLERANCE)

    def chance(history: History, i: int) -> float:
        return equilibrium.probability(i, history.meeting, history.signers, history.harsh, int(history.known))

    for choice, move, wait in found.moves:
        history, i = choice.history, choice.country
        column = equilibrium.state(i, sum(1 << j for j in history.signers), history.harsh, int(history.known))
        assert chance(history, i) == pytest.approx(move, abs=TOLERANCE), history
        assert equilibrium.wait[history.meeting, column] == pytest.approx(wait, abs=TOLERANCE), history
    for history, i in tree.barred:
        assert chance(history, i) == 0.0
    return found


# Row 14

ROW_14 = [
    (1.0, 0.5939448, 0.5387222, 0.3900939),
    (5.0, 0.7542680, 0.6040250, 0.4876052),
    (20.0, 0.9707466, 0.7805671, 0.5170067),
]


def row_14(countries: int, meetings: int, precision: float) -> Rules:
    """U of row 14: .45 - .05 t, and .2 more for the first; no deal is worth -.15."""
    return Rules(
        lambda i, rank, m, n, h, z: 0.45 - 0.05 * m + 0.2 * (rank == 1), lambda i, n, h: -0.15, countries, meetings,
        precision, prior_firm=0.5, precedent_accuracy=0.5,
    )  # fmt: skip


@pytest.mark.parametrize(("precision", "first", "second", "value"), ROW_14)
def test_row_14(precision: float, first: float, second: float, value: float) -> None:
    """Row 14: Gambit gives the numbers of the row, and the solver those of Gambit."""
    found = assert_same(Tree(row_14(2, 3, precision)))
    assert found.move(0) == pytest.approx([first, first], abs=TOLERANCE)
    assert found.payoffs == pytest.approx([value, value], abs=TOLERANCE)


@pytest.mark.parametrize(("precision", "first", "second", "value"), ROW_14)
def test_row_14_second_mover(precision: float, first: float, second: float, value: float) -> None:
    """Row 14, the second mover at meeting 0: a lone country of rank 2 over the same meetings."""
    pair = row_14(2, 3, precision)
    tree = Tree(replace(pair, countries=1, sign=lambda i, rank, *state: pair.sign(i, 2, *state)))
    assert assert_same(tree).move(0) == pytest.approx([second], abs=TOLERANCE)


# Games of random payoffs, by feature


def random_rules(seed: int, countries: int, meetings: int, *, barred: float = 0.0, **features: Any) -> Rules:
    """Payoffs drawn anew for every state; a share `barred` of the states in which one cannot sign."""
    rng = np.random.default_rng(seed)
    total = meetings + features.get("extension_meetings", 0)
    sign = rng.uniform(-0.5, 1.0, (countries, total, countries, countries, 2))  # country, meeting, n, h, z
    sign[rng.random(sign.shape) < barred] = -inf
    no_deal = rng.uniform(-1.0, 0.5, (2, countries, countries + 1, countries + 1))
    return Rules(
        lambda i, rank, m, n, h, z: float(sign[i, m, n, h, z]),
        lambda i, n, h: float(no_deal[0, i, n, h]),
        countries,
        meetings,
        no_deal_extended=lambda i, n, h: float(no_deal[1, i, n, h]),
        **features,
    )


def risky(country: int, meeting: int) -> float:
    """Ratification that differs by country and meeting: .9, .7, .5, ... or .6, .4, .2, ..."""
    return (0.9, 0.6, 0.8)[country] - 0.2 * meeting


PRECEDENTS = {"prior_firm": 0.4, "precedent_accuracy": 0.8}
EVERYTHING: dict[str, Any] = {"ratification": risky, "news_hazard": 0.3, "barred": 0.1, **PRECEDENTS}
EXTENDED: dict[str, Any] = {"extension_probability": 0.35, "extension_meetings": 1}
GAMES = {
    "one country": random_rules(1, 1, 3, precision=2.0),
    "one country, news": random_rules(2, 1, 4, news_hazard=0.3),
    "one country, ratification": random_rules(3, 1, 3, ratification=lambda i, m: (0.4, 0.0, 1.0)[m]),
    "one country, nearly decisive": random_rules(4, 1, 3, precision=50.0),
    "priorities": random_rules(5, 2, 3, priority=(1.0, 3.5)),
    "unequal precision": random_rules(6, 2, 3, precision=(2.0, 9.0)),
    "ratification": random_rules(7, 2, 2, ratification=risky),
    "news": random_rules(8, 2, 2, news_hazard=0.4),
    "precedents": random_rules(9, 2, 3, **PRECEDENTS),
    "perfect precedents": random_rules(10, 3, 2, prior_firm=0.5, precedent_accuracy=1.0),
    "cannot sign": random_rules(41, 2, 3, barred=0.25),
    "extension": random_rules(12, 2, 2, **EXTENDED),
    "extension, news": random_rules(13, 1, 2, news_hazard=0.3, extension_probability=0.6, extension_meetings=2),
    "extension without meetings": random_rules(14, 2, 2, extension_probability=0.35),
    "three countries": random_rules(15, 3, 2, priority=(1.0, 2.0, 4.0), **PRECEDENTS),
    "everything, one country": random_rules(16, 1, 3, **EVERYTHING),
    "everything, two countries": random_rules(17, 2, 2, precision=(8.0, 3.0), priority=(2.0, 1.0), **EVERYTHING),
    "everything, extended": random_rules(18, 2, 1, precision=(8.0, 3.0), priority=(2.0, 1.0), **EVERYTHING, **EXTENDED),
    "everything, three countries": random_rules(19, 3, 2, priority=(1.0, 2.0, 4.0), **EVERYTHING),
}
LARGER_GAMES = {
    "three countries, three meetings": random_rules(20, 3, 3, priority=(1.0, 2.0, 4.0)),
    "ratification and precedents": random_rules(21, 2, 3, ratification=risky, **PRECEDENTS),
}


@pytest.mark.parametrize("name", GAMES)
def test_random_payoffs(name: str) -> None:
    """Nature draws each precedent with its predictive probability: every decision node stands alone."""
    found = assert_same(Tree(GAMES[name]))
    assert all(choice.nodes == 1 for choice, *_ in found.moves)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER_GAMES)
def test_larger_games(name: str) -> None:
    """The same with more decision nodes."""
    assert_same(Tree(LARGER_GAMES[name]))


def test_some_cannot_sign() -> None:
    """The game named so has calls without a choice, and calls with one."""
    tree = Tree(GAMES["cannot sign"])
    assert len(tree.barred) >= 7
    assert sum(len(own) for own in tree.choices()) >= 7


@pytest.mark.parametrize("name", ["precedents", "three countries", "everything, two countries"])
def test_type_drawn_first(name: str) -> None:
    """Nature draws the type before the first meeting: countries do not see it, and Gambit applies Bayes' rule."""
    found = assert_same(Tree(GAMES[name], type_first=True))
    assert all(choice.nodes == 2 for choice, *_ in found.moves)


def test_payoffs_by_type() -> None:
    """Packages and threats paid by type (those of row 8), from which the solver is given expectations only.

    The lean package is worth .75 to a country if the hegemon is soft; a firm one rebuffs it, which leaves .45 - .4.
    The full one is worth .45. No deal costs .3, but only if the hegemon is firm.
    """
    prior, accuracy = 0.45, 0.8

    def firm_after(n: int, h: int) -> float:
        return float(belief([True] * h + [False] * (n - h), prior, accuracy))

    def lean(n: int, h: int) -> float:
        return 0.75 - firm_after(n, h) * (0.75 - 0.05)

    def sign_by_type(i: int, rank: int, m: int, n: int, h: int, z: int, firm: bool) -> float:
        package = 0.45 if lean(n, h) <= 0.45 else 0.05 if firm else 0.75
        return package - 0.03 * m

    rules = Rules(
        lambda i, rank, m, n, h, z: max(0.45, lean(n, h)) - 0.03 * m, lambda i, n, h: -0.3 * firm_after(n, h), 2, 3,
        precision=10.0, prior_firm=prior, precedent_accuracy=accuracy,
    )  # fmt: skip
    by_type = PayoffsByType(sign_by_type, lambda i, n, h, firm: -0.3 if firm else 0.0)
    assert_same(Tree(rules, by_type=by_type))


@pytest.mark.parametrize(("countries", "meetings", "ways"), [(1, 3, 3), (2, 2, 2)])
def test_base_rate(countries: int, meetings: int, ways: int) -> None:
    """A base rate of 1 / (1 + k) is one way of moving against k ways of waiting."""
    rules = random_rules(22, countries, meetings, base_rate=1 / (1 + ways))
    assert_same(Tree(rules, ways_to_wait=ways))
