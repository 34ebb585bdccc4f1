"""The equilibrium against Gambit (https://www.gambit-project.org), which knows nothing of this model.

Small timing games are written out as explicit extensive forms, event by event from the rules, and Gambit traces their
agent logit quantal response equilibrium (McKelvey and Palfrey 1998) to the precision of the game. The probability and
the value of every choice, and the value of the game to every country, must be those of the solver.

Three things carry over that are not the textbook game of one precision, mu = 1/2 and perfect information:

* **Precedents**. Nature either draws each precedent with its predictive probability given the public history, so
  that every decision node is an information set of its own; or it draws the type first, and nodes that differ only
  in the type share an information set. A precedent is all that the type moves before the end, and is public, so
  both give histories the same probability. The second leaves Bayes' rule to Gambit; both are tested.
* **Unequal precision**. Only lambda times payoffs matters, so a country's payoffs are scaled by its precision over
  that of country 0.
* **Base rate**. mu = 1 / (1 + k) is the logit with one way of moving and k ways of waiting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, prod
from typing import Any

import numpy as np
import pytest

from model.equilibrium import solve
from model.timing import raw_game

gambit = pytest.importorskip("pygambit", reason="Gambit is not installed (pip install pygambit)")

TOLERANCE = 1e-6
Nodes = dict[str, Any]  # one node for each type that is still possible, or a single one if no type is drawn


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
    priority: Sequence[float] | float = 1.0
    ratification: Callable[[int, int], float] = always
    prior_firm: float = 0.0
    precedent_accuracy: float = 1.0
    news_hazard: float = 0.0
    extension_probability: float = 0.0
    extension_meetings: int = 0
    no_deal_extended: Callable[[int, int, int], float] | None = None

    def precisions(self) -> list[float]:
        """Lambda of every country."""
        return [float(value) for value in np.broadcast_to(self.precision, self.countries)]


@dataclass(frozen=True)
class History:
    """What the public has seen before a meeting."""

    meeting: int = 0
    signed: tuple[tuple[int, float, bool], ...] = ()  # country, payoff, harsh precedent; in the order of signing
    known: bool = False
    extended: bool = False

    @property
    def signers(self) -> tuple[int, ...]:
        return tuple(country for country, _, _ in self.signed)

    @property
    def harsh(self) -> int:
        return sum(harsh for _, _, harsh in self.signed)


def likelihood(history: History, accuracy: Fraction) -> Fraction:
    """Probability of the precedents seen, if each is harsh with probability `accuracy`."""
    return prod((accuracy if harsh else 1 - accuracy for _, _, harsh in history.signed), start=Fraction(1))


def belief(history: History, prior: float, accuracy: float) -> Fraction:
    """Probability that the hegemon is firm: Bayes' rule on the product of likelihoods."""
    firm = Fraction(prior) * likelihood(history, Fraction(accuracy))
    soft = (1 - Fraction(prior)) * likelihood(history, 1 - Fraction(accuracy))
    return firm / (firm + soft)


