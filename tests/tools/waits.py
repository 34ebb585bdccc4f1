"""How many calls are answered by waiting, and how many of those waits have a reason, state by state."""

from typing import NamedTuple

import numpy as np

from model.equilibrium import evaluate
from model.meeting import Policy
from model.states import bit_count, count_state
from model.timing import Game


class Waits(NamedTuple):
    """Expected numbers a run: calls answered by waiting, and those at which waiting is worth as much as moving, or
    nothing can be signed."""

    all: float
    reasoned: float


def expected_waits(game: Game, policy: Policy) -> Waits:
    """A measure over (type, signers, harsh precedents, news) is carried from meeting to meeting."""
    found = evaluate(game, policy, keep_wait=True)
    n, meetings = len(game.who), len(game.offsets) - 1
    measure = {(0, 0, 0, 0): 1.0 - game.prior_firm, (1, 0, 0, 0): game.prior_firm}
    waits, reasoned = 0.0, 0.0
    for m in range(meetings):
        if m == game.regular:
            measure = {state: game.extension_probability * mass for state, mass in measure.items()}
        later: dict[tuple[int, int, int, int], float] = {}
        for (firm, mask, harsh, known), mass in measure.items():
            waiting = [i for i in range(n) if not mask >> i & 1]
            stays, weights = mass, game.call_weight[m]
            state = count_state(game.offsets[m], bit_count(mask), harsh, known)
            right = game.precedent_accuracy if firm else 1.0 - game.precedent_accuracy
            for i in waiting:
                called = mass * weights[i] / weights[waiting].sum()
                column, signing = found.state(i, mask, harsh, known), game.sign[i, state]
                idle = called * (1.0 - found.by_set[m, column])
                waits += idle
                reasoned += idle * (np.isneginf(signing) or signing <= found.wait[m, column])
                signs = (called - idle) * game.ratification[i, state]
                stays -= signs
                for y, chance in ((1, right), (0, 1.0 - right)):
                    heard(later, (firm, mask | 1 << i, harsh + y), known, signs * chance, game.news_hazard)
            heard(later, (firm, mask, harsh), known, stays, game.news_hazard)
        measure = {state: mass for state, mass in later.items() if mass > 0.0}
    return Waits(waits, reasoned)


def heard(
    later: dict[tuple[int, int, int, int], float], state: tuple[int, int, int], known: int, mass: float, hazard: float
) -> None:
    """Add mass to the states after a meeting, the news included."""
    for z, share in ((1, 1.0),) if known else ((1, hazard), (0, 1.0 - hazard)):
        later[(*state, z)] = later.get((*state, z), 0.0) + mass * share
