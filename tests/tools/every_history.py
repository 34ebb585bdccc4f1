"""Tiny games by their histories, enumerated one by one, and interventions on them as they are said in words.

A history is played with the terms that the hegemon's true type gives, and beliefs come from the likelihood of its
precedents: no Markov state, no expectation under a public belief, no table of the game. Of the model only the terms
table and the moves of the policy table are read.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from agents.policy import prepare, strategies_of
from experiments.measures.study import SimulatedRuns, Study
from model.case_file import load_case
from model.grants import RECIPROCAL
from model.setting import make_setting
from model.states import count_state
from model.terms import FIRM, SOFT

SIX = load_case("six")
Calls = Callable[[int, list[int]], Mapping[int, float]]  # meeting, who waits: chance of being called


class Deal(NamedTuple):
    """A signature: its meeting, rank and sector state, and what it is worth by the hegemon's true type."""

    meeting: int
    rank: int
    payoff: tuple[float, float]  # share of stakes
    surplus: tuple[float, float]  # bn, to the hegemon


class Leaf(NamedTuple):
    """The end of a history: its probability together with each type, its deals, whether the pause was extended."""

    chance: np.ndarray
    deals: dict[int, Deal]
    extended: bool


class World:
    """One tiny game: its rules, and interventions as changes of who is called, of moves and of ratification."""

    def __init__(self, ids: str, overrides: dict[str, float], mix: dict[str, str]) -> None:
        case = dataclasses.replace(SIX, countries=tuple(SIX.country(iso3, "tests") for iso3 in ids.split()))
        self.study = Study(prepare(make_setting(case, overrides), strategies_of(case, mix)), SimulatedRuns(1, 20))
        self.ready = self.study.prepared
        self.setting, self.terms, window = self.ready.setting, self.ready.terms, self.ready.setting.window
        self.n, self.days, per_week = len(case.countries), window.window_days, window.meetings_per_week
        self.regular = int(self.days * per_week // 7)
        extra = int(window.extension_days * per_week // 7) if window.extension_probability else 0
        self.day = [7 * m // per_week for m in range(self.regular)]
        self.day += [self.days + 7 * m // per_week for m in range(extra)]
        self.meetings, self.x = self.regular + extra, window.extension_probability
        self.end = (self.days, self.days + window.extension_days)
        self.hazard = 1 - (1 - self.setting.parameters.sector_news_rate) ** (7 / per_week)
        self.prior = self.setting.parameters.prior_firm
        self.held: int | None = None  # the country for which day, regime and sector state stay those of meeting 0

    def own(self, name: str, i: int) -> float:
        return float(self.setting.by_country[name][i])

    def regime(self, i: int, m: int) -> int:
        date = self.setting.countries[i].date
        return int(date is not None and self.day[m] >= date)

    def deal(self, i: int, m: int, n: int, z: int, likelihood: np.ndarray) -> Deal | None:
        """What it signs, by Bayes on the likelihood of the history; None where it cannot."""
        at, day = (self.regime(i, m), z), self.day[m]
        if i == self.held:
            at, day = (self.regime(i, 0), 0), 0
        table, stakes, rebuff = self.terms.payoff[i, n][:, *at], self.terms.stakes[i], self.own("rebuff_cost", i)
        soft, full = table / stakes
        if np.isnan(full):
            return None
        belief = likelihood[FIRM] / likelihood.sum()
        lean = not np.isnan(soft) and (1 - belief) * soft + belief * (full - rebuff) > full
        cost = self.own("delay_cost", i) * day / self.days + self.own("signing_cost", i) / stakes
        payoff = (soft - cost, full - rebuff - cost) if lean else (full - cost, full - cost)
        given = self.terms.hegemon[i, n][:, self.regime(i, m), z] + self.terms.headline[i, n]
        threat = self.terms.execution * self.terms.grant_price[i, RECIPROCAL]
        surplus = (given[SOFT if lean else FIRM] - threat[SOFT], given[FIRM] - threat[FIRM])
        return Deal(m, n + 1, payoff, surplus)

    def no_deal(self, i: int, extended: bool) -> np.ndarray:
        """By true type."""
        delay = 0.0 if i == self.held else self.own("delay_cost", i) * self.end[extended] / self.days
        return (1 - self.terms.execution) * self.terms.grant_gain[i, RECIPROCAL] / self.terms.stakes[i] - delay

    def by_priority(self, m: int, waiting: list[int]) -> Mapping[int, float]:
        weight = {i: float(self.setting.countries[i].priority) for i in waiting}
        return {i: w / sum(weight.values()) for i, w in weight.items()}

    def move(self, i: int, m: int, deals: Mapping[int, Deal], h: int, z: int) -> float:
        """As its policy says."""
        found = self.ready.solution.equilibrium
        if self.ready.strategies[i].rule is None and found is not None:
            return found.probability(i, m, tuple(deals), h, z)  # type: ignore[union-attr]
        n = len(deals)
        return float(self.ready.policy.by_count[i, count_state(self.ready.game.offsets[m], n, h, z)])

    def ratified(self, i: int, m: int) -> float:
        return float(self.terms.ratification[i, self.regime(i, m)])

    def leaves(
        self, calls: Calls | None = None, own: Mapping[int, Callable[[int], tuple[float, float] | None]] | None = None
    ) -> Iterator[Leaf]:
        """Every history to its end. `calls` replaces who is called; `own[i](m)` country i's (move, ratified) at m."""
        prior, a = self.setting.parameters.prior_firm, self.setting.parameters.precedent_accuracy
        harsh_by_type = np.array([1 - a, a])
        call, own = calls or self.by_priority, own or {}

        def go(m: int, chance: float, like: np.ndarray, deals: dict[int, Deal], h: int, z: int, ext: bool) -> Iterator:
            if chance == 0 or not like.any():
                return
            if m == self.regular and not ext:
                yield Leaf((1 - self.x) * chance * like, deals, False)
                yield from go(m, self.x * chance, like, deals, h, z, True)
                return
            if m == self.meetings:
                yield Leaf(chance * like, deals, True)
                return

            def after(p: float, like: np.ndarray, deals: dict[int, Deal], h: int) -> Iterator:
                yield from go(m + 1, chance * p * (1.0 if z else 1 - self.hazard), like, deals, h, z, ext)
                if not z:
                    yield from go(m + 1, chance * p * self.hazard, like, deals, h, 1, ext)

            waiting = [i for i in range(self.n) if i not in deals]
            if not waiting:
                yield from after(1.0, like, deals, h)
            for i, called in call(m, waiting).items() if waiting else ():
                found = self.deal(i, m, len(deals), z, like)
                said = own[i](m) if i in own else None
                p, r = said or (self.move(i, m, deals, h, z), self.ratified(i, m))
                signs = called * p * r if found else 0.0
                yield from after(called - signs, like, deals, h)
                if found and signs:
                    longer = {**deals, i: found}
                    yield from after(signs, like * harsh_by_type, longer, h + 1)
                    yield from after(signs, like * (1 - harsh_by_type), longer, h)

        yield from go(0, 1.0, np.array([1 - prior, prior]), {}, 0, 0, False)

    def payoff(self, i: int, leaf: Leaf) -> float:
        """Chance times payoff, over both types."""
        return float(leaf.chance @ (leaf.deals[i].payoff if i in leaf.deals else self.no_deal(i, leaf.extended)))

    # Interventions: what they say in words.

    def last(self, i: int) -> list[Leaf]:
        def calls(m: int, waiting: list[int]) -> Mapping[int, float]:
            if i in waiting and (m in (self.regular - 1, self.meetings - 1) or waiting == [i]):
                return {i: 1.0}
            return self.by_priority(m, [j for j in waiting if j != i])

        return list(self.leaves(calls, {i: lambda m: (1.0, 1.0)}))

    def at(self, i: int, meeting: int) -> list[Leaf]:
        """Not called before this meeting, then called and signing where it can, ratified; no deal where it cannot."""

        def calls(m: int, waiting: list[int]) -> Mapping[int, float]:
            others = [j for j in waiting if j != i]
            return {i: 1.0} if m == meeting or not others else self.by_priority(m, others)

        return list(self.leaves(calls, {i: lambda m: (float(m == meeting), 1.0)}))

    def waits(self, i: int) -> list[Leaf]:
        """Called at meeting 0 and waiting; from then on as things are."""

        def calls(m: int, waiting: list[int]) -> Mapping[int, float]:
            return {i: 1.0} if m == 0 else self.by_priority(m, waiting)

        return list(self.leaves(calls, {i: lambda m: (0.0, 1.0) if m == 0 else None}))

    def planner(self, hegemon: bool) -> float:
        """The best that one mind could do, history by history, bn."""
        prior, a = self.setting.parameters.prior_firm, self.setting.parameters.precedent_accuracy
        harsh_by_type, stakes = np.array([1 - a, a]), self.terms.stakes

        def end(like: np.ndarray, deals: dict[int, Deal], extended: bool) -> float:
            return sum(float(like @ self.no_deal(i, extended)) * stakes[i] for i in range(self.n) if i not in deals)

        def value(m: int, like: np.ndarray, deals: dict[int, Deal], z: int, ext: bool) -> float:
            if m == self.regular and not ext:
                put_off = value(m, like, deals, z, True) if self.x else 0.0
                return (1 - self.x) * end(like, deals, False) + self.x * put_off
            if m == self.meetings:
                return end(like, deals, True)

            def after(like: np.ndarray, deals: dict[int, Deal]) -> float:
                if z or not self.hazard:
                    return value(m + 1, like, deals, z, ext)
                known, still = (value(m + 1, like, deals, state, ext) for state in (1, 0))
                return self.hazard * known + (1 - self.hazard) * still

            waiting = [i for i in range(self.n) if i not in deals]
            wait = after(like, deals)
            total = 0.0 if waiting else wait
            for i, called in self.by_priority(m, waiting).items() if waiting else ():
                found, best = self.deal(i, m, len(deals), z, like), wait
                if found:
                    worth = float(like @ found.payoff) * stakes[i] + hegemon * float(like @ found.surplus)
                    longer, r = {**deals, i: found}, self.ratified(i, m)
                    worth += sum(after(like * p, longer) for p in (harsh_by_type, 1 - harsh_by_type))
                    best = max(wait, r * worth + (1 - r) * wait)
                total += called * best
            return total

        return value(0, np.array([1 - prior, prior]), {}, 0, False)
