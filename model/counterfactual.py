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
from model.grants import RECIPROCAL
from model.parts import COLUMNS, NO_DEAL, Account, Pieces, account_of, fill_parts, pieces_of
from model.setting import Setting
from model.states import PublicState
from model.terms import BEFORE, FIRM, SOFT, Terms
from model.timing import Game, fill_values

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
    """Country i's account with a cause taken away from a call on; it must be able to sign in that state."""
    as_is = account_of(setting, terms, game, i)
    if cause == NEWS:
        return as_is._replace(news_hazard=0.0)
    pieces, accuracy, prior = pieces_of(setting, terms, game, i), game.precedent_accuracy, game.prior_firm
    changed = as_is
    if cause == RANK:
        pieces = flat_from(pieces, state.signed)
    elif cause == DATE:
        held = np.full_like(pieces.worth.regime, pieces.worth.regime[state.meeting])
        pieces = pieces._replace(worth=pieces.worth._replace(regime=held))
    else:
        accuracy, prior = 0.5, float(belief_firm(prior, accuracy, state.signed, state.harsh))
        changed = untaught(as_is, terms, i, prior)
    sign, ratification = np.full_like(as_is.sign, -np.inf), np.zeros_like(as_is.ratification)
    fill_values(pieces.worth, accuracy, prior, game.offsets, sign, ratification)
    signing = np.zeros((len(sign), COLUMNS))
    fill_parts(pieces, accuracy, prior, game.offsets, signing)
    return changed._replace(signing=signing, sign=sign, ratification=ratification)


def flat_from(pieces: Pieces, signed: int) -> Pieces:
    """The pieces in which every rank after the next one, `signed` + 1, brings what that one does."""
    worth = pieces.worth
    ranks = np.minimum(np.arange(len(worth.share)), signed)
    flat = worth._replace(share=worth.share[ranks], flow=worth.flow[ranks])
    return pieces._replace(worth=flat, terms=pieces.terms[ranks])


def untaught(as_is: Account, terms: Terms, i: int, belief: float) -> Account:
    """The account in which no precedent moves the belief: what no deal is worth, and how precedents fall."""
    no_deal = as_is.no_deal.copy()
    executed = belief * terms.execution[FIRM] + (1.0 - belief) * terms.execution[SOFT]
    no_deal[..., NO_DEAL] = (1.0 - executed) * terms.grant_gain[i, RECIPROCAL] / terms.stakes[i]
    return as_is._replace(no_deal=no_deal, harsh=np.full_like(as_is.harsh, harsh_probability(belief, 0.5)))
