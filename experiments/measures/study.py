"""A study: a prepared setting, and how expectations in it are taken: exactly, or over simulated runs.

Every measure is a difference of expected payoffs, so it is written once, on rows: one row that is the expectation
where the exact solver reaches, else a row a run. The same run meets the same random draws in every game that is
compared, so rows are differenced run by run, and the interval of a difference is that of the paired differences.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from agents.hegemon_strategies import find_hegemon
from agents.policy import Prepared, check_mix, prepare
from experiments.analysis.interval import UNDEFINED, Interval, mean_of
from model.equilibrium import evaluate
from model.errors import InputError
from model.expected import Atoms, outcome_atoms
from model.forward import Distribution, distribution
from model.intervention import moving_when_called, never_called
from model.kernel import play
from model.meeting import Policy
from model.outcomes import Outcomes, expected_payoffs, settle
from model.setting import Overrides
from model.terms import NOTHING_AT_STAKE
from model.timing import Game

UNCONVERGED = "simulated, equilibrium not converged"
NO_TABLE = "not defined: the hegemon looks forward, terms are no table"


@dataclass(frozen=True)
class SimulatedRuns:
    """Which runs stand in for an expectation: `replicates` (at least 2) of `seed`. `simulate`: even where exact can be
    had."""

    seed: int = 1
    replicates: int = 2000
    simulate: bool = False


def estimate(rows: np.ndarray) -> Interval:
    """The mean of rows (R,): exact if there is one, else with its 95 % interval. NaN rows are left out; not defined
    where fewer than two of several, or the only one, are left."""
    found = Interval(float(rows[0])) if len(rows) == 1 else mean_of(rows)
    return found if found.defined and (found.bounded or len(rows) == 1) else UNDEFINED


def no_table(names: Iterable[str]) -> dict[str, Interval]:
    """Numbers that are not defined, with the reason as their method: against a hegemon that looks forward there is no
    table of terms to read them from."""
    return dict.fromkeys(names, replace(UNDEFINED, method=NO_TABLE))


def unless_converged(found: Interval, converged: bool | None) -> Interval:
    """The same number, its method saying so where it rests on an equilibrium that did not converge."""
    return replace(found, method=UNCONVERGED) if converged is False and found.defined else found


@dataclass(frozen=True)
class Study:
    """A prepared setting under study. What all measures share is found once."""

    prepared: Prepared
    runs: SimulatedRuns = field(default_factory=SimulatedRuns)

    @property
    def is_exact(self) -> bool:
        return self.prepared.exact and not self.runs.simulate

    @property
    def looks_forward(self) -> bool:
        """Whether terms come out of the game, and are no table by rank."""
        return self.prepared.hegemon.looks_forward

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
        if self.looks_forward:  # simulated on request
            return self.realised(game, policy).payoff_share
        return expected_payoffs(game, *self.records(game, policy))

    def realised(self, game: Game, policy: Policy) -> Outcomes:
        """The realised outcomes of the study's runs under a game and policies of its countries."""
        return settle(self.prepared.setting, self.prepared.terms, *self.records(game, policy))

    def records(self, game: Game, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
        """The records of the study's runs: worlds (R,), countries (R, N)."""
        return play(game, policy, seed=self.runs.seed, replicates=self.runs.replicates)

    def distribution_of(self, game: Game, policy: Policy) -> Distribution:
        """The exact distribution of outcomes under a game and policies of its countries."""
        return distribution(game, evaluate(game, policy))

    def without(self, country: int) -> tuple[Game, Policy]:
        """The game, and everybody's policies, in which a country is not called while others wait, and never moves."""
        absent = never_called(self.prepared.game, country)
        return absent, moving_when_called(self.prepared.policy, absent, country, 0.0)

    def changed(self, overrides: Overrides) -> "Study":
        """The study of the same case under further overrides, everybody's strategy the same, the game solved anew."""
        return Study(prepare(self.prepared.setting, self.prepared.mix, factors=overrides), self.runs)

    @cached_property
    def _against(self) -> dict[str, Prepared | None]:
        """What `against` has found so far."""
        return {self.prepared.hegemon.name: self.prepared}

    def against(self, hegemon: str) -> Prepared | None:
        """The same game against another hegemon, solved anew; None where it cannot be played, or not exactly."""
        if hegemon not in self._against:
            mix = replace(self.prepared.mix, hegemon=find_hegemon(hegemon, "measures"))
            try:
                check_mix(self.prepared.setting.case, mix, "measures")
                self._against[hegemon] = prepare(self.prepared.setting, mix)
            except InputError:
                self._against[hegemon] = None
        found = self._against[hegemon]
        return found if found is not None and found.exact else None

    @cached_property
    def _expected(self) -> dict[str, Distribution]:
        """What `payoffs_against` has found so far."""
        return {}

    def payoffs_against(self, hegemon: str) -> Distribution | None:
        """The exact distribution of outcomes against another hegemon; None where `against` is."""
        found = self.against(hegemon)
        if found is not None and hegemon not in self._expected:
            self._expected[hegemon] = self.distribution_of(found.game, found.policy)
        return self._expected.get(hegemon)

    @cached_property
    def _atoms(self) -> dict[str, Atoms]:
        """What `atoms_against` has found so far."""
        return {}

    def atoms_against(self, hegemon: str) -> Atoms | None:
        """Every outcome against another hegemon with its probability; None where `against` is."""
        found, expected = self.against(hegemon), self.payoffs_against(hegemon)
        if found is not None and expected is not None and hegemon not in self._atoms:
            self._atoms[hegemon] = outcome_atoms(found.setting, found.terms, expected)
        return self._atoms.get(hegemon)

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
        found = self.payoffs_against(self.prepared.hegemon.name)
        assert found is not None
        return found

    @cached_property
    def atoms(self) -> Atoms:
        """Every outcome with its probability; only where `is_exact`."""
        found = self.atoms_against(self.prepared.hegemon.name)
        assert found is not None
        return found

    @cached_property
    def outcomes(self) -> Outcomes:
        """The realised outcomes of the study's runs as things are."""
        return self.realised(self.prepared.game, self.prepared.policy)
