"""A study: a prepared setting, and how expectations in it are taken: exactly, or over simulated runs.

Every measure is a difference of expected payoffs, so it is written once, on rows: one row that is the expectation
where the exact solver reaches, else a row a run. Runs share their luck (common random numbers), so rows are differenced
run by run, and the interval of a difference is that of the paired differences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from agents.policy import Prepared, prepare
from experiments.analysis.interval import Z
from model.equilibrium import evaluate
from model.expected import Atoms, outcome_atoms
from model.forward import Distribution, distribution
from model.kernel import play
from model.meeting import Policy
from model.outcomes import Outcomes, expected_payoffs, settle
from model.setting import make_setting
from model.terms import NOTHING_AT_STAKE
from model.timing import Game

EXACT, SIMULATED, NOT_DEFINED = "exact", "simulated", "not defined"
UNCONVERGED = "simulated, equilibrium not converged"


@dataclass(frozen=True)
class Luck:
    """Which runs stand in for an expectation: `replicates` (at least 2) of `seed`. `simulate`: even where exact can be
    had."""

    seed: int = 1
    replicates: int = 2000
    simulate: bool = False


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval (where simulated) or range; the value None where it is not defined, the bounds
    also where it is exact."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = EXACT

    def times(self, factor: float) -> "Estimate":
        """In another unit; `factor` >= 0."""
        value, low, high = (None if x is None else x * factor for x in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.method)

    def unless(self, converged: bool | None) -> "Estimate":
        """The same, its method saying so where it rests on an equilibrium that did not converge."""
        return replace(self, method=UNCONVERGED) if converged is False and self.value is not None else self


UNDEFINED = Estimate(None, method=NOT_DEFINED)


def estimate(rows: np.ndarray) -> Estimate:
    """The mean of rows (R,): exact if there is one, else with mean -+ 1.96 standard errors. NaN rows are left out."""
    given = rows[~np.isnan(rows)]
    if len(given) < min(len(rows), 2):
        return UNDEFINED
    if len(rows) == 1:
        return Estimate(float(rows[0]))
    mean, error = float(given.mean()), float(given.std(ddof=1) / np.sqrt(len(given)))
    return Estimate(mean, mean - Z * error, mean + Z * error, SIMULATED)


@dataclass(frozen=True)
class Study:
    """A prepared setting under study. What all measures share is found once."""

    prepared: Prepared
    luck: Luck = field(default_factory=Luck)

    @property
    def is_exact(self) -> bool:
        return self.prepared.exact and not self.luck.simulate

    @property
    def converged(self) -> bool | None:
        """False where the equilibrium of this very game did not converge."""
        return self.prepared.status.converged

    def at_stake(self, country: int) -> bool:
        """Whether the country can gain anything from a deal at all."""
        return bool(self.prepared.terms.stakes[country] >= NOTHING_AT_STAKE)

    def payoffs(self, game: Game, policy: Policy) -> np.ndarray:
        """Expected payoffs under a game and policies of its countries, (R, N), shares of stakes: the expectation in one
        row, or by the public history of each run."""
        if self.is_exact:
            return evaluate(game, policy, keep_policy=False).value[None, :]
        return expected_payoffs(game, *self.records(game, policy))

    def records(self, game: Game, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
        """The records of the study's runs: worlds (R,), countries (R, N)."""
        return play(game, policy, seed=self.luck.seed, replicates=self.luck.replicates,
        )  # fmt: skip

    def distribution_of(self, game: Game, policy: Policy) -> Distribution:
        """The exact distribution of outcomes under a game and policies of its countries."""
        return distribution(game, evaluate(game, policy))

    def changed(self, overrides: Mapping[str, float]) -> "Study":
        """The study of the same case under further overrides, everybody's strategy the same, the game solved anew."""
        setting = self.prepared.setting
        changed = make_setting(setting.case, {**setting.overrides, **overrides}, "measures")
        return Study(prepare(changed, self.prepared.strategies), self.luck)

    @cached_property
    def untaught(self) -> "Study":
        """The same game where precedents teach nothing (accuracy 1/2), solved anew."""
        return self.changed({"precedent_accuracy": 0.5})

    @cached_property
    def payoff_rows(self) -> np.ndarray:
        """Expected payoffs as things are, (R, N)."""
        return self.payoffs(self.prepared.game, self.prepared.policy)

    @cached_property
    def exact(self) -> Distribution:
        """The exact distribution of outcomes as things are; only where `is_exact`."""
        return self.distribution_of(self.prepared.game, self.prepared.policy)

    @cached_property
    def atoms(self) -> Atoms:
        """Every outcome with its probability; only where `is_exact`."""
        return outcome_atoms(self.prepared.setting, self.prepared.terms, self.exact)

    @cached_property
    def outcomes(self) -> Outcomes:
        """The realised outcomes of the study's runs as things are."""
        worlds, countries = self.records(self.prepared.game, self.prepared.policy)
        return settle(self.prepared.setting, self.prepared.terms, worlds, countries)
