"""The catalogue of strategies of the hegemon: whether it chooses whom to call, and whether it keeps its promise.

`--strategy hegemon=NAME` names one. The countries' are in `agents.strategies`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from model.errors import InputError, unknown

HEGEMON = "hegemon"  # the key under which its strategy is named
PROMISE_KEEPING = "promise_keeping"


@dataclass(frozen=True)
class HegemonStrategy:
    """A strategy of the hegemon: its rule in one sentence, its source, and what it chooses."""

    name: str
    sentence: str
    citation: str
    chooses: bool  # whom to call; else calls are a lottery by priority
    looks_forward: bool  # bargains in the shadow of going on; else by the terms table, with its premium by rank


HEGEMON_CATALOGUE = {
    entry.name: entry
    for entry in (
        HegemonStrategy(
            PROMISE_KEEPING,
            "Calls by a lottery, and gives the k-th deal the k-th premium, as it has said.",
            "the US Treasury secretary, April 2025; Schelling 1960",
            False,
            False,
        ),
        HegemonStrategy(
            "choosing",
            "Keeps the promised terms, but calls whom it expects most of (logit).",
            "Romer and Rosenthal 1978; McKelvey and Palfrey 1998",
            True,
            False,
        ),
        HegemonStrategy(
            "forward_looking",
            "Calls whom it expects most of, and strikes each bargain by what both sides expect without it.",
            "Kydland and Prescott 1977; Stole and Zwiebel 1996",
            True,
            True,
        ),
    )
}


def find_hegemon(text: str, origin: str) -> HegemonStrategy:
    """The hegemon's strategy of that name; InputError where there is none."""
    if text in HEGEMON_CATALOGUE:
        return HEGEMON_CATALOGUE[text]
    raise unknown("strategy of the hegemon", text, HEGEMON_CATALOGUE, origin)


def hegemon_of(chosen: str | Mapping[str, str] | None, origin: str) -> HegemonStrategy:
    """The hegemon's strategy among those named; it keeps its promise by default."""
    named = {} if chosen is None or isinstance(chosen, str) else chosen
    return find_hegemon(named.get(HEGEMON, PROMISE_KEEPING), origin)


def check_not_hegemon(text: str, origin: str) -> None:
    """InputError where a strategy of the hegemon is named for a country."""
    if text in HEGEMON_CATALOGUE:
        raise InputError(f"{origin}: {text} is a strategy of the hegemon; write it as {HEGEMON}={text}")
