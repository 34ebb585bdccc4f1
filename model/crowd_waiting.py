"""What waiting is worth to one country part by part among many: the pass of `model.waiting` on the count states.

In the world of `model.crowd` the rest of the world is two chances to a country without a deal in s = (m, n, h, z): A,
that it is called, and R, that a rival signs. With X the vector of parts (`model.parts`),

    X(s) = X'(n) + A p r (signing - X'(n)) + R (E[X'(n + 1)] - X'(n)),

so that the parts add up to the values of `model.crowd_values`. An approximation, right where the moment-based
equilibrium is.
"""

import numpy as np

from model.choice import move_probability
from model.compiled import compiled_inner
from model.crowd import chances, forward, shared_rows
from model.errors import InputError
from model.meeting import Policy
from model.parts import NO_DEAL, Account
from model.states import PublicState, count_state, triangle
from model.timing import Game
from model.waiting import Asked, asked_at, hear_news_of_parts, note_asked


def crowd_chances(game: Game, policy: Policy, threads: int | None = None) -> np.ndarray:
    """A and R of every country in every count state under a mix of policies by count, (2, N, C)."""
    if policy.uses_set.any():
        raise InputError("waiting among many countries: policies must be given by count, not by set")
    n, states = len(game.who), game.offsets[-1]
    by_count = np.where(game.sign != -np.inf, policy.by_count, 0.0)
    reach, found = np.ones(states), np.zeros((2, n, states))
    with shared_rows(n, threads) as all_rows:
        waits = forward(game, by_count, reach, all_rows)
        for m in range(len(game.offsets) - 1):
            all_rows(rows_of_chances, m, game, waits, by_count, found)
    return found


@compiled_inner
def rows_of_chances(
    m: int,
    low: int,
    high: int,
    game: Game,
    waits: np.ndarray,
    by_count: np.ndarray,
    found: np.ndarray,
    scratch: np.ndarray,
) -> None:
    """The chances before meeting m in the rows low .. high - 1, into `found` (2, N, C)."""
    n = len(game.who)
    for signed in range(low, high):
        state = count_state(game.offsets[m], signed, 0, 0)
        chances(game, m, signed, waits, by_count, scratch)
        for i in range(n):
            for k in range(2 * (signed + 1)):
                found[0, i, state + k], found[1, i, state + k] = scratch[i, k], scratch[n + i, k]


def crowd_waiting_parts(
    game: Game,
    moves: np.ndarray,
    found: np.ndarray,
    country: int,
    account: Account,
    states: list[PublicState],
    responds: bool,
) -> np.ndarray:
    """The parts of what waiting is worth to a country that is called in each of these states, (len(states), K).

    found: from `crowd_chances`; moves (C,): its own probabilities of moving; responds: it answers `account` by the
    logit instead.
    """
    at = [int(count_state(0, state.signed, state.harsh, state.known)) for state in states]
    out = np.zeros((len(states), account.signing.shape[1]))
    tables = np.zeros((2, 2 * triangle(len(game.who) + 1, 0), out.shape[1]))
    asked = asked_at(states, at)
    called, rival = found[:, country]
    count_parts_backward(game, country, called, rival, moves, account, responds, asked, out, tables)
    return out


@compiled_inner
def count_parts_backward(
    game: Game,
    i: int,
    called: np.ndarray,
    rival: np.ndarray,
    moves: np.ndarray,
    account: Account,
    responds: bool,
    asked: Asked,
    out: np.ndarray,
    tables: np.ndarray,
) -> None:
    """The pass from the last meeting to the earliest one asked about; fills `out` (A, K).

    called, rival, moves (C,); tables (2, states, K): working space.
    """
    n, meetings, columns = len(game.who), len(game.offsets) - 1, out.shape[1]
    after, now = 0, 1
    for s in range(tables.shape[1]):
        for k in range(columns):
            tables[after, s, k] = account.no_deal[1, s // 2, k]
    for m in range(meetings - 1, asked.first - 1, -1):
        if m == game.regular - 1:
            x = game.extension_probability
            for s in range(tables.shape[1]):
                for k in range(columns):
                    tables[after, s, k] = x * tables[after, s, k] + (1.0 - x) * account.no_deal[0, s // 2, k]
        hear_news_of_parts(account.news_hazard, tables[after])
        note_asked(asked, m, tables[after], out)
        if m == asked.first:
            break
        for signed in range(asked.least, min(m - asked.lag, n - 1) + 1):
            width, here = 2 * (signed + 1), count_state(0, signed, 0, 0)
            state = game.offsets[m] + here
            for s in range(width):
                signs = 0.0
                if account.sign[state + s] != -np.inf:
                    move = moves[state + s]
                    if responds:
                        wait = 0.0
                        for k in range(min(columns, NO_DEAL + 1)):
                            wait += tables[after, here + s, k]
                        advantage = account.ratification[state + s] * (account.sign[state + s] - wait)
                        move = move_probability(advantage, game.precision[i], game.base_log_odds[i, signed])
                    signs = called[state + s] * move * account.ratification[state + s]
                rises, harsh = rival[state + s], account.harsh[triangle(signed, s // 2)]
                for k in range(columns):
                    stay = tables[after, here + s, k]
                    risen = harsh * tables[after, here + width + s + 2, k]
                    risen += (1.0 - harsh) * tables[after, here + width + s, k]
                    value = stay + rises * (risen - stay) + signs * (account.signing[state + s, k] - stay)
                    tables[now, here + s, k] = value
        after, now = now, after
