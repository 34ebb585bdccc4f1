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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, prod
from typing import Any, NamedTuple

import numpy as np
import pytest

from model.equilibrium import solve
from model.timing import raw_game

gambit = pytest.importorskip("pygambit", reason="Gambit is not installed (pip install pygambit)")

TOLERANCE = 1e-6
LONG_STEPS = {"first_step": 0.3, "max_accel": 1.5}  # the defaults, .03 and 1.1, reach the same point more slowly
Nodes = dict[str, Any]  # type -> node; where no type is drawn, the one node of type "unknown"


def always(country: int, meeting: int) -> float:
    """Every signature is ratified."""
    return 1.0


@dataclass(frozen=True)
class Rules:
    """A timing game: the arguments of `raw_game`. By default all precedents are mild, and so teach nothing."""

    sign: Callable[[int, int, int, int, int, int], float]
    no_deal: Callable[[int, int, int], float]
    countries: int
    meetings: int
    precision: float | Sequence[float] = 5.0
    base_rate: float = 0.5
    priority: float | Sequence[float] = 1.0
    ratification: Callable[[int, int], float] = always
    prior_firm: float = 0.0
    precedent_accuracy: float = 1.0
    news_hazard: float = 0.0
    extension_probability: float = 0.0
    extension_meetings: int = 0
    no_deal_extended: Callable[[int, int, int], float] | None = None

    def of_each(self, name: str) -> list[float]:
        """A number that may be given once for all countries, by country."""
        return [float(value) for value in np.broadcast_to(getattr(self, name), self.countries)]


class PayoffsByType(NamedTuple):
    """What signing and no deal are worth if the hegemon is firm, or not: the primitives behind expected payoffs."""

    sign: Callable[[int, int, int, int, int, int, bool], float]
    no_deal: Callable[[int, int, int, bool], float]


class Deal(NamedTuple):
    """A signature on record."""

    country: int
    meeting: int
    known: bool
    harsh: bool  # the precedent it set


@dataclass(frozen=True)
class History:
    """What the public has seen before a meeting; deals in the order of signing."""

    meeting: int = 0
    deals: tuple[Deal, ...] = ()
    known: bool = False
    extended: bool = False

    @property
    def signers(self) -> tuple[int, ...]:
        return tuple(deal.country for deal in self.deals)

    @property
    def harsh(self) -> int:
        return sum(deal.harsh for deal in self.deals)


def belief(precedents: Sequence[bool], prior: float, accuracy: float) -> Fraction:
    """Probability that the hegemon is firm once these precedents (True: harsh) are seen.

    Bayes' rule on the product of their likelihoods: harsh has probability `accuracy` if firm, 1 - accuracy if soft.
    """
    right = Fraction(accuracy)
    firm = Fraction(prior) * prod((right if harsh else 1 - right for harsh in precedents), start=Fraction(1))
    soft = (1 - Fraction(prior)) * prod((1 - right if harsh else right for harsh in precedents), start=Fraction(1))
    return firm / (firm + soft)


