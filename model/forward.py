"""The exact distribution of a negotiation's outcomes: a forward pass, no sampling.

From any policy table by set (an equilibrium, or a mix that `equilibrium.solve` has evaluated) the measure over
(hegemon type, who has signed, harsh precedents, news) is carried from meeting to meeting. Every signature adds its
probability to an *atom* (country, meeting, rank, news, package), from which the distributions of deal day, rank, rates
and payoff follow; first and second moments of the hegemon's surplus are carried along the same paths.
"""

from dataclasses import dataclass

import numpy as np

from model.belief import belief_firm, tables_lean
from model.compiled import compiled_inner
from model.equilibrium import Equilibrium
from model.meeting import FULL, LEAN, REBUFFED, Packages
from model.states import bit_count, count_state, set_state, triangle
from model.timing import Game


@dataclass(frozen=True)
class Distribution:
    """Exact probabilities of outcomes. N countries, T meetings.

    atoms (N, T, N, 2, 4): probability that a country signs at meeting m, as number n + 1, in sector state z, with
    each package (`meeting.PACKAGES`); no_deal (N, 2, 2): of no deal, by whether the deadline was put off and whether
    the threat was executed; deals (N + 1,): of the number of deals; value (N,): expected payoff in shares of stakes;
    reach (C,): of each count state before its meeting;
    surplus_mean, surplus_sd: hegemon's surplus, bn. For each country atoms and no_deal add up to 1.
    """

    atoms: np.ndarray
    no_deal: np.ndarray
    deals: np.ndarray
    value: np.ndarray
    reach: np.ndarray
    surplus_mean: float
    surplus_sd: float

    @property
    def p_deal(self) -> np.ndarray:
        """Probability of a deal, (N,)."""
        return np.asarray(self.atoms.sum(axis=(1, 2, 3, 4)))

    @property
    def by_meeting(self) -> np.ndarray:
        """Probability of a deal at each meeting, (N, T)."""
        return np.asarray(self.atoms.sum(axis=(2, 3, 4)))

    @property
    def by_rank(self) -> np.ndarray:
        """Probability of each rank, (N, N)."""
        return np.asarray(self.atoms.sum(axis=(1, 3, 4)))


def distribution(
    game: Game, policies: Equilibrium, packages: Packages, hegemon_gain: np.ndarray, execution: np.ndarray
) -> Distribution:
    """The distribution of outcomes when every country moves as `policies.by_set` says.

    hegemon_gain (N, K, 2, 2, 2, 2): what a signature brings the hegemon over no deal, bn, by country, rank, type whose
    terms are signed, regime, sector state and true type (`outcomes.hegemon_gain`); execution (2,) by type.
    """
    n, meetings = len(game.precision), len(game.offsets) - 1
    places = np.concatenate([[0], np.cumsum([2 * (bit_count(mask) + 1) for mask in range(1 << n)])])
    atoms = np.zeros((n, meetings, n, 2, 4))
    no_deal = np.zeros((n, 2, 2))
    deals, value, reach = np.zeros(n + 1), np.zeros(n), np.zeros(game.offsets[-1])
    moments = np.zeros(2)
    measures = np.zeros((2, 3, 2, int(places[-1])))  # now and next x (mass, first, second moment) x type x state
    measures[0, 0, 0, 0], measures[0, 0, 1, 0] = 1.0 - game.prior_firm, game.prior_firm
    forward_pass(
        game, policies.by_set, policies.set_offsets, packages, hegemon_gain, execution, places, measures, atoms,
        no_deal, deals, value, reach, moments,
    )  # fmt: skip
    variance = max(moments[1] - moments[0] ** 2, 0.0)
    return Distribution(atoms, no_deal, deals, value, reach, float(moments[0]), float(np.sqrt(variance)))


