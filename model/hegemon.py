"""The game against a hegemon that plays: it chooses whom to call, and one that looks forward bargains each deal anew.

Backward over (meeting, who has signed, harsh precedents, news), the hegemon's value W^w by type w is carried beside the
countries' V. With X(S) a table after this meeting's news if nobody signs, and X(S + j) after j's signature and its
precedent (for W^w under type w's own chances of a harsh one),

    gain^w_j = W^w(S + j) - W^w(S) + dR_n                        what the signature leads on to
    Q_j = E_b[W^w(S) + r_j p_j (H^w_j + gain^w_j)]               what the hegemon expects of calling j
    c_j in proportion to w_j exp(precision (Q_j - max Q) / mean stakes)
    W^w = sum_j c_j [W^w(S) + r_j p_j (H^w_j + gain^w_j)],       V as in `model.equilibrium`, with these c_j.

`choosing`: terms are those of the table by rank. Looking forward: those of `model.shadow`, struck in every state. At
the end W^w is the sum of q_w m_i over those without a deal. Values of going on are known when a meeting is solved, the
Nash product has one maximum, one country is asked at a time: so there is one equilibrium and no fixed point.

Negotiators share the public belief: calls and terms depend on the public state alone and signal nothing. As in
`model.equilibrium`, mirrored states of identical countries are copied.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from model.equilibrium import (
    MOST_BYTES,
    Equilibrium,
    at_deadline,
    before_news,
    before_precedent,
    copy_originals,
    hold_backward,
    mirrored,
    start_at_the_end,
    table_bytes,
)
from model.errors import InputError
from model.frontiers import NOWHERE
from model.meeting import NONE, Policy
from model.offers import call_all, fill_signatures, gain_from, hear_news, mix_hegemon, settle_hegemon, strike_all
from model.states import mass_offsets, set_offsets, set_state, states_by_set
from model.timing import Game

MOST_COUNTRIES = 12
AS_IT_SAYS = -1.0  # instead of a precision: calls as the policy table says


class Asked(NamedTuple):
    """The states of one meeting in which a country can be called, by set of signers: arrays of one length."""

    column: np.ndarray  # in tables by set
    signed: np.ndarray
    harsh: np.ndarray
    known: np.ndarray
    sign: np.ndarray  # value of a ratified signature, share of stakes; -inf: it cannot sign
    ratification: np.ndarray

    @property
    def pair(self) -> np.ndarray:
        """Place of (signed, harsh) in a triangular table (`states.triangle`)."""
        return np.asarray(self.signed * (self.signed + 1) // 2 + self.harsh)


Answer = Callable[[int, int, Asked], np.ndarray]  # country, meeting, states: the probabilities with which it moves


def hegemon_bytes(countries: int, meetings: int) -> int:
    """Size of the tables by set: those of the countries' equilibrium, calls and terms."""
    states = int(2**countries * (countries * (countries - 1) + 2 * countries) // 2)
    return table_bytes(countries, meetings) + 2 * 8 * states * meetings


def check_size(countries: int, meetings: int, origin: str) -> None:
    """InputError where the game is larger than what is solved exactly against a hegemon that plays."""
    if countries > MOST_COUNTRIES:
        raise InputError(
            f"{origin}: {countries} countries; a hegemon that plays is solved exactly, with at most {MOST_COUNTRIES}"
        )
    needed = hegemon_bytes(countries, meetings)
    if needed > MOST_BYTES:
        raise InputError(
            f"{origin}: {countries} countries and {meetings} meetings need {needed / 1e9:,.1f} GB of tables; at most "
            f"{MOST_BYTES / 1e9:,.1f} GB are allowed"
        )


def solve_against(
    game: Game,
    *,
    looks_forward: bool,
    responds: np.ndarray | None = None,
    answer: Answer | None = None,
    likeness: Sequence[object] | None = None,
    origin: str = "hegemon",
) -> Equilibrium:
    """The equilibrium of the countries that respond and a hegemon that chooses its calls, or looks forward too.

    responds (N,) bool: countries that play the equilibrium, by default all; the others move as `answer` says, and are
    alike only where their `likeness` is. The precision of the calls is the game's (`Shadow.precision`).
    """
    n, meetings = len(game.who), len(game.offsets) - 1
    check_size(n, meetings, origin)
    responds = np.ones(n, np.bool_) if responds is None else responds
    offsets, places = set_offsets(n), mass_offsets(n)
    shape = (meetings, int(offsets[-1]))
    terms = np.full(shape, NOWHERE) if looks_forward else NONE
    policy = Policy(np.zeros((n, 1)), np.zeros(shape), np.ones(n, np.bool_), offsets, np.zeros(shape), terms)
    reasoned = np.zeros(shape, np.bool_)
    first = first_of_a_kind(game, likeness or [None] * n)
    copies = mirrored(offsets, first), mirrored_sets(places, first)
    states = None if responds.all() else states_by_set(n)
    values, spare = np.zeros((3, shape[1])), np.empty((4, 2 * n + 2))
    worth = np.zeros((2, 2, int(places[-1])))
    nobody = np.zeros(n, np.bool_)
    after, now = 0, 1
    start_at_the_end(game, offsets, values)
    settle_hegemon(game, places, worth[after])
    sets = (1 << n) - 1
    for m in range(meetings - 1, -1, -1):
        before_news(game.news_hazard, offsets, values[after], 0, sets)
        before_precedent(game.harsh, n, offsets, values[after], values[2], 0, sets)
        hear_news(game.news_hazard, worth[after])
        if looks_forward:
            strike_all(game, offsets, places, m, values[after], worth[after], policy.terms[m])
        for i in np.flatnonzero(~responds):
            assert answer is not None and states is not None
            asked = asked_of(game, policy, states, m, int(i))
            policy.by_set[m, asked.column] = np.where(asked.sign > -np.inf, answer(int(i), m, asked), 0.0)
        call_all(
            game,
            policy,
            responds,
            offsets,
            places,
            m,
            game.shadow.precision,
            policy.calls[m],
            values[after],
            worth[after],
            worth[now],
            np.empty((3, n)),
        )
        for table in (policy.by_set, policy.calls, policy.terms):
            if len(table):
                copy_originals(copies[0], table[m])
        hold_backward(
            game,
            policy,
            nobody,
            offsets,
            m,
            values[after],
            values[2],
            values[now],
            policy.by_set[m],
            reasoned[m],
            spare,
            0,
            sets,
        )
        copy_originals(copies[0], values[now])
        copy_originals(copies[0], reasoned[m])
        for w in range(2):
            copy_originals(copies[1], worth[now, w])
        after, now = now, after
        if m == game.regular:
            at_deadline(game, offsets, values[after], values[now])
            mix_hegemon(game, places, worth[after], worth[now])
    value = np.array([values[after, set_state(offsets[0], i, 0, 0, 0)] for i in range(n)])
    return Equilibrium(
        value,
        policy.by_set,
        reasoned,
        np.zeros((0, shape[1])),
        offsets,
        policy.calls,
        policy.terms,
        worth[after, :, 0].copy(),
    )


def hegemon_values(game: Game, policy: Policy, precision: float = AS_IT_SAYS) -> np.ndarray:
    """What the game is worth to the hegemon by type, (2,) bn, countries and terms held as the policy table says.

    Calls are as the table says too, or chosen anew with a precision per bn.
    """
    *_, (_, _, start) = values_backward(game, policy, precision)
    return start[:, 0].copy()


def least_accepted(game: Game, policy: Policy, meeting: int) -> np.ndarray:
    """The least that the hegemon accepts from each country as the first to sign, at a meeting with the news open: what
    it gives up by the deal, E_b[W^w(nobody) - W^w(j)], its headline not counted; (N,) bn."""
    places = mass_offsets(len(game.who))
    after = next(after for m, after, _ in values_backward(game, policy) if m == meeting)
    belief = np.array([1.0 - game.prior_firm, game.prior_firm])
    gain = [[gain_from(game, after, w, 0, int(places[1 << j])) for w in range(2)] for j in range(len(game.who))]
    return np.asarray(-(np.array(gain) @ belief))


def values_backward(
    game: Game, policy: Policy, precision: float = AS_IT_SAYS
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The values of `hegemon_values` in all states, (2, states) bn by type, meeting by meeting from the last on.

    Each time the meeting, values after its news if nobody signs, and values before it. Both tables are used again.
    """
    n, meetings = len(game.who), len(game.offsets) - 1
    offsets, places = set_offsets(n), mass_offsets(n)
    if len(policy.set_offsets) != len(offsets):
        policy = policy._replace(set_offsets=offsets)
    anew = np.zeros(int(offsets[-1])) if precision != AS_IT_SAYS else np.zeros(0)
    values, nobody = np.zeros(int(offsets[-1])), np.zeros(n, np.bool_)
    after, before = np.zeros((2, 2, int(places[-1])))
    settle_hegemon(game, places, after)
    for m in range(meetings - 1, -1, -1):
        hear_news(game.news_hazard, after)
        pulls = anew if len(anew) or not len(policy.calls) else policy.calls[m]
        call_all(game, policy, nobody, offsets, places, m, precision, pulls, values, after, before, np.empty((3, n)))
        if m == game.regular:
            mix_hegemon(game, places, before, np.empty_like(before))
        yield m, after, before
        after, before = before, after


def first_of_a_kind(game: Game, likeness: Sequence[object]) -> np.ndarray:
    """For each country the first one that is identical to it in everything, money included; (N,)."""
    packages = game.packages._replace(flow_years=game.packages.rebuff_cost)  # what all share gives way
    shadow = game.shadow._replace(headline=game.shadow.weight, precision=0.0)
    by_country: tuple[np.ndarray, ...] = (
        game.call_weight.T,
        game.precision,
        game.base_log_odds,
        game.ratification,
        game.sign,
        game.no_deal.transpose(1, 0, 2),
        game.hegemon_gain,
        game.hegemon_flow,
        *packages,
        *(table for table in shadow if isinstance(table, np.ndarray)),
    )
    heads: dict[object, int] = {}
    kinds = [(b"".join(table[i].tobytes() for table in by_country), likeness[i]) for i in range(len(game.who))]
    return np.array([heads.setdefault(kind, i) for i, kind in enumerate(kinds)])


def mirrored_sets(places: np.ndarray, first: np.ndarray) -> np.ndarray:
    """For each state (set of signers, h, z) the one of which it is a copy; empty where all countries differ."""
    n = len(first)
    if np.array_equal(first, np.arange(n)):
        return np.empty(0, np.int64)
    groups = [np.flatnonzero(first == head) for head in dict.fromkeys(first)]
    originals = np.arange(places[-1])
    for mask in range(1 << n):
        counts = [sum(mask >> int(i) & 1 for i in group) for group in groups]
        same = sum(1 << int(i) for group, signed in zip(groups, counts, strict=True) for i in group[:signed])
        width = int(places[mask + 1] - places[mask])
        originals[places[mask] : places[mask + 1]] = np.arange(places[same], places[same] + width)
    return originals


def asked_of(game: Game, policy: Policy, states: np.ndarray, m: int, i: int) -> Asked:
    """The states of meeting m in which country i can be called."""
    column = np.flatnonzero((states[0] == i) & (states[1] <= m))
    sign, ratification = np.empty(states.shape[1]), np.empty(states.shape[1])
    fill_signatures(game, policy, m, i, sign, ratification)
    signed, harsh, known = states[1:, column]
    return Asked(column, signed, harsh, known, sign[column], ratification[column])
