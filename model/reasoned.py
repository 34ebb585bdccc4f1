"""Waits that have a reason: how many calls are answered by waiting, and how many of them because waiting was worth at
least as much as moving, or no signature was possible.

A wait without a reason is hesitation: moving was worth more, and the choice was not that precise. A signature that
fails to be ratified is no wait. Exact: a pass forward of the measure over (who has signed, harsh precedents, news),
which at every state adds called x (1 - moves) of its mass to the waits of each country without a deal. Among many
countries: counted in simulated runs.
"""

from dataclasses import dataclass

import numpy as np

from model.ahead import Ahead, make_ahead
from model.calls import NEVER, add_up_weights, call_chance, chosen_weight, waiting_weight
from model.compiled import compiled_inner
from model.draws import run_key
from model.equilibrium import Equilibrium
from model.kernel import hold_meeting, start_run
from model.meeting import COUNTRY_RECORD, WORLD_RECORD, Policy, ratification_at
from model.states import bit_count, count_state, mass_offsets, set_state, triangle
from model.timing import Game


@dataclass(frozen=True)
class Waits:
    """Calls answered by waiting, (N,), and those of them that have a reason: counted in so many runs, or expected of
    one where `runs` is 0."""

    waits: np.ndarray
    reasoned: np.ndarray
    runs: int = 0

    @property
    def mean(self) -> np.ndarray:
        """Waits a run, (N,)."""
        return self.waits / max(self.runs, 1)

    @property
    def share(self) -> np.ndarray:
        """Reasoned waits as a share of each country's, (N,); NaN where it never waits."""
        return np.where(self.waits > 0.0, self.reasoned / np.where(self.waits > 0.0, self.waits, 1.0), np.nan)

    @property
    def share_of_all(self) -> float:
        """The same for all countries together."""
        total = float(self.waits.sum())
        return float(self.reasoned.sum()) / total if total > 0.0 else float("nan")

    def with_more(self, other: "Waits") -> "Waits":
        """With those of further runs; what is expected of a run is the same whatever the runs."""
        if other.runs == 0:
            return other
        return Waits(self.waits + other.waits, self.reasoned + other.reasoned, self.runs + other.runs)


def expected_waits(game: Game, policies: Equilibrium) -> Waits:
    """The waits that a run is expected to have when every country moves as `policies.by_set` says."""
    n = len(game.who)
    places = mass_offsets(n)
    measure, found = np.zeros((2, int(places[-1]))), np.zeros((2, n))
    measure[0, 0] = 1.0
    waits_forward(game, policies.policy(), policies.reasoned, places, measure, found, np.empty((3, 2 * n + 2)))
    return Waits(*found)


@compiled_inner
def waits_forward(
    game: Game,
    policy: Policy,
    reasoned: np.ndarray,
    places: np.ndarray,
    measure: np.ndarray,
    found: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """Carry the public measure (2, states) from the first meeting to the last, adding waits to `found` (2, N).

    scratch (3, 2N + 2): working space.
    """
    now, chooses = 0, len(policy.calls) > 0
    stay, most, total = scratch[0], scratch[1], scratch[2]
    for m in range(len(game.offsets) - 1):
        if m == game.regular:
            for s in range(places[-1]):
                measure[now, s] *= game.extension_probability
        for s in range(places[-1]):
            measure[1 - now, s] = 0.0
        for mask in range(len(places) - 1):
            signed = bit_count(mask)
            if signed > m:
                continue
            width, here = 2 * (signed + 1), places[mask]
            waiting = waiting_weight(game.call_weight[m], mask)
            if chooses:
                offset = policy.set_offsets[mask]
                add_up_weights(game.call_weight[m], policy.calls[m], offset, width, mask, most, total)
            stay[:width] = 1.0
            place = 0
            for j in range(len(game.who)):
                if mask >> j & 1:
                    continue
                called = call_chance(game.call_weight[m, j], waiting)
                column, there = set_state(policy.set_offsets[mask], place, signed, 0, 0), places[mask | (1 << j)]
                place += 1
                for s in range(width):
                    if chooses:
                        weight = chosen_weight(game.call_weight[m, j], policy.calls[m, column + s], most[s])
                        called = call_chance(weight, total[s])
                    mass = called * measure[now, here + s]
                    move = policy.by_set[m, column + s]
                    signs = move * ratification_at(game, policy, j, m, signed, s // 2, s % 2, mask)
                    found[0, j] += mass * (1.0 - move)
                    if reasoned[m, column + s]:
                        found[1, j] += mass * (1.0 - move)
                    harsh = game.harsh[triangle(signed, s // 2)]
                    measure[1 - now, there + s + 2] += harsh * mass * signs
                    measure[1 - now, there + s] += (1.0 - harsh) * mass * signs
                    stay[s] -= called * signs
            for s in range(width):
                measure[1 - now, here + s] += max(stay[s], 0.0) * measure[now, here + s]
        now = 1 - now
        for s in range(0, places[-1], 2):
            moved = game.news_hazard * measure[now, s]
            measure[now, s] -= moved
            measure[now, s + 1] += moved


def counted_waits(
    game: Game, policy: Policy, reasoned: np.ndarray, *, seed: int, replicates: int, first: int = 0
) -> Waits:
    """The waits of replicates first .. first + replicates - 1; reasoned (N, C): where a wait has a reason."""
    n, found = len(game.who), np.zeros((2, len(game.who)))
    world, countries = np.zeros(1, WORLD_RECORD), np.zeros(n, COUNTRY_RECORD)
    count_in_runs(game, policy, reasoned, seed, first, replicates, world, countries, make_ahead(game), found)
    return Waits(found[0], found[1], replicates)


@compiled_inner
def count_in_runs(
    game: Game,
    policy: Policy,
    reasoned: np.ndarray,
    seed: int,
    first: int,
    replicates: int,
    world: np.ndarray,
    countries: np.ndarray,
    ahead: Ahead,
    found: np.ndarray,
) -> None:
    """Play runs as the kernel does and look at each answer, adding to `found` (2, N)."""
    for r in range(replicates):
        run = run_key(seed, first + r)
        meetings = start_run(game, run, world, countries, ahead)
        for m in range(meetings):
            state = count_state(game.offsets[m], world[0].signed, world[0].harsh, world[0].known)
            i = hold_meeting(game, policy, run, m, world, countries, ahead)
            if i != NEVER:
                found[0, i] += 1.0
                if reasoned[i, state]:
                    found[1, i] += 1.0
