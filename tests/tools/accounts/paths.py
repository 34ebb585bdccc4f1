"""What comes of a game, a second time: every path from the first meeting to the end, valued by what was realised.

On a path the hegemon has its type, the pause its end, a signature the terms that the type gives, and a threat is or is
not executed: no expectation under a belief but in the countries' own answers. The planner is here too.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tests.tools.accounts.game import Equilibrium, Rules, Signed
from tests.tools.accounts.terms import FIRM, SOFT, Signature

PARTS = ("terms", "flow", "delay", "rebuff", "signing")  # of a payoff, the last three losses


class Deal(NamedTuple):
    """A signature on a path."""

    meeting: int
    rank: int
    terms: Signature
    rebuffed: bool


class Path(NamedTuple):
    """The end of a path: its chance, the hegemon's type, whether the pause was extended, and the deals by country."""

    chance: float
    kind: int
    extended: bool
    deals: dict[int, Deal]


class Outcome(NamedTuple):
    """Everything that is expected, from the paths."""

    payoff: np.ndarray  # (N,) shares of stakes
    parts: np.ndarray  # (N, 5) of PARTS
    p_deal: np.ndarray  # (N,)
    signs_at: np.ndarray  # (N, T)
    deals: np.ndarray  # (N + 1,) chance of each number of deals
    surplus: np.ndarray  # (2,) the hegemon's over no deal, given its type, bn
    surplus_squared: float
    reasoned_waits: (
        float  # share of the calls answered by waiting at which it is worth as much, or nothing can be signed
    )
    chance: float  # of all paths


def paths(equilibrium: Equilibrium) -> Iterator[Path | tuple[float, bool]]:
    """Every path; and, between them, every wait that is met, as (chance, whether it has a reason)."""
    rules = equilibrium.rules
    prior = rules.parameters.prior_firm

    def walk(
        kind: int, chance: float, m: int, signatures: tuple[Signed, ...], known: int, deals: dict[int, Deal], late: bool
    ) -> Iterator[Path | tuple[float, bool]]:
        if chance == 0:
            return
        if m == rules.regular and not late:
            yield Path((1 - rules.put_off) * chance, kind, False, deals)
            yield from walk(kind, rules.put_off * chance, m, signatures, known, deals, True)
            return
        if m == rules.meetings:
            yield Path(chance, kind, True, deals)
            return
        idle = chance
        if len(deals) < rules.n:
            firm = rules.belief([harsh for *_, harsh in signatures])
            answers = equilibrium.at(m, (signatures, known), late).answers
            for i, call in rules.calls(signatures):
                answer, offer = answers[i], rules.offer(i, m, len(deals), known, firm)
                yield chance * call * (1 - answer.moves), answer.advantage is None or answer.advantage <= 1e-12
                signs = chance * call * answer.moves * answer.ratified
                idle -= signs
                if offer is None or signs == 0:
                    continue
                deal = Deal(m, len(deals) + 1, offer.signed[kind], offer.rebuffed and kind == FIRM)
                right = rules.harsh(kind)
                for harsh, p in ((True, right), (False, 1 - right)):
                    for z, news in rules.news(known) if p > 0 else ():
                        longer = (*signatures, (m, i, harsh))
                        yield from walk(kind, signs * p * news, m + 1, longer, z, {**deals, i: deal}, late)
        for z, news in rules.news(known):
            yield from walk(kind, idle * news, m + 1, signatures, z, deals, late)

    yield from walk(SOFT, 1 - prior, 0, (), 0, {}, False)
    yield from walk(FIRM, prior, 0, (), 0, {}, False)


def payoff_parts(rules: Rules, path: Path, i: int) -> np.ndarray:
    """A country's payoff on a path, part by part, shares of stakes, (5,); zeros where nothing is at stake."""
    size = rules.stakes[i]
    if size < 1e-9:
        return np.zeros(5)
    delay, end = rules.own("delay_cost", i) / rules.ends[0], rules.ends[path.extended]
    if i not in path.deals:
        return np.array([(1 - rules.execution[path.kind]) * rules.reciprocal[i][0] / size, 0, -delay * end, 0, 0])
    deal = path.deals[i]
    flow = rules.years(deal.meeting, end) * deal.terms.flow / size
    rebuff = rules.own("rebuff_cost", i) if deal.rebuffed else 0.0
    signing = rules.own("signing_cost", i) / (rules.parameters.deal_horizon * size)
    return np.array([deal.terms.payoff / size, flow, -delay * rules.days[deal.meeting], -rebuff, -signing])