@dataclass
class Tree:
    """The extensive form of some rules, built as an event follows an event.

    type_first: nature draws the type at the root. no_deal_by_type(country, firm): what no deal is worth if so, in
    place of its expectation. ways_to_wait: 1 for mu = 1/2.
    """

    rules: Rules
    type_first: bool = False
    no_deal_by_type: Callable[[int, bool], float] | None = None
    ways_to_wait: int = 1
    game: Any = field(init=False)
    choices: list[tuple[History, int, Any]] = field(default_factory=list)  # history, country called, information set
    barred: list[tuple[History, int]] = field(default_factory=list)  # called, but cannot sign: no choice

    def __post_init__(self) -> None:
        self.names = [f"C{i}" for i in range(self.rules.countries)]
        self.scale = [value / self.rules.precisions()[0] for value in self.rules.precisions()]
        self.game = gambit.Game.new_tree(players=self.names)
        nodes = {"unknown": self.game.root}
        if self.type_first:
            prior = Fraction(self.rules.prior_firm)
            nodes = {kind: drawn["unknown"] for kind, drawn in self.chance(nodes, firm=prior, soft=1 - prior).items()}
        self.before_meeting(History(), nodes)

    def chance(self, nodes: Nodes, **branches: Fraction | Callable[[str], Fraction]) -> dict[str, Nodes]:
        """A move of nature, by the probability of each result, which may depend on the type."""
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
        if len(history.signed) == rules.countries:
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
            priority = [Fraction(float(weight)) for weight in np.broadcast_to(rules.priority, rules.countries)]
            waiting = [i for i in range(rules.countries) if i not in history.signers]
            total = sum(priority[i] for i in waiting)
            called = self.chance(nodes, **{self.names[i]: priority[i] / total for i in waiting})
            for name, reached in called.items():
                self.choose(history, self.names.index(name), reached)

    def choose(self, history: History, country: int, nodes: Nodes) -> None:
        """The called country moves or waits; it has no choice where it cannot sign."""
        n = len(history.signed)
        worth = self.rules.sign(country, n + 1, history.meeting, n, history.harsh, int(history.known))
        if worth == -inf:
            self.barred.append((history, country))
            self.after_reply(history, nodes)
            return
        waits = [f"wait {k}" for k in range(self.ways_to_wait)]
        self.game.append_move(list(nodes.values()), self.names[country], ["move", *waits])
        self.choices.append((history, country, next(iter(nodes.values())).infoset))
        self.ratify(history, country, worth, {kind: node.children["move"] for kind, node in nodes.items()})
        for wait in waits:
            self.after_reply(history, {kind: node.children[wait] for kind, node in nodes.items()})

    def ratify(self, history: History, country: int, worth: float, nodes: Nodes) -> None:
        """Ratification; if it succeeds a signature, which sets a precedent."""
        ratified = Fraction(float(self.rules.ratification(country, history.meeting)))
        for result, reached in self.chance(nodes, ratified=ratified, failed=1 - ratified).items():
            if result == "failed":
                self.after_reply(history, reached)
                continue

            def harsh(kind: str) -> Fraction:
                prior, accuracy = self.rules.prior_firm, self.rules.precedent_accuracy
                firm = {"firm": Fraction(1), "soft": Fraction(0)}.get(kind, belief(history, prior, accuracy))
                return firm * Fraction(accuracy) + (1 - firm) * (1 - Fraction(accuracy))

            precedents = self.chance(reached, harsh=harsh, mild=lambda kind: 1 - harsh(kind))
            for precedent, signed in precedents.items():
                deal = (country, worth, precedent == "harsh")
                self.after_reply(replace(history, signed=(*history.signed, deal)), signed)

    def after_reply(self, history: History, nodes: Nodes) -> None:
        """The next meeting, before which the news may come (left out where nobody is left to hear it)."""
        rules, history = self.rules, replace(history, meeting=history.meeting + 1)
        meetings = rules.meetings + (rules.extension_meetings if rules.extension_probability > 0 else 0)
        if history.known or history.meeting == meetings or len(history.signed) == rules.countries:
            self.before_meeting(history, nodes)
            return
        hazard = Fraction(rules.news_hazard)
        for result, reached in self.chance(nodes, news=hazard, none=1 - hazard).items():
            self.before_meeting(replace(history, known=result == "news"), reached)

    def end(self, history: History, nodes: Nodes) -> None:
        """Payoffs: what each country signed, or no deal."""
        rules, n = self.rules, len(history.signed)
        expected = rules.no_deal_extended or rules.no_deal if history.extended else rules.no_deal
        deals = {country: worth for country, worth, _ in history.signed}
        for kind, node in nodes.items():
            payoffs = []
            for i in range(rules.countries):
                if i in deals:
                    payoff = deals[i]
                elif self.no_deal_by_type:
                    payoff = self.no_deal_by_type(i, kind == "firm")
                else:
                    payoff = expected(i, n, history.harsh)
                payoffs.append(payoff * self.scale[i])
            outcome = self.game.add_outcome(label=f"end {len(self.game.outcomes)}", payoffs=payoffs)
            self.game.set_outcome(node, outcome)


def logit_equilibrium(tree: Tree) -> Any:
    """Gambit's agent logit equilibrium at the precision of the game, as a profile of behaviour.

    Gambit follows the branch that starts at lambda = 0; a game in which everyone sees every move has no other. Its
    result is read number by number (by player, information set and action), and that it is a logit is checked.
    """
    precision = tree.rules.precisions()[0]
    [found] = gambit.qre.logit_solve_lambda(tree.game, [precision], use_strategic=False)
    assert found.lam == pytest.approx(precision, abs=TOLERANCE)
    profile, position = tree.game.mixed_behavior_profile(), 0
    for player in tree.game.players:
        for information_set in player.infosets:
            for action in information_set.actions:
                profile[action] = found[position]
                position += 1
    assert position == len(found)
    return profile


def assert_same(tree: Tree) -> None:
    """Moves, values of waiting and values of the game agree with those of the solver."""
    rules = tree.rules
    profile = logit_equilibrium(tree)
    equilibrium = solve(raw_game(**vars(rules)), keep_wait=True)
    values = [profile.payoff(name) / scale for name, scale in zip(tree.names, tree.scale, strict=True)]
    assert equilibrium.value == pytest.approx(values, abs=TOLERANCE)
    for history, i, information_set in tree.choices:
        move, wait = (information_set.actions[name] for name in ("move", "wait 0"))
        state = equilibrium.state(i, sum(1 << j for j in history.signers), history.harsh, int(history.known))
        found = equilibrium.by_set[history.meeting, state], equilibrium.wait[history.meeting, state]
        expected = profile[move], profile.action_value(wait) / tree.scale[i]
        assert found == pytest.approx(expected, abs=TOLERANCE), history
    for history, i in tree.barred:
        known = int(history.known)
        assert equilibrium.probability(i, history.meeting, history.signers, history.harsh, known) == 0.0
