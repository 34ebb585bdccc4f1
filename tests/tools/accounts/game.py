"""The timing game, a second time: on the tree of all public histories, never merged, with beliefs by Bayes' rule.

Of the model only the setting is read. A history is the signatures so far, each with its meeting, country and precedent.
The calendar: meeting m of the window on day floor(7 m / meetings a week); those of the extension are counted anew from
the deadline.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from model.setting import Setting
from tests.tools.accounts.terms import FIRM, SOFT, Signature, grants, own, ratification, stakes, terms_table

Signed = tuple[int, int, bool]  # meeting, country, harsh precedent
Public = tuple[tuple[Signed, ...], int]  # signatures in order, news known


class Offer(NamedTuple):
    """The package that a country tables, as it is expected then."""

    worth: float  # M, share of stakes
    value: float  # less delay and signing cost: what a ratified signature is worth
    ratified: float
    signed: tuple[Signature, Signature]  # by the hegemon's true type
    rebuffed: bool  # by a firm hegemon


class Rules:
    """All that the passes over a game read."""

    def __init__(
        self, setting: Setting, slices: tuple[int, ...] = (8, 4, 4), base_rate: tuple[float, ...] | None = None
    ) -> None:
        """base_rate: of each country, in place of that which its inertia gives."""
        self.setting, self.parameters, self.base_rate = setting, setting.parameters, base_rate
        self.table = terms_table(setting, slices)
        self.n, window = len(setting.countries), setting.window
        self.stakes = [stakes(setting, i) for i in range(self.n)]
        self.reciprocal = [grants(setting, i)[0] for i in range(self.n)]  # worth and price of reciprocal relief
        self.execution = setting.parameters.execution_soft, setting.parameters.execution_firm
        per_week, self.put_off = window.meetings_per_week, window.extension_probability
        self.ends = window.window_days, window.window_days + window.extension_days
        self.regular = math.floor(window.window_days * per_week / 7)
        extra = math.floor(window.extension_days * per_week / 7) if self.put_off > 0 else 0
        self.days: list[float] = [math.floor(7 * m / per_week) for m in range(self.regular)]
        self.days += [self.ends[0] + math.floor(7 * m / per_week) for m in range(extra)]
        self.meetings = len(self.days)
        self.hazard = 1 - (1 - self.parameters.sector_news_rate) ** (7 / per_week)
        self.priority = [float(country.priority) for country in setting.countries]

    def own(self, name: str, i: int) -> float:
        """A parameter as it is for country i."""
        return own(self.setting, name, i)

    def years(self, m: int, end: float) -> float:
        """phi: the share of a deal's horizon for which it flows if the pause ends on this day."""
        left = max(end - self.days[m], 0)
        return self.parameters.early_effect * left / (365 * self.parameters.deal_horizon)

    def expected_years(self, m: int) -> float:
        """phi as it is expected at a meeting: after the deadline the end is known."""
        put_off = self.put_off if m < self.regular else 1.0
        return (1 - put_off) * self.years(m, self.ends[0]) + put_off * self.years(m, self.ends[1])

    def after(self, i: int, m: int) -> int:
        """Whether the country's date has come."""
        date = self.setting.countries[i].date
        return int(date is not None and self.days[m] >= date)

    def harsh(self, kind: int) -> float:
        """Chance of a harsh precedent under a type."""
        accuracy = self.parameters.precedent_accuracy
        return accuracy if kind == FIRM else 1 - accuracy

    def belief(self, precedents: list[bool]) -> float:
        """P(firm), one precedent after the other."""
        firm = self.parameters.prior_firm
        for harsh in precedents:
            chances = [self.harsh(kind) if harsh else 1 - self.harsh(kind) for kind in (SOFT, FIRM)]
            both = (1 - firm) * chances[SOFT] + firm * chances[FIRM]
            firm = firm * chances[FIRM] / both
        return firm

    def one_more_deal(self, signed: int) -> float:
        """dR_n: what one more deal is worth to the hegemon beyond its terms, bn."""
        each = [self.own("headline_value", i) * self.setting.countries[i].imports for i in range(self.n)]
        return sum(each) / self.n * 2 ** (-signed / self.parameters.headline_half_life)

    def mu(self, i: int, signed: int) -> float:
        """Chance of moving when indifferent, with n signed: 1/2 at most, and inertia a week as calls really come."""
        if self.base_rate is not None:
            return self.base_rate[i]
        others = [weight for j, weight in enumerate(self.priority) if j != i]
        mean = sum(others) / len(others) if others else 0.0
        meetings = (self.priority[i] + (self.n - 1 - signed) * mean) / self.priority[i]
        stay = (1 - self.own("inertia", i)) ** (meetings / self.setting.window.meetings_per_week)
        return min(0.5, 1 - stay)

    def offer(self, i: int, m: int, signed: int, known: int, firm: float) -> Offer | None:
        """The package tabled as number n + 1; None where it cannot sign. A tie goes to the full one."""
        after, years, size = self.after(i, m), self.expected_years(m), self.stakes[i]
        lean, full = (self.table[i, signed, kind, after, known] for kind in (SOFT, FIRM))
        chance = ratification(self.setting, i, after)
        if full is None or chance <= 0:
            return None
        worth, tabled = (full.payoff + years * full.flow) / size, (full, full)
        rebuff = self.own("rebuff_cost", i)
        if lean is not None:
            gamble = (1 - firm) * (lean.payoff + years * lean.flow) / size + firm * (worth - rebuff)
            if gamble > worth:
                worth, tabled = gamble, (lean, full)
        signing = self.own("signing_cost", i) / (self.parameters.deal_horizon * size)
        value = worth - self.own("delay_cost", i) * self.days[m] / self.ends[0] - signing
        if chance < 1:
            log_odds = math.log(chance) - math.log1p(-chance)
            chance = logistic(log_odds + self.own("ratification_slope", i) * (worth - 2 / 3))
        return Offer(worth, value, chance, tabled, tabled[SOFT] is not full)

    def no_deal(self, i: int, executed: float, extended: bool) -> float:
        """Share of stakes, where the threat is executed with this chance."""
        if self.stakes[i] < 1e-9:
            return 0.0
        delay = self.own("delay_cost", i) * self.ends[extended] / self.ends[0]
        return (1 - executed) * self.reciprocal[i][0] / self.stakes[i] - delay

    def executed(self, firm: float) -> float:
        """Chance that the threat is executed, under a belief."""
        return firm * self.execution[FIRM] + (1 - firm) * self.execution[SOFT]

    def news(self, known: int) -> list[tuple[int, float]]:
        """What may be known after a meeting, with its chance."""
        if known:
            return [(1, 1.0)]
        return [(z, chance) for z, chance in ((0, 1 - self.hazard), (1, self.hazard)) if chance > 0]

    def waiting(self, signatures: tuple[Signed, ...]) -> list[int]:
        """Who has not signed."""
        return [i for i in range(self.n) if i not in [country for _, country, _ in signatures]]

    def calls(self, signatures: tuple[Signed, ...]) -> Iterator[tuple[int, float]]:
        """Who may be called, with its chance."""
        waiting = self.waiting(signatures)
        for i in waiting:
            yield i, self.priority[i] / sum(self.priority[j] for j in waiting)


