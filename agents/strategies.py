"""The catalogue of strategies: how a called country decides whether to move.

A strategy is a probability of moving in every public state. It is asked about the states of one meeting at a time and
sees only those (how many have signed, harsh precedents, news), what signing and no deal are worth in them, and the
calendar. To add one, write a function from `PublicStates` to probabilities and list it in `CATALOGUE`; nothing else
needs to change. One in a file of the user's own: `agents.strategy_file`. Compiled rules are imported where they are
called, so that the catalogue can be listed without them.
"""

import math
from dataclasses import dataclass

import numpy as np

from agents.hegemon_strategies import check_not_hegemon
from agents.strategy import PublicStates, Strategy
from agents.strategy_file import names_file, opened_strategy
from model.errors import InputError, unknown

EQUILIBRIUM = "equilibrium"


LAST_DAYS = 14
RATES = 11  # rates of rivals' deals a meeting on which the forecaster's problem is solved: 0, .1, ..., 1


def weighed(states: PublicStates, level: np.ndarray) -> np.ndarray:
    """Advantage of moving over a level of payoff, the risk of ratification included; -inf where it cannot sign."""
    possible = np.isfinite(states.sign)
    return np.where(possible, states.ratification * (np.where(possible, states.sign, 0.0) - level), -np.inf)


def logit(states: PublicStates, advantage: np.ndarray) -> np.ndarray:
    """The logit probability of moving for an advantage of moving over waiting, state by state."""
    from model.choice import logit_table

    return logit_table(advantage, states.precision, states.base_log_odds)


def myopic(states: PublicStates) -> np.ndarray:
    """Weighs a signature now against no deal at all, as if it were never called again."""
    return logit(states, weighed(states, states.no_deal))


def wait_and_see(states: PublicStates) -> np.ndarray:
    """Does not move before it has seen two precedents; then myopic."""
    return np.where(states.signed >= 2, myopic(states), 0.0)


def deadline(states: PublicStates) -> np.ndarray:
    """Does not move before the last 14 days; then myopic."""
    return myopic(states) if states.day >= states.last_day - LAST_DAYS else np.zeros(len(states.signed))


def aspiration(states: PublicStates) -> np.ndarray:
    """Weighs a signature against an aspiration that falls in a straight line over the window, from the best
    signature conceivable in any state to no deal."""
    elapsed = min(states.day / states.last_day, 1.0)
    level = (1.0 - elapsed) * np.maximum(states.best, states.no_deal) + elapsed * states.no_deal
    return logit(states, weighed(states, level))


def bandwagon(states: PublicStates) -> np.ndarray:
    """Where a signature beats no deal, moves with the share of the others that have signed, and at its base rate at
    least; else not."""
    base = logit(states, np.zeros(len(states.signed)))
    pull = states.signed / max(states.countries - 1, 1)
    return np.where(states.sign > states.no_deal, np.maximum(base, np.minimum(pull, 1.0)), 0.0)


def forecaster(states: PublicStates) -> np.ndarray:
    """Stops optimally against rivals who sign at a constant rate: the deals seen so far, one more and the meetings
    held, two more (Laplace's rule of succession). Between the rates of a grid the advantage is interpolated."""
    estimate = np.minimum((states.signed + 1) / (states.meeting + 2), 1.0)
    grid = np.linspace(0.0, 1.0, RATES)
    table = np.array([states.advantage_at_rate(float(rate)) for rate in grid])
    below = np.minimum((estimate * (RATES - 1)).astype(int), RATES - 2)
    part = estimate * (RATES - 1) - below
    every = np.arange(len(estimate))
    possible = np.isfinite(states.sign)
    low, high = (np.where(possible, table[below + k, every], 0.0) for k in (0, 1))
    return logit(states, np.where(possible, (1.0 - part) * low + part * high, -np.inf))


@dataclass(frozen=True)
class Script:
    """Moves at its first call from `day` on, whatever it is worth."""

    day: float

    def __call__(self, states: PublicStates) -> np.ndarray:
        return np.full(len(states.signed), float(states.day >= self.day))


CATALOGUE = {
    entry.name: entry
    for entry in (
        Strategy(
            EQUILIBRIUM,
            "Moves with the logit probability of the Markov perfect equilibrium: exact, or moment-based for many.",
            "McKelvey and Palfrey 1998",
            None,
        ),
        Strategy("myopic", "Weighs signing now against no deal at all.", "Rubinstein and Wolinsky 1985", myopic),
        Strategy(
            "wait_and_see",
            "Does not move before two precedents are seen; then myopic.",
            "Chamley and Gale 1994; the Korean official of April 2025",
            wait_and_see,
        ),
        Strategy(
            "deadline",
            "Does not move before the last 14 days; then myopic.",
            "Roth, Murnighan and Schoumaker 1988",
            deadline,
        ),
        Strategy(
            "aspiration",
            "Signs when that beats an aspiration falling from the best conceivable to no deal.",
            "Simon 1955; Faratin, Sierra and Jennings 1998",
            aspiration,
            present=False,
        ),
        Strategy(
            "bandwagon",
            "Moves with the share of the others that have signed, where a deal beats none.",
            "Granovetter 1978",
            bandwagon,
        ),
        Strategy(
            "forecaster",
            "Stops optimally against a constant rate of rivals' deals, estimated from those seen.",
            "Dixit and Pindyck 1994; Laplace's rule of succession",
            forecaster,
            present=False,
        ),
    )
}
SCRIPT = "script"
SCRIPT_SENTENCE = "Moves at its first call from day D on (script:7), or never (script:never)."


def find_strategy(text: str, origin: str) -> Strategy:
    """The strategy of that name: of the catalogue, `script:D` with D a day or `never`, or FILE.py:FUNCTION where that
    file has been opened (`agents.strategy_file`). InputError where there is none."""
    if text in CATALOGUE:
        return CATALOGUE[text]
    check_not_hegemon(text, origin)
    if names_file(text):
        return opened_strategy(text, origin)
    if text.split(":", 1)[0] == SCRIPT:
        day_text = text.partition(":")[2]
        try:
            day = math.inf if day_text == "never" else float(day_text)
        except ValueError:
            day = math.nan
        if not (day >= 0 and (math.isfinite(day) or day_text == "never")):
            raise InputError(f"{origin}: {text!r}: a script is script:D with a day D >= 0, or script:never")
        return Strategy(text, SCRIPT_SENTENCE, "intervention", Script(day))
    raise unknown("strategy", text, [*CATALOGUE, "script:D", "script:never"], origin)
