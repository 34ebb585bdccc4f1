"""The same game against each hegemon: what a country gets, how long it waits, whom the hegemon calls first and why.

payoff       a country's expected payoff against a hegemon that keeps its promise, that chooses whom to call, and that
             looks forward, share of stakes
days_waited  its expected days waited against each of them; no deal counts as the end of the pause
first_call   the chance that it is called at the first meeting by each of them, and what the hegemon expects from that
             call beyond what it expects of one by lottery (bn USD a year): why it is called

Each game is solved anew with the countries' own strategies. Exact; not defined, with the reason, where `commitment` is
not.
"""

import numpy as np

from agents.hegemon_strategies import HEGEMON_CATALOGUE, PROMISE_KEEPING
from agents.policy import Prepared
from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.commitment import no_game
from experiments.measures.study import Study
from model.calls import chosen_weight, largest_pull
from model.expected import outcome_atoms
from model.states import set_state


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
    prepared, expected = study.against(kind), study.payoffs_against(kind)
    if prepared is None or expected is None:
        return no_game(kind)
    atoms = outcome_atoms(prepared.setting, prepared.terms, expected)
    return Interval(float(atoms.mean(atoms.days_waited)[country]))


def first_call(study: Study, country: int) -> dict[str, Interval]:
    """Chance of being called first, by hegemon; and the worth of that call, bn."""
    found: dict[str, Interval] = {}
    for kind in HEGEMON_CATALOGUE:
        prepared = study.against(kind)
        if prepared is None:
            found[kind] = no_game(kind)
            continue
        chance, worth = calls_at_first(prepared)
        found[kind] = Interval(float(chance[country]))
        if kind != PROMISE_KEEPING:
            found[f"worth_{kind}"] = Interval(float(worth[country])) if worth is not None else UNDEFINED
    return found


def calls_at_first(prepared: Prepared) -> tuple[np.ndarray, np.ndarray | None]:
    """Chances of being called at the first meeting, (N,), and what the hegemon expects from calling each beyond what it
    expects of the lottery, bn, (N,); None where its precision is 0 and says nothing of it."""
    game, policy = prepared.game, prepared.policy
    weight = game.call_weight[0]
    if not len(policy.calls):
        return weight / weight.sum(), None
    pulls, first, step = policy.calls[0], int(set_state(policy.set_offsets[0], 0, 0, 0, 0)), 2
    most = float(largest_pull(weight, pulls, first, step, 0))
    own = np.array([pulls[first + step * i] for i in range(len(weight))])
    chosen = np.array([chosen_weight(one, pull, most) for one, pull in zip(weight, own, strict=True)])
    if game.shadow.precision == 0.0:
        return chosen / chosen.sum(), None
    expected = own / game.shadow.precision
    return chosen / chosen.sum(), expected - weight @ expected / weight.sum()
