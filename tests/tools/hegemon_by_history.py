"""A hegemon that plays, by every public history of tiny games: the specification stated a second time, slowly.

A history is the list of signatures with their precedents, and whether the news has come; a belief is Bayes' rule on the
likelihood of its precedents. What going on is worth to each country and to each type of hegemon is an average over all
histories that follow; no Markov state, no table of the game. Bargains are struck anew in each history, from trade and
rates. Of the model only the case, and for a `choosing` hegemon the terms table, are read.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from model.setting import Setting
from model.terms import FIRM, SOFT, make_terms

FORWARD, CHOOSING = "forward_looking", "choosing"
History = tuple[tuple[int, int], ...]  # who signed, in order, and whether a harsh precedent came of it


class Agreement(NamedTuple):
    """What a signature brings: to the country now as a share of its stakes, all costs but delay later included; M, the
    package as it is tabled; to the hegemon by type, bn."""

    sign: float
    package: float
    hegemon: np.ndarray


@dataclass
class Answer:
    """What was found for a country that may be called in a history; least (bn): what the hegemon gives up by its deal,
    less the headline."""

    call: float
    move: float
    ratified: float
    agreement: Agreement | None
    least: float


@dataclass
class HegemonWorld:
    """One tiny game. `myopic`: countries that weigh signing now against no deal; the others look forward."""

    setting: Setting
    kind: str
    myopic: tuple[str, ...] = ()
    seen: dict[tuple[int, int, int, int], list[dict[int, Answer]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        window, self.n = self.setting.window, len(self.setting.countries)
        self.days, self.per_week, self.x = window.window_days, window.meetings_per_week, window.extension_probability
        self.regular = math.floor(self.days * self.per_week / 7)
        extra = math.floor(window.extension_days * self.per_week / 7) if self.x else 0
        self.day: list[float] = [math.floor(7 * m / self.per_week) for m in range(self.regular)]
        self.day += [self.days + math.floor(7 * m / self.per_week) for m in range(extra)]
        self.ends = (self.days, self.days + window.extension_days)
        self.p = self.setting.parameters
        self.q = np.array([self.p.execution_soft, self.p.execution_firm])
        self.hazard = 1 - (1 - self.p.sector_news_rate) ** (7 / self.per_week)
        self.terms = make_terms(self.setting)
        self.worth = [self.trade(i) for i in range(self.n)]

    def own(self, name: str, i: int) -> float:
        return float(self.setting.by_country[name][i])

    # What can be given and taken

    def trade(self, i: int) -> dict[str, Any]:
        """Slices of the three grants and the issues of a country: loss to it, gain to the hegemon, bn."""
        country, eps = self.setting.countries[i], self.own("demand_elasticity", i)
        rest = max(1 - country.sector_share - country.open_share, 0)
        sector = (self.own("sector_relief_rate", i), self.own("sector_rate", i))
        recipe = [
            (rest, self.p.baseline_rate, max(country.threatened_rate, self.p.baseline_rate), 8, 0),
            (country.sector_share, *sector, 4, 1),
            (country.open_share, *sector, 4, 2),
        ]
        loss, gain, kind = [], [], []
        for share, low, high, count, grant in recipe:
            x = share * country.imports
            for s in range(count):
                a, b = (low + (high - low) * k / count for k in (s, s + 1))
                displaced = x * ((1 + a) ** -eps - (1 + b) ** -eps)
                revenue = x * (b * (1 + b) ** -eps - a * (1 + a) ** -eps)
                loss.append(self.own("adjustment_loss", i) * displaced)
                gain.append(revenue + self.p.tariff_taste * displaced)
                kind.append(grant)
        worth, price, grants = np.array(loss), np.array(gain), np.array(kind)
        return {
            "loss": worth,
            "gain": price,
            "kind": grants,
            "stakes": float(worth.sum()),
            "reciprocal": float(worth[grants == 0].sum()),
            "price": float(price[grants == 0].sum()),
        }

    def regime(self, i: int, m: int) -> int:
        date = self.setting.countries[i].date
        return int(date is not None and self.day[m] >= date)

    def limit(self, i: int, m: int, name: str) -> float:
        """A domestic number in force."""
        return float(getattr(self.setting.countries[i], f"{name}_{('before', 'after')[self.regime(i, m)]}"))

    def eased(self, i: int, value: float, channel: str) -> float:
        return 1 - self.own("domestic_constraint", i) * self.own(f"{channel}_constraint", i) * (1 - value)

    def phi(self, m: int) -> float:
        """For how long a deal's flow is expected to last, share of the horizon."""
        put_off = self.x if m < self.regular else 1.0
        end = (1 - put_off) * self.ends[0] + put_off * self.ends[1]
        return float(self.p.early_effect * (end - self.day[m]) / (365 * self.p.deal_horizon))

    def costs(self, i: int, m: int) -> float:
        """Lost by signing at a meeting, share of stakes."""
        delay = self.own("delay_cost", i) * self.day[m] / self.days
        return float(delay + self.own("signing_cost", i) / self.p.deal_horizon / self.worth[i]["stakes"])

    def strike(self, i: int, m: int, z: int, going_on: float, asked: float) -> Agreement | None:
        """The bargain of a forward-looking hegemon: `going_on` (share) is what the country has without it, `asked` (bn)
        what the hegemon gives up by it. The best of all points of the frontier at which the product can be largest."""
        t, phi, beta = self.worth[i], self.phi(m), self.own("bargaining_weight", i)
        stakes, country = t["stakes"], self.setting.countries[i]
        cover = np.where((t["kind"] == 2) & (z == 0), 1 - self.own("sector_regret", i), 1.0)
        steps = [
            (loss, gain, 1.0 if grant == 2 else 1 + phi)
            for loss, gain, grant in zip(t["loss"] * cover, t["gain"] * cover, t["kind"], strict=True)
        ]
        for issue in country.issues:
            cap = self.eased(i, 0.0 if issue.red_line else self.limit(i, m, "flexibility"), "caps") * country.imports
            cost = self.own("issue_cost_scale", i) * issue.domestic_cost / 5
            value = self.own("issue_value_scale", i) * issue.hegemon_value / 5
            steps.append((cap * cost, cap * value, 1 + phi))
        steps = [step for step in steps if step[1] > 0]
        steps.sort(key=lambda step: -math.inf if step[0] == 0 else -step[1] / step[0])
        u, h = float(t["loss"] @ cover), t["price"] - float(t["gain"] @ cover)
        granted_open = t["kind"] == 2
        total_u = u + phi * (u - float((t["loss"] * cover)[granted_open].sum()) - t["reciprocal"])
        total_h = h + phi * (h + float((t["gain"] * cover)[granted_open].sum()))
        floor = self.limit(i, m, "floor") * self.own("domestic_constraint", i) * self.own("floor_constraint", i)
        slack = 1e-9 * stakes
        d, d_h = stakes * (going_on + self.costs(i, m)), asked
        best: tuple[float, float, float] | None = None

        def try_point(u: float, a: float, b: float) -> None:
            nonlocal best
            if a < d - slack or b < d_h - slack or u < floor * stakes - slack:
                return
            product = max(a - d, 0) ** beta * max(b - d_h, 0) ** (1 - beta)
            if best is None or product > best[0]:
                best = product, a, b

        try_point(u, total_u, total_h)
        for loss, gain, lasting in steps:
            fall, rise = lasting * loss, lasting * gain
            where = [0.0, 1.0, (d_h - total_h) / rise]
            if fall > 0:
                where += [(total_u - d) / fall, (u - floor * stakes) / loss]
                where.append(((1 - beta) * rise * (total_u - d) - beta * fall * (total_h - d_h)) / (fall * rise))
            for s in where:
                if 0 <= s <= 1:
                    try_point(u - s * loss, total_u - s * fall, total_h + s * rise)
            u, total_u, total_h = u - loss, total_u - fall, total_h + rise
        if best is None:
            return None
        package = best[1] / stakes
        return Agreement(package - self.costs(i, m), package, np.full(2, best[2]))

    def from_table(self, i: int, m: int, n: int, z: int, belief: float) -> Agreement | None:
        """The bargain of a hegemon that keeps its promise, by the terms table: full or lean package."""
        at, stakes = (slice(None), self.regime(i, m), z), self.worth[i]["stakes"]
        soft, full = (self.terms.payoff[i, n][at] + self.phi(m) * self.terms.flow[i, n][at]) / stakes
        if np.isnan(full):
            return None
        risky = (1 - belief) * soft + belief * (full - self.own("rebuff_cost", i))
        lean = risky > full
        signed = [SOFT if lean else FIRM, FIRM]
        given = (self.terms.hegemon[i, n][at] + self.phi(m) * self.terms.hegemon_flow[i, n][at])[signed]
        package = float(risky if lean else full)
        return Agreement(package - self.costs(i, m), package, given)

    def ratified(self, i: int, m: int, package: float) -> float:
        chance = self.eased(i, self.limit(i, m, "ratification"), "ratification")
        if chance in (0.0, 1.0):
            return chance
        odds = chance / (1 - chance) * math.exp(self.own("ratification_slope", i) * (package - 2 / 3))
        return odds / (1 + odds)

    def moves(self, i: int, n: int, advantage: float) -> float:
        """The logit with a base rate that counts expected calls."""
        w = [float(country.priority) for country in self.setting.countries]
        others = (sum(w) - w[i]) / max(self.n - 1, 1)
        calls = (w[i] + (self.n - 1 - n) * others) / (self.per_week * w[i])
        mu = min(0.5, 1 - (1 - self.own("inertia", i)) ** calls)
        x = self.own("choice_precision", i) * advantage + math.log(mu / (1 - mu))
        return 1 / (1 + math.exp(-x)) if x > -700 else 0.0

    def headline(self, n: int) -> float:
        each = [self.own("headline_value", j) * country.imports for j, country in enumerate(self.setting.countries)]
        return float(np.mean(each)) * 2 ** (-n / self.p.headline_half_life)

    # The game

    def likelihood(self, deals: History) -> np.ndarray:
        a = self.p.precedent_accuracy
        like = np.array([1 - self.p.prior_firm, self.p.prior_firm])
        for _, harsh in deals:
            like = like * (np.array([1 - a, a]) if harsh else np.array([a, 1 - a]))
        return like

    def no_deal(self, i: int, belief: float, extended: bool) -> float:
        t = self.worth[i]
        if t["stakes"] < 1e-9:
            return 0.0
        spared = 1 - ((1 - belief) * self.q[0] + belief * self.q[1])
        return float(
            spared * t["reciprocal"] / t["stakes"] - self.own("delay_cost", i) * self.ends[extended] / self.days
        )

    def end(self, deals: History, extended: bool) -> tuple[np.ndarray, np.ndarray]:
        like = self.likelihood(deals)
        signed = {i for i, _ in deals}
        left = [i for i in range(self.n) if i not in signed]
        values = np.full(self.n, np.nan)
        for i in left:
            values[i] = self.no_deal(i, like[1] / like.sum(), extended)
        return values, self.q * sum(self.worth[i]["price"] for i in left)

    def before(self, m: int = 0, deals: History = (), z: int = 0, extended: bool = False) -> tuple:
        """What the game is worth from meeting m on after a history: to each waiting country (share of stakes, NaN for
        those with a deal) and to the hegemon by type (bn)."""
        if m == self.regular and not extended:
            over = self.end(deals, False)
            if not self.x:
                return over
            more = self.before(m, deals, z, True)
            return tuple((1 - self.x) * a + self.x * b for a, b in zip(over, more, strict=True))
        if m == len(self.day):
            return self.end(deals, True)

        def after(deals: History) -> tuple:
            still = self.before(m + 1, deals, z, extended)
            if z or not self.hazard:
                return still
            known = self.before(m + 1, deals, 1, extended)
            return tuple((1 - self.hazard) * a + self.hazard * b for a, b in zip(still, known, strict=True))

        n, like, a = len(deals), self.likelihood(deals), self.p.precedent_accuracy
        belief = like[1] / like.sum()
        beliefs, harsh_by_type = np.array([1 - belief, belief]), np.array([1 - a, a])
        harsh_seen = float(beliefs @ harsh_by_type)
        signed = {i for i, _ in deals}
        waiting = [i for i in range(self.n) if i not in signed]
        wait, wait_h = after(deals)
        answers, follows, offer = {}, {}, {}
        for j in waiting:
            mild, harsh = after((*deals, (j, 0))), after((*deals, (j, 1)))
            then = (1 - harsh_seen) * mild[0] + harsh_seen * harsh[0]
            then_h = (1 - harsh_by_type) * mild[1] + harsh_by_type * harsh[1]
            gain = then_h - wait_h + self.headline(n)
            agreed, r, p = None, 0.0, 0.0
            can_ratify = self.eased(j, self.limit(j, m, "ratification"), "ratification") > 0
            if self.worth[j]["stakes"] >= 1e-9 and can_ratify:
                if self.kind == FORWARD:
                    agreed = self.strike(j, m, z, float(wait[j]), -float(beliefs @ gain))
                else:
                    agreed = self.from_table(j, m, n, z, belief)
            if agreed is not None:
                r = self.ratified(j, m, agreed.package)
                against = self.no_deal(j, belief, extended) if self.case_id(j) in self.myopic else float(wait[j])
                p = self.moves(j, n, r * (agreed.sign - against))
                offer[j] = r * p * (agreed.hegemon + gain)
            else:
                offer[j] = np.zeros(2)
            follows[j] = then
            answers[j] = Answer(0.0, p, r, agreed, -float(beliefs @ gain))
        worth_h = {j: float(beliefs @ (wait_h + offer[j])) for j in waiting}
        mean_stakes = float(np.mean([t["stakes"] for t in self.worth]))
        weight = {}
        for j in waiting:
            pull = 0.0 if mean_stakes < 1e-9 else self.p.hegemon_precision * (worth_h[j] - max(worth_h.values()))
            weight[j] = self.setting.countries[j].priority * math.exp(pull / max(mean_stakes, 1e-9))
        values, total_h = np.where(np.isnan(wait), np.nan, 0.0), np.zeros(2) if waiting else wait_h
        for j in waiting:
            c = answers[j].call = weight[j] / sum(weight.values())
            signs = answers[j].ratified * answers[j].move
            for i in waiting:
                if i != j:
                    values[i] += c * (signs * follows[j][i] + (1 - signs) * wait[i])
                else:
                    agreed = answers[j].agreement
                    values[i] += c * ((signs * agreed.sign if agreed else 0.0) + (1 - signs) * wait[i])
            total_h = total_h + c * (wait_h + offer[j])
        self.seen[m, sum(1 << i for i in signed), sum(harsh for _, harsh in deals), z].append(answers)
        return values, total_h

    def case_id(self, i: int) -> str:
        return self.setting.countries[i].iso3


