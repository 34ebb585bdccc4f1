"""Brute-force oracle: the rules of the model stated a second time, slowly and without its shortcuts.

Part 1, bargaining: the Nash product is maximised by a search in which every point solves a linear programme.
No instrument is ever sorted and no closed form is used. Part 2, timing: the game is solved on the tree of
every history. No Markov state is used: a belief comes from the likelihood of the history. Tiny games only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

_TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
_GRID, _HALVINGS, _SLACK = 33, 50, 1e-12


def best_agreement(loss, gain, cap, u_best, h_best, d, d_h, rho, beta, u_floor=-inf, h_floor=-inf):
    """Nash agreement over J instruments, each a step away from the country's best point (u_best, h_best).

    `loss`, `gain`, `cap`: shape (J,), loss and cap not negative. Level x_j in [0, cap_j] costs the country
    loss_j x_j and brings the hegemon gain_j x_j; a step without gain to the hegemon is never taken.
    Maximises (u-d)^beta (h+rho-d_h)^(1-beta) subject to u >= max(d, u_floor), h+rho-d_h >= max(0, h_floor).
    Returns (u, h, levels of shape (J,)), or None if no point is feasible. u and h are unique; the levels are,
    unless two steps have the same ratio of gain to loss.

    Method: t is the share given up of all the country could. For each t a linear programme finds the best h.
    It is concave in t, and so is the log of the product: a grid of values gives a bracket, and halving on
    the sign of the slope (from the shadow price of t) finds the maximum in it. Slopes rather than values,
    because close to a smooth maximum values cannot tell points 1e-8 apart.
    """
    loss, gain, cap = (np.asarray(values, dtype=float) for values in (loss, gain, cap))
    levels = np.zeros(len(cap))
    used = np.flatnonzero((gain > 0) & (cap > 0))
    a, b = loss[used] * cap[used], gain[used] * cap[used]
    a_unit, b_unit = a.sum() or 1.0, b.sum() or 1.0
    # Scaled, with y in [0, 1]: the country gives up t = a.y, the hegemon gets b.y.
    a, b = a / a_unit, b / b_unit
    t_most = min((u_best - max(d, u_floor)) / a_unit, 1.0)
    b_least = (d_h - rho + max(0.0, h_floor) - h_best) / b_unit
    if t_most < -_SLACK or b_least > b.sum() + _SLACK:
        return None
    if len(used):
        t_least = float(a @ _minimise(a, -b, -min(b_least, b.sum())).x) if b_least > 0 else 0.0
        if t_most < t_least - _SLACK:
            return None
        gaps = (u_best - d) / a_unit, (h_best + rho - d_h) / b_unit
        levels[used] = cap[used] * _search(a, b, t_least, max(t_most, t_least), *gaps, beta)
    return u_best - float(loss @ levels), h_best + float(gain @ levels), levels


def _minimise(objective, row, bound):
    """Linear programme: min objective.y subject to row.y <= bound and 0 <= y <= 1, all of shape (J,)."""
    answer = linprog(objective, row[None, :], [bound], bounds=(0, 1), method="highs", options=_TIGHT)
    if answer.status != 0:
        raise RuntimeError(f"linear programme: {answer.message}")
    return answer


def _search(a, b, low, high, u_gap, h_gap, beta):
    """Levels y (J,) at the t in [low, high] with most beta log(u_gap - t) + (1-beta) log(h_gap + b.y)."""

    def value_and_slope(t):
        best = _minimise(-b, a, t)
        u, h, price = max(u_gap - t, 0.0), max(h_gap - best.fun, 0.0), -best.ineqlin.marginals[0]
        value = beta * log(u) + (1 - beta) * log(h) if u > 0 and h > 0 else -inf
        return value, (1 - beta) * price * u - beta * h  # the slope in t, times u h > 0

    grid = np.linspace(low, high, _GRID)
    peak = int(np.argmax([value_and_slope(t)[0] for t in grid]))
    left, right = grid[max(peak - 1, 0)], grid[min(peak + 1, _GRID - 1)]
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        left, right = (middle, right) if value_and_slope(middle)[1] > 0 else (left, middle)
    return _minimise(-b, a, (left + right) / 2).x


def signature(
    *, imports, sector_share, open_share, threatened_rate, baseline_rate, demand_elasticity, adjustment_loss,
    tariff_taste, sector_rate, sector_relief_rate, sector_regret, sector_known, issues, issue_value_scale,
    issue_cost_scale, execution, bargaining_weight, floor, headline, h_floor=-inf, slices=(8, 4, 4),
):  # fmt: skip
    """Terms of one signature, for one country, rank, type, regime and sector state; None if it cannot sign.

    Rates and shares are fractions, money is in bn. `issues`: J triples (cost score 0..5, value score 0..5,
    cap in force 0..1; a red line has cap 0). `sector_known`: bool. `execution`: q of the type. `floor`:
    share of stakes in force. `headline`: rho_k in bn. `h_floor`: floor in bn on the hegemon's gain. `slices`:
    into how many each grant's rates are cut, each slice an instrument of its own. Origin: the threat executed,
    country 0, hegemon m (price of reciprocal relief). Returns a dict: u, h, share (u / stakes), stakes, d, d_h,
    hegemon_gain (h + rho - d_h), reliefs (3,): share of its rates that each grant gives, reciprocal, sector, open
    sector; concessions (J,); flow, hegemon_flow: bn a year while the pause lasts, when everybody still pays the
    baseline and nothing has come of the open sectors.
    """
    trade = imports * np.array([1 - sector_share - open_share, sector_share, open_share])
    high = [max(threatened_rate, baseline_rate), sector_rate, sector_rate]
    low = [baseline_rate, sector_relief_rate, sector_relief_rate]
    cut = np.repeat(np.arange(3), slices)  # the grant of each slice
    ends = [np.linspace(low[grant], high[grant], slices[grant] + 1) for grant in range(3)]
    a, b = (np.concatenate([rates[which] for rates in ends]) for which in (slice(None, -1), slice(1, None)))

    def kept_in(rate):
        return trade[cut] * (1 + rate) ** -demand_elasticity

    worth = adjustment_loss * (kept_in(a) - kept_in(b))
    price = b * kept_in(b) - a * kept_in(a) + tariff_taste * (kept_in(a) - kept_in(b))
    most = np.where((cut == 2) & (not sector_known), 1 - sector_regret, 1.0)
    stakes, in_full, m = float(worth.sum()), float(worth[cut == 0].sum()), float(price[cut == 0].sum())
    if stakes < 1e-9:
        return None

    cost, value, cap = np.array(issues, dtype=float).reshape(-1, 3).T
    loss = np.concatenate([worth, issue_cost_scale * cost / 5 * imports])
    gain = np.concatenate([price, issue_value_scale * value / 5 * imports])  # price <= 0: granted in full
    best = float(worth @ most), float(m - price @ most)
    d, d_h = float((1 - execution) * in_full), float(execution * m)
    threat = d, d_h, headline, bargaining_weight, floor * stakes, h_floor
    agreement = best_agreement(loss, gain, np.concatenate([most, cap]), *best, *threat)
    if agreement is None:
        return None
    u, h, levels = agreement
    levels = _ties_settled(loss, gain, np.concatenate([most, cap]), levels)
    given, concessions = most - levels[: len(cut)], levels[len(cut) :]
    open_relief = given * (cut == 2)
    flow, hegemon_flow = u - float(worth @ open_relief) - in_full, h + float(price @ open_relief)
    reliefs = np.bincount(cut, given / np.asarray(slices)[cut], minlength=3)
    terms = {"hegemon_gain": h + headline - d_h, "reliefs": reliefs, "concessions": concessions}
    flows = {"flow": flow, "hegemon_flow": hegemon_flow}
    return {"u": u, "h": h, "share": u / stakes, "stakes": stakes, "d": d, "d_h": d_h} | terms | flows


def _ties_settled(loss, gain, cap, levels):
    """Of all levels that bring both sides as much, those that give up earlier instruments first.

    Two that trade at the same rate can stand for one another; only what flows depends on which.
    """
    out, free = levels.copy(), set(np.flatnonzero((gain > 0) & (loss > 0)))
    while free:
        first = min(free)
        alike = [j for j in sorted(free) if np.isclose(gain[j] * loss[first], gain[first] * loss[j], rtol=1e-9)]
        left = float(loss[alike] @ levels[alike])
        for j in alike:
            out[j] = min(left / loss[j], cap[j])
            left -= loss[j] * out[j]
        free -= set(alike)
    return out


@dataclass(frozen=True)
class TinyGame:
    """A timing game by its raw payoffs, for N countries numbered from 0.

    U(country, rank, meeting, n, h, z) is the payoff of signing, None where the country cannot sign, and
    O(country, n, h, extended) that of no deal, both expected over the hegemon's type. Meetings run from 0 and
    on through the extension; n and h count the precedents before, all and harsh; z is 1 after the news.
    """

    U: Callable[[int, int, int, int, int, int], float | None]
    O: Callable[[int, int, int, bool], float]  # noqa: E741
    ratification: Callable[[int, int], float]  # (country, meeting)
    priority: tuple[float, ...]  # all positive
    precision: tuple[float, ...]  # lambda
    base_rate: tuple[float, ...]  # mu, in (0, 1)
    prior_firm: float
    precedent_accuracy: float
    news_hazard: float  # per meeting, after it
    known_at_start: bool
    meetings: int
    extension_probability: float = 0.0
    extension_meetings: int = 0


@dataclass(frozen=True)
class Solution:
    """Expected payoffs (N,) by backward induction (`value`) and by forward enumeration (`expected_payoff`).

    `move_probability`: history up to and with a call -> (called country, p), for every history that nature
    allows, also where the strategies never lead there. `distribution`: outcome -> probability; an outcome is
    (meeting of its deal or None for each country, rank of its deal or None for each country).
    """

    value: np.ndarray
    expected_payoff: np.ndarray
    move_probability: dict[tuple, tuple[int, float]]
    distribution: dict[tuple, float]


# A history is a tuple of events. A meeting adds ("call", i), then ("wait", i), ("fail", i), ("harsh", i) or
# ("mild", i), then, if the sectoral outcome was open, ("news",) or ("no news",). The deadline adds
# ("extended",) or ("ended",).


def read(game: TinyGame, history: tuple) -> tuple[int, int, int, int, dict]:
    """Replay a history: (meeting, n, h, z, deals), with deals = {country: (meeting, rank, payoff)}."""
    meeting, n, h, z, deals = 0, 0, 0, int(game.known_at_start), {}
    for kind, *who in history:
        if kind in ("harsh", "mild"):
            deals[who[0]] = (meeting, n + 1, game.U(who[0], n + 1, meeting, n, h, z))
            n, h = n + 1, h + (kind == "harsh")
        meeting += kind in ("wait", "fail", "harsh", "mild")
        z = 1 if kind == "news" else z
    return meeting, n, h, z, deals


def harsh_chance(game: TinyGame, history: tuple) -> float:
    """Predictive probability that the next precedent is harsh, by Bayes on the likelihood of those so far."""
    a = game.precedent_accuracy
    firm, soft = game.prior_firm, 1 - game.prior_firm
    for kind, *_ in history:
        firm *= {"harsh": a, "mild": 1 - a}.get(kind, 1)
        soft *= {"harsh": 1 - a, "mild": a}.get(kind, 1)
    likelihood = firm + soft  # 0 for an impossible history: any value will do
    return (firm * a + soft * (1 - a)) / likelihood if likelihood > 0 else 0.5


def _grow(history, chances):
    """[(longer history, probability)] from [(event, probability)]; what cannot happen is left out."""
    return [((*history, event), chance) for event, chance in chances if chance > 0]


def _calls(game, history):
    """[(history with the call of country i, i, probability)] over the countries without a deal."""
    deals = read(game, history)[-1]
    waiting = [(i, weight) for i, weight in enumerate(game.priority) if i not in deals]
    total = sum(weight for _, weight in waiting)
    return [((*history, ("call", i)), i, weight / total) for i, weight in waiting]


def _between(game, history):
    """Nature after a meeting: the news, if the outcome is open, then the extension, if it is the last one."""
    meeting, _, _, z, _ = read(game, history)
    news = [(("news",), game.news_hazard), (("no news",), 1 - game.news_hazard)]
    branches = [(history, 1.0)] if z else _grow(history, news)
    if meeting == game.meetings:
        end = [(("extended",), game.extension_probability), (("ended",), 1 - game.extension_probability)]
        branches = [(longer, p * q) for first, p in branches for longer, q in _grow(first, end)]
    return branches


def _payoffs(game, history):
    """Payoffs (N,) if the game is over, else None: what was signed, or no deal."""
    meeting, n, h, _, deals = read(game, history)
    extended, countries = ("extended",) in history, range(len(game.priority))
    out_of_time = ("ended",) in history or (extended and meeting == game.meetings + game.extension_meetings)
    if not out_of_time and len(deals) < len(countries):
        return None
    return np.array([deals[i][2] if i in deals else game.O(i, n, h, extended) for i in countries])


def solve(game: TinyGame, policies: dict[int, Callable] | None = None) -> Solution:
    """Solve the game on its tree of histories.

    A called country moves with probability mu e^(lambda D) / (1 - mu + mu e^(lambda D)), D = Q_move - Q_wait,
    which is worth p Q_move + (1-p) Q_wait. `policies` fixes (meeting, n, h, z) -> p for some countries, the
    others respond to what truly follows. A country that cannot sign waits, whatever its policy.
    """
    policies, chosen = policies or {}, {}

    def before_call(history):  # each of the three gives the expected payoffs (N,)
        if (payoffs := _payoffs(game, history)) is not None:
            return payoffs
        return sum(share * after_call(at_call, i) for at_call, i, share in _calls(game, history))

    def after_reply(history):
        return sum(chance * before_call(longer) for longer, chance in _between(game, history))

    def after_call(history, i):
        meeting, n, h, z, _ = read(game, history)
        q_wait = after_reply((*history, ("wait", i)))
        if game.U(i, n + 1, meeting, n, h, z) is None:
            chosen[history] = (i, 0.0)
            return q_wait
        r, harsh = game.ratification(i, meeting), harsh_chance(game, history)
        results = [(("fail", i), 1 - r), (("harsh", i), r * harsh), (("mild", i), r * (1 - harsh))]
        q_move = sum(chance * after_reply(longer) for longer, chance in _grow(history, results))
        mu = game.base_rate[i]
        logit = expit(log(mu / (1 - mu)) + game.precision[i] * (q_move[i] - q_wait[i]))
        p = float(policies[i](meeting, n, h, z) if i in policies else logit)
        chosen[history] = (i, p)
        return p * q_move + (1 - p) * q_wait

    value = before_call(())
    expected_payoff, distribution = _play(game, chosen)
    return Solution(value, expected_payoff, chosen, distribution)


def _play(game, chosen):
    """Forward enumeration, the true type drawn first: expected payoffs (N,) and the outcome distribution."""
    expected, countries = np.zeros(len(game.priority)), range(len(game.priority))
    distribution: dict[tuple, float] = {}
    a, prior = game.precedent_accuracy, game.prior_firm
    paths = [((), weight, harsh) for weight, harsh in ((prior, a), (1 - prior, 1 - a)) if weight > 0]
    while paths:
        history, weight, harsh = paths.pop()
        meeting, _, _, _, deals = read(game, history)
        if (payoffs := _payoffs(game, history)) is not None:
            expected += weight * payoffs
            outcome = tuple(tuple(deals[i][k] if i in deals else None for i in countries) for k in (0, 1))
            distribution[outcome] = distribution.get(outcome, 0.0) + weight
            continue
        for at_call, i, share in _calls(game, history):
            p, r = chosen[at_call][1], game.ratification(i, meeting)
            signs = [(("harsh", i), p * r * harsh), (("mild", i), p * r * (1 - harsh))]
            for met, chance in _grow(at_call, [(("wait", i), 1 - p), (("fail", i), p * (1 - r)), *signs]):
                weights = weight * share * chance
                paths += [(longer, weights * nature, harsh) for longer, nature in _between(game, met)]
    return expected, distribution
