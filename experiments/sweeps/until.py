"""Stop when it is known: runs are added to a point until a mean is known well enough, up to its replicates.

    --until "payoff_bn < 0.02"        the standard error of every country's mean payoff is below 0.02 bn
    --until "KOR.days_waited < 0.5"   that of Korea's days waited is

After n runs with the largest standard error s the next look is after 1.1 n (s / bound)^2 of them, at least a quarter
more and at most four times as many, in full hundreds: how many runs a point gets depends on its own runs alone. Looking
more than once makes the error at the end a little smaller than it is, by a few per cent where many runs are needed.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.tables.summary import NAMES, PointSummary
from model.case import Case
from model.errors import InputError, unknown

FIRST_LOOK = 500  # runs; a standard error from fewer is itself uncertain by more than 3 per cent
FULL = 100
P_DEAL = "p_deal"
ALLOWED = (P_DEAL, *NAMES)
AS_IN = "write it as in 'payoff_bn < 0.02' or 'KOR.days_waited < 0.5'"


@dataclass(frozen=True)
class Until:
    """A quantity of summary.csv, the bound that its standard error is to be below, and in whose case (None: all)."""

    quantity: str
    bound: float
    country: str | None = None

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{f'{self.country}.' if self.country else ''}{self.quantity} < {self.bound:g}"

    def error_of(self, summary: PointSummary) -> float:
        """The largest standard error that counts; infinite where one is not known yet. A country without any value (the
        day of a deal that it never makes) does not count; a share d/n has that of (d + 2)/(n + 4), which is never 0
        (Agresti and Coull 1998)."""
        if self.quantity == P_DEAL:
            share = (summary.deals + 2.0) / (summary.runs + 4.0)
            errors = np.sqrt(share * (1.0 - share) / (summary.runs + 4.0))
        else:
            sums = summary.sums[self.quantity]
            errors = np.where(sums.count == 0, 0.0, np.where(sums.count == 1, np.inf, sums.error))
        ids = [iso3 for iso3, _ in summary.countries]
        return float(errors.max() if self.country is None else errors[ids.index(self.country)])

    def next_look(self, summary: PointSummary, most: int) -> int:
        """After how many runs to look next: as many as there are where it is known, or none are left."""
        runs, error = summary.runs, self.error_of(summary)
        if error < self.bound or runs >= most:
            return runs
        wanted = 1.1 * runs * (error / self.bound) ** 2 if math.isfinite(error) else math.inf
        wanted = min(max(wanted, 1.25 * runs), 4.0 * runs)
        return min(FULL * math.ceil(wanted / FULL), most)


def check_replicates(until: Until | None, replicates: int, origin: str) -> None:
    """InputError where a point may not have as many runs as are played before the first look."""
    if until is not None and replicates < FIRST_LOOK:
        raise InputError(
            f"{origin}: the first look comes after {FIRST_LOOK} runs, but replicates = {replicates}; allow as many"
        )


def parse_until(text: str | None, case: Case, origin: str) -> Until | None:
    """What a condition says, or an `InputError`; None where there is none."""
    if text is None:
        return None
    left, sign, right = (part.strip() for part in text.partition("<"))
    if not (left and sign and right):
        raise InputError(f"{origin}: {text!r}: {AS_IN}")
    iso3, _, quantity = left.rpartition(".")
    if quantity not in ALLOWED:
        raise unknown("quantity", quantity, ALLOWED, origin)
    if iso3:
        case.country(iso3, origin)
    try:
        bound = float(right)
    except ValueError:
        raise InputError(f"{origin}: {right!r} is not a number; {AS_IN}") from None
    if not (math.isfinite(bound) and bound > 0.0):
        raise InputError(f"{origin}: {right}: a standard error is above 0; {AS_IN}")
    return Until(quantity, bound, iso3 or None)
