"""The planner: what could be had if one mind, knowing what the public knows, answered for every country that is called.

Same calls, ratification, precedents and news as in the game; only the choice differs. With P the expected sum to come,

    P(m, S, h, z) = sum_j w_j / w(not S) max{ r_j (g_j + E[P'(S + j)]) + (1 - r_j) P'(S),  P'(S) },

g_j what a signature brings those whom the planner counts, and at the end the sum of what no deal is worth to the
countries without one. It internalises what a signature teaches the others and the rank it takes from them; it does not
choose whom the hegemon calls. Loss against the planner = P at the start less the same sum under the agents' own
policies >= 0.
"""

import numpy as np

from model.belief import belief_firm
from model.calls import call_chance, waiting_weight, weigh_calls
from model.compiled import compiled, compiled_inner
from model.meeting import LEAN, NONE, Policy, package_signed
from model.states import bit_count, count_state, mass_offsets, triangle
from model.timing import Game


def planner_value(game: Game, gain: np.ndarray, no_deal: np.ndarray, policy: Policy | None = None) -> float:
    """The planner's expected sum at the start; calls are as `policy` says, by default a lottery.

    gain (N, C): what a ratified signature of each country brings those who count, by count state, -inf where it cannot
    sign; no_deal (2, N, triangle): what no deal is worth to each, without and with the extension. Units are the
    caller's (bn USD a year, say). Memory grows as 2^N: for what `solver.is_exact` allows.
    """
    n = len(game.precision)
    places = mass_offsets(n)
    tables = np.zeros((2, int(places[-1])))
    calls, offsets = (NONE, np.zeros(1, np.int64)) if policy is None else (policy.calls, policy.set_offsets)
    return float(plan_backward(game, calls, offsets, gain, no_deal, places, tables, np.empty(n)))


@compiled_inner
def plan_backward(
    game: Game,
    calls: np.ndarray,
    set_offsets: np.ndarray,
    gain: np.ndarray,
    no_deal: np.ndarray,
    places: np.ndarray,
    tables: np.ndarray,
    weight: np.ndarray,
) -> float:
    """The recursion from the last meeting to the first, on `tables` (2, states): after and before a meeting. calls: see
    `meeting.Policy`; weight (N,): working space."""
    n, meetings = len(game.precision), len(game.offsets) - 1
    after, now = 0, 1
    settle_sums(no_deal[1], n, places, 1.0, tables[after])
    for m in range(meetings - 1, -1, -1):
        if m == game.regular - 1:
            x = game.extension_probability
            for s in range(tables.shape[1]):
                tables[after, s] *= x
            settle_sums(no_deal[0], n, places, 1.0 - x, tables[after])
        for s in range(0, tables.shape[1], 2):
            tables[after, s] += game.news_hazard * (tables[after, s + 1] - tables[after, s])
        for mask in range(1 << n):
            signed = bit_count(mask)
            if signed > m:
                continue
            waiting = waiting_weight(game.call_weight[m], mask)
            for j in range(n):
                weight[j] = game.call_weight[m, j]
            for h in range(signed + 1):
                harsh = game.harsh[triangle(signed, h)]
                for z in range(2):
                    here = places[mask] + 2 * h + z
                    if len(calls):
                        first, step = set_offsets[mask] + 2 * h + z, 2 * (signed + 1)
                        weigh_calls(game.call_weight[m], calls[m], first, step, mask, weight)
                        waiting = waiting_weight(weight, mask)
                    wait = tables[after, here]
                    value = wait
                    state = count_state(game.offsets[m], signed, h, z)
                    for j in range(n):
                        worth = gain[j, state]
                        if mask >> j & 1 or worth == -np.inf:
                            continue
                        there = places[mask | (1 << j)] + 2 * h + z
                        move = worth + harsh * tables[after, there + 2] + (1.0 - harsh) * tables[after, there]
                        if move > wait:
                            called = call_chance(weight[j], waiting)
                            value += called * game.ratification[j, state] * (move - wait)
                    tables[now, here] = value
        after, now = now, after
    return tables[after, 0]


@compiled_inner
def settle_sums(no_deal: np.ndarray, n: int, places: np.ndarray, share: float, sums: np.ndarray) -> None:
    """Add `share` of what the countries without a deal have at the end, (N, triangle), to every state's sum."""
    for mask in range(1 << n):
        signed = bit_count(mask)
        for h in range(signed + 1):
            for i in range(n):
                if not mask >> i & 1:
                    worth = share * no_deal[i, triangle(signed, h)]
                    sums[places[mask] + 2 * h] += worth
                    sums[places[mask] + 2 * h + 1] += worth


def expected_hegemon_gain(game: Game) -> np.ndarray:
    """What a signature brings the hegemon over no deal, expected under the public belief, (N, C), bn; 0 where the
    country cannot sign."""
    out = np.zeros_like(game.sign)
    fill_hegemon(game, out)
    return np.where(game.sign > -np.inf, out, 0.0)


@compiled
def fill_hegemon(game: Game, out: np.ndarray) -> None:
    """The expectation in every count state, (N, C). A lean package meets a firm hegemon with the terms of F."""
    ranks = game.hegemon_gain.shape[1]
    for j in range(len(out)):
        for m in range(len(game.offsets) - 1):
            regime, years = game.packages.regime[j, m], game.packages.flow_years[m]
            for n in range(min(m, ranks - 1) + 1):
                for h in range(n + 1):
                    belief = belief_firm(game.prior_firm, game.precedent_accuracy, n, h)
                    for z in range(2):
                        soft_terms = 0 if package_signed(game.packages, j, m, n, z, belief, 0) == LEAN else 1
                        from_soft = game.hegemon_gain[j, n, soft_terms, regime, z, 0]
                        from_firm = game.hegemon_gain[j, n, 1, regime, z, 1]
                        flow = (1.0 - belief) * game.hegemon_flow[j, n, soft_terms, regime, z]
                        flow += belief * game.hegemon_flow[j, n, 1, regime, z]
                        gain = (1.0 - belief) * from_soft + belief * from_firm
                        out[j, count_state(game.offsets[m], n, h, z)] = gain + years * flow