def divide_pies(countries: int, meetings: int, increments: list[float], beta: float = 0.5) -> tuple[float, np.ndarray]:
    """Identical countries with nothing to divide but the worth of one more deal to the hegemon (`increments`, by deals
    so far), called by lottery; everybody signs when called, and no deal is worth nothing to either side.

    Returns what the game is worth to the hegemon, and what a country gets that signs as number n + 1 at meeting m,
    (meetings, countries). A country that waits is called with probability 1 / (those who wait).
    """
    terms = np.full((meetings, countries), np.nan)
    hegemon, waiting = np.zeros(countries + 1), np.zeros(countries + 1)  # by deals so far
    for m in reversed(range(meetings)):
        before_h, before_v = hegemon.copy(), waiting.copy()
        for n in range(countries):
            joint = increments[n] + hegemon[n + 1] - hegemon[n] - waiting[n]
            if joint < -1e-12:
                continue  # nothing to agree on: the meeting passes
            terms[m, n] = waiting[n] + beta * joint
            before_h[n] = increments[n] - terms[m, n] + hegemon[n + 1]
            left = countries - n
            before_v[n] = (terms[m, n] + (left - 1) * (waiting[n + 1] if left > 1 else 0.0)) / left
        hegemon, waiting = before_h, before_v
    return float(hegemon[0]), terms
