"""The batch kernel: many runs of one setting, from the same meeting that the Mesa model holds.

Randomness is stateless, so replicates can be played in any order, on any number of threads, to the same bits.
"""

import numpy as np

from model.compiled import compiled_inner
from model.draws import run_key
from model.meeting import (
    COUNTRY_RECORD,
    WORLD_RECORD,
    Packages,
    Policy,
    execute_threats,
    hold_meeting,
    is_extended,
    start_run,
)  # fmt: skip
from model.timing import Game


@compiled_inner
def play(
    game: Game, policy: Policy, packages: Packages, execution: np.ndarray, who: np.ndarray, run: np.uint64,
    world: np.ndarray, countries: np.ndarray, call_streams: np.ndarray,
) -> None:  # fmt: skip
    """One negotiation from day 0 to its end, on the records `world` (1,) and `countries` (N,)."""
    start_run(game, run, who, world, countries, call_streams)
    world[0].extended = 1 if is_extended(game, run) else 0
    meetings = len(game.offsets) - 1 if world[0].extended else game.regular
    for m in range(meetings):
        hold_meeting(game, policy, packages, run, who, call_streams, m, world, countries)
    execute_threats(run, who, execution, world, countries)


@compiled_inner
def play_replicates(
    game: Game, policy: Policy, packages: Packages, execution: np.ndarray, who: np.ndarray, seed: int,
    first: int, worlds: np.ndarray, countries: np.ndarray, call_streams: np.ndarray,
) -> None:  # fmt: skip
    """Replicates first, first + 1, ... into the records `worlds` (R,) and `countries` (R, N)."""
    for r in range(len(worlds)):
        play(
            game, policy, packages, execution, who, run_key(seed, first + r),
            worlds[r : r + 1], countries[r], call_streams,
        )  # fmt: skip


def run_batch(
    game: Game, policy: Policy, packages: Packages, execution: np.ndarray, who: np.ndarray, *, seed: int,
    replicates: int, first: int = 0,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Records of replicates first .. first + replicates - 1: world (R,), countries (R, N).

    execution (2,): chance that the threat is executed, by type; who (N,): `draws.identity` of each country.
    """
    worlds = np.zeros(replicates, WORLD_RECORD)
    countries = np.zeros((replicates, len(who)), COUNTRY_RECORD)
    call_streams = np.empty(len(who), np.uint64)
    play_replicates(game, policy, packages, execution, who, seed, first, worlds, countries, call_streams)
    return worlds, countries
