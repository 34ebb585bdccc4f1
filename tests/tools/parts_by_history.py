"""What waiting at the first meeting leads to, part by part, by every history of a tiny game.

A history is played with the hegemon's true type and with the end of the pause that comes; beliefs come from the
likelihood of its precedents. No vector is carried backward and no table of the game is read: only the terms table and
the moves of the policy table are.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from agents.policy import Prepared
from model.grants import RECIPROCAL
from model.meeting import policy_at
from model.terms import FIRM, SOFT

PARTS = 9  # three reliefs, concessions, flow, rebuff, delay, signing cost, no deal
Signed = tuple[tuple[int, int, int, bool], ...]  # who, at which meeting, in which sector state, harsh


class Counts(NamedTuple):
    """Expected calls answered by waiting and those of them with a reason, (N,)."""

    waits: np.ndarray
    reasoned: np.ndarray


class Histories:
    """Every history of a prepared setting."""

    def __init__(self, prepared: Prepared) -> None:
        self.ready, self.setting, self.terms = prepared, prepared.setting, prepared.terms
        window, parameters = self.setting.window, self.setting.parameters
        self.n, self.x = len(self.setting.countries), window.extension_probability
        self.days, week = window.window_days, window.meetings_per_week
        self.regular = int(self.days * week // 7)
        extra = int(window.extension_days * week // 7) if self.x else 0
        self.day = [7 * m // week for m in range(self.regular)] + [self.days + 7 * m // week for m in range(extra)]
        self.end = (self.days, self.days + window.extension_days)
        self.hazard = 1 - (1 - parameters.sector_news_rate) ** (7 / week)
        self.prior, self.accuracy = parameters.prior_firm, parameters.precedent_accuracy

    def own(self, name: str, i: int) -> float:
        return float(self.setting.by_country[name][i])

    def belief(self, signed: Signed) -> float:
        """By Bayes on the likelihood of the precedents."""
        like = np.array([1 - self.prior, self.prior])
        for *_, harsh in signed:
            like = like * ([1 - self.accuracy, self.accuracy] if harsh else [self.accuracy, 1 - self.accuracy])
        return float(like[FIRM] / like.sum())

    def regime(self, i: int, m: int) -> int:
        date = self.setting.countries[i].date
        return int(date is not None and self.day[m] >= date)

    def years(self, m: int, extended: int) -> float:
        parameters = self.setting.parameters
        return parameters.early_effect * max(self.end[extended] - self.day[m], 0) / (365 * parameters.deal_horizon)

    def tabled(self, i: int, m: int, z: int, signed: Signed) -> tuple[bool, float, float] | None:
        """Whether the lean package is tabled, what it is expected to be worth, and the chance that it is ratified."""
        at, stakes, rebuff = (self.regime(i, m), z), self.terms.stakes[i], self.own("rebuff_cost", i)
        chance = float(self.terms.ratification[i, at[0]])
        if not np.isfinite(self.terms.payoff[i, len(signed), FIRM, *at]) or chance <= 0:
            return None
        put_off = self.x if m < self.regular else 1.0
        years = (1 - put_off) * self.years(m, 0) + put_off * self.years(m, 1)
        soft, full = (self.terms.payoff[i, len(signed)] + years * self.terms.flow[i, len(signed)])[:, *at] / stakes
        belief = self.belief(signed)
        lean = (1 - belief) * soft + belief * (full - rebuff)
        worth = max(full, lean) if np.isfinite(soft) else full
        odds = np.inf if chance >= 1 else chance / (1 - chance)
        odds *= np.exp(self.own("ratification_slope", i) * (worth - 2 / 3))
        return bool(np.isfinite(soft) and lean > full), worth, float(1 / (1 + 1 / odds))

    def signature(self, i: int, m: int, z: int, signed: Signed, firm: int, extended: int) -> np.ndarray:
        """The parts that come out of a signature under the true type and the end that comes."""
        found = self.tabled(i, m, z, signed)
        assert found is not None
        kind = SOFT if found[0] and not firm else FIRM
        at, stakes = (i, len(signed), kind, self.regime(i, m), z), self.terms.stakes[i]
        levels = self.terms.levels[at]
        out = np.zeros(PARTS)
        out[:3] = self.terms.relief[at]
        out[3] = -(levels[3:] @ self.terms.issue_cost[i])
        out[4] = self.years(m, extended) * self.terms.flow[at]
        out[5] = -self.own("rebuff_cost", i) * stakes if found[0] and firm else 0.0
        out[6] = -self.own("delay_cost", i) * self.day[m] / self.days * stakes
        out[7] = -self.own("signing_cost", i) / self.setting.parameters.deal_horizon
        return out / stakes

    def no_deal(self, i: int, firm: int, extended: int) -> np.ndarray:
        out, stakes = np.zeros(PARTS), self.terms.stakes[i]
        out[6] = -self.own("delay_cost", i) * self.end[extended] / self.days
        out[8] = (1 - self.terms.execution[firm]) * self.terms.grant_gain[i, RECIPROCAL] / stakes
        return out

    def move(self, i: int, m: int, z: int, signed: Signed) -> float:
        mask, harsh = sum(1 << who for who, *_ in signed), sum(harsh for *_, harsh in signed)
        return float(policy_at(self.ready.policy, self.ready.game.offsets, i, m, len(signed), harsh, z, mask))

    def answers(self, m: int, z: int, signed: Signed) -> Iterator[tuple[int, float, float, float]]:
        """Who may be called, with which chance, and the chances that it moves and that it is ratified."""
        waiting = [i for i in range(self.n) if i not in [who for who, *_ in signed]]
        weight = {i: self.setting.countries[i].priority for i in waiting}
        for i in waiting:
            found = self.tabled(i, m, z, signed)
            move, ratified = (self.move(i, m, z, signed), found[2]) if found else (0.0, 0.0)
            yield i, weight[i] / sum(weight.values()), move, ratified

    def waiting(self, i: int) -> np.ndarray:
        """The parts that country i comes to, (PARTS,), if it is called at the first meeting and waits."""

        def go(m: int, z: int, signed: Signed, firm: int, ext: int) -> np.ndarray:
            own = [entry for entry in signed if entry[0] == i]
            if own:
                return self.signature(i, own[0][1], own[0][2], signed[: signed.index(own[0])], firm, ext)
            if m == (len(self.day) if ext else self.regular):
                return self.no_deal(i, firm, ext)
            total, stay = np.zeros(PARTS), 1.0
            for j, called, move, ratified in self.answers(m, z, signed):
                chance = called * move * ratified if m > 0 else 0.0
                stay -= chance
                harsh = self.accuracy if firm else 1 - self.accuracy
                for kind, share in ((True, harsh), (False, 1 - harsh)):
                    if chance * share > 0:
                        total += chance * share * news(m, z, (*signed, (j, m, z, kind)), firm, ext)
            return total + (stay * news(m, z, signed, firm, ext) if stay > 0 else 0.0)

        def news(m: int, z: int, signed: Signed, firm: int, ext: int) -> np.ndarray:
            still = go(m + 1, z, signed, firm, ext)
            if z or not self.hazard:
                return still
            return (1 - self.hazard) * still + self.hazard * go(m + 1, 1, signed, firm, ext)

        ends = [(0, 1 - self.x)] + ([(1, self.x)] if self.x else [])
        types = ((SOFT, 1 - self.prior), (FIRM, self.prior))
        totals = [p * q * go(0, 0, (), firm, ext) for firm, p in types for ext, q in ends]
        return np.sum(totals, axis=0)

    def count_waits(self, wait_value) -> Counts:
        """Expected waits, and those with a reason by `wait_value(i, m, mask, harsh, z)`."""
        counts = Counts(np.zeros(self.n), np.zeros(self.n))

        def go(m: int, z: int, signed: Signed, chance: float, firm: int, ext: int) -> None:
            if chance == 0 or m == (len(self.day) if ext else self.regular):
                return
            mask, harsh = sum(1 << who for who, *_ in signed), sum(harsh for *_, harsh in signed)
            stay = chance
            for i, called, move, ratified in self.answers(m, z, signed):
                found = self.tabled(i, m, z, signed)
                counts.waits[i] += chance * called * (1 - move)
                cost = self.own("delay_cost", i) * self.day[m] / self.days
                cost += self.own("signing_cost", i) / self.setting.parameters.deal_horizon / self.terms.stakes[i]
                if found is None or found[1] - cost - wait_value(i, m, mask, harsh, z) <= 1e-12:
                    counts.reasoned[i] += chance * called * (1 - move)
                signs = chance * called * move * ratified
                stay -= signs
                likely = self.accuracy if firm else 1 - self.accuracy
                for kind, share in ((True, likely), (False, 1 - likely)):
                    news(m, z, (*signed, (i, m, z, kind)), signs * share, firm, ext)
            news(m, z, signed, stay, firm, ext)

        def news(m: int, z: int, signed: Signed, chance: float, firm: int, ext: int) -> None:
            go(m + 1, z, signed, chance * (1 if z else 1 - self.hazard), firm, ext)
            if not z:
                go(m + 1, 1, signed, chance * self.hazard, firm, ext)

        for firm, p in ((SOFT, 1 - self.prior), (FIRM, self.prior)):
            for ext, q in ((0, 1 - self.x), (1, self.x)):
                go(0, 0, (), p * q, firm, ext)
        return counts
