"""The run that a newcomer sees first is a typical one."""

import numpy as np

from agents.policy import prepare
from experiments.arguments import TYPICAL_SEED
from model.equilibrium import evaluate
from model.expected import outcome_atoms
from model.forward import distribution
from model.kernel import play
from model.outcomes import settle
from tests.tools.program import Call


def test_the_default_seed_is_the_nearest_to_the_means_of_a_thousand() -> None:
    prepared = prepare("six")
    found = distribution(prepared.game, evaluate(prepared.game, prepared.policy))
    atoms = outcome_atoms(prepared.setting, prepared.terms, found)
    means = atoms.mean(atoms.days_waited)
    distance = []
    for seed in range(1000):
        out = settle(prepared.setting, prepared.terms, *play(prepared.game, prepared.policy, seed=seed, replicates=1))
        waited = np.where(out.deal_rank[0] > 0, out.deal_day[0], out.end_day[0])
        distance.append(((waited - means) ** 2).sum())
    assert int(np.argmin(distance)) == TYPICAL_SEED


def test_run_plays_it(call: Call) -> None:
    assert call("run", "--json").json["seed"] == TYPICAL_SEED
