"""The same game against each hegemon: what a country gets, how long it waits, whom the hegemon calls first and why.

payoff       a country's expected payoff against a hegemon that keeps its promise, that chooses whom to call, and that
             looks forward, share of stakes
days_waited  its expected days waited against each of them; no deal counts as the end of the pause
rank_payoff  its expected payoff given the rank that its deal comes to have, against each of them: what a reader of
             realised ranks would see. Not defined for a rank that it has with less than 1e-12
first_call   the chance that it is called at the first meeting by each of them, and what the hegemon expects from that
             call beyond what it expects of one by lottery (bn USD a year): why it is called

Each game is solved anew with the countries' own strategies. Exact; not defined, with the reason, where `commitment` is
not.
"""

import numpy as np

from agents.call_reason import Candidate, candidates_in
from agents.hegemon_strategies import HEGEMON_CATALOGUE, PROMISE_KEEPING
from agents.policy import Prepared
from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.commitment import no_game
from experiments.measures.study import Study
from model.expected import Atoms
from model.forward import SMALLEST_CHANCE
from model.states import PublicState


def payoff(study: Study, country: int) -> dict[str, Interval]:
    """The country's expected payoff against each hegemon, share of stakes."""
    if not study.at_stake(country):
        return dict.fromkeys(HEGEMON_CATALOGUE, UNDEFINED)
    found = {kind: study.payoffs_against(kind) for kind in HEGEMON_CATALOGUE}
    return {kind: no_game(kind) if one is None else Interval(float(one.value[country])) for kind, one in found.items()}


def days_waited(study: Study, country: int) -> dict[str, Interval]:
    """The country's expected days waited against each hegemon."""
    return {kind: days_against(study, country, kind) for kind in HEGEMON_CATALOGUE}


def days_against(study: Study, country: int, kind: str) -> Interval:
    """Its expected days waited against one hegemon."""
    atoms = study.atoms_against(kind)
    return no_game(kind) if atoms is None else Interval(float(atoms.mean(atoms.days_waited)[country]))


def rank_payoff(study: Study, country: int) -> dict[str, Interval]:
    """The country's expected payoff given its realised rank against each hegemon, share of stakes."""
    found: dict[str, Interval] = {}
    for kind in HEGEMON_CATALOGUE:
        atoms = study.atoms_against(kind) if study.at_stake(country) else None
        for rank in range(1, len(study.prepared.game.who) + 1):
            found[f"{kind}_{rank}"] = UNDEFINED if atoms is None else given_rank(atoms, country, rank)
    return found


def given_rank(atoms: Atoms, country: int, rank: int) -> Interval:
    """E[payoff | rank], share of stakes."""
    chance = np.where(atoms.rank[:, country] == rank, atoms.probability[:, country], 0.0)
    if chance.sum() <= SMALLEST_CHANCE:
        return UNDEFINED
    return Interval(float(chance @ atoms.payoff_share[:, country] / chance.sum()))


def first_call(study: Study, country: int) -> dict[str, Interval]:
    """Chance of being called first, by hegemon; and the worth of that call, bn."""
    found: dict[str, Interval] = {}
    for kind in HEGEMON_CATALOGUE:
        prepared = study.against(kind)
        if prepared is None:
            found[kind] = no_game(kind)
            continue
        one = next(one for one in calls_at_first(prepared) if one.country == prepared.setting.case.ids[country])
        found[kind] = Interval(one.chance)
        if kind != PROMISE_KEEPING:
            worth = one.beyond_lottery_bn
            found[f"worth_{kind}"] = UNDEFINED if worth is None else Interval(worth)
    return found


def calls_at_first(prepared: Prepared) -> tuple[Candidate, ...]:
    """Whom the hegemon may call at the first meeting."""
    return candidates_in(prepared, PublicState(0, 0, 0, 0, 0, 0), range(len(prepared.game.who)))