@dataclass
class Tree:
    """The extensive form of some rules, built as event follows event.

    by_type: draw the type at the root and pay by it. type_first: draw it, but pay what `rules` says is expected.
    ways_to_wait: k, 1 for mu = 1/2.
    """

    rules: Rules
    type_first: bool = False
    by_type: PayoffsByType | None = None
    ways_to_wait: int = 1
    game: Any = field(init=False)
    choices: list[tuple[History, int, Any]] = field(default_factory=list)  # history, country called, information set
    barred: list[tuple[History, int]] = field(default_factory=list)  # called, but it cannot sign: no choice

    def __post_init__(self) -> None:
        rules = self.rules
        self.names = [f"C{i}" for i in range(rules.countries)]
        precision = rules.of_each("precision")
        self.scale = [value / precision[0] for value in precision]
        self.game = gambit.Game.new_tree(players=self.names)
        nodes = {"unknown": self.game.root}
        if self.type_first or self.by_type:
            prior = Fraction(rules.prior_firm)
            nodes = {kind: drawn["unknown"] for kind, drawn in self.chance(nodes, firm=prior, soft=1 - prior).items()}
        self.before_meeting(History(), nodes)

    def chance(self, nodes: Nodes, **branches: Fraction | Callable[[str], Fraction]) -> dict[str, Nodes]:
        """A move of nature: the nodes that each result leads to, from its probability, which may depend on the type.

        What has no chance is left out, and what is certain is no move.
        """
        after: dict[str, Nodes] = {name: {} for name in branches}
        for kind, node in nodes.items():
            chances = {name: chance(kind) if callable(chance) else chance for name, chance in branches.items()}
            chances = {name: chance for name, chance in chances.items() if chance > 0}
            if len(chances) == 1:
                after[next(iter(chances))][kind] = node
                continue
            self.game.append_move(node, self.game.players.chance, list(chances))
            self.game.set_chance_probs(node.infoset, list(chances.values()))
            for name in chances:
                after[name][kind] = node.children[name]
        return {name: reached for name, reached in after.items() if reached}

    def before_meeting(self, history: History, nodes: Nodes) -> None:
        """The end of the game, the extension, or a call with probability proportional to priority."""
        rules = self.rules
        if len(history.deals) == rules.countries:
            self.end(history, nodes)
        elif history.meeting == rules.meetings and not history.extended:
            put_off = Fraction(rules.extension_probability)
            for result, reached in self.chance(nodes, extended=put_off, over=1 - put_off).items():
                if result == "over":
                    self.end(history, reached)
                else:
                    self.before_meeting(replace(history, extended=True), reached)
        elif history.meeting == rules.meetings + rules.extension_meetings:
            self.end(history, nodes)
        else:
            priority = [Fraction(weight) for weight in rules.of_each("priority")]
            waiting = [i for i in range(rules.countries) if i not in history.signers]
            total = sum(priority[i] for i in waiting)
            called = self.chance(nodes, **{self.names[i]: priority[i] / total for i in waiting})
            for name, reached in called.items():
                self.choose(history, self.names.index(name), reached)

    def choose(self, history: History, country: int, nodes: Nodes) -> None:
        """The called country moves or waits; where it cannot sign it waits, and has no choice."""
        n = len(history.deals)
        if self.rules.sign(country, n + 1, history.meeting, n, history.harsh, int(history.known)) == -inf:
            self.barred.append((history, country))
            self.after_reply(history, nodes)
            return
        waits = [f"wait {k}" for k in range(self.ways_to_wait)]
        self.game.append_move(list(nodes.values()), self.names[country], ["move", *waits])
        self.choices.append((history, country, next(iter(nodes.values())).infoset))
        self.ratify(history, country, {kind: node.children["move"] for kind, node in nodes.items()})
        for wait in waits:
            self.after_reply(history, {kind: node.children[wait] for kind, node in nodes.items()})

    def ratify(self, history: History, country: int, nodes: Nodes) -> None:
        """Ratification; if it succeeds a signature, which sets a precedent."""
        accuracy = Fraction(self.rules.precedent_accuracy)
        seen = [deal.harsh for deal in history.deals]

        def harsh(kind: str) -> Fraction:
            if kind == "unknown":
                firm = belief(seen, self.rules.prior_firm, self.rules.precedent_accuracy)
                return firm * accuracy + (1 - firm) * (1 - accuracy)
            return accuracy if kind == "firm" else 1 - accuracy

        ratified = Fraction(float(self.rules.ratification(country, history.meeting)))
        for result, reached in self.chance(nodes, ratified=ratified, failed=1 - ratified).items():
            if result == "failed":
                self.after_reply(history, reached)
                continue
            precedents = self.chance(reached, harsh=harsh, mild=lambda kind: 1 - harsh(kind))
            for precedent, signed in precedents.items():
                deal = Deal(country, history.meeting, history.known, precedent == "harsh")
                self.after_reply(replace(history, deals=(*history.deals, deal)), signed)

    def after_reply(self, history: History, nodes: Nodes) -> None:
        """On to the next meeting, before which the news may come (left out if there is none to hear it at)."""
        rules, history = self.rules, replace(history, meeting=history.meeting + 1)
        most = rules.meetings + (rules.extension_meetings if rules.extension_probability > 0 else 0)
        if history.known or history.meeting == most or len(history.deals) == rules.countries:
            self.before_meeting(history, nodes)
            return
        hazard = Fraction(rules.news_hazard)
        for result, reached in self.chance(nodes, news=hazard, none=1 - hazard).items():
            self.before_meeting(replace(history, known=result == "news"), reached)

    def end(self, history: History, nodes: Nodes) -> None:
        """Payoffs of each country: of the deal it signed, or of no deal."""
        for kind, node in nodes.items():
            payoffs = [self.payoff(history, i, kind) * self.scale[i] for i in range(self.rules.countries)]
            outcome = self.game.add_outcome(label=f"end {len(self.game.outcomes)}", payoffs=payoffs)
            self.game.set_outcome(node, outcome)

    def payoff(self, history: History, country: int, kind: str) -> float:
        """What the whole history is worth to a country."""
        rules = self.rules
        for n, deal in enumerate(history.deals):
            if deal.country == country:
                harsh = sum(earlier.harsh for earlier in history.deals[:n])
                state = (country, n + 1, deal.meeting, n, harsh, int(deal.known))
                return self.by_type.sign(*state, kind == "firm") if self.by_type else rules.sign(*state)
        ending = (country, len(history.deals), history.harsh)
        if self.by_type:
            return self.by_type.no_deal(*ending, kind == "firm")
        if history.extended and rules.no_deal_extended:
            return rules.no_deal_extended(*ending)
        return rules.no_deal(*ending)


