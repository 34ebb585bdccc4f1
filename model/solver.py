"""The solver of a game, exact or moment-based: the only place that knows which.

Exact (`model.equilibrium`) as long as its tables fit, moment-based (`model.crowd`) beyond. Whoever needs the
equilibrium, the value of waiting or regrets asks here and is told how they were found.
"""

from dataclasses import dataclass

import numpy as np

from model.crowd import CrowdEquilibrium, solve_crowd
from model.crowd_values import CrowdValues, crowd_values
from model.equilibrium import MOST_BYTES, Equilibrium, evaluate, solve, table_bytes
from model.meeting import Policy, column_by_count
from model.memory import free_bytes
from model.regret import Regret, regrets
from model.states import PublicState
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
    """A policy table, what was solved for it (None where nobody plays the equilibrium), and how the solver ended.

    exact: whether what is expected of this game is found exactly, by `most_bytes` of tables or less.
    """

    policy: Policy
    equilibrium: Equilibrium | CrowdEquilibrium | None
    status: Status
    exact: bool


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
            seen = state.meeting, state.signed, state.harsh, state.known, state.mask
            return float(self.values.wait[country, column_by_count(self.values.classes, self.game.offsets, *seen)])
        column = self.values.state(country, state.mask, state.harsh, state.known)
        return float(self.values.wait[state.meeting, column])


def is_exact(game: Game, most_bytes: float = MOST_BYTES) -> bool:
    """Whether the game is small enough for the exact solver: countries and meetings both count."""
    return table_bytes(len(game.who), len(game.offsets) - 1) <= most_bytes


def solve_for(game: Game, fixed: Policy, responds: np.ndarray, *, force_exact: bool = False) -> Solution:
    """The policy table in which the countries of `responds` (N,) answer by the logit to everybody's true policies, the
    others moving as `fixed.by_count` says.

    force_exact: exactly, however large the tables, as long as they fit into free memory; InputError where they do not.
    """
    most_bytes = max(free_bytes(), MOST_BYTES) if force_exact else MOST_BYTES
    exact = force_exact or is_exact(game, most_bytes)
    if not responds.any():
        return Solution(fixed, None, Status(NONE), exact)
    if exact:
        found = solve(game, fixed, responds, most_bytes=most_bytes)
        policy = fixed._replace(by_set=found.by_set, uses_set=responds, set_offsets=found.set_offsets)
        return Solution(policy, found, Status(EXACT, 0.0, 1, True), exact)
    crowd = solve_crowd(game, fixed, responds)
    status = Status(MOMENT_BASED, crowd.residual, crowd.iterations, crowd.converged)
    return Solution(crowd.policy(), crowd, status, exact)


def waiting_values(game: Game, policy: Policy) -> WaitingValues:
    """What waiting is worth under everybody's true policy."""
    if is_exact(game):
        return WaitingValues(game, evaluate(game, policy, keep_policy=False, keep_wait=True))
    return WaitingValues(game, crowd_values(game, policy))


def best_responses(game: Game, policy: Policy, exact: bool) -> tuple[Regret | CrowdValues, str]:
    """Each country's value and that of its best response to the others, and how they were found."""
    if exact:
        return regrets(game, policy), EXACT
    return crowd_values(game, policy), APPROXIMATE
