"""Expected days, rates and payoffs from an exact distribution, valued by the same `settle` as simulated runs."""

from dataclasses import dataclass

import numpy as np

from model.calendar import make_calendar, regimes
from model.calls import NEVER
from model.forward import Distribution
from model.frontiers import NOWHERE
from model.meeting import COUNTRY_RECORD, WORLD_RECORD
from model.outcomes import agreed_on, settle
from model.setting import Setting
from model.states import states_by_set
from model.terms import Terms
from model.valuation import Given


@dataclass(frozen=True)
class Atoms:
    """Every outcome that a country can have, with its probability: arrays (A, N) by atom and country.

    Days waited count no deal as the day on which the pause ends. Entries of probability 0 are set to 0.
    """

    probability: np.ndarray
    has_deal: np.ndarray
    rank: np.ndarray
    days_waited: np.ndarray
    tariff_final: np.ndarray
    sector_rate_final: np.ndarray
    payoff_share: np.ndarray
    payoff_bn: np.ndarray

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Expectation by country, (N,)."""
        return np.asarray((self.probability * values).sum(axis=0))

    def quantile(self, values: np.ndarray, level: float) -> np.ndarray:
        """The smallest value that is reached with probability `level` or more, by country, (N,)."""
        out = np.empty(values.shape[1])
        for i in range(values.shape[1]):
            order = np.argsort(values[:, i], kind="stable")
            reached = np.cumsum(self.probability[order, i]) >= level - 1e-12
            out[i] = values[order[int(np.argmax(reached))], i]
        return out


def outcome_atoms(setting: Setting, terms: Terms, found: Distribution) -> Atoms:
    """The atoms of a distribution: T x K x 2 x 4 signatures, each with either end of the pause, then 2 x 2 ways of
    having no deal.

    Of N ranks there are K in the terms table: no more than there are meetings. Whether the deadline will be put off has
    nothing to do with what happens before it. Where terms differ from state to state, an atom has their mean.
    """
    n, meetings = found.atoms.shape[:2]
    calendar = make_calendar(setting.window)
    ranks = terms.payoff.shape[1]
    end, meeting, signed, known, package = (axis.ravel() for axis in np.indices((2, meetings, ranks, 2, 4)))
    signatures, endings = len(meeting), 4
    put_off = np.where(meeting < calendar.regular, setting.window.extension_probability, 1.0)
    chance_of_end = np.where(end == 1, put_off, 1.0 - put_off)
    worlds = np.zeros(signatures + endings, WORLD_RECORD)
    records = np.zeros((signatures + endings, n), COUNTRY_RECORD)
    for name, values, nothing in (
        ("deal_meeting", meeting, NEVER),
        ("rank", signed + 1, 0),
        ("package", package, 0),
        ("known", known, 0),
        ("agreed", np.full(signatures, NOWHERE), NOWHERE),
    ):
        records[name][:signatures] = values[:, None]
        records[name][signatures:] = nothing
    worlds["extended"][:signatures] = end
    worlds["extended"][signatures:] = (0, 0, 1, 1)
    records["executed"][signatures:] = np.array([0, 1, 0, 1])[:, None]
    given = None
    if len(found.by_state):
        mean = mean_given(setting, terms, found)
        at = (slice(None), meeting, signed, known)
        given = Given(*(with_endings(table[at], endings) for table in mean))
    valued = settle(setting, terms, worlds, records, given)
    signs = np.tile(found.atoms[:, :, :ranks].reshape(n, -1), 2) * chance_of_end
    probability = np.concatenate([signs, found.no_deal.reshape(n, -1)], axis=1).T
    possible = probability > 0.0

    def shown(values: np.ndarray) -> np.ndarray:
        return np.where(possible, values, 0.0)

    return Atoms(
        probability=probability,
        has_deal=valued.has_deal,
        rank=records["rank"],
        days_waited=valued.days_waited,
        tariff_final=shown(valued.tariff_final),
        sector_rate_final=shown(valued.sector_rate_final),
        payoff_share=shown(valued.payoff_share),
        payoff_bn=shown(valued.payoff_bn),
    )


def with_endings(by_atom: np.ndarray, endings: int) -> np.ndarray:
    """Numbers by country and signature, (N, A, ...), by signature and country, with zeros for `endings` more."""
    return np.concatenate([by_atom.swapaxes(0, 1), np.zeros((endings, len(by_atom), *by_atom.shape[2:]))])


def mean_given(setting: Setting, terms: Terms, found: Distribution) -> Given:
    """What deals bring by their terms, expected by country, meeting, rank - 1 and sector state: (N, T, K, 2, ...), 0
    where none is signed."""
    n, meetings = found.atoms.shape[:2]
    shape = (n, meetings, terms.payoff.shape[1], 2)
    payoff, flow, hegemon, hegemon_flow = np.zeros((4, *shape))
    sums = Given(payoff, flow, hegemon, hegemon_flow, np.zeros((*shape, terms.levels.shape[-1])))
    mass = np.zeros(shape)
    regime = regimes(make_calendar(setting.window), [country.date for country in setting.countries])
    country, signed, _, known = states_by_set(n)
    for m in range(meetings):
        column = np.flatnonzero(found.by_state[m] > 0.0)
        i, z, chance = country[column], known[column], found.by_state[m, column]
        at = (i, m, signed[column], z)
        np.add.at(mass, at, chance)
        there = agreed_on(terms, i, regime[i, m], z, found.terms[m, column])
        for total, values in zip(sums, there, strict=True):
            np.add.at(total, at, chance.reshape(-1, *(1,) * (values.ndim - 1)) * values)
    mass = np.where(mass > 0.0, mass, 1.0)
    return Given(*(total / mass.reshape(*mass.shape, *(1,) * (total.ndim - 4)) for total in sums))