def logistic(x: float) -> float:
    """1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


class Answer(NamedTuple):
    """How a called country answers in a history."""

    moves: float
    ratified: float
    advantage: float | None  # of moving over waiting; None where it cannot sign


class Values(NamedTuple):
    """What a history is worth before its next meeting: to each waiting country (share of stakes), and to the hegemon by
    type (bn, threats executed included); and the answers of those who may be called."""

    countries: dict[int, float]
    hegemon: tuple[float, float]
    answers: dict[int, Answer]


class Equilibrium:
    """The one logit equilibrium, by backward induction over histories."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.known_values = rules, dict[tuple[int, Public, bool], Values]()

    def at(self, m: int, public: Public, extended: bool = False) -> Values:
        """The values of a history before meeting m."""
        key = (m, public, extended)
        if key not in self.known_values:
            self.known_values[key] = self.find(m, public, extended)
        return self.known_values[key]

    def end(self, signatures: tuple[Signed, ...], extended: bool) -> Values:
        """The pause is over."""
        rules = self.rules
        executed = rules.executed(rules.belief([harsh for *_, harsh in signatures]))
        waiting = rules.waiting(signatures)
        hegemon = [sum(q * rules.reciprocal[i][1] for i in waiting) for q in rules.execution]
        return Values({i: rules.no_deal(i, executed, extended) for i in waiting}, (hegemon[0], hegemon[1]), {})

    def find(self, m: int, public: Public, extended: bool) -> Values:
        """The recursion."""
        rules, (signatures, known) = self.rules, public
        if m == rules.regular and not extended:
            over, x = self.end(signatures, False), rules.put_off
            return mixed([(1 - x, over), (x, self.at(m, public, True))]) if x > 0 else over
        if m == rules.meetings:
            return self.end(signatures, True)
        firm = rules.belief([harsh for *_, harsh in signatures])
        predicted = firm * rules.harsh(FIRM) + (1 - firm) * rules.harsh(SOFT)
        wait = self.next(m, signatures, known, extended)
        countries, hegemon, answers = dict.fromkeys(wait.countries, 0.0), [0.0, 0.0], dict[int, Answer]()
        for j, call in rules.calls(signatures):
            offer = rules.offer(j, m, len(signatures), known, firm)
            if offer is None:
                answers[j] = Answer(0.0, 0.0, None)
                signs, value = 0.0, wait.countries[j]
            else:
                moving = offer.ratified * offer.value + (1 - offer.ratified) * wait.countries[j]
                advantage, mu = moving - wait.countries[j], rules.mu(j, len(signatures))
                moves = logistic(math.log(mu) - math.log1p(-mu) + rules.own("choice_precision", j) * advantage)
                answers[j] = Answer(moves, offer.ratified, advantage)
                signs, value = moves * offer.ratified, moves * moving + (1 - moves) * wait.countries[j]
            countries[j] += call * value
            after = {
                y: self.next(m, (*signatures, (m, j, y)), known, extended)
                for y, p in ((True, predicted), (False, 1 - predicted))
                if signs > 0 and p > 0
            }
            for i in wait.countries:
                if i != j:
                    going = sum(p * after[y].countries[i] for y, p in either(predicted, after))
                    countries[i] += call * (signs * going + (1 - signs) * wait.countries[i])
            for kind in (SOFT, FIRM):
                going = 0.0
                if offer is not None and after:
                    deal = offer.signed[kind]
                    going = deal.hegemon + rules.expected_years(m) * deal.hegemon_flow
                    going += rules.one_more_deal(len(signatures))
                    going += sum(p * after[y].hegemon[kind] for y, p in either(rules.harsh(kind), after))
                hegemon[kind] += call * (signs * going + (1 - signs) * wait.hegemon[kind])
        if not countries:
            return wait
        return Values(countries, (hegemon[0], hegemon[1]), answers)

    def next(self, m: int, signatures: tuple[Signed, ...], known: int, extended: bool) -> Values:
        """Expected over the news that follows the meeting."""
        return mixed([(p, self.at(m + 1, (signatures, z), extended)) for z, p in self.rules.news(known)])


def either(harsh: float, after: dict[bool, Values]) -> list[tuple[bool, float]]:
    """The precedents that can be set, with their chances."""
    return [(y, p) for y, p in ((True, harsh), (False, 1 - harsh)) if y in after]


def mixed(parts: list[tuple[float, Values]]) -> Values:
    """The mean of values."""
    countries = {i: sum(p * values.countries[i] for p, values in parts) for i in parts[0][1].countries}
    soft, firm = (sum(p * values.hegemon[kind] for p, values in parts) for kind in (SOFT, FIRM))
    return Values(countries, (soft, firm), {})