def surplus(rules: Rules, path: Path) -> float:
    """What the deals of a path bring the hegemon over no deal, bn."""
    total = 0.0
    for i, deal in path.deals.items():
        years = rules.years(deal.meeting, rules.ends[path.extended])
        total += deal.terms.hegemon + years * deal.terms.hegemon_flow + rules.one_more_deal(deal.rank - 1)
        total -= rules.execution[path.kind] * rules.reciprocal[i][1]
    return total


def outcome(equilibrium: Equilibrium) -> Outcome:
    """Add up all paths."""
    rules, n = equilibrium.rules, equilibrium.rules.n
    parts, signs_at, deals = np.zeros((n, 5)), np.zeros((n, rules.meetings)), np.zeros(n + 1)
    gains, squared, chance, waits = np.zeros(2), 0.0, 0.0, np.zeros(2)
    for path in paths(equilibrium):
        if not isinstance(path, Path):
            waits += path[0] * np.array([1.0, path[1]])
            continue
        chance += path.chance
        deals[len(path.deals)] += path.chance
        gain = surplus(rules, path)
        gains[path.kind] += path.chance * gain
        squared += path.chance * gain**2
        for i in range(n):
            parts[i] += path.chance * payoff_parts(rules, path, i)
        for i, deal in path.deals.items():
            signs_at[i, deal.meeting] += path.chance
    prior = np.array([1 - rules.parameters.prior_firm, rules.parameters.prior_firm])
    return Outcome(
        payoff=parts.sum(axis=1),
        parts=parts,
        p_deal=signs_at.sum(axis=1),
        signs_at=signs_at,
        deals=deals,
        surplus=np.divide(gains, prior, out=np.zeros(2), where=prior > 0),
        surplus_squared=squared,
        reasoned_waits=float(waits[1] / waits[0]) if waits[0] > 0 else np.nan,
        chance=chance,
    )


def planner(rules: Rules, joint: bool) -> float:
    """The best that one mind could do who answers every call under the public belief, bn; `joint`: the hegemon's payoff
    counts too, threats executed included."""
    values: dict[tuple, float] = {}

    def end(signatures: tuple[Signed, ...], extended: bool) -> float:
        executed = rules.executed(rules.belief([harsh for *_, harsh in signatures]))
        waiting = rules.waiting(signatures)
        total = sum(rules.no_deal(i, executed, extended) * rules.stakes[i] for i in waiting)
        return total + (sum(executed * rules.reciprocal[i][1] for i in waiting) if joint else 0.0)

    def at(m: int, signatures: tuple[Signed, ...], known: int, late: bool) -> float:
        key = (m, signatures, known, late)
        if key not in values:
            values[key] = find(*key)
        return values[key]

    def find(m: int, signatures: tuple[Signed, ...], known: int, late: bool) -> float:
        if m == rules.regular and not late:
            x = rules.put_off
            return (1 - x) * end(signatures, False) + (x * at(m, signatures, known, True) if x > 0 else 0.0)
        if m == rules.meetings:
            return end(signatures, True)

        def later(history: tuple[Signed, ...]) -> float:
            return sum(p * at(m + 1, history, z, late) for z, p in rules.news(known))

        wait, firm = later(signatures), rules.belief([harsh for *_, harsh in signatures])
        predicted = firm * rules.harsh(FIRM) + (1 - firm) * rules.harsh(SOFT)
        total = 0.0
        for i, call in rules.calls(signatures):
            best, offer = wait, rules.offer(i, m, len(signatures), known, firm)
            if offer is not None:
                worth = offer.value * rules.stakes[i]
                chances = ((True, predicted), (False, 1 - predicted))
                worth += sum(p * later((*signatures, (m, i, harsh))) for harsh, p in chances if p > 0)
                if joint:
                    years = rules.expected_years(m)
                    gain = [deal.hegemon + years * deal.hegemon_flow for deal in offer.signed]
                    worth += (1 - firm) * gain[SOFT] + firm * gain[FIRM] + rules.one_more_deal(len(signatures))
                best = max(best, offer.ratified * worth + (1 - offer.ratified) * wait)
            total += call * best
        return total if rules.waiting(signatures) else wait

    return at(0, (), 0, False)
