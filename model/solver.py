"""The solver of a game, exact or moment-based: the only place that knows which.

Exact (`model.equilibrium`) as long as its tables fit, moment-based (`model.crowd`) beyond. Whoever needs the
equilibrium, the value of waiting or regrets asks here and is told how they were found.
"""

from dataclasses import dataclass

import numpy as np

from model.crowd import CrowdEquilibrium, solve_crowd
from model.crowd_values import CrowdValues, crowd_values
from model.equilibrium import EXACT_COUNTRIES, Equilibrium, evaluate, solve
from model.meeting import Policy
from model.regret import Regret, regrets
from model.states import PublicState, count_state
from model.timing import Game

EXACT, MOMENT_BASED, NONE = "exact", "moment-based", "none"
APPROXIMATE = "moment-based approximation"


@dataclass(frozen=True)
class Status:
    """How the solver ended.

    method: exact, moment-based, or none where nobody plays the equilibrium; residual: largest change of a policy in
    the last iteration, weighted by the probability of reaching the state (0 where exact, one pass being enough).
    """

    method: str
    residual: float | None = None
    iterations: int | None = None
    converged: bool | None = None


@dataclass(frozen=True)
class Solution:
    """A policy table, what was solved for it (None where nobody plays the equilibrium), and how the solver ended."""

    policy: Policy
    equilibrium: Equilibrium | CrowdEquilibrium | None
    status: Status


@dataclass(frozen=True)
class WaitingValues:
    """The value of waiting in every state under a mix of policies, shares of stakes; `method` says how it was found."""

    game: Game
    values: Equilibrium | CrowdValues

    @property
    def method(self) -> str:
        return APPROXIMATE if isinstance(self.values, CrowdValues) else EXACT

    def at(self, country: int, state: PublicState) -> float:
        """To a country without a deal that is called in this state."""
        if isinstance(self.values, CrowdValues):
            column = count_state(self.game.offsets[state.meeting], state.signed, state.harsh, state.known)
            return float(self.values.wait[country, column])
        column = self.values.state(country, state.mask, state.harsh, state.known)
        return float(self.values.wait[state.meeting, column])


def is_exact(game: Game) -> bool:
    """Whether the game is small enough for the exact solver."""
    return len(game.who) <= EXACT_COUNTRIES


def solve_for(game: Game, fixed: Policy, responds: np.ndarray) -> Solution:
    """The policy table in which the countries of `responds` (N,) answer by the logit to everybody's true policies, the
    others moving as `fixed.by_count` says."""
    if not responds.any():
        return Solution(fixed, None, Status(NONE))
    if is_exact(game):
        exact = solve(game, fixed, responds)
        policy = Policy(fixed.by_count, exact.by_set, responds, exact.set_offsets)
        return Solution(policy, exact, Status(EXACT, 0.0, 1, True))
    crowd = solve_crowd(game, fixed, responds)
    return Solution(crowd.policy(), crowd, Status(MOMENT_BASED, crowd.residual, crowd.iterations, crowd.converged))


def waiting_values(game: Game, policy: Policy) -> WaitingValues:
    """What waiting is worth under everybody's true policy."""
    if is_exact(game):
        return WaitingValues(game, evaluate(game, policy, keep_policy=False, keep_wait=True))
    return WaitingValues(game, crowd_values(game, policy))


def best_responses(game: Game, policy: Policy) -> tuple[Regret | CrowdValues, str]:
    """Each country's value and that of its best response to the others, and how they were found."""
    if is_exact(game):
        return regrets(game, policy), EXACT
    return crowd_values(game, policy), APPROXIMATE
