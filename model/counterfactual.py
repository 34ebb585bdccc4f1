"""What stands behind a choice: a country's own tables with one thing taken away from a call on, the others' moves held.

Each change leaves what signing *in this call* brings, and its chance of ratification, as they are. It changes what
comes later, and so what waiting is worth:

rank        every later rank brings what the rank of this call would: the terms table is flat from there on
date        its own date never comes: its domestic regime stays the one of this call, with the caps, the ratification
            chance and the floor of that regime. The terms of that regime are those of the table, with what a patient
            hegemon insists on before the date: nothing is bargained anew
news        the chance of news about the open sectors is 0: their outcome stays open until the end
precedents  accuracy 1/2 from this call on: precedents are harsh with chance 1/2 and teach nothing, so that the belief
            of every later state, and with it packages and what no deal is worth, is that of this call

The others go on as in the policy table, which they read by the same public states. The country itself answers the
changed tables by its own strategy: by the logit of what moving and waiting are worth in them, or by its rule. What
becomes of moving - waiting, in the same state at the same call, says what the one thing does to the choice.
"""

from collections.abc import Hashable

import numpy as np

from model.belief import belief_firm, harsh_probability
from model.calendar import make_calendar
from model.parts import Account
from model.setting import Setting
from model.states import PublicState, triangle
from model.terms import BEFORE, Terms
from model.timing import Game, fill_values, worth_of_signing

RANK, DATE, NEWS, PRECEDENTS = "rank", "date", "news", "precedents"
CAUSES = (RANK, DATE, NEWS, PRECEDENTS)


def change_made(cause: str, game: Game, i: int, state: PublicState) -> Hashable:
    """What taking a cause away from a call on changes for country i: the same for calls that have the same change.

    None where there is nothing to take away: no rank is left, its date has passed or is none, the news has come or
    cannot come, nobody is left to set a precedent or none would teach anything.
    """
    others = len(game.who) - 1 - state.signed
    if cause == RANK:
        return (RANK, state.signed) if state.signed + 1 < game.packages.full.shape[1] else None
    if cause == DATE:
        regime = game.packages.regime[i]
        return (DATE,) if regime[state.meeting] == BEFORE and regime.max() > BEFORE else None
    if cause == NEWS:
        return (NEWS,) if not state.known and game.news_hazard > 0.0 else None
    belief = belief_firm(game.prior_firm, game.precedent_accuracy, state.signed, state.harsh)
    teaches = game.precedent_accuracy > 0.5 and 0.0 < belief < 1.0
    return (PRECEDENTS, belief) if teaches and others > 0 else None


def account_without(cause: str, setting: Setting, terms: Terms, game: Game, i: int, state: PublicState) -> Account:
    """Country i's account, in one column, with a cause taken away from a call on; it must be able to sign then."""
    calendar, hazard = make_calendar(setting.window), game.news_hazard
    worth = worth_of_signing(setting, terms, calendar, game.packages.flow_years, i)
    accuracy, prior, harsh, no_deal = game.precedent_accuracy, game.prior_firm, game.harsh, game.no_deal[:, i]
    if cause == RANK:
        ranks = np.minimum(np.arange(len(worth.share)), state.signed)
        worth = worth._replace(share=worth.share[ranks], flow=worth.flow[ranks])
    elif cause == DATE:
        worth = worth._replace(regime=np.full_like(worth.regime, worth.regime[state.meeting]))
    elif cause == NEWS:
        hazard = 0.0
    elif cause == PRECEDENTS:
        accuracy, prior = 0.5, float(belief_firm(prior, accuracy, state.signed, state.harsh))
        harsh = np.full_like(harsh, harsh_probability(prior, accuracy))
        here = no_deal[:, triangle(state.signed, state.harsh)]
        no_deal = np.repeat(here[:, None], no_deal.shape[1], axis=1)
    sign, ratification = np.full(game.offsets[-1], -np.inf), np.zeros(game.offsets[-1])
    fill_values(worth, accuracy, prior, game.offsets, sign, ratification)
    signing = np.where(sign > -np.inf, sign, 0.0)
    return Account(signing[:, None], sign, ratification, no_deal[..., None], harsh, hazard)
