"""The solver of a game, exact or moment-based: the only place that knows which.

Exact (`model.equilibrium`) as long as its tables fit, moment-based (`model.crowd`) beyond. Whoever needs the
equilibrium, what waiting is worth, waits that have a reason or regrets asks here and is told how they were found.
"""

from dataclasses import dataclass

import numpy as np

from model.choice import ROUNDING
from model.crowd import CrowdEquilibrium, solve_crowd
from model.crowd_accuracy import accuracy_doubt
from model.crowd_values import CrowdValues, crowd_values
from model.crowd_waiting import crowd_chances, crowd_waiting_parts
from model.equilibrium import MOST_BYTES, Equilibrium, evaluate, solve, table_bytes
from model.meeting import Policy
from model.memory import free_bytes
from model.parts import Account
from model.reasoned import Waits, counted_waits, expected_waits
from model.regret import Regret, regrets
from model.states import PublicState
from model.timing import Game
from model.waiting import waiting_parts

EXACT, MOMENT_BASED, NONE = "exact", "moment-based", "none"
APPROXIMATE = "moment-based approximation"


@dataclass(frozen=True)
class Status:
    """How the solver ended.

    method: exact, moment-based, or none where nobody plays the equilibrium; residual: largest change of a policy in
    the last iteration, weighted by the probability of reaching the state (0 where exact, one pass being enough);
    converged: whether the residual is below the solver's tolerance. States that are all but never met do not count.
    doubt: why the stated accuracy of the moment-based solver (`model.crowd_accuracy`) does not cover this game; None
    where it does, or where nothing rests on it.
    """

    method: str
    residual: float | None = None
    iterations: int | None = None
    converged: bool | None = None
    doubt: str | None = None


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
class Waiting:
    """What waiting is worth, part by part, under a mix of policies; `method` says how it is found."""

    game: Game
    policy: Policy
    chances: np.ndarray | None  # what the others are to each country among many: see `crowd_waiting.crowd_chances`

    @property
    def method(self) -> str:
        return EXACT if self.chances is None else APPROXIMATE

    def parts(
        self,
        country: int,
        account: Account,
        states: list[PublicState],
        own_moves: np.ndarray | None = None,
        responds: bool = False,
    ) -> np.ndarray:
        """The parts of what waiting is worth to a country called in each of these states, (len(states), K).

        It moves by the policy table, by `own_moves` (C,) where they are given, or `responds` to its account by the
        logit; the others move by the table.
        """
        if self.chances is None:
            policy = self.policy if own_moves is None else moving_by(self.policy, country, own_moves)
            return waiting_parts(self.game, policy, country, account, states, responds)
        moves = self.policy.by_count[country] if own_moves is None else own_moves
        return crowd_waiting_parts(self.game, moves, self.chances, country, account, states, responds)


def waiting_under(game: Game, solution: Solution) -> Waiting:
    """What waiting is worth under everybody's true policy."""
    return Waiting(game, solution.policy, None if solution.exact else crowd_chances(game, solution.policy))


def moving_by(policy: Policy, country: int, moves: np.ndarray) -> Policy:
    """The policy in which one country moves by count with these probabilities (C,)."""
    by_count, uses_set = policy.by_count, policy.uses_set.copy()
    by_count = by_count.copy() if by_count.shape[1] == len(moves) else np.zeros((len(by_count), len(moves)))
    by_count[country], uses_set[country] = moves, False
    return policy._replace(by_count=by_count, uses_set=uses_set)


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
        policy = Policy(fixed.by_count, found.by_set, responds, found.set_offsets)
        return Solution(policy, found, Status(EXACT, 0.0, 1, True), exact)
    crowd = solve_crowd(game, fixed, responds)
    status = Status(MOMENT_BASED, crowd.residual, crowd.iterations, crowd.converged, accuracy_doubt(game))
    return Solution(crowd.policy(), crowd, status, exact)


def evaluated(game: Game, solution: Solution) -> Equilibrium:
    """What everybody's policies are worth in a game that is exact: as it was solved, for the tables can be large; where
    nobody plays the equilibrium, found now."""
    found = solution.equilibrium
    return found if isinstance(found, Equilibrium) else evaluate(game, solution.policy, most_bytes=np.inf)


def reasoned_waits(game: Game, solution: Solution, *, seed: int, replicates: int, first: int = 0) -> Waits:
    """The waits that a run is expected to have and those among them that have a reason, where that is exact; else those
    of replicates first .. first + replicates - 1."""
    if solution.exact:
        return expected_waits(game, evaluated(game, solution))
    can_sign = game.sign > -np.inf
    advantage = np.where(can_sign, game.sign, 0.0) - crowd_values(game, solution.policy).wait
    reasoned = ~can_sign | (game.ratification * advantage <= ROUNDING)
    return counted_waits(game, solution.policy, reasoned, seed=seed, replicates=replicates, first=first)


def best_responses(game: Game, policy: Policy, exact: bool) -> tuple[Regret | CrowdValues, str]:
    """Each country's value and that of its best response to the others, and how they were found."""
    if exact:
        return regrets(game, policy), EXACT
    return crowd_values(game, policy), APPROXIMATE
