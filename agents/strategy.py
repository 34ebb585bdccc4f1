"""What a strategy is: a rule from the public states of one meeting to probabilities of moving, with its source."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PublicStates:
    """The public states of one meeting from one country's point of view: arrays (S,), the other entries hold for all.

    Shares of stakes, days from the start of the pause, probabilities in [0, 1].
    """

    meeting: int
    day: int
    signed: np.ndarray  # how many have signed
    harsh: np.ndarray  # harsh precedents among them
    known: np.ndarray  # 1: the open sectors' outcome is known
    sign: np.ndarray  # value of a ratified signature now; -inf: it cannot sign
    no_deal: np.ndarray  # value of no deal at the end, under the belief of the state
    ratification: np.ndarray  # chance that a signature is ratified
    precision: float  # of its choice, per unit of stakes
    base_log_odds: np.ndarray  # log-odds of moving when indifferent
    countries: int
    last_day: int  # the day of the deadline
    best: float  # the best signature conceivable in any state of any meeting; NaN where the hegemon looks forward
    advantage_at_rate: Callable[[float], np.ndarray]  # D against rivals who sign at a constant rate a meeting


Rule = Callable[[PublicStates], np.ndarray]


@dataclass(frozen=True)
class Strategy:
    """A named rule: one sentence, its source, and the function (none for the equilibrium, which is solved)."""

    name: str
    sentence: str
    citation: str
    rule: Rule | None
    source: str = ""  # the text of the file that holds it, where it is a user's own
    present: bool = True  # judges by the present state alone, so that it can meet a hegemon that looks forward
