"""What of a run can be drawn ahead: its calls, the news, and whose choices are whose.

Nothing of it depends on what happens in the run, so it is made for all meetings at once, in loops without branches,
which the compiler does several draws at a time. A draw is the same whenever it is made (`model.draws`).
"""

from typing import NamedTuple

import numpy as np

from model.calls import least_time
from model.compiled import compiled_inner
from model.draws import CALL, CHOICE, NEWS, WORLD, draws_from_start, stream_key
from model.timing import Game


class Ahead(NamedTuple):
    """The draws of one run that are made ahead; the next run overwrites them. N countries, T meetings."""

    per_weight: np.ndarray  # (N, T) 1 / the weight with which each country is called: the same in all runs
    calls: np.ndarray  # (N, T) draws of the races for the calls
    least: np.ndarray  # (N, T) when each comes in at the earliest (`calls.least_time`); infinite once it has signed
    choices: np.ndarray  # (N,) uint64: the stream of each country's choices
    news: np.ndarray  # (T,) draws of the news


def make_ahead(game: Game) -> Ahead:
    """Room for what is drawn ahead in the runs of a game."""
    meetings, n = game.call_weight.shape
    with np.errstate(divide="ignore", over="ignore"):  # of a weight next to 0: infinite, and the race is never clear
        per_weight = np.ascontiguousarray(1.0 / game.call_weight.T)
    calls, least = np.empty((2, n, meetings))
    return Ahead(per_weight, calls, least, np.empty(n, np.uint64), np.empty(meetings))


@compiled_inner
def draw_ahead(game: Game, run: np.uint64, meetings: int, ahead: Ahead) -> None:
    """Draw what can be drawn ahead of one run of so many meetings."""
    for i in range(len(game.who)):
        ahead.choices[i] = stream_key(run, game.who[i], CHOICE)
        draws_from_start(stream_key(run, game.who[i], CALL), ahead.calls[i, :meetings])
        for m in range(meetings):
            ahead.least[i, m] = least_time(ahead.calls[i, m], ahead.per_weight[i, m])
    draws_from_start(stream_key(run, WORLD, NEWS), ahead.news[:meetings])


@compiled_inner
def leave_races(ahead: Ahead, i: int, m: int) -> None:
    """Country i has signed at meeting m: from the next on it never comes in."""
    for later in range(m + 1, ahead.least.shape[1]):
        ahead.least[i, later] = np.inf
