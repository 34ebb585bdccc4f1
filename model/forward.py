"""The exact distribution of a negotiation's outcomes: a forward pass, no sampling.

From any policy table by set (an equilibrium, or a mix that `equilibrium.solve` has evaluated) the measure over
(hegemon type, who has signed, harsh precedents, news) is carried from meeting to meeting. Every signature adds its
probability to an *atom* (country, meeting, rank, news, package), from which the distributions of deal day, rank, rates
and payoff follow; first and second moments of the hegemon's surplus are carried along the same paths.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from model.belief import belief_firm
from model.calls import call_chance, waiting_weight, weigh_calls
from model.compiled import compiled_inner
from model.equilibrium import Equilibrium
from model.meeting import FULL, LEAN, NONE, Policy, agreed_at, package_signed, ratification_at, sign_at
from model.shadow import hegemon_flow_there, hegemon_there
from model.states import bit_count, count_state, mass_offsets, set_state, triangle
from model.timing import Game

MEASURES = 5
SMALLEST_CHANCE = 1e-12  # what is less likely is rounding: nothing is said of what follows from it


@dataclass(frozen=True)
class Distribution:
    """Exact probabilities of outcomes. N countries, T meetings.

    atoms (N, T, N, 2, 4): probability that a country signs at meeting m, as number n + 1, in sector state z, with
    each package (`meeting.PACKAGES`); no_deal (N, 2, 2): of no deal, by whether the deadline was put off and whether
    the threat was executed; deals (N + 1,): of the number of deals; value (N,): expected payoff in shares of stakes;
    reach (C,): of each count state before its meeting; by_state (T, S): that the country signs in each state by set,
    and terms (T, S) the positions of the terms there, where they differ from state to state (else empty);
    surplus_mean, surplus_sd: hegemon's surplus, bn. For each country atoms and no_deal add up to 1.
    """

    atoms: np.ndarray
    no_deal: np.ndarray
    deals: np.ndarray
    value: np.ndarray
    reach: np.ndarray
    by_state: np.ndarray
    terms: np.ndarray
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


def distribution(game: Game, policies: Equilibrium) -> Distribution:
    """The distribution of outcomes when every country moves as `policies.by_set` says."""
    n, meetings = len(game.precision), len(game.offsets) - 1
    places = mass_offsets(n)
    found = Totals(
        atoms=np.zeros((n, meetings, n, 2, 4)),
        no_deal=np.zeros((n, 2, 2)),
        deals=np.zeros(n + 1),
        value=np.zeros(n),
        reach=np.zeros(game.offsets[-1]),
        by_state=np.zeros(policies.terms.shape) if len(policies.terms) else NONE,
        moments=np.zeros(2),
    )
    # now and next x (mass; first and second moment where the pause ends at the deadline; where it is put off) x type x
    # state
    measures = np.zeros((2, MEASURES, 2, int(places[-1])))
    measures[0, 0, 0, 0], measures[0, 0, 1, 0] = 1.0 - game.prior_firm, game.prior_firm
    forward_pass(game, policies.policy(), places, measures, found, np.empty(n))
    mean, square = (float(moment) for moment in found.moments)
    return Distribution(*found[:-1], policies.terms, mean, float(np.sqrt(max(square - mean**2, 0.0))))


class Totals(NamedTuple):
    """What the pass adds to: see `Distribution`; moments (2,): E[surplus], E[surplus^2]."""

    atoms: np.ndarray
    no_deal: np.ndarray
    deals: np.ndarray
    value: np.ndarray
    reach: np.ndarray
    by_state: np.ndarray
    moments: np.ndarray


@compiled_inner
def forward_pass(
    game: Game, policy: Policy, places: np.ndarray, measures: np.ndarray, found: Totals, weight: np.ndarray
) -> None:
    """Carry the measure from the first meeting to the end, adding to `found`. weight (N,): working space."""
    meetings = len(game.offsets) - 1
    now, x = 0, game.extension_probability
    for m in range(meetings):
        if m == game.regular:
            end_of_pause(game, places, 0, 1.0 - x, measures[now], found)
            put_off(x, measures[now])
        for k in range(MEASURES):
            for firm in range(2):
                for s in range(measures.shape[3]):
                    measures[1 - now, k, firm, s] = 0.0
        one_meeting_forward(game, policy, places, m, measures[now], measures[1 - now], found, weight)
        now = 1 - now
        hear_news_forward(game.news_hazard, measures[now])
    if meetings == game.regular:
        end_of_pause(game, places, 0, 1.0 - x, measures[now], found)
        put_off(x, measures[now])
    end_of_pause(game, places, 1, 1.0, measures[now], found)


@compiled_inner
def put_off(probability: float, measure: np.ndarray) -> None:
    """Keep only the paths on which the deadline is put off."""
    for k in range(MEASURES):
        for firm in range(2):
            for s in range(measure.shape[2]):
                measure[k, firm, s] *= probability


@compiled_inner
def hear_news_forward(hazard: float, measure: np.ndarray) -> None:
    """News: part of the mass of every open state moves to the known one beside it."""
    for k in range(MEASURES):
        for firm in range(2):
            for s in range(0, measure.shape[2], 2):
                moved = hazard * measure[k, firm, s]
                measure[k, firm, s] -= moved
                measure[k, firm, s + 1] += moved


@compiled_inner
def one_meeting_forward(
    game: Game,
    policy: Policy,
    places: np.ndarray,
    m: int,
    now: np.ndarray,
    later: np.ndarray,
    found: Totals,
    weight: np.ndarray,
) -> None:
    """One meeting: call, choice, ratification, signature, precedent, for all states at once."""
    chooses, looks_forward = len(policy.calls) > 0, len(policy.terms) > 0
    for j in range(len(weight)):
        weight[j] = game.call_weight[m, j]
    for mask in range(len(places) - 1):
        signed = bit_count(mask)
        if signed > m:
            continue
        waiting = waiting_weight(game.call_weight[m], mask)
        for h in range(signed + 1):
            belief = belief_firm(game.prior_firm, game.precedent_accuracy, signed, h)
            for z in range(2):
                here = places[mask] + 2 * h + z
                mass_here = now[0, 0, here] + now[0, 1, here]
                if mass_here == 0.0:
                    continue
                state = count_state(game.offsets[m], signed, h, z)
                found.reach[state] += mass_here
                if chooses:
                    first = policy.set_offsets[mask] + 2 * h + z
                    weigh_calls(game.call_weight[m], policy.calls[m], first, 2 * (signed + 1), mask, weight)
                    waiting = waiting_weight(weight, mask)
                stay = 1.0
                place = 0
                for j in range(len(game.who)):
                    if mask >> j & 1:
                        continue
                    column = set_state(policy.set_offsets[mask], place, signed, h, z)
                    move = policy.by_set[m, column]
                    place += 1
                    ratified = ratification_at(game, policy, j, m, signed, h, z, mask)
                    chance = call_chance(weight[j], waiting) * move * ratified
                    if chance == 0.0:
                        continue
                    stay -= chance
                    regime = game.packages.regime[j, m]
                    there = places[mask | (1 << j)] + 2 * h + z
                    worth = sign_at(game, policy, j, m, signed, h, z, mask)
                    for firm in range(2):
                        mass = chance * now[0, firm, here]
                        if looks_forward:
                            package, position = FULL, agreed_at(policy, j, m, signed, h, z, mask)
                            gain = hegemon_there(game.shadow, j, regime, z, 0.0, position)
                            gain += game.shadow.headline[signed] - game.execution[firm] * game.shadow.threat[j]
                            flow = hegemon_flow_there(game.shadow, j, regime, z, position)
                            found.by_state[m, column] += mass
                        else:
                            package = package_signed(game.packages, j, m, signed, z, belief, firm)
                            terms_type = 0 if package == LEAN else 1
                            gain = game.hegemon_gain[j, signed, terms_type, regime, z, firm]
                            flow = game.hegemon_flow[j, signed, terms_type, regime, z]
                        found.atoms[j, m, signed, z, package] += mass
                        found.value[j] += mass * worth
                        harsh = game.precedent_accuracy if firm else 1.0 - game.precedent_accuracy
                        later[0, firm, there + 2] += harsh * mass
                        later[0, firm, there] += (1.0 - harsh) * mass
                        for end in range(2):
                            k, brings = 1 + 2 * end, gain + game.years_by_end[end, m] * flow
                            so_far = chance * now[k, firm, here]
                            first = so_far + mass * brings
                            second = chance * now[k + 1, firm, here] + brings * (2.0 * so_far + mass * brings)
                            later[k, firm, there + 2] += harsh * first
                            later[k, firm, there] += (1.0 - harsh) * first
                            later[k + 1, firm, there + 2] += harsh * second
                            later[k + 1, firm, there] += (1.0 - harsh) * second
                stay = max(stay, 0.0)  # where somebody signs for certain, rounding may leave less than nothing
                for k in range(MEASURES):
                    for firm in range(2):
                        later[k, firm, here] += stay * now[k, firm, here]


@compiled_inner
def end_of_pause(
    game: Game, places: np.ndarray, extended: int, share: float, measure: np.ndarray, found: Totals
) -> None:
    """The pause ends for a share of the mass: no deals, executed threats, number of deals, hegemon's surplus."""
    for mask in range(len(places) - 1):
        signed = bit_count(mask)
        for h in range(signed + 1):
            for z in range(2):
                here = places[mask] + 2 * h + z
                for firm in range(2):
                    mass = share * measure[0, firm, here]
                    if mass == 0.0:
                        continue
                    found.deals[signed] += mass
                    found.moments[0] += share * measure[1 + 2 * extended, firm, here]
                    found.moments[1] += share * measure[2 + 2 * extended, firm, here]
                    for i in range(len(game.who)):
                        if not mask >> i & 1:
                            found.no_deal[i, extended, 0] += mass * (1.0 - game.execution[firm])
                            found.no_deal[i, extended, 1] += mass * game.execution[firm]
                            found.value[i] += mass * game.no_deal[extended, i, triangle(signed, h)]
