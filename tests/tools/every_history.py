"""Tiny games by their histories, enumerated one by one, and interventions on them as they are said in words.

A history is played with the terms that the hegemon's true type gives and with the end of the pause that came, and
beliefs come from the likelihood of its precedents: no Markov state, no expectation under a public belief, no table of
the game. Of the model only the terms table and the moves of the policy table are read.
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
    """A signature: its meeting and rank, and what it is worth by the end of the pause that comes, without and with the
    extension, and by the hegemon's true type."""

    meeting: int
    rank: int
    package: float  # what it is expected to be worth when it is tabled, share of stakes
    payoff: np.ndarray  # (2, 2), share of stakes
    surplus: np.ndarray  # (2, 2), bn, to the hegemon


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

    def years(self, i: int, m: int) -> np.ndarray:
        """For how many years a deal flows while the pause lasts, share of the horizon, by the end that comes, (2,)."""
        parameters = self.setting.parameters
        left = np.array(self.end) - self.day[0 if i == self.held else m]
        return np.asarray(parameters.early_effect * left / (365 * parameters.deal_horizon))

    def expect_end(self, i: int, m: int) -> np.ndarray:
        """Chances of the two ends as they are seen at a meeting, (2,)."""
        put_off = self.x if m < self.regular or i == self.held else 1.0
        return np.array([1 - put_off, put_off])

    def regime(self, i: int, m: int) -> int:
        date = self.setting.countries[i].date
        return int(date is not None and self.day[m] >= date)

    def deal(self, i: int, m: int, n: int, z: int, likelihood: np.ndarray) -> Deal | None:
        """What it signs, by Bayes on the likelihood of the history; None where it cannot."""
        at, day = (self.regime(i, m), z), self.day[m]
        if i == self.held:
            at, day = (self.regime(i, 0), 0), 0
        stakes, rebuff, years = self.terms.stakes[i], self.own("rebuff_cost", i), self.years(i, m)
        chances = self.expect_end(i, m)
        table, flow = self.terms.payoff[i, n][:, *at] / stakes, self.terms.flow[i, n][:, *at] / stakes
        soft, full = table + chances @ years * flow
        if np.isnan(full):
            return None
        belief = likelihood[FIRM] / likelihood.sum()
        lean = not np.isnan(soft) and (1 - belief) * soft + belief * (full - rebuff) > full
        package = (1 - belief) * soft + belief * (full - rebuff) if lean else full
        cost = self.own("delay_cost", i) * day / self.days
        cost += self.own("signing_cost", i) / self.setting.parameters.deal_horizon / stakes
        signed = [SOFT if lean else FIRM, FIRM]  # whose terms, by true type
        # Where day and regime are held, so is the end of the pause: as it is expected at the start.
        lasting = np.full(2, chances @ years) if i == self.held else years
        payoff = table[signed] + lasting[:, None] * flow[signed] - cost - np.array([0.0, rebuff * lean])
        real = (self.regime(i, m), z)
        given, flowing = self.terms.hegemon[i, n][:, *real], self.terms.hegemon_flow[i, n][:, *real]
        threat = self.terms.execution * self.terms.grant_price[i, RECIPROCAL]
        surplus = given[signed] + self.headline(n) - threat + lasting[:, None] * flowing[signed]
        return Deal(m, n + 1, package, payoff, surplus)

    def headline(self, n: int) -> float:
        """What one more deal is worth to the hegemon beyond its terms when n have been made, bn."""
        each = [self.own("headline_value", j) * country.imports for j, country in enumerate(self.setting.countries)]
        return float(np.mean(each)) * 2 ** (-n / self.setting.parameters.headline_half_life)

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

    def ratified(self, i: int, m: int, deal: Deal) -> float:
        """The chance that the ratifier agrees: higher odds the more the package is worth."""
        chance = float(self.terms.ratification[i, self.regime(i, m)])
        odds = chance / (1 - chance) if chance < 1 else np.inf
        odds *= np.exp(self.own("ratification_slope", i) * (deal.package - 2 / 3))
        return float(1 / (1 + 1 / odds)) if odds > 0 else 0.0

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
                p, r = said or (self.move(i, m, deals, h, z), self.ratified(i, m, found) if found else 0.0)
                signs = called * p * r if found else 0.0
                yield from after(called - signs, like, deals, h)
                if found and signs:
                    longer = {**deals, i: found}
                    yield from after(signs, like * harsh_by_type, longer, h + 1)
                    yield from after(signs, like * (1 - harsh_by_type), longer, h)

        yield from go(0, 1.0, np.array([1 - prior, prior]), {}, 0, 0, False)

    def payoff(self, i: int, leaf: Leaf) -> float:
        """Chance times payoff, over both types."""
        signed = leaf.deals[i].payoff[int(leaf.extended)] if i in leaf.deals else self.no_deal(i, leaf.extended)
        return float(leaf.chance @ signed)

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
                    chances = self.expect_end(i, m)
                    worth = float(chances @ (found.payoff * stakes[i] + hegemon * found.surplus) @ like)
                    longer, r = {**deals, i: found}, self.ratified(i, m, found)
                    worth += sum(after(like * p, longer) for p in (harsh_by_type, 1 - harsh_by_type))
                    best = max(wait, r * worth + (1 - r) * wait)
                total += called * best
            return total

        return value(0, np.array([1 - prior, prior]), {}, 0, False)
