"""A timing game written out as an explicit extensive form, event by event from the rules, in Gambit's file format.

Nothing of the solver is used: the tree of all histories is built here from the same raw payoffs, and its text
(https://gambitproject.readthedocs.io, "The extensive game (.efg) file format") can be solved by anything that reads it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, prod
from typing import NamedTuple

import numpy as np


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


@dataclass
class Choice:
    """An information set: the country called, and the history it has seen; how many nodes are in it."""

    history: History
    country: int
    nodes: int


@dataclass
class Node:
    """A node of the tree: `payoffs` at an end; else branches, chosen by `choice` or drawn with `chances`."""

    branches: dict[str, "Node"] = field(default_factory=dict)
    chances: tuple[Fraction, ...] = ()
    choice: Choice | None = None
    payoffs: tuple[float, ...] = ()


Nodes = dict[str, Node]  # type -> node; where no type is drawn, the one node of type "unknown"


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
    ways_to_wait: k, 1 for mu = 1/2. Payoffs are scaled by a country's precision over that of country 0.
    """

    rules: Rules
    type_first: bool = False
    by_type: PayoffsByType | None = None
    ways_to_wait: int = 1
    root: Node = field(default_factory=Node)
    barred: list[tuple[History, int]] = field(default_factory=list)  # called, but it cannot sign: no choice

    def __post_init__(self) -> None:
        rules = self.rules
        self.names = [f"C{i}" for i in range(rules.countries)]
        precision = rules.of_each("precision")
        self.scale = [value / precision[0] for value in precision]
        nodes = {"unknown": self.root}
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
            node.branches, node.chances = {name: Node() for name in chances}, tuple(chances.values())
            for name, child in node.branches.items():
                after[name][kind] = child
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
        answers = ["move", *(f"wait {k}" for k in range(self.ways_to_wait))]
        choice = Choice(history, country, len(nodes))
        for node in nodes.values():
            node.choice, node.branches = choice, {answer: Node() for answer in answers}
        self.ratify(history, country, {kind: node.branches["move"] for kind, node in nodes.items()})
        for wait in answers[1:]:
            self.after_reply(history, {kind: node.branches[wait] for kind, node in nodes.items()})

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
            node.payoffs = tuple(self.payoff(history, i, kind) * self.scale[i] for i in range(self.rules.countries))

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

    def nodes(self) -> Iterator[Node]:
        """Every node, each before its branches: the order in which the format lists them."""
        left = [self.root]
        while left:
            node = left.pop()
            yield node
            left += reversed(node.branches.values())

    def choices(self) -> list[list[Choice]]:
        """Information sets by country, in the order in which the tree comes upon them."""
        found = dict.fromkeys(id(node.choice) for node in self.nodes() if node.choice)
        choices = {id(node.choice): node.choice for node in self.nodes() if node.choice}
        return [[choices[key] for key in found if choices[key].country == i] for i in range(self.rules.countries)]

    def text(self) -> str:
        """The tree in the .efg format, exact: numbers are fractions."""
        numbers = {id(choice): k for own in self.choices() for k, choice in enumerate(own, 1)}
        players = " ".join(f'"{name}"' for name in self.names)
        lines = [f'EFG 2 R "timing game" {{ {players} }}', '""']
        for k, node in enumerate(self.nodes(), 1):
            if node.choice:
                actions = " ".join(f'"{name}"' for name in node.branches)
                lines.append(f'p "" {node.choice.country + 1} {numbers[id(node.choice)]} "" {{ {actions} }} 0')
            elif node.branches:
                actions = " ".join(
                    f'"{name}" {chance}' for name, chance in zip(node.branches, node.chances, strict=True)
                )
                lines.append(f'c "" {k} "" {{ {actions} }} 0')
            else:
                payoffs = ", ".join(str(Fraction(payoff)) for payoff in node.payoffs)
                lines.append(f't "" {k} "" {{ {payoffs} }}')
        return "\n".join(lines) + "\n"