def information_sets(tree: Tree) -> list[Any]:
    """Those of the countries, in the order in which Gambit lists probabilities."""
    return [choice for player in tree.game.players for choice in player.infosets]


def as_profile(tree: Tree, found: Sequence[float]) -> Any:
    """Gambit's list of probabilities, by player, information set and action, as a profile of behaviour."""
    profile = tree.game.mixed_behavior_profile()
    actions = [action for choice in information_sets(tree) for action in choice.actions]
    assert len(actions) == len(found)
    for position, action in enumerate(actions):
        profile[action] = found[position]
    return profile


def logit_equilibrium(tree: Tree) -> Any:
    """Gambit's agent logit equilibrium at the precision of the game, as a profile of behaviour.

    Gambit follows the branch that starts at lambda = 0; where one country is asked at a time and what matters is
    public, there is no other. That the result is a logit of the values Gambit gives the actions is checked.
    """
    precision = tree.rules.of_each("precision")[0]
    [found] = gambit.qre.logit_solve_lambda(tree.game, [precision], use_strategic=False, **LONG_STEPS)
    assert found.lam == pytest.approx(precision, abs=TOLERANCE)
    profile = as_profile(tree, found)
    for choice in information_sets(tree):
        odds = np.exp([precision * profile.action_value(action) for action in choice.actions])
        assert [profile[action] for action in choice.actions] == pytest.approx(odds / odds.sum(), abs=TOLERANCE)
    return profile


def assert_same(tree: Tree) -> None:
    """Moves, values of waiting and values of the game agree with those of the solver."""
    profile = logit_equilibrium(tree)
    equilibrium = solve(raw_game(**vars(tree.rules)), keep_wait=True)
    values = [profile.payoff(name) / scale for name, scale in zip(tree.names, tree.scale, strict=True)]
    assert equilibrium.value == pytest.approx(values, abs=TOLERANCE)
    for history, i, choice in tree.choices:
        move, wait = (choice.actions[name] for name in ("move", "wait 0"))
        column = equilibrium.state(i, sum(1 << j for j in history.signers), history.harsh, int(history.known))
        chance = equilibrium.probability(i, history.meeting, history.signers, history.harsh, int(history.known))
        assert chance == pytest.approx(profile[move], abs=TOLERANCE), history
        worth = profile.action_value(wait) / tree.scale[i]
        assert equilibrium.wait[history.meeting, column] == pytest.approx(worth, abs=TOLERANCE), history
    for history, i in tree.barred:
        known = int(history.known)
        assert equilibrium.probability(i, history.meeting, history.signers, history.harsh, known) == 0.0


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
    tree = Tree(row_14(2, 3, precision))
    profile = logit_equilibrium(tree)
    moves = [profile[choice.actions["move"]] for history, _, choice in tree.choices if history.meeting == 0]
    assert moves == pytest.approx([first, first], abs=TOLERANCE)
    assert [profile.payoff(name) for name in tree.names] == pytest.approx([value, value], abs=TOLERANCE)
    assert_same(tree)


@pytest.mark.parametrize(("precision", "first", "second", "value"), ROW_14)
def test_row_14_second_mover(precision: float, first: float, second: float, value: float) -> None:
    """Row 14, the second mover at meeting 0: a lone country of rank 2 over the same meetings."""
    pair = row_14(2, 3, precision)
    tree = Tree(replace(pair, countries=1, sign=lambda i, rank, *state: pair.sign(i, 2, *state)))
    [choice] = [choice for history, _, choice in tree.choices if history.meeting == 0]
    assert logit_equilibrium(tree)[choice.actions["move"]] == pytest.approx(second, abs=TOLERANCE)
    assert_same(tree)


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
    tree = Tree(GAMES[name])
    assert all(len(choice.members) == 1 for _, _, choice in tree.choices)
    assert_same(tree)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGER_GAMES)
def test_larger_games(name: str) -> None:
    """The same with more decision nodes."""
    assert_same(Tree(LARGER_GAMES[name]))


def test_some_cannot_sign() -> None:
    """The game named so has calls without a choice, and calls with one."""
    tree = Tree(GAMES["cannot sign"])
    assert len(tree.barred) >= 7
    assert len(tree.choices) >= 7


@pytest.mark.parametrize("name", ["precedents", "three countries", "everything, two countries"])
def test_type_drawn_first(name: str) -> None:
    """Nature draws the type before the first meeting: countries do not see it, and Gambit applies Bayes' rule."""
    tree = Tree(GAMES[name], type_first=True)
    assert all(len(choice.members) == 2 for _, _, choice in tree.choices)
    assert_same(tree)


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
