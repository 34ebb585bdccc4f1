"""How deals bunch in time, above all at the deadline.

last_9_days  E[deals in the last 9 days before the deadline] / E[deals]
quiet_spell  mean over runs of the longest spell without a deal, days, the window's ends included
burstiness   mean over runs of Kim and Jo's (2016) coefficient for k intervals, the window's ends included: with r their
             standard deviation over their mean,
                 A = (sqrt(k + 1) r - sqrt(k - 1)) / ((sqrt(k + 1) - 2) r + sqrt(k - 1)),
             -1 for a regular sequence, about 0 as if deals fell at random (a little below for few), 1 for one burst.
             From 2 deals on
"""

from dataclasses import replace

import numpy as np

from experiments.analysis.interval import UNDEFINED, Interval
from experiments.measures.study import Study, estimate
from model.calendar import make_calendar

LAST_DAYS = 9
LAST, QUIET, BURSTS = f"last_{LAST_DAYS}_days", "quiet_spell", "burstiness"


def clustering(study: Study) -> dict[str, Interval]:
    """All three. Quiet spell and burstiness belong to whole runs, so they are simulated whatever the size."""
    outcomes = study.outcomes
    spells, bursts = [], []
    for days, end in zip(outcomes.deal_day, outcomes.end_day, strict=True):
        gaps = intervals(days[days >= 0], float(end))
        spells.append(gaps.max())
        bursts.append(burstiness(gaps))
    return {LAST: share_of_last_days(study), QUIET: estimate(np.array(spells)), BURSTS: estimate(np.array(bursts))}


def share_of_last_days(study: Study) -> Interval:
    """Expected deals in the last days before the deadline over expected deals."""
    window = int(study.prepared.setting.window.window_days)
    if study.is_exact:
        by_meeting, day = study.exact.by_meeting.sum(axis=0), make_calendar(study.prepared.setting.window).day
        late = by_meeting[(day >= window - LAST_DAYS) & (day < window)].sum()
        return Interval(float(late / by_meeting.sum())) if by_meeting.sum() > 0 else UNDEFINED
    day = study.outcomes.deal_day
    late, deals = ((day >= window - LAST_DAYS) & (day < window)).sum(axis=1), (day >= 0).sum(axis=1)
    if deals.sum() == 0:
        return UNDEFINED
    share = float(late.sum() / deals.sum())
    ratio = estimate((late - share * deals) / deals.mean() + share)  # the linearised ratio: its error is the ratio's
    return replace(ratio, value=share)


def intervals(deal_days: np.ndarray, end: float) -> np.ndarray:
    """The spells between the start, the deals and the end, days; one more than there are deals."""
    return np.diff(np.concatenate([[0.0], np.sort(deal_days), [end]]))


def burstiness(gaps: np.ndarray) -> float:
    """Kim and Jo's coefficient of some intervals; NaN for fewer than three."""
    k = len(gaps)
    if k < 3 or gaps.mean() <= 0.0:
        return float("nan")
    r = gaps.std() / gaps.mean()
    return float((np.sqrt(k + 1) * r - np.sqrt(k - 1)) / ((np.sqrt(k + 1) - 2.0) * r + np.sqrt(k - 1)))
