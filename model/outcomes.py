"""What a run's records mean: days, rates and payoffs of every country, and the hegemon's surplus.

The formulae stand in `model.valuation`.
"""

from dataclasses import dataclass

import numpy as np

from model.calls import NEVER
from model.frontiers import NOWHERE
from model.grants import GRANTS, OPEN_SECTOR, RECIPROCAL
from model.meeting import LEAN
from model.parts import PARTS, Account
from model.setting import Setting
from model.terms import FIRM, SOFT, Terms
from model.timing import Game
from model.valuation import BY_TABLE, Given, make_settled, settle_runs, valuation_of


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of R runs: arrays (R, N) by run and country, (R,) by run. Days are -1 and ranks 0 where none."""

    deal_day: np.ndarray
    deal_rank: np.ndarray
    package: np.ndarray  # index into meeting.PACKAGES
    tariff_final: np.ndarray
    sector_rate_final: np.ndarray
    terms_share: np.ndarray
    flow_share: np.ndarray  # what the deal brought while the pause lasted
    delay_loss: np.ndarray
    rebuff_loss: np.ndarray
    signing_loss: np.ndarray
    payoff_share: np.ndarray
    payoff_bn: np.ndarray
    payoff_pct_gdp: np.ndarray  # NaN without a GDP
    called_count: np.ndarray
    failed_ratifications: np.ndarray
    concession_levels: np.ndarray  # (R, N, J), 0 without a deal
    firm: np.ndarray  # (R,)
    deals: np.ndarray
    first_deal_day: np.ndarray
    last_deal_day: np.ndarray
    news_day: np.ndarray
    end_day: np.ndarray
    hegemon_surplus_bn: np.ndarray  # sum over deals of terms + phi flow + dR_n - d_H(its true type)

    @property
    def has_deal(self) -> np.ndarray:
        """Whether each country has a deal, (R, N)."""
        return self.deal_rank > 0

    @property
    def days_waited(self) -> np.ndarray:
        """Days until the deal, or until the end of the pause without one, (R, N)."""
        return np.where(self.has_deal, self.deal_day, self.end_day[:, None])


def given_by(terms: Terms, countries: np.ndarray, regime: np.ndarray) -> Given:
    """What the deals in records (R, N) bring: where terms were agreed on in their state, by their position on the
    frontier, else by the terms table. regime (R, N): at the meeting of signature."""
    each = np.broadcast_to(np.arange(countries.shape[1])[None, :], countries.shape)
    there = agreed_on(terms, each, regime, countries["known"], np.maximum(countries["agreed"], 0.0))
    agreed = countries["agreed"] != NOWHERE
    if (agreed | (countries["deal_meeting"] == NEVER)).all():
        return there
    signed_type = np.where(countries["package"] == LEAN, SOFT, FIRM)
    at = (each, np.maximum(countries["rank"] - 1, 0), signed_type, regime, countries["known"])
    table = Given(terms.payoff[at], terms.flow[at], terms.hegemon[at], terms.hegemon_flow[at], terms.levels[at])
    return Given(
        *(
            np.where(agreed.reshape(*agreed.shape, *(1,) * (new.ndim - 2)), new, old)
            for new, old in zip(there, table, strict=True)
        )
    )


def agreed_on(terms: Terms, country: np.ndarray, regime: np.ndarray, known: np.ndarray, position: np.ndarray) -> Given:
    """What is agreed on at positions of the frontiers brings, all of one shape."""
    frontiers, at = terms.frontiers, (country, regime, known, position)
    payoff, hegemon = frontiers.at(frontiers.payoff, *at), frontiers.at(frontiers.hegemon, *at)
    relief = frontiers.at(frontiers.relief[..., OPEN_SECTOR], *at)
    price = frontiers.at(frontiers.relief_price[..., OPEN_SECTOR], *at)
    flow = payoff - relief - terms.grant_gain[country, RECIPROCAL]
    return Given(payoff, flow, hegemon, hegemon + price, frontiers.at(frontiers.levels, *at))


def settle(
    setting: Setting, terms: Terms, worlds: np.ndarray, countries: np.ndarray, given: Given | None = None
) -> Outcomes:
    """The outcomes of runs from their records: worlds (R,), countries (R, N). given: what the deals bring by their
    terms, where it is not for the records to say."""
    worlds, countries = np.ascontiguousarray(worlds), np.ascontiguousarray(countries)
    by, (runs, n) = valuation_of(setting, terms), countries.shape
    if given is None and (countries["agreed"] != NOWHERE).any():
        meeting = np.maximum(countries["deal_meeting"], 0)
        given = given_by(terms, countries, by.regime[np.arange(n)[None, :], meeting])
    given = BY_TABLE if given is None else Given(*map(np.ascontiguousarray, given))
    settled = make_settled(runs, n, terms.levels.shape[-1] - GRANTS)
    settle_runs(by, given, worlds, countries, settled)
    columns = settled._asdict()
    return Outcomes(
        deal_rank=countries["rank"],
        package=countries["package"],
        called_count=countries["called"],
        failed_ratifications=countries["failed"],
        firm=worlds["firm"],
        deals=worlds["signed"],
        hegemon_surplus_bn=columns.pop("surplus").sum(axis=1),
        **columns,
    )


def states_at(game: Game, worlds: np.ndarray, countries: np.ndarray, meeting: int | np.ndarray) -> np.ndarray:
    """The count state of each run before a meeting, (R,), from its records. `meeting`: one for all, or (R,)."""
    before = np.broadcast_to(meeting, worlds.shape)
    signed = (countries["deal_meeting"] != NEVER) & (countries["deal_meeting"] < before[:, None])
    n, h = signed.sum(axis=1), (signed & (countries["harsh_precedent"] == 1)).sum(axis=1)
    known = (worlds["news_meeting"] != NEVER) & (worlds["news_meeting"] < before)
    return np.asarray(game.offsets[before] + 2 * (n * (n + 1) // 2 + h) + known)


def expected_payoffs(game: Game, worlds: np.ndarray, countries: np.ndarray) -> np.ndarray:
    """Each country's payoff in each run as expected from the public history when it signs, or at the end, (R, N), in
    shares of stakes.

    Its mean is that of the realised payoff with less noise: the hegemon's type and what it executes are averaged out
    (Rao-Blackwell).
    """
    out = np.empty(countries.shape)
    for i in range(countries.shape[1]):
        out[:, i] = by_history(game, game.sign[i], game.no_deal[:, i], i, worlds, countries)
    return out


def parts_by_history(
    game: Game, account: Account, country: int, worlds: np.ndarray, countries: np.ndarray
) -> np.ndarray:
    """One country's payoff in each run as `expected_payoffs` has it, part by part, (R, PARTS): they add up to it."""
    return by_history(game, account.signing, account.no_deal, country, worlds, countries)[:, : len(PARTS)]


def by_history(
    game: Game, signing: np.ndarray, no_deal: np.ndarray, country: int, worlds: np.ndarray, countries: np.ndarray
) -> np.ndarray:
    """What one country comes to in each run, (R, ...): `signing` (C, ...) in the state of its deal, or `no_deal`
    (2, (N+1)(N+2)/2, ...) at the end."""
    ended = worlds["signed"] * (worlds["signed"] + 1) // 2 + worlds["harsh"]
    meeting = countries["deal_meeting"][:, country]
    out = signing[states_at(game, worlds, countries, np.maximum(meeting, 0))]
    none = meeting == NEVER
    out[none] = no_deal[worlds["extended"], ended][none]
    return np.asarray(out)
