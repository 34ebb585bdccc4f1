"""A country's payoff part by part: what a signature and what no deal are made of in every public state.

In shares of its stakes G,

    signing = reciprocal relief + sector relief + open-sector relief - concessions + flow of the pause
              - risk of a rebuff - delay - signing cost,
    no deal = relief where the threat is not executed - delay,

each as expected under the public belief of the state, with the package that would be tabled there. The parts of signing
add up to `Game.sign`, those of no deal to `Game.no_deal`. Beside them stand three facts about a deal, so that whoever
carries parts backward learns its chance, and its mean day and rank, as well.
"""

from typing import NamedTuple

import numpy as np

from model.belief import belief_firm, tables_lean
from model.calendar import make_calendar
from model.compiled import compiled
from model.frontiers import NOWHERE
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL
from model.meeting import Policy
from model.offers import fill_signatures
from model.setting import Setting
from model.states import bit_count, count_state, mass_offsets, place_among_waiting, set_offsets
from model.terms import NOTHING_AT_STAKE, Terms
from model.timing import Game, Worth, worth_of_signing

PARTS = (
    "reciprocal_relief",
    "sector_relief",
    "open_sector_relief",
    "concessions",
    "flow_of_the_pause",
    "rebuff_risk",
    "delay",
    "signing_cost",
    "no_deal",
)
SIGNING_PARTS = PARTS[:-1]
CONCESSIONS, FLOW, REBUFF, DELAY, SIGNING_COST, NO_DEAL = 3, 4, 5, 6, 7, 8
DEAL, DEAL_DAY, DEAL_RANK = 9, 10, 11  # the facts: 1 where there is a deal, its day, its rank; 0 where there is none
COLUMNS = 12  # parts, then facts


class Pieces(NamedTuple):
    """What one country's signature is made of. K ranks, T meetings."""

    worth: Worth
    terms: np.ndarray  # (K, 2, 2, 2, 4) reliefs and concessions (negative), shares of stakes; they add up to the share
    day: np.ndarray  # (T,)


EVERYWHERE = np.zeros(0, np.int64)  # no places: rows are count states


class Account(NamedTuple):
    """What the moves of one country lead to. C states, K columns: PARTS and the facts of a deal, or one for all that it
    is worth. It can be changed for this country alone: see `model.counterfactual`.

    Its rows are count states. Against a hegemon that looks forward terms depend on who has signed: then each meeting
    has a row for every set of signers among the others, (h, z) side by side, and `places` says where those of a set
    begin (`states.mass_offsets`). `account_row` finds the row.
    """

    signing: np.ndarray  # (C, K); 0 where it cannot sign
    sign: np.ndarray  # (C,) the value of signing, -inf where it cannot sign
    ratification: np.ndarray  # (C,)
    no_deal: np.ndarray  # (2, (N+1)(N+2)/2, K) by the end that comes and (n, h)
    harsh: np.ndarray  # ((N+1)(N+2)/2,) predictive chance of a harsh precedent by (n, h)
    news_hazard: float
    places: np.ndarray = EVERYWHERE


@compiled
def account_row(account: Account, offsets: np.ndarray, m: int, others: int, signed: int, s: int) -> int:
    """The row of an account at meeting m where these of the others have signed; s = 2 h + z."""
    if len(account.places):
        return m * account.places[-1] + account.places[others] + s
    return count_state(offsets[m], signed, 0, 0) + s


def pieces_of(setting: Setting, terms: Terms, game: Game, i: int) -> Pieces:
    """What country i's signature is made of; it must have something at stake."""
    calendar = make_calendar(setting.window)
    concessions = -(terms.levels[i, ..., GRANTS:] @ terms.issue_cost[i])
    split = np.concatenate([terms.relief[i], concessions[..., None]], axis=-1) / terms.stakes[i]
    return Pieces(worth_of_signing(setting, terms, calendar, game.packages.flow_years, i), split, calendar.day)


def account_of(setting: Setting, terms: Terms, game: Game, i: int, policy: Policy | None = None) -> Account:
    """Country i's account as things are: zeros, and it cannot sign, where nothing is at stake. policy: where its terms
    are what would be agreed on in each state."""
    if policy is not None and len(policy.terms):
        return account_by_set(setting, terms, game, i, policy)
    signing = np.zeros((game.offsets[-1], COLUMNS))
    if terms.stakes[i] >= NOTHING_AT_STAKE:
        pieces = pieces_of(setting, terms, game, i)
        fill_parts(pieces, game.precedent_accuracy, game.prior_firm, game.offsets, signing)
    return Account(
        signing,
        game.sign[i],
        game.ratification[i],
        parts_of_no_deal(setting, terms, game, i),
        game.harsh,
        game.news_hazard,
    )


