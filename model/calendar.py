"""When meetings are held: days, the deadline, its extension, and who is still to be called.

Meeting m of floor(window_days * meetings_per_week / 7) falls on day floor(7 m / meetings_per_week). If the deadline
is put off, floor(extension_days * meetings_per_week / 7) more are held, counted anew from day window_days.
"""

from dataclasses import dataclass

import numpy as np

from model.case import Window


@dataclass(frozen=True)
class Calendar:
    """The days of all meetings that may be held. The first `regular` come before the deadline."""

    day: np.ndarray  # int64, shape (regular + extra,)
    regular: int
    window_days: int
    extension_days: int

    @property
    def meetings(self) -> int:
        return len(self.day)

    @property
    def end_day(self) -> tuple[int, int]:
        """The day on which the pause ends without and with the extension."""
        return self.window_days, self.window_days + self.extension_days


def make_calendar(window: Window) -> Calendar:
    """The calendar of a window. Meetings of the extension are listed only where it can happen."""
    days, a_week = int(window.window_days), int(window.meetings_per_week)
    extra_days = int(window.extension_days) if window.extension_probability > 0 else 0
    regular, extra = days * a_week // 7, extra_days * a_week // 7
    before = [7 * m // a_week for m in range(regular)]
    after = [days + 7 * m // a_week for m in range(extra)]
    return Calendar(np.array(before + after, dtype=np.int64), regular, days, extra_days)


def chance_called_again(calendar: Calendar, date: float | None, priority_share: float) -> float:
    """C = 1 - (1 - priority share)^(meetings from the date to the deadline): 0 where none is left, or no date.

    A number of the case: it does not depend on who has signed, nor on whether the deadline will be put off.
    """
    if date is None:
        return 0.0
    left = int(np.sum(calendar.day[: calendar.regular] >= date))
    return 1.0 - (1.0 - priority_share) ** left


def regimes(calendar: Calendar, dates: list[float | None]) -> np.ndarray:
    """Domestic regime by country and meeting: 0 before the country's date, 1 from it on; shape (N, meetings)."""
    out = np.zeros((len(dates), calendar.meetings), dtype=np.int64)
    for position, date in enumerate(dates):
        if date is not None:
            out[position] = calendar.day >= date
    return out