@compiled_inner
def forward_pass(
    game: Game, by_set: np.ndarray, set_offsets: np.ndarray, packages: Packages, hegemon_gain: np.ndarray,
    execution: np.ndarray, places: np.ndarray, measures: np.ndarray, atoms: np.ndarray, no_deal: np.ndarray,
    deals: np.ndarray, value: np.ndarray, reach: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """Carry the measure from the first meeting to the end, filling the outputs in place."""
    meetings = len(game.offsets) - 1
    now = 0
    for m in range(meetings):
        if m == game.regular:
            end_of_pause(game, execution, places, 0, 1.0 - game.extension_probability, measures[now], no_deal, deals,
                         value, moments)  # fmt: skip
            put_off(game.extension_probability, measures[now])
        for k in range(3):
            for firm in range(2):
                for s in range(measures.shape[3]):
                    measures[1 - now, k, firm, s] = 0.0
        one_meeting_forward(game, by_set, set_offsets, packages, hegemon_gain, places, m, measures[now],
                            measures[1 - now], atoms, value, reach)  # fmt: skip
        now = 1 - now
        hear_news_forward(game.news_hazard, measures[now])
    if meetings == game.regular:
        end_of_pause(game, execution, places, 0, 1.0 - game.extension_probability, measures[now], no_deal, deals,
                     value, moments)  # fmt: skip
        put_off(game.extension_probability, measures[now])
    end_of_pause(game, execution, places, 1, 1.0, measures[now], no_deal, deals, value, moments)


@compiled_inner
def put_off(probability: float, measure: np.ndarray) -> None:
    """Keep only the paths on which the deadline is put off."""
    for k in range(3):
        for firm in range(2):
            for s in range(measure.shape[2]):
                measure[k, firm, s] *= probability


@compiled_inner
def hear_news_forward(hazard: float, measure: np.ndarray) -> None:
    """News: part of the mass of every open state moves to the known one beside it."""
    for k in range(3):
        for firm in range(2):
            for s in range(0, measure.shape[2], 2):
                moved = hazard * measure[k, firm, s]
                measure[k, firm, s] -= moved
                measure[k, firm, s + 1] += moved


@compiled_inner
def one_meeting_forward(
    game: Game, by_set: np.ndarray, set_offsets: np.ndarray, packages: Packages, hegemon_gain: np.ndarray,
    places: np.ndarray, m: int, now: np.ndarray, later: np.ndarray, atoms: np.ndarray, value: np.ndarray,
    reach: np.ndarray,
) -> None:  # fmt: skip
    """One meeting: call, choice, ratification, signature, precedent, for all states at once."""
    n = len(game.precision)
    for mask in range(1 << n):
        signed = bit_count(mask)
        if signed > m:
            continue
        total = 0.0
        for j in range(n):
            if not mask >> j & 1:
                total += game.call_weight[m, j]
        for h in range(signed + 1):
            belief = belief_firm(game.prior_firm, game.precedent_accuracy, signed, h)
            for z in range(2):
                here = places[mask] + 2 * h + z
                mass_here = now[0, 0, here] + now[0, 1, here]
                if mass_here == 0.0:
                    continue
                reach[count_state(game.offsets[m], signed, h, z)] += mass_here
                stay = 1.0
                place = 0
                for j in range(n):
                    if mask >> j & 1:
                        continue
                    move = by_set[m, set_state(set_offsets[mask], place, signed, h, z)]
                    place += 1
                    chance = game.call_weight[m, j] / total * move * game.ratification[j, m]
                    if chance == 0.0:
                        continue
                    stay -= chance
                    regime = packages.regime[j, m]
                    lean = tables_lean(
                        packages.lean[j, signed, regime, z], packages.full[j, signed, regime, z],
                        packages.rebuff_cost[j], belief,
                    )  # fmt: skip
                    there = places[mask | (1 << j)] + 2 * h + z
                    worth = game.sign[j, count_state(game.offsets[m], signed, h, z)]
                    for firm in range(2):
                        mass = chance * now[0, firm, here]
                        package = FULL if not lean else (REBUFFED if firm else LEAN)
                        terms_type = 0 if package == LEAN else 1
                        gain = hegemon_gain[j, signed, terms_type, regime, z, firm]
                        atoms[j, m, signed, z, package] += mass
                        value[j] += mass * worth
                        first = chance * now[1, firm, here] + mass * gain
                        second = chance * (now[2, firm, here] + 2.0 * gain * now[1, firm, here]) + mass * gain * gain
                        harsh = game.precedent_accuracy if firm else 1.0 - game.precedent_accuracy
                        later[0, firm, there + 2] += harsh * mass
                        later[1, firm, there + 2] += harsh * first
                        later[2, firm, there + 2] += harsh * second
                        later[0, firm, there] += (1.0 - harsh) * mass
                        later[1, firm, there] += (1.0 - harsh) * first
                        later[2, firm, there] += (1.0 - harsh) * second
                stay = max(stay, 0.0)  # where somebody signs for certain, rounding may leave less than nothing
                for k in range(3):
                    for firm in range(2):
                        later[k, firm, here] += stay * now[k, firm, here]


@compiled_inner
def end_of_pause(
    game: Game, execution: np.ndarray, places: np.ndarray, extended: int, share: float, measure: np.ndarray,
    no_deal: np.ndarray, deals: np.ndarray, value: np.ndarray, moments: np.ndarray,
) -> None:  # fmt: skip
    """The pause ends for a share of the mass: no deals, executed threats, number of deals, hegemon's surplus."""
    n = len(game.precision)
    for mask in range(1 << n):
        signed = bit_count(mask)
        for h in range(signed + 1):
            for z in range(2):
                here = places[mask] + 2 * h + z
                for firm in range(2):
                    mass = share * measure[0, firm, here]
                    if mass == 0.0:
                        continue
                    deals[signed] += mass
                    moments[0] += share * measure[1, firm, here]
                    moments[1] += share * measure[2, firm, here]
                    for i in range(n):
                        if not mask >> i & 1:
                            no_deal[i, extended, 0] += mass * (1.0 - execution[firm])
                            no_deal[i, extended, 1] += mass * execution[firm]
                            value[i] += mass * game.no_deal[extended, i, triangle(signed, h)]
