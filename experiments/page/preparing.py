"""Prepared settings for the page: made on a thread of their own, kept for the next time.

Solving the game of ninety countries takes seconds. The page goes on meanwhile, and asks whether it is done.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.explanation import Explainer
from agents.policy import Prepared, prepare, strategies_of
from experiments.page.settings import Chosen
from model.case import Case
from model.cores import thread_count
from model.setting import make_setting

MOST_BYTES = 600_000_000  # of what is kept; the tables of ninety countries take 200 million


@dataclass(frozen=True, eq=False)
class Ready:
    """A prepared setting, and what explains its calls."""

    case: Case
    prepared: Prepared
    explainer: Explainer

    @property
    def size(self) -> int:
        """Its tables in bytes."""
        game = self.prepared.game
        holders = (game, game.packages, self.prepared.policy, self.explainer.waiting)
        fields = [field for holder in holders for field in vars_of(holder)]
        return sum(field.nbytes for field in fields if isinstance(field, np.ndarray))


def vars_of(holder: Any) -> list[Any]:
    """The fields of a named tuple or of a dataclass."""
    return list(holder) if isinstance(holder, tuple) else list(vars(holder).values())


class Preparer:
    """Prepares settings, a few at a time, and keeps the latest ones up to MOST_BYTES. Threads may share it."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(min(2, thread_count()), "prepare")
        self.lock = threading.Lock()
        self.kept: OrderedDict[tuple, Future[Ready]] = OrderedDict()

    def ask(self, chosen: Chosen) -> Future[Ready]:
        """The prepared setting of what is chosen, perhaps still in the making. InputError where it cannot be used."""
        case = chosen.open()
        overrides, strategy = chosen.applied(case)
        make_setting(case, overrides, "settings")  # refused here, at once, and not on the thread
        strategies_of(case, strategy, "strategy")
        key = (chosen.label, case.digest, tuple(sorted(overrides.items())), tuple(sorted(strategy.items())))
        with self.lock:
            held = self.kept.get(key)
            if held is None or held.cancelled() or (held.done() and held.exception()):
                held = self.kept[key] = self.pool.submit(make_ready, case, overrides, strategy)
            self.kept.move_to_end(key)
            self.forget()
        return held

    def forget(self) -> None:
        """Drop the oldest while there is too much."""
        done = [(key, future) for key, future in self.kept.items() if future.done() and not future.cancelled()]
        total = sum(future.result().size for _, future in done if not future.exception())
        for key, future in done[:-1]:
            if total <= MOST_BYTES:
                break
            total -= 0 if future.exception() else future.result().size
            del self.kept[key]


def make_ready(case: Case, overrides: dict[str, float | None], strategy: dict[str, str]) -> Ready:
    """Prepare a setting, and what explaining its calls takes."""
    prepared = prepare(make_setting(case, overrides, "settings"), strategies_of(case, strategy))
    return Ready(case, prepared, Explainer(prepared))


PREPARER = Preparer()
