"""What waiting costs a country and what it is worth, part by part. Shares of stakes.

price of waiting  E[payoff | do(sign at meeting 0)] - E[payoff | do(sign a week later)]: positive where a week's wait is
                  dear. Delay, rank, regime, news and what precedents teach are all in it
option value      E[payoff | do(wait at meeting 0)] less what no deal is worth there: the worth of being asked again
its information   option value less what it would be if precedents taught nothing (accuracy 1/2), the game solved anew:
part              the rivals' response is in it, so it may be negative

Both are split over what a signature and no deal are made of (`model.parts`); the parts add up to them.
"""

import numpy as np

from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.study import Study, estimate, no_table, unless_converged
from model.calendar import make_calendar
from model.intervention import parts_at, states_met, waiting_at_first
from model.outcomes import parts_by_history, states_at
from model.parts import PARTS, Account, account_of
from model.solver import waiting_under
from model.states import PublicState

WEEK, TOTAL, INFORMATION = "week", "total", "information"


def price_of_waiting(study: Study, country: int) -> dict[str, Interval]:
    """The price of a week's wait from meeting 0, and its parts."""
    if study.looks_forward:
        return no_table((WEEK, *PARTS))
    later = int(study.prepared.setting.window.meetings_per_week)
    game = study.prepared.game
    if not study.at_stake(country) or later >= game.regular or game.sign[country, 0] == -np.inf:
        return dict.fromkeys((WEEK, *PARTS), UNDEFINED)
    account = account_at(study, country)
    absent, policy = study.without(country)
    if study.is_exact:
        states, chance = states_met(absent, study.distribution_of(absent, policy).reach, later)
        rows = chance[None, :] @ parts_at(game, account, states)
    else:
        rows = parts_at(game, account, states_at(absent, *study.records(absent, policy), later))
    return split(WEEK, account.signing[0, : len(PARTS)] - rows)


def option_value(study: Study, country: int) -> dict[str, Interval]:
    """The value of the option to sign later, the part of it that precedents' information makes, and the parts of the
    signatures (and of no deal) that it leads to, less those of no deal."""
    if study.looks_forward and not study.is_exact:
        return no_table((TOTAL, INFORMATION, *PARTS))
    if not study.at_stake(country):
        return dict.fromkeys((TOTAL, INFORMATION, *PARTS), UNDEFINED)
    rows = option_rows(study, country)
    untaught = estimate(rows.sum(axis=1) - option_rows(study.untaught, country).sum(axis=1))
    information = unless_converged(untaught, study.untaught.converged)
    found = split(TOTAL, rows)
    return {TOTAL: found.pop(TOTAL), INFORMATION: information, **found}


def option_rows(study: Study, country: int) -> np.ndarray:
    """The parts of what do(wait at meeting 0) leads to, less those of no deal, (R, PARTS)."""
    prepared, game = study.prepared, study.prepared.game
    account, x = account_at(study, country), study.prepared.game.extension_probability
    no_deal = (1.0 - x) * account.no_deal[0, 0] + x * account.no_deal[1, 0]
    if study.is_exact:
        start = PublicState(0, int(make_calendar(prepared.setting.window).day[0]), 0, 0, 0, 0)
        rows = waiting_under(game, prepared.solution).parts(country, account, [start])
    else:
        waits = waiting_at_first(game, country)
        rows = parts_by_history(game, account, country, *study.records(waits, prepared.policy))
    return np.asarray(rows[:, : len(PARTS)] - no_deal[: len(PARTS)])


def account_at(study: Study, country: int) -> Account:
    """What the country's signatures and its no deal are made of."""
    prepared = study.prepared
    return account_of(prepared.setting, prepared.terms, prepared.game, country, prepared.policy)


def split(name: str, rows: np.ndarray) -> dict[str, Interval]:
    """The estimate of the sums of rows (R, PARTS), and that of each part."""
    return {name: estimate(rows.sum(axis=1))} | {part: estimate(rows[:, k]) for k, part in enumerate(PARTS)}
