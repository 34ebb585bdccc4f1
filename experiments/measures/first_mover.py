"""First-mover advantage of one country, by five estimands, each payoff(first) - payoff(last) in shares of its stakes.

structural   the terms of rank 1 less those of the last rank, everything else as at meeting 0: M(b0; 1) - M(b0; K)
causal       E[payoff | do(first)] - E[payoff | do(last)], the others' policies and all random draws as they are
causal_held  the same with day, domestic regime and sector state worth what they are at meeting 0, so that rank and
             learning stand alone
committed    the same as causal, but the others know that it is last, and the game is solved anew
naive        the slope of the realised payoff on the realised rank, times 1 - E[rank | do(last)]: what a regression
             says of the same two ranks. It is confounded by everything that moves both, and can have the wrong sign

do(first) and do(last) are those of `model.intervention`. Under do(first) the public state is the first one, so its
expectation is the value of signing there: exact for any number of countries. Against a hegemon that looks forward both
take the terms of the state that they land in (calls and terms held as tables); structural and causal_held are then not
defined, for no state differs from another in rank alone.
"""

from dataclasses import replace

import numpy as np

from agents.policy import tabulate
from agents.strategies import find_strategy
from experiments.analysis.interval import UNDEFINED, Interval, around
from experiments.analysis.regression import FEWEST, least_squares
from experiments.measures.study import Study, estimate, no_table, unless_converged
from model.belief import package_value
from model.forward import SMALLEST_CHANCE
from model.intervention import called_last, held_at_start, moving_when_called
from model.meeting import Policy, sign_at
from model.terms import OPEN
from model.timing import Game

STRUCTURAL, CAUSAL, HELD, COMMITTED, NAIVE = "structural", "causal", "causal_held", "committed", "naive"


def first_mover_advantage(study: Study, country: int) -> dict[str, Interval]:
    """Every estimand for one country, shares of stakes; undefined where it cannot sign first (structural: or last)."""
    if not study.at_stake(country):
        return dict.fromkeys((STRUCTURAL, CAUSAL, HELD, COMMITTED, NAIVE), UNDEFINED)
    prepared = study.prepared
    if study.looks_forward:
        return {
            **no_table((STRUCTURAL, HELD)),
            CAUSAL: causal(study, prepared.game, country),
            COMMITTED: committed(study, country),
            NAIVE: naive(study, country),
        }
    held = held_at_start(prepared.setting, prepared.terms, prepared.game, country)
    return {
        STRUCTURAL: structural(study, country),
        CAUSAL: causal(study, prepared.game, country),
        HELD: causal(study, held, country),
        COMMITTED: committed(study, country),
        NAIVE: naive(study, country),
    }


def structural(study: Study, country: int) -> Interval:
    """Worth of the package at rank 1 less its worth at the last rank, in the state of meeting 0."""
    game = study.prepared.game
    first, last = (package_at(game, country, rank, 0) for rank in (0, game.packages.full.shape[1] - 1))
    return estimate(np.array([first - last]))


def package_at(game: Game, country: int, rank: int, meeting: int) -> float:
    """Worth of the package at a rank (from 0) by the terms table, under the prior and before the news."""
    packages, years = game.packages, game.packages.flow_years[meeting]
    at = country, rank, packages.regime[country, meeting], OPEN
    return float(
        package_value(
            packages.lean[at] + years * packages.lean_flow[at],
            packages.full[at] + years * packages.full_flow[at],
            packages.rebuff_cost[country],
            game.prior_firm,
        )
    )


def signing_first(game: Game, policy: Policy, country: int) -> float:
    """E[payoff | do(first)]: the value of signing in the first public state; NaN where it cannot."""
    value = float(sign_at(game, policy, country, 0, 0, 0, 0, 0))
    return value if value > -np.inf else np.nan


def causal(study: Study, game: Game, country: int) -> Interval:
    """E[payoff | do(first)] - E[payoff | do(last)], the others' policies fixed."""
    last = called_last(game, country)
    rows = study.payoffs(last, moving_when_called(study.prepared.policy, last, country))[:, country]
    return estimate(signing_first(game, study.prepared.policy, country) - rows)


def committed(study: Study, country: int) -> Interval:
    """The same, the others responding to a country that is known to be last."""
    prepared = study.prepared
    last = called_last(prepared.game, country)
    always = find_strategy("script:0", "measures")
    strategies = tuple(always if i == country else chosen for i, chosen in enumerate(prepared.strategies))
    solution = tabulate(prepared.setting, last, replace(prepared.mix, countries=strategies))
    rows = signing_first(prepared.game, prepared.policy, country) - study.payoffs(last, solution.policy)[:, country]
    return unless_converged(estimate(rows), solution.status.converged)


def naive(study: Study, country: int) -> Interval:
    """1 - E[rank | do(last)] times the least-squares slope of realised payoff on realised rank, over outcomes with a
    deal."""
    distance = 1.0 - rank_when_last(study, country)
    if study.is_exact:
        atoms = study.atoms
        weight = atoms.probability[:, country] * atoms.has_deal[:, country]
        if weight.sum() <= SMALLEST_CHANCE:
            return UNDEFINED
        line = least_squares(atoms.rank[:, country], atoms.payoff_share[:, country], weight)
        return estimate(np.array([distance * line.slope]))
    signed = study.outcomes.has_deal[:, country]
    rank, payoff = study.outcomes.deal_rank[signed, country], study.outcomes.payoff_share[signed, country]
    line = least_squares(rank.astype(float), payoff)
    found = around(distance * line.slope, abs(distance) * line.error, len(rank))
    return found if found.defined and len(rank) >= FEWEST else UNDEFINED


def rank_when_last(study: Study, country: int) -> float:
    """E[rank | do(last)] where that ends in a deal; NaN where it never does."""
    last = called_last(study.prepared.game, country)
    policy = moving_when_called(study.prepared.policy, last, country)
    if study.is_exact:
        chance = study.distribution_of(last, policy).by_rank[country]
    else:
        rank = study.records(last, policy)[1]["rank"][:, country]
        chance = np.bincount(rank[rank > 0] - 1)
    return float(chance @ np.arange(1, len(chance) + 1) / chance.sum()) if chance.sum() > SMALLEST_CHANCE else np.nan
