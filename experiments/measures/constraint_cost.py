"""What a country's own domestic constraint costs it, by channel. Shares of stakes; negative where being bound helps.

With V(S) its expected payoff in equilibrium when only the channels S (caps, ratification, floor) bind it as in the
setting, everybody else's limits unchanged and the game solved anew each time,

    cost = V(none) - V(all),   phi_c = sum_{S without c} |S|! (2 - |S|)! / 3! [V(S) - V(S + c)],

the Shapley value (Shapley 1953): the parts add up to the cost and do not depend on an order. The range is what the
judgement inputs imply: the least and the greatest cost when the data behind each channel stand at either end of their
own ranges, all combinations.
"""

from dataclasses import replace
from itertools import chain, combinations, product
from math import factorial

import numpy as np

from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.study import Study, estimate, unless_converged

CHANNELS = {
    "caps": ("caps_constraint", "flexibility"),
    "ratification": ("ratification_constraint", "ratification"),
    "floor": ("floor_constraint", "floor"),
}
TOTAL = "total"


def constraint_cost(study: Study, country: int) -> dict[str, Interval]:
    """Total cost with its judgement range, and the Shapley value of each channel."""
    if not study.at_stake(country):
        return dict.fromkeys((TOTAL, *CHANNELS), UNDEFINED)
    studies = {
        channels: study_when_bound(study, country, channels)
        for channels in chain.from_iterable(combinations(CHANNELS, size) for size in range(len(CHANNELS) + 1))
    }
    bound = {channels: found.payoff_rows[:, country] for channels, found in studies.items()}
    converged = all(found.converged is not False for found in studies.values())
    everything = tuple(CHANNELS)
    total = estimate(bound[()] - bound[everything])
    corners = [float((bound[()] - rows).mean()) for rows in judgement_corners(study, country)]
    if corners and total.defined:
        # Where it is simulated, its interval is part of the range.
        inside = [total.value, *corners, *((total.low, total.high) if total.bounded else ())]
        total = replace(total, low=min(inside), high=max(inside))
    parts = {TOTAL: total, **{channel: estimate(shapley(bound, channel)) for channel in CHANNELS}}
    return {part: unless_converged(found, converged) for part, found in parts.items()}


def study_when_bound(study: Study, country: int, channels: tuple[str, ...]) -> Study:
    """The game solved anew where only `channels` of the country's domestic limits bind it."""
    iso3 = study.prepared.setting.case.ids[country]
    freed = {f"{iso3}.{CHANNELS[channel][0]}": 0.0 for channel in CHANNELS if channel not in channels}
    return study.changed(freed) if freed else study


def shapley(worth: dict[tuple[str, ...], np.ndarray], channel: str) -> np.ndarray:
    """The Shapley value of a channel in the cost, row by row, from payoffs by coalition of channels."""
    n, out = len(CHANNELS), np.zeros_like(worth[()])
    for coalition, rows in worth.items():
        if channel not in coalition:
            joined = tuple(name for name in CHANNELS if name in coalition or name == channel)
            size = len(coalition)
            out += factorial(size) * factorial(n - size - 1) / factorial(n) * (rows - worth[joined])
    return out


def judgement_corners(study: Study, country: int) -> list[np.ndarray]:
    """The country's expected payoffs at every combination of ends of its channels' judgement ranges, each (R,).

    A channel's data before and after the date move together. A channel whose data have no range stays. An override of
    the user's own is no judgement of the case: it stays too.
    """
    setting = study.prepared.setting
    own, iso3 = setting.countries[country], setting.case.ids[country]
    choices: list[list[dict[str, float]]] = []
    for _, name in CHANNELS.values():
        ranges = {}
        for key in (f"{name}_before", f"{name}_after"):
            origin = own.provenance.get(key)
            known = origin is not None and origin.low is not None and origin.high is not None
            if known and origin is not None and f"{iso3}.{key}" not in setting.overrides:
                ranges[f"{iso3}.{key}"] = (origin.low, origin.high)
        if ranges:
            choices.append([{key: float(ends[end] or 0.0) for key, ends in ranges.items()} for end in (0, 1)])
    if not choices:
        return []
    return [
        study.changed({key: value for part in corner for key, value in part.items()}).payoff_rows[:, country]
        for corner in product(*choices)
    ]
