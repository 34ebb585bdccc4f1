"""Interventions on when a country signs: changes of the game's tables, never of its rules.

do(first)    called at meeting 0 and signing there, ratified
do(last)     called only when all others have signed, or at the last meeting before a deadline; signing there, ratified
do(never)    the others negotiate as if it would not come: the public states that it would meet on any date
do(wait)     called at meeting 0 and not signing there; from then on as its policy says

(Pearl 2009). Everybody else's policy and luck stay as they are. Who is called is a weight by meeting, so a country
that must not be called keeps its weight times OUT_OF_TURN: too little to be called while anybody else waits, and all
there is when nobody does.
"""

import numpy as np

from model.calendar import make_calendar
from model.frontiers import NOWHERE
from model.meeting import Policy
from model.parts import PARTS, Account
from model.setting import Setting
from model.shadow import Shadow
from model.states import count_states, states_by_set
from model.terms import KNOWN, OPEN, Terms
from model.timing import Game, fill_values, worth_of_signing

OUT_OF_TURN = 1e-200


def called_first(game: Game, country: int) -> Game:
    """The game in which `country` is called at meeting 0, and its signature there is ratified."""
    weight, ratification = game.call_weight.copy(), game.ratification.copy()
    weight[0] = alone(weight[0], country)
    ratification[country, : game.offsets[1]] = 1.0
    return game._replace(call_weight=weight, ratification=ratification)


def called_last(game: Game, country: int) -> Game:
    """The game in which `country` is called when nobody else is left, or at the last meeting before the deadline (of an
    extension too, if it could not sign before), and its signature is ratified."""
    weight, ratification = game.call_weight.copy(), game.ratification.copy()
    weight[:, country] *= OUT_OF_TURN
    for last in {game.regular - 1, len(weight) - 1}:
        weight[last] = alone(game.call_weight[last], country)
    ratification[country] = 1.0
    return game._replace(call_weight=weight, ratification=ratification, shadow=always_ratified(game.shadow, country))


def always_ratified(shadow: Shadow, country: int) -> Shadow:
    """Bargains of a hegemon that looks forward, with one country's always ratified where they can be."""
    ratification = shadow.ratification.copy()
    ratification[country] = np.where(ratification[country] > 0.0, 1.0, 0.0)
    return shadow._replace(ratification=ratification)


def never_called(game: Game, country: int) -> Game:
    """The game in which `country` is not called while anybody else waits."""
    weight = game.call_weight.copy()
    weight[:, country] *= OUT_OF_TURN
    return game._replace(call_weight=weight)


def waiting_at_first(game: Game, country: int) -> Game:
    """The game in which `country` is called at meeting 0 and whatever it signs there fails: it waits."""
    called = called_first(game, country)
    called.ratification[country, : game.offsets[1]] = 0.0
    return called


def alone(weight: np.ndarray, country: int) -> np.ndarray:
    """The weights (N,) of a meeting at which `country` is called, unless it has signed."""
    return np.where(np.arange(len(weight)) == country, weight, weight * OUT_OF_TURN)


def moving_when_called(policy: Policy, game: Game, country: int, probability: float = 1.0) -> Policy:
    """`policy` with one country moving with a fixed probability wherever it can sign, the others as before. Calls and
    what would be agreed on stay what they are in each state."""
    if len(policy.terms):
        by_set, column = policy.by_set.copy(), states_by_set(len(game.who))[0] == country
        by_set[:, column] = np.where(policy.terms[:, column] != NOWHERE, probability, 0.0)
        return policy._replace(by_set=by_set)
    by_count, uses_set = np.zeros_like(game.sign), policy.uses_set.copy()
    if policy.by_count.shape == by_count.shape:
        by_count[:] = policy.by_count
    by_count[country] = np.where(game.sign[country] > -np.inf, probability, 0.0)
    uses_set[country] = False
    return policy._replace(by_count=by_count, uses_set=uses_set)


def held_at_start(setting: Setting, terms: Terms, game: Game, country: int) -> Game:
    """The game in which day, domestic regime and sector state are worth to `country` what they are at meeting 0,
    whenever it signs: what is left of a late signature is its rank and what precedents have taught.

    Its flow lasts as long as from meeting 0, and neither signing late nor having no deal costs it any delay.
    """
    calendar, meetings = make_calendar(setting.window), len(game.call_weight)
    worth = worth_of_signing(setting, terms, calendar, np.full(meetings, game.packages.flow_years[0]), country)
    share, flow = worth.share.copy(), worth.flow.copy()
    share[..., KNOWN], flow[..., KNOWN] = share[..., OPEN], flow[..., OPEN]
    at_start, no_delay = np.full(meetings, worth.regime[0]), np.zeros(meetings)
    held = worth._replace(share=share, flow=flow, regime=at_start, delay=no_delay)
    sign, ratification, no_deal = game.sign.copy(), game.ratification.copy(), game.no_deal.copy()
    fill_values(held, game.precedent_accuracy, game.prior_firm, game.offsets, sign[country], ratification[country])
    delay = setting.by_country["delay_cost"][country] / calendar.window_days
    no_deal[:, country] += delay * np.array(calendar.end_day)[:, None]
    return game._replace(sign=sign, ratification=ratification, no_deal=no_deal)


def states_met(game: Game, reach: np.ndarray, meeting: int) -> tuple[np.ndarray, np.ndarray]:
    """The count states before a meeting that come about, and their probabilities given that it is held, from `reach`
    (C,)."""
    states = np.arange(game.offsets[meeting], game.offsets[meeting + 1])
    states = states[reach[states] > 0.0]
    return states, reach[states] / reach[states].sum()


def parts_at(game: Game, account: Account, states: np.ndarray) -> np.ndarray:
    """The parts of what being called in these count states (A,) is worth to the country of the account, (A, PARTS): it
    signs where it can, ratified, and has no deal where it cannot, the extension still to be drawn before the deadline.
    Their sum is that worth, in shares of stakes."""
    meeting, signed, harsh, _ = count_states(len(game.precision), len(game.offsets) - 1)[states].T
    extended = np.where(meeting < game.regular, game.extension_probability, 1.0)[:, None]
    regular_end, later_end = account.no_deal[:, signed * (signed + 1) // 2 + harsh]
    no_deal = (1.0 - extended) * regular_end + extended * later_end
    can = account.sign[states] > -np.inf
    return np.asarray(np.where(can[:, None], account.signing[states], no_deal)[:, : len(PARTS)])