def account_by_set(setting: Setting, terms: Terms, game: Game, i: int, policy: Policy) -> Account:
    """Country i's account where the hegemon looks forward."""
    n, meetings, day = len(game.who), len(game.offsets) - 1, make_calendar(setting.window).day
    places, low = mass_offsets(n - 1), (1 << i) - 1
    others = np.repeat(np.arange(1 << (n - 1)), np.diff(places))
    mask = ((others & ~low) << 1) | (others & low)
    within = np.arange(places[-1]) - places[others]  # 2 h + z
    signed, place = np.array([bit_count(int(one)) for one in others]), [place_among_waiting(int(k), i) for k in mask]
    column = set_offsets(n)[mask] + np.array(place) * 2 * (signed + 1) + within
    position = policy.terms[:, column]
    agreed = (position != NOWHERE) & (signed[None, :] <= np.arange(meetings)[:, None])
    regime = np.broadcast_to(game.packages.regime[i][:, None], position.shape)
    known, country = np.broadcast_to(within % 2, position.shape), np.full(position.shape, i)
    at, frontiers = (country, regime, known, np.maximum(position, 0.0)), terms.frontiers
    relief, levels = frontiers.at(frontiers.relief, *at), frontiers.at(frontiers.levels, *at)
    payoff = frontiers.at(frontiers.payoff, *at)
    flow = payoff - relief[..., OPEN_SECTOR] - terms.grant_gain[i, RECIPROCAL]
    signing = np.zeros((*position.shape, COLUMNS))
    stakes = max(float(terms.stakes[i]), NOTHING_AT_STAKE)
    cost = float(setting.by_country["signing_cost"][i] / (setting.parameters.deal_horizon * stakes))
    signing[..., :CONCESSIONS] = relief / stakes
    signing[..., CONCESSIONS] = -(levels[..., GRANTS:] @ terms.issue_cost[i]) / stakes
    signing[..., FLOW] = game.packages.flow_years[:, None] * flow / stakes
    signing[..., DELAY], signing[..., SIGNING_COST] = -(game.shadow.costs[i] - cost)[:, None], -cost
    signing[..., DEAL], signing[..., DEAL_DAY], signing[..., DEAL_RANK] = 1.0, day[:, None], signed[None, :] + 1.0
    signing[~agreed] = 0.0
    sign, ratification = np.full(position.shape, -np.inf), np.zeros(position.shape)
    row_sign, row_ratification = np.empty(policy.terms.shape[1]), np.empty(policy.terms.shape[1])
    for m in range(meetings):
        fill_signatures(game, policy, m, i, row_sign, row_ratification)
        here = agreed[m]
        sign[m, here], ratification[m, here] = row_sign[column[here]], row_ratification[column[here]]
    return Account(
        signing.reshape(-1, COLUMNS),
        sign.ravel(),
        ratification.ravel(),
        parts_of_no_deal(setting, terms, game, i),
        game.harsh,
        game.news_hazard,
        places,
    )


def parts_of_no_deal(setting: Setting, terms: Terms, game: Game, i: int) -> np.ndarray:
    """The parts of country i's no deal, (2, (N+1)(N+2)/2, COLUMNS): see `Account`."""
    parts = np.zeros((*game.no_deal[:, i].shape, COLUMNS))
    if terms.stakes[i] >= NOTHING_AT_STAKE:
        calendar = make_calendar(setting.window)
        a_day = setting.by_country["delay_cost"][i] / calendar.window_days
        parts[..., DELAY] = -a_day * np.array(calendar.end_day)[:, None]
        parts[..., NO_DEAL] = game.no_deal[:, i] - parts[..., DELAY]
    return parts


@compiled
def fill_parts(pieces: Pieces, accuracy: float, prior: float, offsets: np.ndarray, out: np.ndarray) -> None:
    """Fill the parts of signing in every count state, (C, COLUMNS), with the package of `timing.fill_values`."""
    worth = pieces.worth
    ranks = worth.share.shape[0]
    for m in range(len(worth.regime)):
        regime, years = worth.regime[m], worth.flow_years[m]
        if worth.ratification[regime] <= 0.0:
            continue
        for n in range(min(m, ranks - 1) + 1):
            for h in range(n + 1):
                belief = belief_firm(prior, accuracy, n, h)
                for z in range(2):
                    lean = worth.share[n, 0, regime, z] + years * worth.flow[n, 0, regime, z]
                    full = worth.share[n, 1, regime, z] + years * worth.flow[n, 1, regime, z]
                    if np.isnan(full):
                        continue
                    firm, rebuff = 1.0, 0.0
                    if tables_lean(lean, full, worth.rebuff_cost, belief):
                        firm, rebuff = belief, belief * worth.rebuff_cost
                    place = count_state(offsets[m], n, h, z)
                    for k in range(CONCESSIONS + 1):
                        out[place, k] = firm * pieces.terms[n, 1, regime, z, k]
                        if firm < 1.0:
                            out[place, k] += (1.0 - firm) * pieces.terms[n, 0, regime, z, k]
                    flow = firm * worth.flow[n, 1, regime, z]
                    if firm < 1.0:
                        flow += (1.0 - firm) * worth.flow[n, 0, regime, z]
                    out[place, FLOW], out[place, REBUFF] = years * flow, -rebuff
                    out[place, DELAY], out[place, SIGNING_COST] = -worth.delay[m], -worth.signing
                    out[place, DEAL], out[place, DEAL_DAY], out[place, DEAL_RANK] = 1.0, pieces.day[m], n + 1.0
